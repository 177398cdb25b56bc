"""Working stand-ins for tests: a source with partitions and offsets like Kafka's, a clock that is set by hand, and a
real HTTP server on the loopback that serves what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.records import Article, Mode, Position, Scope
from monitor.sources.protocol import SourceHealth, SourceState
from monitor.sources.wire import WireContext, article_from_line

NOW = 1_700_000_000_000  # 2023-11-14T22:13:20Z


class ManualClock:
    """Milliseconds that only `advance` moves; `sleep` is a timer by it."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self._moved = asyncio.Event()

    def __call__(self) -> int:
        return self.now

    def advance(self, ms: int) -> None:
        self.now += ms
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds * 1000
        while self.now < until:
            await self._moved.wait()


class MemoryBroker:
    """An append-only log of byte strings in partitions."""

    def __init__(self, partitions: int = 2) -> None:
        self.logs: dict[str, list[bytes]] = {f"news/{i}": [] for i in range(partitions)}
        self.appended = asyncio.Event()

    def append(self, partition: str, value: bytes) -> None:
        self.logs[partition].append(value)
        self.appended.set()


class MemorySource:
    """A `Source` over a `MemoryBroker`: position = the next offset, on the last record of each fetched batch.

    Attributes:
        polls: fetches so far; they go on while paused, as a Kafka consumer's must.
    """

    def __init__(
        self,
        broker: MemoryBroker,
        *,
        positions: Mapping[str, Mapping[str, Any]],
        clock: Callable[[], int],
        name: str = "memory",
        batch: int = 2,
    ) -> None:
        self.name = name
        self.polls = 0
        self._broker = broker
        self._clock = clock
        self._batch = batch
        self._paused = False
        self._fetched = {p: int(positions.get(p, {}).get("offset", 0)) for p in broker.logs}
        self._items = dict.fromkeys(broker.logs, 0)

    async def run(self, out: Channel[Delivery]) -> None:
        while True:
            self._broker.appended.clear()
            self.polls += 1
            found = False
            if not self._paused:
                for partition, log in self._broker.logs.items():
                    start = self._fetched[partition]
                    values = log[start : start + self._batch]
                    if values:
                        found = True
                        await self._hand_over(partition, start, values, out)
            if not found:
                await self._broker.appended.wait()

    async def _hand_over(self, partition: str, start: int, values: list[bytes], out: Channel[Delivery]) -> None:
        self._fetched[partition] = start + len(values)
        context = WireContext(self.name, Scope.GENERAL, Mode.LIVE, self._clock())
        records = [article_from_line(v, context, f"{partition}@{start + i}") for i, v in enumerate(values)]

        def committed() -> None:
            self._items[partition] += sum(isinstance(record, Article) for record in records)

        for record in records[:-1]:
            await out.put(Delivery(record))
        position = Position(self.name, partition, {"offset": start + len(values)})
        await out.put(Delivery(records[-1], position, committed))

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._broker.appended.set()

    def health(self) -> list[SourceHealth]:
        state = SourceState.WAITING if self._paused else SourceState.OK
        return [SourceHealth(self.name, p, state, items=n, address=p) for p, n in self._items.items()]


Responder = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FeedServer:
    """A loopback HTTP server. `pages` maps a path to a body served with an ETag, or to a responder.

    Attributes:
        requests: (path, headers) of all that came, in order.
    """

    port: int = 0
    pages: dict[str, bytes | Responder] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, {k.lower(): v for k, v in request.headers.items()}))
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if not isinstance(page, bytes):
            return await page(request)
        etag = f'W/"{hash(page) & 0xFFFF:x}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=page, content_type="application/rss+xml", headers={"ETag": etag})


@asynccontextmanager
async def feed_server(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[FeedServer]:
    server = FeedServer()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    assert site._server is not None
    server.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        yield server
    finally:
        await runner.cleanup()


def rss_page(*items: tuple[str, str], extra: str = "") -> bytes:
    """An RSS 2.0 document of (title, pubDate) items, each with its title as guid."""
    body = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><link>https://news.example/{title}</link>"
        f"<pubDate>{date}</pubDate></item>"
        for title, date in items
    )
    return f'<rss version="2.0"><channel><title>t</title>{extra}{body}</channel></rss>'.encode()


async def take(out: Channel[Delivery], count: int, *, ack: bool = True, seconds: float = 20.0) -> list[Delivery]:
    """The next deliveries, acknowledged in order as if each had been committed."""
    taken: list[Delivery] = []
    async with asyncio.timeout(seconds):
        while len(taken) < count:
            delivery = await out.get()
            taken.append(delivery)
            if ack:
                delivery.ack()
    return taken
