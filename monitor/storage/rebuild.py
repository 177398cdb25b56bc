"""What the daemon reads to have the same memory after a restart as before it.

Each function takes a connection from `Store.reader` or runs through `Store.read`. `since_ms` are milliseconds,
`since_minute` minutes, hours are `ms // 3_600_000`: all since the epoch, UTC, all bounds inclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, case, func, or_, select

from monitor.aggregation.placement import Placement
from monitor.detection.cusum import Run
from monitor.detection.spikes import OpenSpike, Told
from monitor.records import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Bucket,
    Development,
    Gate,
    Mode,
    PastText,
    Spike,
    Standing,
    Story,
    Tick,
)
from monitor.storage import schema
from monitor.storage.expressions import total

T = TypeVar("T")
Share = Callable[[str], str]

_COUNTED = [standing.value for standing in Standing if standing.counted]

# Values of one IN list: well under SQLite's limit, and one cached statement for all full chunks.
CHUNK = 500


class Known(NamedTuple):
    """One stored text of a key: what dedup compares with."""

    text_hash: str
    story_id: str
    seq: int


class HourCount(NamedTuple):
    """A series' stories and negative stories of one hour since the epoch, of those that count."""

    series: str
    hour: int
    stories: int
    negative: int


def max_seq(connection: Connection) -> int:
    """The last sequence number given to an article, a tick or a recount; 0 in an empty store."""
    articles = connection.execute(select(func.max(schema.articles.c.seq))).scalar()
    ticks = connection.execute(select(func.max(schema.ticks.c.seq))).scalar()
    recounts = connection.execute(select(func.max(schema.recounts.c.seq))).scalar()
    return max(articles or 0, ticks or 0, recounts or 0)


def last_tick(connection: Connection) -> tuple[int, Tick] | None:
    """The tick that moved the clock furthest, `now`, with its sequence number; None before the first.

    A backfill may store ticks of earlier hours after it; those only say that an hour was observed.
    """
    table = schema.ticks.c
    row = connection.execute(
        select(table.seq, table.at, table.mode).order_by(table.at.desc(), table.seq).limit(1)
    ).one_or_none()
    return None if row is None else (row.seq, Tick(row.at, Mode(row.mode)))


def known(connection: Connection, keys: Sequence[str]) -> dict[str, list[Known]]:
    """The stored texts of those keys that are known, each key's in sequence."""
    table = schema.articles.c
    found: dict[str, list[Known]] = {}
    for chunk in chunks(keys):
        rows = connection.execute(
            select(table.key, table.text_hash, table.story_id, table.seq)
            .where(table.key.in_(chunk))
            .order_by(table.seq)
        )
        for key, text_hash, story_id, seq in rows:
            found.setdefault(key, []).append(Known(text_hash, story_id, seq))
    return found


def past_texts(connection: Connection, fingerprints: Sequence[int]) -> dict[int, PastText]:
    """What is remembered of those texts that have been told."""
    table = schema.texts
    found: dict[int, PastText] = {}
    for chunk in chunks(sorted(set(fingerprints))):
        for row in connection.execute(select(table).where(table.c.fingerprint.in_(chunk))):
            found[row.fingerprint] = PastText(row.fingerprint, tuple(row.before), tuple(row.days), row.last_at)
    return found


def sharing() -> Share:
    """Gives one string for all that are equal: each row brings its own, and the fold holds tens of thousands for long.

    Not sys.intern: up to Python 3.12.6 it keeps each for ever (python/cpython#113993).
    """
    known: dict[str, str] = {}
    return lambda text: known.setdefault(text, text)


def active_stories(connection: Connection, since_ms: int, share: Share = str) -> list[Story]:
    """Stories with an article at or after `since_ms` by event time, in the order in which they began."""
    table = schema.stories
    rows = connection.execute(select(table).where(table.c.last_at >= since_ms).order_by(table.c.first_seq))
    return [story_of(row, share) for row in rows]


def touched_since(connection: Connection, seq: int, share: Share = str) -> list[Story]:
    """Stories that an article of a greater sequence number opened or joined, in the order in which they began."""
    table, article = schema.stories, schema.articles.c
    touched = select(article.story_id).where(article.seq > seq, article.role != "revision")
    rows = connection.execute(select(table).where(table.c.id.in_(touched)).order_by(table.c.first_seq))
    return [story_of(row, share) for row in rows]


def placements_of_units(
    connection: Connection, unit_ids: Sequence[str], share: Share = str
) -> dict[str, dict[str, Placement]]:
    """unit -> series -> where it is counted."""
    table = schema.story_series
    found: dict[str, dict[str, Placement]] = {}
    for chunk in chunks(sorted(set(unit_ids))):
        rows = connection.execute(
            select(table).where(table.c.unit_id.in_(chunk)).order_by(table.c.unit_id, table.c.series)
        )
        for row in rows:
            placement = placement_of(row, share)
            found.setdefault(placement.unit_id, {})[placement.series] = placement
    return found


def placements_since(connection: Connection, minute: int, share: Share = str) -> list[Placement]:
    """Placements with their first or their first negative member in a minute after `minute`."""
    table = schema.story_series
    since = (minute + 1) * MINUTE_MS
    rows = connection.execute(
        select(table)
        .where(or_(table.c.first_at >= since, table.c.negative_at >= since))
        .order_by(table.c.unit_id, table.c.series)
    )
    return [placement_of(row, share) for row in rows]


def hour_counts(connection: Connection, since_minute: int) -> list[HourCount]:
    """Counts by series and hour from the buckets, ordered by hour and series; hours without a bucket are absent."""
    table = schema.buckets.c
    hour = table.minute.op("/")(60)
    rows = connection.execute(
        select(table.series, hour, total(table.stories), total(table.negative))
        .where(table.minute >= since_minute)
        .group_by(hour, table.series)
        .order_by(hour, table.series)
    )
    return [HourCount(*row) for row in rows]


def buckets(connection: Connection, since_minute: int) -> list[Bucket]:
    """Minute buckets, ordered by minute and series."""
    table = schema.buckets
    rows = connection.execute(
        select(table).where(table.c.minute >= since_minute).order_by(table.c.minute, table.c.series)
    )
    return [Bucket(**row._mapping) for row in rows]


def observed_hours(connection: Connection, since_ms: int) -> dict[int, bool]:
    """The hours in which at least one tick fell, in them silence is an observation; True where one was live."""
    table = schema.ticks.c
    hour = table.at.op("/")(HOUR_MS)
    live = func.max(case((table.mode == Mode.LIVE.value, 1), else_=0))
    rows = connection.execute(select(hour, live).where(table.at >= since_ms).group_by(hour).order_by(hour))
    return {at: bool(was_live) for at, was_live in rows}


def source_hours(connection: Connection, since_ms: int) -> list[tuple[str, int, int]]:
    """(source, epoch hour, live articles) by event time; revisions are not counted."""
    table = schema.articles.c
    hour = table.event_time.op("/")(HOUR_MS)
    rows = connection.execute(
        select(table.source, hour, func.count())
        .where(table.event_time >= since_ms, table.standing == Standing.LIVE.value, table.role != "revision")
        .group_by(table.source, hour)
        .order_by(table.source, hour)
    )
    return [(source, at, count) for source, at, count in rows]


def live_minutes(connection: Connection, since_ms: int) -> dict[int, int]:
    """epoch hour -> its minutes in which somebody listened live."""
    table = schema.ticks.c
    hour = table.at.op("/")(HOUR_MS)
    rows = connection.execute(
        select(hour, func.count())
        .where(table.at >= since_ms, table.mode == Mode.LIVE.value)
        .group_by(hour)
        .order_by(hour)
    )
    return {at: int(minutes) for at, minutes in rows}


def open_spikes(connection: Connection) -> list[OpenSpike]:
    """Spikes not yet closed, by opening and id."""
    table = schema.spikes
    rows = connection.execute(select(table).where(table.c.closed_at.is_(None)).order_by(table.c.opened_at, table.c.id))
    return [spike_of(row) for row in rows]


def runs(connection: Connection) -> dict[str, Run]:
    """series -> its cumulative sum, where it is not empty."""
    found = {}
    for row in connection.execute(select(schema.runs).order_by(schema.runs.c.series)):
        ids = {name: tuple(row.run[name]) for name in ("evidence", "pending")}
        run = Run(**{**row.run, **ids})
        if not run.empty:
            found[row.series] = run
    return found


def watermarks(connection: Connection) -> dict[str, int]:
    """source -> its watermark, ms."""
    table = schema.watermarks
    return {row.source: row.at for row in connection.execute(select(table).order_by(table.c.source))}


def positions(connection: Connection, source: str) -> dict[str, dict[str, Any]]:
    """partition -> the source's private state, as `Position.value` (tuples within come back as lists)."""
    table = schema.positions.c
    rows = connection.execute(
        select(table.partition, table.value).where(table.source == source).order_by(table.partition)
    )
    return {row.partition: row.value for row in rows}


def meta(connection: Connection, key: str) -> str | None:
    """A value that the fold keeps in the store, or None."""
    return connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == key)).scalar()


def publisher_counts(connection: Connection, since_ms: int) -> list[tuple[str, str, int, int]]:
    """(series, publisher, epoch day, stories) by each story's earliest member, since then, of those that count."""
    table = schema.story_series.c
    day = table.first_at.op("/")(DAY_MS)
    rows = connection.execute(
        select(table.series, table.first_publisher, day, func.count())
        .where(table.first_at >= since_ms, table.first_standing.in_(_COUNTED))
        .group_by(table.series, table.first_publisher, day)
        .order_by(table.series, table.first_publisher, day)
    )
    return [(series, publisher, at, count) for series, publisher, at, count in rows]


def units_of(stories: Iterable[Story]) -> list[str]:
    """The ids under which these stories are counted: each story's own, and its developments'."""
    return [unit_id for story in stories for unit_id in (story.id, *(turn.id for turn in story.developments))]


def story_of(row: Row[Any], share: Share = str) -> Story:
    """A row of `stories` as it was committed."""
    values = dict(row._mapping)
    for name in ("id", "newest_unit", "publisher"):
        values[name] = share(values[name])
    for name in ("publishers", "companies", "figures", "events"):
        values[name] = tuple(map(share, values[name]))
    for name in ("developments", "denials"):
        values[name] = tuple(Development(*turn) for turn in values[name])
    values["tellings"] = tuple(map(tuple, values["tellings"]))
    values["stale"] = bool(values["stale"])
    if values["newest_text"] is None:
        values["newest_text"] = values["first_text"]
    return Story(**values)


def spike_of(row: Row[Any]) -> OpenSpike:
    """A row of `spikes` as it was committed."""
    values = dict(row._mapping)
    told = values.pop("told")
    told = Told(**{**told, **{name: tuple(told[name]) for name in ("usual", "evidence", "news")}})
    quiet_since, peak_n, peak_surprise, updates = map(values.pop, ("quiet_since", "peak_n", "peak_surprise", "updates"))
    values["gates"] = tuple(Gate(*gate) for gate in values["gates"])
    values["evidence"] = tuple(values["evidence"])
    return OpenSpike(Spike(**values), quiet_since, peak_n, peak_surprise, updates, told)


def placement_of(row: Row[Any], share: Share = str) -> Placement:
    """A row of `story_series` as it was committed."""
    values = dict(row._mapping)
    for name in ("unit_id", "story_id", "series", "first_key", "first_publisher"):
        values[name] = share(values[name])
    if values["negative_key"] is not None:
        values["negative_key"] = share(values["negative_key"])
    values["first_standing"] = Standing(values["first_standing"])
    if values["negative_standing"] is not None:
        values["negative_standing"] = Standing(values["negative_standing"])
    return Placement(**values)


def chunks(values: Sequence[T]) -> list[Sequence[T]]:
    """`values` in pieces of at most CHUNK."""
    return [values[start : start + CHUNK] for start in range(0, len(values), CHUNK)]
