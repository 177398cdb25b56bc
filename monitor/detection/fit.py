"""What 28 days of counts teach: shapes, rates, dispersions. Pure: counts in, a frozen fit out.

The model of new negative stories of a series s of class c in a window that ends at t:

    mu_s(t) = r_s * f_c(day type, hour) * clip(E_-s(t) / Ehat_-s(t), 1/2, 2) ** beta_c
    n ~ NB(mean m, variance m + excess_c m + (alpha_c + 1/a_s) m^2),   m = mu summed over the window

f_c is the hour shape of the class's new stories, shrunk to the market's. E_-s counts the market's new stories that are
not in s, Ehat_-s what is usual of them then: holidays and outages come through it. r_s ~ Gamma(a, b), its class as
prior. excess and alpha are fitted by class and window length: news comes in clusters whatever the rate (the
quasi-Poisson of Farrington et al. 1996, J. R. Stat. Soc. A 159), and the rate itself varies (Held & Paul 2012).

Days that stand out are weighed down as in Noufaily et al. 2013, Statistics in Medicine 32(7): an Anscombe residual r
above 2.58 gives r^-2, normalised. A series that stays high for 7 days has a new level, and only those days teach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.aggregation.series import MARKET, series_class
from monitor.aggregation.windows import WINDOWS
from monitor.detection.counts import CELLS, Counts, cell_of

Array = npt.NDArray[np.float64]


# Pseudo-hours of the flat shape in each cell of the market's shape, and pseudo-stories of that in a class's.
SHAPE_PRIOR_HOURS = 2.0
SHAPE_PRIOR_STORIES = 30.0
# Pseudo-stories that keep the ratio of two small volumes near 1, and how far it may move an expectation.
VOLUME_PRIOR = 10.0
LEAST_RATIO, MOST_RATIO = 0.5, 2.0
# beta's own prior: half of a swing in the other news, give or take 0.3.
BETA_PRIOR, BETA_SPREAD = 0.5, 0.3
# Series of fewer negative stories tell nothing of beta.
ENOUGH_FOR_BETA = 5
# A series or class without data: one negative story in two days, and a prior as wide as rates within a class differ.
LEAST_CLASS_RATE = 0.02
PRIOR_SHAPE, LEAST_SHAPE, MOST_SHAPE = 0.5, 0.1, 10.0
# Excess and alpha before there are data, and how many stories' worth they weigh.
EXCESS_PRIOR, ALPHA_PRIOR, DISPERSION_PRIOR = 0.5, 0.2, 20.0
LEAST_ALPHA = 0.02
OUTLIER = 2.58  # Noufaily et al.: the 99.5 % point of the normal
REGIME_DAYS = 7
REGIME_STORIES = 14  # fewer in those days are no level


@dataclass(frozen=True, slots=True)
class ClassFit:
    """What the series of a class share.

    Attributes:
        shape: f by cell, mean 1 over the hours observed.
        a, b: shape and rate (hours) of the gamma prior of r_s.
        phi: variance of a day's count over its mean: how much less than a Poisson count it teaches of the rate.
        excess, alpha: by the index of WINDOWS.
        share: negative stories among all.
    """

    shape: tuple[float, ...] = (1.0,) * CELLS
    beta: float = BETA_PRIOR
    a: float = PRIOR_SHAPE
    b: float = PRIOR_SHAPE / LEAST_CLASS_RATE
    phi: float = 1.0
    excess: tuple[float, ...] = (EXCESS_PRIOR,) * len(WINDOWS)
    alpha: tuple[float, ...] = (ALPHA_PRIOR,) * len(WINDOWS)
    share: float = 0.2


@dataclass(frozen=True, slots=True)
class SeriesFit:
    """What a series has of its own.

    Attributes:
        a, b: posterior of its rate of negative stories an hour of mean shape.
        volume: new stories an hour of mean shape. stories, negative: counted in the hours that teach.
    """

    a: float
    b: float
    volume: float
    stories: int
    negative: int


@dataclass(frozen=True, slots=True)
class Fit:
    """Everything that predictions stand on between one fit and the next; JSON-able.

    Attributes:
        hours: observed hours that taught. regimes: series whose last seven days alone do.
    """

    at: int
    hours: int
    classes: dict[str, ClassFit]
    series: dict[str, SeriesFit]
    regimes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Fit:
        classes = {}
        for name, held in value["classes"].items():
            lists = {key: tuple(held[key]) for key in ("shape", "excess", "alpha")}
            classes[name] = ClassFit(**{**held, **lists})
        series = {name: SeriesFit(**held) for name, held in value["series"].items()}
        return cls(value["at"], value["hours"], classes, series, tuple(value["regimes"]))


NO_FIT = Fit(-1, 0, {}, {})


def fit(counts: Counts, zone: str, now: int) -> Fit:
    """What the hours that may teach at the tick `now` (ms) come to."""
    hours = counts.taught()
    if not hours:
        return Fit(now, 0, {}, {})
    table = _Table(counts, hours, zone)
    classes: dict[str, ClassFit] = {}
    series: dict[str, SeriesFit] = {}
    regimes: list[str] = []
    for name in sorted({series_class(s) for s in table.names}):
        classes[name], held, changed = _fit_class(table, name)
        series.update(held)
        regimes.extend(changed)
    return Fit(now, len(hours), classes, series, tuple(regimes))


class _Table:
    """The hours that teach as arrays: rows are series (sorted), columns hours (sorted)."""

    def __init__(self, counts: Counts, hours: Sequence[int], zone: str) -> None:
        self.hours = np.asarray(hours)
        self.cells = np.asarray([cell_of(hour, zone) for hour in hours])
        self.cell_hours = np.bincount(self.cells, minlength=CELLS).astype(float)
        held = [counts.at(hour) for hour in hours]
        self.names = sorted({name for at in held for name in at})
        index = {name: i for i, name in enumerate(self.names)}
        size = (len(self.names), len(hours))
        self.stories: npt.NDArray[np.int32] = np.zeros(size, np.int32)
        self.negative: npt.NDArray[np.int32] = np.zeros(size, np.int32)
        for j, at in enumerate(held):
            for name, (stories, negative) in at.items():
                i = index[name]
                self.stories[i, j] = max(0, stories)
                self.negative[i, j] = max(0, negative)
        days = self.hours // 24
        self.day_starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
        self.day_of = np.searchsorted(self.day_starts, np.arange(len(hours)), side="right") - 1
        # Quarters of a day of which every hour teaches: the windows of six hours.
        quarters = self.hours // 6
        starts = np.flatnonzero(np.diff(quarters, prepend=quarters[0] - 1))
        lengths = np.diff(starts, append=len(hours))
        self.quarters = [slice(int(s), int(s) + 6) for s, n in zip(starts, lengths, strict=True) if n == 6]
        self.market = self.stories[index[MARKET]].astype(float) if MARKET in index else np.zeros(len(hours))
        volume = np.bincount(self.cells, self.market, minlength=CELLS)
        mean = volume.sum() / len(hours)
        flat = np.ones(CELLS)
        raw = (volume / mean + SHAPE_PRIOR_HOURS) / (self.cell_hours + SHAPE_PRIOR_HOURS) if mean > 0 else flat
        self.shape: Array = raw / raw[self.cells].mean()
        began = np.array([counts.since.get(name, 0) for name in self.names])
        self.seen: npt.NDArray[np.bool_] = self.hours >= began[:, None] if size[0] else np.ones(size, np.bool_)
        self.usual = self._usual(counts.since.get(MARKET, 0))

    def _usual(self, began: int) -> Array:
        """The market's expected stories by hour: of before and since a new source at rates of their own."""
        shape = self.shape[self.cells]
        usual = np.zeros(len(self.hours))
        for part in (self.hours < began, self.hours >= began):
            if part.any():
                usual[part] = self.market[part].sum() / shape[part].sum() * shape[part]
        return usual

    def by_day(self, rows: Array) -> Array:
        return np.add.reduceat(rows, self.day_starts, axis=1)

    def class_shape(self, stories: Array) -> Array:
        """The hour shape of these hourly stories, shrunk to the market's; mean 1 over the hours."""
        volume = np.bincount(self.cells, stories, minlength=CELLS)
        mean = volume.sum() / len(self.hours)
        raw = (volume + SHAPE_PRIOR_STORIES * self.shape) / (mean * self.cell_hours + SHAPE_PRIOR_STORIES)
        return np.asarray(raw / raw[self.cells].mean())


def _fit_class(table: _Table, name: str) -> tuple[ClassFit, dict[str, SeriesFit], list[str]]:
    rows = [i for i, series in enumerate(table.names) if series_class(series) == name]
    seen = table.seen[rows]
    all_stories, all_negative = table.stories[rows], table.negative[rows] * seen
    total_stories, total_negative = (all_stories * seen).sum(axis=1), all_negative.sum(axis=1)
    shape = table.class_shape(all_stories.sum(axis=0).astype(float))
    f = shape[table.cells]
    volume = total_stories / np.maximum((f * seen).sum(axis=1), 1e-9)
    # Those without a negative story share one expectation, unless hours of theirs teach nothing: a number, not rows.
    lively = np.flatnonzero((total_negative > 0) | (seen.any(axis=1) & ~seen.all(axis=1)))
    silent = len(rows) - len(lively)
    n = all_negative[lively].astype(float)
    if name == MARKET or not table.market.any():
        log_ratio, others, beta = np.zeros_like(n), np.zeros(len(f)), 0.0
    else:
        log_ratio = _log_ratio(table.market - all_stories[lively], table.usual - np.outer(volume[lively], f))
        others = _log_ratio(table.market, table.usual)
        beta = _beta(n, f * seen[lively], log_ratio)
    exposure = f * seen[lively] * np.exp(beta * log_ratio)
    silent_exposure = f * np.exp(beta * others)
    n_day, e_day = table.by_day(n), table.by_day(exposure)
    weights, phi, regimes = _weights(n_day, e_day)
    learned, exposed = (weights * n_day).sum(axis=1), (weights * e_day).sum(axis=1)
    a, b = _prior(learned, exposed, silent, float(silent_exposure.sum()), phi)
    own_a, own_b = a + learned / phi, b + exposed / phi
    silent_b = b + float(silent_exposure.sum()) / phi
    mean = (own_a / own_b)[:, None] * exposure
    silent_mean = a / silent_b * silent_exposure
    hourly = weights[:, table.day_of]
    quarters = table.quarters
    pairs = (
        _dispersion(n, mean, hourly, silent_mean, silent),
        _dispersion(
            _sums(n, quarters),
            _sums(mean, quarters),
            hourly[:, [quarter.start for quarter in quarters]],
            _sums(silent_mean[None, :], quarters)[0],
            silent,
        ),
    )
    of_class = ClassFit(
        shape=tuple(shape.tolist()),
        beta=beta,
        a=a,
        b=b,
        phi=phi,
        excess=tuple(excess for excess, _ in pairs),
        alpha=tuple(alpha for _, alpha in pairs),
        share=float((total_negative.sum() + 1) / (total_stories.sum() + 5)),
    )
    at = {int(i): k for k, i in enumerate(lively)}
    series = {}
    for i, row in enumerate(rows):
        k = at.get(i)
        series[table.names[row]] = SeriesFit(
            a if k is None else float(own_a[k]),
            silent_b if k is None else float(own_b[k]),
            float(volume[i]),
            int(total_stories[i]),
            int(total_negative[i]),
        )
    return of_class, series, [table.names[rows[int(lively[k])]] for k in regimes]


def volume_ratio(seen: float, usual: float) -> float:
    """How busy the other news is, 1 as usual: clipped, and near 1 where there is little to compare."""
    return min(MOST_RATIO, max(LEAST_RATIO, (seen + VOLUME_PRIOR) / (max(usual, 0.0) + VOLUME_PRIOR)))


def _log_ratio(seen: Array, usual: Array) -> Array:
    ratio = (seen + VOLUME_PRIOR) / (np.maximum(usual, 0.0) + VOLUME_PRIOR)
    return np.log(np.clip(ratio, LEAST_RATIO, MOST_RATIO))


def _beta(n: Array, f: Array, log_ratio: Array) -> float:
    """Posterior mode of beta in [0, 1]: Poisson likelihood of the hours, the rates profiled out, a normal prior."""
    chosen = n.sum(axis=1) >= ENOUGH_FOR_BETA
    n, f, x = n[chosen], f[chosen], log_ratio[chosen]
    beta = BETA_PRIOR
    totals = n.sum(axis=1)
    for _ in range(8):
        e = f * np.exp(beta * x)
        sums = np.maximum(e.sum(axis=1), 1e-12)
        first, second = (e * x).sum(axis=1) / sums, (e * x * x).sum(axis=1) / sums
        slope = float((n * x).sum() - (totals * first).sum()) - (beta - BETA_PRIOR) / BETA_SPREAD**2
        curve = float((totals * (second - first**2)).sum()) + 1 / BETA_SPREAD**2
        beta = min(1.0, max(0.0, beta + slope / curve))
    return beta


def anscombe(n: Array, mean: Array, phi: float) -> Array:
    """Residual of a count whose variance is phi times its mean, about standard normal (Noufaily et al. 2013, eq. 2)."""
    mean = np.maximum(mean, 1e-9)
    return np.asarray(1.5 * (n ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean)) / np.sqrt(phi))


def _weights(n: Array, e: Array) -> tuple[Array, float, list[int]]:
    """(weight of each series and day, phi, rows with a new level)."""
    if not n.size:
        return np.ones_like(n), 1.0, []
    mean = (n.sum(axis=1) / e.sum(axis=1))[:, None] * e
    phi = max(1.0, float(((n - mean) ** 2).sum() / max(mean.sum(), 1e-9)))
    residual = anscombe(n, mean, phi)
    weights = np.where(residual > OUTLIER, np.maximum(residual, 1.0) ** -2, 1.0)
    level = (weights * n).sum(axis=1) / (weights * e).sum(axis=1)
    mean = level[:, None] * e
    phi = max(1.0, float((weights * (n - mean) ** 2).sum() / np.maximum((weights * mean).sum(), 1e-9)))
    regimes: list[int] = []
    if n.shape[1] >= 2 * REGIME_DAYS:
        lately, before = slice(n.shape[1] - REGIME_DAYS, None), slice(0, n.shape[1] - REGIME_DAYS)
        old = (n[:, before].sum(axis=1) + 0.5) / np.maximum(e[:, before].sum(axis=1), 1e-9)
        usual = old[:, None] * e[:, lately]
        seen = n[:, lately]
        high = (seen > usual).sum(axis=1) >= REGIME_DAYS - 1
        high &= anscombe(seen.sum(axis=1), usual.sum(axis=1), phi) > OUTLIER
        high &= seen.sum(axis=1) >= REGIME_STORIES
        regimes = np.flatnonzero(high).tolist()
        weights[high, before] = 0.0
        weights[high, lately] = 1.0
    return weights * (e.sum(axis=1) / (weights * e).sum(axis=1))[:, None], phi, regimes


def _prior(learned: Array, exposed: Array, silent: int, silent_exposure: float, phi: float) -> tuple[float, float]:
    """Gamma prior of the class's rates by moments (empirical Bayes); those of no negative story count too."""
    size = len(learned) + silent
    total, hours = float(learned.sum()), float(exposed.sum()) + silent * silent_exposure
    mean = (total + PRIOR_SHAPE) / (hours + PRIOR_SHAPE / LEAST_CLASS_RATE)
    if size < 5:
        return PRIOR_SHAPE, PRIOR_SHAPE / mean
    rates = learned / exposed
    spread = float(((rates - mean) ** 2).sum() + silent * mean**2) / size
    noise = phi * mean * (float((1 / exposed).sum()) + silent / silent_exposure) / size
    a = min(MOST_SHAPE, max(LEAST_SHAPE, mean**2 / max(spread - noise, 1e-12)))
    return a, a / mean


def _sums(rows: Array, windows: Sequence[slice]) -> Array:
    return np.stack([rows[:, w].sum(axis=1) for w in windows], axis=1) if windows else rows[:, :0]


def _dispersion(n: Array, mean: Array, weights: Array, silent_mean: Array, silent: int) -> tuple[float, float]:
    """(excess, alpha) of variance m + excess m + alpha m^2, by weighted moments, shrunk to their priors.

    Each window gives z = (n - m)^2 - m, whose mean is excess m + alpha m^2 and whose variance is about m + 2 m^2.
    """
    means = np.concatenate([mean.ravel(), silent_mean])
    z = np.concatenate([((n - mean) ** 2 - mean).ravel(), silent_mean**2 - silent_mean])
    u = np.concatenate([weights.ravel(), np.full(len(silent_mean), float(silent))]) / np.maximum(
        means + 2 * means**2, 1e-12
    )
    xx, xy, yy = (float((u * means**k).sum()) for k in (2, 3, 4))
    xz, yz = float((u * z * means).sum()), float((u * z * means**2).sum())
    xx, xz = xx + DISPERSION_PRIOR, xz + DISPERSION_PRIOR * EXCESS_PRIOR
    yy, yz = yy + DISPERSION_PRIOR, yz + DISPERSION_PRIOR * ALPHA_PRIOR
    determinant = xx * yy - xy * xy
    excess, alpha = (xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant
    if excess < 0:
        excess, alpha = 0.0, yz / yy
    if alpha < LEAST_ALPHA:
        alpha = LEAST_ALPHA
        excess = max(0.0, (xz - alpha * xy) / xx)
    return excess, alpha
