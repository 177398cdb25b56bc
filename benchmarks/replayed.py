"""Archives through the daemon's own stages and fold, in memory, with a look at chosen series every five minutes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from prometheus_client import CollectorRegistry

from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.detection.fit import Fit
from monitor.detection.spikes import NearMiss
from monitor.fold import Fold, Folded
from monitor.inference.disk_cache import DiskScores, default_folder
from monitor.inference.scorer import Scorer
from monitor.memory import FoldSettings
from monitor.parts import Parts
from monitor.pipeline import Pipeline, Stages
from monitor.records import DAY_MS, MINUTE_MS, Mode, Spike, Tick
from monitor.sink import MemorySink
from monitor.sources.protocol import Source
from monitor.telemetry.metrics import Metrics
from monitor.ticks import Played
from monitor.wiring import archive_source

Array = npt.NDArray[np.float64]

TEACH_MS = 29 * DAY_MS
STEP = 5  # minutes between looks
MOST_SERIES = 30
# How far from a rate its nearest series may be, where none lies between half and double of it.
WIDEST = 3


@dataclass(frozen=True, slots=True)
class Series:
    """One series' looks: counts of the last 1 h and 6 h, what was usual then, mean and deviation of an hour's count."""

    name: str
    n: Array  # (looks, 2)
    mean: Array
    dispersion: Array
    plain: Array  # (looks, 2): mean, deviation

    @classmethod
    def of(cls, name: str, looks: Sequence[Sequence[float]] | Array) -> Series:
        rows = np.array(looks)
        return cls(name, rows[:, 0:2], rows[:, 2:4], rows[:, 4:6], rows[:, 6:8])

    def with_looks(self, start: int, looks: Sequence[Sequence[float]]) -> Series:
        """The series with other looks from one on: `looks` are rows as `of` takes them."""
        own, other = np.hstack([self.n, self.mean, self.dispersion, self.plain]), np.array(looks)
        own[start : start + len(other)] = other
        return Series.of(self.name, own)


class Kept:
    """The end of stages that only prepare and score: records in order."""

    stalled = ""

    def __init__(self) -> None:
        self.records: list[Delivery] = []

    async def take(self, batch: Sequence[Delivery]) -> None:
        self.records.extend(Delivery(delivery.record) for delivery in batch if delivery.record is not None)


async def read(source: Source, parts: Parts) -> list[Delivery]:
    """The source's articles, prepared and scored as the daemon does it, among its ticks."""
    end = Kept()
    metrics = Metrics(CollectorRegistry())
    with closing(Scorer(parts.model, disk=DiskScores(default_folder(), parts.model.hash))) as scorer:
        stages = Stages(parts.matcher, scorer, 64, parts.model.languages, end, metrics)
        await Pipeline(stages, [source]).run()
    return end.records


async def read_archives(archives: Sequence[Path], parts: Parts) -> list[Delivery]:
    """The archives as if they came live, with a tick a minute."""
    source = archive_source(archives, "archive", Mode.HISTORY)
    return await read(Played(source, adapt=lambda article: replace(article, mode=Mode.LIVE)), parts)


class Replayed:
    """The fold over records, with nothing to wait for, and a look at the watched series every five minutes.

    Args:
        choose: what to watch, by the fit at the end of the days that only teach.

    Attributes:
        looks: by watched series a row each look: what `Series` is made of. times: when each look was, ms.
        opened, missed: every spike so far, and every near-miss.
        bad: by company's series, when each of its negative stories came, ms.
    """

    def __init__(self, settings: FoldSettings, choose: Callable[[Fit], Iterable[str]]) -> None:
        self.fold = Fold(settings)
        self.opened: list[Spike] = []
        self.missed: list[NearMiss] = []
        self.bad: dict[str, dict[str, int]] = {}
        self.looks: dict[str, list[tuple[float, ...]]] = {}
        self.times: list[int] = []
        self._choose = choose
        self._chose = False
        self._first: int | None = None
        self._plain: dict[str, tuple[float, float]] = {}
        self._fitted = -1
        metrics = Metrics(CollectorRegistry())
        self._inner = Committing(self.fold, MemorySink(), metrics, clock=lambda: self.now, on_folded=self._folded)

    @property
    def now(self) -> int:
        """The last tick, ms."""
        return self.fold.memory.now

    def watch(self, names: Iterable[str]) -> None:
        """Looks at these from now on, and forgets the looks so far."""
        self.looks = {name: [] for name in names}
        self.times = []
        self._fitted = -1

    def take(self, records: Sequence[Delivery]) -> None:
        """Folds them in transactions that end at looks."""
        start = 0
        with asyncio.Runner() as runner:  # of its own: this may be a fork
            for end, delivery in enumerate(records, 1):
                if isinstance(delivery.record, Tick) and delivery.record.at // MINUTE_MS % STEP == 0:
                    runner.run(self._inner.take(records[start:end]))
                    start = end
                    self._look(delivery.record.at)
            if start < len(records):
                runner.run(self._inner.take(records[start:]))

    def series(self, name: str) -> Series:
        return Series.of(name, self.looks[name])

    def _folded(self, folded: Folded) -> None:
        self.opened.extend(folded.opened)
        self.missed.extend(folded.effects.near_misses)
        for placed in folded.effects.story_series:
            if placed.negative_at is not None and placed.series.startswith("entity:"):
                self.bad.setdefault(placed.series, {})[placed.unit_id] = placed.negative_at

    def _look(self, at: int) -> None:
        self._first = at if self._first is None else self._first
        if at - self._first < TEACH_MS:
            return
        baseline = self.fold.memory.detector.baseline
        if not self._chose:
            self._chose = True
            self.watch(self._choose(baseline.fit))
        self.times.append(at)
        if self.looks and baseline.fit.at != self._fitted:
            self._fitted = baseline.fit.at
            held = [baseline.counts.at(hour) for hour in baseline.counts.taught()]
            for name in self.looks:
                hourly = np.array([at_hour.get(name, (0, 0))[1] for at_hour in held])
                # A deviation of nothing would make the first story of a silent series infinitely surprising.
                self._plain[name] = (float(hourly.mean()), max(float(hourly.std()), 1 / math.sqrt(len(hourly))))
        for name, rows in self.looks.items():
            one, six = self.fold.views(name)
            p, q = one.prediction, six.prediction
            rows.append((one.n, six.n, p.mean, q.mean, p.dispersion, q.dispersion, *self._plain[name]))


def rate_of(fit: Fit, name: str) -> float:
    """Negative stories an hour."""
    return fit.series[name].a / fit.series[name].b


def near(fit: Fit, rate: float, names: Iterable[str], least: int = 1) -> list[str]:
    """Those between half and double of a rate; where they are fewer than so many, the ten nearest up to WIDEST away."""
    away = {name: abs(math.log(rate_of(fit, name) / rate)) for name in names}
    found = sorted(name for name, far in away.items() if far < math.log(2))
    if len(found) >= least:
        return found
    return sorted((name for name, far in away.items() if far <= math.log(WIDEST)), key=away.__getitem__)[:10]


def chosen(fit: Fit, rate: float, names: Iterable[str], rng: np.random.Generator) -> list[str]:
    """At most so many of the near ones, by seed."""
    return sorted(rng.permutation(near(fit, rate, names))[:MOST_SERIES].tolist())
