"""News in which nothing happens: synthetic stories of many series, bursts and busy days and all, through the detector.

A series' negative stories come in clusters (logarithmic sizes, spread over an hour), at a rate that the hour of the
week, the day and the hour itself move: a negative binomial count, dependent from hour to hour, as news is. What the
detector opens on it is false by construction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from monitor.aggregation.placement import Placement
from monitor.detection.budget import Levels
from monitor.detection.counts import HISTORY_HOURS
from monitor.detection.detector import Detector
from monitor.detection.spikes import DetectionSettings, OpenSpike
from monitor.records import HOUR_MS, MINUTE_MS, Bucket, Standing, Story, Tick

START = 1_699_833_600_000  # 2023-11-13T00:00:00Z, a Monday
PUBLISHERS = 6
# How busy each hour of a working day is, and of a day at the weekend, beside the mean.
_DAY = np.array([0.5] * 6 + [1.0, 1.4] + [1.9] * 9 + [1.5, 1.1, 0.9] + [0.7] * 4)
_WEEKEND = np.array([0.3] * 8 + [0.5] * 12 + [0.35] * 4)


@dataclass(frozen=True, slots=True)
class World:
    """What the series are like.

    Attributes:
        rates: negative stories an hour, by series. share: of negative stories among all.
        excess: of a cluster's stories: variance / mean - 1. hour, day: variance of the hour's and the day's factor.
    """

    rates: npt.NDArray[np.float64]
    share: float = 0.25
    excess: float = 0.5
    hour: float = 0.2
    day: float = 0.1


@dataclass(frozen=True, slots=True)
class Stories:
    """Stories in order of time: minute since START, series, whether negative."""

    minute: npt.NDArray[np.int64]
    series: npt.NDArray[np.int64]
    negative: npt.NDArray[np.bool_]


def draw(world: World, hours: int, rng: np.random.Generator) -> Stories:
    """The stories of so many hours."""
    count = len(world.rates)
    shape = np.array([(_WEEKEND if hour // 24 % 7 >= 5 else _DAY)[hour % 24] for hour in range(hours)])
    shape /= np.concatenate([_DAY] * 5 + [_WEEKEND] * 2).mean()
    days = -(-hours // 24)
    everywhere = np.repeat(rng.gamma(1 / 0.02, 0.02, days), 24)[:hours]
    own = np.repeat(_factor(rng, world.day, (count, days)), 24, axis=1)[:, :hours]
    rate = world.rates[:, None] * shape * everywhere * own
    size = world.excess / (1 + world.excess)
    mean_size = -size / ((1 - size) * np.log1p(-size)) if size else 1.0
    clusters = rng.poisson(rate * _factor(rng, world.hour, rate.shape) / mean_size)
    series, hour = (np.repeat(index, clusters.ravel()) for index in (a.ravel() for a in np.indices(clusters.shape)))
    start = hour * 60 + rng.integers(0, 60, len(hour))
    sizes = rng.logseries(size, len(hour)) if size else np.ones(len(hour), int)
    begins = np.repeat(start, sizes)
    first = np.cumsum(sizes) - sizes
    later = np.ones(len(begins), bool)
    later[first] = False
    minute = begins + np.where(later, rng.integers(0, 60, len(begins)), 0)
    dull = rng.poisson(rate * (1 / world.share - 1))
    dull_series, dull_hour = (np.repeat(index, dull.ravel()) for index in (a.ravel() for a in np.indices(dull.shape)))
    minutes = np.concatenate([minute, dull_hour * 60 + rng.integers(0, 60, len(dull_hour))])
    order = np.argsort(minutes, kind="stable")
    return Stories(
        minutes[order],
        np.concatenate([np.repeat(series, sizes), dull_series])[order],
        np.concatenate([np.ones(len(minute), bool), np.zeros(len(dull_series), bool)])[order],
    )


def _factor(rng: np.random.Generator, variance: float, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Gamma of mean 1."""
    return rng.gamma(1 / variance, variance, shape) if variance else np.ones(shape)


class Fixed(Detector):
    """A detector whose thresholds are given."""

    given: Levels | None = None

    def levels(self, series: str) -> Levels:
        return self.given or super().levels(series)

    def judge(self) -> None:
        if self.given and math.isinf(self.given.surprise):
            self._moved.clear()  # only the sum may open
        super().judge()


def openings(
    world: World,
    days: int,
    rng: np.random.Generator,
    levels: Levels | None,
    settings: DetectionSettings | None = None,
) -> list[OpenSpike]:
    """Every spike of `days` days after 28 that only teach, in its last state."""
    hours = HISTORY_HOURS + 24 * days
    news = draw(world, hours, rng)
    told: dict[str, Story] = {}
    detector = Fixed(settings or DetectionSettings(), "UTC", _teller(told))
    detector.given = levels
    publisher = rng.integers(0, PUBLISHERS, len(news.minute))
    spikes: dict[str, OpenSpike] = {}
    at = _teach(detector, news)
    minute = news.minute[at:].tolist()
    series, negative, by = news.series[at:].tolist(), news.negative[at:].tolist(), publisher[at:].tolist()
    i = 0
    for now in range(HISTORY_HOURS * 60, hours * 60):
        detector.tick(Tick(START + now * MINUTE_MS))
        while i < len(minute) and minute[i] <= now:
            story = _story(f"s{i}", minute[i], f"p{by[i]}")
            told[story.id] = story
            detector.place(None, _placement(story, f"entity:{series[i]}", negative=negative[i]))
            detector.judge()
            i += 1
        if now % 60 == 0:
            spikes.update(detector.drain().spikes)
            for old in [s for s in told if told[s].first_at < START + (now - 48 * 60) * MINUTE_MS]:
                del told[old]
    spikes.update(detector.drain().spikes)
    return list(spikes.values())


def _teller(told: dict[str, Story]) -> Callable[[Sequence[str]], list[Story]]:
    return lambda ids: [told[story] for story in ids if story in told]


def _teach(detector: Detector, news: Stories) -> int:
    """The first 28 days as counts alone; how many stories they were."""
    counts = detector.baseline.counts
    end = int(np.searchsorted(news.minute, HISTORY_HOURS * 60))
    for minute, series, negative in zip(
        news.minute[:end].tolist(), news.series[:end].tolist(), news.negative[:end].tolist(), strict=True
    ):
        epoch = START // MINUTE_MS + minute
        counts.count(Bucket(f"entity:{series}", epoch, stories=1, negative=int(negative)))
    for hour in range(HISTORY_HOURS):
        counts.observe(START // HOUR_MS + hour, live=True)
    return end


def _story(story_id: str, minute: int, publisher: str) -> Story:
    at = START + minute * MINUTE_MS
    return Story(story_id, 0, at, at, publisher, "", "", "", 0, (publisher,), (), None, tellings=(("", publisher),))


def _placement(story: Story, series: str, *, negative: bool) -> Placement:
    at = story.first_at
    first = Placement(story.id, story.id, series, at, story.id, Standing.LIVE, story.publisher, 0)
    if not negative:
        return first
    return replace(first, negative_at=at, negative_key=story.id, negative_standing=Standing.LIVE)
