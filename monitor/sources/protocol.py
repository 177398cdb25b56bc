"""What every source promises, and what is promised to it. `tests/contract/test_source_contract.py` is the proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.channel import Channel
from monitor.delivery import Delivery

Clock = Callable[[], int]
"""Milliseconds since the Unix epoch, UTC."""


class SourceState(StrEnum):
    """ok: the last attempt worked. waiting: not yet tried, or paused by a full pipeline. failing: the last attempt
    failed and there will be another. stopped: nothing more will come (410 Gone, or the end of a file)."""

    OK = "ok"
    WAITING = "waiting"
    FAILING = "failing"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one partition of a source fares; for metrics, the page and `feeds check`. Times are ms UTC.

    Attributes:
        source: the name that its articles carry (`Article.source`).
        partition: as in its `Position`, secrets masked.
        last_ok: when an attempt last worked; last_item: the newest event time seen.
        next_check: when it will be tried again; None for sources that do not poll.
        failures: attempts failed in a row; reason: the last one's, "" when all is well.
        items: articles handed over since the start.
        address: for people, secrets masked.
    """

    source: str
    partition: str
    state: SourceState
    last_ok: int | None = None
    last_item: int | None = None
    next_check: int | None = None
    failures: int = 0
    reason: str = ""
    items: int = 0
    address: str = ""


class Source(Protocol):
    """News from somewhere, in order, at least once.

    A source gets its saved positions (`Mapping[partition, Position.value]`) and a clock at construction and never
    touches the store. It may treat an item as done only when the `ack` of the delivery that carries the position
    after it has been called: a source built again from older positions hands the same items over once more.
    """

    name: str

    async def run(self, out: Channel[Delivery]) -> None:
        """Reads until done or cancelled, and never closes the channel.

        A finite source (an archive) returns after its last `put`; an endless one runs until it is cancelled. A
        delivery's position covers every earlier delivery of that partition; the items of one poll or one chunk carry
        it on the last. What can be tried again (one feed, one broker) is not raised but shown in `health`.

        Raises:
            InputError: what the user named cannot be read at all.
        """
        ...

    def pause(self) -> None:
        """The channel is full: start no new reads; keep alive what must be (a Kafka consumer goes on polling)."""
        ...

    def resume(self) -> None:
        """The channel has drained."""
        ...

    def health(self) -> list[SourceHealth]:
        """One entry a partition; cheap, called at any time from the event loop."""
        ...


_SECRET_PARAMETERS = ("key", "token", "secret", "password", "passwd", "auth", "sig", "signature", "apikey", "api_key")


def masked_address(url: str) -> str:
    """An address that may be logged: user information and secret-looking query values become `***`.

    >>> masked_address("https://me:pw@example.com/rss?api_key=abc&page=2")
    'https://***@example.com/rss?api_key=***&page=2'
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "***"
    netloc = f"***@{host[2]}" if host[1] else host[2]
    shown = [(k, "***" if any(word in k.lower() for word in _SECRET_PARAMETERS) else v) for k, v in query]
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(shown, safe="*/:,") if shown else "", ""))
