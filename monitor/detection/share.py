"""Whether a series' news is worse than its own, or only more of it. Pure."""

from __future__ import annotations

import math

# Stories' worth of the class's share that a series begins with, and the most that its own past may weigh: what is
# usual of a year is not so certain of an hour.
CLASS_WEIGHT, MOST_WEIGHT = 10.0, 100.0


def beta_prior(class_share: float, stories: int, negative: int) -> tuple[float, float]:
    """(A, B) of the beta distribution of a series' share of negative stories.

    >>> beta_prior(0.2, 30, 18)
    (20.0, 20.0)
    """
    a, b = CLASS_WEIGHT * class_share + negative, CLASS_WEIGHT * (1 - class_share) + stories - negative
    scale = min(1.0, MOST_WEIGHT / (a + b))
    return scale * a, scale * b


def tail(n: int, stories: int, a: float, b: float) -> float:
    """P(X >= n), X beta-binomial of `stories` trials with parameters a, b (Skellam 1948).

    >>> round(tail(4, 6, 2.0, 8.0), 4)
    0.047
    """
    total = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    terms = (
        math.lgamma(stories + 1)
        - math.lgamma(k + 1)
        - math.lgamma(stories - k + 1)
        + math.lgamma(k + a)
        + math.lgamma(stories - k + b)
        - math.lgamma(stories + a + b)
        - total
        for k in range(n, stories + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))
