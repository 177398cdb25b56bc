"""How many pages a day, and what so few days can say of it. Pure.

Pages are counted as Poisson. The interval is the exact one of 95 % (Garwood 1936, Biometrika 28): it is never too
short, however few there were. Of none in three days it says: up to 1.23 a day.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Rate:
    """A count over days: a day, and its interval; None where no time has passed."""

    count: int
    days: float
    per_day: float | None
    low: float
    high: float | None


def rate(count: int, days: float) -> Rate:
    """The rate of a count.

    >>> found = rate(3, 3.0)
    >>> found.per_day, round(found.low, 3), round(found.high, 3)
    (1.0, 0.206, 2.922)
    """
    if days <= 0:
        return Rate(count, 0.0, None, 0.0, None)
    low = 0.0 if not count else _mean_where(lambda mean: 1 - _at_most(count - 1, mean), TAIL, rising=True)
    high = _mean_where(lambda mean: _at_most(count, mean), TAIL, rising=False)
    return Rate(count, days, count / days, low / days, high / days)


def budget_verdict(budget: float, days: float, *, pages: int, real: int, false: int) -> str:
    """`within`, `over` or `too short to tell`, of false pages a day.

    Args:
        pages: all that were opened. real, false: those that people have judged; the rest may be either, so that
            `within` holds were all of it false, and `over` were all of it real.
    """
    most, least = rate(pages - real, days), rate(false, days)
    if most.high is not None and most.high <= budget:
        return "within"
    return "over" if least.low > budget else "too short to tell"


def _at_most(count: int, mean: float) -> float:
    """P(N <= count) of a Poisson with that mean."""
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


def _mean_where(p: Callable[[float], float], wanted: float, *, rising: bool) -> float:
    """By bisection; p is monotone in the mean."""
    low, high = 0.0, 1.0
    while (p(high) < wanted) == rising:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if (p(middle) < wanted) == rising else (low, middle)
    return (low + high) / 2
