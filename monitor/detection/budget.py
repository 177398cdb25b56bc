"""From one number, the false pages a desk accepts a day, to the surprise and the sum at which a series pages. Pure.

`budget.csv` says at which S and h a series of a given rate and dispersion opens how often when nothing happens. It was
made by simulating just that through the detector's own code: `python -m benchmarks.budget`.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# A young store has taught few series; the many that it has not met yet are looked at all the same.
LEAST_SERIES = 100
_TABLE = Path(__file__).with_name("budget.csv")


@dataclass(frozen=True, slots=True)
class Levels:
    """S from which a window opens, h (nats) from which the cumulative sum does."""

    surprise: float
    cusum: float


@dataclass(frozen=True, slots=True)
class _Table:
    """Axes as the logarithms of rates, the dispersions as they are; values by (mu, alpha, rate)."""

    mus: tuple[float, ...]
    alphas: tuple[float, ...]
    rates: tuple[float, ...]
    values: dict[tuple[int, int, int], Levels]


@dataclass(frozen=True, slots=True)
class Importance:
    """The budget's shares: `of` by series, 1 for every other; `whole` is their sum over all that are looked at."""

    shares: Mapping[str, float]
    whole: float

    @classmethod
    def of(cls, shares: Mapping[str, float], known: Collection[str]) -> Importance:
        """Over the series that a fit knows, and those that a young store has not met yet."""
        unmet = max(0, LEAST_SERIES - len(known))
        return cls(shares, math.fsum(shares.get(series, 1.0) for series in known) + unmet)


def part(false_pages_per_day: float, series: str, importance: Importance) -> float:
    """Of the false pages a day, those that this series may have: b_i = B w_i / sum(w).

    >>> part(1.0, "entity:held", Importance.of({"entity:held": 10.0}, ["entity:held", "market"])) * 109
    10.0
    """
    return false_pages_per_day * importance.shares.get(series, 1.0) / importance.whole


def threshold(mu: float, alpha: float, rate_per_day: float) -> Levels:
    """The thresholds at which windows, and the sum, each open so often in a series in which nothing happens.

    Args:
        mu: negative stories an hour, on the mean of the week. alpha: of the 6 h window's variance m + alpha m^2.
        rate_per_day: false openings a day that either statistic of this one series may have.

    Between the table's points it goes along straight lines of S and h over the logarithms of the rates; mu and alpha
    beyond them take the nearest, a rate beyond goes on as S = -log10 p does.

    >>> rare, busy = threshold(0.01, 0.25, 0.001), threshold(5.0, 0.25, 0.001)
    >>> 2 < busy.surprise < 8, 2 < rare.surprise < 8, rare.cusum < busy.cusum
    (True, True, True)
    """
    table = _table()
    i, u = _between(table.mus, math.log(max(mu, 1e-9)))
    j, v = _between(table.alphas, alpha)
    k, w = _between(table.rates, math.log(rate_per_day))
    surprise = cusum = 0.0
    for di, x in ((0, 1 - u), (1, u)):
        for dj, y in ((0, 1 - v), (1, v)):
            for dk, z in ((0, 1 - w), (1, w)):
                if x * y * z:
                    held = table.values[i + di, j + dj, k + dk]
                    surprise += x * y * z * held.surprise
                    cusum += x * y * z * held.cusum
    beyond = max(0.0, table.rates[0] - math.log(rate_per_day))
    return Levels(surprise + beyond / math.log(10), cusum + beyond)


def _between(axis: tuple[float, ...], at: float) -> tuple[int, float]:
    """The interval of the axis that holds `at`, and how far into it, from 0 to 1."""
    i = min(max(bisect_right(axis, at) - 1, 0), len(axis) - 2)
    return i, min(1.0, max(0.0, (at - axis[i]) / (axis[i + 1] - axis[i])))


@cache
def _table() -> _Table:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(lines)]
    mus, alphas, rates = (sorted({row[name] for row in rows}) for name in ("mu", "alpha", "rate_per_day"))
    values = {
        (mus.index(row["mu"]), alphas.index(row["alpha"]), rates.index(row["rate_per_day"])): Levels(
            row["surprise"], row["cusum"]
        )
        for row in rows
    }
    return _Table(tuple(map(math.log, mus)), tuple(alphas), tuple(map(math.log, rates)), values)
