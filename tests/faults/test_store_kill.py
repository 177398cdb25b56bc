"""kill -9 at any instant leaves a prefix of whole transactions, and lets the next process in at once."""

from __future__ import annotations

import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.errors import StoreLockedError
from monitor.storage import rebuild, sequence
from monitor.storage.store import Store
from tests.store_samples import whole_batch

pytestmark = [pytest.mark.faults, pytest.mark.slow]

STEP = 10  # sequence numbers between two batches: articles and a tick take five

CHILD = """
import sys
from monitor.storage.store import Store
from tests.store_samples import whole_batch

store = Store.open(sys.argv[1], holder="the child")
for number in range(int(sys.argv[2]), 100_000):
    store.commit(whole_batch(1 + number * 10))
    print(number, flush=True)
"""


def _start(path: Path, first: int) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", CHILD, str(path), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def _kill_after(child: subprocess.Popen[str], seconds: float) -> int:
    """Kills `seconds` after its first commit; the number of the last batch that it knew to be committed."""
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], 60)
    assert ready, "the child committed nothing"
    time.sleep(seconds)  # the instant of the kill is the thing under test
    child.send_signal(signal.SIGKILL)
    lines = child.stdout.read().splitlines()
    child.wait()
    child.stdout.close()
    return int(lines[-1])


def test_after_each_kill_the_store_holds_a_prefix_of_whole_transactions(tmp_path: Path) -> None:
    seed = 20_261_122
    print(f"seed {seed}")
    instants = random.Random(seed)
    path = tmp_path / "b.db"
    begun = 0
    for _ in range(20):
        acknowledged = _kill_after(_start(path, begun), instants.uniform(0, 0.15))
        with Store.open_readonly(path) as store:
            seen_beside = store.read(rebuild.meta, "batch")
        with Store.open(path) as store:
            found = int(store.read(rebuild.meta, "batch") or 0)
            assert seen_beside == str(found)
            count = (found - 1) // STEP + 1
            # The one in flight may have been committed without its word having come through.
            assert acknowledged + 1 <= count <= acknowledged + 2
            with store.reader() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
                for table, rows in (("articles", 4), ("ticks", 1), ("alerts", 1), ("outbox", 1), ("refusals", 1)):
                    assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == rows * count
                assert connection.execute(text("SELECT sum(stories) FROM buckets")).scalar() == 4 * count
            begun = count
    with Store.open(path) as store, store.reader() as connection:
        kept = list(sequence.in_sequence(connection))
    batches = [whole_batch(1 + number * STEP) for number in range(begun)]
    assert kept == [row for batch in batches for row in (*batch.articles, *batch.ticks)]


def test_a_second_process_is_refused_within_two_seconds_and_let_in_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    child = _start(path, 0)
    assert child.stdout is not None
    child.stdout.readline()
    begun = time.monotonic()
    with pytest.raises(StoreLockedError, match=rf"process {child.pid} \(the child"):
        Store.open(path)
    assert time.monotonic() - begun < 2
    _kill_after(child, 0)
    begun = time.monotonic()
    Store.open(path).close()
    assert time.monotonic() - begun < 5
