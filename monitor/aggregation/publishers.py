"""Who publishes a series' stories: one desk's newswire must not be asked for a second publisher. Pure."""

from __future__ import annotations

from collections import Counter

from monitor.aggregation.placement import Placement
from monitor.records import DAY_MS

DAYS = 28
# Fewer stories than this do not tell whether a series has one publisher only.
ENOUGH_STORIES = 20
SOLE_SHARE = 0.95


class PublisherShares:
    """New stories by series, day and the publisher of the earliest member, over 28 days. Rebuilt from placements."""

    def __init__(self) -> None:
        self._days: dict[int, dict[str, Counter[str]]] = {}
        self._today = 0

    def place(self, before: Placement | None, after: Placement | None) -> None:
        """Moves a unit to its new place; None is nowhere."""
        if before is not None:
            self._add(before, -1)
        if after is not None:
            self._add(after, 1)

    def load(self, series: str, publisher: str, day: int, stories: int) -> None:
        """Takes up one aggregated row of the store; `day` is the epoch day of first_at."""
        self._days.setdefault(day, {}).setdefault(series, Counter())[publisher] += stories

    def advance(self, now: int) -> None:
        """Forgets days that ended 28 days before the tick `now` (ms)."""
        today = now // DAY_MS
        if today != self._today:
            self._today = today
            for day in [d for d in self._days if d <= today - DAYS]:
                del self._days[day]

    def tells(self, series: str) -> bool:
        """Whether the series had enough stories in 28 days to tell who writes it."""
        return self._total(series).total() >= ENOUGH_STORIES

    def sole(self, series: str) -> bool:
        """Whether one publisher wrote 95 % or more of the series' stories, of at least 20, in 28 days."""
        total = self._total(series)
        count = total.total()
        return count >= ENOUGH_STORIES and max(total.values()) >= SOLE_SHARE * count

    def share(self, series: str, publisher: str) -> float:
        """The publisher's part of the series' stories in 28 days; 0 where there are none."""
        total = self._total(series)
        count = total.total()
        return total[publisher] / count if count > 0 else 0.0

    def contents(self) -> dict[int, dict[str, Counter[str]]]:
        """Everything held, zeros left out, for comparison with a rebuilt one."""
        days = {d: {s: +c for s, c in held.items() if +c} for d, held in self._days.items()}
        return {d: held for d, held in days.items() if held}

    def _total(self, series: str) -> Counter[str]:
        total: Counter[str] = Counter()
        for day, held in self._days.items():
            if day > self._today - DAYS and series in held:
                total.update(held[series])
        return total

    def _add(self, placement: Placement, sign: int) -> None:
        day = placement.first_at // DAY_MS
        if placement.first_standing.counted and day > self._today - DAYS:
            counts = self._days.setdefault(day, {}).setdefault(placement.series, Counter())
            counts[placement.first_publisher] += sign
