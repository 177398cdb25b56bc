"""A full disk: nothing half-written, and the same transaction goes through once there is room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import StoreUnavailableError
from monitor.storage import rebuild, sequence
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from tests.missing import lacking
from tests.store_samples import article_row, whole_batch

pytestmark = pytest.mark.faults


def test_a_full_database_takes_nothing_and_the_same_batch_later(tmp_path: Path) -> None:
    with Store.open(tmp_path / "b.db") as store:
        store.commit(whole_batch(1))
        raw = store._writing()._session._raw
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}")
        large = Effects(articles=[article_row(seq) for seq in range(100, 400)], meta={"batch": "large"})
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="full"):
                store.commit(large)
            assert store.read(rebuild.max_seq) == 5
            assert store.read(rebuild.meta, "batch") == "1"
        raw.execute("PRAGMA max_page_count = 1073741823")
        store.commit(large)
        with store.reader() as connection:
            assert list(sequence.in_sequence(connection, 100)) == large.articles


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(where)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        lacking(f"a small tmpfs needs root: {mounted.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", str(where)], check=True)


def test_a_full_disk_stops_commits_and_emptying_it_resumes_them(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with Store.open(small_disk / "b.db") as store:
        store.commit(whole_batch(1))
        ballast.write_bytes(b"x" * 900_000)
        batches = [Effects(articles=[article_row(seq) for seq in range(n, n + 50)]) for n in range(100, 2_100, 50)]
        stuck = 0
        try:
            for batch in batches:
                store.commit(batch)
                stuck += 1
            pytest.fail("two megabytes did not fill")
        except StoreUnavailableError:
            pass
        with pytest.raises(StoreUnavailableError):
            store.commit(batches[stuck])
        ballast.unlink()
        store.commit(batches[stuck])
        with store.reader() as connection:
            kept = list(sequence.in_sequence(connection, 100))
        assert kept == [row for batch in batches[: stuck + 1] for row in batch.articles]
        with store.reader() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
