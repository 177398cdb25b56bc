"""Mutes: for how long a series' alerts are not sent, who said so, and what is sent when one ends.

A muted series is watched, stored and shown as ever; only its messages stay here. That is decided when a message is
about to leave, never in the fold, whose alerts stay a function of the articles alone.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from monitor.errors import InputError, NotThereError
from monitor.records import DAY_MS
from monitor.storage import schema
from monitor.storage.rebuild import chunks

LONGEST_MS = 30 * DAY_MS  # a mute that nobody remembers is a blind spot
WHY_CHARS = 500
_CLASSES = ("topic", "sector", "entity", "watch")


@dataclass(frozen=True, slots=True)
class MuteRow:
    """One mute. until, at, ended_at: ms; ended_at None while it lasts. ended_by: "" where its time was over."""

    id: int
    series: str
    until: int
    who: str
    why: str
    at: int
    via: str
    ended_at: int | None
    ended_by: str


def check_series(series: str) -> None:
    """Raises InputError for what names no series."""
    kind, _, name = series.partition(":")
    if series != "market" and (kind not in _CLASSES or not name):
        raise InputError(
            f"{series[:80]!r} is no series: give market, topic:NAME, sector:NAME, entity:ID or watch:NAME, "
            "as in the alert's `series`"
        )


def add_mute(connection: Connection, series: str, *, until: int, who: str, why: str, at: int, via: str) -> int:
    """Mutes a series; returns the mute's id. Raises InputError, one line, for what is wrong with it."""
    check_series(series)
    for name, value, most in (("who", who, 100), ("why", why, WHY_CHARS)):
        if not value.strip() or len(value) > most:
            raise InputError(f"mute: say {name}, in at most {most} characters")
    if until <= at:
        raise InputError("mute: until lies in the past")
    if until > at + LONGEST_MS:
        raise InputError("mute: at most 30 days; what is to stay silent for longer does not belong on the watchlist")
    values = {"series": series, "until": until, "who": who, "why": why, "at": at, "via": via, "ended_by": ""}
    return int(connection.execute(insert(schema.mutes).values(values).returning(schema.mutes.c.id)).scalar_one())


def is_known(connection: Connection, series: str) -> bool:
    """Whether any story has entered the series: a mute of a misspelt one would do nothing."""
    return (
        connection.execute(select(schema.buckets.c.series).where(schema.buckets.c.series == series)).first() is not None
    )


def end_mutes(connection: Connection, series: str, who: str, at: int) -> int:
    """Ends all mutes of a series; returns how many. Raises NotThereError: it has none."""
    table = schema.mutes
    ended = connection.execute(
        update(table).where(table.c.series == series, _in_force(at)).values(ended_at=at, ended_by=who)
    ).rowcount
    if not ended:
        raise NotThereError(f"{series[:80]!r} is not muted")
    return ended


def end_due(connection: Connection, now: int) -> int:
    """Writes down the end of every mute whose time is over; returns how many ended."""
    table = schema.mutes
    over = update(table).where(table.c.ended_at.is_(None), table.c.until <= now)
    return connection.execute(over.values(ended_at=table.c.until)).rowcount


def next_end(connection: Connection) -> int | None:
    """When the next mute's time is over, ms; None where there is none."""
    table = schema.mutes.c
    return connection.execute(select(func.min(table.until)).where(table.ended_at.is_(None))).scalar()


def mutes(connection: Connection, now: int, *, ended: bool = False) -> list[MuteRow]:
    """Mutes in force, the next to end first; with `ended` all that ever were, the newest first."""
    table = schema.mutes
    query = select(table)
    query = query.order_by(table.c.id.desc()) if ended else query.where(_in_force(now)).order_by(table.c.until)
    return [MuteRow(**row._mapping) for row in connection.execute(query)]


def muted_series(connection: Connection, now: int) -> set[str]:
    """The series whose alerts are not to be sent now."""
    return set(connection.execute(select(schema.mutes.c.series).where(_in_force(now))).scalars())


def mute_over(connection: Connection, delivery_id: str, now: int) -> int | None:
    """The id of the mute that keeps a delivery from being sent, None where it is to go out.

    The end of an alert goes by what that endpoint has been told of it. Where something was, it goes out under a mute
    too: nobody is to wait for the end of what has ended. A try without an answer (a timeout, a broken connection) may
    have been a telling. Where a mute kept all of it back, the end stays here as well, though the mute may be over.
    """
    box, spike, mute = schema.outbox.c, schema.spikes.c, schema.mutes.c
    found = connection.execute(select(box.alert_id, box.endpoint).where(box.id == delivery_id)).one_or_none()
    if found is None:
        return None
    alert_id, endpoint = found
    its_series = select(spike.series).where(spike.id == alert_id).scalar_subquery()
    over: int | None = connection.execute(
        select(func.min(mute.id)).where(mute.series == its_series, _in_force(now))
    ).scalar_one()
    if transition(delivery_id, alert_id, endpoint) != "resolved":
        return over
    its = (box.alert_id == alert_id, box.endpoint == endpoint)
    may_have = or_(box.status == "sent", and_(box.tries > 0, box.last_status.is_(None)))
    if connection.execute(select(box.id).where(*its, may_have).limit(1)).first() is not None:
        return None
    kept_back: int | None = connection.execute(
        select(func.max(box.mute_id)).where(*its, box.status == "muted")
    ).scalar_one()
    return over if over is not None else kept_back


def release(connection: Connection, now: int) -> int:
    """Sends the present state of open alerts whose mute has ended on its way; returns how many messages.

    Of each open alert and endpoint that is the newest message, where it was muted: who was spared the firing hears
    what goes on now, once. What came before it, and alerts that closed meanwhile, stay muted.
    """
    box, spike = schema.outbox, schema.spikes.c
    # Of an open alert only: its end, once told or muted, is the last word.
    rows = connection.execute(
        select(box.c.id, box.c.alert_id, box.c.endpoint, box.c.status)
        .select_from(box.join(schema.spikes, spike.id == box.c.alert_id))
        .where(spike.closed_at.is_(None), spike.series.not_in(sorted(muted_series(connection, now))))
        .order_by(box.c.turn)
    )
    newest = {(row.alert_id, row.endpoint): (row.id, row.status) for row in rows}
    held = [name for name, status in newest.values() if status == "muted"]
    again = {"status": "pending", "due_at": now, "updated_at": now, "mute_id": None}
    for chunk in chunks(held):
        connection.execute(update(box).where(box.c.id.in_(chunk), box.c.status == "muted").values(again))
    return len(held)


def turn_of(status: str) -> int:
    """Which of its alert's transitions a status is: two may come in the same minute, so no time says it.

    >>> sorted(["resolved", "update-10", "update-9", "firing"], key=turn_of)
    ['firing', 'update-9', 'update-10', 'resolved']
    """
    if status.startswith("update-"):
        return int(status.removeprefix("update-"))
    return 0 if status == "firing" else sys.maxsize


def transition(delivery_id: str, alert_id: str, endpoint: str) -> str:
    """The alert's status that a delivery tells, as `effects.outbox_id` put it into its id.

    >>> transition("market@1#ab:update-2:desk", "market@1#ab", "desk")
    'update-2'
    """
    return delivery_id.removeprefix(f"{alert_id}:").removesuffix(f":{endpoint}")


def _in_force(now: int) -> ColumnElement[bool]:
    table = schema.mutes.c
    return and_(table.ended_at.is_(None), table.until > now)
