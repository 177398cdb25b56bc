"""The recipe: one YAML file that names data, base, numbers and the run folder; read once, passed to every step."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from monitor.errors import ConfigError

COLUMNS = ("text", "sentiment", "topic", "entities", "group", "at")


@dataclass(frozen=True, slots=True)
class DataSet:
    """One labelled set: its short name, where it lies, its licence and full title for the card; how it is read.

    Attributes:
        path: a file (JSON lines, CSV, TSV, Parquet), a data set's folder, or `hub:NAME` on the Hugging Face hub.
        columns: our name (text, sentiment, topic, entities, group, at) -> the set's; unnamed ones are called as ours.
        labels: a label as the set has it -> ours; unnamed ones are taken as they are.
        split: the part of a hub data set that is read.
        encoding: of JSON lines and CSV.
        on_fault: `refuse` (nothing is written) or `skip` (faulty rows are left out, counted and logged).
        family: sets of one family weigh as one where every source weighs the same; the set alone without it.
    """

    name: str
    path: str
    licence: str
    title: str
    columns: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    split: str = "train"
    encoding: str = "utf-8"
    on_fault: str = "refuse"
    family: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """The sets, and how rows are made of them.

    Attributes:
        written: the grammar of our own texts; "" for none.
        exams: a folder of held-out texts (*.tsv); rows near one of them are dropped. "" for none.
        duplicate_jaccard: from this share of words and word pairs in common two headlines are one.
        calibration, report: the parts' shares; the rest is fitted.
    """

    sets: tuple[DataSet, ...]
    written: str = ""
    exams: str = ""
    duplicate_jaccard: float = 0.8
    calibration: float = 0.07
    report: float = 0.10


@dataclass(frozen=True, slots=True)
class Train:
    """How the weights are found. What each option is worth stands in training/RESULTS.md.

    Attributes:
        batch: rows of one pass; accumulate: passes of one step.
        peak_rate: of all weights, reached after `warm_up`.
        warm_up: share of all steps that the rate rises for.
        patience: epochs without a better calibration part before training stops; 0 never stops.
        cashtag_dropout, source_dropout: how often $TICKERS, and mastheads behind a headline, are dropped.
        lora_rank: 0 trains every weight; else low-rank updates of the blocks' linear maps, and the word table.
        precision: `fp32`; `bf16` by autocast; `auto` is bf16 where the device computes it, else fp32.
        device: `auto` takes a GPU where torch sees one.
        checkpoint_steps: a killed run goes on from the last of these.
        soft_weight, soft_temperature: how much teachers count over labels in `distil`, at which temperature.
    """

    epochs: int = 3
    batch: int = 32
    accumulate: int = 1
    peak_rate: float = 1.5e-4
    warm_up: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.1
    patience: int = 0
    label_smoothing: float = 0.05
    cashtag_dropout: float = 0.5
    source_dropout: float = 0.5
    lora_rank: int = 0
    max_tokens: int = 64
    precision: str = "auto"
    device: str = "auto"
    threads: int = 2
    checkpoint_steps: int = 500
    soft_weight: float = 0.7
    soft_temperature: float = 2.0


@dataclass(frozen=True, slots=True)
class Distil:
    """The student of `distil`; how it is taught stands in `train` (soft_weight, soft_temperature).

    Attributes:
        teachers: run folders; their mean logits are learnt. The student starts as the first one.
        teacher: the recipe that a teacher which is not there yet is trained by, on the student's rows and from a seed
            of its own; "" where all of them must be there.
        layers: which of the first teacher's layers the student keeps, from 0; all where none is named.
        vocabulary: how many tokens it keeps, those of the fitted texts first; 0 keeps all.
    """

    teachers: tuple[str, ...] = ()
    teacher: str = ""
    layers: tuple[int, ...] = ()
    vocabulary: int = 0


@dataclass(frozen=True, slots=True)
class Continue:
    """The section `continue`: what the step of that name goes on from. `data.sets` then names the new labels alone.

    How long and how fast it learns stands in `train`, as always: an epoch or two, at a fraction of the first rate.

    Attributes:
        old: the run folder whose weights, rows and tokenizer it starts with.
        replay: share of the old fitted rows that are fitted again, so that they are not forgotten (Robins 1995).
        margin: how much macro F1, 0 to 1, may fall on a source of the old report part; what falls more is refused.
    """

    old: str = ""
    replay: float = 0.3
    margin: float = 0.01


@dataclass(frozen=True, slots=True)
class Export:
    """What the daemon is told.

    Attributes:
        calibration_headlines: fitted headlines that the int8 ranges are measured on.
        languages: ISO 639-1 codes that the texts are in; the daemon scores no others.
        tau: a story is negative from this P(negative) on.
        size_limit_mb: of the int8 folder; the export fails above it.
    """

    calibration_headlines: int = 400
    languages: tuple[str, ...] = ("en",)
    max_characters: int = 600
    max_tokens: int = 64
    tau: float = 0.5
    size_limit_mb: float = 25


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a run depends on; `run` is the folder that all steps write to; `notes` go on the card."""

    run: Path
    base: str
    base_name: str
    base_licence: str
    name: str
    seed: int
    topics: tuple[str, ...]
    data: Data
    train: Train
    export: Export
    distil: Distil = Distil()
    continued: Continue = Continue()
    notes: str = ""


T = TypeVar("T")


def _section(kind: type[T], path: Path, where: str, given: dict[str, Any], **ready: Any) -> T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(given) - known)
    if unknown:
        raise ConfigError(f"{path}: {where} knows no option {unknown[0]!r} (it knows {', '.join(sorted(known))})")
    try:
        return kind(**{**given, **ready})
    except TypeError as error:
        raise ConfigError(f"{path}: {where}: {str(error).partition('() ')[2] or error}") from error


def _data_set(path: Path, given: Any) -> DataSet:
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: data.sets: a set is a mapping, not {given!r}")
    columns, labels = given.get("columns") or {}, given.get("labels") or {}
    if not isinstance(columns, dict) or not isinstance(labels, dict):
        raise ConfigError(f"{path}: data.sets: columns and labels are mappings")
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        raise ConfigError(f"{path}: data.sets: columns knows no {unknown[0]!r} (it knows {', '.join(COLUMNS)})")
    # YAML reads 0 as a number; a CSV file says "0".
    theirs = {str(label): str(ours) for label, ours in labels.items()}
    entry = _section(DataSet, path, "data.sets", given, columns=columns, labels=theirs)
    if entry.on_fault not in ("refuse", "skip"):
        raise ConfigError(f"{path}: data.sets: on_fault is refuse or skip, not {entry.on_fault!r}")
    return entry


def _export(path: Path, given: dict[str, Any]) -> Export:
    languages = {"languages": tuple(map(str, given["languages"]))} if "languages" in given else {}
    return _section(Export, path, "export", given, **languages)


def _distil(path: Path, given: dict[str, Any]) -> Distil:
    lists = {name: tuple(given[name]) for name in ("teachers", "layers") if name in given}
    return _section(Distil, path, "distil", given, **lists)


def _continue(path: Path, given: dict[str, Any]) -> Continue:
    entry = _section(Continue, path, "continue", given)
    for name, value in (("replay", entry.replay), ("margin", entry.margin)):
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ConfigError(f"{path}: continue: {name} is a share from 0 to 1, not {value!r}")
    return entry


def _read(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The mapping of a file, over that of the recipe which it `extends` (a path beside it)."""
    if path.resolve() in seen:
        raise ConfigError(f"{path}: extends itself")
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: a recipe is a mapping")
    under = given.pop("extends", None)
    return _over(given, _read(path.parent / str(under), (*seen, path.resolve()))) if under else given


def _over(mine: dict[str, Any], under: dict[str, Any]) -> dict[str, Any]:
    """Both mappings as one: sections are joined, anything else of `mine` goes before what lies under it."""
    joined = {
        key: _over(value, under[key]) if isinstance(value, dict) and isinstance(under.get(key), dict) else value
        for key, value in mine.items()
    }
    return {**under, **joined}


def read_recipe(path: Path) -> Recipe:
    """The recipe of a file; with `extends: FILE` only what differs from that one need stand in it.

    Raises:
        ConfigError: no such file, no YAML, an unknown option or a missing one.
    """
    given = _read(path)
    # `continue` is no name that Python has for a field.
    going_on = given.pop("continue", None) or {}
    data = dict(given.get("data") or {})
    sets = tuple(_data_set(path, entry) for entry in data.get("sets") or ())
    if not sets:
        raise ConfigError(f"{path}: data.sets names no data set")
    names = [entry.name for entry in sets] + (["written"] if data.get("written") else [])
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: data.sets: two sets are named {max(names, key=names.count)!r}")
    return _section(
        Recipe,
        path,
        "the recipe",
        given,
        run=Path(given.get("run", "runs/default")),
        topics=tuple(given.get("topics", ())),
        data=_section(Data, path, "data", data, sets=sets),
        train=_section(Train, path, "train", given.get("train") or {}),
        export=_export(path, given.get("export") or {}),
        distil=_distil(path, given.get("distil") or {}),
        continued=_continue(path, going_on),
    )
