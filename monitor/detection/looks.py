"""The windows of every known series at once, as the detector sees them when they end. Pure.

The same predictions as `Baseline.predict` gives one by one, as arrays: some hundred series are looked at every hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from monitor.aggregation.series import MARKET, series_class
from monitor.aggregation.windows import WINDOWS, Windows
from monitor.detection.baseline import Baseline
from monitor.detection.chance import Seeds, draws, none_at_all, p_values, seeds
from monitor.detection.fit import LEAST_RATIO, MOST_RATIO, NO_FIT, VOLUME_PRIOR, Fit

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Looks:
    """Windows of one length that end together; arrays are (series,).

    Attributes:
        mean, dispersion: of the predictive negative binomial. p: randomised p-value of the count.
    """

    names: tuple[str, ...]
    mean: Array
    dispersion: Array
    p: Array

    def tell(self, level: float) -> npt.NDArray[np.bool_]:
        """Whose p can be below the level by a story only: of rarer series the draw alone would decide."""
        return np.asarray(1 - none_at_all(self.mean, self.dispersion) >= level)


@dataclass(frozen=True, slots=True)
class _Known:
    """The series of a fit, those of a class side by side; arrays are (series,). classes: (class, its part)."""

    names: tuple[str, ...]
    classes: tuple[tuple[str, slice], ...]
    a: Array
    b: Array
    volume: Array
    seeds: Seeds
    index: dict[str, int]


class Observer:
    """Looks at all series of the fit in force."""

    def __init__(self, baseline: Baseline, windows: Windows) -> None:
        self._baseline = baseline
        self._windows = windows
        self._fit: Fit = NO_FIT
        self._known = _known(NO_FIT)

    def look(self, end: int, hours: int) -> Looks:
        """The windows of `hours` before the last tick, which lies in the last minutes of the epoch hour `end` - 1."""
        baseline = self._baseline
        if baseline.fit is not self._fit:
            self._fit, self._known = baseline.fit, _known(baseline.fit)
        known, size = self._known, len(self._known.names)
        n, stories = np.zeros(size, np.int64), np.zeros(size)
        for name in self._windows.series():
            i = known.index.get(name)
            if i is not None:
                count = self._windows.count(name, hours)
                n[i], stories[i] = count.negative, count.stories
        exposure, excess, alpha = np.empty(size), np.empty(size), np.empty(size)
        window = WINDOWS.index(hours)
        for kind, part in known.classes:
            of_class = baseline.of_class(kind)
            exposure[part] = self._exposure(kind, hours, known.volume[part], stories[part])
            excess[part], alpha[part] = of_class.excess[window], of_class.alpha[window]
        mean = known.a / known.b * exposure
        dispersion = excess / mean + alpha + 1 / known.a
        return Looks(known.names, mean, dispersion, p_values(n, mean, dispersion, draws(known.seeds, end, hours)))

    def _exposure(self, kind: str, hours: int, volume: Array, stories: Array) -> Array:
        """Hours of mean shape, the other news taken in, of the series of a class."""
        baseline = self._baseline
        shape = baseline.shape_ahead(kind, hours)
        market = baseline.fit.series.get(MARKET)
        if kind == MARKET or market is None:
            return np.full(len(volume), shape)
        usual = market.volume * baseline.shape_ahead(MARKET, hours) - volume * shape
        seen = self._windows.count(MARKET, hours).stories - stories
        ratio = (seen + VOLUME_PRIOR) / (np.maximum(usual, 0.0) + VOLUME_PRIOR)
        return np.asarray(shape * np.clip(ratio, LEAST_RATIO, MOST_RATIO) ** baseline.of_class(kind).beta)


def _known(fit: Fit) -> _Known:
    names = sorted(fit.series, key=lambda name: (series_class(name), name))
    held = [fit.series[name] for name in names]
    a, b, volume = (np.asarray([getattr(series, field) for series in held], float) for field in ("a", "b", "volume"))
    kinds = [series_class(name) for name in names]
    starts = [i for i, kind in enumerate(kinds) if i == 0 or kind != kinds[i - 1]]
    classes = tuple((kinds[i], slice(i, j)) for i, j in pairwise([*starts, len(names)]))
    return _Known(tuple(names), classes, a, b, volume, seeds(names), {name: i for i, name in enumerate(names)})
