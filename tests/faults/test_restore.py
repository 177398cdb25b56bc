"""The restore drill of docs/operations.md: a backup under load, kill -9, the backup put back, the news read again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.demo.corpus import demo_news
from monitor.parts import DEMO_WATCHLIST, build_parts
from monitor.storage import rebuild
from monitor.storage.store import Store
from tests.faults.test_kill import DEADLINE_S, articles, start
from tests.oracle import agrees
from tests.shipped import FAST

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]


def bearwatch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, cwd=ROOT, check=False)


def until(path: Path, level: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while articles(path) < level:  # another process's progress: nothing to wait on but its store
        assert process.poll() is None, process.stderr and process.stderr.read().decode()[-2_000:]
        assert time.monotonic() < deadline, f"stuck at {articles(path)} of {level} articles"
        time.sleep(0.02)


@pytest.mark.parametrize("positions", ["kept", "lost"] if os.environ.get("BEARWATCH_FAULTS") == "long" else ["lost"])
def test_a_restored_backup_reads_on_and_counts_nothing_twice(tmp_path: Path, positions: str) -> None:
    """With positions lost the whole news is given again, as a feed or a replayed topic would: keys alone must do."""
    path, copy = tmp_path / "demo.db", tmp_path / "backups" / "demo.db"
    copy.parent.mkdir()
    process = start(tmp_path)
    until(path, 1_500, process)
    made = bearwatch("db", "backup", copy, "--store", path)
    assert made.returncode == 0, made.stderr
    assert copy.stat().st_mode & 0o777 == 0o600 and [f.name for f in copy.parent.iterdir()] == ["demo.db"]
    held = articles(copy)
    until(path, held + 500, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    for file in tmp_path.glob("demo.db*"):  # the log belongs to the file that is put away
        file.unlink()
    path.write_bytes(copy.read_bytes())
    checked = bearwatch("db", "check", "--store", path)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr
    if positions == "lost":
        with closing(sqlite3.connect(path)) as db:
            db.execute("DELETE FROM positions")
            db.commit()
    last = start(tmp_path)
    _, errors = last.communicate(timeout=DEADLINE_S)
    assert last.returncode == 0, errors.decode()[-2_000:]

    with Store.open_readonly(path) as store:
        end = int(store.read(rebuild.meta, "demo_end") or 0)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        keys = [key for (key,) in db.execute("SELECT key FROM articles")]
    assert sorted(keys) == sorted(f"demo:{line['id']}" for line in demo_news(end))
    compared = agrees(path, build_parts(load_config(None, FAST), [DEMO_WATCHLIST]).settings)
    print(f"backup at {held} articles; compared {compared}")
    checked = bearwatch("db", "check", "--store", path)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr
