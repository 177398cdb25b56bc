"""The committed past in the order of the one sequence, as the batch oracle, replay and `explain` read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, select

from monitor.aggregation.placement import Placement
from monitor.instrument import Instrument, Recount
from monitor.records import Article, Mention, Mode, Prepared, Scope, Score, Standing, Tick
from monitor.storage import schema
from monitor.storage.effects import ArticleRow
from monitor.storage.rebuild import CHUNK, chunks, max_seq, placements_of_units

Recorded = ArticleRow | tuple[int, Tick] | tuple[int, Recount]
Which = Callable[[Table], ColumnElement[bool]]


def in_sequence(connection: Connection, from_seq: int = 0, chunk: int = 1_000) -> Iterator[Recorded]:
    """Articles, ticks and recounts from `from_seq` on, equal to what was committed.

    `chunk` sequence numbers are in memory at once. Articles come as they were read when they were folded.
    Read it to its end within one `Store.reader` block: that is one snapshot. A reader that takes hours keeps the
    write-ahead log from shrinking for as long.
    """
    last = max_seq(connection)
    start = max(from_seq, 0)
    while start <= last:
        end = start + chunk
        yield from between(connection, start, end, lambda table: table.c.read_from == 0)
        start = end


def between(connection: Connection, start: int, end: int, which: Which = schema.standing) -> list[Recorded]:
    """Articles, ticks and recounts with start <= seq < end, in sequence; which: of its readings."""
    rows: list[Recorded] = [
        *_between(connection, start, end, which),
        *_ticks(connection, start, end),
        *recounts(connection, start, end),
    ]
    return sorted(rows, key=number)


def number(row: Recorded) -> int:
    """Its place in the sequence."""
    return row.seq if isinstance(row, ArticleRow) else row[0]


def articles(connection: Connection, start: int, end: int) -> list[ArticleRow]:
    """Articles with start <= seq < end, in sequence, as they are read now."""
    return _between(connection, start, end, schema.standing)


def to_recount(
    connection: Connection, since_ms: int, *, at: int | None = None, from_seq: int = 0, staged: bool = False
) -> Iterator[ArticleRow]:
    """Articles of that event time and later, in sequence.

    Args:
        at: those before this sequence number, as they were read then; None: all, as they are read now.
        staged: as staged for the next recount instead.
    """
    end = max_seq(connection) + 1 if at is None else at

    def chosen(table: Table) -> ColumnElement[bool]:
        return table.c.read_from == schema.STAGED if staged else schema.standing(table, end)

    article = schema.articles.c
    recent = select(article.seq).where(article.event_time >= since_ms, article.seq >= from_seq, article.seq < end)
    return _numbered(connection, connection.execute(recent).scalars(), chosen)


def articles_of_stories(connection: Connection, story_ids: Iterable[str]) -> Iterator[ArticleRow]:
    """Every article but revisions of these stories, in sequence, as they are read now."""
    article = schema.articles.c
    seqs: list[int] = []
    for chunk in chunks(sorted(set(story_ids))):
        own = select(article.seq).where(article.story_id.in_(chunk), article.role != "revision")
        seqs.extend(connection.execute(own).scalars())
    return _numbered(connection, seqs, schema.standing)


def articles_numbered(connection: Connection, seqs: Iterable[int]) -> Iterator[ArticleRow]:
    """The articles of these sequence numbers, in sequence, as they are read now."""
    return _numbered(connection, seqs, schema.standing)


def _numbered(connection: Connection, numbers: Iterable[int], chosen: Which) -> Iterator[ArticleRow]:
    seqs = sorted(numbers)
    for first in range(0, len(seqs), CHUNK):
        part = set(seqs[first : first + CHUNK])
        # What lies between is read too and left out: news comes nearly in the order of its time.
        yield from (row for row in _between(connection, min(part), max(part) + 1, chosen) if row.seq in part)


def counted_since(
    connection: Connection, since_ms: int, *, staged: bool = False
) -> tuple[list[ArticleRow], dict[str, dict[str, Placement]]]:
    """What a recount of these event times goes by: `to_recount`'s articles, and where their units are counted now."""
    rows = list(to_recount(connection, since_ms, staged=staged))
    return rows, placements_of_units(connection, [row.unit_id for row in rows])


def recounts(connection: Connection, start: int, end: int) -> list[tuple[int, Recount]]:
    """Recounts with start <= seq < end, in sequence."""
    table = schema.recounts
    rows = connection.execute(select(table).where(table.c.seq >= start, table.c.seq < end).order_by(table.c.seq))
    return [
        (
            row.seq,
            Recount(row.at, row.since, Instrument.parse(row.before), Instrument.parse(row.after), tuple(row.admitted)),
        )
        for row in rows
    ]


def _between(connection: Connection, start: int, end: int, standing: Which) -> list[ArticleRow]:
    table = schema.articles
    scores = _by_article(connection, schema.scores, start, end, standing)
    mentions = _by_article(connection, schema.mentions, start, end, standing)
    rows = connection.execute(select(table).where(table.c.seq >= start, table.c.seq < end).order_by(table.c.seq))
    return [_article_row(row, scores.get(row.seq, ()), mentions.get(row.seq, ())) for row in rows]


def _ticks(connection: Connection, start: int, end: int) -> list[tuple[int, Tick]]:
    table = schema.ticks
    rows = connection.execute(select(table).where(table.c.seq >= start, table.c.seq < end).order_by(table.c.seq))
    return [(row.seq, Tick(row.at, Mode(row.mode))) for row in rows]


def _by_article(
    connection: Connection, table: Table, start: int, end: int, standing: Which
) -> dict[int, list[Row[Any]]]:
    rows = connection.execute(
        select(table)
        .where(table.c.article_seq >= start, table.c.article_seq < end, standing(table))
        .order_by(table.c.article_seq, table.c.ordinal)
    )
    return {seq: list(group) for seq, group in groupby(rows, key=lambda row: int(row.article_seq))}


def _article_row(row: Row[Any], scores: Sequence[Row[Any]], mentions: Sequence[Row[Any]]) -> ArticleRow:
    article = Article(
        key=row.key,
        source=row.source,
        publisher=row.publisher,
        url=row.url,
        title=row.title if row.raw_title is None else row.raw_title,
        summary=row.lead if row.raw_summary is None else row.raw_summary,
        language=row.language,
        published_at=row.published_at,
        received_at=row.received_at,
        event_time=row.event_time,
        tickers=tuple(row.tickers),
        scope=Scope(row.scope),
        mode=Mode(row.mode),
    )
    prepared = Prepared(
        article,
        row.title,
        row.lead,
        row.text_hash,
        tuple(_mention(mention) for mention in mentions),
        tuple(_score(score) for score in scores),
        "" if scores and scores[0].read_from else row.unscored,  # what was read again may be scored now
        row.scored_at,
    )
    return ArticleRow(row.seq, prepared, Standing(row.standing), row.story_id, row.unit_id, row.role, row.committed_at)


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
