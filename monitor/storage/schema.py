"""The tables as the code sees them. What stands on disk is made by `migrations/`; a test compares the two.

Counts, times and probabilities are integers; the only REAL columns are a detector's own numbers, which SQLite holds
as the same 8 bytes. Tables are STRICT, so that a wrong type fails at the write and not months later at the read.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, and_, func, text

from monitor.storage import desk_schema, tables
from monitor.storage.tables import foreign as _text
from monitor.storage.tables import integer as _int
from monitor.storage.tables import json_text as _json
from monitor.storage.tables import real as _real
from monitor.storage.tables import word as _word

metadata = tables.metadata
answers, mutes, redrives = desk_schema.answers, desk_schema.mutes, desk_schema.redrives

articles = Table(
    "articles",
    metadata,
    _int("seq", primary_key=True, autoincrement=False),
    _text("key"),
    _word("text_hash"),
    _text("source"),
    _text("publisher"),
    _text("url"),
    _text("raw_title"),
    _text("raw_summary"),
    _text("language"),
    _int("published_at", nullable=True),
    _int("received_at"),
    _int("event_time"),
    _json("tickers"),
    _word("scope"),
    _word("mode"),
    _text("title"),
    _text("lead"),
    _text("unscored"),
    _word("standing"),
    _text("story_id"),
    _text("unit_id"),
    _word("role"),
    _int("scored_at", nullable=True),
    _int("committed_at"),
    UniqueConstraint("key", "text_hash", name="uq_articles_key_text_hash"),
    Index("ix_articles_story_id", "story_id"),
    Index("ix_articles_event_time", "event_time"),
    sqlite_strict=True,
)

# A reading stands from one number of the sequence to before another: NULL while it does. What a new model or watchlist
# made of past articles is staged, from STAGED on, until a recount makes it stand.
STAGED = 2**62


def _reading() -> tuple[Column[int], Column[int]]:
    since = _int("read_from", primary_key=True, autoincrement=False, server_default="0")
    return since, _int("read_until", nullable=True)


# `ordinal` keeps the order in which the stages found them. target "" is the whole headline.
scores = Table(
    "scores",
    metadata,
    _int("article_seq", primary_key=True, autoincrement=False),
    *_reading(),
    _int("ordinal", primary_key=True, autoincrement=False),
    _text("target"),
    _int("negative"),
    _int("neutral"),
    _int("positive"),
    _json("topics"),
    _text("model"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

mentions = Table(
    "mentions",
    metadata,
    _int("article_seq", primary_key=True, autoincrement=False),
    *_reading(),
    _int("ordinal", primary_key=True, autoincrement=False),
    _text("entity_id"),
    _text("name"),
    _text("kind"),
    _text("sector"),
    _text("where"),
    _int("start"),
    _int("end"),
    _int("relevance"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

ticks = Table(
    "ticks",
    metadata,
    _int("seq", primary_key=True, autoincrement=False),
    _int("at"),
    _word("mode"),
    Index("ix_ticks_at", "at"),
    sqlite_strict=True,
)

recounts = Table(
    "recounts",
    metadata,
    _int("seq", primary_key=True, autoincrement=False),
    _int("at"),
    _int("since"),
    _text("before"),
    _text("after"),
    _json("admitted"),
    sqlite_strict=True,
)

stories = Table(
    "stories",
    metadata,
    _text("id", primary_key=True),
    _int("first_seq"),
    _int("first_at"),
    _int("last_at"),
    _text("publisher"),
    _text("url"),
    _text("first_text"),
    _text("newest_text"),
    _int("copies"),
    _json("publishers"),
    _json("companies"),
    _int("negative", nullable=True),
    _text("newest_unit"),
    _json("developments"),
    _json("figures"),
    _json("events"),
    _json("tellings"),
    _int("stale"),
    _json("denials"),
    Index("ix_stories_last_at", "last_at"),
    sqlite_strict=True,
)

# A unit is a story or a development of one; story_id is what it belongs to.
story_series = Table(
    "story_series",
    metadata,
    _text("unit_id", primary_key=True),
    _text("series", primary_key=True),
    _text("story_id"),
    _int("first_at"),
    _text("first_key"),
    _word("first_standing"),
    _text("first_publisher"),
    _int("sentiment", nullable=True),
    _int("negative_at", nullable=True),
    _text("negative_key", nullable=True),
    _word("negative_standing", nullable=True),
    Index("ix_story_series_story_id", "story_id"),
    Index("ix_story_series_first_at", "first_at"),
    Index("ix_story_series_negative_at", "negative_at"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# The minute leads the key: every read is "since", and new rows go to the end of the tree.
buckets = Table(
    "buckets",
    metadata,
    _int("minute", primary_key=True, autoincrement=False),
    _text("series", primary_key=True),
    _int("stories"),
    _int("negative"),
    _int("live_stories"),
    _int("live_negative"),
    _int("shown"),
    _int("scored"),
    _int("sentiment"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

spikes = Table(
    "spikes",
    metadata,
    _text("id", primary_key=True),
    _text("series"),
    _int("opened_at"),
    _int("closed_at", nullable=True),
    _word("by"),
    _int("window"),
    _int("n"),
    _int("stories"),
    _real("expected"),
    _real("surprise"),
    _real("threshold"),
    _real("cusum"),
    _real("cusum_threshold"),
    _text("severity"),
    _json("gates"),
    _json("evidence"),
    _int("publishers"),
    _word("robust"),
    _text("headed_by"),
    _json("baseline"),
    _int("quiet_since", nullable=True),
    _int("peak_n"),
    _real("peak_surprise"),
    _int("updates"),
    _json("told"),
    Index("ix_spikes_opened_at", "opened_at"),
    sqlite_strict=True,
)

alerts = Table(
    "alerts",
    metadata,
    _text("id", primary_key=True),
    _text("status", primary_key=True),
    _int("at"),
    _text("severity"),
    _json("body"),
    Index("ix_alerts_at", "at"),
    sqlite_strict=True,
)

outbox = Table(
    "outbox",
    metadata,
    _text("id", primary_key=True),
    _text("alert_id"),
    _text("endpoint"),
    _text("body"),
    _int("created_at"),
    _int("due_at"),
    _word("status"),
    _int("tries"),
    _int("last_status", nullable=True),
    _text("last_error"),
    _int("updated_at"),
    _int("mute_id", nullable=True),
    # Only what is still to be sent is looked for by time; the rest is history.
    Index("ix_outbox_pending", "endpoint", "due_at", sqlite_where=text("status = 'pending'")),
    Index("ix_outbox_updated_at", "endpoint", "updated_at"),
    sqlite_strict=True,
)

# What an alert stands on (`pins`).
pins = Table(
    "pins",
    metadata,
    _text("alert_id", primary_key=True),
    _int("seq"),
    _int("updates"),
    sqlite_strict=True,
)

pinned_articles = Table(
    "pinned_articles",
    metadata,
    _text("alert_id", primary_key=True),
    _int("article_seq", primary_key=True, autoincrement=False),
    _int("at_seq"),
    _text("unit_id"),
    _word("digest"),
    _json("scores"),
    Index("ix_pinned_articles_article_seq", "article_seq"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

near_misses = Table(
    "near_misses",
    metadata,
    _text("series", primary_key=True),
    _int("day", primary_key=True, autoincrement=False),
    _int("window"),
    _int("at"),
    _int("n"),
    _real("expected"),
    _real("surprise"),
    _real("threshold"),
    _text("kept_silent_by"),
    Index("ix_near_misses_at", "at"),
    sqlite_strict=True,
)

# The cumulative sum of each series that has one; an empty run is a row that says so.
runs = Table(
    "runs",
    metadata,
    _text("series", primary_key=True),
    _json("run"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

positions = Table(
    "positions",
    metadata,
    _text("source", primary_key=True),
    _text("partition", primary_key=True),
    _json("value"),
    sqlite_strict=True,
)

refusals = Table(
    "refusals",
    metadata,
    _int("id", primary_key=True),
    _text("source"),
    _text("reason"),
    _text("where"),
    _text("detail"),
    _text("payload"),
    _int("at"),
    Index("ix_refusals_at", "at"),
    sqlite_strict=True,
)

watermarks = Table(
    "watermarks",
    metadata,
    _text("source", primary_key=True),
    _int("at"),
    sqlite_strict=True,
)

# What has been told, by fingerprint, to know it when it is told again as new.
texts = Table(
    "texts",
    metadata,
    _int("fingerprint", primary_key=True, autoincrement=False),
    _json("before"),
    _json("days"),
    _int("last_at"),
    sqlite_strict=True,
)

meta = Table(
    "meta",
    metadata,
    _text("key", primary_key=True),
    _text("value"),
    sqlite_strict=True,
)


def standing(table: Table, at: int = STAGED - 1) -> ColumnElement[bool]:
    """Of `scores` or `mentions`: the readings that stand now, or that stood when sequence number `at` was given."""
    return and_(table.c.read_from <= at, func.coalesce(table.c.read_until, STAGED) > at)
