"""Mutes: what stays here while one lasts, what goes out all the same, and what is heard when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from monitor.admin.desk import Desk
from monitor.admin.requests import Mute, Unmute
from monitor.alerts.outbox import Outbox
from monitor.records import HOUR_MS
from monitor.storage import mutes, queries
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from tests.fakes_desk import Clock, closes, told
from tests.fakes_notifier import MemoryNotifier, MemoryOutboxStore, Message
from tests.postgresql import Place
from tests.store_samples import NOON, whole_batch

UNTIL = NOON + HOUR_MS


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store.open(place("b")) as opened:
        yield opened


def mute(store: Store, series: str = "market", until: int = UNTIL, at: int = NOON) -> int:
    return store.write_now(lambda db: mutes.add_mute(db, series, until=until, who="ann", why="known", at=at, via="cli"))


def settle(store: Store, *, at: int = NOON) -> list[str]:
    """Lets the outbox work until nothing is due; gives what `desk` received, by transition."""
    desk, log = MemoryNotifier("desk"), MemoryNotifier("log")

    async def scene() -> None:
        marked = asyncio.Event()
        outbox = Outbox(StoredOutbox(store), [desk, log], clock=lambda: at, observe=lambda *_: marked.set())
        serving = asyncio.create_task(outbox.run())
        async with asyncio.timeout(20):
            while await store.read_async(queries.deliveries_pending):
                await marked.wait()
                marked.clear()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(scene())
    return [message.removesuffix(":desk") for message in desk.received]


def statuses(store: Store) -> dict[str, str]:
    rows = store.read(queries.deliveries, endpoint="desk")
    return {row.id.removesuffix(":desk"): row.status for row in rows}


def test_a_muted_series_sends_nothing_and_its_alert_is_stored_all_the_same(store: Store) -> None:
    number = mute(store)
    told(store, 1)
    told(store, 2, series="topic:banking")
    assert settle(store) == ["topic:banking@2#ab:firing"]
    assert statuses(store) == {"market@1#ab:firing": "muted", "topic:banking@2#ab:firing": "sent"}
    (row,) = store.read(queries.deliveries, status="muted", endpoint="desk")
    assert (row.mute_id, row.tries, row.last_error) == (number, 0, "")
    assert {alert.id for alert in store.read(queries.alerts_recent, 9)} == {"market@1#ab", "topic:banking@2#ab"}


def test_no_try_is_made_and_the_muted_are_counted() -> None:
    async def scene() -> None:
        store, notifier, seen = MemoryOutboxStore(), MemoryNotifier(), list[tuple[str, str]]()
        store.add(Message("a"), Message("b"))
        store.muted["a"] = 7
        outbox = Outbox(store, [notifier], clock=lambda: 0, observe=lambda *what: seen.append(what))
        serving = asyncio.create_task(outbox.run())
        async with asyncio.timeout(20):
            while any(row.status == "pending" for row in store.rows.values()):
                store.marked.clear()
                await store.marked.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        assert notifier.received == ["b"] and sorted(seen) == [("desk", "muted"), ("desk", "sent")]
        assert store.rows["a"].message.tries == 0

    asyncio.run(scene())


def test_a_mute_that_ends_between_the_look_and_the_mark_holds_nothing_back(store: Store) -> None:
    """What ends a mute lets go of what is muted by then: marked after it, a message would wait for nobody."""
    told(store)
    mute(store)

    class Slow(StoredOutbox):
        async def mute_over(self, entry_id: str, now: int) -> int | None:
            found = await super().mute_over(entry_id, now)
            if found is not None:
                await store.write(lambda db: (mutes.end_mutes(db, "market", "ann", NOON), mutes.release(db, NOON)))
            return found

    async def scene() -> None:
        sent = asyncio.Event()
        notifier, seen = MemoryNotifier("desk"), list[str]()

        def observe(_endpoint: str, outcome: str) -> None:
            seen.append(outcome)
            sent.set()

        serving = asyncio.create_task(Outbox(Slow(store), [notifier], clock=lambda: NOON, observe=observe).run())
        async with asyncio.timeout(20):
            await sent.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        assert (notifier.received, seen) == (["market@1#ab:firing:desk"], ["sent"])

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("series", "until", "at", "over"),
    [
        ("market", UNTIL, NOON, True),
        ("market", UNTIL, UNTIL - 1, True),
        ("market", UNTIL, UNTIL, False),
        ("topic:market", UNTIL, NOON, False),
        ("market", NOON + 1, NOON + 2, False),
    ],
)
def test_a_mute_is_over_its_series_until_its_end_and_over_nothing_else(
    store: Store, series: str, until: int, at: int, over: bool
) -> None:
    told(store)
    mute(store, series, until)
    assert (store.read(mutes.mute_over, "market@1#ab:firing:desk", at) is not None) == over
    assert ("market" in store.read(mutes.muted_series, at)) == over


def test_the_end_of_an_alert_reaches_whom_its_beginning_reached_and_nobody_else(store: Store) -> None:
    """A pager that rang before the mute must not stay open in somebody's hand until the mute is over."""
    told(store, 1)
    assert settle(store) == ["market@1#ab:firing"]
    mute(store)
    told(store, 2)  # begins while it is muted: nobody hears of it
    closes(store, 1)
    closes(store, 2)
    assert settle(store) == ["market@1#ab:resolved"]
    assert statuses(store) == {
        "market@1#ab:firing": "sent",
        "market@1#ab:resolved": "sent",
        "market@2#ab:firing": "muted",
        "market@2#ab:resolved": "muted",
    }


def test_an_alert_that_a_mute_kept_back_and_that_ends_as_the_mute_does_is_not_told_as_over(store: Store) -> None:
    """Nobody can do anything with the end of what they never heard of."""
    mute(store)
    told(store)
    assert settle(store) == []
    closes(store)
    assert settle(store, at=UNTIL + 1) == []  # the mute's time is over, and no daemon has sent what goes on
    assert statuses(store) == {"market@1#ab:firing": "muted", "market@1#ab:resolved": "muted"}


def test_the_end_goes_by_endpoint_one_that_never_took_the_beginning_hears_no_end(store: Store) -> None:
    told(store, 1)
    asyncio.run(StoredOutbox(store).mark_sent("market@1#ab:firing:log", NOON, 200))
    asyncio.run(StoredOutbox(store).mark_dead("market@1#ab:firing:desk", NOON, 404, "http_404"))
    mute(store)
    closes(store, 1)
    assert settle(store) == []
    rows = {row.id: row.status for row in store.read(queries.deliveries)}
    assert rows["market@1#ab:resolved:desk"] == "muted" and rows["market@1#ab:resolved:log"] == "sent"


def test_a_beginning_that_may_have_arrived_has_its_end_sent(store: Store) -> None:
    """A pager that rang, and whose answer was lost on its way, must not be left ringing."""
    told(store, 1)
    asyncio.run(StoredOutbox(store).mark_retry("market@1#ab:firing:desk", NOON, NOON, None, "timeout"))
    asyncio.run(StoredOutbox(store).mark_retry("market@1#ab:firing:log", NOON, NOON, 503, "http_503"))
    mute(store)
    closes(store, 1)
    assert settle(store) == ["market@1#ab:resolved"]
    rows = {row.id: row.status for row in store.read(queries.deliveries)}
    assert rows["market@1#ab:firing:desk"] == rows["market@1#ab:resolved:log"] == "muted"


def test_what_was_tested_or_is_no_series_of_the_store_is_never_muted(store: Store) -> None:
    """`alert test` has no spike: it must arrive even while the market is muted."""
    rows = whole_batch(1).outbox
    store.commit(Effects(outbox=rows))
    mute(store)
    assert store.read(mutes.mute_over, rows[0].id, NOON) is None


def run_desk(
    store: Store, clock: Clock, until: Callable[[], bool], act: Callable[[Desk], object] | None = None
) -> None:
    """The daemon's loop over mutes until something is so."""

    async def scene() -> None:
        changed = asyncio.Event()
        desk = Desk(store, clock=clock, endpoints=["desk", "log"], on_done=changed.set)
        running = asyncio.create_task(desk.run())
        if act is not None:
            await act(desk)
        async with asyncio.timeout(20):
            while not until():
                changed.clear()
                await changed.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scene())


def test_when_a_mute_ends_the_present_state_of_an_open_alert_is_sent_once(store: Store) -> None:
    """Two hours of silence were asked for, not silence about what still goes on after them."""
    mute(store)
    told(store, 1, statuses=("firing", "update-1", "update-2"))
    told(store, 2, statuses=("firing", "resolved"))
    assert settle(store) == []
    run_desk(store, Clock(UNTIL), lambda: bool(store.read(queries.deliveries_pending)))
    assert settle(store, at=UNTIL) == ["market@1#ab:update-2"]
    (ended,) = store.read(lambda db: mutes.mutes(db, UNTIL, ended=True))
    assert (ended.ended_at, ended.ended_by) == (UNTIL, "")
    assert {name: status for name, status in statuses(store).items() if status == "sent"} == {
        "market@1#ab:update-2": "sent"
    }


def test_unmuting_before_the_time_sends_it_too(store: Store) -> None:
    mute(store)
    told(store)
    settle(store)
    run_desk(
        store,
        Clock(),
        lambda: bool(store.read(queries.deliveries_pending)),
        lambda desk: desk.perform(Unmute("market")),
    )
    assert settle(store) == ["market@1#ab:firing"]


def test_of_two_mutes_over_one_series_the_later_end_counts(store: Store) -> None:
    mute(store)
    mute(store, until=UNTIL + HOUR_MS)
    told(store)
    settle(store)
    over = lambda: store.read(mutes.next_end) == UNTIL + HOUR_MS  # noqa: E731
    run_desk(store, Clock(UNTIL), over)
    assert statuses(store) == {"market@1#ab:firing": "muted"}
    assert settle(store, at=UNTIL) == [] and statuses(store) == {"market@1#ab:firing": "muted"}
    run_desk(store, Clock(UNTIL + HOUR_MS), lambda: bool(store.read(queries.deliveries_pending)))
    assert settle(store, at=UNTIL + HOUR_MS) == ["market@1#ab:firing"]


def test_a_state_that_was_sent_before_the_mute_is_not_sent_again_after_it(store: Store) -> None:
    told(store)
    assert settle(store) == ["market@1#ab:firing"]
    mute(store)
    run_desk(store, Clock(UNTIL), lambda: store.read(mutes.next_end) is None)
    assert settle(store, at=UNTIL) == []
    assert store.write_now(lambda db: mutes.release(db, UNTIL)) == 0


def test_a_mute_that_ended_while_no_daemon_ran_ends_at_the_start(store: Store) -> None:
    mute(store)
    told(store)
    settle(store)
    run_desk(store, Clock(UNTIL + 9 * HOUR_MS), lambda: bool(store.read(queries.deliveries_pending)))
    assert settle(store, at=UNTIL + 9 * HOUR_MS) == ["market@1#ab:firing"]


def test_a_mute_given_while_the_daemon_waits_ends_at_its_own_time(store: Store) -> None:
    """The loop that waits for nothing, or for a later end, learns of the new one."""
    mute(store, "topic:banking", until=NOON + 1)
    clock = Clock(NOON + 1)

    async def scene() -> None:
        looked = asyncio.Event()
        desk = Desk(store, clock=clock, endpoints=["desk", "log"], on_done=looked.set)
        running = asyncio.create_task(desk.run())
        async with asyncio.timeout(20):
            await looked.wait()  # the first mute has ended: none is left to wait for
            await desk.perform(Mute("market", NOON + 30, "ann", "known"))
            clock.now = NOON + 30
            while await store.read_async(mutes.next_end) is not None:
                looked.clear()
                await looked.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scene())
    assert [row.ended_at for row in store.read(lambda db: mutes.mutes(db, NOON, ended=True))] == [NOON + 30, NOON + 1]
