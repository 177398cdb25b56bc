"""What is usual: the rate of new negative stories in every series, by hour of the week. Pure.

mu_s(t) = r_s * f(day type, hour). f is the shape of all the market's stories over {weekday, Saturday, Sunday} x 24,
shrunk to flat, mean 1. r_s has a gamma posterior: the prior's mean is the pooled rate of the series' class, its shape
is A0; a series adds its own count over its exposure, the sum of f over the hours observed. Only observed hours teach
(those with a tick): an hour in which nobody listened says nothing of what is usual.

The last six hours never teach: a surge must not raise the baseline that it is judged by.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.aggregation.series import MARKET, series_class
from monitor.records import HOUR_MS, Bucket

HISTORY_HOURS = 28 * 24
# Hours before the running one that a 6 h window may still reach into.
GUARD_HOURS = 7

# Shape of the gamma prior: 0.5 says that rates within a class differ by orders of magnitude.
A0 = 0.5
# A class without one negative story yet: one story in two days, so that nothing is infinitely surprising.
LEAST_CLASS_RATE = 0.02
# Pseudo-hours of the flat shape that each cell starts with.
SHAPE_PRIOR_HOURS = 2.0
# Overdispersion of a window's count around its mean, beyond Poisson, by hours.
ALPHA = {1: 0.3, 6: 0.2}


@dataclass(frozen=True, slots=True)
class Prediction:
    """The predictive distribution of one window's count, with all that is needed to compute it again."""

    mean: float
    dispersion: float
    a: float
    b: float
    exposure: float
    class_rate: float
    learned: int
    observed_hours: int

    def parameters(self) -> dict[str, float]:
        return asdict(self)


@lru_cache(maxsize=2048)
def cell_of(hour: int, zone: str) -> int:
    """Cell 0..71 of an epoch hour in the news' time zone: weekdays 0-23, Saturday 24-47, Sunday 48-71."""
    local = datetime.fromtimestamp(hour * 3600, ZoneInfo(zone))
    kind = max(0, local.weekday() - 4)
    return kind * 24 + local.hour


class Baseline:
    """Counts by hour over the last 28 days and what they teach.

    Args:
        zone: IANA name of the news' time zone, whose hours and weekdays shape the volume.
    """

    def __init__(self, zone: str = "UTC") -> None:
        self.zone = zone
        self._negative: dict[int, dict[str, int]] = {}
        self._volume: dict[int, int] = {}
        self._observed: dict[int, bool] = {}  # epoch hour -> whether a live tick fell in it
        self._now = 0
        self._newest = -1  # newest hour that may teach
        self._learned: dict[str, dict[str, int]] = {}
        self._learned_in_class: dict[str, int] = {}
        self._exposure = 0.0
        self._cell_volume = [0] * 72
        self._cell_hours = [0] * 72
        self._shape: tuple[float, ...] | None = None

    @property
    def observed_hours(self) -> int:
        """Hours that teach now."""
        return sum(self._cell_hours)

    @property
    def taught_series(self) -> int:
        """Series with at least one negative story in the hours that teach."""
        return sum(len(held) for held in self._learned.values())

    def count(self, delta: Bucket) -> None:
        """Takes up a change of one bucket."""
        hour = delta.minute // 60
        if delta.negative:
            held = self._negative.setdefault(hour, {})
            held[delta.series] = held.get(delta.series, 0) + delta.negative
            if not held[delta.series]:
                del held[delta.series]
            if self._teaches(hour):
                self._learn(delta.series, delta.negative)
        if delta.series == MARKET and delta.stories:
            self._volume[hour] = self._volume.get(hour, 0) + delta.stories
            if self._teaches(hour):
                self._cell_volume[cell_of(hour, self.zone)] += delta.stories
                self._shape = None

    def observed(self, hour: int) -> bool:
        """Whether the epoch hour had a tick."""
        return hour in self._observed

    def observed_live(self, hour: int) -> bool:
        """Whether somebody listened live in the epoch hour: what it held has been counted."""
        return self._observed.get(hour, False)

    def remembers(self, hour: int) -> bool:
        """Whether the epoch hour lies within the 28 days that may teach."""
        return hour > self._newest - HISTORY_HOURS

    def observe(self, hour: int, *, live: bool = False) -> None:
        """Notes that somebody listened in this epoch hour; hours past 28 days teach nothing and are not held."""
        if hour in self._observed:
            self._observed[hour] |= live
        elif self.remembers(hour):
            self._observed[hour] = live
            if self._teaches(hour):
                self._turn(hour, 1)

    def advance(self, now: int) -> None:
        """Moves to a later tick (ms): hours older than the guard begin to teach, those past 28 days end."""
        self._now = now
        newest = now // HOUR_MS - GUARD_HOURS
        oldest = newest - HISTORY_HOURS + 1
        if newest == self._newest:
            return
        before = {h for h in self._observed if self._teaches(h)}
        self._newest = newest
        after = {h for h in self._observed if self._teaches(h)}
        for hour in after - before:
            self._turn(hour, 1)
        for hour in before - after:
            self._turn(hour, -1)
        self._observed = {h: live for h, live in self._observed.items() if h >= oldest}
        for table in (self._negative, self._volume):
            for hour in [h for h in table if h < oldest]:
                del table[hour]

    def predict(self, series: str, hours: int) -> Prediction:
        """The predictive distribution of new negative stories in the `hours` before the last tick."""
        shape = self.shape()
        exposure = self._exposure
        kind = series_class(series)
        held = self._learned.get(kind, {})
        class_rate = LEAST_CLASS_RATE
        if held and exposure > 0:
            class_rate = max(LEAST_CLASS_RATE, self._learned_in_class[kind] / (len(held) * exposure))
        learned = held.get(series, 0)
        a = A0 + learned
        b = A0 / class_rate + exposure
        return Prediction(
            mean=a / b * self._ahead(shape, hours),
            dispersion=ALPHA[hours] + 1 / a,
            a=a,
            b=b,
            exposure=exposure,
            class_rate=class_rate,
            learned=learned,
            observed_hours=self.observed_hours,
        )

    def shape(self) -> tuple[float, ...]:
        """f by cell, mean 1 over the hours observed (before shrinking); all 1 where nothing was."""
        if self._shape is None:
            hours = self.observed_hours
            mean = sum(self._cell_volume) / hours if hours else 0.0
            if mean > 0:
                self._shape = tuple(
                    (volume / mean + SHAPE_PRIOR_HOURS) / (n + SHAPE_PRIOR_HOURS)
                    for volume, n in zip(self._cell_volume, self._cell_hours, strict=True)
                )
            else:
                self._shape = (1.0,) * 72
            self._exposure = sum(n * f for n, f in zip(self._cell_hours, self._shape, strict=True))
        return self._shape

    def contents(self) -> tuple[object, ...]:
        """Everything that predictions stand on, for comparison with a rebuilt one."""
        learned = {kind: held for kind, held in self._learned.items() if held}
        return (learned, self._cell_volume, self._cell_hours, self._observed, self._newest)

    def _ahead(self, shape: tuple[float, ...], hours: int) -> float:
        """The sum of f over the window that ends now: whole hours, and the running one by its part."""
        hour, part = divmod(self._now, HOUR_MS)
        share = part / HOUR_MS
        whole = sum(shape[cell_of(hour - i, self.zone)] for i in range(1, hours))
        return whole + share * shape[cell_of(hour, self.zone)] + (1 - share) * shape[cell_of(hour - hours, self.zone)]

    def _teaches(self, hour: int) -> bool:
        return self._newest - HISTORY_HOURS < hour <= self._newest and hour in self._observed

    def _turn(self, hour: int, sign: int) -> None:
        cell = cell_of(hour, self.zone)
        self._cell_hours[cell] += sign
        self._cell_volume[cell] += sign * self._volume.get(hour, 0)
        for series, n in self._negative.get(hour, {}).items():
            self._learn(series, sign * n)
        self._shape = None

    def _learn(self, series: str, n: int) -> None:
        kind = series_class(series)
        held = self._learned.setdefault(kind, {})
        held[series] = held.get(series, 0) + n
        self._learned_in_class[kind] = self._learned_in_class.get(kind, 0) + n
        if not held[series]:
            del held[series]
