"""A holder and its standby: whatever befalls the one, the other goes on, and nothing is written or told twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from monitor.config import load_config
from monitor.parts import build_parts
from tests.kafka.proxy import BLACK_HOLE
from tests.oracle import agrees
from tests.postgresql import Cluster
from tests.standby.pair import ROOT, Pair

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
SEED = int(os.environ.get("BEARWATCH_SEED", "11"))
ROUNDS = 20 if LONG else 1
# The shipped lease in the long form; a short one where every change waits for it.
LEASE = "10s" if LONG else "3s"
CEILING_S = 30.0


@pytest.fixture(scope="module")
def pair(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with Pair(tmp_path_factory.mktemp("pair"), cluster, lease=LEASE) as made:
        yield made


def takeover(pair: Pair, epoch: int, began: float, what: str) -> float:
    """Waits until the next holder writes; prints and checks how long that took."""
    pair.until(lambda: pair.written_under(epoch + 1))
    took = time.monotonic() - began
    print(f"{what}: written under lease {epoch + 1} after {took:.1f} s")
    assert took < CEILING_S
    return took


def test_a_standby_says_that_it_is_one_and_does_nothing(pair: Pair) -> None:
    holder, standby = pair.settle()
    assert standby.get("/healthz") == (200, "alive\n")
    status, text = standby.get("/readyz")
    assert status == 503
    assert f"process {holder.process.pid if holder.process else 0} on " in text and "bearwatch run --standby" in text
    for path in ("/", "/api/v1/board", "/api/v1/articles"):
        assert standby.get(path)[0] == 503
    assert (standby.metric("bearwatch_standby"), holder.metric("bearwatch_standby")) == ([1.0], [0.0])
    pair.until(lambda: standby.metric("bearwatch_lease_epoch") == [pair.epoch()])
    assert holder.metric("bearwatch_lease_epoch") == [pair.epoch()]
    assert abs(standby.metric("bearwatch_lease_expires_timestamp_seconds")[0] - time.time()) < CEILING_S

    # --- a dump, what else is asked of it, and a new configuration
    def bearwatch(*argv: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "monitor", *argv, "-c", str(standby.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)

    dumped = json.loads(bearwatch("debug", "dump").stdout)
    assert dumped["unready"][0].startswith("standing by: ")
    assert dumped["process"]["pid"] == (standby.process.pid if standby.process else 0)
    refused = bearwatch("alert", "unmute", "market")
    assert refused.returncode == 1 and "standing by: process" in refused.stderr and "ask there" in refused.stderr
    for level, event in (("debug", "reloading"), ("loud", "reload_refused"), ("info", "reloading")):
        before = len(standby.lines(event))
        standby.given["log"]["level"] = level
        standby.write()
        standby.signal(signal.SIGHUP)
        pair.until(lambda event=event, before=before: len(standby.lines(event)) > before)
        pair.until(standby.stands_by)
    pair.until(lambda: standby.metric("bearwatch_standby") == [1.0])


def test_a_second_daemon_that_does_not_stand_by_is_refused(pair: Pair) -> None:
    holder, standby = pair.settle()
    command = [sys.executable, "-m", "monitor", "run", "-c", str(standby.config)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env={**os.environ, "BEARWATCH_WEB__PORT": "0"},
    )
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert f"is in use by process {holder.process.pid if holder.process else 0} on " in last


def test_what_is_told_to_end_hands_over_within_seconds(pair: Pair) -> None:
    holder, _ = pair.settle()
    epoch = pair.epoch()
    company = pair.strike()
    pair.until(lambda: pair.pages_of(company))
    began = time.monotonic()
    holder.signal(signal.SIGTERM)
    took = takeover(pair, epoch, began, "SIGTERM")
    assert holder.wait() == 0
    assert took < CEILING_S


@pytest.mark.faults
def test_a_stopped_holder_is_replaced_and_writes_nothing_when_it_goes_on(pair: Pair) -> None:
    rng = random.Random(SEED)
    print(f"BEARWATCH_SEED={SEED}, {ROUNDS} rounds, lease {LEASE}")
    times = []
    for number in range(ROUNDS):
        holder, _ = pair.settle()
        epoch = pair.epoch()
        before = pair.strike()
        time.sleep(rng.uniform(0.0, 1.5))  # a seeded instant under load: of the alert's way from fold to receiver
        in_mid_transaction = number % 2 == 0
        if in_mid_transaction:
            pair.stop_in_mid_transaction(holder)
        else:
            holder.signal(signal.SIGSTOP)
        began = time.monotonic()
        times.append(takeover(pair, epoch, began, "in mid-transaction" if in_mid_transaction else "at any instant"))
        after = pair.strike()
        pair.until(lambda before=before, after=after: pair.pages_of(before) and pair.pages_of(after))
        told = len(pair.receiver.told), len(pair.receiver.posts)
        resumed = time.monotonic()
        holder.signal(signal.SIGCONT)
        assert holder.wait(30) == 1
        print(f"  the former ended {time.monotonic() - resumed:.1f} s after SIGCONT; told {told} before")
        assert pair.posts_of(holder, told[1]) == 0
        assert holder.log().rstrip().splitlines()[-1].endswith(f"epoch {epoch + 1}: this process ends")
        pair.nobody_wrote_under_another_lease()
    times.sort()
    print(f"takeover: median {times[len(times) // 2]:.1f} s, most {times[-1]:.1f} s")


@pytest.mark.faults
def test_a_killed_holder_is_replaced(pair: Pair) -> None:
    holder, _ = pair.settle()
    epoch = pair.epoch()
    company = pair.strike()
    began = time.monotonic()
    holder.signal(signal.SIGKILL)
    takeover(pair, epoch, began, "kill -9")
    pair.until(lambda: pair.pages_of(company))


@pytest.mark.faults
def test_a_holder_that_cannot_reach_the_database_is_replaced_and_ends_once_it_can(pair: Pair) -> None:
    holder, standby = pair.settle()
    epoch = pair.epoch()
    began = time.monotonic()
    holder.proxy.inject(BLACK_HOLE)
    takeover(pair, epoch, began, "black hole")
    assert "store: the lease on it is not confirmed" in holder.get("/readyz")[1]
    silent = len(pair.receiver.posts)
    company = pair.strike()
    # Twice: longer than the pause between two posts, of which the former holder makes none.
    pair.until(lambda: pair.pages_of(company) and pair.posts_of(standby, silent) >= 2)
    assert pair.posts_of(holder, silent) == 0
    holder.proxy.heal()
    assert holder.wait(60) == 1
    assert "was taken by" in holder.log()


def test_a_restart_of_the_database_costs_no_more_than_it_must(pair: Pair) -> None:
    pair.settle()
    company = pair.strike()
    began = time.monotonic()
    pair.cluster.restart("immediate")
    epoch = pair.epoch()
    seen = time.time()
    pair.until(lambda: pair.ask(f"SELECT 1 FROM noted WHERE what = 'articles' AND extract(epoch FROM at) > {seen}"))
    print(f"restart: articles again after {time.monotonic() - began:.1f} s, lease {epoch} -> {pair.epoch()}")
    pair.until(lambda: pair.pages_of(company))
    assert pair.epoch() == epoch  # the holder comes back first: no memory is read anew


def test_over_all_of_this_nothing_was_lost_or_told_twice_or_written_by_a_former_holder(pair: Pair) -> None:
    """Last of the file: it looks at what the others left."""
    holder, standby = pair.settle()
    counts = pair.nobody_wrote_under_another_lease()
    print(f"{sum(counts.values())} statements under {len(counts)} leases")
    wanted = {row[0] for row in pair.ask("SELECT id FROM outbox WHERE endpoint = 'desk'")}
    pair.until(lambda: wanted <= set(pair.told()))
    accepted = set(pair.accepted)
    for watcher in (standby, holder):
        watcher.signal(signal.SIGTERM)
        assert watcher.wait() == 0
    keys = [row[0] for row in pair.ask("SELECT key FROM articles")]
    assert accepted <= set(keys)
    assert len(keys) == len(set(keys))
    told = pair.told()
    twice = {delivery: count for delivery, count in told.items() if count > 1}
    print(f"{len(accepted)} articles, {len(told)} deliveries, twice: {twice}")
    stored = {row[0] for row in pair.ask("SELECT id FROM outbox WHERE endpoint = 'desk'")}
    assert set(told) <= stored
    # The same id is the same page to a receiver; at most one for each end that nobody was told of.
    assert sum(told.values()) - len(told) <= len(counts) - 1
    spikes = [row[0] for row in pair.ask("SELECT series FROM spikes WHERE series LIKE 'entity:xx.%'")]
    assert len(spikes) == len(set(spikes)), "one surge, two pages"
    settings = build_parts(load_config(holder.config, {})).settings
    agrees(pair.cluster.url(pair.database), settings)
    if not LONG:
        print("20 rounds: BEARWATCH_FAULTS=long")
