"""The outbox's own reads and writes: what is due, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Text,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from monitor.errors import InputError, NotThereError
from monitor.records import MINUTE_MS
from monitor.storage import schema
from monitor.storage.endpoints import GONE, disable, enable, is_gone
from monitor.storage.mutes import mute_over
from monitor.storage.store import Store

# Written out in the statement: a bound parameter would keep SQLite from using the partial index.
PENDING: ColumnClause[str] = literal_column("'pending'")
# A row written so long after now was written before the clock was set back. Above what a time server corrects by, so
# that its steps shorten no wait between tries.
SET_BACK_MS = MINUTE_MS


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A row still to be sent; `tries` counts those made so far."""

    id: str
    alert_id: str
    endpoint: str
    body: str
    created_at: int
    tries: int


class StoredOutbox:
    """The durable outbox over a store: what `alerts.outbox` works from. Writes go through the one writer thread.

    `mark_*` count a try, say when (`at`, ms) and how it went; they do nothing to a row that is no longer pending.
    They raise StoreUnavailableError where the store takes nothing now.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def due(self, endpoint: str, now: int, limit: int) -> list[OutboxEntry]:
        """Pending rows whose time has come, the longest due first.

        A row from before the clock was set back is due now: its time, by the new clock, may be hours away.
        """
        return await self._store.read_async(_due, endpoint, now, limit)

    async def next_due(self, endpoint: str) -> int | None:
        """When the next pending row is due; None where none is pending."""
        return await self._store.read_async(_next_due, endpoint)

    async def gone(self, endpoint: str) -> bool:
        """See `endpoints.is_gone`."""
        return await self._store.read_async(is_gone, endpoint)

    async def mute_over(self, entry_id: str, now: int) -> int | None:
        """The mute that keeps the row from being sent; None where it is to go out."""
        return await self._store.read_async(mute_over, entry_id, now)

    async def mark_muted(self, entry_id: str, at: int) -> bool:
        """Not sent, and no try: the row waits for the mute's end (`mutes.release`).

        False, and pending still, where none is over it any more: what ends mutes has been there, and will not see it.
        """
        table = schema.outbox
        statement = update(table).where(table.c.id == entry_id, table.c.status == "pending")

        def work(connection: Connection) -> bool:
            mute = mute_over(connection, entry_id, at)
            if mute is not None:
                connection.execute(statement.values(status="muted", mute_id=mute, updated_at=at))
            return mute is not None

        return await self._store.write(work)

    async def mark_sent(self, entry_id: str, at: int, status: int | None, digest: str = "") -> None:
        await self.mark(entry_id, at=at, status="sent", last_status=status, digest=digest)

    async def mark_retry(self, entry_id: str, at: int, due_at: int, status: int | None, error: str) -> None:
        await self.mark(entry_id, at=at, status="pending", last_status=status, error=error, due_at=due_at)

    async def mark_dead(self, entry_id: str, at: int, status: int | None, error: str) -> None:
        """A status of 410 disables the endpoint in the same transaction."""
        await self.mark(entry_id, at=at, status="dead", last_status=status, error=error, disables=status == GONE)

    async def mark_gone(self, entry_id: str, at: int) -> bool:
        """Dead without a try; False, and pending still, where its endpoint has been enabled meanwhile."""
        table, endpoint = schema.outbox, schema.endpoints.c
        still = select(endpoint.name).where(endpoint.name == table.c.endpoint, endpoint.gone_at.is_not(None))
        statement = (
            update(table)
            .where(table.c.id == entry_id, table.c.status == "pending", still.correlate(table).exists())
            .values(status="dead", last_error="gone", updated_at=at)
        )
        return await self._store.write(lambda connection: connection.execute(statement).rowcount > 0)

    async def mark(
        self,
        *entry_ids: str,
        at: int,
        status: str,
        last_status: int | None,
        error: str = "",
        due_at: int | None = None,
        digest: str = "",
        disables: bool = False,
    ) -> None:
        table = schema.outbox
        values: dict[str, Any] = {"status": status, "last_status": last_status, "last_error": error[:500]}
        values |= {"updated_at": at, "digest": digest}
        if due_at is not None:
            values["due_at"] = due_at
        mine = table.c.id.in_(entry_ids)
        statement = update(table).where(mine, table.c.status == "pending").values(tries=table.c.tries + 1, **values)

        def work(connection: Connection) -> None:
            connection.execute(statement)
            if disables:
                for endpoint in connection.execute(select(table.c.endpoint).where(mine).distinct()).scalars().all():
                    disable(connection, endpoint, at)

        await self._store.write(work)


def _due(connection: Connection, endpoint: str, now: int, limit: int) -> list[OutboxEntry]:
    table = schema.outbox.c
    rows = connection.execute(
        select(table.id, table.alert_id, table.endpoint, table.body, table.created_at, table.tries)
        .where(
            table.endpoint == endpoint,
            table.status == PENDING,
            or_(table.due_at <= now, table.updated_at > now + SET_BACK_MS),
            _its_turn(),
        )
        .order_by(table.due_at, table.created_at, table.turn, table.id)
        .limit(limit)
    )
    return [OutboxEntry(*row) for row in rows]


def _next_due(connection: Connection, endpoint: str) -> int | None:
    table = schema.outbox.c
    return connection.execute(
        select(func.min(table.due_at)).where(table.endpoint == endpoint, table.status == PENDING, _its_turn())
    ).scalar()


def _its_turn() -> ColumnElement[bool]:
    """Whether no earlier transition of its alert waits for the same endpoint: no end comes before its start."""
    row, before = schema.outbox.c, schema.outbox.alias("before")
    same = (before.c.alert_id == row.alert_id, before.c.endpoint == row.endpoint)
    earlier = select(before.c.id).where(*same, before.c.status == PENDING, before.c.turn < row.turn)
    return ~earlier.correlate(schema.outbox).exists()


def redrive(
    connection: Connection,
    now: int,
    *,
    delivery_id: str = "",
    endpoint: str = "",
    who: str = "",
    via: str = "cli",
    known: Collection[str] | None = None,
) -> int:
    """Sends dead deliveries on their way again, under the same ids; returns how many.

    Tries begin again at 0, so that each has the whole time of a new one; the tries that it had stand in `redrives`.
    Endpoints that were gone are asked again (`endpoints`).

    Args:
        delivery_id, endpoint: which ones; all of them where neither is given.
        known: endpoints that there are; what is for others stays dead, since nobody would take it. None: not known.

    Raises InputError: that delivery is not there or not dead, or that endpoint is not known.
    """
    table = schema.outbox
    which: list[ColumnElement[bool]] = [table.c.status == "dead"]
    asked_again = endpoint
    if delivery_id:
        found = connection.execute(select(table.c.status, table.c.endpoint).where(table.c.id == delivery_id)).first()
        if found is None:
            raise NotThereError(f"there is no delivery {delivery_id[:200]!r} in this store")
        status, asked_again = found
        if status != "dead":
            raise InputError(f"the delivery {delivery_id[:200]!r} is {status}: only a dead one is sent again")
        which.append(table.c.id == delivery_id)
    if endpoint:
        which.append(table.c.endpoint == endpoint)
    if known is not None:
        if asked_again and asked_again not in known:
            raise InputError(f"no endpoint {asked_again!r} is configured; there are: {', '.join(known) or 'none'}")
        which.append(table.c.endpoint.in_(known))
    dead = select(
        table.c.id, table.c.tries, literal(who, Text).label("who"), literal(now).label("at"), literal(via).label("via")
    )
    connection.execute(
        insert(schema.redrives).from_select(["delivery_id", "tries", "who", "at", "via"], dead.where(*which))
    )
    enable(connection, asked_again)
    again = {"status": "pending", "tries": 0, "due_at": now, "updated_at": now}
    return connection.execute(update(table).where(*which).values(again)).rowcount
