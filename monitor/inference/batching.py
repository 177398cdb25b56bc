"""Which texts run together. Pure.

Padding is wasted work, so texts of like length share a batch; a batch holds at most `budget` padded tokens, so its
cost is bounded however long the texts are (the batching idea of text-embeddings-inference).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

STEP = 8  # widths are multiples of this: few shapes, so the session's memory arena settles

T = TypeVar("T")


def padded(length: int) -> int:
    """The width at which a text of `length` tokens runs.

    >>> padded(1), padded(8), padded(9)
    (8, 8, 16)
    """
    return max(STEP, -(-length // STEP) * STEP)


def plan(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices grouped into batches, shortest first; in each, rows x widest padded length <= budget.

    A text wider than the whole budget runs alone. Equal lengths keep their order, so a plan is deterministic.

    >>> plan([20, 3, 5, 24], budget=48)
    [[1, 2], [0, 3]]
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        width = padded(lengths[index])
        # Sorted, so this text is the widest of its batch and sets the width for all.
        if batches and (len(batches[-1]) + 1) * width <= budget and width <= 2 * padded(lengths[batches[-1][0]]):
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def scatter(batches: Iterable[Sequence[int]], results: Iterable[Sequence[T]], count: int) -> list[T]:
    """Results back in arrival order.

    Raises:
        ValueError: a batch and its results differ in length, or an index is missing or doubled.
    """
    found: dict[int, T] = {}
    seen = 0
    for batch, result in zip(batches, results, strict=True):
        seen += len(batch)
        found.update(zip(batch, result, strict=True))
    if seen != count or len(found) != count:
        raise ValueError(f"{seen} results for {len(found)} of {count} texts")
    return [found[index] for index in range(count)]
