"""The whole daemon before two real Alertmanagers: a surge of the demonstration as a person hears of it, kill or not."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.alertmanagers import PROGRAM, Notification, Sink, cluster, need, quick

pytestmark = [pytest.mark.slow, pytest.mark.faults]

SHIPPED = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.example.yml"
LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
# Three played days in so many minutes; the surge that rises lasts an eighth of them.
KILLS, MINUTES = (8, "8") if LONG else (1, "1.2")
SEED = int(os.environ.get("BEARWATCH_SEED", "7"))
DEADLINE_S = 240.0


class Demo:
    """`bearwatch demo` on a store and Alertmanagers of its own."""

    def __init__(self, folder: Path, given: list[dict[str, Any]]) -> None:
        self.path = folder / "store" / "demo.db"
        self._folder = folder
        self._env = {
            **os.environ,
            "BEARWATCH_WEB__PORT": "0",
            "BEARWATCH_WEB__PUBLIC_URL": "https://bearwatch.example",
            "BEARWATCH_ALERTS__ALLOW_HOSTS": "[127.0.0.1]",
            "BEARWATCH_ALERTS__ALERTMANAGERS": json.dumps(given),
        }
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "monitor", "demo", "--store", str(self.path.parent), "--minutes", MINUTES]
        with (self._folder / "demo.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=self._env, stdout=subprocess.DEVNULL, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def query(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)) as db:
            return db.execute(sql).fetchall()


@contextmanager
def black_hole() -> Iterator[str]:
    """An address that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def risen(got: list[Notification]) -> list[str]:
    """Spikes that were told as a warning and then as critical."""
    warned = {n.key[0] for n in got if n.status == "firing" and n.key[1] == "warning"}
    return sorted({n.key[0] for n in got if n.status == "firing" and n.key[1] == "critical"} & warned)


@pytest.mark.timeout(1800)
def test_a_rising_surge_is_one_page_that_rises_once_and_ends_once_though_the_daemon_is_killed(tmp_path: Path) -> None:
    need(PROGRAM)
    dice = random.Random(SEED)
    print(f"BEARWATCH_SEED={SEED}, {KILLS} kills of the daemon")
    sink = Sink()
    # The warning is told at once: the demonstration's hours are seconds, and it rises within one.
    config = quick(SHIPPED, tmp_path / "alertmanager.yml", sink.url, first="0s")
    with closing(sink), black_hole() as nowhere, cluster(tmp_path, config) as instances:
        addresses = {"am-1": instances[0].url, "am-2": instances[1].url, "gone": nowhere}
        demo = Demo(tmp_path, [{"name": n, "url": u} for n, u in addresses.items()])
        try:
            [spike] = risen(sink.until(lambda got: bool(risen(got)), DEADLINE_S))
            kills = 0
            for kills in range(1, KILLS + 1):
                time.sleep(dice.uniform(0, 0.5))  # the instant of the kill is the thing under test
                demo.kill()
                assert demo.query(f"SELECT closed_at FROM spikes WHERE id = '{spike}'") == [(None,)], "closed too soon"
                demo.start()
                if kills < KILLS:
                    rounds = time.monotonic() + 6  # it has read its store and told what stands
                    while time.monotonic() < rounds and demo.process.poll() is None:
                        time.sleep(0.2)
            sink.until(lambda got: sum(n.key[0] == spike and n.status == "resolved" for n in got) >= 2, DEADLINE_S)
            quiet = time.monotonic() + 5  # two of the groups' intervals: whatever was to come has come
            while time.monotonic() < quiet:
                time.sleep(0.5)
            demo.process.send_signal(signal.SIGTERM)
            assert demo.process.wait(15) == 0  # though one endpoint never answers
        finally:
            demo.kill()
    mine = [n for n in sink.got if n.key[0] == spike]
    told = [(n.by, n.status) for n in mine]
    print(f"{spike}: {told}")
    assert sorted(told) == [("desk", "firing"), ("desk", "resolved"), ("pager", "firing"), ("pager", "resolved")]
    assert told.index(("desk", "firing")) < told.index(("pager", "firing")) < told.index(("pager", "resolved"))

    steps = demo.query(f"SELECT status, severity, at, body FROM alerts WHERE id = '{spike}' ORDER BY rowid")
    bodies = {status: json.loads(body) for status, _, _, body in steps}
    risen_at = next(bodies[status]["at"] for status, severity, *_ in steps if severity == "critical")
    starts = {"warning": bodies["firing"]["opened_at"], "critical": risen_at}
    assert {n.key[1]: n.starts_at for n in mine} == starts and len({n.starts_at for n in mine}) == 2
    assert {n.ends_at for n in mine if n.status == "resolved"} == {bodies["resolved"]["closed_at"]}
    assert {n.link for n in mine} == {"https://bearwatch.example"}
    assert bodies["firing"]["headlines"][0]["title"] in next(n for n in mine).annotations["description"]
    rows = demo.query(f"SELECT endpoint, status, count(*) FROM outbox WHERE alert_id = '{spike}' GROUP BY 1, 2")
    assert sorted(rows) == [("am-1", "sent", len(steps)), ("am-2", "sent", len(steps)), ("gone", "pending", len(steps))]
