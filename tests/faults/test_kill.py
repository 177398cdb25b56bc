"""kill -9 in the middle of the demonstration, again and again: nothing lost, nothing counted twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.demo.corpus import demo_news
from monitor.parts import DEMO_WATCHLIST, build_parts
from monitor.storage import rebuild
from monitor.storage.store import Store
from tests.oracle import agrees
from tests.shipped import FAST

KILLS = 60 if os.environ.get("BEARWATCH_FAULTS") == "long" else 10
SEED = int(os.environ.get("BEARWATCH_SEED", "7"))
DEADLINE_S = 120.0


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "monitor", "demo", "--store", str(folder), "--minutes", "0", "--stop-at-end"]
    return subprocess.Popen(
        command,
        env={**os.environ, **FAST, "BEARWATCH_WEB__PORT": "0", "BEARWATCH_MODEL__CACHE_ENTRIES": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def articles(path: Path) -> int:
    """How many the store holds, read beside the daemon; 0 while there is none."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_ten_kills_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    print(f"BEARWATCH_SEED={SEED}, {KILLS} kills")
    path = tmp_path / "demo.db"
    levels = sorted(rng.randrange(1, 4_800) for _ in range(KILLS))
    killed_at = []
    for level in levels:
        process = start(tmp_path)
        deadline = time.monotonic() + DEADLINE_S
        while articles(path) < level:  # another process's progress: nothing to wait on but its store
            assert process.poll() is None, process.stderr and process.stderr.read().decode()[-2_000:]
            assert time.monotonic() < deadline, f"stuck at {articles(path)} of {level} articles"
            time.sleep(rng.uniform(0.001, 0.02))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed_at.append(articles(path))
    last = start(tmp_path)
    _, errors = last.communicate(timeout=DEADLINE_S)
    assert last.returncode == 0, errors.decode()[-2_000:]

    store = Store.open_readonly(path)
    end = int(store.read(rebuild.meta, "demo_end") or 0)
    wanted = {f"demo:{line['id']}" for line in demo_news(end)}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        held = [key for (key,) in db.execute("SELECT key FROM articles")]
    store.close()
    assert len(held) == len(set(held)) == len(wanted)
    assert set(held) == wanted
    parts = build_parts(load_config(None, FAST), [DEMO_WATCHLIST])
    compared = agrees(path, parts.settings)
    print(f"killed at {killed_at} articles; compared {compared}")
    assert compared["spikes"] >= 3
