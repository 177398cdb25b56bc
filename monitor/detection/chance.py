"""Randomised p-values of counts: uniform where counts come as predicted, however rare they are. Pure.

    p = P(N > n) + U P(N = n),   U uniform on (0, 1)

A count's own tail P(N >= n) is uniform for no discrete N: of a series of one story in a hundred hours it is 1 or below
0.01. Spread over its step by U it is, exactly (Smith 1985, J. Forecasting 4; Czado, Gneiting & Held 2009, Biometrics
65(4), who avoid the draw for a histogram, which a share below a level cannot do). U is no chance here but a hash of
series, window and length: the same store in the same order gives the same numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Seeds = npt.NDArray[np.uint64]

# Beyond this many stories of a window nobody tells the difference; it bounds the work.
_MOST = 10_000
_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15  # Steele, Lea & Flood 2014, OOPSLA: splitmix64


def none_at_all(mean: Array, dispersion: Array) -> Array:
    """P(N = 0) of negative binomials with variance m + d m^2, d > 0; arrays of one shape."""
    return np.asarray(np.exp(-np.log1p(dispersion * mean) / dispersion))


def p_values(n: npt.NDArray[np.int64], mean: Array, dispersion: Array, u: Array) -> Array:
    """P(N > n) + u P(N = n) of each series; all (series,), d > 0.

    >>> one = np.ones(1)
    >>> p_values(np.zeros(1, np.int64), 2 * one, 0.5 * one, 0.5 * one).round(6).tolist()
    [0.875]
    """
    nothing = none_at_all(mean, dispersion)
    p = np.asarray(1 - (1 - u) * nothing)
    some = np.flatnonzero(n)
    if not some.size:
        return p
    counts = np.minimum(n[some], _MOST)
    size = 1 / dispersion[some, None]
    k = np.arange(counts.max())
    # P(k + 1) = P(k) q (k + size) / (k + 1), q = m / (m + size)
    steps = (mean[some, None] / (mean[some, None] + size)) * (k + size) / (k + 1)
    terms = np.cumprod(np.concatenate([nothing[some, None], steps], axis=1), axis=1)
    rows = np.arange(len(some))
    up_to = np.cumsum(terms, axis=1)[rows, counts]
    p[some] = np.clip(1 - up_to + u[some] * terms[rows, counts], 0.0, 1.0)
    return p


def seeds(names: Sequence[str]) -> Seeds:
    """A number for each series, the same in every process; (series,)."""
    digests = (hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in names)
    return np.asarray([int.from_bytes(digest, "big") for digest in digests], np.uint64)


def draws(of: Seeds, end: int, hours: int) -> Array:
    """U in (0, 1) for each series of `of` and the window of `hours` that ends at the epoch hour `end`."""
    z = of + np.uint64((end * _GOLDEN + (hours << 56)) & _MASK)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    z ^= z >> np.uint64(31)
    return np.asarray(((z >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53)
