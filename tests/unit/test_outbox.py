"""The outbox: every message leaves at least once, no endpoint waits for another."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest

from monitor.alerts.outbox import Outbox
from monitor.alerts.protocol import Final, OutboxMessage, Outcome, Retryable
from monitor.alerts.retry import DELAYS_MS, TRIES, next_delay_ms
from monitor.records import HOUR_MS
from monitor.storage import queries
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.effects import Effects, OutboxRow
from monitor.storage.store import Store
from tests.fakes_notifier import MemoryNotifier, MemoryOutboxStore, Message
from tests.postgresql import Place


async def serve(outbox: Outbox, until: Callable[[], Awaitable[None]]) -> None:
    serving = asyncio.create_task(outbox.run())
    try:
        async with asyncio.timeout(20):
            await until()
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def settled(store: MemoryOutboxStore) -> Callable[[], Awaitable[None]]:
    async def wait() -> None:
        while any(row.status == "pending" for row in store.rows.values()):
            store.marked.clear()
            await store.marked.wait()

    return wait


def fails(*errors: Exception) -> Callable[[OutboxMessage], None]:
    left = list(errors)

    def give(message: OutboxMessage) -> None:
        if left:
            raise left.pop(0)

    return give


def test_twelve_tries_span_more_than_76_hours_whatever_the_jitter() -> None:
    for jitter in (0.0, 0.5, 0.999):
        delays = [next_delay_ms(made, jitter) for made in range(1, TRIES)]
        assert None not in delays
        assert sum(delay or 0 for delay in delays) >= 76 * HOUR_MS
        assert next_delay_ms(TRIES, jitter) is None
    assert TRIES == 12
    assert sorted(DELAYS_MS) == list(DELAYS_MS)


def test_what_the_endpoint_asks_for_is_honoured_up_to_a_day() -> None:
    assert next_delay_ms(1, 0.0, 3_600) == HOUR_MS
    assert next_delay_ms(1, 0.0, 1) == DELAYS_MS[0]
    assert next_delay_ms(1, 0.0, 1e18) == 24 * HOUR_MS


def test_due_messages_leave_once_and_are_marked() -> None:
    async def scenario() -> None:
        store, notifier = MemoryOutboxStore(), MemoryNotifier()
        store.add(*(Message(f"m{n:02d}") for n in range(50)))
        await serve(Outbox(store, [notifier], clock=lambda: 0), settled(store))
        assert notifier.received == [f"m{n:02d}" for n in range(50)]
        assert {row.last_status for row in store.rows.values()} == {200}

    asyncio.run(scenario())


def test_a_waiting_outbox_is_woken_by_new_rows_and_reads_nothing_before() -> None:
    async def scenario() -> None:
        store, notifier = MemoryOutboxStore(), MemoryNotifier()
        outbox = Outbox(store, [notifier], clock=lambda: 0)

        async def commit() -> None:
            await store.looked.wait()
            for _ in range(100):  # an outbox that polls would read on
                await asyncio.sleep(0)
            assert store.reads == 1
            store.add(Message("late"))
            outbox.wake()
            await settled(store)()
            for _ in range(100):
                await asyncio.sleep(0)
            assert store.reads == 3

        await serve(outbox, commit)
        assert notifier.received == ["late"]

    asyncio.run(scenario())


def test_a_message_waits_for_its_time() -> None:
    async def scenario() -> None:
        now = 1_000
        store, notifier = MemoryOutboxStore(), MemoryNotifier()
        store.add(Message("later"), due_at=1_050)

        def clock() -> int:
            nonlocal now
            now += 10
            return now

        await serve(Outbox(store, [notifier], clock=clock), settled(store))
        assert now >= 1_050

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("errors", "status", "tries"),
    [
        ([Retryable("http_503", status=503)] * 3, "sent", 4),
        ([Retryable("timeout")] * 12, "dead", 12),
        ([Final("http_404", 404)], "dead", 1),
        ([Retryable("timeout"), Final("http_400", 400)], "dead", 2),
        ([ValueError("a fault of ours")], "sent", 2),
    ],
)
def test_tries_end_as_they_should(errors: list[Exception], status: str, tries: int) -> None:
    async def scenario() -> None:
        store, notifier = MemoryOutboxStore(), MemoryNotifier(answer=fails(*errors))
        store.add(Message("m"))
        days = itertools.count(0, 86_400_000 * 2)
        seen: list[str] = []
        outbox = Outbox(
            store, [notifier], clock=lambda: next(days), observe=lambda endpoint, outcome: seen.append(outcome)
        )
        await serve(outbox, settled(store))
        row = store.rows["m"]
        assert (row.status, row.message.tries) == (status, tries)
        assert seen == ["retry"] * (tries - 1) + [status]

    asyncio.run(scenario())


def test_a_hanging_endpoint_harms_no_other() -> None:
    class Hanging(MemoryNotifier):
        async def send(self, message: OutboxMessage) -> Outcome:
            await asyncio.Event().wait()
            raise AssertionError

    async def scenario() -> None:
        store, live = MemoryOutboxStore(), MemoryNotifier("live")
        store.add(*(Message(f"d{n}", endpoint="dead") for n in range(30)))
        store.add(*(Message(f"l{n}", endpoint="live") for n in range(30)))

        async def all_live() -> None:
            while len(live.received) < 30:
                live.changed.clear()
                await live.changed.wait()
                await asyncio.sleep(0)

        await serve(Outbox(store, [Hanging("dead"), live], clock=lambda: 0), all_live)

    asyncio.run(scenario())


def test_while_the_store_takes_nothing_the_message_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.alerts.outbox._STORE_PAUSES_S", (0.0,))

    async def scenario() -> None:
        store, notifier = MemoryOutboxStore(), MemoryNotifier()
        store.unavailable = 5
        store.add(Message("m"))
        await serve(Outbox(store, [notifier], clock=lambda: 0), settled(store))
        assert notifier.received == ["m"]

    asyncio.run(scenario())


def test_two_endpoints_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        Outbox(MemoryOutboxStore(), [MemoryNotifier(), MemoryNotifier()], clock=lambda: 0)


def test_over_a_real_store_it_goes_on_after_a_restart(place: Place) -> None:
    path = place("b")

    async def first_life() -> None:
        with Store.open(path) as store:
            store.commit(Effects(outbox=[OutboxRow(f"m{n}", "alert", "desk", "{}", n, n) for n in range(3)]))
            rows = StoredOutbox(store)
            assert [m.id for m in await rows.due("desk", 1, 10)] == ["m0", "m1"]
            assert await rows.next_due("desk") == 0
            assert await rows.next_due("other") is None
            await rows.mark_sent("m0", 5, 204)
            await rows.mark_retry("m1", 6, 60, 503, "http_503")
            assert await rows.next_due("desk") == 2

    async def second_life() -> None:
        with Store.open(path) as store:
            rows = StoredOutbox(store)
            assert [(m.id, m.tries) for m in await rows.due("desk", 100, 10)] == [("m2", 0), ("m1", 1)]
            notifier = MemoryNotifier(answer=fails(Final("http_404", 404)))

            seen: list[str] = []
            both = asyncio.Event()

            def observe(endpoint: str, outcome: str) -> None:
                seen.append(outcome)
                if len(seen) == 2:
                    both.set()

            async def done() -> None:
                await both.wait()

            await serve(Outbox(rows, [notifier], clock=lambda: 100, observe=observe), done)
            assert seen == ["dead", "sent"]
            assert notifier.received == ["m1"]
            listed = {d.id: (d.status, d.tries, d.last_status, d.last_error) for d in store.read(queries.deliveries)}
            assert listed == {
                "m0": ("sent", 1, 204, ""),
                "m1": ("sent", 2, 200, ""),
                "m2": ("dead", 1, 404, "http_404"),
            }

    asyncio.run(first_life())
    asyncio.run(second_life())
