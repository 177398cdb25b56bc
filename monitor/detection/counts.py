"""What was counted by hour over the last 28 days, and in which hours anybody listened. Pure.

Only observed hours (those with a tick) teach: an hour in which nobody listened says nothing of what is usual. Nor do
the last six hours: a surge must not raise the baseline that it is judged by.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.records import HOUR_MS, Bucket

HISTORY_HOURS = 28 * 24
# Hours before the running one that a 6 h window may still reach into.
GUARD_HOURS = 7
# {weekday, Saturday, Sunday} x 24.
CELLS = 72


@lru_cache(maxsize=4096)
def cell_of(hour: int, zone: str) -> int:
    """Cell 0..71 of an epoch hour in the news' time zone: weekdays 0-23, Saturday 24-47, Sunday 48-71."""
    local = datetime.fromtimestamp(hour * 3600, ZoneInfo(zone))
    kind = max(0, local.weekday() - 4)
    return kind * 24 + local.hour


class Counts:
    """New stories (N) and new negative stories (n) by epoch hour and series.

    Attributes:
        since: series -> the epoch hour from which it is counted as it is now: a source was added that feeds it. Hours
            before teach nothing of it.
    """

    def __init__(self) -> None:
        self.since: dict[str, int] = {}
        self._hours: dict[int, dict[str, tuple[int, int]]] = {}
        self._observed: dict[int, bool] = {}  # epoch hour -> whether a live tick fell in it
        self._newest = -1  # newest hour that may teach

    def count(self, delta: Bucket) -> None:
        """Takes up a change of one bucket; hours past 28 days are not held."""
        hour = delta.minute // 60
        if not (delta.stories or delta.negative) or not self.remembers(hour):
            return
        held = self._hours.setdefault(hour, {})
        stories, negative = held.get(delta.series, (0, 0))
        held[delta.series] = (stories + delta.stories, negative + delta.negative)
        if held[delta.series] == (0, 0):
            del held[delta.series]

    def observe(self, hour: int, *, live: bool = False) -> None:
        """Notes that somebody listened in this epoch hour; hours past 28 days teach nothing and are not held."""
        if hour in self._observed:
            self._observed[hour] |= live
        elif self.remembers(hour):
            self._observed[hour] = live

    def observed(self, hour: int) -> bool:
        """Whether the epoch hour had a tick."""
        return hour in self._observed

    def observed_live(self, hour: int) -> bool:
        """Whether somebody listened live in the epoch hour: what it held has been counted."""
        return self._observed.get(hour, False)

    def remembers(self, hour: int) -> bool:
        """Whether the epoch hour lies within the 28 days that may teach, or after them."""
        return hour > self._newest - HISTORY_HOURS

    def advance(self, now: int) -> None:
        """Moves to a later tick (ms): what lies past 28 days is forgotten."""
        newest = now // HOUR_MS - GUARD_HOURS
        if newest == self._newest:
            return
        self._newest = newest
        for hour in [h for h in self._hours if not self.remembers(h)]:
            del self._hours[hour]
        for hour in [h for h in self._observed if not self.remembers(h)]:
            del self._observed[hour]
        for series in [s for s, hour in self.since.items() if not self.remembers(hour)]:
            del self.since[series]

    def taught(self) -> list[int]:
        """The observed hours that may teach now, sorted."""
        return sorted(hour for hour in self._observed if hour <= self._newest)

    def at(self, hour: int) -> dict[str, tuple[int, int]]:
        """series -> (N, n) of an epoch hour; absent where nothing came."""
        return self._hours.get(hour, {})

    def volumes(self, since: int) -> dict[str, int]:
        """series -> stories from this epoch hour on."""
        found: dict[str, int] = {}
        for hour, held in self._hours.items():
            if hour >= since:
                for series, (stories, _) in held.items():
                    found[series] = found.get(series, 0) + stories
        return found

    def contents(self) -> tuple[object, ...]:
        """Everything held, for comparison with a rebuilt one."""
        return ({h: held for h, held in self._hours.items() if held}, self._observed, self._newest, self.since)
