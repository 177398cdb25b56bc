"""One tiny trained model for the whole session, made through the command line's own steps."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

TRAINER = importlib.util.find_spec("torch") is not None
# Without the train extra these cannot even be imported; the shipped model is judged all the same.
NEED_TRAINER = (
    "bases",
    "calibrate",
    "cli",
    "continued",
    "data",
    "distil",
    "end_to_end",
    "label",
    "levers",
    "levers_objectives",
    "losses",
    "prepare",
    "provenance",
    "readers",
    "report",
    "robustness",
    "scoring",
    "tampered_folders",
    "train",
)
collect_ignore = [] if TRAINER else [f"test_{name}.py" for name in NEED_TRAINER]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m "not slow"` leaves these files unread: all of them are slow, and torch takes longer than many tests."""
    unread = config.option.markexpr == "not slow" and collection_path.name.startswith("test_")
    return True if unread else None


def pytest_report_header() -> str:
    return "trainer: " + ("installed" if TRAINER else "tests/training left out (pip install 'bearwatch[train]')")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder holding recipe.yaml, run/ and run/model/ of a tiny model that went through every step."""
    from tests.training.tiny import tiny_recipe
    from training.calibrate import calibrate
    from training.export import export
    from training.prepare import prepare
    from training.recipe import read_recipe
    from training.train import train

    folder = tmp_path_factory.mktemp("trained")
    recipe = read_recipe(tiny_recipe(folder))
    prepare(recipe)
    train(recipe)
    calibrate(recipe)
    export(recipe, recipe.run / "model")
    return folder
