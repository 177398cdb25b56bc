"""When news appears: by hour of the day and day of the week, UTC. Pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from random import Random

from monitor.records import HOUR_MS

# Relative volume of each UTC hour on a weekday: quiet nights, a rise before European trading, the peak where European
# and American hours overlap, a tail after the American close.
HOURS = (
    *(0.30, 0.28, 0.28, 0.30, 0.36, 0.50),
    *(0.85, 1.40, 1.60, 1.50, 1.40, 1.45),
    *(1.65, 1.85, 1.90, 1.75, 1.60, 1.35),
    *(1.10, 1.05, 1.10, 0.85, 0.55, 0.40),
)
WEEKEND = 0.3
SATURDAY = 5


def weight(hour_ms: int) -> float:
    """Relative volume of the UTC hour that begins at `hour_ms`."""
    at = datetime.fromtimestamp(hour_ms / 1000, UTC)
    return HOURS[at.hour] * (WEEKEND if at.weekday() >= SATURDAY else 1.0)


def poisson(mean: float, rng: Random) -> int:
    """A Poisson draw after Knuth (The Art of Computer Programming 2, 3.4.1); fit for means of up to some hundreds.

    >>> poisson(0.0, Random(1))
    0
    """
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def story_times(
    start_ms: int, end_ms: int, rng: Random, *, total: float, busy: tuple[int, int], factor: float
) -> list[int]:
    """Instants of about `total` stories in [start_ms, end_ms), whole seconds, ascending.

    Args:
        busy: from and to, ms: hours that begin there have `factor` times their ordinary volume.

    The hours' means vary by a fifth beside the Poisson draw: real newsrooms are not Poisson.
    """
    hours = range(start_ms // HOUR_MS * HOUR_MS, end_ms, HOUR_MS)
    weights = []
    for hour in hours:
        inside = min(hour + HOUR_MS, end_ms) - max(hour, start_ms)
        busier = factor if busy[0] <= hour < busy[1] else 1.0
        weights.append(weight(hour) * busier * inside / HOUR_MS)
    scale = total / sum(weights)
    times: list[int] = []
    for hour, share in zip(hours, weights, strict=True):
        low, high = max(hour, start_ms), min(hour + HOUR_MS, end_ms)
        mean = scale * share * (0.8 + 0.4 * rng.random())
        times += [low + int(rng.random() * (high - low)) for _ in range(poisson(mean, rng))]
    return sorted(time // 1000 * 1000 for time in times if time // 1000 * 1000 >= start_ms)
