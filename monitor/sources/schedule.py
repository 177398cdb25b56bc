"""When a feed is read again, and what is remembered of it. Pure: every decision is a function of its arguments.

The rule: the longest of our own interval, the feed's ttl, Cache-Control max-age or Expires (RFC 9111), but at most
`MOST_POLITE_MS`; after an error an exponential back-off, or Retry-After (RFC 9110, 10.2.3) where that is longer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from email.utils import parsedate_to_datetime
from typing import Any

from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS

MOST_POLITE_MS = 6 * HOUR_MS  # a server that asks for more has mistaken a feed for a picture
MOST_RETRY_AFTER_MS = DAY_MS
MOST_BACKOFF_MS = 6 * HOUR_MS
JITTER = 0.1  # of the delay, only ever added: a server never sees us early
_RHYTHM_MS = 7 * DAY_MS
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_UNCACHED = re.compile(r"(?:^|[,\s])no-(?:cache|store)\b", re.IGNORECASE)
_HEADER_CHARS = 1_000  # an ETag longer than this is not kept: it would only cost a full answer


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of a feed between polls: the value of its `Position`. Times are ms UTC, durations ms.

    Attributes:
        etag, last_modified: verbatim as the server sent them, "" where it sent none.
        body_hash: of the last body that was read; refused_hash, refused_reason: of one that no parser will ever read.
        next_check: when to poll; 0 = at once. interval: our own, as adapted to the feed's rhythm; 0 = not yet known.
        ttl: what the feed asked for when it was last read; an answer without a body does not repeat it.
        moved: the address that permanent redirects led to, "" for the configured one.
        gone: the server answered 410; never polled again.
        first_poll_done: its items are news from now on, no backlog.
        failures: polls failed in a row; reason: the last failure's, "" when well.
        last_ok, last_item: the last good answer, the newest event time; 0 = none.
    """

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    refused_hash: str = ""
    refused_reason: str = ""
    next_check: int = 0
    interval: int = 0
    ttl: int = 0
    moved: str = ""
    gone: bool = False
    first_poll_done: bool = False
    failures: int = 0
    reason: str = ""
    last_ok: int = 0
    last_item: int = 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> FeedState:
        """Unknown names are ignored and values of a wrong type take the default: an older or newer version wrote it."""
        known: dict[str, Any] = {}
        for f in fields(cls):
            given = value.get(f.name)
            if type(given) is type(f.default):
                known[f.name] = given
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a server and its feed ask for, each in ms; 0 where they say nothing."""

    ttl: int = 0
    max_age: int = 0
    retry_after: int = 0

    @property
    def longest(self) -> int:
        return max(self.ttl, self.max_age)


def header_value(value: str | None) -> str:
    """A header to keep and send back verbatim, or "" for one too long to keep."""
    return value if value is not None and len(value) <= _HEADER_CHARS else ""


def http_date(value: str) -> int | None:
    """An HTTP-date (RFC 9110, 5.6.7) in ms UTC, or None.

    >>> http_date("Sun, 06 Nov 1994 08:49:37 GMT")
    784111777000
    """
    try:
        return int(parsedate_to_datetime(value[:100]).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def retry_after_ms(value: str | None, now: int) -> int:
    """Retry-After in ms from now, both forms, at most `MOST_RETRY_AFTER_MS`; 0 where absent, past or unreadable.

    >>> retry_after_ms("120", 0), retry_after_ms("Thu, 01 Jan 1970 00:01:00 GMT", 0), retry_after_ms("soon", 0)
    (120000, 60000, 0)
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * 1000, MOST_RETRY_AFTER_MS)
    at = http_date(text) if text else None
    return min(max(0, at - now), MOST_RETRY_AFTER_MS) if at is not None else 0


def freshness_ms(headers: Mapping[str, str], now: int) -> int:
    """How long the answer is fresh: max-age less Age, else Expires less Date (RFC 9111, 4.2.1); 0 when it is not.

    Args:
        headers: names as in `multidict` (any case) or all lower-case.
    """
    control = headers.get("cache-control", "")[:_HEADER_CHARS]
    if _UNCACHED.search(control):
        return 0
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        return max(0, int(found[1]) - (int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0)) * 1000
    expires = http_date(headers.get("expires", ""))
    if expires is None:
        return 0
    date = http_date(headers.get("date", ""))
    return max(0, expires - (date if date is not None else now))


def adapted_interval(times: Sequence[int], now: int, least: int, most: int, hint: int = 0) -> int:
    """Our own interval in ms, from how often the feed has published: half the mean gap of the last seven days.

    Args:
        times: publication times of the feed's present items, ms UTC, any order. A feed shows only its newest items, so
            the days that they span are counted where those are fewer than seven.
        least, most: the bounds.
        hint: the feed's own update period (syndication module), used where the items tell nothing; 0 = none.

    >>> adapted_interval([0, 600_000, 1_200_000], 1_200_000, 60_000, 3_600_000)
    300000
    """
    recent = [t for t in times if now - _RHYTHM_MS <= t <= now]
    if len(recent) < 2:
        return max(least, min(hint, most)) if hint and not times else max(least, most)
    span = now - min(recent)
    return max(least, min(span // (2 * (len(recent) - 1)), most))


def next_poll_delay(interval: int, wishes: Wishes, jitter: float) -> int:
    """Delay in ms after a good answer.

    Args:
        jitter: uniform in [0, 1).
    """
    return _jittered(max(interval, min(wishes.longest, MOST_POLITE_MS)), jitter)


def backoff_delay(failures: int, interval: int, wishes: Wishes, jitter: float) -> int:
    """Delay in ms after the `failures`-th failure in a row: the interval doubled each time, Retry-After respected."""
    # 16 doublings of the least interval pass every cap; more would only make large integers.
    own = min(max(interval, MINUTE_MS) << min(max(failures - 1, 0), 16), MOST_BACKOFF_MS)
    return _jittered(max(own, interval, wishes.retry_after), jitter)


def bounded_next_check(saved: int, now: int) -> int:
    """A saved next-check time, but no later than the longest delay from now: the clock may have been wrong then."""
    return min(saved, now + int(MOST_RETRY_AFTER_MS * (1 + JITTER)))


def _jittered(delay: int, jitter: float) -> int:
    return delay + int(delay * JITTER * jitter)
