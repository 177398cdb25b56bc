"""Did a continued run keep what it knew? The old report part is asked of both runs; what fell keeps it from export."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from monitor.errors import InputError
from training.data import MISSING, SENTIMENTS, Row
from training.model import from_run, run_tokenizer
from training.predict import predict
from training.recipe import Recipe
from training.scoring import Floats, Ints, clusters, confusion, from_confusion, percentile, resampled

CONTINUED = "continued"  # the entry of data.json that says from where
RESULT = "continue.json"
_JUDGED = ("weights.pt", "calibration.json")

Answers = dict[str, Ints]


def answers(run: Path, rows: list[Row], recipe: Recipe) -> Answers:
    """A run's calibrated labels of the rows, by head, in torch.

    Raises:
        InputError: `train` or `calibrate` has not run there.
    """
    if not rows:
        return {"sentiment": np.empty(0, np.int64), "topic": np.empty(0, np.int64)}
    path = run / "calibration.json"
    if not path.is_file():
        raise InputError(f"{path} is missing: run `bearwatch-train calibrate` first")
    calibration = json.loads(path.read_text(encoding="utf-8"))
    tokenizer = run_tokenizer(run, recipe.export.max_tokens)
    heads = predict(from_run(run, len(SENTIMENTS), len(recipe.topics)), tokenizer, [row.text for row in rows])
    return {
        head: (logits.double().numpy() / calibration[head]["temperature"] + calibration[head]["bias"]).argmax(axis=1)
        for head, logits in zip(("sentiment", "topic"), heads, strict=True)
    }


def exam(rows: list[Row], old: Answers, new: Answers, topics: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """macro F1 of both by head and source (`sentiment/<source>-target` where a name is asked about); JSON-able.

    {"rows", "old", "new", "difference", "interval"}: the interval is of the difference, of 95 %, by the paired
    bootstrap over groups: both runs are judged on the same resampled rows. Heads that hardly a row of a source has
    are left out.
    """
    result = {}
    for source, targets in sorted({(row.source, bool(row.target)) for row in rows}):
        mine = [i for i, row in enumerate(rows) if (row.source, bool(row.target)) == (source, targets)]
        for head, classes in (("sentiment", len(SENTIMENTS)), ("topic", len(topics))):
            known = [i for i in mine if getattr(rows[i], head) != MISSING]
            if known and len(known) * 20 >= len(mine):
                truth = np.array([getattr(rows[i], head) for i in known], np.int64)
                drawn = resampled(clusters([rows[i].group for i in known], len(known)))
                before, after = (
                    _macro_f1(truth, said[head][known], classes, [rows[i].group for i in known], drawn)
                    for said in (old, new)
                )
                result[f"{head}/{source}{'-target' if targets else ''}"] = {
                    "rows": len(known),
                    "old": round(before[0], 4),
                    "new": round(after[0], 4),
                    "difference": round(after[0] - before[0], 4),
                    "interval": percentile(after[1] - before[1]),
                }
    return result


def _macro_f1(truth: Ints, said: Ints, classes: int, groups: list[str], drawn: Ints) -> tuple[float, Floats]:
    """Of the rows, and of every resample."""
    cluster = clusters(groups, len(truth))
    # A resample's confusion matrix is the weighted sum of its clusters' own; cells where nothing falls stay out.
    used, cell = np.unique(truth * classes + said, return_inverse=True)
    own = np.zeros((int(cluster.max()) + 1, len(used)))
    np.add.at(own, (cluster, cell), 1)
    matrices = np.zeros((len(drawn), classes * classes))
    matrices[:, used] = drawn.astype(np.float64) @ own
    whole = from_confusion(confusion(truth, said, classes))["macro_f1"]
    return float(whole), from_confusion(matrices.reshape(-1, classes, classes))["macro_f1"]


def falls(figures: dict[str, dict[str, Any]], margin: float) -> list[str]:
    """What fell by more than the margin, by the figures alone: an interval would excuse every small source.

    >>> falls({"topic/a": {"old": 0.9, "new": 0.89}, "topic/b": {"old": 0.9, "new": 0.8}}, 0.01)
    ['topic/b fell from 0.900 to 0.800']
    """
    return [
        f"{name} fell from {found['old']:.3f} to {found['new']:.3f}"
        for name, found in figures.items()
        if found["old"] - found["new"] > margin + 1e-9
    ]


def fingerprints(run: Path) -> dict[str, str]:
    """sha256 of the files that an exam judges."""
    return {name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in _JUDGED if (run / name).is_file()}


def refusal(run: Path) -> str | None:
    """Why a run must not be exported, in one line; None where it may, as every run that continues no other."""
    data = run / "data.json"
    if not data.is_file() or CONTINUED not in json.loads(data.read_text(encoding="utf-8")):
        return None
    path = run / RESULT
    result = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if result.get("judged") != fingerprints(run):
        return f"{run} has not been held against the run that it continues: run `bearwatch-train continue`"
    if result["refused"]:
        return f"{run} forgot what {result['old']} knew ({path.name}): {'; '.join(result['refused'])}"
    return None


def table(result: dict[str, Any]) -> str:
    """The result's figures as lines of text."""
    lines = [("", "rows", "old", "new", "difference", "of 95 %")]
    for part, name in (("exam", "old report part"), ("new_labels", "new labels")):
        for head, f in result[part].items():
            figures = (f"{f['old']:.3f}", f"{f['new']:.3f}", f"{f['difference']:+.3f}", str(f["interval"]))
            lines.append((f"{name}, {head}", str(f["rows"]), *figures))
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(line, wide, strict=True))).rstrip()
        for line in lines
    )
