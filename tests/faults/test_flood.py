"""A flood of requests and of sockets that never finish, while news comes in: none is lost, the page is there.

What ingestion loses is printed, never asserted: the flood's own process takes its share of the same cores. So it is
measured beside the same flood at another port too, in turn.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import func, select

from monitor.storage import schema
from monitor.storage.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.faults]

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
PHASE_S, ROUNDS = (10.0, 10) if LONG else (2.5, 3)
REQUESTS_A_SECOND = 1_000
SLOW_SOCKETS = 500
BATCH = 50
TOKEN = "a-token-for-tests"


@contextmanager
def daemon(folder: Path) -> Iterator[tuple[int, int]]:
    """Its process and its port."""
    config = folder / "bearwatch.yaml"
    config.write_text(
        f"""
store: {{url: "sqlite:///{folder}/flood.db"}}
web: {{port: 0}}
sources: {{rss: {{feeds: []}}, push: {{enabled: true, token: {TOKEN}, scope: finance}}}}
log: {{level: error}}
""",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "-c", str(config)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+:(\d+)/", process.stdout.readline())
        assert found
        yield process.pid, int(found[1])
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


@contextmanager
def flooded(port: int) -> Iterator[list[str]]:
    """Its lines of counts, once the context has ended."""
    command = [sys.executable, "-m", "tests.flood_child", str(port), str(REQUESTS_A_SECOND), str(SLOW_SOCKETS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines: list[str] = []
    try:
        assert process.stdout is not None
        lines.append(process.stdout.readline())  # it is under way
        yield lines
    finally:
        process.kill()
        lines += process.communicate()[0].splitlines()


class Feed:
    """Pushes fresh headlines, batch by batch, each once it is told that the one before is committed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.pushed = 0

    def push_for(self, seconds: float) -> float:
        """Articles a second."""
        began, before = time.monotonic(), self.pushed
        while time.monotonic() - began < seconds:
            self._push()
        return (self.pushed - before) / (time.monotonic() - began)

    def _push(self) -> None:
        lines = []
        for number in range(self.pushed, self.pushed + BATCH):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            lines.append(
                json.dumps(
                    {
                        "id": str(number),
                        "title": f"Firm{number}a of Town{number}b sells {number}c to {number}d",
                        "published_at": at,
                    }
                )
            )
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/api/v1/articles",
            "\n".join(lines).encode(),
            {"authorization": f"Bearer {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer) == {"accepted": BATCH, "refused": []}
        self.pushed += BATCH


def seconds_to_board(port: int, source: str) -> float:
    """How long it takes to be given the board, from an address of this machine."""
    began = time.monotonic()
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))
        with contextlib.closing(connection), contextlib.suppress(ConnectionError):
            connection.request("GET", "/api/v1/board", headers={"host": "localhost"})
            assert len(connection.getresponse().read()) > 500
            return time.monotonic() - began
        assert time.monotonic() - began < 60
        time.sleep(0.1)


def cpu_seconds(pid: int) -> float:
    """Of the process, all its threads (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_flood_and_slow_sockets_lose_no_article_and_the_page_stays(tmp_path: Path) -> None:
    rates: dict[str, list[float]] = {"without": [], "beside": [], "under": []}
    with daemon(tmp_path) as (pid, port):
        feed = Feed(port)
        feed.push_for(2.0)  # warm
        for _ in range(ROUNDS):
            rates["without"].append(feed.push_for(PHASE_S))
            with socket.create_server(("127.0.0.1", 0), backlog=1_024) as idle, flooded(idle.getsockname()[1]):
                rates["beside"].append(feed.push_for(PHASE_S))
            with flooded(port) as counts:
                rates["under"].append(feed.push_for(PHASE_S))
                page = seconds_to_board(port, "127.0.0.1")
        recovered = max(seconds_to_board(port, source) for source in ("127.0.0.1", "127.0.0.2", "127.0.0.3"))
        with flooded(port):
            began, used = time.monotonic(), cpu_seconds(pid)
            time.sleep(PHASE_S)
            cost = (cpu_seconds(pid) - used) / (time.monotonic() - began)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            told = answer.read().decode()
    with contextlib.closing(Store.open_readonly(tmp_path / "flood.db")) as store:
        stored = store.read(lambda c: c.execute(select(func.count()).select_from(schema.articles)).scalar_one())
    refused = dict(re.findall(r'bearwatch_http_refusals_total\{reason="(\w+)"\} (\S+)', told))
    shown = {name: f"{median(found):.0f}" for name, found in rates.items()}
    print(
        f"\narticles/s {shown}, under / beside {median(rates['under']) / median(rates['beside']):.2f}; the flood alone "
        f"takes {cost:.0%} of a core; the board in {page:.2f} s meanwhile, {recovered:.2f} s at most after it;\n"
        f"the flood: {counts[-1].strip()}; held back: {refused['rate']}, connections cut: {refused['connections']}"
    )
    assert stored == feed.pushed
    assert page < 5 and recovered < 15
    assert float(refused["rate"]) > 0 and float(refused["connections"]) > 0
