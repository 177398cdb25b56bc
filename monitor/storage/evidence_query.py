"""Which stories made a series look bad, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from monitor.records import Development, Story
from monitor.storage import schema
from monitor.storage.rebuild import chunks, placements_of_units, story_of, units_of
from monitor.storage.views import Evidence


def evidence(connection: Connection, series: str, unit_ids: Sequence[str]) -> list[Evidence]:
    """These stories and developments as they stand in `series`, most negative first; what is not in it is absent."""
    part, story = schema.story_series, schema.stories
    placed: list[Row[Any]] = []
    for chunk in chunks(sorted(set(unit_ids))):
        placed.extend(
            connection.execute(
                select(part.c.unit_id, part.c.story_id, part.c.negative_key, part.c.first_key).where(
                    part.c.series == series, part.c.unit_id.in_(chunk)
                )
            )
        )
    stories: dict[str, Story] = {}
    for ids in chunks(sorted({row.story_id for row in placed})):
        stories.update((row.id, story_of(row)) for row in connection.execute(select(story).where(story.c.id.in_(ids))))
    p_negative = _p_negative(connection, series, [row.negative_key or row.first_key for row in placed])
    found = []
    for row in placed:
        told = stories[row.story_id].unit(row.unit_id)
        found.append(
            Evidence(
                story_id=row.story_id,
                unit_id=row.unit_id,
                title=told.first_text,
                publisher=told.publisher,
                url=told.url,
                published_at=told.first_at,
                p_negative=p_negative.get(row.negative_key or row.first_key),
                copies=told.copies,
                publishers=len(told.publishers),
                stale=told.stale,
            )
        )
    return sorted(found, key=lambda e: (-(e.p_negative or 0), e.published_at, e.unit_id))


def top_evidence(connection: Connection, series: str, since_ms: int, until_ms: int, limit: int) -> list[Evidence]:
    """The most negative stories and developments that became negative in `series` between the two event times."""
    part, story = schema.story_series.c, schema.stories.c
    # A story is negative at the earliest when it is first seen; that bound lets the index by time serve.
    day_ms = 86_400_000
    chosen = (
        select(part.unit_id)
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
        chosen = chosen.order_by(story.negative.desc().nulls_last(), story.first_seq).limit(limit)
    return evidence(connection, series, list(connection.execute(chosen).scalars()))[:limit]


def denials(connection: Connection, series: str, since_ms: int, until_ms: int, limit: int) -> list[Development]:
    """What denies or corrects stories of `series` between two event times, the latest first."""
    table = schema.stories
    denied = select(table).where(table.c.last_at >= since_ms, table.c.denials != [])
    stories = [story_of(row) for row in connection.execute(denied)]
    placed = placements_of_units(connection, units_of(stories))
    own = [story for story in stories if any(series in placed.get(unit, {}) for unit in units_of([story]))]
    found = [turn for story in own for turn in story.denials if since_ms <= turn.at <= until_ms]
    return sorted(found, key=lambda turn: (-turn.at, turn.id))[:limit]


def _p_negative(connection: Connection, series: str, keys: Sequence[str]) -> dict[str, int]:
    """key -> the greatest P(neg) among its revisions, by the score that counts in this series."""
    article, score = schema.articles, schema.scores
    kind, _, name = series.partition(":")
    found: dict[str, int] = {}
    for chunk in chunks(sorted(set(keys))):
        rows = connection.execute(
            select(article.c.key, article.c.seq, score.c.target, score.c.negative)
            .join_from(article, score, score.c.article_seq == article.c.seq)
            .where(article.c.key.in_(chunk), schema.standing(score))
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
    table = schema.mentions
    mention = table.c
    found: dict[int, set[str]] = {}
    for chunk in chunks(sorted(set(seqs))):
        rows = connection.execute(
            select(mention.article_seq, mention.entity_id).where(
                mention.article_seq.in_(chunk),
                mention.sector == sector,
                mention.kind == "company",
                schema.standing(table),
            )
        )
        for seq, entity_id in rows:
            found.setdefault(seq, set()).add(entity_id)
    return found
