"""Webhooks through a sink of chaos and kill -9, and with a dead endpoint beside ten live ones."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook as OfficialWebhook

from monitor.alerts.outbox import Outbox
from monitor.alerts.webhook import Webhook
from monitor.endpoints import outgoing_session
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.effects import Effects, OutboxRow
from monitor.storage.store import Store
from tests.hooks_child import COURSE, PATIENCE_S, SECRET, now_ms

pytestmark = [pytest.mark.slow, pytest.mark.faults]

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
KILLS, TRANSITIONS = (100, 1_200) if LONG else (10, 240)
SEED = int(os.environ.get("BEARWATCH_SEED", "8"))
DEADLINE_S = 600.0 if LONG else 90.0


@dataclass(frozen=True)
class Arrival:
    """A request that was read whole. answered: 200 was written back before the sender's patience ended."""

    id: str
    body: bytes
    answered: bool


class Chaos:
    """A receiver that does everything a receiver may do wrong, by seed."""

    def __init__(self, seed: int) -> None:
        self.arrivals: list[Arrival] = []
        self.did: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._rng = random.Random(seed)
        self._calm = False
        chaos = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                chaos._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def calm(self) -> None:
        """From now on it takes everything."""
        with self._lock:
            self._calm = True

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        with self._lock:
            kinds = ["take"] * 6 + ["500", "503", "429", "reset", "silent", "late", "lost"]
            what = "take" if self._calm else self._rng.choice(kinds)
            self.did[what] += 1
        if what == "reset":
            _reset(request.connection)
            return
        if what == "silent":
            time.sleep(PATIENCE_S * 1.5)  # that it may give up is what it is for
            return
        body = request.rfile.read(int(request.headers["content-length"]))
        if what in ("500", "503", "429"):
            request.send_response(int(what))
            if what == "503":
                request.send_header("retry-after", "0")
            request.end_headers()
            return
        headers = {name.lower(): value for name, value in request.headers.items()}
        OfficialWebhook(SECRET).verify(body, headers)
        with self._lock:
            self.arrivals.append(Arrival(headers["webhook-id"], body, what == "take"))
        if what == "lost":
            _reset(request.connection)
            return
        if what == "late":
            time.sleep(PATIENCE_S * 1.5)  # as above
        request.send_response(200)
        request.end_headers()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def left(path: Path) -> int:
    """Transitions that were not yet committed and sent, read beside the child."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
        (sent,) = db.execute("SELECT count(*) FROM outbox WHERE status = 'sent'").fetchone()
    return TRANSITIONS - int(sent)


@pytest.mark.timeout(1800)
def test_every_transition_arrives_in_order_and_kills_cost_at_most_one_repeat_each(tmp_path: Path) -> None:
    print(f"BEARWATCH_SEED={SEED}, {KILLS} kills, {TRANSITIONS} transitions")
    rng, path, chaos = random.Random(SEED), tmp_path / "hooks.db", Chaos(SEED)
    command = [sys.executable, "-m", "tests.hooks_child", str(path), f"http://127.0.0.1:{chaos.server.server_port}/"]
    kills = 0
    deadline = time.monotonic() + DEADLINE_S
    try:
        while True:
            child = subprocess.Popen(
                [*command, str(TRANSITIONS)], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
            )
            assert child.stdout is not None and child.stdout.readline() == b"up\n"
            if kills == KILLS:
                break
            time.sleep(rng.uniform(0.02, 0.6))  # the instant of the kill
            child.kill()
            child.communicate()
            kills += 1
        while left(path):  # another process's progress: nothing to wait on but its store
            if left(path) < TRANSITIONS // 10:
                chaos.calm()
            assert time.monotonic() < deadline and child.poll() is None, f"{left(path)} left, {dict(chaos.did)}"
            time.sleep(0.1)
        child.kill()
        child.communicate()
    finally:
        chaos.close()
    came: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in chaos.arrivals:
        came[arrival.id].append(arrival)
    spikes = TRANSITIONS // len(COURSE)
    wanted = {f"entity:a{spike}@1#ab:{status}:desk" for spike in range(spikes) for status in COURSE}
    again = sum(sum(arrival.answered for arrival in arrivals) - 1 for arrivals in came.values())
    lost = sum(not arrival.answered for arrival in chaos.arrivals)
    print(
        f"{len(chaos.arrivals)} arrivals of {len(came)} ids, 0 missing: {set(came) == wanted}; "
        f"{lost} answers lost by the sink, {again} repeated after a kill; sink: {dict(chaos.did)}"
    )
    assert set(came) == wanted
    assert all(len({arrival.body for arrival in arrivals}) == 1 for arrivals in came.values())
    assert again <= KILLS
    assert all(any(arrival.answered for arrival in arrivals) for arrivals in came.values())
    first = {name: place for place, name in reversed(list(enumerate(a.id for a in chaos.arrivals)))}
    for spike in range(spikes):
        places = [first[f"entity:a{spike}@1#ab:{status}:desk"] for status in COURSE]
        assert places == sorted(places)
    bodies = [json.loads(arrivals[0].body) for arrivals in came.values()]
    assert {body["status"] for body in bodies} == set(COURSE)


def test_a_dead_endpoint_slows_no_other(tmp_path: Path) -> None:
    """Ten live endpoints, with and without one that takes connections and never answers."""
    with_dead, without = [], []
    for turn in range(3):
        without.append(asyncio.run(_p99(tmp_path / f"live{turn}.db", dead=False)))
        with_dead.append(asyncio.run(_p99(tmp_path / f"dead{turn}.db", dead=True)))
    ratios = sorted(a / b for a, b in zip(with_dead, without, strict=True))
    print(
        f"p99 without {statistics.median(without):.1f} ms, with {statistics.median(with_dead):.1f} ms; ratios {ratios}"
    )
    assert ratios[1] < 5.0  # aim 1.1; a shared machine alone makes 2 of it


async def _p99(path: Path, *, dead: bool) -> float:
    """ms from the commit of a message to its arrival, over ten live endpoints of 100 messages each."""
    committed: dict[str, float] = {}
    waits: list[float] = []
    done = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        await request.read()
        waits.append(1_000 * (time.perf_counter() - committed[request.headers["webhook-id"].partition("*")[0]]))
        if len(waits) == 1_000:
            done.set()
        return web.Response()

    async with AsyncExitStack() as stack:
        app = web.Application()
        app.router.add_post("/", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        hole = stack.enter_context(socket.create_server(("127.0.0.1", 0)))  # the kernel accepts; nobody reads
        store = stack.enter_context(Store.open(path))
        session = await stack.enter_async_context(outgoing_session(allow_private=True))
        urls = {f"live{number}": f"http://127.0.0.1:{port}/" for number in range(10)}
        if dead:
            urls["dead"] = f"http://127.0.0.1:{hole.getsockname()[1]}/"
        hooks = [
            Webhook(name, url, secrets=[SECRET], session=session, clock=now_ms, timeout_s=20)
            for name, url in urls.items()
        ]
        outbox = Outbox(StoredOutbox(store), hooks, clock=now_ms)
        serving = asyncio.create_task(outbox.run())
        for number in range(100):
            committed[f"m{number}"] = time.perf_counter()
            rows = [OutboxRow(f"m{number}*{name}", f"a{number}", name, "{}", now_ms(), 0) for name in urls]
            await store.commit_async(Effects(outbox=rows))
            outbox.wake()
            await asyncio.sleep(0.03)
        async with asyncio.timeout(30):
            await done.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    return statistics.quantiles(waits, n=100)[98]
