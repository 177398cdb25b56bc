"""What has changed, told to every open page: a bounded fan-out for one event loop.

A page that cannot keep up loses its oldest events and is told so by a `resync`, after which it reads the whole board
again; a slow reader costs a bounded queue and never holds up the daemon.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import deque
from collections.abc import Mapping
from typing import Any

from monitor.errors import BearwatchError

_EVENT_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,40}")


class TooManyStreams(BearwatchError):
    """As many streams are open as `Changes` allows; the client may try again later."""


class Changes:
    """Publishes events to subscribers; all methods are called from the event loop that reads them.

    Args:
        capacity: events that wait for one subscriber before its oldest is dropped.
        limit, each: subscribers at a time, in all and of one client: each holds a socket and a queue.
    """

    def __init__(self, capacity: int = 256, limit: int = 128, each: int = 64) -> None:
        if min(capacity, limit, each) < 1:
            raise ValueError(f"capacity, limit and each must be at least 1, not {capacity}, {limit} and {each}")
        self.capacity = capacity
        self.limit = limit
        self.each = each
        # A restarted daemon counts from 1 again: the prefix keeps an old id from being taken for a present one.
        self._run = secrets.token_hex(4)
        self._sequence = 0
        self._subscriptions: set[Subscription] = set()
        self._closed = False

    @property
    def last_id(self) -> str:
        """The id of the newest event, as a client gives it back in Last-Event-ID."""
        return f"{self._run}-{self._sequence}"

    @property
    def streams(self) -> int:
        """How many subscribers there are."""
        return len(self._subscriptions)

    def publish(self, event: str, data: Mapping[str, Any]) -> None:
        """Queues an event for every subscriber; never waits.

        Args:
            event: a lower-case word, such as `board` or `alert`.
            data: JSON-able.

        Raises:
            ValueError: `event` is no such word (a line break in it would forge another event).
        """
        if not _EVENT_NAME.fullmatch(event):
            raise ValueError(f"not an event name: {event!r}")
        self._sequence += 1
        if self._subscriptions:
            frame = encode_frame(event, data, self.last_id)
            for subscription in self._subscriptions:
                subscription.offer(frame)

    def subscribe(self, client: str = "") -> Subscription:
        """A new stream of what is published from now on. Raises TooManyStreams at the limit, or at the client's."""
        if len(self._subscriptions) >= self.limit:
            raise TooManyStreams(f"{self.limit} event streams are open, the most allowed")
        if sum(held.client == client for held in self._subscriptions) >= self.each:
            raise TooManyStreams(f"{self.each} event streams are open from there, the most allowed")
        subscription = Subscription(self, client)
        if self._closed:
            subscription.end()
        else:
            self._subscriptions.add(subscription)
        return subscription

    def close(self) -> None:
        """Ends every stream after what is queued for it; later subscriptions end at once. Idempotent."""
        self._closed = True
        for subscription in tuple(self._subscriptions):
            subscription.end()

    def forget(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)


class Subscription:
    """One subscriber's frames of text/event-stream, oldest first; an async iterator for one reader."""

    def __init__(self, changes: Changes, client: str = "") -> None:
        self.client = client
        self._changes = changes
        self._frames: deque[bytes] = deque()
        self._dropped = 0
        self._ended = False
        self._ready = asyncio.Event()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> bytes:
        await self._ready.wait()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            return encode_frame("resync", {"dropped": dropped})
        if self._frames:
            frame = self._frames.popleft()
            if not self._frames and not self._ended:
                self._ready.clear()
            return frame
        raise StopAsyncIteration

    def offer(self, frame: bytes) -> None:
        if self._ended:
            return
        if len(self._frames) >= self._changes.capacity:
            self._frames.popleft()
            self._dropped += 1
        self._frames.append(frame)
        self._ready.set()

    def end(self) -> None:
        """No more events; what is queued is still read. Gives the place back. Idempotent."""
        self._ended = True
        self._ready.set()
        self._changes.forget(self)


def encode_frame(event: str, data: Mapping[str, Any], event_id: str = "") -> bytes:
    """One event in the form of the HTML standard, section 9.2; JSON holds no line break, so data is one line.

    >>> encode_frame("board", {"now": 1}, "a-1")
    b'id: a-1\\nevent: board\\ndata: {"now":1}\\n\\n'
    """
    head = f"id: {event_id}\n" if event_id else ""
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return f"{head}event: {event}\ndata: {body}\n\n".encode("ascii")
