"""The lane itself, over months of news on an imitated model: late beginnings, sources on trial, what retention took."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select

from monitor.channel import Channel
from monitor.committing import Committing
from monitor.config import load_config
from monitor.delivery import Delivery
from monitor.errors import InputError, OperatorError
from monitor.fold import Fold
from monitor.inference.scorer import Scorer
from monitor.instrument import Instrument
from monitor.memory import FoldSettings
from monitor.pipeline import Pipeline, Stages
from monitor.records import DAY_MS, MINUTE_MS, Article, Standing, Tick
from monitor.restore import restore
from monitor.shadow import judging
from monitor.shadow.beginning import WARM_MS, Beginning, begin, go_on
from monitor.shadow.candidate import Candidate, Given
from monitor.shadow.follow import LIVE, Follower, start
from monitor.shadow.judging import Judging, ShadowSink
from monitor.shadow.report import build_report
from monitor.sink import StoreSink
from monitor.storage import rebuild, schema, sequence
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article, prepared
from tests.fakes_model import LexiconModel
from tests.oracle import agrees
from tests.postgresql import Place
from tests.quiet_news import in_loop, lived
from tests.shadow_rig import contents
from tests.shipped import matcher

MATCHER = matcher()
MODEL = LexiconModel()
SETTINGS = FoldSettings(instrument=Instrument(MODEL.hash, "w", 500_000))
CONFIG = load_config(None, {"HOME": "/nowhere"})
CANDIDATE = Candidate(Given(model="lexicon"), CONFIG, None, CONFIG, "", ())


async def follow(live: Store, own: Store, past_ms: int = 10**13, settings: FoldSettings = SETTINGS) -> Beginning:
    """One run of a shadow over all that the live store holds."""
    if own.read(rebuild.meta, "shadow") is None:
        beginning = begin(own, live, CANDIDATE, settings, past_ms)
    else:
        beginning = go_on(own, live, CANDIDATE, settings)
    fold = Fold(settings, restore(own, settings))
    position = own.read(rebuild.positions, LIVE)[""]
    source = Follower(live, MATCHER, MODEL, began=beginning.seq, position=position, stop_at_end=True)
    sink = ShadowSink(own, live, beginning.at if beginning.warm_at > beginning.at else 0)
    with closing(Scorer(MODEL)) as scorer:
        end = Judging(fold, sink, lambda folded: None, own)
        stages = Stages(MATCHER, scorer, 64, MODEL.languages, end, Metrics(CollectorRegistry()))
        await Pipeline(stages, [source]).run()
    return beginning


async def watched(path: Path | str, days: Sequence[tuple[range, list[str]]]) -> None:
    """A live store with those days of those sources."""
    with Store.open(path) as store:
        store.commit(Effects(meta={"instrument": str(SETTINGS.instrument)}))
        fold = Fold(SETTINGS)
        for some, sources in days:
            await lived(store, fold, MODEL, some, sources)


async def told(store: Store, fold: Fold, articles: Sequence[Article], minutes: int = 1) -> None:
    """These at once, scored by the model, and then so many minutes."""
    end = Committing(fold, StoreSink(store), Metrics(CollectorRegistry()), lambda: fold.memory.now, lambda folded: None)
    scores = MODEL.infer(MODEL.encode([one.title for one in articles]))
    scored = [replace(prepared(one), scores=(score,)) for one, score in zip(articles, scores, strict=True)]
    now = fold.memory.now
    ticks = [Delivery(Tick(now + minute * MINUTE_MS)) for minute in range(1, minutes + 1)]
    await end.take([*(Delivery(one) for one in scored), *ticks])


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live store in which a second source was on trial for its first seven days, and then admitted."""
    path = tmp_path_factory.mktemp("tried") / "live.db"
    asyncio.run(watched(path, [(range(8), ["one"]), (range(8, 16), ["one", "two"])]))
    return path


@pytest.mark.slow
@in_loop
async def test_a_source_is_admitted_where_the_live_watch_admitted_it(tried: Path, tmp_path: Path) -> None:
    """Where a batch ends decides where that is: the shadow has other batches, and the same counts."""
    with closing(Store.open_readonly(tried)) as live, Store.open(tmp_path / "own.db") as own:
        beginning = await follow(live, own)
        assert beginning.seq == 1 and beginning.warm_at == beginning.at
    theirs, mine = contents(tried), contents(tmp_path / "own.db")
    assert len(mine["recounts"]) == 1
    for table, held in theirs.items():
        assert mine[table] == held, table
    agrees(tmp_path / "own.db", SETTINGS)


@in_loop
async def test_a_live_store_on_postgresql_is_followed_like_any_other(place: Place, tmp_path: Path) -> None:
    await watched(place("live"), [(range(2), ["one"])])
    with closing(Store.open_readonly(place("live"))) as live, Store.open(tmp_path / "own.db") as own:
        await follow(live, own)
        with live.reader() as theirs, own.reader() as mine:
            assert list(sequence.in_sequence(mine)) == list(sequence.in_sequence(theirs)) != []
            for table in (schema.stories, schema.story_series, schema.buckets, schema.near_misses, schema.runs):
                every = select(table).order_by(*table.primary_key)
                assert mine.execute(every).all() == theirs.execute(every).all(), table.name


@pytest.mark.slow
@in_loop
async def test_a_source_that_was_on_trial_when_the_shadow_began_is_on_trial_there(tried: Path, tmp_path: Path) -> None:
    with closing(Store.open_readonly(tried)) as live, Store.open(tmp_path / "own.db") as own:
        beginning = await follow(live, own, 5 * DAY_MS)
        assert beginning.seq > 1 and beginning.warm_at == beginning.at + WARM_MS
    both = dict(rows(tried, "SELECT key, standing FROM articles"))
    mine = dict(rows(tmp_path / "own.db", "SELECT key, standing FROM articles"))
    assert mine.items() <= both.items()
    assert {standing for key, standing in mine.items() if key.startswith("two:")} == {Standing.TRIAL, Standing.LIVE}


@pytest.mark.slow
@pytest.mark.faults
@in_loop
async def test_a_late_beginning_comes_to_the_same_pages_once_a_month_lies_behind_it(tmp_path: Path) -> None:
    path, own_path = tmp_path / "live.db", tmp_path / "own.db"
    again = "Harrow Lane foundry of Norwhistle files for protection from its creditors"
    with Store.open(path) as store:
        store.commit(Effects(meta={"instrument": str(SETTINGS.instrument)}))
        fold = Fold(SETTINGS)
        old = article("one:old", again, at=NOON, source="one")
        await told(store, fold, [old])
        await lived(store, fold, MODEL, range(32), ["one"])
        now = fold.memory.now
        # What only the time before the shadow's beginning explains: old news told again, and a changed text.
        await told(
            store, fold, [article("one:again", again, at=now, source="one"), replace(old, title=f"{again} UPDATE")]
        )
        burst = [
            article(
                f"one:b{n}", f"burst{n}a of burst{n}b holds burst{n}c collapse", at=now, source="one",
                publisher=f"p{n % 4}.example",
            )
            for n in range(20)
        ]  # fmt: skip
        await told(store, fold, burst, minutes=300)
    with closing(Store.open_readonly(path)) as live, Store.open(own_path) as own:
        beginning = await follow(live, own, 30 * DAY_MS)
        assert own.read(rebuild.last_tick)[1].at > beginning.warm_at > beginning.at > NOON
    spikes = rows(path, "SELECT * FROM spikes ORDER BY id")
    assert spikes and rows(own_path, "SELECT * FROM spikes ORDER BY id") == spikes
    for name in ("fit", "volumes"):
        (theirs, mine) = (rows(where, f"SELECT value FROM meta WHERE key = '{name}'") for where in (path, own_path))
        assert mine == theirs, name
    assert rows(own_path, "SELECT * FROM runs") == rows(path, "SELECT * FROM runs")
    for where in (path, own_path):
        assert rows(where, "SELECT stale FROM stories WHERE id = 'one:again'") == [(1,)]
    assert rows(path, "SELECT role FROM articles WHERE key = 'one:old' ORDER BY seq") == [("new",), ("revision",)]
    assert rows(own_path, "SELECT role FROM articles WHERE key = 'one:old'") == []


async def refused(says: str, live: Store, own: Store, settings: FoldSettings) -> None:
    with pytest.raises(InputError, match=says):
        await follow(live, own, settings=settings)


@in_loop
async def test_what_is_no_longer_the_store_that_was_read_is_refused(tmp_path: Path) -> None:
    await watched(tmp_path / "live.db", [(range(1), ["one"])])
    await watched(tmp_path / "other.db", [(range(1), ["two"])])
    with closing(Store.open_readonly(tmp_path / "live.db")) as live, Store.open(tmp_path / "own.db") as own:
        await follow(live, own)
    shutil.copy(tmp_path / "live.db", tmp_path / "short.db")
    with closing(sqlite3.connect(tmp_path / "short.db")) as db, db:
        db.execute("DELETE FROM ticks WHERE seq > 1000")
        db.execute("DELETE FROM articles WHERE seq > 1000")
    shutil.copy(tmp_path / "live.db", tmp_path / "altered.db")
    with closing(sqlite3.connect(tmp_path / "altered.db")) as db, db:
        db.execute("UPDATE articles SET text_hash = '0000' WHERE seq = (SELECT max(seq) FROM articles)")
    other = "is not the store that was read so far"
    for name, says in (("short.db", "restored from a backup"), ("other.db", other), ("altered.db", other)):
        with closing(Store.open_readonly(tmp_path / name)) as live, Store.open(tmp_path / "own.db") as own:
            await refused(says, live, own, SETTINGS)
    with closing(Store.open_readonly(tmp_path / "live.db")) as live, Store.open(tmp_path / "own.db") as own:
        await refused("another candidate", live, own, replace(SETTINGS, lateness_ms=60_000))


@in_loop
async def test_what_retention_took_before_it_was_read_is_said_and_a_hole_is_none_of_its_doing(tmp_path: Path) -> None:
    await watched(tmp_path / "live.db", [(range(1), ["one"])])
    with closing(sqlite3.connect(tmp_path / "live.db")) as db, db:
        db.execute("DELETE FROM ticks WHERE seq BETWEEN 700 AND 800")
        db.execute("DELETE FROM articles WHERE seq BETWEEN 700 AND 800")
    with closing(Store.open_readonly(tmp_path / "live.db")) as live, Store.open(tmp_path / "own.db") as own:
        with pytest.raises(ExceptionGroup) as caught:
            await follow(live, own)
        assert caught.group_contains(
            OperatorError, match="101 numbers of the sequence from 700 on are missing", depth=2
        )
    with closing(sqlite3.connect(tmp_path / "live.db")) as db, db:
        cut = json.dumps({"since": 0, "numbers": 101, "last": 800, "deliveries": 0})
        db.execute("INSERT INTO meta (key, value) VALUES ('retention', ?)", (cut,))
    with closing(Store.open_readonly(tmp_path / "live.db")) as live, Store.open(tmp_path / "own.db") as own:
        await follow(live, own)
        assert own.read(rebuild.positions, LIVE)[""]["missing"] == 101
        report = build_report(live, own, CONFIG)
        assert report["read"]["missing"] == 101 and any("101 records were past" in line for line in report["verdict"])


@in_loop
async def test_a_live_store_that_is_replaced_while_it_is_read_ends_the_shadow(tmp_path: Path) -> None:
    """Its reader would go on with the old file for ever, and find nothing new in it."""
    await watched(tmp_path / "live.db", [(range(1), ["one"])])
    shutil.copy(tmp_path / "live.db", tmp_path / "restored.db")
    with closing(Store.open_readonly(tmp_path / "live.db")) as live, Store.open(tmp_path / "own.db") as own:
        begin(own, live, CANDIDATE, SETTINGS, 10**13)
        source = Follower(live, MATCHER, MODEL, began=1, position=start(1).value, stop_at_end=False)
        (tmp_path / "restored.db").replace(tmp_path / "live.db")
        with pytest.raises(OperatorError, match="was replaced while it was read"):
            await source.run(Channel(10))


@in_loop
async def test_while_the_disk_is_nearly_full_the_shadow_leaves_the_rest_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watched(tmp_path / "live.db", [(range(1), ["one"])])
    with closing(Store.open_readonly(tmp_path / "live.db")) as live, Store.open(tmp_path / "own.db") as own:
        begin(own, live, CANDIDATE, SETTINGS, 10**13)
        fold = Fold(SETTINGS, restore(own, SETTINGS))
        end = Judging(fold, ShadowSink(own, live, 0), lambda folded: None, own)
        monkeypatch.setattr(judging, "ROOM_BYTES", 2**62)
        monkeypatch.setattr(judging, "ROOM_S", 0.01)
        taking = asyncio.create_task(end.take([Delivery(Tick(NOON))]))
        async with asyncio.timeout(10):
            while not end.stalled:  # noqa: ASYNC110 - it goes on by itself: no event but its own
                await asyncio.sleep(0)
        assert "left to others" in end.stalled and own.read(rebuild.last_tick) is None
        monkeypatch.setattr(judging, "ROOM_BYTES", 0)
        await taking
        assert not end.stalled and own.read(rebuild.last_tick) == (1, Tick(NOON))
