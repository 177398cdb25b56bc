"""Ours, mean + k sd and EWMA on the same counts, at thresholds that page as often as one another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.replayed import STEP, Array, Series
from monitor.detection.surprise import surprise

HOUR = 60 // STEP
# One false page in so many days and series.
EVERY_DAYS = (30, 500)
ADDED = (3, 5, 10, 20)
FACTOR = 4  # and a shock that makes the usual rate so many times itself
KINDS = (*(f"+{added}" for added in ADDED), f"x{FACTOR}")
SPANS = (1, 6)  # hours that a shock lasts
NOW = STEP * (1 + np.arange(6 * HOUR))  # minutes from a shock's start to the looks at it
APART = 6 * HOUR  # exceedances closer than this are one page
LAMBDA = 0.3


def ours(series: Series, added: Array, at: slice) -> Array:
    """S, the greater of both windows, at each look; `added` (looks, 2) is what a shock adds to the counts."""
    n, mean, dispersion = series.n[at] + added, series.mean[at], series.dispersion[at]
    return np.array(
        [max(surprise(int(n[i, w]), float(mean[i, w]), float(dispersion[i, w])) for w in (0, 1)) for i in range(len(n))]
    )


def deviations(series: Series, added: Array, at: slice) -> Array:
    """(n - mean) / sd of the last hour."""
    return np.asarray((series.n[at, 0] + added[:, 0] - series.plain[at, 0]) / series.plain[at, 1])


def ewma(series: Series, added: Array, at: slice) -> Array:
    """Exponentially weighted mean of the hours' counts in its own deviations (Roberts 1959), hour on hour."""
    back = 12 * HOUR
    start = max(0, at.start - back)
    hourly = series.n[start : at.stop, 0].copy()
    hourly[at.start - start :] += added[:, 0]
    found = np.zeros(at.stop - at.start)
    for i in range(at.start - start, at.stop - start):
        weights = LAMBDA * (1 - LAMBDA) ** np.arange(i // HOUR + 1)
        past = hourly[i - HOUR * np.arange(i // HOUR + 1)]
        mean, sd = series.plain[start + i]
        found[i - (at.start - start)] = (past @ weights + (1 - weights.sum()) * mean - mean) / sd
    return found / math.sqrt(LAMBDA / (2 - LAMBDA))


DETECTORS = {"ours": ours, "mean + k sd": deviations, "EWMA": ewma}


def episodes(score: Array, threshold: float) -> int:
    """Pages: exceedances that lie closer than six hours are one."""
    over = np.flatnonzero(score >= threshold)
    return 0 if not len(over) else 1 + int((np.diff(over) > APART).sum())


def level(scores: Sequence[Array], most: float) -> float:
    """The least threshold with at most so many pages over all series."""
    values = np.unique(np.concatenate(scores))
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if sum(episodes(s, float(values[middle])) for s in scores) <= most:
            high = middle
        else:
            low = middle + 1
    enough = sum(episodes(s, float(values[low])) for s in scores) <= most
    return float(values[low]) if enough else float(np.nextafter(values[-1], np.inf))


@dataclass(frozen=True, slots=True)
class Judged:
    """A group of series, and every detector's score of each at each look, with nothing added."""

    rate: float
    group: tuple[Series, ...]
    quiet: dict[str, list[Array]]

    @classmethod
    def of(cls, rate: float, group: Sequence[Series]) -> Judged:
        looks = len(group[0].n)
        nothing = np.zeros((looks, 2))
        quiet = {name: [judge(s, nothing, slice(0, looks)) for s in group] for name, judge in DETECTORS.items()}
        return cls(rate, tuple(group), quiet)

    @property
    def half(self) -> int:
        """The look that the second half begins with."""
        return len(self.group[0].n) // 2

    @property
    def days(self) -> float:
        """Days and series in either half."""
        return self.half * STEP / 1440 * len(self.group)

    def levels(self, every: int) -> dict[str, float]:
        """Each detector's threshold for one page in so many days and series, by the first half; told with its truth."""
        half, most = self.half, self.days / every
        levels = {name: level([s[:half] for s in scores], most) for name, scores in self.quiet.items()}
        false = {name: sum(episodes(s[half:], levels[name]) for s in scores) for name, scores in self.quiet.items()}
        print(
            f"\nasked for 1 page in {every} days and series ({most:.1f}); false in the second half: "
            + ", ".join(f"{name} {n}" for name, n in false.items())
        )
        return levels

    def called(self, number: int, look: int, levels: dict[str, float]) -> bool:
        """Whether any detector pages of a series of the group at a look."""
        return any(self.quiet[name][number][look] >= levels[name] for name in levels)


def delay(score: Array, threshold: float) -> float:
    """Minutes from a shock's start to the first look over the threshold, of the looks NOW; inf where there is none."""
    over = np.flatnonzero(score >= threshold)
    return float(NOW[over[0]]) if len(over) else math.inf


def size_of(kind: str, usual: float, span: int, rng: np.random.Generator) -> int:
    """Stories of a shock of `span` hours where so many an hour are usual."""
    return int(kind[1:]) if kind[0] == "+" else int(rng.poisson((FACTOR - 1) * usual * span))


def gain(ours: Sequence[Sequence[float]], others: Sequence[Sequence[float]], rng: np.random.Generator) -> str:
    """How much more often ours found a shock, mean over series, with its interval.

    Args:
        ours, others: by series the delay of each shock, inf where it was not found; the same shocks in both.
    """
    gains = np.array(
        [np.isfinite(a).mean() - np.isfinite(b).mean() for a, b in zip(ours, others, strict=True) if len(a)]
    )
    if len(gains) < 2:
        return f"{gains.mean():+.2f} (one series)" if len(gains) else "-"
    means = rng.choice(gains, (2_000, len(gains))).mean(axis=1)  # series, not shocks, are independent
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{gains.mean():+.2f} ({low:+.2f} .. {high:+.2f})"


def heading(table: str, judged: Judged) -> str:
    """What a table is of, with the series' own rates in the time that is judged."""
    own = sorted((s.n[:, 0].mean(), s.name) for s in judged.group)
    named = "; ".join(f"{name} {rate:.3f}" for rate, name in own)
    return (
        f"\n## {table}, {judged.rate} bad stories an hour: {len(own)} series, {judged.days:.0f} series-days in either "
        f"half\n(an hour in the days that are judged: {named})"
    )
