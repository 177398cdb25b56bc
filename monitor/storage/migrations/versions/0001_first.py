"""The first schema: articles in sequence, stories, counts, spikes, alerts and their outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# 64 bits everywhere; plain INTEGER on SQLite, where only that spelling makes a primary key the row id.
INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("raw_title", sa.Text(), nullable=True),
        sa.Column("raw_summary", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("published_at", INT, nullable=True),
        sa.Column("received_at", INT, nullable=False),
        sa.Column("event_time", INT, nullable=False),
        sa.Column("tickers", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("unscored", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scored_at", INT, nullable=True),
        sa.Column("committed_at", INT, nullable=False),
        sa.UniqueConstraint("key", "text_hash", name="uq_articles_key_text_hash"),
        sqlite_strict=True,
    )
    op.create_index("ix_articles_event_time", "articles", ["event_time"])
    op.create_index("ix_articles_story_id", "articles", ["story_id"])

    op.create_table(
        "scores",
        sa.Column("article_seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("read_from", INT, nullable=False, primary_key=True, autoincrement=False, server_default="0"),
        sa.Column("read_until", INT, nullable=True),
        sa.Column("ordinal", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("negative", INT, nullable=False),
        sa.Column("neutral", INT, nullable=False),
        sa.Column("positive", INT, nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "mentions",
        sa.Column("article_seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("read_from", INT, nullable=False, primary_key=True, autoincrement=False, server_default="0"),
        sa.Column("read_until", INT, nullable=True),
        sa.Column("ordinal", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("start", INT, nullable=False),
        sa.Column("end", INT, nullable=False),
        sa.Column("relevance", INT, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "ticks",
        sa.Column("seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_ticks_at", "ticks", ["at"])

    op.create_table(
        "recounts",
        sa.Column("seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("since", INT, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("admitted", sa.Text(), nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "stories",
        sa.Column("id", sa.Text(), nullable=False, primary_key=True),
        sa.Column("first_seq", INT, nullable=False),
        sa.Column("first_at", INT, nullable=False),
        sa.Column("last_at", INT, nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("first_text", sa.Text(), nullable=False),
        sa.Column("newest_text", sa.Text(), nullable=True),
        sa.Column("copies", INT, nullable=False),
        sa.Column("publishers", sa.Text(), nullable=False),
        sa.Column("companies", sa.Text(), nullable=False),
        sa.Column("negative", INT, nullable=True),
        sa.Column("newest_unit", sa.Text(), nullable=False),
        sa.Column("developments", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("tellings", sa.Text(), nullable=False),
        sa.Column("stale", INT, nullable=False),
        sa.Column("denials", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_stories_last_at", "stories", ["last_at"])

    op.create_table(
        "story_series",
        sa.Column("unit_id", sa.Text(), nullable=False, primary_key=True),
        sa.Column("series", sa.Text(), nullable=False, primary_key=True),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("first_at", INT, nullable=False),
        sa.Column("first_key", sa.Text(), nullable=False),
        sa.Column("first_standing", sa.Text(), nullable=False),
        sa.Column("first_publisher", sa.Text(), nullable=False),
        sa.Column("sentiment", INT, nullable=True),
        sa.Column("negative_at", INT, nullable=True),
        sa.Column("negative_key", sa.Text(), nullable=True),
        sa.Column("negative_standing", sa.Text(), nullable=True),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("ix_story_series_first_at", "story_series", ["first_at"])
    op.create_index(
        "ix_story_series_negative_at",
        "story_series",
        ["negative_at"],
        sqlite_where=sa.text("negative_at IS NOT NULL"),
    )

    op.create_table(
        "buckets",
        sa.Column("minute", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("series", sa.Text(), nullable=False, primary_key=True),
        sa.Column("stories", INT, nullable=False),
        sa.Column("negative", INT, nullable=False),
        sa.Column("live_stories", INT, nullable=False),
        sa.Column("live_negative", INT, nullable=False),
        sa.Column("shown", INT, nullable=False),
        sa.Column("scored", INT, nullable=False),
        sa.Column("sentiment", INT, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "spikes",
        sa.Column("id", sa.Text(), nullable=False, primary_key=True),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("opened_at", INT, nullable=False),
        sa.Column("closed_at", INT, nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("window", INT, nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("stories", INT, nullable=False),
        sa.Column("expected", sa.REAL(), nullable=False),
        sa.Column("surprise", sa.REAL(), nullable=False),
        sa.Column("threshold", sa.REAL(), nullable=False),
        sa.Column("cusum", sa.REAL(), nullable=False),
        sa.Column("cusum_threshold", sa.REAL(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("gates", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("publishers", INT, nullable=False),
        sa.Column("robust", sa.Text(), nullable=False),
        sa.Column("headed_by", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Text(), nullable=False),
        sa.Column("quiet_since", INT, nullable=True),
        sa.Column("peak_n", INT, nullable=False),
        sa.Column("peak_surprise", sa.REAL(), nullable=False),
        sa.Column("updates", INT, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_spikes_opened_at", "spikes", ["opened_at"])

    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False, primary_key=True),
        sa.Column("status", sa.Text(), nullable=False, primary_key=True),
        sa.Column("at", INT, nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_alerts_at", "alerts", ["at"])

    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False, primary_key=True),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("due_at", INT, nullable=False),
        sa.Column("turn", INT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", INT, nullable=False),
        sa.Column("last_status", INT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("updated_at", INT, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("mute_id", INT, nullable=True),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_updated_at", "outbox", ["endpoint", "updated_at"])
    op.create_index(
        "ix_outbox_waiting", "outbox", ["alert_id", "endpoint", "turn"], sqlite_where=sa.text("status = 'pending'")
    )
    op.create_index("ix_outbox_pending", "outbox", ["endpoint", "due_at"], sqlite_where=sa.text("status = 'pending'"))

    op.create_table(
        "endpoints",
        sa.Column("name", sa.Text(), nullable=False, primary_key=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("gone_at", INT, nullable=True),
        sqlite_strict=True,
    )

    op.create_table(
        "pins",
        sa.Column("alert_id", sa.Text(), nullable=False, primary_key=True),
        sa.Column("seq", INT, nullable=False),
        sa.Column("updates", INT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "pinned_articles",
        sa.Column("alert_id", sa.Text(), nullable=False, primary_key=True),
        sa.Column("article_seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("at_seq", INT, nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("ix_pinned_articles_article_seq", "pinned_articles", ["article_seq"])

    op.create_table(
        "answers",
        sa.Column("seq", INT, nullable=False, primary_key=True),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_answers_alert_id", "answers", ["alert_id"])

    op.create_table(
        "mutes",
        sa.Column("id", INT, nullable=False, primary_key=True),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("until", INT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("ended_at", INT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_mutes_open", "mutes", ["series"], sqlite_where=sa.text("ended_at IS NULL"))

    op.create_table(
        "redrives",
        sa.Column("seq", INT, nullable=False, primary_key=True),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("tries", INT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_redrives_delivery_id", "redrives", ["delivery_id"])

    op.create_table(
        "audit",
        sa.Column("seq", INT, nullable=False, primary_key=True),
        sa.Column("at", INT, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "near_misses",
        sa.Column("series", sa.Text(), nullable=False, primary_key=True),
        sa.Column("day", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("window", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("expected", sa.REAL(), nullable=False),
        sa.Column("surprise", sa.REAL(), nullable=False),
        sa.Column("threshold", sa.REAL(), nullable=False),
        sa.Column("kept_silent_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_near_misses_at", "near_misses", ["at"])

    op.create_table(
        "runs",
        sa.Column("series", sa.Text(), nullable=False, primary_key=True),
        sa.Column("run", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "positions",
        sa.Column("source", sa.Text(), nullable=False, primary_key=True),
        sa.Column("partition", sa.Text(), nullable=False, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "refusals",
        sa.Column("id", INT, nullable=False, primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_refusals_at", "refusals", ["at"])

    op.create_table(
        "watermarks",
        sa.Column("source", sa.Text(), nullable=False, primary_key=True),
        sa.Column("at", INT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "texts",
        sa.Column("fingerprint", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("last_at", INT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "profiles",
        sa.Column("day", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("model", sa.Text(), nullable=False, primary_key=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first schema; restore a backup instead")
