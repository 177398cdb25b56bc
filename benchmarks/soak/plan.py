"""What happens when: how long, how fast, which fault at which minute. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

# 86,400 articles a day: 17 times the 5,000 for which deploy/bearwatch.example.yaml reckons the store's size. A leak of
# 300 bytes an article is 1 MB/h at this rate.
RATE = 1.0
# Stories and windows hold six hours at least (stories.window, detection's longest window), the writer's page cache
# 32 MB: eight hours of news, or 40 MB of store, fill them. They come first, as fast as they are taken, under the times
# at which they would have come: what grows after that is nothing that fills up.
PAST_HOURS = 8.0
# The daemon is killed behind this part of the past: its memory begins anew, and what is left warms it up. Later in the
# run a kill would leave caches that take hours to fill at the steady rate.
KILL_AT = 1 / 4
EVERY_MIN = 10.0  # between two faults; in a short run so often that each of eleven is seen once
OVERLOAD = 10.0  # times the steady rate ...
BEYOND = 1.25  # ... or this share of what the daemon was seen to take, where that is more: else no lag would build
BURST_MIN = 5.0
KILL = "daemon_killed"


@dataclass(frozen=True)
class Planned:
    """A fault, and when it begins: minutes after the steady load did."""

    minute: float
    name: str


@dataclass(frozen=True)
class Plan:
    """One run.

    Attributes:
        minutes: of steady load. rate: articles a second. past_hours: of news before that.
        warm_minutes: of the steady load, and of each life in it, that tell nothing of leaks: arenas and pools fill up.
        burst_minutes: of overload after the steady load; 0 for none. fault_s: how long a fault lasts.
        kill: whether the daemon is killed in the middle of the past.
    """

    minutes: float
    rate: float
    past_hours: float
    warm_minutes: float
    burst_minutes: float
    fault_s: float
    sample_s: float
    seed: int
    faults: tuple[Planned, ...]
    kill: bool = True

    @property
    def past(self) -> int:
        """Articles of the past."""
        return round(self.past_hours * 3_600 * self.rate)

    @property
    def in_hand(self) -> float:
        """Records that are on their way at any moment: five seconds of them are no lag."""
        return 5 * max(self.rate, 1.0)


def schedule(names: Sequence[str], minutes: float, every: float, seed: int) -> tuple[Planned, ...]:
    """A fault every so many minutes, each kind once a round, in an order that the seed draws; never the daemon's kill.

    >>> [fault.name for fault in schedule(["a", KILL], 40, 10, seed=1)]
    ['a', 'a', 'a', 'a']
    """
    draw = random.Random(f"{seed}:faults")
    others = [name for name in names if name != KILL]
    order: list[str] = []
    while others and len(order) * every < minutes:
        order += draw.sample(others, len(others))
    starts = (every * (number + 0.5) for number in range(len(order)))
    return tuple(Planned(minute, name) for minute, name in zip(starts, order, strict=True) if minute < minutes)


def burst_rate(rate: float, capacity: float) -> float:
    """Articles a second of the overload. capacity: what the daemon was seen to take.

    >>> burst_rate(2.0, 100.0), burst_rate(20.0, 100.0)
    (125.0, 200.0)
    """
    return max(OVERLOAD * rate, BEYOND * capacity)
