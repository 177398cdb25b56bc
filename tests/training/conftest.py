"""One tiny trained model for the whole session, made through the command line's own steps."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

TRAINER = importlib.util.find_spec("torch") is not None
# Without the train extra these cannot even be imported; the shipped model is judged all the same.
collect_ignore = [] if TRAINER else ["test_data.py", "test_end_to_end.py", "test_tampered_folders.py"]


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
