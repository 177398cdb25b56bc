"""What a lever hands to the trainer, and what comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.batches import Vary
from training.data import SENTIMENTS, Row, save
from training.distil import keep_layers
from training.model import Classifier, base_tokenizer, find_base, from_base
from training.objective import MakeObjective, Objective
from training.predict import macro_f1s
from training.recipe import Recipe
from training.train import train

Scores = dict[str, float]  # as `macro_f1s` names them, 0 to 1


@dataclass(slots=True)
class Work:
    """The arguments of `train`; `rows` holds the fitted and the judging ones.

    Attributes:
        finished: the student has learnt already and is only judged.
    """

    recipe: Recipe
    rows: list[Row]
    student: tuple[Classifier, Tokenizer]
    soft: tuple[Tensor, Tensor] | None = None
    vary: Vary | None = None
    make_objective: MakeObjective = Objective
    finished: bool = False


def fitted(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.part == "fit"]


def bare(recipe: Recipe) -> tuple[Classifier, Tokenizer]:
    """The base with the layers that the study keeps and fresh heads, drawn from the recipe's seed."""
    torch.manual_seed(recipe.seed)
    tokenizer = base_tokenizer(find_base(recipe.base))
    model = from_base(find_base(recipe.base), tokenizer, len(SENTIMENTS), len(recipe.topics), recipe.train.dropout)
    if recipe.distil.layers:
        keep_layers(model, recipe.distil.layers)
    return model, tokenizer


def plain(recipe: Recipe, rows: list[Row], seed: int) -> Work:
    """The baseline, and every lever that is an option or a choice of rows."""
    return Work(recipe, rows, bare(recipe))


def done(work: Work) -> Scores:
    """Trains in the recipe's run folder and returns the judging rows' scores."""
    recipe = work.recipe
    recipe.run.mkdir(parents=True, exist_ok=True)
    save(work.rows, recipe.run / "rows.jsonl")
    if work.finished:
        model, tokenizer = work.student
        tokenizer.enable_truncation(recipe.train.max_tokens)
        return macro_f1s(model, tokenizer, [row for row in work.rows if row.part == "calibration"])
    train(recipe, student=work.student, soft=work.soft, vary=work.vary, make_objective=work.make_objective)
    return kept_scores(recipe.run / "metrics.jsonl", best=recipe.train.patience > 0)


def kept_scores(path: Path, *, best: bool) -> Scores:
    """The scores of the weights that were kept: the last epoch's, or the best one's where patience chose."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    epochs = [{k: v for k, v in line.items() if "/" in k} for line in lines if "epoch" in line]
    return max(epochs, key=lambda scores: sum(scores.values())) if best else epochs[-1]
