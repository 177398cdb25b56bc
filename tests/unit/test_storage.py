"""The store holds what one batch changed, all or nothing, and gives it back."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from monitor.errors import InputError, StoreLockedError
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket, Mode, Position, Standing, Tick
from monitor.storage import rebuild, schema, sequence
from monitor.storage.effects import Effects
from monitor.storage.sqlite import connections
from monitor.storage.store import Store
from tests.postgresql import Place
from tests.store_samples import NOON, article_row, part, spike_row, story_row, whole_batch


@pytest.fixture
def store(place: Place):  # type: ignore[no-untyped-def]
    with Store.open(place("b"), holder="a test") as opened:
        yield opened


@pytest.fixture
def sqlite(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Store.open(tmp_path / "deep" / "er" / "bearwatch.db", holder="a test") as opened:
        yield opened


def test_an_empty_store_has_no_past(store: Store) -> None:
    assert store.read(rebuild.max_seq) == 0
    assert store.read(rebuild.last_tick) is None
    assert store.read(rebuild.known, []) == {}
    assert store.read(rebuild.meta, "nothing") is None
    assert store.read(rebuild.open_spikes) == []


def test_everything_of_a_batch_is_read_back_equal(store: Store) -> None:
    batch = whole_batch(1)
    store.commit(batch)
    assert store.read(rebuild.max_seq) == 5
    assert store.read(rebuild.last_tick) == batch.ticks[0]
    with store.reader() as connection:
        assert list(sequence.in_sequence(connection)) == [*batch.articles, *batch.ticks]
    assert store.read(rebuild.active_stories, 0) == batch.stories
    units = rebuild.units_of(batch.stories)
    placed = [p for own in store.read(rebuild.placements_of_units, units).values() for p in own.values()]
    assert placed == sorted(batch.story_series, key=lambda r: (r.unit_id, r.series))
    assert store.read(rebuild.buckets, 0) == batch.buckets
    assert store.read(rebuild.open_spikes) == batch.spikes
    assert store.read(rebuild.watermarks) == batch.watermarks
    assert store.read(rebuild.positions, "rss") == {"https://a.example/feed": {"etag": '"1"'}}
    assert store.read(rebuild.meta, "batch") == "1"
    assert store.read(rebuild.known, ["rss:2", "rss:99"]) == {"rss:2": [(f"{2:016x}", "rss:2", 2)]}


def test_the_past_is_the_same_after_closing_and_opening(place: Place) -> None:
    path = place("b")
    with Store.open(path) as store:
        store.commit(whole_batch(1))
        store.commit(whole_batch(10))
        with store.reader() as connection:
            before = list(sequence.in_sequence(connection))
    with Store.open(path) as store, store.reader() as connection:
        assert list(sequence.in_sequence(connection)) == before
        assert len(before) == 10


def test_bucket_deltas_add_up_and_may_be_negative(store: Store) -> None:
    store.commit(Effects(buckets=[Bucket("market", 7, 3, 2, 3, 2, 4, 3, -900), Bucket("topic:x", 7, 1)]))
    store.commit(Effects(buckets=[Bucket("market", 7, 1, -1, 0, -1, 1, 1, 400)]))
    assert store.read(rebuild.buckets, 7) == [Bucket("market", 7, 4, 1, 3, 1, 5, 4, -500), Bucket("topic:x", 7, 1)]
    assert store.read(rebuild.buckets, 8) == []


def test_hour_counts_sum_the_minutes_of_each_hour(store: Store) -> None:
    store.commit(Effects(buckets=[Bucket("market", minute, 1, minute % 2) for minute in range(50, 130)]))
    assert store.read(rebuild.hour_counts, 55) == [("market", 0, 5, 3), ("market", 1, 60, 30), ("market", 2, 10, 5)]


def test_rows_replace_what_stood_and_watermarks_only_rise(store: Store) -> None:
    row = article_row(1)
    first = story_row(row)
    grown = dataclasses.replace(first, copies=2, last_at=first.last_at + 5, publishers=("a", "b"))
    plain = part(row, "market", negative=False)
    store.commit(
        Effects(
            stories=[first],
            story_series=[plain],
            watermarks={"rss": 10},
            spikes=[spike_row(1)],
            positions=[Position("rss", "p", {"at": 1})],
        )
    )
    store.commit(
        Effects(
            stories=[grown],
            story_series=[part(row, "market")],
            watermarks={"rss": 9, "push": 1},
            spikes=[spike_row(1, closed_at=5)],
            positions=[Position("rss", "p", {"at": 2})],
        )
    )
    assert store.read(rebuild.active_stories, 0) == [grown]
    assert store.read(rebuild.placements_of_units, [row.unit_id]) == {row.unit_id: {"market": part(row, "market")}}
    assert store.read(rebuild.watermarks) == {"rss": 10, "push": 1}
    assert store.read(rebuild.open_spikes) == []
    assert store.read(rebuild.positions, "rss") == {"p": {"at": 2}}


def test_only_the_most_surprising_near_miss_of_a_day_is_kept(store: Store) -> None:
    near = whole_batch(1).near_misses[0]
    less = dataclasses.replace(near, surprise=near.surprise - 1, at=near.at + 1)
    more = dataclasses.replace(near, surprise=near.surprise + 1, at=near.at + 2, kept_silent_by="publishers")
    tomorrow = dataclasses.replace(less, at=near.at + DAY_MS)
    for row in (near, more, less, tomorrow):
        store.commit(Effects(near_misses=[row]))
    with store.reader() as connection:
        kept = connection.execute(text("SELECT surprise, kept_silent_by FROM near_misses ORDER BY day")).all()
    assert kept == [(more.surprise, "publishers"), (tomorrow.surprise, "threshold")]


def test_active_stories_come_in_the_order_in_which_they_began(store: Store) -> None:
    rows = [article_row(seq, at=NOON + at) for seq, at in ((3, 30), (1, 10), (2, 50))]
    store.commit(Effects(stories=[story_row(row) for row in rows]))
    assert [story.first_seq for story in store.read(rebuild.active_stories, NOON + 20)] == [2, 3]


def test_many_keys_are_looked_up_in_chunks(store: Store) -> None:
    store.commit(Effects(articles=[article_row(seq) for seq in range(1, 1_203)]))
    found = store.read(rebuild.known, [f"rss:{n}" for n in range(2_000)])
    assert len(found) == 1_202


def test_observed_hours_are_those_with_a_tick(store: Store) -> None:
    ticks = [Tick(MINUTE_MS, Mode.HISTORY), Tick(HOUR_MS - 1), Tick(3 * HOUR_MS, Mode.HISTORY)]
    store.commit(Effects(ticks=list(enumerate(ticks, 1))))
    assert store.read(rebuild.observed_hours, 0) == {0: True, 3: False}
    assert store.read(rebuild.observed_hours, HOUR_MS) == {3: False}


def test_stories_are_counted_by_series_day_and_the_publisher_of_their_earliest_member(store: Store) -> None:
    rows = [article_row(seq) for seq in (1, 2, 4)]
    odd = "y␛\ud800.example"
    parts = [
        part(rows[0], "market"),
        dataclasses.replace(part(rows[1], "market"), first_publisher=odd),
        part(rows[2], "market"),
        dataclasses.replace(part(rows[0], "old"), first_at=5),
        dataclasses.replace(part(rows[0], "backlog"), first_standing=Standing.BACKLOG),
    ]
    store.commit(Effects(stories=[story_row(row) for row in rows], story_series=parts))
    day = NOON // DAY_MS
    counted = store.read(rebuild.publisher_counts, NOON)
    assert sorted(counted) == [("market", "paper1.example", day, 2), ("market", odd, day, 1)]


def test_the_last_tick_is_the_latest_even_where_a_backfill_came_after_it(store: Store) -> None:
    store.commit(Effects(ticks=[(1, Tick(5 * HOUR_MS)), (2, Tick(HOUR_MS, Mode.HISTORY))]))
    assert store.read(rebuild.last_tick) == (1, Tick(5 * HOUR_MS))


def test_stories_touched_since_a_sequence_number_are_those_opened_or_joined_not_revised(store: Store) -> None:
    rows = [article_row(1), article_row(2), article_row(3, story_id="rss:1")]
    revised = dataclasses.replace(article_row(4, story_id="rss:2"), role="revision")
    stories = [story_row(rows[0]), story_row(rows[1])]
    store.commit(Effects(articles=[*rows, revised], stories=stories))
    assert store.read(rebuild.touched_since, 2) == [stories[0]]
    assert store.read(rebuild.touched_since, 0) == stories


def test_placements_since_a_minute_are_those_first_or_negative_after_it(store: Store) -> None:
    rows = [article_row(seq) for seq in (1, 2, 3)]
    minute = NOON // MINUTE_MS
    early = dataclasses.replace(part(rows[0], "market", negative=False), first_at=NOON - 1)
    turned = dataclasses.replace(part(rows[1], "market"), first_at=NOON - 1)
    fresh = part(rows[2], "market", negative=False)
    store.commit(Effects(stories=[story_row(row) for row in rows], story_series=[early, turned, fresh]))
    assert store.read(rebuild.placements_since, minute - 1) == [turned, fresh]


@pytest.mark.parametrize("again", ["articles", "alerts", "outbox", "ticks"])
def test_what_may_stand_only_once_fails_whole(store: Store, again: str) -> None:
    first, second = whole_batch(1), whole_batch(10)
    store.commit(first)
    repeated = dataclasses.replace(second, **{again: getattr(first, again)})
    with pytest.raises(IntegrityError):
        store.commit(repeated)
    assert store.read(rebuild.meta, "batch") == "1"
    assert store.read(rebuild.max_seq) == 5
    store.commit(second)
    assert store.read(rebuild.max_seq) == 14


def test_commits_of_the_loop_and_other_writes_go_through_one_thread_in_order(store: Store) -> None:
    async def both() -> list[str]:
        commits = [store.commit_async(Effects(meta={"last": str(n)})) for n in range(20)]
        await asyncio.gather(*commits)
        await store.write(lambda connection: connection.execute(text("UPDATE meta SET value = value || '!'")))
        return [str(await store.read_async(rebuild.meta, "last"))]

    assert asyncio.run(both()) == ["19!"]


def test_the_journal_is_wal_and_every_commit_is_synced(sqlite: Store) -> None:
    async def pragmas() -> dict[str, object]:
        names = ("journal_mode", "synchronous", "wal_autocheckpoint")
        return await sqlite.write(lambda c: {name: c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names})

    assert asyncio.run(pragmas()) == {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0}


def test_readers_cannot_write(store: Store) -> None:
    with store.reader() as connection, pytest.raises(DBAPIError, match=r"readonly|read-only transaction"):
        connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))


def test_readers_never_checkpoint(sqlite: Store) -> None:
    with sqlite.reader() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 0


def test_a_reader_sees_one_snapshot(store: Store) -> None:
    store.commit(Effects(meta={"n": "1"}))
    with store.reader() as connection:
        assert rebuild.meta(connection, "n") == "1"
        store.commit(Effects(meta={"n": "2"}))
        assert rebuild.meta(connection, "n") == "1"
    assert store.read(rebuild.meta, "n") == "2"


def test_the_log_is_emptied_when_idle_and_gone_after_closing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.storage.sqlite.session._IDLE_S", 0.05)
    log = tmp_path / "b.db-wal"
    with Store.open(tmp_path / "b.db") as store:
        store.commit(whole_batch(1))
        deadline = time.monotonic() + 10
        while log.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.01)
        assert log.stat().st_size == 0
    assert not log.exists()


def test_migrations_make_exactly_the_tables_of_the_code(sqlite: Store, tmp_path: Path) -> None:
    def shape(url: str) -> dict[str, tuple[str, ...]]:
        engine = create_engine(url)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'"))
            found = {name: " ".join((sql or "").replace('"', "").split()) for name, sql in rows}
            for name in inspect(connection).get_table_names():
                columns = connection.execute(text(f"PRAGMA table_xinfo('{name}')")).all()
                flags = found.get(name, "").rpartition(")")[2]
                found[name] = f"{columns} {flags}"
        engine.dispose()
        return {name: sql for name, sql in found.items() if "alembic" not in name}

    by_code = create_engine(f"sqlite:///{tmp_path / 'code.db'}")
    schema.metadata.create_all(by_code)
    by_code.dispose()
    assert shape(f"sqlite:///{sqlite.beside}") == shape(f"sqlite:///{tmp_path / 'code.db'}")


def test_a_second_opening_is_refused_within_two_seconds_naming_the_holder(store: Store, place: Place) -> None:
    begun = time.monotonic()
    with pytest.raises(StoreLockedError, match=rf"process {os.getpid()} (on \S+ )?\(a test, since 20\d\d-.*Z\)"):
        Store.open(place("b"))
    assert time.monotonic() - begun < 2


def test_a_reader_needs_no_lock(store: Store, place: Place) -> None:
    store.commit(whole_batch(1))
    with Store.open_readonly(place("b")) as beside:
        assert beside.read(rebuild.max_seq) == 5
        with pytest.raises(RuntimeError, match="for reading"):
            beside.commit(Effects())


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def _newer(path: Path) -> None:
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_garbage, "no sound SQLite database"),
        (_foreign, "no Bearwatch store"),
        (_newer, r"newer Bearwatch \(schema 9999\)"),
        (_folder, "is a folder"),
    ],
)
def test_what_is_no_store_is_refused_in_one_line(tmp_path: Path, make, message: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "b.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(InputError, match=message) as refused:
        Store.open(path)
    assert "\n" not in str(refused.value)
    assert (path.read_bytes() if path.is_file() else b"") == before
    if path.is_file():
        with pytest.raises(InputError, match=message):
            Store.open_readonly(path)


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="folder cannot be made"):
        Store.open(tmp_path / "file" / "b.db")
    with pytest.raises(InputError, match="cannot be"):
        Store.open("/proc/nowhere/b.db")


@pytest.mark.parametrize("address", ["postgresql://u:secret@h/db", ":memory:", ""])
def test_addresses_that_are_no_file_are_refused_without_showing_a_password(address: str) -> None:
    with pytest.raises(InputError) as refused:
        Store.open(address)
    assert "secret" not in str(refused.value)


def test_a_missing_store_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no store"):
        Store.open_readonly(f"sqlite:///{tmp_path}/b.db")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_whole_and_overwrites_nothing(sqlite: Store, tmp_path: Path) -> None:
    sqlite.commit(whole_batch(1))
    copy = tmp_path / "copy.db"
    sqlite.backup(copy)
    sqlite.commit(whole_batch(10))
    with Store.open(copy) as opened:
        assert opened.read(rebuild.max_seq) == 5
    with pytest.raises(InputError, match="exists already"):
        sqlite.backup(copy)
    with pytest.raises(InputError, match="cannot be written"):
        sqlite.backup(tmp_path / "nowhere" / "copy.db")


def test_an_old_sqlite_is_warned_of_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert "3.51.3" in connections.sqlite_warning()
    assert "\n" not in connections.sqlite_warning()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert connections.sqlite_warning() == ""


def test_settled_waits_for_what_a_cancelled_waiter_had_handed_over(place: Place) -> None:
    """After a drain that was cut off, a reload must not read the memory before that transaction is through."""

    async def scenario(store: Store) -> None:
        started, go_on = threading.Event(), threading.Event()

        def hold(_: Connection) -> None:
            started.set()
            go_on.wait(10)

        holding = asyncio.create_task(store.write(hold))
        await asyncio.to_thread(started.wait, 10)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await store.commit_async(Effects(meta={"late": "1"}))
        assert store.read(rebuild.meta, "late") is None
        settled = asyncio.create_task(store.settled())
        go_on.set()
        await settled
        assert store.read(rebuild.meta, "late") == "1"
        await holding

    with Store.open(place("s")) as store:
        asyncio.run(scenario(store))
