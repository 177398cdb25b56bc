"""The daemon on PostgreSQL: news in, alerts out, kill -9, a server that is restarted under load, and the commands."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import unquote

import pytest
import standardwebhooks
from sqlalchemy import text

from monitor.config import load_config
from monitor.demo.corpus import demo_news
from monitor.errors import StoreUnavailableError
from monitor.parts import DEMO_WATCHLIST, build_parts
from monitor.storage import rebuild
from monitor.storage.store import Store
from tests.acceptance.test_alerts_out import HERE, SECRET, Sink
from tests.oracle import agrees
from tests.postgresql import Cluster
from tests.shipped import FAST

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(1_800)]

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
KILLS, RESTARTS = (40, 20) if LONG else (1, 1)
SEED = int(os.environ.get("BEARWATCH_SEED", "7"))
DEADLINE_S = 240.0


@pytest.fixture
def sink():  # type: ignore[no-untyped-def]
    made = Sink()
    yield made
    made.close()


@pytest.fixture
def own(cluster: Cluster):  # type: ignore[no-untyped-def]
    """An empty database's address, on a server that is up again after the test."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


def started(url: str, sink: Sink, *more: str) -> subprocess.Popen[bytes]:
    hook = {"name": "desk", "url": sink.url, "secret": SECRET}
    command = [sys.executable, "-m", "monitor", "demo", "--store", url, "--minutes", "0", *more]
    return subprocess.Popen(
        command,
        env={**os.environ, **HERE, "BEARWATCH_ALERTS__WEBHOOKS": json.dumps([hook])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def articles(url: str) -> int:
    """How many the store holds; 0 while there is none."""
    try:
        with Store.open_readonly(url) as store:
            return int(store.read(lambda db: db.execute(text("SELECT count(*) FROM articles")).scalar_one()))
    except (StoreUnavailableError, ValueError):
        return 0
    except Exception as error:  # before its tables are made
        if "older schema" in str(error):
            return 0
        raise


def disturbed(
    url: str, sink: Sink, plan: list[tuple[int, str]], disturb: Callable[[subprocess.Popen[bytes], str], bool]
) -> str:
    """Runs the demonstration to its end, disturbed when it has read so many articles; the last process's log.

    Args:
        disturb: returns whether the process lives on.
    """
    process = started(url, sink, "--stop-at-end")
    for level, what in plan:
        deadline = time.monotonic() + DEADLINE_S
        while articles(url) < level:  # another process's progress: nothing to wait on but its store
            assert process.poll() is None, process.stderr and process.stderr.read().decode()[-2_000:]
            assert time.monotonic() < deadline, f"stuck at {articles(url)} of {level} articles"
            time.sleep(0.02)
        if not disturb(process, what):
            process = started(url, sink, "--stop-at-end")
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, errors.decode()[-2_000:]
    return errors.decode()


def nothing_lost_nothing_twice(url: str) -> dict[str, int]:
    with Store.open_readonly(url) as store:
        end = int(store.read(rebuild.meta, "demo_end") or 0)
        held = store.read(lambda db: list(db.execute(text("SELECT key FROM articles")).scalars()))
    wanted = {f"demo:{line['id']}" for line in demo_news(end)}
    assert len(held) == len(set(held)) == len(wanted) and set(held) == wanted
    compared = agrees(url, build_parts(load_config(None, FAST), [DEMO_WATCHLIST]).settings)
    assert compared["spikes"] >= 3
    return compared


def alerts_of(url: str) -> dict[str, dict[str, object]]:
    """Outbox id -> body of every alert in the store."""
    with Store.open_readonly(url) as store:
        rows = store.read(lambda db: db.execute(text("SELECT id, status, body FROM alerts")).all())
    return {f"{i}:{status}:desk": json.loads(body) for i, status, body in rows}


def bearwatch(*argv: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *argv],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **FAST},
    )
    return done.returncode, done.stdout, done.stderr


def test_kills_and_restarts_of_the_server_lose_nothing_and_each_alert_arrives(
    cluster: Cluster, own: str, sink: Sink
) -> None:
    def disturb(process: subprocess.Popen[bytes], what: str) -> bool:
        if what == "restart":
            cluster.restart("immediate")  # as a crash: sessions end, recovery runs
            return True
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return False

    # The last one is a restart, so that the log of the process that lives through it is read to its end.
    rng = random.Random(SEED)
    levels = sorted(rng.sample(range(200, 4_800), KILLS + RESTARTS))
    whats = [*rng.sample(["kill"] * KILLS + ["restart"] * (RESTARTS - 1), KILLS + RESTARTS - 1), "restart"]
    plan = list(zip(levels, whats, strict=True))
    print(f"BEARWATCH_SEED={SEED}: {plan}")
    log = disturbed(own, sink, plan, disturb)
    assert "store_unavailable" in log or "commit_in_doubt" in log, log[-2_000:]
    compared = nothing_lost_nothing_twice(own)
    stored = alerts_of(own)
    final = started(own, sink)  # what the end of the news left in the outbox
    received: dict[str, dict[str, object]] = {}
    got = 0
    while set(received) != set(stored):
        headers, body = sink.got.get(timeout=DEADLINE_S)
        received[unquote(headers["webhook-id"])] = standardwebhooks.Webhook(SECRET).verify(body, headers)
        got += 1
    final.send_signal(signal.SIGTERM)
    final.communicate(timeout=15)
    assert final.returncode == 0
    assert received == stored
    print(f"compared {compared}; {got - len(stored)} alerts twice")
    assert got - len(stored) <= KILLS

    alert = next(i for i, body in stored.items() if body["status"] == "firing").removesuffix(":firing:desk")
    code, out, _ = bearwatch("explain", alert, "--store", own)
    assert code == 0 and json.loads(out)["recomputed"] is True
    code, out, _ = bearwatch("deliveries", "list", "--store", own)
    assert code == 0 and {json.loads(line)["id"] for line in out.splitlines()} == set(stored)
    code, out, _ = bearwatch("alert", "ack", alert, "--who", "ann", "--store", own)
    assert code == 0, out
    code, out, _ = bearwatch("alert", "show", alert, "--store", own)
    assert code == 0 and '"ann"' in out
    assert bearwatch("db", "check", "--store", own)[:2] == (0, "")
    code, _, told = bearwatch("db", "backup", "copy.db", "--store", own)
    assert code == 2 and "pg_dump" in told and len(told.strip().splitlines()) == 1
