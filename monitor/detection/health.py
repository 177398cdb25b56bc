"""How often windows surprised, day by day: the count that `reliability` judges the budget by. Pure.

Windows do not overlap: each whole hour, and each quarter of a day. A window is judged at its end, with what has arrived
by then, by the prediction in force: that is what the detector acts on. News that comes later than that is missed here
as it is missed there, and makes the shares smaller, never larger.

Judged are windows that were watched from their start to their end, by a fit of enough hours; of each series only where
a story, not the draw alone, can bring p below the level; and not while a page was open in the series as the window
began: it can send no other page then, and a surge tells nothing of quiet news. Whether a window is judged is thus
settled before its count is known, and p stays uniform where the model is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from monitor.aggregation.windows import WINDOWS
from monitor.detection.counts import Counts
from monitor.detection.looks import Looks, Observer
from monitor.detection.reliability import LEVELS, Tally
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS

HEALTH_DAYS = 28
# A window is watched from the start and to the end where a tick falls in so many minutes of either.
EDGE_MS = 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Watch:
    """A window that is being watched: the epoch hour in which it began, and the series that had a page open then."""

    since: int = -1
    paged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """JSON-able state: tallies by UTC day of the last 28, and the running window of each length."""

    days: Mapping[int, Tally] = field(default_factory=dict)
    watches: tuple[Watch, ...] = (Watch(),) * len(WINDOWS)

    def to_json(self) -> dict[str, Any]:
        return {
            "days": [[day, tally.judged, tally.over] for day, tally in self.days.items()],
            "watches": [[watch.since, watch.paged] for watch in self.watches],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Health:
        days = {day: Tally(_rows(judged), _rows(over)) for day, judged, over in value["days"]}
        return cls(days, tuple(Watch(since, tuple(paged)) for since, paged in value["watches"]))


def end_hour(
    health: Health, observer: Observer, counts: Counts, *, paged: Iterable[str], before: int, now: int, enough: bool
) -> Health:
    """The health at the first tick of an hour, `now` (ms), before anything else moves on to it.

    Args:
        paged: series with an open page. before: ms, the last tick; -1 before the first.
        enough: whether the fit taught as many hours as it takes to page.
    """
    ended, hour = before // HOUR_MS + 1, now // HOUR_MS
    whole = enough and before >= 0 and before >= ended * HOUR_MS - EDGE_MS
    at_start = now < hour * HOUR_MS + EDGE_MS
    open_now = tuple(sorted(paged))
    days, watches = dict(health.days), []
    for w, (hours, watch) in enumerate(zip(WINDOWS, health.watches, strict=True)):
        if (
            whole
            and ended % hours == 0
            and watch.since == ended - hours
            and all(counts.observed_live(h) for h in range(ended - hours, ended))
        ):
            day = before // DAY_MS
            days[day] = _add(days.get(day, Tally()), w, observer.look(ended, hours), watch.paged)
        begins = hour % hours == 0
        watches.append(Watch(hour, open_now) if begins and at_start else Watch() if begins else watch)
    oldest = now // DAY_MS - HEALTH_DAYS
    return Health({day: tally for day, tally in days.items() if day > oldest}, tuple(watches))


def _add(tally: Tally, window: int, looks: Looks, paged: tuple[str, ...]) -> Tally:
    resting = frozenset(paged)
    calm = np.asarray([name not in resting for name in looks.names] if resting else [True] * len(looks.names), bool)
    judged, over = list(tally.judged[window]), list(tally.over[window])
    for at, level in enumerate(LEVELS):
        chosen = calm & looks.tell(level)
        judged[at] += int(chosen.sum())
        over[at] += int((looks.p[chosen] <= level).sum())
    return replace(
        tally,
        judged=(*tally.judged[:window], tuple(judged), *tally.judged[window + 1 :]),
        over=(*tally.over[:window], tuple(over), *tally.over[window + 1 :]),
    )


def _rows(value: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in value)
