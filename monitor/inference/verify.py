"""`bearwatch model info` and `model verify`: what a folder says of itself, and whether it is true."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from monitor.errors import ModelError
from monitor.inference.batching import plan
from monitor.inference.manifest import find_model, read_manifest
from monitor.inference.model import Floats, OnnxModel

INVARIANCE = 1e-3  # how far a probability may move with the batch around its text


@dataclass(frozen=True, slots=True)
class Invariance:
    """How much a text's batch matters.

    Attributes:
        texts: how many were compared.
        largest: the largest move of any probability, 0 to 1.
        changed: texts whose most probable sentiment or topic changed.
    """

    texts: int
    largest: float
    changed: int


def model_info(name_or_dir: str | Path) -> dict[str, Any]:
    """The manifest of a folder with the model's hash, files verified; JSON-able.

    Raises:
        ModelError: no such model, or its files are not what the manifest says.
    """
    manifest = read_manifest(find_model(name_or_dir))
    for name in manifest.files:
        manifest.read(name)
    return {"folder": str(manifest.folder), "hash": manifest.hash, **manifest.raw}


def invariance(model: OnnxModel, texts: Sequence[str], *, budget: int = 1024, seed: int = 0) -> Invariance:
    """Each text alone, against shuffled batches, batches of like length, and batches padded to the full width."""
    tokens = model.encode(texts)

    def run(batches: Sequence[Sequence[int]], width: int = 0) -> tuple[Floats, Floats]:
        sentiment = np.empty((len(tokens), len(model.manifest.sentiment.labels)))
        topic = np.empty((len(tokens), len(model.topics)))
        for batch in batches:
            sentiment[batch], topic[batch] = model.probabilities([tokens[i] for i in batch], width)
        return sentiment, topic

    order = list(range(len(tokens)))
    random.Random(seed).shuffle(order)
    shuffled = [order[i : i + 32] for i in range(0, len(order), 32)]
    lone = run([[i] for i in range(len(tokens))])
    others = [run(shuffled), run(plan([len(t) for t in tokens], budget)), run(shuffled, model.manifest.max_tokens)]
    changed = np.zeros(len(tokens), bool)
    largest = 0.0
    for other in others:
        for mine, theirs in zip(lone, other, strict=True):
            if mine.size:
                changed |= mine.argmax(axis=1) != theirs.argmax(axis=1)
                largest = max(largest, float(np.abs(mine - theirs).max()))
    return Invariance(len(tokens), largest, int(changed.sum()))


def verify(name_or_dir: str | Path, texts: Sequence[str]) -> list[str]:
    """What is wrong with a model folder, one line a finding; an empty list means that all is as promised.

    Hashes, operators, golden outputs, and batch-invariance over `texts`.
    """
    try:
        folder = find_model(name_or_dir)
        model_info(folder)
        model = OnnxModel.load(folder)
    except ModelError as error:
        return [str(error)]
    seen = invariance(model, texts) if texts else Invariance(0, 0.0, 0)
    findings = []
    if seen.largest > INVARIANCE:
        findings.append(f"a text's batch moves its probabilities by up to {seen.largest:.4f} (at most {INVARIANCE})")
    if seen.changed:
        findings.append(f"{seen.changed} of {seen.texts} texts change their label with the batch around them")
    return findings
