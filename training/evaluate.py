"""What an exported folder is worth: every figure of its manifest, measured on the folder itself."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from monitor.inference.batching import plan
from monitor.inference.model import Floats, OnnxModel
from training.data import MISSING, SENTIMENTS, Row, load
from training.recipe import Recipe
from training.scoring import scores

log = logging.getLogger("bearwatch.train")


def probabilities(model: OnnxModel, texts: list[str], budget: int = 1024) -> tuple[Floats, Floats]:
    """Calibrated shares of all texts in their order: [texts, 3] and [texts, topics]."""
    tokens = model.encode(texts)
    sentiment = np.empty((len(texts), len(SENTIMENTS)))
    topic = np.empty((len(texts), len(model.topics)))
    for batch in plan([len(t) for t in tokens], budget):
        sentiment[batch], topic[batch] = model.probabilities([tokens[i] for i in batch])
    return sentiment, topic


def by_source(rows: list[Row], sentiment: Floats, topic: Floats, topics: tuple[str, ...]) -> dict[str, Any]:
    """Figures of both heads, `sentiment/<source>` and `topic/<source>`; sources without such labels are absent."""
    result: dict[str, Any] = {}
    heads = (("sentiment", sentiment, SENTIMENTS), ("topic", topic, topics))
    for source in sorted({row.source for row in rows}):
        for head, shares, labels in heads:
            truth = [(i, getattr(row, head)) for i, row in enumerate(rows) if row.source == source]
            known = [(i, label) for i, label in truth if label != MISSING]
            # A topic or two that came over from a repeated headline of another set is no test.
            if len(known) * 20 >= len(truth) and known:
                chosen = [i for i, _ in known]
                result[f"{head}/{source}"] = scores(shares[chosen], np.array([label for _, label in known]), labels)
    return result


def measure(model: OnnxModel, rows: list[Row]) -> dict[str, Any]:
    """Figures on the `report` part, which neither fitting nor calibration has seen; speed on this machine."""
    held = [row for row in rows if row.part == "report"]
    began = time.perf_counter()
    sentiment, topic = probabilities(model, [row.text for row in held])
    seconds = time.perf_counter() - began
    figures = by_source(held, sentiment, topic, model.topics)
    figures["headlines_per_second"] = round(len(held) / seconds)
    return figures


def table(figures: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    lines = [
        "| set | rows | accuracy | macro-F1 | weighted F1 | ECE | recall by class |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, f in figures.items():
        if isinstance(f, dict):
            recalls = ", ".join(f"{label} {c['recall']:.2f}" for label, c in f["classes"].items())
            recalls = recalls if len(f["classes"]) <= 3 else "see manifest.json"
            row = f"| {name} | {f['rows']} | {f['accuracy']:.3f} | {f['macro_f1']:.3f} | {f['weighted_f1']:.3f} "
            lines.append(f"{row}| {f['ece']:.3f} | {recalls} |")
    return "\n".join(lines)


def evaluate(recipe: Recipe, folder: Path) -> str:
    """Measures a folder on the run's held-out part; returns the table.

    Raises:
        ModelError: the folder is not fit. InputError: `prepare` has not run.
    """
    rows = load(recipe.run / "rows.jsonl")
    figures = measure(OnnxModel.load(folder, threads=recipe.train.threads), rows)
    return f"{table(figures)}\n\n{figures['headlines_per_second']} headlines/s"
