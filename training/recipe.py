"""The recipe: one YAML file that names data, base, numbers and the run folder; read once, passed to every step."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from monitor.errors import ConfigError


@dataclass(frozen=True, slots=True)
class DataSet:
    """One labelled file: its short name, where it lies, its licence and full title for the card."""

    name: str
    path: str
    licence: str
    title: str


@dataclass(frozen=True, slots=True)
class Data:
    sets: tuple[DataSet, ...]
    written: str = ""
    duplicate_jaccard: float = 0.8
    calibration: float = 0.07
    report: float = 0.10


@dataclass(frozen=True, slots=True)
class Train:
    epochs: int = 3
    batch: int = 32
    peak_rate: float = 1.5e-4
    warm_up: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.1
    label_smoothing: float = 0.05
    cashtag_dropout: float = 0.5
    max_tokens: int = 64
    threads: int = 2
    start: str = ""
    bf16: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    calibration_headlines: int = 400
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


def read_recipe(path: Path) -> Recipe:
    """The recipe of a file.

    Raises:
        ConfigError: no such file, no YAML, an unknown option or a missing one.
    """
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: a recipe is a mapping")
    data = dict(given.get("data") or {})
    sets = tuple(_section(DataSet, path, "data.sets", entry) for entry in data.get("sets", ()))
    if not sets:
        raise ConfigError(f"{path}: data.sets names no data set")
    return _section(
        Recipe,
        path,
        "the recipe",
        given,
        run=Path(given.get("run", "runs/default")),
        topics=tuple(given.get("topics", ())),
        data=_section(Data, path, "data", data, sets=sets),
        train=_section(Train, path, "train", given.get("train") or {}),
        export=_section(Export, path, "export", given.get("export") or {}),
    )
