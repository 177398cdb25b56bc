"""The first step: labelled sets and written texts -> `rows.jsonl`, cleaned, without duplicates, split.

In this order: every set is read, and all faults of all sets are told at once; near-duplicates go, over all sets and
before any part exists; then every row gets its part.
"""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Iterable
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from tqdm import tqdm

from monitor.errors import InputError
from training.data import save, split, summary
from training.duplicates import Unique, without_duplicates
from training.exams import read as read_exams
from training.readers import Record, fingerprint
from training.recipe import DataSet, Recipe
from training.sets import Fault, SetRead, read_set
from training.tally import Counts, absent, count, never_fitted, table
from training.written import write

log = logging.getLogger("bearwatch.train")

WRITTEN = "written"
_SHOWN = 50  # faults in full; a wrong label map makes one of every row
_LIBRARIES = ("numpy", "tokenizers")


def prepare(recipe: Recipe) -> Path:
    """Writes `rows.jsonl` and `data.json` to the run folder, prints counts by set, label and part.

    data.json: {"sets": what each set is and what became of its rows, "exams": texts of each, "kept": rows by set
    and part, "warnings": labels that a part lacks, "versions"}.

    Returns the rows' path.

    Raises:
        InputError: every fault of every set, one a line, or labels that nothing teaches; nothing is written then.
    """
    sets = [(entry, _read(entry, recipe)) for entry in _entries(recipe)]
    exams, wrong = exam_texts(Path(recipe.data.exams)) if recipe.data.exams else ({}, [])
    refuse([*faulty(sets), *wrong])
    for entry, done in sets:
        for fault in done.faults[:_SHOWN]:
            log.warning("skipped %s", fault)
        if done.faults:
            log.warning("%s: %d of %d rows skipped", entry.name, len(done.faults), done.read)

    rows = [row for _, done in sets for row in done.rows]
    unique = without_duplicates(rows, recipe.data.duplicate_jaccard, chain.from_iterable(exams.values()))
    kept = split(unique.rows, recipe.seed, recipe.data.calibration, recipe.data.report)
    unknown = never_fitted(kept, recipe.topics)
    if unknown:
        raise InputError("\n".join(map(str, unknown)))
    counts = count(kept, recipe.topics)
    warnings = [str(lack) for lack in absent(counts)]
    for warning in warnings:
        log.warning("%s", warning)

    data = {
        "sets": [facts(entry, done, unique, counts) for entry, done in sets],
        "exams": {name: len(texts) for name, texts in exams.items()},
        "kept": summary(kept),
        "warnings": warnings,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
    }
    recipe.run.mkdir(parents=True, exist_ok=True)
    save(kept, recipe.run / "rows.jsonl")
    (recipe.run / "data.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(table(counts))
    log.info("%d rows read, %d kept: %s", sum(done.read for _, done in sets), len(kept), data["kept"])
    return recipe.run / "rows.jsonl"


def exam_texts(folder: Path) -> tuple[dict[str, list[str]], list[Fault]]:
    """The whole headlines of every exam of a folder, and what keeps them from being read."""
    try:
        exams = read_exams(folder)
    except InputError as error:
        where, _, what = str(error).partition(": ")
        return {}, [Fault(where, what, whole=True)]
    return {
        name: [text for line in lines for text in (line.get("whole", line["text"]), line.get("changed")) if text]
        for name, lines in exams.items()
    }, []


def faulty(sets: list[tuple[DataSet, SetRead]]) -> list[Fault]:
    """The faults that stop the step: of sets that cannot be read, and of rows where the recipe does not skip them."""
    return [f for entry, done in sets for f in done.faults if f.whole or entry.on_fault != "skip"]


def refuse(faults: list[Fault]) -> None:
    """Raises InputError where there are faults: a line each, at most 50, and how many more there are."""
    if faults:
        lines = [str(fault) for fault in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            lines.append(f"and {len(faults) - _SHOWN} more")
        raise InputError("\n".join(lines))


def _entries(recipe: Recipe) -> list[DataSet]:
    grammar = DataSet(WRITTEN, recipe.data.written, "Apache-2.0", "Texts of our own, a grammar")
    return [*recipe.data.sets, *([grammar] if recipe.data.written else [])]


def _read(entry: DataSet, recipe: Recipe) -> SetRead:
    if entry.name == WRITTEN:
        return _grown(entry, recipe)

    def watched(records: Iterable[Record]) -> Iterable[Record]:
        bar: Iterable[Record] = tqdm(records, desc=entry.name, unit=" rows", leave=False, disable=None)
        return bar

    return read_set(entry, recipe.topics, watched)


def _grown(entry: DataSet, recipe: Recipe) -> SetRead:
    try:
        rows = write(Path(entry.path), recipe.topics, recipe.seed)
    except InputError as error:
        return SetRead(faults=[Fault(entry.path, str(error).removeprefix(f"{entry.path}: "), whole=True)])
    return SetRead(rows, read=len(rows), mark=fingerprint(entry.path, ""))


def facts(entry: DataSet, done: SetRead, unique: Unique, counts: Counts) -> dict[str, Any]:
    """A set's entry in data.json; the manifest and the card take it from there."""
    maps = {name: value for name, value in (("columns", entry.columns), ("labels", entry.labels)) if value}
    return {
        "name": entry.name,
        "path": Path(entry.path).name,
        "licence": entry.licence,
        "title": entry.title,
        "family": entry.family,
        **done.mark,
        **maps,
        "rows": done.read,
        "skipped": len(done.faults),
        "unused": done.unused,
        "duplicates": unique.dropped[entry.name],
        "in_exams": unique.in_exams[entry.name],
        "targets": sum(bool(row.target) for row in unique.rows if row.source == entry.name),
        "targets_not_found": len(done.lost),
        "counts": counts.get(entry.name, {}),
    }
