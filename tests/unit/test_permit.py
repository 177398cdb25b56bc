"""Nothing goes out while the lease on the store is not confirmed, and all of it goes out once it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.alerts.outbox import Outbox
from monitor.alerts.standing import AlertmanagerSender
from monitor.endpoints import outgoing_session
from monitor.kafka.handler import Record
from monitor.kafka.producer import Outgoing
from monitor.publish import Publisher
from monitor.records import Refusal
from monitor.sources.dead_letters import DeadLetters
from monitor.sources.kafka_session import Session
from monitor.storage.standing import StoredStanding
from monitor.storage.store import Store
from tests.fakes_alertmanager import alertmanager
from tests.fakes_notifier import MemoryNotifier, MemoryOutboxStore, Message
from tests.store_samples import whole_batch
from tests.unit.test_outbox import serve, settled
from tests.unit.test_standing import ONE, rig, serving


class Lease:
    """A permit that is given and taken. asked: set when somebody waits for it."""

    def __init__(self) -> None:
        self._confirmed = asyncio.Event()
        self.asked = asyncio.Event()

    def given(self) -> bool:
        return self._confirmed.is_set()

    async def wait(self) -> None:
        self.asked.set()
        await self._confirmed.wait()

    def give(self) -> None:
        self._confirmed.set()

    def take(self) -> None:
        self._confirmed.clear()


class Topic:
    """A `Sends` that keeps what it is sent."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.sent = asyncio.Event()

    async def send(self, records: Sequence[Outgoing]) -> None:
        self.records += records
        self.sent.set()


async def many_turns() -> None:
    """Whoever could act by now has."""
    for _ in range(200):
        await asyncio.sleep(0)


def test_the_outbox_holds_a_message_back_and_counts_no_try() -> None:
    async def scenario() -> None:
        store, notifier, lease = MemoryOutboxStore(), MemoryNotifier(), Lease()
        store.add(Message("m1"), Message("m2"))

        async def until() -> None:
            await lease.asked.wait()
            await many_turns()
            assert notifier.received == []
            assert {row.status for row in store.rows.values()} == {"pending"}
            lease.give()
            await settled(store)()

        await serve(Outbox(store, [notifier], clock=lambda: 0, permit=lease), until)
        assert notifier.received == ["m1", "m2"]

    asyncio.run(scenario())


def test_an_alertmanager_is_told_nothing_old(tmp_path: Path) -> None:
    """A round that waited for the lease reads the store after it: what it would have told before may have ended."""

    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            lease = Lease()
            stored = StoredStanding(made.store, made.clock)
            sender = AlertmanagerSender(stored, [made.instance("am", server)], clock=made.clock, permit=lease)
            made.do("open", ONE)

            async def until() -> None:
                await lease.asked.wait()
                await many_turns()
                assert server.asked == 0
                made.clock.minute = 7.0
                made.do("close", ONE)
                lease.give()
                await server.until(lambda: len(server.taken) == 1)

            await serving(sender, until)
            assert [alert["endsAt"] for alert in server.taken[0]] == ["2023-11-15T12:07:00Z"]  # its end, not a lease's

    asyncio.run(scenario())


def test_a_round_that_lost_the_lease_after_it_had_read_posts_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            lease = Lease()
            lease.give()

            class Stopped(StoredStanding):
                async def standing(self, *given: object) -> object:  # type: ignore[override]
                    found = await super().standing(*given)  # type: ignore[arg-type]
                    lease.take()
                    return found

            stored = Stopped(made.store, made.clock)
            posted: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
            sender = AlertmanagerSender(
                stored,
                [made.instance("am", server)],
                clock=made.clock,
                permit=lease,
                posted=lambda *told: posted.put_nowait(told),
            )
            made.do("open", ONE)

            async def until() -> None:
                assert await posted.get() == ("am", False)

            await serving(sender, until)
            assert server.asked == 0
            assert made.rows("am") == {f"{ONE}:firing": ("pending", 1, "no_lease")}

    asyncio.run(scenario())


def test_a_connection_made_while_the_process_was_stopped_carries_nothing() -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(alertmanager())
            lease = Lease()
            session = await stack.enter_async_context(outgoing_session(server.url, ["127.0.0.1"], lease))
            for before in (0, 1):  # on a new connection, and on one that is kept
                lease.take()
                with pytest.raises(OSError, match="lease"):
                    await session.post(f"{server.url}/api/v2/alerts", json=[])
                assert server.asked == before
                lease.give()
                async with session.post(f"{server.url}/api/v2/alerts", json=[]) as response:
                    assert response.status == 200
            assert server.asked == 2

    asyncio.run(scenario())


def test_stored_articles_are_published_only_under_the_lease(tmp_path: Path) -> None:
    async def scenario() -> None:
        with Store.open(tmp_path / "b.db") as store:
            topic, lease = Topic(), Lease()
            publisher = Publisher(store, topic, "scored", permit=lease)
            store.commit(whole_batch(1))
            running = asyncio.create_task(publisher.run())
            try:
                async with asyncio.timeout(20):
                    await lease.asked.wait()
                    await many_turns()
                    assert topic.records == []
                    lease.give()
                    await topic.sent.wait()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scenario())


def test_dead_letters_are_sent_only_under_the_lease() -> None:
    async def scenario() -> None:
        topic, lease = Topic(), Lease()
        letters = DeadLetters("letters", topic, lambda reason: None, lease)
        record = Record("news", 0, 7, None, None, b"{")
        sending = asyncio.create_task(letters.send([(record, Refusal("kafka", "not_json", "news/0:7", "", "{", 0))]))
        await lease.asked.wait()
        await many_turns()
        assert topic.records == []
        lease.give()
        await asyncio.wait_for(sending, 20)
        assert [letter.value for letter in topic.records] == [b"{"]

    asyncio.run(scenario())


def test_offsets_are_committed_to_kafka_only_while_the_lease_is_confirmed() -> None:
    """What a resumed process commits would move its successor's group back."""
    lease, stored = Lease(), {("news", 0): 7}
    ledger = SimpleNamespace(committed=lambda assigned: stored)
    reader = SimpleNamespace(gauges=SimpleNamespace(assigned=1))
    session: Any = SimpleNamespace(_permit=lease, _ledger=ledger, reader=reader)
    assert Session._mirror(session) == {}
    lease.give()
    assert Session._mirror(session) == stored
