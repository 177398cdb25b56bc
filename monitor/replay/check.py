"""A whole store against itself: rows, sequence and references, and every count again from the articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection, func, or_, select

from monitor.aggregation.placement import add, contribution
from monitor.records import DAY_MS, MINUTE_MS, Bucket
from monitor.replay.pinned import Past, compare, placed_by_articles
from monitor.storage import check, schema
from monitor.storage.check import MOST_LINES
from monitor.storage.effects import ArticleRow
from monitor.storage.rebuild import placement_of, placements_of_units, spike_of, story_of, units_of
from monitor.storage.retention import cut
from monitor.storage.sequence import articles_of_stories
from monitor.storage.store import Store

STORIES = 500  # in memory at once
DAY_MINUTES = DAY_MS // MINUTE_MS


def violations(
    store: Store, db: Connection, longest_story_ms: int, say: Callable[[str], None] = lambda stage: None
) -> Iterator[str]:
    """A line for each thing that does not hold, `MOST_LINES` of one rule; none where the store is well.

    Args:
        db: one of its readers. longest_story_ms: as in `FoldSettings`. say: told what is looked at now.
    """
    say("the file")
    if damage := list(islice(store.damage(db), MOST_LINES)):
        yield from damage
        yield "the file: damaged, the rest was not looked at; restore a backup (docs/operations.md)"
        return
    past = Past.of(db, longest_story_ms)
    rules: tuple[tuple[str, Callable[[], Iterable[str]]], ...] = (
        ("the sequence", lambda: check.sequence(db)),
        ("references", lambda: check.references(db)),
        ("deliveries", lambda: check.deliveries(db)),
        ("pins", lambda: check.pins(db)),
        ("alerts", lambda: _alerts(db, longest_story_ms)),
        ("stories", lambda: _stories(db, past)),
        ("counts", lambda: _counts(db)),
    )
    for stage, rule in rules:
        say(stage)
        found = iter(rule())
        yield from islice(found, MOST_LINES)
        if next(found, None) is not None:
            yield f"{stage}: there is more of this"


def _alerts(db: Connection, longest_story_ms: int) -> Iterator[str]:
    """Each alert against what it pinned; what a later alteration of articles changes shows here too."""
    table = schema.spikes
    for row in db.execute(select(table).order_by(table.c.opened_at)).all():
        spike = spike_of(row).spike
        yield from (f"alert {spike.id!r}: {line}" for line in compare(db, spike, longest_story_ms))


def _stories(db: Connection, past: Past) -> Iterator[str]:
    """Members and places of every story, counted again from its articles."""
    table, after = schema.stories, -1
    while True:
        page = select(table).where(table.c.first_seq > after).order_by(table.c.first_seq).limit(STORIES)
        stories = [story_of(row) for row in db.execute(page)]
        if not stories:
            return
        after = stories[-1].first_seq
        units: dict[str, list[ArticleRow]] = {unit: [] for unit in units_of(stories)}
        articles = dict.fromkeys((story.id for story in stories), 0)
        for row in articles_of_stories(db, list(articles)):
            articles[row.story_id] += 1
            if row.unit_id not in units:
                yield f"article {row.seq}: its unit {row.unit_id!r} is none of its story's"
                continue
            units[row.unit_id].append(row)
        for story in stories:
            if articles[story.id] != 1 + story.copies:
                yield f"story {story.id!r}: {1 + story.copies} articles by its row, {articles[story.id]} are there"
        placed = placements_of_units(db, list(units))
        for unit_id, rows in units.items():
            again, stored = placed_by_articles(rows, past), placed.get(unit_id, {})
            if again is None or again == stored:
                continue
            for series in sorted(again.keys() | stored.keys()):
                if again.get(series) != stored.get(series):
                    yield f"story {unit_id!r} in {series}: its row and its articles put it in different places"


def _counts(db: Connection) -> Iterator[str]:
    """Every bucket since what retention left whole, as the sum of the units that lie in it."""
    table, part = schema.buckets, schema.story_series
    minute = _next_minute(db, cut(db).since // MINUTE_MS or -(2**40))
    while minute is not None:
        first, last = minute, minute // DAY_MINUTES * DAY_MINUTES + DAY_MINUTES - 1
        span = (first * MINUTE_MS, (last + 1) * MINUTE_MS - 1)
        times = [column.between(*span) for column in (part.c.first_at, part.c.negative_at)]
        own: dict[tuple[int, str], Bucket] = {}
        for row in db.execute(select(part).where(or_(*times))):
            for bucket in contribution(placement_of(row)):
                at = (bucket.minute, bucket.series)
                if first <= bucket.minute <= last:
                    own[at] = add(own[at], bucket) if at in own else bucket
        held = db.execute(select(table).where(table.c.minute.between(first, last)))
        stored = {(row.minute, row.series): Bucket(**row._mapping) for row in held}
        for at in sorted(own.keys() | stored.keys()):
            empty = Bucket(at[1], at[0])  # a story came and moved away
            if own.get(at, empty) != stored.get(at, empty):
                yield f"bucket {at[1]} of minute {at[0]}: stored {stored.get(at)}, its stories give {own.get(at)}"
        minute = _next_minute(db, last + 1)


def _next_minute(db: Connection, minute: int) -> int | None:
    """The first minute from there on that anything lies in: event times may leave years out."""
    part, bucket = schema.story_series.c, schema.buckets.c
    found = [db.execute(select(func.min(bucket.minute)).where(bucket.minute >= minute)).scalar()]
    for column in (part.first_at, part.negative_at):
        at = db.execute(select(func.min(column)).where(column >= minute * MINUTE_MS)).scalar()
        found.append(None if at is None else at // MINUTE_MS)
    return min((each for each in found if each is not None), default=None)
