"""What the detection windows hold now: live stories and developments by series, placed in event-time minutes. Pure.

Both are units of count (`placement`), known by the unit's id.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.aggregation.placement import Placement
from monitor.records import MINUTE_MS, Standing

# The longest window judged; placements older than this before the last tick can open nothing any more.
LONGEST_MINUTES = 6 * 60


@dataclass(frozen=True, slots=True)
class WindowCount:
    """Live units of one series in one window: all, and the ids of the negative ones by their minute."""

    stories: int
    negative: tuple[str, ...]


class Windows:
    """Live stories of the last six hours by series. Rebuilt from placements alone."""

    def __init__(self) -> None:
        self._stories: dict[str, dict[str, int]] = {}
        self._negative: dict[str, dict[str, int]] = {}
        self._floor = -1

    def place(self, before: Placement | None, after: Placement) -> bool:
        """Moves a story to its new place; True when its negative place in the windows is new or moved."""
        first = after.first_at // MINUTE_MS if after.first_standing is Standing.LIVE else None
        negative = None
        if after.negative_at is not None and after.negative_standing is Standing.LIVE:
            negative = after.negative_at // MINUTE_MS
        self._put(self._stories, after.series, after.unit_id, first)
        return self._put(self._negative, after.series, after.unit_id, negative)

    def holds_negative(self, series: str, unit: str) -> bool:
        """Whether the unit counts as negative in the series' windows."""
        return unit in self._negative.get(series, {})

    def advance(self, now: int) -> None:
        """Forgets what lies wholly before the longest window that ends at `now` (ms, a tick)."""
        self._floor = now // MINUTE_MS - LONGEST_MINUTES
        for table in (self._stories, self._negative):
            for series in [s for s, held in table.items() if min(held.values()) <= self._floor]:
                kept = {unit: minute for unit, minute in table[series].items() if minute > self._floor}
                if kept:
                    table[series] = kept
                else:
                    del table[series]

    def count(self, series: str, now: int, hours: int) -> WindowCount:
        """The stories in the `hours` before `now` (ms), what arrived after the last tick included."""
        floor = now // MINUTE_MS - 60 * hours
        stories = sum(1 for minute in self._stories.get(series, {}).values() if minute > floor)
        negative = [(minute, unit) for unit, minute in self._negative.get(series, {}).items() if minute > floor]
        return WindowCount(stories, tuple(unit for _, unit in sorted(negative)))

    def series(self) -> set[str]:
        """Series with at least one live story in the longest window."""
        return set(self._stories) | set(self._negative)

    def contents(self) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
        """Everything held, for comparison with a rebuilt one."""
        return self._stories, self._negative

    def _put(self, table: dict[str, dict[str, int]], series: str, unit: str, minute: int | None) -> bool:
        held = table.get(series, {})
        if minute is not None and minute > self._floor:
            if held.get(unit) == minute:
                return False
            table.setdefault(series, held)[unit] = minute
            return True
        if unit in held:
            del held[unit]
            if not held:
                del table[series]
        return False
