"""The tables of what people do about alerts; see `schema` for all others."""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from monitor.storage.tables import foreign as _text
from monitor.storage.tables import integer as _int
from monitor.storage.tables import metadata
from monitor.storage.tables import word as _word

# What people answer to alerts; rows are only ever added, the latest of its kind counts.
answers = Table(
    "answers",
    metadata,
    _int("seq", primary_key=True),
    _text("alert_id"),
    _word("kind"),
    _text("value"),
    _text("who"),
    _int("at"),
    _word("via"),
    Index("ix_answers_alert_id", "alert_id"),
    sqlite_strict=True,
)

mutes = Table(
    "mutes",
    metadata,
    _int("id", primary_key=True),
    _text("series"),
    _int("until"),
    _text("who"),
    _text("why"),
    _int("at"),
    _word("via"),
    _int("ended_at", nullable=True),
    _text("ended_by"),
    # The few that may be in force.
    Index("ix_mutes_open", "series", sqlite_where=text("ended_at IS NULL")),
    sqlite_strict=True,
)

# Each time that a dead delivery was sent on its way again, with the tries that it had had until then.
redrives = Table(
    "redrives",
    metadata,
    _int("seq", primary_key=True),
    _text("delivery_id"),
    _int("tries"),
    _text("who"),
    _int("at"),
    _word("via"),
    Index("ix_redrives_delivery_id", "delivery_id"),
    sqlite_strict=True,
)
