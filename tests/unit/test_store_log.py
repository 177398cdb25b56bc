"""The write-ahead log stays short, whoever reads."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from monitor.storage.sqlite.connections import reader_engine, writer_engine
from monitor.storage.sqlite.session import SqliteSession
from monitor.storage.store import Store
from monitor.storage.writer import Writer

KIB = 1_024


@contextmanager
def never_without_a_reader(path: Path) -> Iterator[None]:
    """One snapshot begins before the last one ends, over and over: as many pages and scrapes do together."""
    stop, engine = threading.Event(), reader_engine(path)

    def poll() -> None:
        held = engine.connect()
        held.begin()
        held.exec_driver_sql("SELECT count(*) FROM t").scalar()
        while not stop.wait(0.005):
            following = engine.connect()
            following.begin()
            following.exec_driver_sql("SELECT count(*) FROM t").scalar()
            held.close()
            held = following
        held.close()

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        engine.dispose()


def _written(writer: Writer, path: Path, commits: int) -> tuple[int, float]:
    """(the log's greatest size in bytes, the longest commit in seconds) over so many commits of 8 KiB."""
    log = path.with_name(f"{path.name}-wal")
    most, longest = 0, 0.0

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO t VALUES (randomblob(8192))")

    for _ in range(commits):
        began = time.perf_counter()
        writer.submit(work).result()
        longest = max(longest, time.perf_counter() - began)
        most = max(most, log.stat().st_size)
    return most, longest


@pytest.mark.slow
def test_the_log_is_bounded_although_a_reader_is_always_there(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    engine = writer_engine(path)
    with engine.connect() as made:
        made.exec_driver_sql("CREATE TABLE t (x BLOB)")
        made.commit()
    with (
        closing(Writer(SqliteSession(engine, log_bytes=256 * KIB, pause_s=0.0))) as writer,
        never_without_a_reader(path),
    ):
        most, longest = _written(writer, path, 1_000)
    print(f"log at most {most / KIB:,.0f} KiB of {1_000 * 12:,} KiB written, longest commit {longest * 1_000:.0f} ms")
    # 200 commits of three pages lie between two checkpoints. Without the wait it grows to all that was written.
    assert most < 256 * KIB + 3 * 200 * 3 * 4 * KIB
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (1_000,)


def test_a_new_store_gives_pages_back_bit_by_bit(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    Store.open(path).close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA auto_vacuum").fetchone() == (2,)
