"""From series of measurements to PASS or FAIL, each with its figure. Pure.

The slope is Theil's and Sen's (Sen, Journal of the American Statistical Association 63, 1968): the median of the slopes
of all pairs, which a quarter of outliers does not move. Only pairs within one life of the process count, its warm-up
left out. Its interval is that of least squares on the same residuals, with as many degrees of freedom as there are
independent samples in them (Santer et al., Journal of Geophysical Research 105, 2000): memory of now is much like that
of a minute ago, and an interval that takes samples for independent is far too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

MB_AN_HOUR = 1.0
PERCENT = 5.0
BIN_S = 60.0  # samples of a minute become one, their median: a garbage collection is no trend
MOST_BINS = 240  # of a long run they are made wider: pairs grow with the square
LEAST_BINS = 6  # fewer tell nothing


@dataclass(frozen=True)
class Series:
    """One quantity over the run.

    Attributes:
        at: seconds since the start, rising. life: which process it was, by number. value: in its own unit.
    """

    at: Sequence[float]
    life: Sequence[int]
    value: Sequence[float]


@dataclass(frozen=True)
class Slope:
    """Units an hour, with the ends of a 95 % interval. NaN where too little is left after the warm-up."""

    per_hour: float
    low: float
    high: float
    minutes: float


@dataclass(frozen=True)
class Line:
    """One line of the report. verdict: PASS, FAIL, or OPEN where the run was too short to tell."""

    name: str
    verdict: str
    figure: str
    bar: str


def warmed(series: Series, warm_s: float) -> Series:
    """Without the first so many seconds of each life."""
    begins: dict[int, float] = {}
    for at, life in zip(series.at, series.life, strict=True):
        begins.setdefault(life, at)
    kept = [
        (at, life, value)
        for at, life, value in zip(series.at, series.life, series.value, strict=True)
        if at >= begins[life] + warm_s and not math.isnan(value)
    ]
    return Series([k[0] for k in kept], [k[1] for k in kept], [k[2] for k in kept])


def slope(series: Series) -> Slope:
    """The trend of a series whose warm-up has been left out.

    >>> hour = range(0, 3_601, 10)
    >>> slope(Series(hour, [0] * len(hour), [100 + 2 * at / 3_600 for at in hour])).per_hour
    2.0
    """
    at, life, value = _binned(series)
    if len(at) < LEAST_BINS:
        return Slope(math.nan, math.nan, math.nan, _minutes(series))
    found = _theil_sen(at, life, value)
    left, apart = np.zeros_like(value), np.zeros_like(value)
    for one in np.unique(life):
        mine = life == one
        left[mine] = value[mine] - found * at[mine]
        left[mine] -= np.median(left[mine])
        apart[mine] = at[mine] - np.mean(at[mine])
    freedom = _independent(left) - 2
    wide = math.inf
    if freedom > 0:
        wide = float(stats.t.ppf(0.975, freedom) * math.sqrt(np.sum(left**2) / freedom / np.sum(apart**2)))
    return Slope(round(found * 3_600, 6), (found - wide) * 3_600, (found + wide) * 3_600, _minutes(series))


def _independent(left: Floats) -> float:
    """How many independent samples tell as much as these, which resemble their neighbours.

    The likeness of neighbours is taken for larger than it was seen, by as much as a short series shows too little of it
    (Marriott and Pope, Biometrika 41, 1954).
    """
    n, spread = len(left), float(np.sum(left**2))
    if not spread:
        return n
    like = float(np.sum(left[1:] * left[:-1])) / spread
    like = min(max(like + (1 + 4 * like) / n, 0.0), 0.99)
    return n * (1 - like) / (1 + like)


def levels(series: Series) -> tuple[float, float]:
    """Medians of the first and the last quarter, by time, of the longest life. NaN where there is none."""
    if not series.at:
        return math.nan, math.nan
    spans: dict[int, list[float]] = {}
    for at, life in zip(series.at, series.life, strict=True):
        spans.setdefault(life, []).append(at)
    longest = max(spans, key=lambda life: spans[life][-1] - spans[life][0])
    begin, end = spans[longest][0], spans[longest][-1]
    quarter = (end - begin) / 4
    mine = [(a, v) for a, n, v in zip(series.at, series.life, series.value, strict=True) if n == longest]
    first = float(np.median([v for a, v in mine if a <= begin + quarter]))
    return first, float(np.median([v for a, v in mine if a >= end - quarter]))


def judge_memory(name: str, megabytes: Series, warm_s: float) -> list[Line]:
    """At most 1 MB/h and 5 %.

    A slope above the bar fails where chance does not explain it; where its interval reaches below the bar the run was
    too short for the slope, and the level alone judges.
    """
    kept = warmed(megabytes, warm_s)
    found = slope(kept)
    first, last = levels(kept)
    over = f"{found.per_hour:+.2f} MB/h ({found.low:+.2f} .. {found.high:+.2f}) over {found.minutes:.0f} min"
    if math.isnan(found.per_hour):
        return [Line(f"{name}: slope", "OPEN", f"only {found.minutes:.0f} min after warm-up", "1 MB/h")]
    verdict = "PASS" if found.per_hour <= MB_AN_HOUR else "FAIL" if found.low > MB_AN_HOUR else "OPEN"
    change = 100 * (last - first) / first
    return [
        Line(f"{name}: slope", verdict, over, "1 MB/h"),
        Line(f"{name}: level", _pass(change <= PERCENT), f"{first:.0f} -> {last:.0f} MB, {change:+.1f} %", "5 %"),
    ]


def judge_count(name: str, counts: Series, warm_s: float, slack: float) -> Line:
    """Flat: the last quarter's median at most `slack` above the first's. slack: what comes and goes without a leak."""
    first, last = levels(warmed(counts, warm_s))
    if math.isnan(first):
        return Line(name, "OPEN", "nothing after warm-up", f"+{slack:g}")
    return Line(name, _pass(last - first <= slack), f"{first:g} -> {last:g}", f"+{slack:g}")


def judge_most(name: str, values: Sequence[float], bar: float, unit: str) -> Line:
    """Never above the bar."""
    most = max((v for v in values if not math.isnan(v)), default=0.0)
    return Line(name, _pass(most <= bar), f"at most {most:.4g} {unit}", f"{bar:g} {unit}")


def judge_none(name: str, found: Sequence[object], of: str) -> Line:
    """Nothing of the kind was found. of: among how many of what."""
    shown = f", the first of them {found[0]}" if found else ""
    return Line(name, _pass(not found), f"{len(found)} of {of}{shown}", "0")


def passed(lines: Sequence[Line]) -> bool:
    """Whether none of them failed."""
    return all(line.verdict != "FAIL" for line in lines)


def _pass(well: bool) -> str:
    return "PASS" if well else "FAIL"


def _minutes(series: Series) -> float:
    return (
        sum(b - a for a, b, n, m in zip(series.at, series.at[1:], series.life, series.life[1:], strict=False) if n == m)
        / 60
    )


def _binned(series: Series) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Seconds, life and value of each minute, or of longer bins where the run is long."""
    if not series.at:
        return np.zeros(0), np.zeros(0, np.int64), np.zeros(0)
    width = max(BIN_S, (series.at[-1] - series.at[0]) / MOST_BINS)
    bins: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for at, life, value in zip(series.at, series.life, series.value, strict=True):
        bins.setdefault((life, int(at // width)), []).append((at, value))
    middles = np.array([np.median([a for a, _ in held]) for held in bins.values()])
    medians = np.array([np.median([v for _, v in held]) for held in bins.values()])
    return middles, np.array([life for life, _ in bins]), medians


def _theil_sen(at: Floats, life: NDArray[np.int64], value: Floats) -> float:
    i, j = np.triu_indices(len(at), 1)
    same = life[i] == life[j]
    i, j = i[same], j[same]
    return float(np.median((value[j] - value[i]) / (at[j] - at[i]))) if len(i) else math.nan
