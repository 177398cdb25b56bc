"""Webhooks through a sink of chaos and kill -9, and with a dead endpoint beside ten live ones."""

from __future__ import annotations

import asyncio
import contextlib
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
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from hashlib import sha256
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
KILLS, TRANSITIONS = (100, 1_200) if LONG else (10, 180)
SEED = int(os.environ.get("BEARWATCH_SEED", "8"))
DEADLINE_S = 600.0 if LONG else 90.0
RETRY_AFTER_S = 1
KINDS = ("take",) * 9 + ("500", "503", "429", "reset", "torn", "silent", "late", "drip", "lost")


@dataclass(frozen=True)
class Arrival:
    """A request that was read whole.

    Attributes:
        answered: 200 was written back well before the sender's patience ended.
        killed: its sender was, by us, before it could know.
    """

    id: str
    body: bytes
    answered: bool
    killed: bool


class Chaos:
    """A receiver that does everything a receiver may do wrong, by seed, and kills the sender when it is told to."""

    def __init__(self, seed: int) -> None:
        self.arrivals: list[Arrival] = []
        self.requests: dict[str, list[float]] = defaultdict(list)  # id -> when each began
        self.put_off: list[tuple[str, float]] = []  # 503 with Retry-After: id, when
        self.did: Counter[str] = Counter()
        self.killed = threading.Event()
        self._to_kill: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._rng = random.Random(seed)
        self._calm = False
        chaos = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                chaos._serve(self, time.monotonic())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def calm(self) -> None:
        """From now on it takes everything."""
        with self._lock:
            self._calm = True

    def kill_at_the_next_arrival(self, sender: subprocess.Popen[bytes]) -> None:
        """The next message that it would take is taken, and the sender killed before it can know; sets `killed`."""
        with self._lock:
            self.killed.clear()
            self._to_kill = sender

    def _serve(self, request: BaseHTTPRequestHandler, began: float) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        name = headers["webhook-id"]
        with self._lock:
            what = "take" if self._calm or self._to_kill else self._rng.choice(KINDS)
            to_kill, self._to_kill = self._to_kill, None
            self.did["kill" if to_kill else what] += 1
            self.requests[name].append(began)
        length = int(headers["content-length"])
        if what == "torn":
            request.rfile.read(length // 2)
        if what in ("reset", "torn"):
            _reset(request.connection)
            return
        if what == "silent":
            time.sleep(PATIENCE_S * 1.5)  # that it may give up is what it is for
            return
        body = request.rfile.read(length)
        if what in ("500", "503", "429"):
            request.send_response(int(what))
            if what == "503":
                request.send_header("retry-after", str(RETRY_AFTER_S))
                with self._lock:
                    self.put_off.append((name, began))
            request.end_headers()
            return
        OfficialWebhook(SECRET).verify(body, headers)
        if to_kill:
            to_kill.kill()
        answered = what == "take" and not to_kill and self._answer(request, began)
        with self._lock:
            self.arrivals.append(Arrival(name, body, answered, bool(to_kill)))
        if to_kill:
            self.killed.set()
        elif what == "lost":
            _reset(request.connection)
        elif what == "late":
            time.sleep(PATIENCE_S * 1.5)  # as above
            self._answer(request, began)
        elif what == "drip":
            with contextlib.suppress(OSError):  # the sender has had enough
                for byte in b"HTTP/1.0 200 OK\r\n":
                    request.connection.send(bytes([byte]))
                    time.sleep(PATIENCE_S / 10)  # as above

    @staticmethod
    def _answer(request: BaseHTTPRequestHandler, began: float) -> bool:
        """200; whether in time for a sender that began to wait a little earlier than we to read."""
        try:
            request.send_response(200)
            request.end_headers()
        except OSError:
            return False
        return time.monotonic() - began < PATIENCE_S / 2

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


def rows(path: Path) -> dict[str, tuple[int, str]]:
    """Of each delivery: the tries that were marked, and the digest of what was taken."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
        return {name: (tries, digest) for name, tries, digest in db.execute("SELECT id, tries, digest FROM outbox")}


@pytest.mark.timeout(1800)
def test_every_transition_arrives_in_order_and_kills_cost_at_most_one_repeat_each(tmp_path: Path) -> None:
    """Every other kill falls on the instant at which it must cost one: taken, and not yet known to be."""
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
            if kills % 2 and left(path):
                chaos.kill_at_the_next_arrival(child)
                assert chaos.killed.wait(30), "nothing more arrives"
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
    spikes, stored = TRANSITIONS // len(COURSE), rows(path)
    wanted = {f"entity:a{spike}@1#ab:{status}:desk" for spike in range(spikes) for status in COURSE}
    # A try that the store does not know of is one that a kill cut off; there is one at a time.
    cut = {name: max(0, len(chaos.requests[name]) - tries) for name, (tries, _) in stored.items()}
    again = {name: sum(each.answered for each in arrivals) - 1 for name, arrivals in came.items()}
    lost = sum(not arrival.answered for arrival in chaos.arrivals)
    # Whoever takes a message and does not say so in time gets it again: the kills' own repeats are what is beyond that.
    unasked = sum(not arrival.answered and not arrival.killed for arrival in chaos.arrivals)
    by_kills = len(chaos.arrivals) - len(came) - unasked
    print(
        f"{len(chaos.arrivals)} arrivals of {len(came)} ids, {len(wanted - came.keys())} missing, "
        f"{sum(again.values())} repeated after an answer in time; {lost} answers lost, {chaos.did['kill']} by a "
        f"kill aimed at it; {by_kills} repeats by {KILLS} kills, which cut off {sum(cut.values())} tries; "
        f"sink: {dict(chaos.did)}"
    )
    assert set(came) == wanted == stored.keys()
    assert all({sha256(each.body).hexdigest() for each in came[name]} == {stored[name][1]} for name in wanted)
    assert chaos.did["kill"] <= sum(cut.values()) <= KILLS
    assert by_kills <= KILLS
    assert all(again[name] <= cut[name] for name in wanted)
    too_soon = 0
    for name, at in chaos.put_off:
        later = min((began for began in chaos.requests[name] if began > at), default=at + RETRY_AFTER_S)
        too_soon += later - at < RETRY_AFTER_S
    assert chaos.put_off and too_soon <= sum(cut.values())
    first = {name: place for place, name in reversed(list(enumerate(a.id for a in chaos.arrivals)))}
    for spike in range(spikes):
        places = [first[f"entity:a{spike}@1#ab:{status}:desk"] for status in COURSE]
        assert places == sorted(places)
    assert {json.loads(arrivals[0].body)["status"] for arrivals in came.values()} == set(COURSE)


BLOCKS = 60 if LONG else 12  # three kinds in turn: without, with the dead one, without again
A_BLOCK = 10  # rounds of one message for each of the ten
BETWEEN_S = 0.06


def test_a_dead_endpoint_slows_no_other(tmp_path: Path) -> None:
    """Ten live endpoints without and with one that takes connections and never answers, in turn: load hits both.

    The second measurement without it says how far two of the same kind differ on this machine.
    """
    waits = asyncio.run(_waits(tmp_path / "store.db"))
    found = {}
    for cut in (50, 99):
        without, with_dead, again = (statistics.quantiles(kind, n=100)[cut - 1] for kind in waits)
        found[cut] = max(without, again), with_dead
        print(
            f"p{cut} without {without:.1f} ms, with {with_dead:.1f} ms ({with_dead / without:.2f}), without again "
            f"{again:.1f} ms ({again / without:.2f}), of {len(waits[0])} messages each"
        )
    # Aim 1.1 at p99. A queue that waits for the dead one would wait its patience, 20 s; a busy machine alone makes 2 of
    # it, and one stall of 0.2 s, which all ten see, makes 4 of p99.
    assert found[50][1] < 2 * found[50][0]
    assert found[99][1] < max(5 * found[99][0], 1_000)


async def _waits(path: Path) -> tuple[list[float], list[float], list[float]]:
    """ms from the commit of a message to its arrival: without the dead endpoint, with it, and without it again."""
    committed: dict[str, float] = {}
    waits: tuple[list[float], list[float], list[float]] = ([], [], [])
    marked, all_marked = Counter[str](), asyncio.Event()

    def observe(endpoint: str, outcome: str) -> None:
        marked[outcome] += 1
        if marked["sent"] % (A_BLOCK * 10) == 0:
            all_marked.set()

    async def take(request: web.Request) -> web.Response:
        await request.read()
        number = request.headers["webhook-id"].partition("*")[0]
        into = waits[int(number) // A_BLOCK % 3]
        into.append(1_000 * (time.perf_counter() - committed[number]))
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
        session = await stack.enter_async_context(outgoing_session("http://127.0.0.1/", ["127.0.0.1"]))
        urls = {f"live{number}": f"http://127.0.0.1:{port}/" for number in range(10)}
        urls["dead"] = f"http://127.0.0.1:{hole.getsockname()[1]}/"
        hooks = [Webhook(name, url, secrets=[SECRET], session=session, clock=now_ms) for name, url in urls.items()]
        for block in range(BLOCKS):
            told = hooks if block % 3 == 1 else hooks[:-1]
            outbox = Outbox(StoredOutbox(store), told, clock=now_ms, observe=observe)
            serving = asyncio.create_task(outbox.run())
            all_marked.clear()
            for number in map(str, range(block * A_BLOCK, (block + 1) * A_BLOCK)):
                committed[number] = time.perf_counter()
                rows = [OutboxRow(f"{number}*{hook.name}", number, hook.name, "{}", now_ms(), 0) for hook in told]
                await store.commit_async(Effects(outbox=rows))
                outbox.wake()
                await asyncio.sleep(BETWEEN_S)  # a steady load, half of what the store can mark
            async with asyncio.timeout(30):
                await all_marked.wait()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
    return waits
