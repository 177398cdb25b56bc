"""What the page, the metrics and `explain` read: each a function of a connection, for `Store.read`.

Times are milliseconds since the epoch, UTC, bounds inclusive; hours and minutes are whole ones since the epoch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Text, and_, cast, func, literal_column, or_, select, true

from monitor.detection.spikes import NearMiss, OpenSpike
from monitor.records import Alert, Standing
from monitor.storage import schema
from monitor.storage.answers import latest
from monitor.storage.expressions import json_items, total
from monitor.storage.rebuild import chunks, placements_of_units, spike_of, story_of, units_of
from monitor.storage.views import ArticleView, Counts, Coverage, DeliveryView, HourPoint, StoryView


def stories_newest(connection: Connection, limit: int, members: int = 20) -> list[StoryView]:
    """The stories with the latest articles by event time, newest first, each with its first `members` articles."""
    table = schema.stories
    rows = connection.execute(select(table).order_by(table.c.last_at.desc(), table.c.first_seq.desc()).limit(limit))
    stories = [story_of(row) for row in rows]
    ids = [story.id for story in stories]
    articles: dict[str, list[ArticleView]] = {}
    series: dict[str, set[str]] = {}
    for chunk in chunks(ids):
        for article in _articles(connection, schema.articles.c.story_id.in_(chunk)):
            articles.setdefault(article.story_id, []).append(article)
    for placed in placements_of_units(connection, units_of(stories)).values():
        for name, placement in placed.items():
            series.setdefault(placement.story_id, set()).add(name)
    return [
        StoryView(story, tuple(articles.get(story.id, ())[:members]), tuple(sorted(series.get(story.id, ()))))
        for story in stories
    ]


def alerts_recent(connection: Connection, limit: int) -> list[Alert]:
    """The last alerts of either status, newest first."""
    table = schema.alerts
    rows = connection.execute(select(table).order_by(table.c.at.desc(), table.c.id, table.c.status).limit(limit))
    return [Alert(**row._mapping) for row in rows]


def near_misses(connection: Connection, since_ms: int) -> list[NearMiss]:
    """Near-misses since then, the most surprising first."""
    table = schema.near_misses
    rows = connection.execute(
        select(table).where(table.c.at >= since_ms).order_by(table.c.surprise.desc(), table.c.series)
    )
    return [NearMiss(**{k: v for k, v in row._mapping.items() if k != "day"}) for row in rows]


def counts(connection: Connection) -> Counts:
    """Rows of each kind. Walks an index of each table: some milliseconds for a million."""
    tables = (schema.articles, schema.stories, schema.ticks, schema.refusals, schema.alerts)
    return Counts(*(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables))


def hourly_points(connection: Connection, series: Sequence[str], since_minute: int) -> list[HourPoint]:
    """The buckets of these series summed by hour, ordered by series and hour; hours without a bucket are absent."""
    table = schema.buckets.c
    hour = table.minute.op("/")(60)
    found: list[HourPoint] = []
    for chunk in chunks(sorted(set(series))):
        rows = connection.execute(
            select(
                table.series,
                hour,
                *(total(table[n]) for n in ("stories", "negative", "shown", "scored", "sentiment")),
            )
            .where(table.minute >= since_minute, table.series.in_(chunk))
            .group_by(table.series, hour)
            .order_by(table.series, hour)
        )
        found.extend(HourPoint(*row) for row in rows)
    return found


def coverage(connection: Connection, since_ms: int) -> dict[str, Coverage]:
    """series -> what stories entered it at or after then, and how many publishers carried them."""
    part, story = schema.story_series, schema.stories
    publisher = json_items(story.c.publishers).table_valued("value", name="publisher")
    rows = connection.execute(
        select(
            part.c.series,
            func.count(part.c.story_id.distinct()),
            func.count(cast(publisher.c.value, Text).distinct()),
            func.max(part.c.first_at),
        )
        .select_from(part.join(story, part.c.story_id == story.c.id).join(publisher, true(), isouter=True))
        .where(part.c.first_at >= since_ms)
        .group_by(part.c.series)
        .order_by(part.c.series)
    )
    return {series: Coverage(stories, publishers, last) for series, stories, publishers, last in rows}


def spike(connection: Connection, spike_id: str) -> OpenSpike | None:
    """One spike, open or closed."""
    row = connection.execute(select(schema.spikes).where(schema.spikes.c.id == spike_id)).one_or_none()
    return None if row is None else spike_of(row)


def alert_body(connection: Connection, alert_id: str) -> dict[str, Any] | None:
    """What was first told of an alert; None where nobody was."""
    table = schema.alerts.c
    row = connection.execute(select(table.body).where(table.id == alert_id, table.status == "firing")).one_or_none()
    return None if row is None else dict(row.body)


def spikes_recent(connection: Connection, since_ms: int, limit: int = 1_000) -> list[OpenSpike]:
    """Spikes opened or closed at or after then, and every open one; newest opening first."""
    table = schema.spikes
    lately = or_(table.c.opened_at >= since_ms, table.c.closed_at >= since_ms, table.c.closed_at.is_(None))
    rows = connection.execute(select(table).where(lately).order_by(table.c.opened_at.desc(), table.c.id).limit(limit))
    return [spike_of(row) for row in rows]


def pages_opened(connection: Connection, since_ms: int) -> dict[tuple[str, str], int]:
    """(severity, mark) -> pages opened after then; what another page heads is none of its own."""
    table, mark = schema.spikes.c, latest("mark")
    given = func.coalesce(mark.c.value, "unmarked")
    rows = connection.execute(
        select(table.severity, given, func.count())
        .select_from(schema.spikes.outerjoin(mark, mark.c.alert_id == table.id))
        .where(table.opened_at > since_ms, table.headed_by == "")
        .group_by(table.severity, given)
    )
    return {(severity, value): count for severity, value, count in rows}


def deliveries(
    connection: Connection, limit: int = 1_000, *, endpoint: str = "", status: str = "", alert: str = ""
) -> list[DeliveryView]:
    """What was handed to endpoints, the last first; "" is no condition."""
    table, redrive = schema.outbox, schema.redrives.c
    again = select(func.count()).where(redrive.delivery_id == table.c.id).scalar_subquery()
    asked = ((table.c.endpoint, endpoint), (table.c.status, status), (table.c.alert_id, alert))
    rows = connection.execute(
        select(table, again.label("redriven"))
        .where(*(column == value for column, value in asked if value))
        .order_by(table.c.created_at.desc(), table.c.id)
        .limit(limit)
    )
    return [_delivery_view(row) for row in rows]


def _delivery_view(row: Row[Any]) -> DeliveryView:
    plain = {name: row._mapping[name] for name in DeliveryView.__slots__ if not name.endswith("sha256")}
    body = hashlib.sha256(row.body.encode()).hexdigest()
    return DeliveryView(**plain, sent_sha256=row.digest, body_sha256=body)


def deliveries_pending(connection: Connection) -> dict[str, int]:
    """endpoint -> alerts not yet delivered; endpoints without one are absent."""
    table = schema.outbox.c
    pending = select(table.endpoint, func.count()).where(table.status == literal_column("'pending'"))
    return {row.endpoint: row[1] for row in connection.execute(pending.group_by(table.endpoint))}


def deliveries_oldest(connection: Connection) -> dict[str, int]:
    """endpoint -> when the oldest alert not yet delivered was decided, ms; endpoints without one are absent."""
    table = schema.outbox.c
    pending = select(table.endpoint, func.min(table.created_at)).where(table.status == literal_column("'pending'"))
    return {row.endpoint: row[1] for row in connection.execute(pending.group_by(table.endpoint))}


def _articles(connection: Connection, condition: Any) -> list[ArticleView]:
    article, score = schema.articles, schema.scores
    # A whole headline's score is the first of its article; a target's never is.
    whole = and_(score.c.article_seq == article.c.seq, score.c.target == "", schema.standing(score))
    rows = connection.execute(
        select(article, score.c.negative, score.c.neutral, score.c.positive)
        .select_from(article.outerjoin(score, whole))
        .where(condition)
        .order_by(article.c.seq)
    )
    return [_article_view(row) for row in rows]


def _article_view(row: Row[Any]) -> ArticleView:
    return ArticleView(
        seq=row.seq,
        key=row.key,
        story_id=row.story_id,
        source=row.source,
        publisher=row.publisher,
        url=row.url,
        title=row.title,
        language=row.language,
        published_at=row.published_at,
        event_time=row.event_time,
        standing=Standing(row.standing),
        role=row.role,
        unscored=row.unscored,
        negative=row.negative,
        neutral=row.neutral,
        positive=row.positive,
    )
