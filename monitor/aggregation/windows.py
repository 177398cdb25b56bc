"""What the detection windows hold now: live stories by series, placed in event-time minutes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.aggregation.placement import Placement
from monitor.records import MINUTE_MS, Standing

WINDOWS = (1, 6)  # hours
# The longest window judged; placements older than this before the last tick can open nothing any more.
LONGEST_MINUTES = 60 * WINDOWS[-1]


@dataclass(frozen=True, slots=True)
class WindowCount:
    """Live units of one series in one window: all, and the negative ones."""

    stories: int
    negative: int


class _Tally:
    """Ids by minute and series, with running totals over each window."""

    def __init__(self) -> None:
        self.minutes: dict[int, dict[str, set[str]]] = {}
        self.totals: tuple[dict[str, int], ...] = tuple({} for _ in WINDOWS)

    def move(self, series: str, story: str, before: int | None, after: int | None, floors: tuple[int, ...]) -> None:
        """Takes a story from one minute to another; None is nowhere, and so is what lies before the last floor."""
        for minute, sign in ((before, -1), (after, 1)):
            if minute is None or minute <= floors[-1]:
                continue
            if sign > 0:
                self.minutes.setdefault(minute, {}).setdefault(series, set()).add(story)
            else:
                held = self.minutes[minute]
                held[series].discard(story)
                if not held[series]:
                    del held[series]
                    if not held:
                        del self.minutes[minute]
            for total, floor in zip(self.totals, floors, strict=True):
                if minute > floor:
                    _add(total, series, sign)

    def leave(self, old: tuple[int, ...], new: tuple[int, ...]) -> None:
        """Lets go of what each window has moved past."""
        for total, before, after in zip(self.totals, old, new, strict=True):
            for minute in self._between(before, after):
                for series, stories in self.minutes[minute].items():
                    _add(total, series, -len(stories))
        for minute in self._between(old[-1], new[-1]):
            del self.minutes[minute]

    def _between(self, before: int, after: int) -> list[int]:
        if after - before > len(self.minutes):
            return [minute for minute in self.minutes if before < minute <= after]
        return [minute for minute in range(before + 1, after + 1) if minute in self.minutes]


class Windows:
    """Live stories of the last six hours by series. Rebuilt from placements alone."""

    def __init__(self) -> None:
        self._stories = _Tally()
        self._negative = _Tally()
        self._floors = (-1,) * len(WINDOWS)

    def place(self, before: Placement | None, after: Placement | None) -> bool:
        """Moves a story to its new place, None is nowhere; True when its negative place here is new or moved."""
        placed = after or before
        if placed is None:
            return False
        series, unit = placed.series, placed.unit_id
        stories = (_first(before), _first(after))
        negative = (_negative(before), _negative(after))
        if stories[0] != stories[1]:
            self._stories.move(series, unit, *stories, self._floors)
        if negative[0] == negative[1]:
            return False
        self._negative.move(series, unit, *negative, self._floors)
        return negative[1] is not None and negative[1] > self._floors[-1]

    def holds_negative(self, placement: Placement) -> bool:
        """Whether the story counts as negative in the series' windows."""
        minute = _negative(placement)
        return minute is not None and minute > self._floors[-1]

    def advance(self, now: int) -> None:
        """Forgets what lies wholly before the windows that end at `now` (ms, a tick)."""
        floors = tuple(now // MINUTE_MS - 60 * hours for hours in WINDOWS)
        for tally in (self._stories, self._negative):
            tally.leave(self._floors, floors)
        self._floors = floors

    def count(self, series: str, hours: int) -> WindowCount:
        """The stories in the `hours` before the last tick, what arrived after it included."""
        window = WINDOWS.index(hours)
        return WindowCount(self._stories.totals[window].get(series, 0), self._negative.totals[window].get(series, 0))

    def evidence(self, series: str, hours: int) -> tuple[str, ...]:
        """The negative stories of such a window, by the minute in which they became so."""
        floor = self._floors[WINDOWS.index(hours)]
        minutes = sorted(minute for minute in self._negative.minutes if minute > floor)
        return tuple(story for m in minutes for story in sorted(self._negative.minutes[m].get(series, ())))

    def series(self) -> set[str]:
        """Series with at least one live story in the longest window."""
        return set(self._stories.totals[-1]) | set(self._negative.totals[-1])

    def contents(self) -> tuple[object, ...]:
        """Everything held, for comparison with a rebuilt one."""
        return tuple((tally.minutes, tally.totals) for tally in (self._stories, self._negative))


def _first(placement: Placement | None) -> int | None:
    """The minute in which a live story counts."""
    if placement is None or placement.first_standing is not Standing.LIVE:
        return None
    return placement.first_at // MINUTE_MS


def _negative(placement: Placement | None) -> int | None:
    """The minute in which it counts as negative."""
    if placement is None or placement.negative_at is None or placement.negative_standing is not Standing.LIVE:
        return None
    return placement.negative_at // MINUTE_MS


def _add(total: dict[str, int], series: str, n: int) -> None:
    held = total.get(series, 0) + n
    if held:
        total[series] = held
    else:
        total.pop(series, None)
