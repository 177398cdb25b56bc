"""The first schema: articles in sequence, stories, counts, spikes, alerts and their outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.storage.migrations.kinds import INT, REAL, TEXT, only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("text_hash", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("publisher", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("raw_title", TEXT, nullable=True),
        sa.Column("raw_summary", TEXT, nullable=True),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("published_at", INT, nullable=True),
        sa.Column("received_at", INT, nullable=False),
        sa.Column("event_time", INT, nullable=False),
        sa.Column("tickers", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("lead", TEXT, nullable=False),
        sa.Column("unscored", TEXT, nullable=False),
        sa.Column("standing", TEXT, nullable=False),
        sa.Column("story_id", TEXT, nullable=False),
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
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
        sa.Column("target", TEXT, nullable=False),
        sa.Column("negative", INT, nullable=False),
        sa.Column("neutral", INT, nullable=False),
        sa.Column("positive", INT, nullable=False),
        sa.Column("topics", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "mentions",
        sa.Column("article_seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("read_from", INT, nullable=False, primary_key=True, autoincrement=False, server_default="0"),
        sa.Column("read_until", INT, nullable=True),
        sa.Column("ordinal", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("entity_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("sector", TEXT, nullable=False),
        sa.Column("where", TEXT, nullable=False),
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
        sa.Column("mode", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_ticks_at", "ticks", ["at"])

    op.create_table(
        "recounts",
        sa.Column("seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("since", INT, nullable=False),
        sa.Column("before", TEXT, nullable=False),
        sa.Column("after", TEXT, nullable=False),
        sa.Column("admitted", TEXT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "stories",
        sa.Column("id", TEXT, nullable=False, primary_key=True),
        sa.Column("first_seq", INT, nullable=False),
        sa.Column("first_at", INT, nullable=False),
        sa.Column("last_at", INT, nullable=False),
        sa.Column("publisher", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("first_text", TEXT, nullable=False),
        sa.Column("newest_text", TEXT, nullable=True),
        sa.Column("copies", INT, nullable=False),
        sa.Column("publishers", TEXT, nullable=False),
        sa.Column("companies", TEXT, nullable=False),
        sa.Column("negative", INT, nullable=True),
        sa.Column("newest_unit", TEXT, nullable=False),
        sa.Column("developments", TEXT, nullable=False),
        sa.Column("figures", TEXT, nullable=False),
        sa.Column("events", TEXT, nullable=False),
        sa.Column("tellings", TEXT, nullable=False),
        sa.Column("stale", INT, nullable=False),
        sa.Column("denials", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_stories_last_at", "stories", ["last_at"])

    op.create_table(
        "story_series",
        sa.Column("unit_id", TEXT, nullable=False, primary_key=True),
        sa.Column("series", TEXT, nullable=False, primary_key=True),
        sa.Column("story_id", TEXT, nullable=False),
        sa.Column("first_at", INT, nullable=False),
        sa.Column("first_key", TEXT, nullable=False),
        sa.Column("first_standing", TEXT, nullable=False),
        sa.Column("first_publisher", TEXT, nullable=False),
        sa.Column("sentiment", INT, nullable=True),
        sa.Column("negative_at", INT, nullable=True),
        sa.Column("negative_key", TEXT, nullable=True),
        sa.Column("negative_standing", TEXT, nullable=True),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("ix_story_series_first_at", "story_series", ["first_at"])
    op.create_index(
        "ix_story_series_negative_at",
        "story_series",
        ["negative_at"],
        **only("negative_at IS NOT NULL"),
    )

    op.create_table(
        "buckets",
        sa.Column("minute", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("series", TEXT, nullable=False, primary_key=True),
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
        sa.Column("id", TEXT, nullable=False, primary_key=True),
        sa.Column("series", TEXT, nullable=False),
        sa.Column("opened_at", INT, nullable=False),
        sa.Column("closed_at", INT, nullable=True),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("window", INT, nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("stories", INT, nullable=False),
        sa.Column("expected", REAL, nullable=False),
        sa.Column("surprise", REAL, nullable=False),
        sa.Column("threshold", REAL, nullable=False),
        sa.Column("cusum", REAL, nullable=False),
        sa.Column("cusum_threshold", REAL, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("gates", TEXT, nullable=False),
        sa.Column("evidence", TEXT, nullable=False),
        sa.Column("publishers", INT, nullable=False),
        sa.Column("robust", TEXT, nullable=False),
        sa.Column("headed_by", TEXT, nullable=False),
        sa.Column("baseline", TEXT, nullable=False),
        sa.Column("quiet_since", INT, nullable=True),
        sa.Column("peak_n", INT, nullable=False),
        sa.Column("peak_surprise", REAL, nullable=False),
        sa.Column("updates", INT, nullable=False),
        sa.Column("told", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_spikes_opened_at", "spikes", ["opened_at"])

    op.create_table(
        "alerts",
        sa.Column("id", TEXT, nullable=False, primary_key=True),
        sa.Column("status", TEXT, nullable=False, primary_key=True),
        sa.Column("at", INT, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_alerts_at", "alerts", ["at"])

    op.create_table(
        "outbox",
        sa.Column("id", TEXT, nullable=False, primary_key=True),
        sa.Column("alert_id", TEXT, nullable=False),
        sa.Column("endpoint", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("due_at", INT, nullable=False),
        sa.Column("turn", INT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("tries", INT, nullable=False),
        sa.Column("last_status", INT, nullable=True),
        sa.Column("last_error", TEXT, nullable=False),
        sa.Column("updated_at", INT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("mute_id", INT, nullable=True),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_updated_at", "outbox", ["endpoint", "updated_at"])
    op.create_index("ix_outbox_waiting", "outbox", ["alert_id", "endpoint", "turn"], **only("status = 'pending'"))
    op.create_index("ix_outbox_pending", "outbox", ["endpoint", "due_at"], **only("status = 'pending'"))

    op.create_table(
        "endpoints",
        sa.Column("name", TEXT, nullable=False, primary_key=True),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("gone_at", INT, nullable=True),
        sqlite_strict=True,
    )

    op.create_table(
        "pins",
        sa.Column("alert_id", TEXT, nullable=False, primary_key=True),
        sa.Column("seq", INT, nullable=False),
        sa.Column("updates", INT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "pinned_articles",
        sa.Column("alert_id", TEXT, nullable=False, primary_key=True),
        sa.Column("article_seq", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("at_seq", INT, nullable=False),
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("scores", TEXT, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("ix_pinned_articles_article_seq", "pinned_articles", ["article_seq"])

    op.create_table(
        "answers",
        sa.Column("seq", INT, sa.Identity(), nullable=False, primary_key=True),
        sa.Column("alert_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("via", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_answers_alert_id", "answers", ["alert_id"])

    op.create_table(
        "mutes",
        sa.Column("id", INT, sa.Identity(), nullable=False, primary_key=True),
        sa.Column("series", TEXT, nullable=False),
        sa.Column("until", INT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("via", TEXT, nullable=False),
        sa.Column("ended_at", INT, nullable=True),
        sa.Column("ended_by", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_mutes_open", "mutes", ["series"], **only("ended_at IS NULL"))

    op.create_table(
        "redrives",
        sa.Column("seq", INT, sa.Identity(), nullable=False, primary_key=True),
        sa.Column("delivery_id", TEXT, nullable=False),
        sa.Column("tries", INT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("via", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_redrives_delivery_id", "redrives", ["delivery_id"])

    op.create_table(
        "audit",
        sa.Column("seq", INT, sa.Identity(), nullable=False, primary_key=True),
        sa.Column("at", INT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("via", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "near_misses",
        sa.Column("series", TEXT, nullable=False, primary_key=True),
        sa.Column("day", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("window", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("expected", REAL, nullable=False),
        sa.Column("surprise", REAL, nullable=False),
        sa.Column("threshold", REAL, nullable=False),
        sa.Column("kept_silent_by", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_near_misses_at", "near_misses", ["at"])

    op.create_table(
        "runs",
        sa.Column("series", TEXT, nullable=False, primary_key=True),
        sa.Column("run", TEXT, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "positions",
        sa.Column("source", TEXT, nullable=False, primary_key=True),
        sa.Column("partition", TEXT, nullable=False, primary_key=True),
        sa.Column("value", TEXT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "refusals",
        sa.Column("id", INT, sa.Identity(), nullable=False, primary_key=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("where", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_refusals_at", "refusals", ["at"])

    op.create_table(
        "watermarks",
        sa.Column("source", TEXT, nullable=False, primary_key=True),
        sa.Column("at", INT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "texts",
        sa.Column("fingerprint", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("before", TEXT, nullable=False),
        sa.Column("days", TEXT, nullable=False),
        sa.Column("last_at", INT, nullable=False),
        sqlite_strict=True,
    )

    op.create_table(
        "profiles",
        sa.Column("day", INT, nullable=False, primary_key=True, autoincrement=False),
        sa.Column("model", TEXT, nullable=False, primary_key=True),
        sa.Column("counts", TEXT, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )

    op.create_table(
        "meta",
        sa.Column("key", TEXT, nullable=False, primary_key=True),
        sa.Column("value", TEXT, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first schema; restore a backup instead")
