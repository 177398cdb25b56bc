"""Brokers that die, stall and lie, and the network between: nothing hangs, nothing is lost, and it is said."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

import pytest

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.kafka.connection import Connection
from monitor.kafka.handler import Group
from monitor.records import Article
from monitor.sources.kafka import KafkaSource, KafkaStalledError
from monitor.sources.kafka_ledger import Reading
from monitor.sources.protocol import SourceState
from tests.fakes_source import take
from tests.kafka.broker import Broker
from tests.kafka.oracle import Oracle, Record
from tests.kafka.proxy import BLACK_HOLE, FAULTS, HALF_OPEN_UP, Proxy
from tests.kafka.test_source import line, now_ms, running, until

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
HEALED_S = 30.0
SHORT = ("slices", "refuse", "black hole", "half open, up only")

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(1_800 if LONG else 300)]


def source_at(bootstrap: str, *, stall_s: float = 60.0) -> KafkaSource:
    group = Group("watchers", ("news",), session_s=6.0)
    reading = Reading("news", Connection((bootstrap,)), group, start="earliest")
    return KafkaSource(reading, positions={}, clock=now_ms, stall_s=stall_s)


async def ids(out: Channel[Delivery], found: list[str], count: int, seconds: float) -> None:
    """Takes until so many articles are there."""
    async with asyncio.timeout(seconds):
        while len(found) < count:
            found += [d.record.key for d in await take(out, 1, seconds=seconds) if isinstance(d.record, Article)]


def wanted(count: int) -> list[str]:
    return [f"news:n{i}" for i in range(count)]


@pytest.mark.parametrize("fault", FAULTS if LONG else SHORT)
async def test_records_come_again_within_seconds_of_healing(proxied: tuple[Broker, Proxy], fault: str) -> None:
    broker, proxy = proxied
    oracle = Oracle(broker.bootstrap)
    oracle.create("news")
    oracle.produce("news", [Record(line(i)) for i in range(50)])
    found: list[str] = []
    source = source_at(proxy.bootstrap)
    async with running(source) as out:
        await ids(out, found, 50, HEALED_S)
        proxy.inject(FAULTS[fault])
        oracle.produce("news", [Record(line(i)) for i in range(50, 100)])
        cpu, began = time.process_time(), time.monotonic()
        await asyncio.sleep((60 if fault == "refuse" else 12) if LONG else 4)  # the fault's own time
        busy = (time.process_time() - cpu) / (time.monotonic() - began)
        proxy.heal()
        healed = time.monotonic()
        await ids(out, found, 100, HEALED_S)
        print(f"{fault}: progress {time.monotonic() - healed:.1f} s after healing, {busy:.0%} of a core meanwhile")
        await until(lambda: not source.unready())
    assert found == wanted(100)
    assert busy < 0.5


@pytest.mark.parametrize("fault", [BLACK_HOLE, HALF_OPEN_UP], ids=["black hole", "half open"])
async def test_a_broker_that_says_nothing_is_said_and_waited_for(proxied: tuple[Broker, Proxy], fault: object) -> None:
    broker, proxy = proxied
    oracle = Oracle(broker.bootstrap)
    oracle.create("news")
    proxy.inject(fault)  # type: ignore[arg-type]
    source = source_at(proxy.bootstrap)
    found: list[str] = []
    async with running(source) as out:
        await until(source.unready, 40)
        assert source.health()[0].state is SourceState.FAILING
        print(source.unready())
        proxy.heal()
        oracle.produce("news", [Record(line(0))])
        await ids(out, found, 1, HEALED_S)
        await until(lambda: not source.unready())


async def test_killed_again_and_again_the_broker_loses_no_reader(own_broker: Callable[..., Broker]) -> None:
    broker = own_broker()
    oracle = Oracle(broker.bootstrap)
    oracle.create("news")
    found: list[str] = []
    count = 0
    source = source_at(broker.bootstrap)
    async with running(source) as out:
        for death in range(20 if LONG else 3):
            oracle.produce("news", [Record(line(i)) for i in range(count, count + 20)])
            count += 20
            await ids(out, found, count - 10, HEALED_S)
            (broker.kill if death % 2 == 0 else broker.stop)()
            await until(source.unready, 20)
            await asyncio.to_thread(broker.start)
            began = time.monotonic()
            oracle.produce("news", [Record(line(i)) for i in range(count, count + 20)])
            count += 20
            await ids(out, found, count, HEALED_S)
            print(f"death {death}: progress {time.monotonic() - began:.1f} s after the start")
    # The last ten of a killed broker's batch may come from before and after: each once all the same.
    assert found == wanted(count)


async def test_a_broker_that_is_down_at_the_start_is_waited_for(own_broker: Callable[..., Broker]) -> None:
    broker = own_broker()
    oracle = Oracle(broker.bootstrap)
    oracle.create("news")
    oracle.produce("news", [Record(line(0))])
    broker.kill()
    source = source_at(broker.bootstrap)
    found: list[str] = []
    async with running(source) as out:
        await until(source.unready, 20)
        await asyncio.sleep(60 if LONG else 1)
        await asyncio.to_thread(broker.start)
        await ids(out, found, 1, HEALED_S)


async def test_a_stopped_process_goes_on_without_a_record_lost_or_twice(own_broker: Callable[..., Broker]) -> None:
    """The broker's own pause stands for ours: past the session's timeout the group has lost this member."""
    broker = own_broker()
    oracle = Oracle(broker.bootstrap)
    oracle.create("news")
    oracle.produce("news", [Record(line(i)) for i in range(5)])
    source = source_at(broker.bootstrap)
    found: list[str] = []
    async with running(source) as out:
        await ids(out, found, 5, HEALED_S)
        broker.pause()
        await asyncio.sleep(8)  # past the session's 6 s
        broker.resume()
        oracle.produce("news", [Record(line(i)) for i in range(5, 10)])
        await ids(out, found, 10, HEALED_S)
    assert found == wanted(10)


async def test_a_consumer_that_is_given_nothing_is_replaced_and_three_end_the_source(
    own_broker: Callable[..., Broker], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = own_broker()
    oracle = Oracle(broker.bootstrap)
    oracle.create("news")
    oracle.produce("news", [Record(line(i)) for i in range(5)])
    # As a consumer that hangs inside: it polls, and records never come.
    monkeypatch.setattr("monitor.kafka.reader.Reader._hand_over", lambda self, messages: None)
    source = source_at(broker.bootstrap, stall_s=1.0)
    with pytest.raises(KafkaStalledError, match="records wait, and none came for 1 s, 3 consumers in a row"):
        async with asyncio.timeout(60):
            await source.run(Channel(100))
    assert source.ledger.counters.rebuilds == 2
