"""What a model folder is worth: every figure of its manifest, measured on the folder itself."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from monitor.errors import InputError
from monitor.inference.batching import plan
from monitor.inference.manifest import Head
from monitor.inference.model import OnnxModel
from training.data import MISSING, PARTS, SENTIMENTS, Row, load
from training.exams import NEGATIVE, Judge, Mistake, take
from training.provenance import unsure
from training.recipe import Recipe
from training.robustness import robustness
from training.scoring import (
    Floats,
    Ints,
    compared,
    confusion,
    expected_calibration_error,
    negative_log_likelihood,
    scores,
)
from training.speed import sample, speed
from training.tables import NO_TARGET, all_tables, markdown, speed_table
from training.targets import TARGET, unmarked

TARGETS = "-target"  # behind a source's name: the rows where the target token stands for an entity
ALL_ALIKE = "all, each source alike"


@dataclass(frozen=True, slots=True)
class Set:
    """One head's answers on one set.

    Attributes:
        shares, raw: with the manifest's calibration and without any, [rows, labels]. truth: label indices, [rows].
        groups: rows of one group are resampled together; "" for a row alone.
    """

    shares: Floats
    raw: Floats
    truth: Ints
    labels: tuple[str, ...]
    groups: list[str]


@dataclass(slots=True)
class Assessment:
    """Figures as the manifest has them; what they were computed from; the mistakes in the exams."""

    figures: dict[str, Any]
    sets: dict[str, Set]
    mistakes: list[Mistake] = field(default_factory=list)


def probabilities(model: OnnxModel, texts: list[str], budget: int = 1024) -> tuple[Floats, Floats]:
    """Calibrated shares of all texts in their order: [texts, 3] and [texts, topics]."""
    tokens = model.encode(texts)
    sentiment = np.empty((len(texts), len(SENTIMENTS)))
    topic = np.empty((len(texts), len(model.topics)))
    for batch in plan([len(t) for t in tokens], budget):
        sentiment[batch], topic[batch] = model.probabilities([tokens[i] for i in batch])
    return sentiment, topic


def uncalibrated(shares: Floats, head: Head) -> Floats:
    """What `calibrated` was given, as shares: softmax(logits) from softmax(logits / temperature + bias)."""
    logits = head.temperature * (np.log(np.maximum(shares, 1e-300)) - np.array(head.bias))
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    raw: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return raw


def judging(model: OnnxModel) -> Judge:
    """Shares of the sentiments by text; tokens that came before (an uncased tokenizer's capitals) are not run again."""
    known: dict[tuple[int, ...], Floats] = {}

    def judge(texts: list[str]) -> Floats:
        tokens = [tuple(ids) for ids in model.encode(texts)]
        fresh = {ids: text for ids, text in zip(tokens, texts, strict=True) if ids not in known}
        known.update(zip(fresh, probabilities(model, list(fresh.values()))[0], strict=True))
        return np.array([known[ids] for ids in tokens])

    return judge


def held_out(rows: list[Row], part: str) -> list[Row]:
    """The rows of a part.

    Raises:
        InputError: there is no such part, or it has no rows.
    """
    held = [row for row in rows if row.part == part]
    if not held:
        known = part in PARTS
        raise InputError(f"no row is in the part {part!r}" if known else f"part {part!r} is none of {', '.join(PARTS)}")
    return held


def sets_of(model: OnnxModel, held: list[Row]) -> tuple[dict[str, Set], float]:
    """Both heads' answers by source, and headlines a second.

    `sentiment/<source>` and `topic/<source>` are whole headlines; `sentiment/<source>-target` those where the target
    token stands for a name, if the model knows one. Sources without such labels are absent.
    """
    token = model.manifest.target_token
    asked = [row for row in held if not row.target or token]
    texts = [row.text.replace(TARGET, token or TARGET, 1) if row.target else row.text for row in asked]
    began = time.perf_counter()
    sentiment, topic = probabilities(model, texts)
    rate = len(asked) / (time.perf_counter() - began)
    heads = (
        ("sentiment", sentiment, SENTIMENTS, model.manifest.sentiment),
        ("topic", topic, model.topics, model.manifest.topic),
    )
    result: dict[str, Set] = {}
    for source, targets in sorted({(row.source, bool(row.target)) for row in asked}):
        mine = [i for i, row in enumerate(asked) if (row.source, bool(row.target)) == (source, targets)]
        for name, shares, labels, head in heads:
            known = [i for i in mine if getattr(asked[i], name) != MISSING]
            # A topic or two that came over from a repeated headline of another set is no test.
            if known and len(known) * 20 >= len(mine):
                result[f"{name}/{source}{TARGETS if targets else ''}"] = Set(
                    shares[known],
                    uncalibrated(shares[known], head),
                    np.array([getattr(asked[i], name) for i in known], dtype=np.int64),
                    labels,
                    [asked[i].group for i in known],
                )
    return dict(sorted(result.items())), rate


def _at_tau(answers: Set, tau: float) -> dict[str, float]:
    """How good `P(negative) >= tau` is, which is what the daemon counts."""
    called, there = answers.shares[:, NEGATIVE] >= tau, answers.truth == NEGATIVE
    hits = int((called & there).sum())
    return {
        "precision": round(hits / max(int(called.sum()), 1), 4),
        "recall": round(hits / max(int(there.sum()), 1), 4),
    }


def by_set(sets: dict[str, Set], tau: float) -> dict[str, Any]:
    """The figures of every set; sentiment with its confusion matrix [truth][prediction] and what tau makes of it."""
    result: dict[str, Any] = {}
    for name, answers in sets.items():
        result[name] = scores(answers.shares, answers.truth, answers.labels, answers.groups)
        if name.startswith("sentiment/"):
            predicted = answers.shares.argmax(axis=1)
            result[name]["confusion"] = confusion(answers.truth, predicted, len(answers.labels)).tolist()
            result[name]["negative_at_tau"] = _at_tau(answers, tau)
    return result


def calibration(sets: dict[str, Set]) -> dict[str, Any]:
    """By head and set: {"ece", "nll"}, each [without calibration, with it].

    The last line of a head takes all its whole headlines together, every set with the same weight. (The calibration
    step counts the sets of one family as one, and rows by target too.)
    """
    result: dict[str, Any] = {}
    for head in ("sentiment", "topic"):
        mine = {name.partition("/")[2]: answers for name, answers in sets.items() if name.startswith(f"{head}/")}
        whole = [answers for source, answers in mine.items() if not source.endswith(TARGETS)]
        lines = {source: _before_after([answers]) for source, answers in mine.items()}
        if len(whole) > 1:
            lines[ALL_ALIKE] = _before_after(whole)
        if lines:
            result[head] = lines
    return result


def _before_after(sets: list[Set]) -> dict[str, list[float]]:
    truth = np.concatenate([s.truth for s in sets])
    # In rows of the smallest set, so that one set alone counts in whole rows.
    smallest = min(len(s.truth) for s in sets)
    weights = np.concatenate([np.full(len(s.truth), smallest / len(s.truth)) for s in sets])
    both = np.vstack([s.raw for s in sets]), np.vstack([s.shares for s in sets])
    return {
        "ece": [round(expected_calibration_error(shares, truth, weights=weights), 4) for shares in both],
        "nll": [round(negative_log_likelihood(shares, truth, weights), 4) for shares in both],
    }


def by_target(judge: Judge, held: list[Row], token: str) -> dict[str, Any] | None:
    """On headlines whose entities have different labels: right by the target score, against the whole headline's.

    None where no such headline is held out. The whole headline has one answer, so it can be right for one side only.
    """
    headlines: dict[str, list[Row]] = defaultdict(list)
    for row in held:
        if row.target and row.sentiment != MISSING:
            headlines[unmarked(row)].append(row)
    differing = {text: rows for text, rows in headlines.items() if len({row.sentiment for row in rows}) > 1}
    rows = [row for found in differing.values() for row in found]
    if not rows:
        return None
    whole = dict(zip(differing, judge(list(differing)).argmax(axis=1).tolist(), strict=True))
    asked = judge([row.text.replace(TARGET, token, 1) for row in rows]).argmax(axis=1)
    right = [said == row.sentiment for said, row in zip(asked.tolist(), rows, strict=True)]
    against = [whole[unmarked(row)] == row.sentiment for row in rows]
    return {"headlines": len(differing), **compared(right, against, [unmarked(row) for row in rows])}


def assess(model: OnnxModel, rows: list[Row], *, exams: Path | None = None, part: str = "report") -> Assessment:
    """Everything that is measured of a model but its speed beside another.

    Raises:
        InputError: the part has no rows, or an exam is not in its form.
    """
    held = held_out(rows, part)
    token, tau = model.manifest.target_token, model.tau

    judge = judging(model)
    sets, rate = sets_of(model, held)
    figures = by_set(sets, tau)
    figures["part"] = part
    figures["calibration"] = calibration(sets)
    found = by_target(judge, held, token) if token else None
    if found:
        figures["by_target"] = found
    figures["robustness"] = robustness(judge, held)
    taken = take(exams, judge, tau=tau, token=token) if exams else None
    if taken:
        figures["exams"] = taken.figures
    figures["headlines_per_second"] = round(rate)
    return Assessment(figures, sets, taken.mistakes if taken else [])


def measure(model: OnnxModel, rows: list[Row], *, exams: Path | None = None, part: str = "report") -> dict[str, Any]:
    """The figures for the manifest, JSON-able, rounded to four places; intervals are [low, high], of 95 %.

    `<head>/<source>`: `scoring.scores`; `calibration`, `by_target`, `robustness`, `exams` where they were measured.
    The `report` part is seen by neither fitting nor calibration.

    Raises:
        InputError: as in `assess`.
    """
    return assess(model, rows, exams=exams, part=part).figures


def exams_of(recipe: Recipe) -> Path | None:
    """The folder of exams that the recipe names."""
    return Path(recipe.data.exams) if recipe.data.exams else None


def evaluate(
    recipe: Recipe,
    folder: Path,
    *,
    part: str = "report",
    exams: Path | None = None,
    against: Path | None = None,
) -> str:
    """Measures a folder on a part of the run's rows, on the exams, and its speed; returns tables.

    Args:
        exams: a folder of exams; the recipe's own without it.
        against: another folder, whose speed is measured in the same run.

    Raises:
        ModelError: a folder is not fit. InputError: `prepare` has not run, or the part has no rows.
    """
    rows = load(recipe.run / "rows.jsonl")
    model = OnnxModel.load(folder, threads=recipe.train.threads)
    figures = measure(model, rows, exams=exams or exams_of(recipe), part=part)
    timed = speed(folder, sample(held_out(rows, part)), against)
    found = [markdown(table) for table in all_tables(figures)]
    said = [] if model.manifest.target_token else [NO_TARGET]
    doubt = [told] if (told := unsure(recipe, model.manifest.raw)) else []
    return "\n\n".join([*doubt, *found, *said, markdown(speed_table(timed))])
