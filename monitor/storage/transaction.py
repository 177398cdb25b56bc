"""The one write transaction: every row that a batch changes, in an order that a reader can follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update

from monitor.instrument import Recount
from monitor.records import DAY_MS, Development, Prepared, Story
from monitor.storage import schema
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.pins import pin
from monitor.storage.statements import BulkInsert, getter, names


def apply(connection: Connection, effects: Effects) -> None:
    """Writes `effects` through `connection`, inside the caller's transaction.

    Raises:
        sqlalchemy.exc.IntegrityError: a sequence number, an article's (key, text_hash), an alert's (id, status) or an
            outbox id is there already: the fold broke its promise, nothing may be saved.
    """
    _ARTICLES.run(connection, map(_as_stored, effects.articles))
    _readings(connection, [(row.seq, row.prepared) for row in effects.articles], 0)
    if effects.unstage:
        for table in (schema.scores, schema.mentions):
            connection.execute(delete(table).where(table.c.read_from == schema.STAGED))
    _readings(connection, effects.staged, schema.STAGED)
    for seq, recount in effects.recounts:
        _recount(connection, seq, recount)
    part = schema.story_series.c
    for unit_id, series in effects.unplaced:
        connection.execute(delete(schema.story_series).where(part.unit_id == unit_id, part.series == series))
    _TICKS.run(connection, ((seq, tick.at, tick.mode.value) for seq, tick in effects.ticks))
    _STORIES.run(connection, map(_story, effects.stories))
    _STORY_SERIES.run(connection, map(_story_series, effects.story_series))
    _BUCKETS.run(connection, map(_bucket, effects.buckets))
    _SPIKES.run(
        connection,
        (
            (
                *_spike(row),
                [[g.name, g.passed, g.detail] for g in row.spike.gates],
                *_spike_rest(row),
                asdict(row.told),
            )
            for row in effects.spikes
        ),
    )
    pin(connection, effects.spikes)
    _ALERTS.run(connection, map(_alert, effects.alerts))
    _OUTBOX.run(connection, ((*_outbox(row), "pending", 0, None, "", row.created_at, "") for row in effects.outbox))
    _NEAR_MISSES.run(connection, ((row.series, row.at // DAY_MS, *_near_miss(row)) for row in effects.near_misses))
    _RUNS.run(connection, ((series, asdict(run)) for series, run in effects.runs.items()))
    _POSITIONS.run(connection, map(_position, effects.positions))
    _REFUSALS.run(connection, map(_refusal, effects.refusals))
    _WATERMARKS.run(connection, effects.watermarks.items())
    _META.run(connection, effects.meta.items())
    for since in effects.texts_since:
        connection.execute(delete(schema.texts).where(schema.texts.c.last_at < since))
    _TEXTS.run(connection, map(_past_text, effects.texts))


def _readings(connection: Connection, read: Sequence[tuple[int, Prepared]], since: int) -> None:
    _SCORES.run(
        connection,
        (
            (seq, since, ordinal, s.target or "", s.negative, s.neutral, s.positive, s.topics, s.model)
            for seq, prepared in read
            for ordinal, s in enumerate(prepared.scores)
        ),
    )
    _MENTIONS.run(
        connection,
        (
            (seq, since, ordinal, *_mention(mention))
            for seq, prepared in read
            for ordinal, mention in enumerate(prepared.mentions)
        ),
    )


def _recount(connection: Connection, seq: int, recount: Recount) -> None:
    """What was staged stands from here on, and what stood before it no longer does."""
    values = (seq, recount.at, recount.since, str(recount.before), str(recount.after), recount.admitted)
    _RECOUNTS.run(connection, [values])
    if recount.before == recount.after:
        return
    article = schema.articles.c
    read_again = select(article.seq).where(article.event_time >= recount.since, article.seq < seq)
    for table in (schema.scores, schema.mentions):
        stood: Table = table
        connection.execute(
            update(stood).where(schema.standing(stood), stood.c.article_seq.in_(read_again)).values(read_until=seq)
        )
        connection.execute(update(stood).where(stood.c.read_from == schema.STAGED).values(read_from=seq))


_GIVEN = ("key", "source", "publisher", "url", "language", "published_at", "received_at", "event_time", "tickers")
_article = getter(
    names(schema.articles),
    **{name: f"prepared.article.{name}" for name in _GIVEN},
    raw_title="prepared.article.title",
    raw_summary="prepared.article.summary",
    scope="prepared.article.scope.value",
    mode="prepared.article.mode.value",
    title="prepared.title",
    lead="prepared.lead",
    text_hash="prepared.text_hash",
    unscored="prepared.unscored",
    scored_at="prepared.scored_at",
    standing="standing.value",
)
_raw_title_place, _raw_summary_place = map(names(schema.articles).index, ("raw_title", "raw_summary"))
_mention = getter(names(schema.mentions, "article_seq", "read_from", "read_until", "ordinal"))
_plain_story = getter(names(schema.stories))
_turns_places = {names(schema.stories).index(name) for name in ("developments", "denials")}
_newest_text_place = names(schema.stories).index("newest_text")
_stale_place = names(schema.stories).index("stale")
_turn = attrgetter(*Development.__slots__)
_story_series = getter(names(schema.story_series))
_bucket = getter(names(schema.buckets))
# A spike's columns up to its gates, and those after them.
_spike_names = names(schema.spikes)
_spike_place = _spike_names.index("gates")
_STATE = ("quiet_since", "peak_n", "peak_surprise", "updates", "told")
_spike_paths = {name: f"spike.{name}" for name in _spike_names if name not in _STATE}
_spike = getter(_spike_names[:_spike_place], **_spike_paths)
_spike_rest = getter(_spike_names[_spike_place + 1 : -1], **_spike_paths)  # `told` is the last
_alert = getter(names(schema.alerts))
_outbox = getter(("id", "alert_id", "endpoint", "body", "created_at", "due_at", "turn"))
_near_miss = getter(names(schema.near_misses, "series", "day"))
_position = getter(names(schema.positions))
_refusal = getter(names(schema.refusals, "id"))

_past_text = getter(names(schema.texts))


def _as_stored(row: ArticleRow) -> tuple[Any, ...]:
    """Texts that came as we read them are kept once."""
    values, given, prepared = list(_article(row)), row.prepared.article, row.prepared
    if given.title == prepared.title:
        values[_raw_title_place] = None
    if given.summary == prepared.lead:
        values[_raw_summary_place] = None
    return tuple(values)


def _story(story: Story) -> tuple[Any, ...]:
    """Developments and denials are rows of values in their column: a JSON list has no names to repeat."""
    values = list(_plain_story(story))
    for place in _turns_places:
        values[place] = [_turn(turn) for turn in values[place]]
    values[_stale_place] = int(story.stale)
    if story.newest_text == story.first_text:
        values[_newest_text_place] = None
    return tuple(values)


_ARTICLES = BulkInsert(schema.articles, names(schema.articles))
_SCORES = BulkInsert(schema.scores, names(schema.scores, "read_until"))
_MENTIONS = BulkInsert(schema.mentions, names(schema.mentions, "read_until"))
_RECOUNTS = BulkInsert(schema.recounts, names(schema.recounts))
_TICKS = BulkInsert(schema.ticks, names(schema.ticks))
_STORIES = BulkInsert(schema.stories, names(schema.stories), "replace")
_STORY_SERIES = BulkInsert(schema.story_series, names(schema.story_series), "replace")
_BUCKETS = BulkInsert(schema.buckets, names(schema.buckets), "add")
_SPIKES = BulkInsert(schema.spikes, names(schema.spikes), "replace")
_ALERTS = BulkInsert(schema.alerts, names(schema.alerts))
_OUTBOX = BulkInsert(schema.outbox, names(schema.outbox, "mute_id"))
_NEAR_MISSES = BulkInsert(schema.near_misses, names(schema.near_misses), "greatest", "surprise")
_RUNS = BulkInsert(schema.runs, names(schema.runs), "replace")
_POSITIONS = BulkInsert(schema.positions, names(schema.positions), "replace")
_REFUSALS = BulkInsert(schema.refusals, names(schema.refusals, "id"))
_WATERMARKS = BulkInsert(schema.watermarks, names(schema.watermarks), "greatest", "at")
_TEXTS = BulkInsert(schema.texts, names(schema.texts), "replace")
_META = BulkInsert(schema.meta, names(schema.meta), "replace")
