"""The tables as the code sees them. What stands on disk is made by `migrations/`; a test compares the two.

Counts, times and probabilities are integers; the only REAL columns are a detector's own numbers, which SQLite holds
as the same 8 bytes. Tables are STRICT, so that a wrong type fails at the write and not months later at the read.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, and_, func

from monitor.storage.columns import foreign, integer, json_text, metadata, numbered, only, real, word
from monitor.storage.schema_alerts import (
    alerts,
    answers,
    audit,
    endpoints,
    mutes,
    outbox,
    pinned_articles,
    pins,
    redrives,
)

__all__ = [
    "STAGED",
    "alerts",
    "answers",
    "articles",
    "audit",
    "buckets",
    "endpoints",
    "mentions",
    "meta",
    "metadata",
    "mutes",
    "near_misses",
    "outbox",
    "pinned_articles",
    "pins",
    "positions",
    "profiles",
    "recounts",
    "redrives",
    "refusals",
    "runs",
    "scores",
    "spikes",
    "standing",
    "stories",
    "story_series",
    "texts",
    "ticks",
    "watermarks",
]

# raw_title and raw_summary are as they came, NULL where title and lead are the same: most are, and texts are long.
articles = Table(
    "articles",
    metadata,
    integer("seq", primary_key=True, autoincrement=False),
    foreign("key"),
    word("text_hash"),
    foreign("source"),
    foreign("publisher"),
    foreign("url"),
    foreign("raw_title", nullable=True),
    foreign("raw_summary", nullable=True),
    foreign("language"),
    integer("published_at", nullable=True),
    integer("received_at"),
    integer("event_time"),
    json_text("tickers"),
    word("scope"),
    word("mode"),
    foreign("title"),
    foreign("lead"),
    foreign("unscored"),
    word("standing"),
    foreign("story_id"),
    foreign("unit_id"),
    word("role"),
    integer("scored_at", nullable=True),
    integer("committed_at"),
    UniqueConstraint("key", "text_hash", name="uq_articles_key_text_hash"),
    Index("ix_articles_story_id", "story_id"),
    Index("ix_articles_event_time", "event_time"),
    sqlite_strict=True,
)

# A reading stands from one number of the sequence to before another: NULL while it does. What a new model or watchlist
# made of past articles is staged, from STAGED on, until a recount makes it stand.
STAGED = 2**62


def _reading() -> tuple[Column[int], Column[int]]:
    since = integer("read_from", primary_key=True, autoincrement=False, server_default="0")
    return since, integer("read_until", nullable=True)


# `ordinal` keeps the order in which the stages found them. target "" is the whole headline.
scores = Table(
    "scores",
    metadata,
    integer("article_seq", primary_key=True, autoincrement=False),
    *_reading(),
    integer("ordinal", primary_key=True, autoincrement=False),
    foreign("target"),
    integer("negative"),
    integer("neutral"),
    integer("positive"),
    json_text("topics"),
    foreign("model"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

mentions = Table(
    "mentions",
    metadata,
    integer("article_seq", primary_key=True, autoincrement=False),
    *_reading(),
    integer("ordinal", primary_key=True, autoincrement=False),
    foreign("entity_id"),
    foreign("name"),
    foreign("kind"),
    foreign("sector"),
    foreign("where"),
    integer("start"),
    integer("end"),
    integer("relevance"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

ticks = Table(
    "ticks",
    metadata,
    integer("seq", primary_key=True, autoincrement=False),
    integer("at"),
    word("mode"),
    Index("ix_ticks_at", "at"),
    sqlite_strict=True,
)

recounts = Table(
    "recounts",
    metadata,
    integer("seq", primary_key=True, autoincrement=False),
    integer("at"),
    integer("since"),
    foreign("before"),
    foreign("after"),
    json_text("admitted"),
    sqlite_strict=True,
)

# newest_text is NULL where it is the first.
stories = Table(
    "stories",
    metadata,
    foreign("id", primary_key=True),
    integer("first_seq"),
    integer("first_at"),
    integer("last_at"),
    foreign("publisher"),
    foreign("url"),
    foreign("first_text"),
    foreign("newest_text", nullable=True),
    integer("copies"),
    json_text("publishers"),
    json_text("companies"),
    integer("negative", nullable=True),
    foreign("newest_unit"),
    json_text("developments"),
    json_text("figures"),
    json_text("events"),
    json_text("tellings"),
    integer("stale"),
    json_text("denials"),
    Index("ix_stories_last_at", "last_at"),
    sqlite_strict=True,
)

# A unit is a story or a development of one; story_id is what it belongs to. A story's rows are found by its units'
# ids: an index by story, which repeats the long primary key, took 170 of an article's 2,300 bytes.
story_series = Table(
    "story_series",
    metadata,
    foreign("unit_id", primary_key=True),
    foreign("series", primary_key=True),
    foreign("story_id"),
    integer("first_at"),
    foreign("first_key"),
    word("first_standing"),
    foreign("first_publisher"),
    integer("sentiment", nullable=True),
    integer("negative_at", nullable=True),
    foreign("negative_key", nullable=True),
    word("negative_standing", nullable=True),
    Index("ix_story_series_first_at", "first_at"),
    Index("ix_story_series_negative_at", "negative_at", **only("negative_at IS NOT NULL")),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# The minute leads the key: every read is "since", and new rows go to the end of the tree.
buckets = Table(
    "buckets",
    metadata,
    integer("minute", primary_key=True, autoincrement=False),
    foreign("series", primary_key=True),
    integer("stories"),
    integer("negative"),
    integer("live_stories"),
    integer("live_negative"),
    integer("shown"),
    integer("scored"),
    integer("sentiment"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

spikes = Table(
    "spikes",
    metadata,
    foreign("id", primary_key=True),
    foreign("series"),
    integer("opened_at"),
    integer("closed_at", nullable=True),
    word("by"),
    integer("window"),
    integer("n"),
    integer("stories"),
    real("expected"),
    real("surprise"),
    real("threshold"),
    real("cusum"),
    real("cusum_threshold"),
    foreign("severity"),
    json_text("gates"),
    json_text("evidence"),
    integer("publishers"),
    word("robust"),
    foreign("headed_by"),
    json_text("baseline"),
    integer("quiet_since", nullable=True),
    integer("peak_n"),
    real("peak_surprise"),
    integer("updates"),
    json_text("told"),
    Index("ix_spikes_opened_at", "opened_at"),
    sqlite_strict=True,
)

near_misses = Table(
    "near_misses",
    metadata,
    foreign("series", primary_key=True),
    integer("day", primary_key=True, autoincrement=False),
    integer("window"),
    integer("at"),
    integer("n"),
    real("expected"),
    real("surprise"),
    real("threshold"),
    foreign("kept_silent_by"),
    Index("ix_near_misses_at", "at"),
    sqlite_strict=True,
)

# The cumulative sum of each series that has one; an empty run is a row that says so.
runs = Table(
    "runs",
    metadata,
    foreign("series", primary_key=True),
    json_text("run"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

positions = Table(
    "positions",
    metadata,
    foreign("source", primary_key=True),
    foreign("partition", primary_key=True),
    json_text("value"),
    sqlite_strict=True,
)

refusals = Table(
    "refusals",
    metadata,
    numbered("id"),
    foreign("source"),
    foreign("reason"),
    foreign("where"),
    foreign("detail"),
    foreign("payload"),
    integer("at"),
    Index("ix_refusals_at", "at"),
    sqlite_strict=True,
)

watermarks = Table(
    "watermarks",
    metadata,
    foreign("source", primary_key=True),
    integer("at"),
    sqlite_strict=True,
)

# What has been told, by fingerprint, to know it when it is told again as new.
texts = Table(
    "texts",
    metadata,
    integer("fingerprint", primary_key=True, autoincrement=False),
    json_text("before"),
    json_text("days"),
    integer("last_at"),
    sqlite_strict=True,
)

profiles = Table(
    "profiles",
    metadata,
    integer("day", primary_key=True, autoincrement=False),
    foreign("model", primary_key=True),
    json_text("counts"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

meta = Table(
    "meta",
    metadata,
    foreign("key", primary_key=True),
    foreign("value"),
    sqlite_strict=True,
)


def standing(table: Table, at: int = STAGED - 1) -> ColumnElement[bool]:
    """Of `scores` or `mentions`: the readings that stand now, or that stood when sequence number `at` was given."""
    return and_(table.c.read_from <= at, func.coalesce(table.c.read_until, STAGED) > at)
