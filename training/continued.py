"""New labels on top of an earlier run, old ones replayed beside them, and an exam that says what was forgotten.

Fine-tuning on new rows alone forgets the old ones; showing a sample of them again prevents most of it ("rehearsal",
Robins 1995). The old calibration and report rows stay what they were, so old and new run answer the same questions.
The exam compares with the run before alone: many steps may each lose a little, so retrain from the base now and then.
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import nn

from monitor.errors import InputError
from training.calibrate import calibrate
from training.checkpoint import CHECKPOINT
from training.data import PAST, SENTIMENTS, Row, ever_fitted, load, save, split, summary
from training.duplicates import Unique, without_duplicates
from training.model import Classifier, from_run, run_tokenizer
from training.prepare import WRITTEN, exam_texts, facts, faulty, refuse
from training.recipe import DataSet, Recipe
from training.retention import CONTINUED, RESULT, answers, exam, falls, fingerprints, refusal, table
from training.sets import SetRead, read_set
from training.tally import absent, count, never_fitted
from training.train import train

log = logging.getLogger("bearwatch.train")

_NEW = "\0"  # stands before a new row's source while both are told apart; no set's name holds it
_LIBRARIES = ("numpy", "tokenizers")


@dataclass(frozen=True, slots=True)
class Mixture:
    """A continued run's rows, and what became of the new sets'.

    Attributes:
        rows: all, each with its part. unique: the new ones, and what fell out among them or for an exam.
        near_held: new rows, by source, that are near the old calibration or report part: left out.
        corrections: new rows near old fitted ones, which they replace; fitted, whatever the split says.
        replayed, fitted: old rows that are fitted again, and all that ever were.
    """

    rows: list[Row]
    unique: Unique
    near_held: Counter[str]
    corrections: int
    replayed: int
    fitted: int


def continue_training(recipe: Recipe) -> Path:
    """Prepares, trains, calibrates and examines; goes on where it was killed. Prints the exam.

    Writes to the run folder what `prepare`, `train` and `calibrate` write, and `continue.json`: {"old": its run,
    "exam" and "new_labels": `retention.exam` of the old report part and of the new one, "refused": what fell by more
    than the margin, "judged": hashes of what was examined}. What was refused, `export` refuses (`refusal`).

    Returns the file of the result.

    Raises:
        InputError: no old run, one of other topics, or one that was refused itself; every fault of every new set; no
            new row is left. As `train` otherwise.
    """
    old = _old_run(recipe)
    before = load(old / "rows.jsonl")
    mixed, sets = _prepare(recipe, old, before)
    train(recipe, student=_student(recipe, old))
    # The old sets' rows are calibrated on too, so their families must be known.
    calibrate(replace(recipe, data=replace(recipe.data, sets=_entries(sets))))
    asked = [row for row in before if row.part == "report"]
    fresh = [row for row in mixed.unique.rows if row.part == "report"]
    kept, gained = (
        exam(rows, answers(old, rows, recipe), answers(recipe.run, rows, recipe), recipe.topics)
        for rows in (asked, fresh)
    )
    refused = falls(kept, recipe.continued.margin)
    result = {
        "old": str(old),
        "margin": recipe.continued.margin,
        "exam": kept,
        "new_labels": gained,
        "refused": refused,
        "judged": fingerprints(recipe.run),
    }
    path = recipe.run / RESULT
    _write_json(path, result)
    print(table(result))
    for fall in refused:
        log.warning("refused: %s", fall)
    return path


def mix(old: list[Row], new: list[Row], recipe: Recipe, exams: list[str]) -> Mixture:
    """Old and new rows in one: all old calibration and report rows, a sample of the old fitted ones, the new ones.

    The other old fitted rows stay as `past`, so that a further run neither examines on them nor forgets to replay them.
    A new row never enters where it would tell of what the old run is examined on: near an old calibration or report
    row, or in a group of theirs, it is left out. One near an old fitted row has the better label: it is fitted, and
    the old one is not replayed, but lends a label that the new one lacks.
    """
    held = [row for row in old if not ever_fitted(row)]
    fitted = [replace(row, part="fit") for row in old if ever_fitted(row)]
    threshold = recipe.data.duplicate_jaccard
    tagged = [replace(row, source=f"{_NEW}{row.source}") for row in new]
    alone = without_duplicates(tagged, threshold, exams)

    groups = {row.group for row in held if row.group}
    apart = [row for row in alone.rows if row.group not in groups]
    apart = _new(without_duplicates([*held, *apart], threshold).rows)
    near_held = Counter(row.source for row in alone.rows) - Counter(row.source for row in apart)

    unlike = {_identity(row) for row in _new(without_duplicates([*fitted, *apart], threshold).rows)}
    known = {row.group for row in fitted if row.group}
    correcting = {_unit(row) for row in apart if _identity(row) not in unlike or row.group in known}
    both = without_duplicates([*apart, *fitted], threshold).rows
    fresh = [
        replace(row, part="fit") if _unit(row) in correcting else row
        for row in split(_new(both), recipe.seed, recipe.data.calibration, recipe.data.report)
    ]
    known_rows = [row for row in both if not row.source.startswith(_NEW)]
    again = replay(known_rows, recipe.continued.replay, recipe.seed)
    shown = {(row.source, *_identity(row)) for row in again}
    past = [replace(row, part=PAST) for row in known_rows if (row.source, *_identity(row)) not in shown]
    named = [replace(row, source=row.source.removeprefix(_NEW)) for row in fresh]
    return Mixture(
        rows=[*held, *again, *named, *past],
        unique=Unique(named, _untagged(alone.dropped), _untagged(alone.in_exams)),
        near_held=_untagged(near_held),
        corrections=sum(_unit(row) in correcting for row in fresh),
        replayed=len(again),
        fitted=len(fitted),
    )


def replay(fitted: list[Row], share: float, seed: int) -> list[Row]:
    """A share of the rows, in their order: of every source and label alike, and one of each at least.

    By a seeded hash of group or text, so that a template's rows mostly come together, and more rows move none.
    """
    strata: dict[tuple[str, int, int, bool], list[Row]] = defaultdict(list)
    for row in fitted:
        strata[row.source, row.sentiment, row.topic, bool(row.target)].append(row)

    def place(row: Row) -> tuple[bytes, tuple[str, str]]:
        return hashlib.blake2b(f"{seed}\x00{_unit(row)}".encode(), digest_size=8).digest(), _identity(row)

    chosen = {
        (row.source, *_identity(row))
        for rows in strata.values()
        for row in sorted(rows, key=place)[: max(1, round(share * len(rows))) if share else 0]
    }
    return [row for row in fitted if (row.source, *_identity(row)) in chosen]


def _identity(row: Row) -> tuple[str, str]:
    return row.text, row.target


def _unit(row: Row) -> str:
    return row.group or row.text


def _new(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.source.startswith(_NEW)]


def _untagged(counts: Counter[str]) -> Counter[str]:
    return Counter({source.removeprefix(_NEW): n for source, n in counts.items() if source.startswith(_NEW)})


def _old_run(recipe: Recipe) -> Path:
    """The run to go on from, seen to be fit for it."""
    if not recipe.continued.old:
        raise InputError("continue.old names no run folder")
    old = Path(recipe.continued.old)
    if old.resolve() == recipe.run.resolve():
        raise InputError(f"continue.old and run are one folder, {old}: the new run is held against the old one")
    if recipe.data.written:
        raise InputError("`continue` takes the old texts from continue.old: leave data.written out")
    for needed, step in (("data.json", "prepare"), ("weights.pt", "train"), ("calibration.json", "calibrate")):
        if not (old / needed).is_file():
            raise InputError(f"{old / needed} is missing: run `bearwatch-train {step}` first")
    reason = refusal(old)
    if reason:
        raise InputError(f"continue.old: {reason}")
    for entry in _read_json(old / "data.json")["sets"]:
        topics = tuple(entry.get("counts", {}).get("topic", recipe.topics))
        if topics != recipe.topics:
            raise InputError(f"continue.old: {old} was made with other topics: {', '.join(topics)}")
    return old


def _prepare(recipe: Recipe, old: Path, before: list[Row]) -> tuple[Mixture, list[dict[str, Any]]]:
    """Writes rows.jsonl and data.json; returns the rows, and every set's entry in data.json, old and new."""
    read = [(entry, read_set(entry, recipe.topics)) for entry in recipe.data.sets]
    exams, wrong = exam_texts(Path(recipe.data.exams)) if recipe.data.exams else ({}, [])
    refuse([*faulty(read), *wrong])
    new = [row for _, done in read for row in done.rows]
    mixed = mix(before, new, recipe, list(chain.from_iterable(exams.values())))
    if not any(row.part == "fit" for row in mixed.unique.rows):
        raise InputError(
            f"no new row is left to learn from: {len(new)} read, {mixed.near_held.total()} of them near the old run's "
            "calibration and report parts, the others near one another or exams"
        )
    unknown = never_fitted([*before, *mixed.rows], recipe.topics)
    if unknown:
        raise InputError("\n".join(map(str, unknown)))
    warnings = [str(lack) for lack in absent(count(mixed.unique.rows, recipe.topics))]
    sets = list(_facts(recipe, old, read, mixed))
    started_from = fingerprints(old)["weights.pt"]
    _same_start(recipe.run, old, started_from)
    data = {
        "sets": sets,
        "exams": {name: len(texts) for name, texts in exams.items()},
        "kept": summary(mixed.rows),
        "warnings": warnings,
        CONTINUED: {
            "old": str(old),
            "weights": started_from,
            "replayed": mixed.replayed,
            "of": mixed.fitted,
            "corrections": mixed.corrections,
            "near_held": dict(mixed.near_held),
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
    }
    recipe.run.mkdir(parents=True, exist_ok=True)
    # First, so that a run which is killed after this line is known to continue another.
    _write_json(recipe.run / "data.json", data)
    save(mixed.rows, recipe.run / "rows.jsonl")
    for warning in warnings:
        log.warning("new labels: %s", warning)
    log.info("%d new rows read, kept: %s; %s", len(new), data["kept"], data[CONTINUED])
    return mixed, sets


def _same_start(run: Path, old: Path, weights: str) -> None:
    """Raises InputError where a checkpoint is there that began with other weights."""
    data = run / "data.json"
    if (run / CHECKPOINT).is_file() and data.is_file():
        before = _read_json(data).get(CONTINUED, {}).get("weights")
        if before != weights:
            raise InputError(
                f"{run / CHECKPOINT} did not begin with the weights that {old} has now: remove it to start anew, or "
                "change `run`"
            )


def _facts(recipe: Recipe, old: Path, read: list[tuple[DataSet, SetRead]], mixed: Mixture) -> Iterator[dict[str, Any]]:
    counts = count(mixed.rows, recipe.topics)
    names = {entry.name for entry, _ in read}
    for fact in _read_json(old / "data.json")["sets"]:
        if fact["name"] not in names:  # a set of new labels grows, and what it held before is in it
            yield {**fact, "counts": counts.get(fact["name"], {})}
    for entry, done in read:
        yield facts(entry, done, mixed.unique, counts)


def _entries(facts: list[dict[str, Any]]) -> tuple[DataSet, ...]:
    """The sets by their names and families; our own grammar's texts have theirs from `calibrate`."""
    return tuple(
        DataSet(fact["name"], fact["path"], fact["licence"], fact["title"], family=fact.get("family", ""))
        for fact in facts
        if fact["name"] != WRITTEN
    )


def _student(recipe: Recipe, old: Path) -> tuple[Classifier, Tokenizer]:
    model = from_run(old, len(SENTIMENTS), len(recipe.topics))
    model.dropout = nn.Dropout(recipe.train.dropout)
    return model, run_tokenizer(old, None)


def _read_json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write_json(path: Path, value: Any) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    new.replace(path)
