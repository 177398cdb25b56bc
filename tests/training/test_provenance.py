"""A step takes no rows, labels or weights that an earlier step did not make for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import InputError
from training.calibrate import calibrate
from training.evaluate import evaluate
from training.export import export
from training.provenance import ROWS, TRAINED, unsure
from training.recipe import Recipe, read_recipe
from training.report import report

pytestmark = [pytest.mark.training, pytest.mark.slow]


@pytest.fixture
def recipe(trained: Path, tmp_path: Path) -> Recipe:
    """A copy of the session's tiny run, for a test to spoil."""
    found = read_recipe(trained / "recipe.yaml")
    shutil.copytree(found.run, tmp_path / "run")
    return replace(found, run=tmp_path / "run")


def add_row(run: Path) -> None:
    path = run / "rows.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"report"', '"fit"', 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (add_row, "rows.jsonl changed after training"),
        (lambda run: (run / TRAINED).unlink(), "training has not ended"),
        (
            lambda run: shutil.copyfile(run / "calibration.json", run / "weights.pt"),
            "weights.pt changed after training",
        ),
    ],
)
def test_rows_or_weights_that_changed_after_training_are_refused(
    recipe: Recipe, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(recipe.run)
    for step in (calibrate, lambda r: export(r, r.run / "new")):
        with pytest.raises(InputError, match=words) as refused:
            step(recipe)
        assert "\n" not in str(refused.value)


def test_topics_in_another_order_are_refused(recipe: Recipe) -> None:
    with pytest.raises(InputError, match="the topics changed after training"):
        calibrate(replace(recipe, topics=recipe.topics[::-1]))


def test_calibration_of_other_weights_is_not_exported(recipe: Recipe) -> None:
    path = recipe.run / "calibration.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "weights": "0" * 64}), encoding="utf-8")
    with pytest.raises(InputError, match="was fitted on other weights: run `bearwatch-train calibrate` again"):
        export(recipe, recipe.run / "new")


def test_figures_of_a_folder_that_was_made_of_other_rows_are_doubted(recipe: Recipe) -> None:
    folder = recipe.run / "model"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert unsure(recipe, manifest) == ""
    assert "does not say on which rows" in unsure(recipe, {k: v for k, v in manifest.items() if k != ROWS})
    assert not evaluate(recipe, folder).startswith("Figures may flatter")
    add_row(recipe.run)
    assert evaluate(recipe, folder).startswith("Figures may flatter: this folder was trained on other rows than ")
    told = report(recipe, folder, recipe.run / "report.html").read_text(encoding="utf-8")
    assert "<b>Figures may flatter: this folder was trained on other rows than " in told
