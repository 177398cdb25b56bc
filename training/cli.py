"""`bearwatch-train STEP -c RECIPE`: prepare, train, calibrate, export, evaluate; each step runs alone."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import InputError
from training.recipe import Recipe, read_recipe

# Steps are imported where they run: `--help` and `prepare` should not wait seconds for torch.
# ruff: noqa: PLC0415

app = typer.Typer(help="Makes the model of Bearwatch.", no_args_is_help=True, add_completion=False)
Config = Annotated[Path, typer.Option("-c", "--config", help="the recipe, one YAML file")]
DEFAULT = Path(__file__).parent / "configs" / "default.yaml"


def _recipe(path: Path) -> Recipe:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    return read_recipe(path)


@app.command("prepare")
def prepare_step(config: Config = DEFAULT) -> None:
    """Cleans, removes duplicates, splits: writes rows.jsonl."""
    from training.prepare import prepare

    print(prepare(_recipe(config)))


@app.command("train")
def train_step(config: Config = DEFAULT) -> None:
    """Fine-tunes; run again to resume after the last whole epoch."""
    from training.train import train

    print(train(_recipe(config)))


@app.command("calibrate")
def calibrate_step(config: Config = DEFAULT) -> None:
    """Fits temperature and biases on the calibration part."""
    from training.calibrate import calibrate

    print(calibrate(_recipe(config)))


@app.command("export")
def export_step(
    config: Config = DEFAULT,
    precision: Annotated[str, typer.Option(help="int8 for processors, fp16 or fp32 for a GPU")] = "int8",
    to: Annotated[Path | None, typer.Option(help="the folder to make; RUN/model without it")] = None,
) -> None:
    """Makes the model folder and checks it against torch."""
    from training.export import export

    recipe = _recipe(config)
    print(export(recipe, to or recipe.run / "model", precision))


@app.command("evaluate")
def evaluate_step(
    config: Config = DEFAULT,
    model: Annotated[Path | None, typer.Option(help="the folder to measure; RUN/model without it")] = None,
) -> None:
    """Measures a model folder on the held-out part."""
    from training.evaluate import evaluate

    recipe = _recipe(config)
    print(evaluate(recipe, model or recipe.run / "model"))


def main() -> None:
    """Entry point: an error of the user's is one line on stderr and exit code 2."""
    try:
        app()
    except InputError as error:
        print(f"bearwatch-train: {error}", file=sys.stderr)
        sys.exit(2)
