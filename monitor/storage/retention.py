"""What is old leaves the store, a few hundred rows a transaction, so that no commit waits long for it.

A story goes as a whole, with its articles, readings and placements, once its last article is older than what is kept.
What an alert stands on stays, however old: its pinned articles, and of its series and window the buckets, placements
and the stories they are of, so that `explain` says the same years later. So does what the fold still holds: stories
that an article came to since the last tick, whose key came again lately, or that a cumulative sum or an open spike
names. Alerts, spikes, pins, answers, mutes, recounts and what was done
by whom (`audit`) are few, and stay.

The pages are given back by what each database has for it (`Store.give_back`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, insert, not_, or_, select, update

from monitor.records import MINUTE_MS, Mode
from monitor.storage import schema
from monitor.storage.pins import window_minutes
from monitor.storage.rebuild import chunks, last_tick, meta, runs

# Articles that one transaction deletes, with all that hangs on them: about 10 ms.
MOST_ARTICLES = 100
# Rows of other tables: buckets, ticks and the like are short.
MOST_ROWS = 1_000
# A machine whose clock jumped ahead must not cost the past: age is told by a tick with a day of live ones behind it.
SETTLED_TICKS = 1_440
_META = "retention"

Place = tuple[int, int | str]
_FIRST: Place = (-(2**62), "")
Stage = Literal["stories", "strays", "buckets", "ticks", "near_misses", "refusals", "deliveries"]
_STAGES: tuple[Stage, ...] = ("stories", "strays", "buckets", "ticks", "near_misses", "refusals", "deliveries")


@dataclass(frozen=True, slots=True)
class Ages:
    """How long rows are kept, ms: articles with all that was made of them, deliveries that are done, refusals."""

    articles: int
    deliveries: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What has left the store so far.

    Attributes:
        since: ms, a whole minute: buckets, ticks and stories before it are gone but for those that stay.
        numbers: how many numbers of the sequence are gone, the greatest of them `last`.
        deliveries: ms; done deliveries before it are gone.
    """

    since: int = 0
    numbers: int = 0
    last: int = 0
    deliveries: int = 0


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round through the store: what it goes by, fixed at its beginning, and how far it has come.

    Attributes:
        before: ms, by stage. last_tick: its sequence number; what came after it is not touched.
        windows: series -> first and last minute of each alert's window. units: named by sums and open spikes.
        after: the place in the stage's order that has been looked at.
    """

    before: Mapping[Stage, int]
    last_tick: int
    windows: Mapping[str, Sequence[tuple[int, int]]]
    units: frozenset[str]
    stage: Stage | None = "stories"
    after: Place = _FIRST

    def window_of(self, series: str, at: int | None) -> bool:
        """Whether an alert of the series counted what happened then, ms."""
        if at is None:
            return False
        return any(first <= at // MINUTE_MS <= last for first, last in self.windows.get(series, ()))


def begin(connection: Connection, ages: Ages, settled_ticks: int = SETTLED_TICKS) -> Sweep | None:
    """A round by these ages; None where the store is too young to know what is old."""
    now, newest = _settled(connection, settled_ticks), last_tick(connection)
    if now is None or newest is None:
        return None
    old = (now - ages.articles) // MINUTE_MS * MINUTE_MS
    spike = schema.spikes.c
    windows: dict[str, list[tuple[int, int]]] = {}
    units = {unit for run in runs(connection).values() for unit in (*run.evidence, *run.pending)}
    rows = connection.execute(
        select(spike.series, spike.opened_at, spike.window, spike.closed_at, spike.evidence, spike.told)
    )
    for row in rows:
        windows.setdefault(row.series, []).append(window_minutes(row.opened_at, row.window))
        if row.closed_at is None:
            units |= {*row.evidence, *row.told["evidence"]}
    before: dict[Stage, int] = dict.fromkeys(_STAGES, old)
    before |= {"deliveries": now - ages.deliveries, "refusals": now - ages.refusals}
    return Sweep(before, newest[0], windows, frozenset(units))


def cut(connection: Connection) -> Cut:
    """What has left so far."""
    saved = meta(connection, _META)
    return Cut(**json.loads(saved)) if saved else Cut()


def step(connection: Connection, sweep: Sweep) -> tuple[Sweep, Counter[str]]:
    """Deletes a little, in the caller's transaction: (the round from there on, rows by table).

    The round is over when its `stage` is None.
    """
    stage = sweep.stage
    if stage is None:
        return sweep, Counter()
    at = sweep.before[stage]
    match stage:
        case "stories":
            after, gone = _stories(connection, sweep, at)
        case "strays":
            after, gone = _strays(connection, sweep, at)
        case "buckets":
            after, gone = _buckets(connection, sweep, at)
        case "ticks":
            tick = schema.ticks.c
            after, gone = _plain(connection, schema.ticks, tick.seq, tick.at < at, tick.seq < sweep.last_tick)
        case "near_misses":
            after, gone = _near_misses(connection, at)
        case "refusals":
            after, gone = _plain(connection, schema.refusals, schema.refusals.c.id, schema.refusals.c.at < at)
        case "deliveries":
            after, gone = _deliveries(connection, at)
    _remember(connection, sweep, stage, gone)
    if after is not None:
        return replace(sweep, after=after), gone
    following = _STAGES.index(stage) + 1
    return replace(sweep, stage=_STAGES[following] if following < len(_STAGES) else None, after=_FIRST), gone


def _settled(connection: Connection, ticks: int) -> int | None:
    tick = schema.ticks.c
    live = select(tick.at).where(tick.mode == Mode.LIVE.value).order_by(tick.seq.desc())
    return connection.execute(live.offset(ticks).limit(1)).scalar()


def _stories(connection: Connection, sweep: Sweep, old: int) -> tuple[Place | None, Counter[str]]:
    table, article, part = schema.stories, schema.articles.c, schema.story_series
    found = connection.execute(
        select(table.c.id, table.c.first_at, table.c.last_at, table.c.copies, table.c.developments)
        .where(table.c.last_at < old, _beyond(table.c.last_at, table.c.id, sweep.after))
        .order_by(table.c.last_at, table.c.id)
        .limit(MOST_ARTICLES)
    ).all()
    taken, articles = 0, 0
    for row in found:
        articles += 1 + row.copies
        if taken and articles > MOST_ARTICLES:
            break
        taken += 1
    looked_at = found[:taken]
    if not looked_at:
        return None, Counter()
    last = (looked_at[-1].last_at, looked_at[-1].id)
    ids = [row.id for row in looked_at]
    units = {unit: row.id for row in looked_at for unit in (row.id, *(turn[0] for turn in row.developments))}
    stay = {units[unit] for unit in sweep.units & units.keys()}
    stay |= _held(connection, sweep, old, ids)
    stay |= _counted_by_alerts(connection, sweep, list(units), min(row.first_at for row in looked_at))
    going = [story_id for story_id in ids if story_id not in stay]
    seqs = connection.execute(
        select(article.seq).where(article.story_id.in_(going)).order_by(article.seq).limit(2 * MOST_ARTICLES + 1)
    ).scalars()
    numbers = list(seqs)
    gone = _articles(connection, numbers[: 2 * MOST_ARTICLES])
    if len(numbers) > 2 * MOST_ARTICLES:
        return sweep.after, gone  # one story of very many copies: its row goes with the last of them
    for chunk in chunks([unit for unit, story_id in units.items() if story_id not in stay]):
        gone[part.name] += connection.execute(delete(part).where(part.c.unit_id.in_(chunk))).rowcount
    gone[table.name] += connection.execute(delete(table).where(table.c.id.in_(going))).rowcount
    return last, gone


def _held(connection: Connection, sweep: Sweep, old: int, ids: Sequence[str]) -> set[str]:
    """Of these stories: those with an article that is pinned, that came since the last tick, or that is not so old.

    The last is a known key with changed text and a new date: as long as it comes, it has to be known.
    """
    article, pin = schema.articles.c, schema.pinned_articles.c
    own = select(article.story_id).where(article.story_id.in_(ids))
    pinned = exists().where(pin.article_seq == article.seq)
    lately = or_(article.seq > sweep.last_tick, article.event_time >= old)
    return set(connection.execute(own.where(or_(lately, pinned)).distinct()).scalars())


def _counted_by_alerts(connection: Connection, sweep: Sweep, units: Sequence[str], since: int) -> set[str]:
    """Stories of these units that lie in the window of an alert of their series."""
    part = schema.story_series.c
    series = [name for name, spans in sweep.windows.items() if any(last * MINUTE_MS >= since for _, last in spans)]
    found: set[str] = set()
    for chunk in chunks(units) if series else ():
        rows = connection.execute(
            select(part.story_id, part.series, part.first_at, part.negative_at).where(part.unit_id.in_(chunk))
        )
        for row in rows:
            if sweep.window_of(row.series, row.first_at) or sweep.window_of(row.series, row.negative_at):
                found.add(row.story_id)
    return found


def _strays(connection: Connection, sweep: Sweep, old: int) -> tuple[Place | None, Counter[str]]:
    """Articles whose story is gone: a revision that was on its way when its story went."""
    article, story = schema.articles.c, schema.stories.c
    rows = connection.execute(
        select(article.event_time, article.seq, exists().where(story.id == article.story_id).label("held"))
        .where(article.event_time < old, _beyond(article.event_time, article.seq, sweep.after))
        .order_by(article.event_time, article.seq)
        .limit(MOST_ROWS)
    ).all()
    going = [row.seq for row in rows if not row.held and row.seq < sweep.last_tick]
    return ((rows[-1].event_time, rows[-1].seq) if rows else None), _articles(connection, going)


def _articles(connection: Connection, seqs: Sequence[int]) -> Counter[str]:
    gone: Counter[str] = Counter()
    for chunk in chunks(seqs):
        for table in (schema.scores, schema.mentions):
            gone[table.name] += connection.execute(delete(table).where(table.c.article_seq.in_(chunk))).rowcount
        article = schema.articles
        gone[article.name] += connection.execute(delete(article).where(article.c.seq.in_(chunk))).rowcount
    gone["last"] = max(seqs, default=0)
    return gone


def _buckets(connection: Connection, sweep: Sweep, old: int) -> tuple[Place | None, Counter[str]]:
    """Whole minutes, about `MOST_ROWS` rows of them."""
    table = schema.buckets
    first = max(sweep.after[0], -(2**31))
    minutes = connection.execute(
        select(table.c.minute)
        .where(table.c.minute > first, table.c.minute < old // MINUTE_MS)
        .order_by(table.c.minute)
        .limit(MOST_ROWS)
    ).scalars()
    found = list(minutes)
    if not found:
        return None, Counter()
    last = found[-1]
    stay: list[ColumnElement[bool]] = [
        and_(table.c.series == series, table.c.minute.between(*span))
        for series, spans in sweep.windows.items()
        for span in spans
        if span[0] <= last and span[1] >= found[0]
    ]
    going = delete(table).where(table.c.minute > first, table.c.minute <= last)
    gone = connection.execute(going.where(not_(or_(*stay))) if stay else going).rowcount
    return (last, ""), Counter({table.name: gone})


def _plain(
    connection: Connection, table: Table, key: ColumnElement[int], *old: ColumnElement[bool]
) -> tuple[Place | None, Counter[str]]:
    keys = list(connection.execute(select(key).where(*old).order_by(key).limit(MOST_ROWS)).scalars())
    gone: Counter[str] = Counter()
    for chunk in chunks(keys):
        gone[table.name] += connection.execute(delete(table).where(key.in_(chunk))).rowcount
    if table is schema.ticks:
        gone["last"] = max(keys, default=0)
    return (_FIRST if len(keys) == MOST_ROWS else None), gone


def _near_misses(connection: Connection, old: int) -> tuple[Place | None, Counter[str]]:
    table = schema.near_misses
    times = list(
        connection.execute(select(table.c.at).where(table.c.at < old).order_by(table.c.at).limit(MOST_ROWS)).scalars()
    )
    if not times:
        return None, Counter()
    return _FIRST, Counter({table.name: connection.execute(delete(table).where(table.c.at <= times[-1])).rowcount})


def _deliveries(connection: Connection, old: int) -> tuple[Place | None, Counter[str]]:
    """Done ones of alerts that ended before then; what is still to be sent waits as long as it must."""
    box, spike, again = schema.outbox, schema.spikes.c, schema.redrives
    going: list[str] = []
    for endpoint in connection.execute(select(box.c.endpoint).distinct().order_by(box.c.endpoint)).scalars().all():
        done = (
            select(box.c.id)
            .join_from(box, schema.spikes, spike.id == box.c.alert_id, isouter=True)
            .where(box.c.endpoint == endpoint, box.c.updated_at < old, box.c.status != "pending")
            .where(or_(spike.id.is_(None), spike.closed_at < old))
            .limit(MOST_ROWS - len(going))
        )
        going.extend(connection.execute(done).scalars())
        if len(going) >= MOST_ROWS:
            break
    gone: Counter[str] = Counter()
    for chunk in chunks(going):
        gone[again.name] += connection.execute(delete(again).where(again.c.delivery_id.in_(chunk))).rowcount
        gone[box.name] += connection.execute(delete(box).where(box.c.id.in_(chunk))).rowcount
    return (_FIRST if len(going) >= MOST_ROWS else None), gone


def _remember(connection: Connection, sweep: Sweep, stage: Stage, gone: Counter[str]) -> None:
    """What is gone, in the same transaction; takes the sequence's part out of `gone`."""
    last, before = gone.pop("last", 0), cut(connection)
    since = max(before.since, sweep.before["stories"])
    if stage == "deliveries":
        after = replace(before, deliveries=max(before.deliveries, sweep.before[stage]))
    elif stage == "refusals" or not (gone.total() or before.since):
        return
    else:
        numbers = gone[schema.articles.name] + gone[schema.ticks.name]
        after = replace(before, since=since, numbers=before.numbers + numbers, last=max(before.last, last))
    if after == before:
        return
    table, text = schema.meta, json.dumps({name: getattr(after, name) for name in Cut.__slots__})
    if not connection.execute(update(table).where(table.c.key == _META).values(value=text)).rowcount:
        connection.execute(insert(table).values(key=_META, value=text))


def _beyond(
    first: ColumnElement[int], then: ColumnElement[int] | ColumnElement[str], after: Place
) -> ColumnElement[bool]:
    """Whether (first, then) comes after a place in that order."""
    at, key = after
    if key == "":
        return first >= at
    return or_(first > at, and_(first == at, then > key))
