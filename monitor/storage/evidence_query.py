"""Which stories made a series look bad, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from monitor.storage import schema
from monitor.storage.rebuild import chunks
from monitor.storage.views import Evidence


def evidence(connection: Connection, series: str, story_ids: Sequence[str]) -> list[Evidence]:
    """These stories as they stand in `series`, most negative first; those that are not in it are absent."""
    part, story = schema.story_series, schema.stories
    rows: list[Row[Any]] = []
    for chunk in chunks(sorted(set(story_ids))):
        rows.extend(
            connection.execute(
                select(story, part.c.negative_key, part.c.first_key)
                .join_from(part, story, part.c.story_id == story.c.id)
                .where(part.c.series == series, part.c.story_id.in_(chunk))
            )
        )
    keys = [row.negative_key or row.first_key for row in rows]
    p_negative = _p_negative(connection, series, keys)
    found = [
        Evidence(
            story_id=row.id,
            title=row.first_text,
            publisher=row.publisher,
            url=row.url,
            published_at=row.first_at,
            p_negative=p_negative.get(key),
            copies=row.copies,
            publishers=len(row.publishers),
        )
        for row, key in zip(rows, keys, strict=True)
    ]
    return sorted(found, key=lambda e: (-(e.p_negative or 0), e.published_at, e.story_id))


def top_evidence(connection: Connection, series: str, since_ms: int, until_ms: int, limit: int) -> list[Evidence]:
    """The most negative stories that became negative in `series` between the two event times."""
    part, story = schema.story_series.c, schema.stories.c
    # A story is negative at the earliest when it is first seen; that bound lets the index by time serve.
    day_ms = 86_400_000
    chosen = (
        select(part.story_id)
        .join(schema.stories, story.id == part.story_id)
        .where(
            part.series == series,
            part.first_at >= since_ms - 30 * day_ms,
            part.negative_at >= since_ms,
            part.negative_at <= until_ms,
        )
    )
    if not series.startswith("entity:"):
        # By the whole headline's score: looking up every target's of a market's month would take a second. An entity
        # has few stories, and what is terrible of it may be dull of the whole, so there all are compared.
        chosen = chosen.order_by(story.negative.desc(), story.first_seq).limit(limit)
    return evidence(connection, series, list(connection.execute(chosen).scalars()))[:limit]


def _p_negative(connection: Connection, series: str, keys: Sequence[str]) -> dict[str, int]:
    """key -> the greatest P(neg) among its revisions, by the score that counts in this series."""
    article, score = schema.articles, schema.scores
    kind, _, name = series.partition(":")
    found: dict[str, int] = {}
    for chunk in chunks(sorted(set(keys))):
        rows = connection.execute(
            select(article.c.key, article.c.seq, score.c.target, score.c.negative)
            .join_from(article, score, score.c.article_seq == article.c.seq)
            .where(article.c.key.in_(chunk))
        ).all()
        targets = _sector_targets(connection, name, [row.seq for row in rows]) if kind == "sector" else {}
        by_article: dict[tuple[str, int], dict[str, int]] = {}
        for row in rows:
            by_article.setdefault((row.key, row.seq), {})[row.target] = row.negative
        for (key, seq), negatives in by_article.items():
            wanted = {name} if kind == "entity" else targets.get(seq, set())
            own = [negatives[target] for target in wanted if target in negatives]
            best = max(own) if own else negatives.get("")
            if best is not None:
                found[key] = max(best, found.get(key, 0))
    return found


def _sector_targets(connection: Connection, sector: str, seqs: Sequence[int]) -> dict[int, set[str]]:
    mention = schema.mentions.c
    found: dict[int, set[str]] = {}
    for chunk in chunks(sorted(set(seqs))):
        rows = connection.execute(
            select(mention.article_seq, mention.entity_id).where(
                mention.article_seq.in_(chunk), mention.sector == sector, mention.kind == "company"
            )
        )
        for seq, entity_id in rows:
            found.setdefault(seq, set()).add(entity_id)
    return found
