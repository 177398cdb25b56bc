"""Scores that were computed before: news repeats itself, a wire copy word for word."""

from __future__ import annotations

from collections import OrderedDict

from monitor.ingest.canonical import digest
from monitor.records import Score


class ScoreCache:
    """The most recently used scores by (text, model hash), at most `capacity` of them; 0 keeps none.

    Not thread-safe: one thread owns it.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._scores: OrderedDict[tuple[str, str], Score] = OrderedDict()

    def __len__(self) -> int:
        return len(self._scores)

    def get(self, text: str, model: str) -> Score | None:
        """The score, now the most recently used, or None."""
        key = (digest(text), model)
        score = self._scores.get(key)
        if score is not None:
            self._scores.move_to_end(key)
        return score

    def put(self, text: str, score: Score) -> None:
        """Keeps a score under its own model hash; the least recently used one gives way."""
        key = (digest(text), score.model)
        self._scores[key] = score
        self._scores.move_to_end(key)
        while len(self._scores) > self._capacity:
            self._scores.popitem(last=False)
