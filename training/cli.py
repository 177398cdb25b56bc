"""`bearwatch-train STEP -c RECIPE`: each step runs alone, and goes on where it was killed."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import BearwatchError, InputError
from training.recipe import Recipe, read_recipe

# Steps are imported where they run: `--help` and `prepare` should not wait seconds for torch.
# ruff: noqa: PLC0415

app = typer.Typer(help="Makes the model of Bearwatch.", no_args_is_help=True, add_completion=False)
DEFAULT = Path(__file__).parent / "configs" / "default.yaml"
Config = Annotated[Path, typer.Option("-c", "--config", help="the recipe, one YAML file")]
Model = Annotated[Path | None, typer.Option(help="the folder to measure; RUN/model without it")]
Against = Annotated[Path | None, typer.Option(help="a second folder, timed in turns with the first")]
Part = Annotated[str, typer.Option(help="rows to measure on: report, calibration or fit")]


def _recipe(path: Path) -> Recipe:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    return read_recipe(path)


@app.command("prepare")
def prepare_step(config: Config = DEFAULT) -> None:
    """Reads, cleans, removes duplicates, splits: RUN/rows.jsonl."""
    from training.prepare import prepare

    print(prepare(_recipe(config)))


@app.command("train")
def train_step(config: Config = DEFAULT) -> None:
    """Fine-tunes the base on the fit part: RUN/weights.pt."""
    from training.train import train

    print(train(_recipe(config)))


@app.command("distil")
def distil_step(config: Config = DEFAULT) -> None:
    """In place of train: teaches a student what the recipe's teachers say."""
    from training.distil import distil

    print(distil(_recipe(config)))


@app.command("calibrate")
def calibrate_step(config: Config = DEFAULT) -> None:
    """Fits temperature and biases on the calibration part: RUN/calibration.json."""
    from training.calibrate import calibrate

    print(calibrate(_recipe(config)))


@app.command("export")
def export_step(
    config: Config = DEFAULT,
    precision: Annotated[str, typer.Option(help="int8 for processors, fp16 or fp32 for a GPU")] = "int8",
    to: Annotated[Path | None, typer.Option(help="the folder to make; RUN/model without it")] = None,
) -> None:
    """Makes the model folder, or says which promise it would break."""
    from training.export import export

    recipe = _recipe(config)
    print(export(recipe, to or recipe.run / "model", precision))


@app.command("evaluate")
def evaluate_step(
    config: Config = DEFAULT, model: Model = None, part: Part = "report", against: Against = None
) -> None:
    """Measures a model folder on held-out rows, the exams, and the clock; prints tables."""
    from training.evaluate import evaluate

    recipe = _recipe(config)
    print(evaluate(recipe, model or recipe.run / "model", part=part, against=against))


@app.command("report")
def report_step(
    config: Config = DEFAULT,
    model: Model = None,
    part: Part = "report",
    against: Against = None,
    to: Annotated[Path | None, typer.Option(help="the page to write; RUN/report.html without it")] = None,
) -> None:
    """The same as one HTML page with plots."""
    from training.report import report

    recipe = _recipe(config)
    print(report(recipe, model or recipe.run / "model", to or recipe.run / "report.html", part=part, against=against))


@app.command("continue")
def continue_step(config: Config) -> None:
    """New labels on an earlier run, old ones beside them; says what was forgotten: RUN/continue.json."""
    from training.continued import continue_training
    from training.retention import refusal

    recipe = _recipe(config)
    print(continue_training(recipe))
    refused = refusal(recipe.run)
    if refused:
        raise BearwatchError(refused)


label = typer.Typer(help="Labels: articles out of the daemon's store, answers back into a data set.")
app.add_typer(label, name="label")
Labels = Annotated[Path, typer.Argument(help="a CSV file of label pick, filled in")]


@label.command("pick")
def label_pick(
    *,
    store: Annotated[str, typer.Option(help="the daemon's store, a file or URL; only read, the daemon may run on")],
    to: Annotated[Path, typer.Option(help="the CSV file to make")],
    config: Config = DEFAULT,
    number: Annotated[int, typer.Option(help="articles")] = 200,
    strategy: Annotated[str, typer.Option(help="what is hard: margin or entropy")] = "margin",
    labels: Annotated[list[Path] | None, typer.Option(help="data sets of label take, not to be asked again")] = None,
) -> None:
    """The articles most worth a label, a share of them at random."""
    from training.data import load
    from training.label import pick
    from training.labelled import texts_of, write_lines
    from training.prepare import exam_texts, refuse

    recipe = _recipe(config)
    rows = recipe.run / "rows.jsonl"
    exams, wrong = exam_texts(Path(recipe.data.exams)) if recipe.data.exams else ({}, [])
    refuse(wrong)
    held = [text for texts in (*exams.values(), *map(texts_of, labels or ())) for text in texts]
    known = load(rows) if rows.is_file() else []
    lines = pick(store, number, strategy=strategy, known=known, held_out=held, seed=recipe.seed)
    print(write_lines(lines, to))


@label.command("take")
def label_take(
    path: Labels,
    to: Annotated[Path, typer.Option(help="the data set, JSON lines; made where there is none")],
    config: Config = DEFAULT,
) -> None:
    """Adds a file's answers to a data set that a recipe can name."""
    from training.labelled import take_back, told

    print(told(take_back(path, to, _recipe(config).topics)))


@label.command("agree")
def label_agree(one: Labels, other: Labels, config: Config = DEFAULT) -> None:
    """How far two people's answers agree: Cohen's kappa."""
    from training.agreement import agreement, told

    print(told(agreement(one, other, _recipe(config).topics)))


def main() -> None:
    """Entry point: an error of the user's is one line on stderr and exit code 2; a promise not kept is exit code 1."""
    try:
        app()
    except InputError as error:
        print(f"bearwatch-train: {error}", file=sys.stderr)
        sys.exit(2)
    except BearwatchError as error:
        print(f"bearwatch-train: {error}", file=sys.stderr)
        sys.exit(1)
