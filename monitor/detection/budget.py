"""From one number, the false pages a desk accepts a day, to the surprise at which a series pages. Pure."""

from __future__ import annotations

import math

# Independent looks a day at one series: a window of w hours slides over 24/w disjoint ones, and sliding about doubles
# the chance of an exceedance (Naus, 1982, on scan statistics): 2 * (24/1 + 24/6).
LOOKS_PER_DAY = 56
# A young store has taught few series; the many that it has not met yet are looked at all the same.
LEAST_SERIES = 100


def threshold(series: int, false_pages_per_day: float) -> float:
    """The surprise S that one window must reach, by the union bound over every series and look.

    Args:
        series: how many have been taught; at least LEAST_SERIES are reckoned with.

    With each look exceeding S with probability at most 10**-S, false openings a day are at most
    series * LOOKS_PER_DAY * 10**-S, before the evidence gate takes its share away. It is a bound, not a calibration:
    what overdispersion beyond the model's does to it is not in it.

    >>> round(threshold(100, 1.0), 2)
    3.75
    """
    return math.log10(max(series, LEAST_SERIES) * LOOKS_PER_DAY / false_pages_per_day)
