"""Two real Alertmanagers and our sender killed in turn: every person is told, and nobody is told that it is over.

The sender, its wiring and the store are the daemon's own, in a child process; the spikes are written into the store by
command, as the fold would, since real ones take hours to close. `tests/acceptance/test_alertmanager.py` has the whole
daemon, with the demonstration's news.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from monitor.alerts.evidence import iso_time
from tests.alertmanagers import PROGRAM, Instance, Notification, Sink, cluster, need, quick

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "alertmanager" / "alertmanager.example.yml"
LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
SPIKES, OWN_KILLS = (20, 50) if LONG else (2, 5)
SEED = int(os.environ.get("BEARWATCH_SEED", "7"))
# How long we are away once while a spike is open: many of the groups' intervals, and far less than endsAt is ahead.
AWAY_S = 60.0 if LONG else 8.0
# A restarted instance that we have not tried meanwhile knows again with the next round, 15 s at the latest.
TOLD_S = 40.0


class Child:
    """`tests.spikes_child`, killed and started again on one store."""

    def __init__(self, store: Path, config: Path, log: Path) -> None:
        self._command = [sys.executable, "-m", "tests.spikes_child", str(store), str(config)]
        self._log = log
        self.kills = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT
            )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", self._log.read_text()[-2_000:]
        return process

    def do(self, what: str, spike: str, severity: str = "") -> int:
        """Commits a transition; the whole second that it carries, ms."""
        at = time.time_ns() // 1_000_000_000 * 1_000
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, "spike": spike, "at": at, "severity": severity}) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n", self._log.read_text()[-2_000:]
        return at

    def kill_and_start(self, away_s: float = 0.0) -> None:
        """kill -9: whatever it had in hand is gone."""
        self.close()
        self.kills += 1
        time.sleep(away_s)  # our silence is the thing under test
        self._process = self._start()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass
class Expected:
    """What the sink must have heard: (spike, severity) -> when it began (ms), and when its end was written (s)."""

    begun: dict[tuple[str, str], int] = field(default_factory=dict)
    closed: dict[str, float] = field(default_factory=dict)

    def missed(self, got: list[Notification]) -> list[str]:
        told = {(n.status, *n.key) for n in got}
        wanted = {("firing", *key) for key in self.begun}
        wanted |= {("resolved", *key) for key in self.begun if key[0] in self.closed}
        return sorted(" ".join(one) for one in wanted - told)

    def false_resolves(self, got: list[Notification]) -> list[Notification]:
        return [n for n in got if n.status == "resolved" and n.at < self.closed.get(n.key[0], float("inf"))]

    def moved(self, got: list[Notification]) -> list[Notification]:
        """Those that say of an alert that it began at another time."""
        return [n for n in got if n.starts_at != iso_time(self.begun[n.key])]


def holding(instance: Instance, key: tuple[str, str], begun: int) -> Callable[[], bool]:
    """Whether the instance has the alert, firing, from its own beginning on."""

    def holds() -> bool:
        found = [a for a in instance.alerts() if (a["labels"]["spike"], a["labels"]["severity"]) == key]
        return [a["startsAt"].replace(".000Z", "Z") for a in found] == [iso_time(begun)]

    return holds


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + TOLD_S
    while not holds():
        assert time.monotonic() < deadline, f"not within {TOLD_S:.0f} s: {what}"
        time.sleep(0.1)  # another process's memory: nothing to wait on but its answers


def all_hold(instances: Sequence[Instance], expected: Expected) -> None:
    """Waits until every instance has every alert that is open."""
    for key, begun in expected.begun.items():
        for instance in instances:
            if key[0] not in expected.closed:
                until(holding(instance, key, begun), f"{instance.name} holds {key}")


@contextmanager
def rig(folder: Path) -> Iterator[tuple[Sink, tuple[Instance, Instance], Child]]:
    need(PROGRAM)
    sink = Sink()
    try:
        with cluster(folder, quick(SHIPPED, folder / "alertmanager.yml", sink.url)) as instances:
            given = [{"name": i.name, "url": i.url} for i in instances]
            config = folder / "bearwatch.yaml"
            config.write_text(
                yaml.safe_dump({"alerts": {"alertmanagers": given, "allow_hosts": ["127.0.0.1"]}}), encoding="utf-8"
            )
            child = Child(folder / "news.db", config, folder / "child.log")
            try:
                yield sink, instances, child
            finally:
                child.close()
    finally:
        sink.close()


@pytest.mark.timeout(3600)
def test_with_both_alertmanagers_and_ourselves_killed_in_turn_all_is_told_and_nothing_falsely_resolved(
    tmp_path: Path,
) -> None:
    dice = random.Random(SEED)
    print(f"BEARWATCH_SEED={SEED}, {SPIKES} spikes, {OWN_KILLS} kills of our own")
    expected = Expected()
    their_kills = 0
    with rig(tmp_path) as (sink, instances, child):
        steps = 3 * SPIKES
        # How many of our own kills follow which transition, at once or in the middle of what it set off; one is kept.
        own = [sum(1 for n in range(OWN_KILLS - 1) if n % steps == step) for step in range(steps)]
        step = 0
        for number in range(SPIKES):
            spike = f"entity:alpha{number}@{time.time_ns() // 60_000_000_000}#{dice.randrange(16**8):08x}"
            for what in ("open", "escalate", "close"):
                victim, before = instances[step % 2], dice.random() < 0.5
                if before:
                    victim.kill()
                if what == "close":
                    expected.closed[spike] = time.time()
                at = child.do(what, spike, "warning")
                if what != "close":
                    expected.begun[spike, "warning" if what == "open" else "critical"] = at
                for _ in range(own[step]):
                    time.sleep(dice.uniform(0, 0.3))  # the instant of the kill is the thing under test
                    child.kill_and_start()
                if not before:
                    victim.kill()
                their_kills += 1
                # The other one tells people while this one is away.
                sink.until(lambda got: not expected.missed(got), TOLD_S)
                victim.start()
                victim.wait_ready()
                # Only then is the next one killed: what one forgot the other knows.
                all_hold(instances, expected)
                if step == 1:
                    # Killed while nothing happens, nobody tells it anew but the next round.
                    instances[0].kill()
                    instances[0].start()
                    instances[0].wait_ready()
                    their_kills += 1
                    all_hold(instances, expected)
                    child.kill_and_start(AWAY_S)
                step += 1
        quiet = time.monotonic() + 6  # three of the groups' intervals: whatever was to come has come
        while time.monotonic() < quiet:
            time.sleep(0.5)
        got = sink.got
    again = len(got) - len({(n.status, n.key) for n in got})
    print(
        f"{their_kills} kills of Alertmanagers, {child.kills} of ours; {len(got)} notifications of "
        f"{len(expected.begun)} alerts; missed {expected.missed(got)}; told twice {again}"
    )
    assert child.kills == OWN_KILLS
    assert expected.missed(got) == []
    assert expected.false_resolves(got) == []
    assert expected.moved(got) == []
