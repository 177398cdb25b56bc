"""The tables of what people are told and what they answer: alerts, deliveries, endpoints, pins, answers, mutes."""

from __future__ import annotations

from sqlalchemy import Index, Table

from monitor.storage.columns import foreign, integer, json_text, metadata, numbered, only, word

alerts = Table(
    "alerts",
    metadata,
    foreign("id", primary_key=True),
    foreign("status", primary_key=True),
    integer("at"),
    foreign("severity"),
    json_text("body"),
    Index("ix_alerts_at", "at"),
    sqlite_strict=True,
)

outbox = Table(
    "outbox",
    metadata,
    foreign("id", primary_key=True),
    foreign("alert_id"),
    foreign("endpoint"),
    foreign("body"),
    integer("created_at"),
    integer("due_at"),
    integer("turn"),
    word("status"),
    integer("tries"),
    integer("last_status", nullable=True),
    foreign("last_error"),
    integer("updated_at"),
    word("digest"),
    integer("mute_id", nullable=True),
    # Only what is still to be sent is looked for by time and by turn; the rest is history.
    Index("ix_outbox_waiting", "alert_id", "endpoint", "turn", **only("status = 'pending'")),
    Index("ix_outbox_pending", "endpoint", "due_at", **only("status = 'pending'")),
    Index("ix_outbox_updated_at", "endpoint", "updated_at"),
    sqlite_strict=True,
)

# What is known of an endpoint besides its deliveries: a digest of the address it was last configured with ("" where it
# has none to tell), and since when it has been gone.
endpoints = Table(
    "endpoints",
    metadata,
    foreign("name", primary_key=True),
    word("address"),
    integer("gone_at", nullable=True),
    sqlite_strict=True,
)

# What an alert stands on (`pins`).
pins = Table(
    "pins",
    metadata,
    foreign("alert_id", primary_key=True),
    integer("seq"),
    integer("updates"),
    sqlite_strict=True,
)

pinned_articles = Table(
    "pinned_articles",
    metadata,
    foreign("alert_id", primary_key=True),
    integer("article_seq", primary_key=True, autoincrement=False),
    integer("at_seq"),
    foreign("unit_id"),
    word("digest"),
    json_text("scores"),
    Index("ix_pinned_articles_article_seq", "article_seq"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# What people answer to alerts; rows are only ever added, the latest of its kind counts.
answers = Table(
    "answers",
    metadata,
    numbered("seq"),
    foreign("alert_id"),
    word("kind"),
    foreign("value"),
    foreign("who"),
    integer("at"),
    word("via"),
    Index("ix_answers_alert_id", "alert_id"),
    sqlite_strict=True,
)

mutes = Table(
    "mutes",
    metadata,
    numbered("id"),
    foreign("series"),
    integer("until"),
    foreign("who"),
    foreign("why"),
    integer("at"),
    word("via"),
    integer("ended_at", nullable=True),
    foreign("ended_by"),
    # The few that may be in force.
    Index("ix_mutes_open", "series", **only("ended_at IS NULL")),
    sqlite_strict=True,
)

# Each time that a dead delivery was sent on its way again, with the tries that it had had until then.
redrives = Table(
    "redrives",
    metadata,
    numbered("seq"),
    foreign("delivery_id"),
    integer("tries"),
    foreign("who"),
    integer("at"),
    word("via"),
    Index("ix_redrives_delivery_id", "delivery_id"),
    sqlite_strict=True,
)

# What people and programs had done (`audit`).
audit = Table(
    "audit",
    metadata,
    numbered("seq"),
    integer("at"),
    word("action"),
    foreign("who"),
    word("via"),
    foreign("login"),
    foreign("address"),
    json_text("what"),
    sqlite_strict=True,
)
