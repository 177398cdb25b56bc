"""A bounded channel between two stages, in order, that closes by itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class ChannelClosed(Exception):
    """The channel is closed and empty: the reading stage may end. Raised by `get`, and by `put` after `close`."""


class Channel(Generic[T]):
    """Bounded FIFO for one event loop; many writers, one reader.

    Args:
        capacity: how many items wait before `put` blocks: the memory bound of the stage behind it.
        on_full, on_drained: called when the channel fills, and when it has fallen to half again; a source that must
            keep polling while it does not deliver (Kafka) is paused and resumed by these.
    """

    def __init__(
        self,
        capacity: int,
        on_full: Callable[[], None] | None = None,
        on_drained: Callable[[], None] | None = None,
    ) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self._items: deque[T] = deque()
        self._closed = False
        self._full = False
        self._changed = asyncio.Condition()
        self._on_full = on_full
        self._on_drained = on_drained

    def __len__(self) -> int:
        return len(self._items)

    @property
    def closed(self) -> bool:
        return self._closed

    async def put(self, item: T) -> None:
        """Appends; waits while full. Raises ChannelClosed once closed."""
        await self.put_all((item,))

    async def put_all(self, items: Iterable[T]) -> None:
        """Appends in order, waiting whenever it is full; the reader is woken once for as many as there was room.

        Raises ChannelClosed once closed; those appended before stay.
        """
        async with self._changed:
            for item in items:
                while len(self._items) >= self.capacity and not self._closed:
                    self._mark_full()
                    self._changed.notify_all()
                    await self._changed.wait()
                if self._closed:
                    raise ChannelClosed
                self._items.append(item)
            if len(self._items) >= self.capacity:
                self._mark_full()
            self._changed.notify_all()

    async def get(self) -> T:
        """The oldest item; waits while empty. Raises ChannelClosed when closed and empty."""
        async with self._changed:
            while not self._items:
                if self._closed:
                    raise ChannelClosed
                await self._changed.wait()
            item = self._items.popleft()
            self._after_take()
            return item

    async def get_ready(self, most: int, counts: Callable[[T], bool] = lambda item: True) -> list[T]:
        """Waits for one item, then takes what else is there: load forms batches, idleness does not.

        Args:
            most: how many of the items that count are taken at most; those that do not come along between them.
        """
        async with self._changed:
            while not self._items:
                if self._closed:
                    raise ChannelClosed
                await self._changed.wait()
            taken: list[T] = []
            room = most
            while self._items and (room or not counts(self._items[0])):
                room -= counts(self._items[0])
                taken.append(self._items.popleft())
            self._after_take()
            return taken

    async def close(self) -> None:
        """No more puts; readers drain what is left. Idempotent."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _mark_full(self) -> None:
        if not self._full:
            self._full = True
            if self._on_full is not None:
                self._on_full()

    def _after_take(self) -> None:
        if self._full and len(self._items) <= self.capacity // 2:
            self._full = False
            if self._on_drained is not None:
                self._on_drained()
        self._changed.notify_all()
