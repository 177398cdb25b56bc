"""What every source must do, real or fake: the one suite that a new source has to pass."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import pytest

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.records import HOUR_MS, Article, Mode, Refusal
from monitor.sources.feed import FeedParser
from monitor.sources.feedlist import FeedSpec
from monitor.sources.fetch import Fetcher
from monitor.sources.files import FileSource
from monitor.sources.protocol import Source, SourceState
from monitor.sources.push import Busy, PushSource
from monitor.sources.rss import RssSource
from tests.fakes_source import FeedServer, ManualClock, MemoryBroker, MemorySource, feed_server, rss_page, take

TITLES = ["Alpha falls", "Beta rises", "Gamma holds", "Delta slips", "Epsilon gains"]
DELIVERIES = len(TITLES) + 1  # and one refusal
Positions = Mapping[str, Mapping[str, Any]]


def line(title: str, minute: int = 0) -> bytes:
    return json.dumps({"id": title, "title": title, "published_at": f"2023-11-14T20:{minute:02}:00Z"}).encode()


class Case(Protocol):
    """One kind of source with six things to read (five articles and one that is none).

    Attributes:
        durable: it has positions. ordered: one partition, so the articles come in the order of TITLES.
        exact: read again from its positions, it hands nothing over twice (else known keys may come again).
    """

    durable: bool
    ordered: bool
    exact: bool

    def source(self, positions: Positions) -> AbstractAsyncContextManager[Source]: ...
    def add(self, title: str) -> None: ...


class MemoryCase:
    durable, ordered, exact = True, False, True

    def __init__(self, tmp_path: Path) -> None:
        self.broker = MemoryBroker()
        for i, title in enumerate(TITLES):
            self.broker.append(f"news/{i % 2}", line(title, i))
        self.broker.append("news/1", b"{broken")

    @asynccontextmanager
    async def source(self, positions: Positions) -> AsyncIterator[Source]:
        yield MemorySource(self.broker, positions=positions, clock=ManualClock())

    def add(self, title: str) -> None:
        self.broker.append("news/0", line(title))


class FileCase:
    durable, ordered, exact = True, True, True

    def __init__(self, tmp_path: Path) -> None:
        self.path = tmp_path / "news.jsonl"
        self.path.write_bytes(b"\n".join([*(line(t, i) for i, t in enumerate(TITLES)), b"{broken", b""]))

    @asynccontextmanager
    async def source(self, positions: Positions) -> AsyncIterator[Source]:
        yield FileSource([self.path], name="archive", positions=positions, clock=ManualClock(), mode=Mode.LIVE)

    def add(self, title: str) -> None:
        with self.path.open("ab") as file:
            file.write(line(title) + b"\n")


class RssCase:
    durable, ordered, exact = True, True, False

    def __init__(self, tmp_path: Path) -> None:
        self.items = [(title, f"Tue, 14 Nov 2023 20:{i:02}:00 GMT") for i, title in enumerate(TITLES)]
        self.clock = ManualClock()
        self.port = 0

    @asynccontextmanager
    async def source(self, positions: Positions) -> AsyncIterator[Source]:
        parser = FeedParser()
        async with (
            feed_server(port=self.port) as server,
            Fetcher("t/1", self.clock, allow_hosts=["127.0.0.1"]) as fetcher,
        ):
            self.port = server.port  # the address, and so the partition, stays the same when the source is built again
            self._publish(server)
            spec = FeedSpec(name="feed", url=server.url("/rss?token=hunter2"))
            if positions:
                self.clock.now += 24 * HOUR_MS
            yield RssSource(
                [spec],
                positions=positions,
                clock=self.clock,
                fetcher=fetcher,
                parser=parser,
                timer=self.clock.sleep,
                jitter=lambda: 0.0,
            )
        await parser.close()

    def _publish(self, server: FeedServer) -> None:
        server.pages["/rss"] = rss_page(*self.items, extra="<item><link>https://news.example/untitled</link></item>")

    def add(self, title: str) -> None:
        self.items.append((title, "Tue, 14 Nov 2023 21:00:00 GMT"))


class PushCase:
    durable, ordered, exact = False, True, False

    def __init__(self, tmp_path: Path) -> None:
        self.body = b"\n".join([*(line(t, i) for i, t in enumerate(TITLES)), b"{broken"])

    @asynccontextmanager
    async def source(self, positions: Positions) -> AsyncIterator[Source]:
        source = PushSource(clock=ManualClock(), deadline=30)

        async def client() -> None:
            while True:
                try:
                    await source.submit(self.body)
                    return
                except Busy:
                    await asyncio.sleep(0)

        task = asyncio.create_task(client())
        yield source
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def add(self, title: str) -> None:
        self.body = line(title)


CASES: list[Callable[[Path], Case]] = [MemoryCase, FileCase, RssCase, PushCase]


# Whoever pushes keeps what has not been answered: that source has no positions to be built again from.
DURABLE = [MemoryCase, FileCase, RssCase]


@pytest.fixture(params=CASES, ids=lambda case: case.__name__)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    made: Case = request.param(tmp_path)
    return made


def articles(deliveries: list[Delivery]) -> list[Article]:
    return [d.record for d in deliveries if isinstance(d.record, Article)]


def positions_of(deliveries: list[Delivery]) -> dict[str, dict[str, Any]]:
    return {d.position.partition: d.position.value for d in deliveries if d.position is not None}


async def read(source: Source, count: int, *, ack: bool = True) -> list[Delivery]:
    """Runs the source until it has handed over so many deliveries, then cancels it."""
    out: Channel[Delivery] = Channel(100)
    task = asyncio.create_task(source.run(out))
    try:
        return await take(out, count, ack=ack)
    finally:
        await stop(task)
        assert not out.closed


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task


def test_every_item_is_handed_over_once_in_order(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            got = await read(source, DELIVERIES)
        found = articles(got)
        titles = [article.title for article in found]
        assert (titles if case.ordered else sorted(titles)) == (TITLES if case.ordered else sorted(TITLES))
        assert len({article.key for article in found}) == len(TITLES)
        assert [d.record.reason for d in got if isinstance(d.record, Refusal)] in (["not_json"], ["no_title"])

    asyncio.run(scenario())


def test_a_position_is_json_and_stands_on_the_last_delivery_that_it_covers(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            got = await read(source, DELIVERIES)
            positions = [d.position for d in got if d.position is not None]
            assert bool(positions) == case.durable
            assert all(p.source == source.name and json.loads(json.dumps(p.value)) == p.value for p in positions)
            assert got[-1].position is not None or not case.durable

    asyncio.run(scenario())


@pytest.mark.parametrize("case", DURABLE, indirect=True, ids=lambda case: case.__name__)
def test_a_source_built_again_from_committed_positions_goes_on_where_it_stopped(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            first = await read(source, DELIVERIES)
        case.add("Zeta arrives")
        async with case.source(positions_of(first)) as source:
            second = await read(source, 1 if case.exact else DELIVERIES + 1)
        known = {article.key for article in articles(first)}
        fresh = [article.title for article in articles(second) if article.key not in known]
        assert fresh == ["Zeta arrives"]
        if case.exact:
            assert len(second) == 1

    asyncio.run(scenario())


def test_what_was_not_committed_is_read_again_with_the_same_keys(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            first = await read(source, DELIVERIES, ack=False)
            assert sum(health.items for health in source.health()) == 0
        async with case.source({}) as source:
            second = await read(source, DELIVERIES)
            assert sum(health.items for health in source.health()) == len(TITLES) or not case.durable
        assert {article.key for article in articles(first)} == {article.key for article in articles(second)}

    asyncio.run(scenario())


def test_a_full_channel_holds_the_source_and_cancelling_frees_it(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            full = asyncio.Event()
            out: Channel[Delivery] = Channel(1, on_full=full.set)
            task = asyncio.create_task(source.run(out))
            async with asyncio.timeout(20):
                await full.wait()
            assert len(out) == 1
            await stop(task)
            assert not out.closed

    asyncio.run(scenario())


def test_a_source_paused_from_the_start_hands_over_nothing_until_resumed(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            out: Channel[Delivery] = Channel(100)
            source.pause()
            task = asyncio.create_task(source.run(out))
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(out) == 0
            source.resume()
            assert len(articles(await take(out, DELIVERIES))) == len(TITLES)
            await stop(task)

    asyncio.run(scenario())


def test_health_names_each_partition_and_no_secret(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            before = source.health()
            got = await read(source, DELIVERIES)
            after = source.health()
        assert before
        assert all(isinstance(health.state, SourceState) for health in before + after)
        assert "hunter2" not in repr(before + after)
        assert "hunter2" not in repr([d.record for d in got])
        assert [health.partition for health in before] == [health.partition for health in after]

    asyncio.run(scenario())


def test_the_kafka_like_source_keeps_polling_while_paused() -> None:
    async def scenario() -> None:
        broker = MemoryBroker()
        source = MemorySource(broker, positions={}, clock=ManualClock())
        source.pause()
        task = asyncio.create_task(source.run(Channel(10)))
        await asyncio.sleep(0)
        before = source.polls
        broker.append("news/0", line("late"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert source.polls > before
        await stop(task)

    asyncio.run(scenario())
