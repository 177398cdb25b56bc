"""`bearwatch run` as a process: feeds, files and push into the store, restart, and what a bad feed does not do."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.config import load_config
from monitor.parts import build_parts
from monitor.storage.store import Store
from tests.oracle import agrees
from tests.postgresql import Place

pytestmark = pytest.mark.slow

TOKEN = "a-token-for-tests-only"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>
<item><title>Commerzbank posts record profit &lt;script&gt;alert(1)&lt;/script&gt;</title>
<link>https://wire.example/1</link><guid>1</guid><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate></item>
<item><title>Regulator fines Deutsche Bank over missing records</title>
<link>https://wire.example/2</link><guid>2</guid><pubDate>Fri, 20 Nov 2026 09:05:00 GMT</pubDate></item>
</channel></rss>"""
BOMB = '<?xml version="1.0"?><!DOCTYPE r [\n<!ENTITY a "x">\n<!ENTITY b "&a;&a;&a;&a;&a;&a;">\n]><rss>&b;</rss>'


@contextmanager
def feeds() -> Iterator[int]:
    """A loopback server with one good feed and one of nested entities; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (BOMB if self.path == "/bomb" else FEED).encode()
            self.send_response(200)
            self.send_header("content-type", "application/rss+xml")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def configured(folder: Path, port: int, store: str = "") -> Path:
    """A configuration with two feeds, a file and push; store: its URL, else a file in the folder."""
    archive = folder / "news.jsonl"
    line = {
        "id": 1,
        "title": "Toyota recalls a million cars over faulty brakes",
        "published_at": "2026-11-20T08:00:00Z",
    }
    archive.write_text(json.dumps({**line, "publisher": "file.example"}) + "\nnot json\n", encoding="utf-8")
    path = folder / "bearwatch.yaml"
    path.write_text(
        f"""
store: {{url: "{store or f"sqlite:///{folder}/run.db"}"}}
web: {{port: 0}}
sources:
  rss:
    allow_hosts: [127.0.0.1]
    feeds:
      - {{name: wire, url: "http://127.0.0.1:{port}/good", publisher: wire.example, scope: finance}}
      - {{name: bomb, url: "http://127.0.0.1:{port}/bomb", publisher: bomb.example}}
  files: [{{path: {archive}, name: old, scope: finance}}]
  push: {{enabled: true, token: {TOKEN}, scope: finance}}
""",
        encoding="utf-8",
    )
    return path


@contextmanager
def running(config: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "-c", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(os.environ),
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+/", process.stdout.readline())
        assert found
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def board_when(address: str, articles: int) -> dict[str, object]:
    """The board once it counts so many articles, told by the event stream."""
    deadline = time.monotonic() + 60
    with urllib.request.urlopen(f"{address}api/v1/events", timeout=60) as events:
        while time.monotonic() < deadline:
            with urllib.request.urlopen(f"{address}api/v1/board", timeout=10) as answer:
                board: dict[str, object] = json.load(answer)
            if int(str(board["articles"])) >= articles:
                return board
            while events.readline().strip():
                pass
    raise AssertionError(f"not {articles} articles within a minute")


def push(address: str, body: object, token: str = TOKEN) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(
        f"{address}api/v1/articles",
        json.dumps(body).encode(),
        {"authorization": f"Bearer {token}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {}


def test_feeds_files_and_push_reach_the_store_and_a_restart_counts_nothing_again(tmp_path: Path, place: Place) -> None:
    store = place("run") if "://" in place("run") else f"sqlite:///{place('run')}"
    with feeds() as port:
        config = configured(tmp_path, port, store)
        with running(config) as (process, address):
            board = board_when(address, 3)
            states = {f["source"]: f for f in board["feeds"]}  # type: ignore[attr-defined]
            assert states["bomb"]["failures"] >= 1 and states["wire"]["failures"] == 0
            news = [
                {
                    "id": "p1",
                    "title": "Lufthansa cancels flights as pilots strike",
                    "published_at": "2026-11-20T08:30:00Z",
                },
                {"id": "p2"},
            ]
            status, answer = push(address, news)
            assert status == 200 and answer["accepted"] == 1 and len(answer["refused"]) == 1  # type: ignore[arg-type]
            assert push(address, news, token="wrong")[0] == 401
            titles = {s["title"] for s in board_when(address, 4)["stories_newest"]}  # type: ignore[attr-defined]
            assert "Commerzbank posts record profit" in titles
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=15) == 0
        with running(config) as (process, address):
            assert push(address, news)[1]["accepted"] == 1  # known by its key: taken, and not counted again
            assert board_when(address, 4)["articles"] == 4
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=15) == 0
    agrees(store, build_parts(load_config(config, {})).settings)
    with Store.open_readonly(store) as opened, opened.reader() as db:
        standing = dict(map(tuple, db.execute(text("SELECT key, standing FROM articles"))))
        refused = dict(map(tuple, db.execute(text("SELECT reason, count(*) FROM refusals GROUP BY reason"))))
    assert standing["wire:1"] == standing["wire:2"] == "backlog"
    assert refused["not_json"] == 1


def test_feeds_check_says_what_is_wrong_with_each(tmp_path: Path) -> None:
    with feeds() as port:
        config = configured(tmp_path, port)
        result = subprocess.run(
            [sys.executable, "-m", "monitor", "feeds", "check", "-c", str(config)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    good, bad = result.stdout.splitlines()
    assert good.startswith("ok") and "wire" in good and "2026-11-20T09:05:00Z" in good
    assert bad.startswith("WRONG") and "bomb" in bad
