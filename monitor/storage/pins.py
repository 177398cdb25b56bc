"""What an alert stands on, kept beside it: its articles, with their scores as they stood.

`explain` compares them with what the store holds months later, and names what differs. Rows that are pinned are exempt
from retention.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from monitor.aggregation.placement import Placement
from monitor.detection.spikes import OpenSpike
from monitor.records import HOUR_MS, MINUTE_MS, Bucket, Spike
from monitor.storage import schema
from monitor.storage.rebuild import chunks, max_seq, placement_of
from monitor.storage.statements import inserting

# What an article was when it counted.
_FIXED = ("key", "text_hash", "publisher", "published_at", "received_at", "event_time", "title", "lead", "standing")
ScoreRow = tuple[str, int, int, int]  # target ("" for the whole headline), P(neg), P(neu), P(pos) in millionths


@dataclass(frozen=True, slots=True)
class Pin:
    """One article of an alert's evidence.

    Attributes:
        unit_id: what it counts in. digest: 16 hex digits over what the article was, and now_digest over what the store
            has, "" where the row is gone. scores: as they stood, and now_scores what the store says stood then.
    """

    seq: int
    unit_id: str
    digest: str
    scores: tuple[ScoreRow, ...]
    title: str
    now_digest: str
    now_scores: tuple[ScoreRow, ...]


@dataclass(frozen=True, slots=True)
class Pinned:
    """All that one alert pinned.

    Attributes:
        seq: the sequence's last number when it was committed. articles: in sequence.
    """

    seq: int
    articles: tuple[Pin, ...]


def pin(connection: Connection, changed: Iterable[OpenSpike]) -> None:
    """Pins what spikes that are new stand on, and what those that have grown were told with, in this transaction."""
    table = schema.pins
    for held in changed:
        spike, updates = held.spike, held.updates
        told = connection.execute(select(table.c.updates).where(table.c.alert_id == spike.id)).scalar()
        if told == updates:
            continue
        if told is None:
            connection.execute(insert(table).values(alert_id=spike.id, seq=max_seq(connection), updates=updates))
        else:
            connection.execute(update(table).where(table.c.alert_id == spike.id).values(updates=updates))
        _pin_articles(connection, spike, {*spike.evidence, *held.told.evidence})


def pinned(connection: Connection, alert_id: str) -> Pinned | None:
    """What an alert pinned, beside what stands now; None where nothing is pinned under this id."""
    table, article, pins = schema.pins, schema.articles, schema.pinned_articles
    own = connection.execute(select(table).where(table.c.alert_id == alert_id)).one_or_none()
    if own is None:
        return None
    rows = connection.execute(
        select(
            pins.c.article_seq,
            pins.c.at_seq,
            pins.c.unit_id,
            pins.c.digest,
            pins.c.scores,
            *(article.c[name] for name in _FIXED),
        )
        .join_from(pins, article, article.c.seq == pins.c.article_seq, isouter=True)
        .where(pins.c.alert_id == alert_id)
        .order_by(pins.c.article_seq)
    ).all()
    stood: dict[int, dict[int, tuple[ScoreRow, ...]]] = {}
    for at in {row.at_seq for row in rows}:
        stood[at] = _scores(connection, [row.article_seq for row in rows if row.at_seq == at], at)
    return Pinned(
        own.seq,
        tuple(
            Pin(
                seq=row.article_seq,
                unit_id=row.unit_id,
                digest=row.digest,
                scores=_rows(row.scores),
                title=row.title or "",
                now_digest="" if row.key is None else _digest(row),
                now_scores=stood[row.at_seq].get(row.article_seq, ()),
            )
            for row in rows
        ),
    )


def window_minutes(opened_at: int, hours: int) -> tuple[int, int]:
    """The epoch minutes (first, last) that a spike's count lies in; what came after its last tick counted too."""
    return (opened_at - hours * HOUR_MS) // MINUTE_MS + 1, opened_at // MINUTE_MS + 10


def buckets(connection: Connection, series: str, minutes: tuple[int, int]) -> dict[int, Bucket]:
    """The stored buckets of a series from one minute to another, both taken in."""
    table = schema.buckets
    rows = connection.execute(
        select(table)
        .where(table.c.minute >= minutes[0], table.c.minute <= minutes[1], table.c.series == series)
        .order_by(table.c.minute)
    )
    return {row.minute: Bucket(**row._mapping) for row in rows}


def placements(connection: Connection, series: str, minutes: tuple[int, int]) -> list[Placement]:
    """Units of a series that count, or count as bad, in these minutes."""
    table, (start, end) = schema.story_series, (minutes[0] * MINUTE_MS, (minutes[1] + 1) * MINUTE_MS)
    within = [and_(column >= start, column < end) for column in (table.c.first_at, table.c.negative_at)]
    rows = connection.execute(select(table).where(table.c.series == series, or_(*within)).order_by(table.c.unit_id))
    return [placement_of(row) for row in rows]


def _pin_articles(connection: Connection, spike: Spike, units: set[str]) -> None:
    part, article, at = schema.story_series, schema.articles, max_seq(connection)
    for chunk in chunks(sorted(units)):
        keys = connection.execute(
            select(part.c.negative_key, part.c.unit_id).where(
                part.c.series == spike.series, part.c.unit_id.in_(chunk), part.c.negative_key.is_not(None)
            )
        ).all()
        unit_of = {row.negative_key: row.unit_id for row in keys}
        rows = connection.execute(
            select(article.c.seq, *(article.c[name] for name in _FIXED)).where(
                article.c.key.in_(list(unit_of)), article.c.role != "revision"
            )
        ).all()
        scores = _scores(connection, [row.seq for row in rows], at)
        values = [
            {
                "alert_id": spike.id,
                "article_seq": row.seq,
                "at_seq": at,
                "unit_id": unit_of[row.key],
                "digest": _digest(row),
                "scores": [list(score) for score in scores.get(row.seq, ())],
            }
            for row in rows
        ]
        if values:
            connection.execute(inserting(connection.dialect.name, schema.pinned_articles, "keep"), values)


def _scores(connection: Connection, seqs: Sequence[int], at: int) -> dict[int, tuple[ScoreRow, ...]]:
    """The scores that stood at a sequence number, by article."""
    table = schema.scores
    found: dict[int, list[ScoreRow]] = {}
    for chunk in chunks(sorted(set(seqs))):
        rows = connection.execute(
            select(table)
            .where(table.c.article_seq.in_(chunk), schema.standing(table, at))
            .order_by(table.c.article_seq, table.c.ordinal)
        )
        for row in rows:
            found.setdefault(row.article_seq, []).append((row.target, row.negative, row.neutral, row.positive))
    return {seq: tuple(scores) for seq, scores in found.items()}


def _digest(row: Row[Any]) -> str:
    text = "\x1f".join(str(getattr(row, name)) for name in _FIXED)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _rows(stored: Sequence[Sequence[Any]]) -> tuple[ScoreRow, ...]:
    return tuple((target, negative, neutral, positive) for target, negative, neutral, positive in stored)
