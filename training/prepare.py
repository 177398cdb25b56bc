"""The first step: labelled sets and written texts -> `rows.jsonl`, cleaned, without duplicates, split."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path

from training.data import Row, read_set, save, split, summary, without_duplicates
from training.recipe import DataSet, Recipe
from training.written import write

log = logging.getLogger("bearwatch.train")


def prepare(recipe: Recipe) -> Path:
    """Writes `rows.jsonl` and `data.json` (hash, licence, counts of every set) to the run folder.

    Returns the rows' path.

    Raises:
        InputError: a set is missing or holds a line that is no labelled headline.
    """
    rows: list[Row] = []
    facts = []
    sets = list(recipe.data.sets)
    if recipe.data.written:
        sets.append(DataSet("written", recipe.data.written, "Apache-2.0", "Texts of our own, a grammar"))
    for entry in sets:
        path = Path(entry.path)
        if entry.name == "written":
            found = write(path, recipe.topics, recipe.seed)
        else:
            found = list(read_set(path, entry.name, recipe.topics))
        rows += found
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        facts.append({**asdict(entry), "path": path.name, "sha256": sha256, "rows": len(found)})
    unique = without_duplicates(rows, recipe.data.duplicate_jaccard)
    kept = split(unique, recipe.seed, recipe.data.calibration, recipe.data.report)
    recipe.run.mkdir(parents=True, exist_ok=True)
    save(kept, recipe.run / "rows.jsonl")
    counts = summary(kept)
    (recipe.run / "data.json").write_text(json.dumps({"sets": facts, "kept": counts}, indent=1), encoding="utf-8")
    log.info("%d rows read, %d kept: %s", len(rows), len(kept), counts)
    return recipe.run / "rows.jsonl"
