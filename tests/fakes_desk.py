"""A daemon's side of the desk over a real store, without news: the socket, the mutes, the outbox it wakes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.admin.desk import Desk
from monitor.admin.server import AdminServer
from monitor.records import Alert
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.effects import Effects, OutboxRow, outbox_id
from monitor.storage.mutes import turn_of
from monitor.storage.store import Store
from tests.store_samples import NOON, spike_row


def told(store: Store, number: int = 1, *, series: str = "market", statuses: tuple[str, ...] = ("firing",)) -> str:
    """An alert with these transitions, each with a delivery to `desk` and `log`; gives its id.

    Open unless its end is among them.
    """
    closed_at = NOON + 100 if "resolved" in statuses else None
    held = spike_row(number, closed_at=closed_at, series=series)
    body = {"id": held.spike.id, "series": series, "label": "Market", "in_words": "nine", "severity": "warning"}
    alerts = [Alert(held.spike.id, s, NOON, "warning", {**body, "status": s, "opened_at": "then"}) for s in statuses]
    rows = [
        OutboxRow(outbox_id(alert, name), alert.id, name, '{"n":9}', NOON, NOON, turn_of(alert.status))
        for alert in alerts
        for name in ("desk", "log")
    ]
    store.commit(Effects(spikes=[held], alerts=alerts, outbox=rows))
    return held.spike.id


def died(store: Store, *ids: str) -> None:
    """These deliveries are given up."""
    for name in ids:
        asyncio.run(StoredOutbox(store).mark_dead(name, NOON, 410, "http_410"))


def closes(store: Store, number: int = 1, series: str = "market") -> None:
    """The end of an alert that `told` told the firing of."""
    held = spike_row(number, closed_at=NOON + 100, series=series)
    alert = Alert(held.spike.id, "resolved", NOON, "warning", {"series": series})
    rows = [
        OutboxRow(outbox_id(alert, name), alert.id, name, "{}", NOON, NOON, turn_of("resolved"))
        for name in ("desk", "log")
    ]
    store.commit(Effects(spikes=[held], alerts=[alert], outbox=rows))


@dataclass
class Clock:
    """A machine's clock that stands still until it is set."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now


@dataclass
class Running:
    """What `running_desk` gives: the store and how often the page and the outbox were told to look again."""

    store: Store
    desk: Desk
    clock: Clock
    touched: list[int] = field(default_factory=list)


@contextlib.asynccontextmanager
async def serving_desk(path: Path, endpoints: Sequence[str] = ("desk", "log")) -> AsyncIterator[Running]:
    """The daemon's desk and socket in this loop."""
    clock = Clock()
    with Store.open(path, holder="a test's daemon") as store:
        made = Running(
            store, Desk(store, clock=clock, endpoints=endpoints, on_done=lambda: made.touched.append(1)), clock
        )
        async with serving_admin(AdminServer(store.beside, made.desk.perform)):
            yield made


@contextlib.asynccontextmanager
async def serving_admin(server: AdminServer) -> AsyncIterator[None]:
    """The socket, from when it can be asked."""
    ready = asyncio.Event()
    serving = asyncio.create_task(server.run(ready.set))
    try:
        async with asyncio.timeout(20):
            await ready.wait()
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@contextlib.contextmanager
def running_desk(path: Path, endpoints: Sequence[str] = ("desk", "log")) -> Iterator[Running]:
    """The same in a thread of its own, for what asks without a loop."""
    began, end = threading.Event(), asyncio.Event()
    made: list[Running] = []
    loop = asyncio.new_event_loop()

    async def live() -> None:
        try:
            async with serving_desk(path, endpoints) as running:
                made.append(running)
                began.set()
                await end.wait()
        finally:
            began.set()

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(live())

    thread = threading.Thread(target=work, name="desk")
    thread.start()
    assert began.wait(20) and made
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(20)
