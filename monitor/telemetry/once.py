"""The same failure once, then how often it was held back, until an event says that it has ended."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

# After a minute whoever is looking wants to know whether it goes on; in a night of it a line an hour is enough.
WINDOWS_S = (60.0, 3_600.0)
FAILING = {"warning", "error", "critical"}
ENDS = "ends"  # key of an event: the failure, by its event's name, that is over
_REMEMBERED = 1_000  # failures told apart; beyond it the one not seen for longest is forgotten
# What does not make a failure another one: it differs at every try.
_VARYING = {"attempt", "tries", "time", "failures", "retry_s", "due", "next_check", "seconds", "exc_info"}
_OF_EVERY_EVENT = {"event", "level", ENDS, "repeated"}

Event = MutableMapping[str, Any]


@dataclass(slots=True)
class _Failure:
    values: Mapping[str, str]  # by key, without what varies
    told_at: float
    told: int = 1  # lines
    held: int = 0  # lines held back since the last


class OnceAWindow:
    """Drops a failure that was logged within its window; the next one let through tells how many were dropped.

    Two failures are the same when level, event and every value that does not vary from try to try are equal. An event
    with `ends=<failure's event>` forgets those that agree with it in every key that both have (feed, endpoint): the
    next one is news again, however soon it comes; and it tells how many of them were held back.

    Args:
        windows_s: after the first line, after the second, and so on; the last one for all that follow.
    """

    def __init__(self, windows_s: Sequence[float] = WINDOWS_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows_s = windows_s
        self._clock = clock
        self._seen: OrderedDict[str, _Failure] = OrderedDict()

    def __call__(self, _logger: Any, method: str, event: Event) -> Event:
        """A structlog processor."""
        if ENDS in event:
            return self._ended(event)
        if method not in FAILING:
            return event
        values = {key: repr(value) for key, value in event.items() if key not in _VARYING}
        same, now = repr(sorted(values.items())), self._clock()
        failure = self._seen.pop(same, None)
        if failure is None:
            failure = _Failure(values, now)
        elif now - failure.told_at < self._windows_s[min(failure.told, len(self._windows_s)) - 1]:
            failure.held += 1
            self._seen[same] = failure
            raise structlog.DropEvent
        else:
            if failure.held:
                event["repeated"] = failure.held
            # One that was away for longer than any window begins anew.
            failure.told = failure.told + 1 if now - failure.told_at < 2 * self._windows_s[-1] else 1
            failure.told_at, failure.held = now, 0
        self._seen[same] = failure
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return event

    def _ended(self, event: Event) -> Event:
        told = {key: repr(value) for key, value in event.items() if key not in _OF_EVERY_EVENT | _VARYING}
        over = [
            same
            for same, failure in self._seen.items()
            if failure.values.get("event") == repr(event[ENDS])
            and all(failure.values.get(key, value) == value for key, value in told.items())
        ]
        held = sum(self._seen.pop(same).held for same in over)
        if held:
            event["repeated"] = held
        return event
