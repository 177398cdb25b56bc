"""Labels from models: an ensemble's opinion beside the labels, and a model's own where a label is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from torch import Tensor

from benchmarks.levers.work import Work, bare, done, fitted, plain
from training.data import MISSING, Row
from training.distil import mean_logits
from training.recipe import Recipe


def ensemble(recipe: Recipe, rows: list[Row], seed: int, *, teachers: int = 2) -> Work:
    """Two teachers of the student's size, other seeds, the same rows; their mean logits are learnt (Hinton 2015)."""
    folders = [_teacher(recipe, rows, number) for number in range(teachers)]
    return Work(recipe, rows, bare(recipe), soft=mean_logits(recipe, folders, fitted(rows)))


def self_labelled(recipe: Recipe, rows: list[Row], seed: int, *, confidence: float = 0.8) -> Work:
    """A first model's labels where a row has none and it is this sure; a fresh student learns them all alike."""
    sentiment, topic = mean_logits(recipe, [_teacher(recipe, rows, 0)], fitted(rows))
    return Work(recipe, filled(rows, sentiment, topic, confidence), bare(recipe))


def filled(rows: list[Row], sentiment: Tensor, topic: Tensor, confidence: float) -> list[Row]:
    """The rows, missing labels of the fitted ones from the logits; a target row gets no topic, nobody asks for it."""

    def said(logits: Tensor) -> list[int]:
        sure, label = logits.softmax(-1).max(-1)
        return label.where(sure >= confidence, MISSING).tolist()

    answers = iter(zip(said(sentiment), said(topic), strict=True))
    result = []
    for row in rows:
        if row.part != "fit":
            result.append(row)
            continue
        s, t = next(answers)
        result.append(
            replace(
                row,
                sentiment=s if row.sentiment == MISSING else row.sentiment,
                topic=t if row.topic == MISSING and not row.target else row.topic,
            )
        )
    return result


def _teacher(recipe: Recipe, rows: list[Row], number: int) -> Path:
    # Far from the study's own seeds: a teacher is nobody's twin.
    own = replace(recipe, seed=recipe.seed + 1000 * (number + 1), run=recipe.run / f"teacher-{number}")
    done(plain(own, rows, own.seed))
    return own.run
