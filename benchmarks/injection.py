"""Shocks of known size, put into the counts of real archives: ours beside mean + k sd and EWMA at equal false pages.

    make bench-detect ARGS="ARCHIVE..."       of at least 40 days, one after the other; 28 of them only teach

Series are drawn by seed around three rates. Every detector's threshold is the one that pages as often as asked for in
the first half of what is left; false pages and detections are counted in the second, all of it, calm or not. Only the
statistics are compared: no detector has the evidence gate here. Ours are the windows of 1 h and 6 h; the others judge
the last hour against the mean and deviation of the hours of the past 28 days, as vendors do.
"""

from __future__ import annotations

import argparse
import asyncio
import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from prometheus_client import CollectorRegistry

from monitor.app import build_parts
from monitor.committing import Committing
from monitor.config import load_config
from monitor.delivery import Delivery
from monitor.detection.detector import Detector
from monitor.detection.surprise import surprise
from monitor.fold import Fold
from monitor.inference.disk_cache import DiskScores, default_folder
from monitor.inference.scorer import Scorer
from monitor.pipeline import Pipeline, Stages
from monitor.records import DAY_MS, MINUTE_MS, Mode, Tick
from monitor.sink import MemorySink
from monitor.telemetry.metrics import Metrics
from monitor.ticks import Played
from monitor.wiring import archive_source

Array = npt.NDArray[np.float64]

TEACH_MS = 29 * DAY_MS
STEP = 5  # minutes between looks
HOUR = 60 // STEP
# Rates to look at, negative stories an hour: series between half and double of each.
RATES = (0.05, 0.3, 1.5)
MOST_SERIES = 30
# One false page in so many days and series.
EVERY_DAYS = (30, 500)
ADDED = (3, 5, 10, 20)
FACTOR = 4  # and a shock that makes the usual rate so many times itself
SPANS = (1, 6)  # hours that a shock lasts
SHOCKS_EACH = 40  # for each series, kind of shock and span
APART = 6 * HOUR  # exceedances closer than this are one page
LAMBDA = 0.3
SEED = 20_080_915


@dataclass(frozen=True, slots=True)
class Series:
    """One series' looks: counts of the last 1 h and 6 h, what was usual then, mean and deviation of an hour's count."""

    name: str
    n: Array  # (looks, 2)
    mean: Array
    dispersion: Array
    plain: Array  # (looks, 2): mean, deviation


class Looking:
    """The fold's end that also looks at chosen series every five minutes."""

    stalled = ""

    def __init__(self, inner: Committing, detector: Detector) -> None:
        self._inner = inner
        self._detector = detector
        self._began: int | None = None
        self.chosen: list[list[str]] = []
        self.looks: dict[str, list[tuple[float, ...]]] = {}
        self._plain: dict[str, tuple[float, float]] = {}
        self._fitted = -1

    async def take(self, batch: Sequence[Delivery]) -> None:
        start = 0
        for end, delivery in enumerate(batch, 1):
            if isinstance(delivery.record, Tick) and delivery.record.at // MINUTE_MS % STEP == 0:
                await self._inner.take(batch[start:end])
                start = end
                self._look(delivery.record.at)
        if start < len(batch):
            await self._inner.take(batch[start:])

    def _look(self, at: int) -> None:
        self._began = at if self._began is None else self._began
        if at - self._began < TEACH_MS:
            return
        fit = self._detector.baseline.fit
        if not self.chosen:
            rng = np.random.default_rng(SEED)
            for rate in RATES:
                near = [s for s, held in fit.series.items() if rate / 2 <= held.a / held.b < 2 * rate]
                self.chosen.append(sorted(rng.permutation(sorted(near))[:MOST_SERIES].tolist()))
            self.looks = {name: [] for names in self.chosen for name in names}
        if fit.at != self._fitted:
            self._fitted = fit.at
            held = [self._detector.baseline.counts.at(hour) for hour in self._detector.baseline.counts.taught()]
            for name in self.looks:
                hourly = np.array([at_hour.get(name, (0, 0))[1] for at_hour in held])
                # A deviation of nothing would make the first story of a silent series infinitely surprising.
                self._plain[name] = (float(hourly.mean()), max(float(hourly.std()), 1 / math.sqrt(len(hourly))))
        for name, rows in self.looks.items():
            one, six = self._detector.views(name)
            p, q = one.prediction, six.prediction
            rows.append((one.n, six.n, p.mean, q.mean, p.dispersion, q.dispersion, *self._plain[name]))

    def series(self, names: Sequence[str]) -> list[Series]:
        found = []
        for name in names:
            rows = np.array(self.looks[name])
            found.append(Series(name, rows[:, 0:2], rows[:, 2:4], rows[:, 4:6], rows[:, 6:8]))
        return found


async def look(archives: Sequence[Path]) -> Looking:
    """The archives through the daemon's stages."""
    parts = build_parts(load_config(None, {}))
    fold = Fold(parts.settings)
    metrics = Metrics(CollectorRegistry())
    inner = Committing(fold, MemorySink(), metrics, clock=lambda: fold.memory.now, on_folded=lambda folded: None)
    end = Looking(inner, fold.memory.detector)
    source = archive_source(archives, "archive", Mode.HISTORY)
    played = Played(source, adapt=lambda article: replace(article, mode=Mode.LIVE))
    with closing(Scorer(parts.model, disk=DiskScores(default_folder(), parts.model.hash))) as scorer:
        stages = Stages(parts.matcher, scorer, 64, parts.model.languages, end, metrics)
        await Pipeline(stages, [played]).run()
    return end


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


def measure(group: Sequence[Series], rate: float) -> None:
    """Prints one rate's table."""
    looks = len(group[0].n)
    half = looks // 2
    nothing = np.zeros((looks, 2))
    quiet = {name: [judge(s, nothing, slice(0, looks)) for s in group] for name, judge in DETECTORS.items()}
    days = half * STEP / 1440 * len(group)
    print(f"\n## {rate} bad stories an hour: {len(group)} series, {days:.0f} series-days in either half")
    for every in EVERY_DAYS:
        levels = {name: level([s[:half] for s in scores], days / every) for name, scores in quiet.items()}
        false = {name: sum(episodes(s[half:], levels[name]) for s in scores) for name, scores in quiet.items()}
        print(
            f"\nasked for 1 page in {every} days and series ({days / every:.1f}); false in the second half: "
            + ", ".join(f"{name} {n}" for name, n in false.items())
        )
        print(
            "shock | "
            + " | ".join(f"{name}: within 1 h, 6 h, delay p50, p90" for name in DETECTORS)
            + " | ours less mean + k sd, 6 h (95 %) | ours less EWMA"
        )
        for span in SPANS:
            for kind in (*(f"+{k}" for k in ADDED), f"x{FACTOR}"):
                print(_row(group, kind, span, levels=levels, quiet=quiet))


def _row(
    group: Sequence[Series], kind: str, span: int, *, levels: dict[str, float], quiet: dict[str, list[Array]]
) -> str:
    half = len(group[0].n) // 2
    rng = np.random.default_rng([SEED, *map(ord, kind), span])
    found: dict[str, list[list[float]]] = {name: [[] for _ in group] for name in DETECTORS}
    for i, series in enumerate(group):
        for _ in range(SHOCKS_EACH):
            start = int(rng.integers(half + 12 * HOUR, len(series.n) - 7 * HOUR))
            size = int(kind[1:]) if kind[0] == "+" else rng.poisson((FACTOR - 1) * series.mean[start, 0] * span)
            minutes = np.sort(rng.uniform(0, 60 * span, size))
            at = slice(start, start + 6 * HOUR)
            now = STEP * (1 + np.arange(6 * HOUR))
            added = np.stack(
                [((minutes < now[:, None]) & (minutes >= now[:, None] - 60 * w)).sum(axis=1) for w in (1, 6)], axis=1
            ).astype(float)
            if any(quiet[name][i][start - 1] >= levels[name] for name in DETECTORS):
                continue  # somebody has been called already
            for name, judge in DETECTORS.items():
                over = np.flatnonzero(judge(series, added, at) >= levels[name])
                found[name][i].append(float(now[over[0]]) if len(over) else math.inf)
    cells = [f"{kind} in {span} h"]
    for name in DETECTORS:
        delays = np.array([d for own in found[name] for d in own])
        seen = delays[np.isfinite(delays)]
        p50, p90 = np.percentile(seen, [50, 90]) if len(seen) else (math.nan, math.nan)
        cells.append(f"{(delays <= 60).mean():.2f} {len(seen) / len(delays):.2f} {p50:.0f} {p90:.0f} min")
    for other in ("mean + k sd", "EWMA"):
        gains = np.array(
            [
                np.isfinite(found["ours"][i]).mean() - np.isfinite(found[other][i]).mean()
                for i in range(len(group))
                if found["ours"][i]
            ]
        )
        means = rng.choice(gains, (2_000, len(gains))).mean(axis=1)  # series, not shocks, are independent
        low, high = np.percentile(means, [2.5, 97.5])
        cells.append(f"{gains.mean():+.2f} ({low:+.2f} .. {high:+.2f})")
    return " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.injection", description=__doc__)
    parser.add_argument("archives", nargs="+", type=Path)
    seen = asyncio.run(look(parser.parse_args().archives))
    if not seen.chosen:
        raise SystemExit("the archives are shorter than 29 days: nothing is left to judge")
    for rate, names in zip(RATES, seen.chosen, strict=True):
        if names:
            measure(seen.series(names), rate)


if __name__ == "__main__":
    main()
