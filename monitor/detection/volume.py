"""What volume of news is usual, hour by hour, of every key that brings enough to miss it. Pure: counts in, numbers out.

A key is a series, or a source as `source:<name>`. Of the hours of 28 days in which somebody listened live, from the
key's first story on:

    u_c = r * shape_c,   c a cell of {weekday, Saturday, Sunday} x 24

r is the key's rate; its shape is its level by kind of day times its profile over the hours of the day, then what its
cells themselves counted, each step shrunk to the one before (gamma priors): a source that rests on Saturdays has four
of them to show it, and 96 hours. Stories in a span vary as m + excess m + alpha (1 + 1/days) m^2, by moments over hours
and over quarters of the day as in `fit`; a cell seen on few days is not known well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.detection.counts import CELLS, Counts, cell_of
from monitor.detection.surprise import log_pmf

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SOURCE = "source:"
LEAST_HOURS = 7 * 24
# Silence: what a key does not bring with at most this probability. One that could not be so silent in a day tells not.
SILENT_P = 1e-5
# Pseudo-stories of what a level, a profile and a cell refine; of a busy key an hour's worth at least in a cell.
PRIOR_STORIES = 5.0
EXCESS_PRIOR, ALPHA_PRIOR, DISPERSION_PRIOR = 0.5, 0.1, 20.0
LEAST_ALPHA = 0.1  # a holiday may bring a third of the usual news (4 July 2008: 31 %), and nobody is blind


@dataclass(frozen=True, slots=True)
class Usual:
    """What a key usually brings.

    Attributes:
        by_cell: stories an hour; 0 in cells that were never observed. days: observed weekdays, Saturdays and Sundays,
            1 at least. excess, alpha: of one hour, and of six or more.
    """

    by_cell: tuple[float, ...]
    days: tuple[int, int, int]
    excess: tuple[float, float]
    alpha: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Volumes:
    """The keys that can tell, as learnt at `at` (ms); JSON-able."""

    at: int
    keys: dict[str, Usual]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Volumes:
        keys = {
            key: Usual(**{name: tuple(numbers) for name, numbers in held.items()})
            for key, held in value["keys"].items()
        }
        return cls(value["at"], keys)


UNKNOWN = Volumes(-1, {})


def learn(series: Counts, sources: Counts, zone: str, now: int) -> Volumes:
    """What the live hours that may teach at the tick `now` (ms) come to.

    Args:
        series: also knows which hours were observed. sources: articles by `source:<name>`.
    """
    hours = [hour for hour in series.taught() if series.observed_live(hour)]
    if len(hours) < LEAST_HOURS:
        return Volumes(now, {})
    names, stories = _hourly(series, sources, hours)
    if not names:
        return Volumes(now, {})
    cells = np.asarray([cell_of(hour, zone) for hour in hours])
    # Hours before a key's first story do not teach it: nobody asked for it yet.
    known = np.logical_or.accumulate(stories > 0, axis=1).astype(float)
    by_cell, days = _volumes(stories, known, cells)
    usual = by_cell[:, cells]
    hourly = _dispersion(stories, usual, known, np.arange(len(hours)), 1)
    excess, alpha = _dispersion(stories, usual, known, _quarters(np.asarray(hours)), 6)
    found: dict[str, Usual] = {}
    for i, name in enumerate(names):
        day = max(by_cell[i, kind : kind + 24].sum() for kind in (0, 24, 48))
        if known[i].sum() < LEAST_HOURS or day <= 0:
            continue
        if log_pmf(0, day, excess[i] / day + alpha[i]) > math.log(SILENT_P):
            continue
        found[name] = Usual(
            tuple(by_cell[i].tolist()),
            tuple(days[i].tolist()),
            (float(hourly[0][i]), float(excess[i])),
            (float(hourly[1][i]), float(alpha[i])),
        )
    return Volumes(now, found)


def _hourly(series: Counts, sources: Counts, hours: Sequence[int]) -> tuple[list[str], Array]:
    """(keys, stories by key and hour) of the keys that bring enough to tell of their silence in a day, or nearly."""
    totals: dict[str, int] = {}
    for hour in hours:
        for counts in (series, sources):
            for name, (stories, _) in counts.at(hour).items():
                totals[name] = totals.get(name, 0) + stories
    least = -math.log(SILENT_P) * LEAST_HOURS / 24  # the Poisson's P(0) in a day, over the least time that may teach
    names = sorted(name for name, total in totals.items() if total >= least)
    index = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(names), len(hours)))
    for j, hour in enumerate(hours):
        for counts in (series, sources):
            for name, (stories, _) in counts.at(hour).items():
                i = index.get(name)
                if i is not None:
                    table[i, j] = max(0, stories)
    return names, table


def _volumes(stories: Array, known: Array, cells: Ints) -> tuple[Array, Ints]:
    """(stories an hour by key and cell, observed days by key and kind of day)."""
    cell = np.zeros((len(cells), CELLS))
    cell[np.arange(len(cells)), cells] = 1.0
    kind, hour = np.kron(np.eye(3), np.ones((24, 1))), np.kron(np.ones((3, 1)), np.eye(24))
    n, hours = stories @ cell, known @ cell
    rate = stories.sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True)
    exposed = rate * hours
    prior = PRIOR_STORIES
    # The kind of day, then the hour of the day given it: 3 + 24 numbers, known from little.
    level = ((n @ kind + prior) / (exposed @ kind + prior)) @ kind.T
    profile = ((n @ hour + prior) / ((exposed * level) @ hour + prior)) @ hour.T
    weight = np.maximum(prior, rate)
    shape = (n + weight * level * profile) / (exposed + weight)
    days = np.rint(np.maximum(hours @ kind / 24, 1.0)).astype(np.int64)
    return rate * shape * (hours > 0), days


def _quarters(hours: Ints) -> Ints:
    """Where the quarters of a day begin of which every hour teaches."""
    return np.flatnonzero((hours[:-5] % 6 == 0) & (hours[5:] - hours[:-5] == 5))


def _dispersion(stories: Array, usual: Array, known: Array, starts: Ints, length: int) -> tuple[Array, Array]:
    """(excess, alpha) of each key by weighted moments over windows, shrunk to their priors (see `fit`).

    Args:
        starts, length: the windows by index of the hours.
    """
    hours = starts[:, None] + np.arange(length)
    n, m = stories[:, hours].sum(axis=2), usual[:, hours].sum(axis=2)
    u = known[:, starts] / np.maximum(m + 2 * m**2, 1e-12)
    z = (n - m) ** 2 - m
    xx, xy, yy = ((u * m**k).sum(axis=1) for k in (2, 3, 4))
    xx, yy = xx + DISPERSION_PRIOR, yy + DISPERSION_PRIOR
    xz = (u * z * m).sum(axis=1) + DISPERSION_PRIOR * EXCESS_PRIOR
    yz = (u * z * m**2).sum(axis=1) + DISPERSION_PRIOR * ALPHA_PRIOR
    alpha = np.maximum((yz * xx - xz * xy) / (xx * yy - xy * xy), LEAST_ALPHA)
    return np.maximum((xz - alpha * xy) / xx, 0.0), alpha
