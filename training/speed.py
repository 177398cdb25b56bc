"""How fast a model folder is on this machine, alone or beside another one in the same run."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

from monitor.inference.model import OnnxModel
from monitor.inference.scorer import score_texts
from training.data import Row

ROUNDS = 5  # a neighbour's load shows in the spread
THREADS = (1, 2)


def sample(held: list[Row], most: int = 128) -> list[str]:
    """Texts to time by, some five batches, spread over all sources; where 50 a second are run, a minute in all."""
    count = min(most, len(held))
    return [held[number * len(held) // count].text for number in range(count)]


def speed(folder: Path, texts: list[str], against: Path | None = None, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Headlines a second, from text to score as the daemon does it, at one and at two threads.

    Returns for each number of threads {"threads", "median", "low", "high"}; with `against` also {"against", "ratio",
    "ratio_low", "ratio_high"}: ours over theirs in each round, the two taking turns.

    Raises:
        ModelError: a folder is not fit.
    """
    result: list[dict[str, Any]] = []
    for threads in THREADS:
        models = [OnnxModel.load(each, threads=threads) for each in (folder, against) if each]
        for model in models:
            score_texts(model, texts[:64])  # the arena grows on the first batches
        rates: list[list[float]] = [[] for _ in models]
        for number in range(rounds):
            # Turn about, so that neither always runs into what the other left behind.
            order = range(len(models)) if number % 2 else reversed(range(len(models)))
            for which in order:
                began = time.perf_counter()
                score_texts(models[which], texts)
                rates[which].append(len(texts) / (time.perf_counter() - began))
        found = {"median": median(rates[0]), "low": min(rates[0]), "high": max(rates[0])}
        if against:
            ratios = [mine / theirs for mine, theirs in zip(*rates, strict=True)]
            found |= {"against": median(rates[1]), "ratio": median(ratios)}
            found |= {"ratio_low": min(ratios), "ratio_high": max(ratios)}
        result.append({"threads": threads, **{name: round(value, 3) for name, value in found.items()}})
    return result
