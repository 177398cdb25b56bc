"""Shocks of known size, put into real archives: ours beside mean + k sd and EWMA at equal false pages.

    make bench-detect ARGS="ARCHIVE..."       of at least 40 days, one after the other; 28 of them only teach

Two tables: here shocks are counts, in `benchmarks.texts` they are headlines that go through stories, matcher and model.

Series are drawn by seed around three rates: those between half and double of it; where there is none, the nearest up to
a factor of three, which the output names. Every detector's threshold is the one that pages as often as asked for in
the first half of what is left; false pages and detections are counted in the second, all of it, calm or not. Only the
statistics are compared: no detector has the evidence gate here. Ours are the windows of 1 h and 6 h; the others judge
the last hour against the mean and deviation of the hours of the past 28 days, as vendors do.
"""

from __future__ import annotations

import argparse
import asyncio
import math
from pathlib import Path

import numpy as np

from benchmarks import texts
from benchmarks.replayed import Replayed, chosen, read_archives
from benchmarks.rivals import DETECTORS, EVERY_DAYS, HOUR, KINDS, NOW, SPANS, Judged, delay, gain, heading, size_of
from monitor.config import load_config
from monitor.detection.fit import Fit
from monitor.parts import build_parts

# Rates to look at, negative stories an hour.
RATES = (0.05, 0.3, 1.5)
SHOCKS_EACH = 40  # for each series, kind of shock and span
SEED = 20_080_915


def measure(judged: Judged) -> None:
    """Prints one rate's table."""
    for every in EVERY_DAYS:
        levels = judged.levels(every)
        print(
            "shock | "
            + " | ".join(f"{name}: within 1 h, 6 h, delay p50, p90" for name in DETECTORS)
            + " | ours less mean + k sd, 6 h (95 %) | ours less EWMA"
        )
        for span in SPANS:
            for kind in KINDS:
                print(_row(judged, kind, span, levels))


def _row(judged: Judged, kind: str, span: int, levels: dict[str, float]) -> str:
    rng = np.random.default_rng([SEED, *map(ord, kind), span])
    found: dict[str, list[list[float]]] = {name: [[] for _ in judged.group] for name in DETECTORS}
    for i, series in enumerate(judged.group):
        for _ in range(SHOCKS_EACH):
            start = int(rng.integers(judged.half + 12 * HOUR, len(series.n) - 7 * HOUR))
            minutes = np.sort(rng.uniform(0, 60 * span, size_of(kind, series.mean[start, 0], span, rng)))
            at = slice(start, start + 6 * HOUR)
            added = np.stack(
                [((minutes < NOW[:, None]) & (minutes >= NOW[:, None] - 60 * w)).sum(axis=1) for w in (1, 6)], axis=1
            ).astype(float)
            if judged.called(i, start - 1, levels):
                continue  # somebody has been called already
            for name, judge in DETECTORS.items():
                found[name][i].append(delay(judge(series, added, at), levels[name]))
    cells = [f"{kind} in {span} h"]
    for name in DETECTORS:
        delays = np.array([d for own in found[name] for d in own])
        seen = delays[np.isfinite(delays)]
        p50, p90 = np.percentile(seen, [50, 90]) if len(seen) else (math.nan, math.nan)
        cells.append(f"{(delays <= 60).mean():.2f} {len(seen) / len(delays):.2f} {p50:.0f} {p90:.0f} min")
    cells += [gain(found["ours"], found[other], rng) for other in ("mean + k sd", "EWMA")]
    return " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.injection", description=__doc__)
    parser.add_argument("archives", nargs="+", type=Path)
    parser.add_argument("--table", choices=("counts", "texts"), action="append", help="only this one")
    given = parser.parse_args()
    wanted = given.table or ["counts", "texts"]
    parts = build_parts(load_config(None, {}))
    counts: dict[float, list[str]] = {}
    told: dict[float, list[str]] = {}

    def choose(fit: Fit) -> set[str]:
        rng = np.random.default_rng(SEED)
        if "counts" in wanted:
            counts.update({rate: chosen(fit, rate, fit.series, rng) for rate in RATES})
        if "texts" in wanted:
            told.update({rate: texts.targets(fit, rate) for rate in RATES})
        return {name for groups in (counts, told) for names in groups.values() for name in names}

    records = asyncio.run(read_archives(given.archives, parts))
    seen = Replayed(parts.settings, choose)
    seen.take(records)
    if not seen.times:
        raise SystemExit("the archives are shorter than 29 days: nothing is left to judge")
    for rate, names in counts.items():
        if names:
            judged = Judged.of(rate, [seen.series(name) for name in names])
            print(heading("counts", judged))
            measure(judged)
    if told:
        texts.tables(records, parts, seen, told)


if __name__ == "__main__":
    main()
