"""The minute's tick, in sequence with the articles: from the wall clock, or from a virtual one in replay and demo."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from monitor.channel import Channel, ChannelClosed
from monitor.delivery import Delivery
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Article, Mode, Tick
from monitor.sources.protocol import Clock, Source, SourceHealth

# The longest sleep until the next minute: a clock that was set meanwhile is noticed after so long.
LONGEST_SLEEP_S = 60.0
# An archive that jumps further than this is two archives: the hours between were not observed.
LONGEST_GAP_MS = 7 * DAY_MS


class ClockSource:
    """One live tick a minute, the running minute's at once; waits behind the articles like any record."""

    name = "clock"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, out: Channel[Delivery]) -> None:
        while True:
            # Minutes in which the process slept are not made up: nobody listened.
            at = self._clock() // MINUTE_MS * MINUTE_MS
            await out.put(Delivery(Tick(at)))
            await asyncio.sleep(min((at + MINUTE_MS - self._clock()) / 1_000, LONGEST_SLEEP_S))

    def pause(self) -> None:
        """Nothing to hold back: `put` waits."""

    def resume(self) -> None:
        """See `pause`."""

    def health(self) -> list[SourceHealth]:
        return []


async def at_once(_at: int) -> None:
    """The pace of replay and backfill: none."""


class Played:
    """A finite source with the ticks that a clock would have given while its articles arrived.

    Every minute before an article's received_at is ticked before the article is handed on.

    Args:
        inner: its articles in order of arrival; an article that goes back in time moves no tick.
        last_tick: the greatest tick already in the store, ms, or None.
        mode: of a tick at a time. pace: awaited before each tick and article, with its time.
        adapt: what becomes of an article before it is handed on; None leaves it out.
        then: the clock to go on with once the articles have ended, for ever; None ends there.
    """

    def __init__(
        self,
        inner: Source,
        *,
        last_tick: int | None = None,
        mode: Callable[[int], Mode] = lambda at: Mode.LIVE,
        pace: Callable[[int], Awaitable[None]] = at_once,
        adapt: Callable[[Article], Article | None] = lambda article: article,
        then: Clock | None = None,
    ) -> None:
        self.name = inner.name
        self._inner = inner
        self._next = None if last_tick is None else last_tick + MINUTE_MS
        self._mode = mode
        self._pace = pace
        self._adapt = adapt
        self.articles = 0
        self.behind = 0  # articles that lie over an hour before the last tick: an archive out of order
        self._then = then

    async def run(self, out: Channel[Delivery]) -> None:
        mine: Channel[Delivery] = Channel(64)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._read(mine))
            both.create_task(self._forward(mine, out))
        if self._then is not None:
            await ClockSource(self._then).run(out)

    def pause(self) -> None:
        self._inner.pause()

    def resume(self) -> None:
        self._inner.resume()

    def health(self) -> list[SourceHealth]:
        return self._inner.health()

    async def _read(self, mine: Channel[Delivery]) -> None:
        try:
            await self._inner.run(mine)
        finally:
            await mine.close()

    async def _forward(self, mine: Channel[Delivery], out: Channel[Delivery]) -> None:
        try:
            while True:
                delivery = await mine.get()
                if isinstance(delivery.record, Article):
                    delivery = replace(delivery, record=self._adapt(delivery.record))
                if isinstance(delivery.record, Article):
                    self.articles += 1
                    self.behind += self._next is not None and delivery.record.received_at < self._next - HOUR_MS
                    await self._tick_until(delivery.record.received_at, out)
                    await self._pace(delivery.record.received_at)
                await out.put(delivery)
        except ChannelClosed:
            if self._next is not None:  # closes the last minute
                await self._tick_until(self._next, out)

    async def _tick_until(self, at: int, out: Channel[Delivery]) -> None:
        if self._next is None or at - self._next > LONGEST_GAP_MS:
            self._next = at // MINUTE_MS * MINUTE_MS
        while self._next <= at:
            await self._pace(self._next)
            await out.put(Delivery(Tick(self._next, self._mode(self._next))))
            self._next += MINUTE_MS
