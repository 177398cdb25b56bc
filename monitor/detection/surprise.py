"""How surprising a count is under a negative binomial with given mean and dispersion. Pure.

The window's count given the rate is Poisson with extra variance; with a gamma posterior over the rate the predictive
is (to two moments) negative binomial with mean m and variance m + m^2 * d, d = alpha + 1/a: alpha for the
overdispersion of news itself, 1/a for what is not known yet of the rate. See Gelman et al., Bayesian Data Analysis,
section 2.6, and Noufaily et al. (2013), Statistics in Medicine 32(7).
"""

from __future__ import annotations

import math

_LN10 = math.log(10)
_NEGLIGIBLE = 1e-12
# Beyond this many counts no desk tells the difference; it bounds the work of one call.
_MOST = 10_000


def log_pmf(n: int, mean: float, dispersion: float) -> float:
    """ln P(N = n), N negative binomial with `mean` > 0 and variance mean + mean^2 * dispersion; Poisson at 0.

    >>> round(math.exp(log_pmf(0, 2.0, 0.5)), 6)
    0.25
    """
    if dispersion <= 0:
        return n * math.log(mean) - mean - math.lgamma(n + 1)
    size = 1 / dispersion
    return (
        math.lgamma(n + size)
        - math.lgamma(size)
        - math.lgamma(n + 1)
        - size * math.log1p(mean / size)
        + n * (math.log(mean) - math.log(mean + size))
    )


def _ratio(k: int, mean: float, dispersion: float) -> float:
    """P(N = k + 1) / P(N = k)."""
    if dispersion <= 0:
        return mean / (k + 1)
    return mean * (dispersion * k + 1) / ((dispersion * mean + 1) * (k + 1))


def surprise(n: int, mean: float, dispersion: float) -> float:
    """S = -log10 P(N >= n); 0 for n <= 0.

    The tail is summed upwards from n by the ratio of neighbouring terms, so that a small tail keeps its digits.

    >>> surprise(0, 1.0, 0.5)
    0.0
    >>> round(surprise(6, 0.5, 0.5), 2)
    3.43
    """
    if n <= 0:
        return 0.0
    if n <= mean:
        # The tail is the larger part here: sum the smaller one, below n.
        below = math.fsum(math.exp(log_pmf(k, mean, dispersion)) for k in range(n))
        return -math.log10(max(1.0 - below, 1e-300))
    term = total = 1.0
    k = n
    while term > _NEGLIGIBLE * total and k < n + _MOST:
        term *= _ratio(k, mean, dispersion)
        total += term
        k += 1
    return max(0.0, -(log_pmf(n, mean, dispersion) + math.log(total)) / _LN10)


def interval(mean: float, dispersion: float, outside: float = 0.05) -> tuple[int, int]:
    """(low, high): counts between which all but `outside` of such windows lie, half of the rest on either side.

    >>> interval(2.0, 0.1), interval(0.01, 1.0)
    ((0, 6), (0, 0))
    """
    if mean <= 0:
        return 0, 0
    # Below that lies less than 1e-12; from 0 upwards a large mean's first term would vanish.
    first = max(0, int(mean - 12 * math.sqrt(mean + mean * mean * dispersion)))
    k, term = first, math.exp(log_pmf(first, mean, dispersion))
    below = term
    low: int | None = None
    while below < 1 - outside / 2 and k < _MOST:
        if low is None and below > outside / 2:
            low = k
        term *= _ratio(k, mean, dispersion)
        k += 1
        below += term
    return k if low is None else low, k


def least_count(mean: float, dispersion: float, threshold: float, at_least: int = 1) -> int:
    """The smallest n >= `at_least` whose surprise reaches `threshold`: "pages at n"."""
    low = at_least
    if surprise(low, mean, dispersion) >= threshold:
        return low
    high = low + 1
    while surprise(high, mean, dispersion) < threshold and high < _MOST:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if surprise(middle, mean, dispersion) >= threshold:
            high = middle
        else:
            low = middle
    return high
