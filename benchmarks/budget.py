"""The thresholds' table, made by simulating news in which nothing happens through the detector's own code.

    python -m benchmarks.budget              writes monitor/detection/budget.csv (an hour and a half of one core)
    python -m benchmarks.budget --check 1    whether the promise is kept: twelve kinds of series, a fresh seed each

For each rate of negative stories and each dispersion it counts what opens in a series and day, past gate and
hysteresis, as the threshold rises; baselines are estimated as always, from the 28 days before. A window's spike that
opens at a low threshold and peaks at S is one that any threshold up to S would have opened once, so one run gives the
rates of all; the sum starts anew at each opening, so it is run once for each of a few h. What is rarer than the run
can tell goes on along the line of the rate's logarithm.
"""

from __future__ import annotations

import csv
import math
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.null import World, openings
from monitor.detection.budget import LEAST_SERIES, Levels
from monitor.detection.spikes import DetectionSettings

TABLE = Path(__file__).parents[1] / "monitor" / "detection" / "budget.csv"
# (negative stories an hour, series, days): rare series need many, busy ones are dear.
POINTS = (
    (0.002, 400, 84),
    (0.01, 400, 56),
    (0.05, 200, 56),
    (0.2, 100, 56),
    (1.0, 60, 56),
    (5.0, 24, 42),
    (20.0, 10, 28),
)
# Of the same kind, for the check: between the table's points.
CHECKED = ((0.01, 200, 42), (0.03, 200, 28), (0.1, 100, 28), (0.5, 40, 28), (2.0, 20, 28), (10.0, 6, 28))
ALPHAS = (0.05, 0.25, 0.6)
EXCESS = 0.1
# Rates within one point differ like those of one kind of series.
SPREAD = 0.5
RATES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)  # openings a series and day
LEAST_SURPRISE = 1.3
SUMS = (2.0, 4.0, 7.0, 11.0)
SEED = 20_080_915
ENOUGH = 8  # openings that a rate is read from


def world(mu: float, alpha: float, series: int, rng: np.random.Generator) -> World:
    """Series around one rate; most of the dispersion lasts a day, the rest an hour."""
    rates = mu * rng.lognormal(-(SPREAD**2) / 2, SPREAD, series)
    share = 0.25 if mu < 1 else 0.5  # fewer stories to count
    return World(rates, share=share, excess=EXCESS, hour=0.3 * alpha, day=0.7 * alpha)


def run(mu: float, alpha: float, series: int, days: int, h: float | None) -> list[float]:
    """The peak surprise of all that opens: by the windows (None), or by the sum at the threshold h."""
    numbered = (None, *SUMS).index(h)
    seed = np.random.SeedSequence([SEED, round(mu * 1e6), round(alpha * 1e6)])
    rng = np.random.default_rng(seed.spawn(1 + len(SUMS))[numbered])
    levels = Levels(LEAST_SURPRISE, math.inf) if h is None else Levels(math.inf, h)
    return [held.peak_surprise for held in openings(world(mu, alpha, series, rng), days, rng, levels)]


def point(
    mu: float, alpha: float, size: int, surprises: list[float], sums: list[int]
) -> list[tuple[float, float, float, float, float, int]]:
    """Rows of the table: mu, alpha, rate, S, h, whether the gate alone keeps windows below the rate.

    Args:
        size: series times days. surprises: what the windows opened. sums: how often each h of SUMS did.
    """
    peaks = np.sort(surprises)[::-1]
    rows = []
    for rate in RATES:
        wanted = rate * size
        rows.append((mu, alpha, rate, _surprise(peaks, wanted), _sum(sums, wanted), int(len(peaks) <= wanted)))
    print(
        f"mu {mu} alpha {alpha}: {len(peaks)} windows, {sums} sums in {size} series-days", file=sys.stderr, flush=True
    )
    return rows


def _surprise(peaks: npt.NDArray[np.float64], wanted: float) -> float:
    """The threshold that so many of the peaks pass."""
    if len(peaks) <= wanted:
        return LEAST_SURPRISE
    if wanted >= ENOUGH:
        return float(peaks[math.floor(wanted)])
    # The tail's slope by maximum likelihood (Hill 1975): peaks above u are exponential.
    k = min(len(peaks) - 1, max(ENOUGH, min(100, len(peaks) // 4)))
    if k < 2:
        return LEAST_SURPRISE + max(0.0, math.log10(max(len(peaks), 1) / wanted))
    u = float(peaks[k])
    scale = max(float((peaks[:k] - u).mean()), 1 / math.log(10) / 1.5)
    return u + scale * math.log(k / wanted)


def _sum(sums: list[int], wanted: float) -> float:
    """The h that opens so often, along straight lines of the logarithm."""
    logs = [math.log(max(n, 0.5)) for n in sums]
    target = math.log(wanted)
    kept = [i for i, n in enumerate(sums) if n >= ENOUGH] or [0, 1]
    for i, j in pairwise(kept):
        if logs[j] <= target <= logs[i]:
            return SUMS[i] + (SUMS[j] - SUMS[i]) * (logs[i] - target) / max(logs[i] - logs[j], 1e-9)
    if target > logs[kept[0]]:
        return SUMS[0]
    i, j = (kept[-2], kept[-1]) if len(kept) > 1 else (kept[0], min(kept[0] + 1, len(SUMS) - 1))
    slope = max((logs[i] - logs[j]) / (SUMS[j] - SUMS[i]), 0.15)
    return SUMS[j] + (logs[j] - target) / slope


def kept(mu: float, alpha: float, series: int, days: int, rate: float, *, seed: int = 0) -> tuple[int, float]:
    """(false openings, those promised) of series that are all alike but for their spread, thresholds as always."""
    rng = np.random.default_rng([SEED + 1 + seed, round(mu * 1e6), round(alpha * 1e6)])
    settings = DetectionSettings(false_pages_per_day=rate * max(series, LEAST_SERIES))
    return len(openings(world(mu, alpha, series, rng), days, rng, None, settings)), rate * series * days


def check(seeds: int) -> None:
    """Twelve points; the interval is that of a Poisson count (Garwood 1936)."""
    print("mu/h   alpha  promised  came  ratio (95 %)")
    kinds = [(mu, alpha, series, days) for mu, series, days in CHECKED for alpha in (0.1, 0.4)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        running = [
            pool.submit(kept, mu, alpha, series, days, 1 / 30, seed=seed)
            for mu, alpha, series, days in kinds
            for seed in range(seeds)
        ]
        found = [each.result() for each in running]
        for number, (mu, alpha, *_) in enumerate(kinds):
            came, promised = (sum(values) for values in zip(*found[number * seeds : (number + 1) * seeds], strict=True))
            low, high = stats.chi2.ppf(0.025, 2 * came) / 2 if came else 0.0, stats.chi2.ppf(0.975, 2 * came + 2) / 2
            ratio = f"{came / promised:.2f} ({low / promised:.2f} .. {high / promised:.2f})"
            print(f"{mu:5}  {alpha:5}  {promised:8.1f}  {came:4}  {ratio}", flush=True)


def main() -> None:
    if "--check" in sys.argv:
        check(int(sys.argv[-1]))
        return
    kinds = [(mu, alpha, series, days) for mu, series, days in reversed(POINTS) for alpha in ALPHAS]
    work = [(*kind, h) for kind in kinds for h in (None, *SUMS)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        opened = list(pool.map(run, *zip(*work, strict=True)))
    found = []
    for number, (mu, alpha, series, days) in enumerate(kinds):
        windows, *sums = opened[number * (1 + len(SUMS)) : (number + 1) * (1 + len(SUMS))]
        found += point(mu, alpha, series * days, windows, [len(each) for each in sums])
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        file.write("# Written by: python -m benchmarks.budget\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["mu", "alpha", "rate_per_day", "surprise", "cusum", "gate_alone"])
        for mu, alpha, rate, s, h, gate in sorted(found):
            table.writerow([mu, alpha, rate, round(s, 3), round(h, 3), gate])


if __name__ == "__main__":
    main()
