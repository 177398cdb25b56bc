"""Whether news and model still are what they were: population stability of input, confidence and labels. Pure.

PSI between the shares p of a reference and q of now is sum((q - p) ln(q / p)), Kullback and Leibler's symmetric
divergence (1951); below 0.1 is customarily no change, above 0.25 a great one (Siddiqi, Credit Risk Scorecards, 2006).
Between two samples of one population it is about (1/N + 1/M) times a chi-squared with as many degrees of freedom as
there are bins less one (Yurdakul and Naranjo 2020, J. Risk Model Validation 14(4)): with few articles chance alone
looks like drift, so nothing is said before chance would stay below 0.1.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.records import Score

ALL = "all"
DAYS_NOW = 7  # a week, so that weekends weigh alike on both sides
DAYS_REFERENCE = 28  # as long as a baseline's past
NO_CHANGE = 0.1
LENGTHS = (20, 30, 40, 50, 60, 70, 80, 100, 120, 160)  # characters of a title: upper ends of bins
CONFIDENCES = (500_000, 600_000, 700_000, 800_000, 900_000, 950_000, 980_000)  # of the likeliest sentiment, millionths
_QUANTILE = 3.09  # of the normal: chance exceeds it once in a thousand


@dataclass(slots=True)
class Profile:
    """Counts of scored headlines, by what is looked at and topic: how long, how sure, which sentiment, which topic."""

    counts: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)

    def add(self, title: str, score: Score, tau: int) -> None:
        """Counts one headline. tau: the least P(neg) of a negative one, millionths."""
        topic = score.topics[0][0] if score.topics else ""
        label = "negative" if score.negative >= tau else "neutral" if score.neutral >= score.positive else "positive"
        bins = {
            "length": str(bisect.bisect_left(LENGTHS, len(title))),
            "confidence": str(bisect.bisect_left(CONFIDENCES, max(score.negative, score.neutral, score.positive))),
            "label": label,
        }
        for what, where in bins.items():
            for name in {ALL, topic} - {""}:
                self._of(what, name)[where] += 1
        if topic:
            self._of("topic", ALL)[topic] += 1

    def _of(self, what: str, topic: str) -> Counter[str]:
        return self.counts.setdefault(what, {}).setdefault(topic, Counter())

    def __iadd__(self, other: Profile) -> Profile:
        for what, topics in other.counts.items():
            for topic, counts in topics.items():
                self._of(what, topic).update(counts)
        return self


def profile_of(rows: Iterable[tuple[str, Score]], tau: int) -> Profile:
    """Of (title, score of the whole headline)."""
    found = Profile()
    for title, score in rows:
        found.add(title, score, tau)
    return found


def psi(reference: Mapping[str, int], now: Mapping[str, int]) -> float:
    """The population stability index of two counts over the same bins; half a count is added to each bin.

    >>> even = {"a": 500, "b": 500}
    >>> round(psi(even, even), 6), round(psi({"a": 900, "b": 100}, even), 2)
    (0.0, 0.88)
    """
    bins = sorted(reference.keys() | now.keys())
    n, m = sum(reference.values()) + len(bins) / 2, sum(now.values()) + len(bins) / 2
    shares = [((reference.get(b, 0) + 0.5) / n, (now.get(b, 0) + 0.5) / m) for b in bins]
    return math.fsum((q - p) * math.log(q / p) for p, q in shares)


def enough(bins: int, n: int, m: int) -> bool:
    """Whether two samples of one population would differ by NO_CHANGE less than once in a thousand times."""
    if bins < 2 or not n or not m:
        return False
    df = bins - 1
    # Wilson and Hilferty (1931): the cube root of chi-squared over df is nearly normal.
    chance = df * (1 - 2 / (9 * df) + _QUANTILE * math.sqrt(2 / (9 * df))) ** 3
    return chance * (1 / n + 1 / m) < NO_CHANGE


def drift(reference: Profile, now: Profile) -> dict[tuple[str, str], float]:
    """(what, topic) -> PSI, of those with enough articles on both sides."""
    found = {}
    for what, topics in now.counts.items():
        for topic, counts in topics.items():
            before = reference.counts.get(what, {}).get(topic, Counter[str]())
            if enough(len(before.keys() | counts.keys()), sum(before.values()), sum(counts.values())):
                found[what, topic] = psi(before, counts)
    return found


def split(days: Sequence[int], today: int) -> tuple[list[int], list[int]]:
    """(reference, now): the first finished days of a model, and the last week of them; empty while they would meet.

    Args:
        days: on which the model has scored, as days since the epoch; today is left out.

    >>> split(range(100, 120), 120)
    ([100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112], [113, 114, 115, 116, 117, 118, 119])
    >>> split(range(100, 110), 110)
    ([], [])
    """
    finished = sorted(day for day in days if day < today)
    now = [day for day in finished if day >= today - DAYS_NOW]
    before = [day for day in finished if day < today - DAYS_NOW]
    before = [day for day in before if day < before[0] + DAYS_REFERENCE]
    return (before, now) if len(before) >= DAYS_NOW and now else ([], [])
