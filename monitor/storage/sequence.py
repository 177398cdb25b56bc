"""The committed past in the order of the one sequence, as the batch oracle, replay and `explain` read it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from monitor.records import Article, Mention, Mode, Prepared, Scope, Score, Standing, Tick
from monitor.storage import schema
from monitor.storage.effects import ArticleRow
from monitor.storage.rebuild import max_seq


def in_sequence(
    connection: Connection, from_seq: int = 0, chunk: int = 1_000
) -> Iterator[ArticleRow | tuple[int, Tick]]:
    """Articles and ticks from `from_seq` on, equal to what was committed; `chunk` sequence numbers in memory at once.

    Read it to its end within one `Store.reader` block: that is one snapshot. A reader that takes hours keeps the
    write-ahead log from shrinking for as long.
    """
    last = max_seq(connection)
    start = max(from_seq, 0)
    while start <= last:
        end = start + chunk
        rows: list[ArticleRow | tuple[int, Tick]] = [*articles(connection, start, end), *_ticks(connection, start, end)]
        rows.sort(key=lambda row: row.seq if isinstance(row, ArticleRow) else row[0])
        yield from rows
        start = end


def articles(connection: Connection, start: int, end: int) -> list[ArticleRow]:
    """Articles with start <= seq < end, in sequence."""
    table = schema.articles
    scores = _by_article(connection, schema.scores, start, end)
    mentions = _by_article(connection, schema.mentions, start, end)
    rows = connection.execute(select(table).where(table.c.seq >= start, table.c.seq < end).order_by(table.c.seq))
    return [
        _article_row(
            row,
            scores=tuple(_score(score) for score in scores.get(row.seq, ())),
            mentions=tuple(_mention(mention) for mention in mentions.get(row.seq, ())),
        )
        for row in rows
    ]


def _ticks(connection: Connection, start: int, end: int) -> list[tuple[int, Tick]]:
    table = schema.ticks
    rows = connection.execute(select(table).where(table.c.seq >= start, table.c.seq < end).order_by(table.c.seq))
    return [(row.seq, Tick(row.at, Mode(row.mode))) for row in rows]


def _by_article(connection: Connection, table: Any, start: int, end: int) -> dict[int, list[Row[Any]]]:
    rows = connection.execute(
        select(table)
        .where(table.c.article_seq >= start, table.c.article_seq < end)
        .order_by(table.c.article_seq, table.c.ordinal)
    )
    return {seq: list(group) for seq, group in groupby(rows, key=lambda row: int(row.article_seq))}


def _article_row(row: Row[Any], scores: tuple[Score, ...], mentions: tuple[Mention, ...]) -> ArticleRow:
    article = Article(
        key=row.key,
        source=row.source,
        publisher=row.publisher,
        url=row.url,
        title=row.raw_title,
        summary=row.raw_summary,
        language=row.language,
        published_at=row.published_at,
        received_at=row.received_at,
        event_time=row.event_time,
        tickers=tuple(row.tickers),
        scope=Scope(row.scope),
        mode=Mode(row.mode),
    )
    prepared = Prepared(article, row.title, row.lead, row.text_hash, mentions, scores, row.unscored)
    return ArticleRow(row.seq, prepared, Standing(row.standing), row.story_id, row.role, row.committed_at)


def _score(row: Row[Any]) -> Score:
    topics = tuple((name, value) for name, value in row.topics)
    return Score(row.negative, row.neutral, row.positive, topics, row.model, row.target or None)


def _mention(row: Row[Any]) -> Mention:
    return Mention(
        entity_id=row.entity_id,
        name=row.name,
        kind=row.kind,
        sector=row.sector,
        where=row.where,
        start=row.start,
        end=row.end,
        relevance=row.relevance,
    )
