"""What is old leaves the store, and nothing that is still needed goes with it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import func, select

from monitor.fold import Fold
from monitor.records import DAY_MS, MINUTE_MS
from monitor.replay.check import violations
from monitor.replay.explain import missed, recompute
from monitor.restore import restore
from monitor.storage import queries, retention, schema
from monitor.storage.retention import Ages
from monitor.storage.sqlite import vacuum
from monitor.storage.store import Store
from tests.builders import NOON
from tests.months import SETTINGS, lived_through
from tests.oracle import contents
from tests.postgresql import place_on

DAYS = 45
# The least that a restart needs: 28 days, the hours that may not teach yet, and a story across the edge.
AGES = Ages(articles=30 * DAY_MS, deliveries=30 * DAY_MS, refusals=10 * DAY_MS)
LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
SEEDS = range(1, 13) if LONG else (1, 2)

pytestmark = pytest.mark.slow


class Copied(Protocol):
    def __call__(self, to: str = "b") -> str: ...


def swept(store: Store, ages: Ages = AGES, settled: int = 0) -> Counter[str]:
    """A whole round, as the daemon makes it."""
    gone: Counter[str] = Counter()
    sweep = store.read(retention.begin, ages, settled)
    while sweep is not None and sweep.stage is not None:
        sweep, rows = store.write_now(partial(retention.step, sweep=sweep))
        gone.update(rows)
    return +gone


def explained(store: Store) -> dict[str, Any]:
    """What `explain --pinned` says of every alert, but from what it says it."""
    found = {}
    for held in store.read(queries.spikes_recent, 0):
        report, well = recompute(store, SETTINGS, held.spike.id, pinned_only=True)
        del report["from"]
        found[held.spike.id] = (report, well)
    return found


# The rules are the same on both; on PostgreSQL one seed shows that its SQL is.
ON = [*(("sqlite", seed) for seed in SEEDS), *(("postgresql", seed) for seed in SEEDS if LONG or seed == 1)]


@pytest.fixture(scope="module", params=ON, ids=lambda on: f"{on[0]}-{on[1]}")
def weeks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copied]:
    """Makes a copy of the weeks that were lived through, under a name; its address."""
    kind, seed = request.param
    for places in place_on(kind, request, tmp_path_factory.mktemp("weeks")):
        lived_through(places("weeks"), DAYS, surges={3, 8, 25, DAYS - 1}, seed=seed)
        yield lambda to="b", at=places: at.copied("weeks", to)


def test_the_restored_state_and_every_alert_are_the_same_after_it(weeks: Copied) -> None:
    with Store.open(weeks()) as store:
        before, told = contents(Fold(SETTINGS, restore(store, SETTINGS))), explained(store)
        assert any(spike["opened_at"] < "2023-11-25" for spike, _ in told.values()), "no alert is old"
        assert all(well for _, well in told.values())
        gone = swept(store)
        assert contents(Fold(SETTINGS, restore(store, SETTINGS))) == before
        assert explained(store) == told
        assert gone["articles"] > 300 and gone["ticks"] > 1_000 and gone["buckets"] > 300 and gone["stories"] > 300
        assert gone["refusals"] == DAYS - 10
        assert not swept(store), "a second round finds more"


def test_explain_says_from_what_it_recomputed(weeks: Copied) -> None:
    """Without the beginning there is nothing to fold again from: by what it pinned, and it says so."""
    with Store.open(weeks()) as store:
        first = min(store.read(queries.spikes_recent, 0), key=lambda held: held.spike.opened_at).spike
        whole, well = recompute(store, SETTINGS, first.id)
        assert well and whole["from"] == "its articles, and all that came before it"
        swept(store)
        short, well = recompute(store, SETTINGS, first.id)
        assert well and "past its retention" in short["from"]
        assert {**short, "from": ""} == {**whole, "from": ""}
        told, _ = missed(store, SETTINGS, "market", NOON + (DAYS - 1) * DAY_MS)
        assert told["from"].startswith("what is kept, from 2023-1")


def test_a_store_is_well_before_and_after(weeks: Copied) -> None:
    with Store.open(weeks()) as store:
        for _ in range(2):
            with store.reader() as db:
                assert list(violations(store, db, SETTINGS.longest_story_ms)) == []
            swept(store)


def test_what_left_is_counted_and_what_stays_hangs_together(weeks: Copied) -> None:
    with Store.open(weeks()) as store:
        with store.reader() as db:
            numbers = db.execute(select(func.count()).select_from(schema.articles)).scalar_one()
            numbers += db.execute(select(func.count()).select_from(schema.ticks)).scalar_one()
        gone = swept(store)
        with store.reader() as db:
            cut = retention.cut(db)
            assert cut.numbers == gone["articles"] + gone["ticks"] > 0
            article, story = schema.articles.c, schema.stories.c
            left = db.execute(select(func.count()).select_from(schema.articles)).scalar_one()
            left += db.execute(select(func.count()).select_from(schema.ticks)).scalar_one()
            assert left + cut.numbers == numbers
            stories = set(db.execute(select(story.id)).scalars())
            assert set(db.execute(select(article.story_id)).scalars()) == stories
            assert set(db.execute(select(schema.story_series.c.story_id)).scalars()) <= stories
            numbered = set(db.execute(select(article.seq)).scalars())
            for table in (schema.scores, schema.mentions):
                assert set(db.execute(select(table.c.article_seq)).scalars()) <= numbered
            # Each old story that stays has its reason.
            kept = db.execute(select(story.id).where(story.last_at < cut.since)).scalars().all()
            pinned = db.execute(
                select(article.story_id).join(
                    schema.pinned_articles, article.seq == schema.pinned_articles.c.article_seq
                )
            )
            assert set(pinned.scalars()) & set(kept), "no old story is pinned: the test shows nothing"
            assert db.execute(select(func.min(schema.ticks.c.at))).scalar_one() == cut.since


def test_a_key_that_comes_again_lately_is_still_known(weeks: Copied) -> None:
    with Store.open(weeks()) as store:
        swept(store)
        with store.reader() as db:
            article, since = schema.articles.c, retention.cut(db).since
            again = db.execute(
                select(article.key, article.story_id).where(article.role == "revision", article.event_time >= since)
            ).all()
            first = db.execute(
                select(func.min(article.event_time)).where(article.key.in_([row.key for row in again]))
            ).scalar_one()
            assert first < since, "none of them is old: the test shows nothing"
            known = set(db.execute(select(article.key).where(article.role != "revision")).scalars())
        assert {row.key for row in again} <= known


def test_the_news_goes_on_after_it_as_it_would_have_without(weeks: Copied) -> None:
    whole, short = weeks("whole"), weeks("short")
    with Store.open(short) as store:
        swept(store)
    for path in (whole, short):
        lived_through(path, 2, surges={DAYS + 1}, seed=5, again=False)
    with Store.open_readonly(whole) as one, Store.open_readonly(short) as other:
        assert contents(Fold(SETTINGS, restore(other, SETTINGS))) == contents(Fold(SETTINGS, restore(one, SETTINGS)))
        alerts = one.read(queries.alerts_recent, 1_000)
        assert other.read(queries.alerts_recent, 1_000) == alerts


def test_pages_are_given_back(tmp_path: Path) -> None:
    lived_through(tmp_path / "b.db", DAYS, surges={3})
    with Store.open(tmp_path / "b.db") as store:
        before = store.size()
        swept(store)
        while store.write_now(vacuum.give_back):
            pass
        with store.reader() as db:
            free = db.exec_driver_sql("PRAGMA freelist_count").scalar_one()
            pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()
            assert free <= pages * vacuum.SPARE + 1
            assert db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert (tmp_path / "b.db").stat().st_size < 0.85 * before


def test_a_clock_that_jumped_ahead_costs_nothing_within_its_first_day(weeks: Copied) -> None:
    with Store.open(weeks()) as store:
        far = store.read(lambda db: db.execute(select(func.max(schema.ticks.c.at))).scalar_one()) + 3_650 * DAY_MS
        seq = store.read(lambda db: db.execute(select(func.max(schema.ticks.c.seq))).scalar_one())
        store.write_now(
            lambda db: db.execute(
                schema.ticks.insert(),
                [{"seq": seq + 10 + n, "at": far + n * MINUTE_MS, "mode": "live"} for n in range(90)],
            )
        )
        assert not swept(store, Ages(200 * DAY_MS, 200 * DAY_MS, 200 * DAY_MS), settled=96)
        assert store.read(retention.cut).numbers == 0
