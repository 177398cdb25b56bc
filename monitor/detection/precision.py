"""How many of the pages that people have marked were real, by rule, with how far that can be believed. Pure.

The interval is Wilson's score interval of 95 % (Wilson 1927, JASA 22): it holds what it promises for the few marks that
a desk gives in four weeks, where the textbook's +- does not (Brown, Cai and DasGupta 2001, Statistical Science 16).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.aggregation.series import series_class

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Precision:
    """real of marked pages, and its interval."""

    real: int
    marked: int
    precision: float
    low: float
    high: float


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The interval's ends.

    >>> [round(end, 3) for end in wilson(8, 10)], [round(end, 3) for end in wilson(0, 3)]
    ([0.49, 0.943], [0.0, 0.561])

    Raises ValueError: there were no trials.
    """
    if trials < 1:
        raise ValueError("an interval needs at least one trial")
    share, square = successes / trials, _Z**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = _Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2)) / (1 + square / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def precision_of_rules(marked: Mapping[str, Mapping[str, int]]) -> dict[str, Precision]:
    """Of each class of series that has a marked page.

    Args:
        marked: series -> mark -> pages. A `late` page told of a real event: it was no false one.

    >>> found = precision_of_rules({"topic:a": {"true": 1, "late": 1}, "topic:b": {"false": 2}})
    >>> found["topic"].precision
    0.5
    """
    real: dict[str, int] = {}
    every: dict[str, int] = {}
    for series, marks in marked.items():
        rule = series_class(series)
        every[rule] = every.get(rule, 0) + sum(marks.values())
        real[rule] = real.get(rule, 0) + sum(count for mark, count in marks.items() if mark != "false")
    return {
        rule: Precision(real[rule], count, real[rule] / count, *wilson(real[rule], count))
        for rule, count in sorted(every.items())
        if count
    }
