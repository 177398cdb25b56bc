"""Which rows, labels and weights belong together: a later step refuses what an earlier one did not make for it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from monitor.errors import InputError
from training.recipe import Recipe

TRAINED = "trained.json"
ROWS = "rows_sha256"  # in a manifest: of the rows.jsonl that the model was trained on


def sha256(path: Path) -> str:
    """64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _of(recipe: Recipe) -> dict[str, Any]:
    return {
        "rows": sha256(recipe.run / "rows.jsonl"),
        "topics": list(recipe.topics),
        "weights": sha256(recipe.run / "weights.pt"),
    }


def note_trained(recipe: Recipe) -> None:
    """Writes `trained.json`: training has ended, on these rows, with these weights."""
    (recipe.run / TRAINED).write_text(json.dumps(_of(recipe), ensure_ascii=False, indent=1), encoding="utf-8")


def check_trained(recipe: Recipe) -> str:
    """The sha256 of the run's weights, seen to be finished and of the rows and topics that are there now.

    Rows prepared anew after training may have fitted rows among those that are held out; every figure would flatter.

    Raises:
        InputError: `train` has not run or not ended, or the rows or topics are others now.
    """
    for needed, step in (("rows.jsonl", "prepare"), ("weights.pt", "train")):
        if not (recipe.run / needed).is_file():
            raise InputError(f"{recipe.run / needed} is missing: run `bearwatch-train {step}` first")
    path = recipe.run / TRAINED
    if not path.is_file():
        raise InputError(f"{path} is missing, training has not ended: run `bearwatch-train train` first")
    then, now = json.loads(path.read_text(encoding="utf-8")), _of(recipe)
    for name, what in (("rows", "rows.jsonl"), ("topics", "the topics"), ("weights", "weights.pt")):
        if then.get(name) != now[name]:
            raise InputError(f"{recipe.run}: {what} changed after training: train anew, or change `run`")
    return str(now["weights"])


def unsure(recipe: Recipe, manifest: dict[str, Any]) -> str:
    """Why figures of a folder on this run's rows may flatter; "" where it was made of these very rows.

    A row that is held out here may have been fitted there, so this is said beside the figures, not refused: an older
    model is rightly measured on today's rows.
    """
    then = manifest.get(ROWS)
    if then == sha256(recipe.run / "rows.jsonl"):
        return ""
    what = f"was trained on other rows than {recipe.run}'s" if then else "does not say on which rows it was trained"
    return f"Figures may flatter: this folder {what} and may have fitted some that are held out here."


def check_calibrated(recipe: Recipe) -> dict[str, Any]:
    """The run's calibration by head, seen to be of its weights.

    Raises:
        InputError: `calibrate` has not run, or ran with other weights; as `check_trained`.
    """
    path = recipe.run / "calibration.json"
    if not path.is_file():
        raise InputError(f"{path} is missing: run `bearwatch-train calibrate` first")
    found = json.loads(path.read_text(encoding="utf-8"))
    if found.pop("weights", None) != check_trained(recipe):
        raise InputError(f"{path} was fitted on other weights: run `bearwatch-train calibrate` again")
    return dict(found)
