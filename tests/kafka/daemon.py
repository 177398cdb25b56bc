"""The real daemon as a child process over Kafka, and what its store holds, read beside it."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from monitor.demo.corpus import demo_news
from monitor.sources.wire import parse_time
from tests.fakes_source import rss_page

READY_S = 60.0


class Daemon:
    """`bearwatch run` on a store and a configuration of its own; may be killed and started again."""

    def __init__(
        self,
        folder: Path,
        bootstrap: str,
        topic: str,
        *,
        role: str = "all",
        feeds: Any = (),
        scored: str | None = None,
        scores: str | None = None,
        alerts: Any = None,
        **options: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "news.db"
        self.config = folder / "bearwatch.yaml"
        self.port = _free_port()
        self._log = folder / "daemon.log"
        self._role = role
        self._process: subprocess.Popen[bytes] | None = None
        self._db: sqlite3.Connection | None = None  # kept: a test asks up to a hundred times a second
        source = {"name": "newsroom", "topics": [topic], "group": f"group-{topic}", "start": "earliest", **options}
        given = {
            "store": {"url": f"sqlite:///{self.path}"},
            "model": {"path": "fast", "cache_entries": 0},
            "kafka": {
                "servers": [bootstrap],
                "scored": scored,
                "scores": {"topic": scores, "group": f"watch-{topic}"} if scores else None,
            },
            "sources": {"rss": {"feeds": list(feeds), "allow_hosts": ["127.0.0.1"]}, "kafka": [source]},
            "detection": {"min_history": "0s"},
            "alerts": alerts,
            "web": {"port": self.port},
        }
        self.config.write_text(yaml.safe_dump(given), encoding="utf-8")

    def start(self) -> None:
        """Begins; returns at once."""
        self._db = None  # of another file, where the store was put back from a backup
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "monitor", "run", "--role", self._role, "-c", str(self.config)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and waits for the end."""
        self.signal(signal.SIGKILL)
        self.wait(10)

    def terminate(self, seconds: float) -> int:
        """SIGTERM; the exit code. Raises TimeoutExpired where it does not end in time."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float) -> int:
        assert self._process is not None
        return self._process.wait(seconds)

    def close(self) -> None:
        if self.alive:
            self.kill()

    def until(self, holds: Callable[[], object], seconds: float = READY_S, pause: float = 0.02) -> float:
        """Seconds until it holds. Fails, with the log's end, when it does not, or when the daemon ends."""
        began = time.monotonic()
        while not holds():
            assert self.alive, f"the daemon has ended: {self.log(2_000)}"
            assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {self.log(2_000)}"
            time.sleep(pause)  # another process's progress: nothing to wait on but its store and its answers
        return time.monotonic() - began

    def until_articles(self, least: int, seconds: float = 240, pause: float = 0.02) -> None:
        """Waits until the store holds so many."""
        self.until(lambda: self.count() >= least, seconds, pause)

    def log(self, chars: int = 1_000_000) -> str:
        return self._log.read_text("utf-8", "replace")[-chars:] if self._log.is_file() else ""

    def ready(self) -> tuple[int, str]:
        """Status and body of /readyz; 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str) -> float:
        """The sum of a metric's samples; 0 where it has none."""
        return sum(self.samples(name))

    def samples(self, name: str) -> list[float]:
        """A metric's samples, whatever their labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as answer:
            text = answer.read().decode()
        return [float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)]

    def query(self, sql: str) -> list[Any]:
        """Rows; none while there is no store."""
        try:
            if self._db is None:
                self._db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=2)
            return self._db.execute(sql).fetchall()
        except sqlite3.OperationalError:
            self._db = None  # not there yet
            return []

    def count(self, table: str = "articles") -> int:
        rows = self.query(f"SELECT count(*) FROM {table}")
        return int(rows[0][0]) if rows else 0


def news(count: int, seed: int = 1, *, hours: float = 240.0) -> list[dict[str, Any]]:
    """So many articles: the demonstration's, again under other ids, the last fifth of the past few minutes.

    Args:
        hours: that the others were published in; the demonstration's own ten days are drawn together to so many.
    """
    draw = random.Random(seed)
    now = time.time_ns() // 1_000_000
    lines = demo_news(now - 600_000)
    last = max(parse_time(line["published_at"]) for line in lines)
    found = []
    for number in range(count):
        line = dict(lines[number % len(lines)])
        line["id"] = f"{line['id']}-{number}"
        if number >= len(lines):
            line["title"] = f"{line['title']} {draw.randrange(10_000)}"
        line["published_at"] = round(last - (last - parse_time(line["published_at"])) * hours / 240)
        if number >= count * 4 // 5:
            line["published_at"] = now - draw.randrange(240_000)
        line.pop("received_at", None)
        found.append(line)
    return found


def encoded(articles: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(article).encode() for article in articles]


@contextmanager
def feed(items: int) -> Iterator[str]:
    """A feed's address, served by a thread."""
    dates = [time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - 60 * i)) for i in range(items)]
    page = rss_page(*((f"Feed item {i} of Alpha", date) for i, date in enumerate(dates)))

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/rss"
        server.shutdown()


def poison(number: int) -> bytes:
    """A record that is no article, each in another way."""
    kinds = (
        b"\xff\xfe%d",
        b"[%d]",
        b'{"id": %d}',
        b'{"title": %d}',
        b"{%d",
        b'{"title": "x", "published_at": "1%03d"}',
    )
    return kinds[number % len(kinds)] % (number % 1_000)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
