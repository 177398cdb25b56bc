"""What stands, for those who have to tell it over and over: open spikes, and ends that an endpoint took lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select

from monitor.records import Alert
from monitor.storage import schema
from monitor.storage.deliveries import PENDING, StoredOutbox
from monitor.storage.effects import outbox_id
from monitor.storage.mutes import mute_over, muted_series
from monitor.storage.rebuild import chunks
from monitor.storage.store import Store


class StoredStanding(StoredOutbox):
    """What `alerts.standing` works from, over a store. clock: ms, the machine's, by which mutes end."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        super().__init__(store)
        self._clock = clock

    async def standing(self, endpoint: str, since: int) -> list[tuple[Alert, str]]:
        """Transitions of spikes that are open, or have a row of the endpoint that is pending or was sent since (ms).

        Each with the id of its own row for the endpoint while that is pending, else "". What a mute keeps back is left
        out, and its rows are put aside; what was told before stays told, since silence would resolve it.
        """
        now = self._clock()
        found, held = await self._store.read_async(_standing, endpoint, since, now)
        for row in held:
            await self.mark_muted(row, now)
        return found

    async def settle(
        self, rows: Sequence[str], status: str, at: int, *, due_at: int | None, last_status: int | None, error: str
    ) -> None:
        """Counts a try of these rows and says how it went, in one transaction; see `StoredOutbox`."""
        await self.mark(*rows, at=at, status=status, due_at=due_at, last_status=last_status, error=error)


def _standing(connection: Connection, endpoint: str, since: int, now: int) -> tuple[list[tuple[Alert, str]], list[str]]:
    """What stands, and pending rows that a mute holds."""
    spike, row, alert = schema.spikes.c, schema.outbox.c, schema.alerts
    mine = select(row.id, row.alert_id).where(row.endpoint == endpoint)
    pending = {found.id: found.alert_id for found in connection.execute(mine.where(row.status == PENDING))}
    lately = connection.execute(mine.where(row.updated_at >= since, row.status == "sent"))
    wanted = {*pending.values(), *(found.alert_id for found in lately)}
    wanted.update(connection.execute(select(spike.id).where(spike.closed_at.is_(None))).scalars())
    muted = muted_series(connection, now)
    held = [name for name in pending if mute_over(connection, name, now) is not None] if muted else []
    quiet = {*held, *_put_aside(connection, endpoint, muted)}
    found = []
    for chunk in chunks(sorted(wanted)):
        rows = connection.execute(select(alert).where(alert.c.id.in_(chunk)).order_by(alert.c.at, alert.c.id))
        for each in (Alert(**row._mapping) for row in rows):
            entry = outbox_id(each, endpoint)
            if entry not in quiet:
                found.append((each, entry if entry in pending else ""))
    return found, held


def _put_aside(connection: Connection, endpoint: str, muted: set[str]) -> set[str]:
    """Rows that were muted before, of series that still are; of the others the whole course is told."""
    spike, row = schema.spikes.c, schema.outbox.c
    rows = select(row.id).select_from(schema.outbox.join(schema.spikes, spike.id == row.alert_id))
    aside = rows.where(row.endpoint == endpoint, row.status == "muted", spike.series.in_(sorted(muted)))
    return set(connection.execute(aside).scalars()) if muted else set()
