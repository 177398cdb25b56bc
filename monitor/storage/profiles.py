"""A day's scored headlines as counts, kept for good: what drift is measured against outlives the articles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from monitor.records import DAY_MS, Score
from monitor.storage import schema


def days_to_count(connection: Connection, model: str, today: int, most: int) -> list[int]:
    """Those of the last `most` finished days, from the first with articles on, that have no counts of this model yet.

    Days since the epoch, UTC.
    """
    table, article = schema.profiles.c, schema.articles.c
    first = connection.execute(
        select(func.min(article.event_time)).where(article.event_time >= (today - most) * DAY_MS)
    )
    known = set(connection.execute(select(table.day).where(table.model == model)).scalars())
    begun = first.scalar()
    return [] if begun is None else [day for day in range(begun // DAY_MS, today) if day not in known]


def scored_on(connection: Connection, day: int, model: str) -> Iterator[tuple[str, Score]]:
    """(title, score of the whole headline) of the articles of that day, by event time, as this model reads them."""
    article, score = schema.articles.c, schema.scores.c
    rows = connection.execute(
        select(article.title, score.negative, score.neutral, score.positive, score.topics)
        .join(schema.scores, score.article_seq == article.seq)
        .where(
            article.event_time >= day * DAY_MS,
            article.event_time < (day + 1) * DAY_MS,
            schema.standing(schema.scores),
            score.target == "",
            score.model == model,
        )
    )
    for title, negative, neutral, positive, topics in rows:
        yield title, Score(negative, neutral, positive, tuple((name, value) for name, value in topics), model)


def keep_profile(connection: Connection, day: int, model: str, counts: Mapping[str, Any]) -> None:
    """counts: JSON-able."""
    connection.execute(insert(schema.profiles).values(day=day, model=model, counts=counts))


def profiles(connection: Connection, model: str) -> dict[int, Any]:
    """day -> its counts."""
    table = schema.profiles.c
    rows = connection.execute(select(table.day, table.counts).where(table.model == model).order_by(table.day))
    return {row.day: row.counts for row in rows}
