"""From a headline to a person: the demonstration's alerts in the store, by webhook, and explained again."""

from __future__ import annotations

import http.server
import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import standardwebhooks

from monitor.config import load_config
from monitor.parts import DEMO_WATCHLIST, build_parts
from tests.oracle import agrees
from tests.shipped import FAST

pytestmark = pytest.mark.slow

SECRET = "whsec_" + "QmVhcndhdGNoIHRlc3RzIG9ubHkgLSAzMiBieXRlcyE="
DEADLINE_S = 120.0
HERE = {**FAST, "BEARWATCH_WEB__PORT": "0", "BEARWATCH_ALERTS__ALLOW_HOSTS": "[127.0.0.1]"}


class Sink:
    """An endpoint that answers 204 and keeps what it got."""

    def __init__(self) -> None:
        self.got: queue.Queue[tuple[dict[str, str], str]] = queue.Queue()
        got = self.got

        class Endpoint(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self.send_response(204)
                self.end_headers()
                got.put(({k.lower(): v for k, v in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


def start(folder: Path, sink: Sink, *more: str) -> subprocess.Popen[bytes]:
    hook = {"name": "desk", "url": sink.url, "secret": SECRET}
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", "demo", "--store", str(folder), "--minutes", "0", *more],
        env={**os.environ, **HERE, "BEARWATCH_ALERTS__WEBHOOKS": json.dumps([hook])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def alerts_of(path: Path) -> dict[str, dict[str, object]]:
    """Outbox id -> body of every alert in the store."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return {
            f"{i}:{status}:desk": json.loads(body)
            for i, status, body in db.execute("SELECT id,status,body FROM alerts")
        }


def test_every_alert_reaches_the_webhook_once_signed_and_a_kill_loses_none(tmp_path: Path, sink: Sink) -> None:
    received: list[tuple[str, dict[str, object]]] = []

    def take() -> None:
        headers, body = sink.got.get(timeout=DEADLINE_S)
        message = standardwebhooks.Webhook(SECRET).verify(body, headers)
        received.append((unquote(headers["webhook-id"]), message))

    first = start(tmp_path, sink)
    for _ in range(2):
        take()
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start(tmp_path, sink)
    wanted = 0
    while True:  # the last alert is known when the news has ended and the store holds no more of them
        wanted = len(alerts_of(tmp_path / "demo.db"))
        if {i for i, _ in received} == set(alerts_of(tmp_path / "demo.db")) and wanted >= 6:
            break
        take()
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=15) == 0
    stored = alerts_of(tmp_path / "demo.db")
    assert {i for i, _ in received} <= set(stored)
    assert all(stored[i] == message for i, message in received)
    assert len(received) <= wanted + 1  # at most one duplicate for one kill
    firing = next(m for _, m in received if m["status"] == "firing")
    assert firing["headlines"] and firing["in_words"] and firing["severity"] in ("warning", "critical")


def test_a_chat_is_told_in_its_own_language_and_only_of_what_it_asks_for(tmp_path: Path, sink: Sink) -> None:
    url = sink.url + "?key=canary"
    chats = [
        {"name": "all", "kind": "slack", "url": url, "language": "zh"},
        {"name": "pager", "kind": "slack", "url": url, "severity": "critical"},
    ]
    daemon = subprocess.Popen(
        [sys.executable, "-m", "monitor", "demo", "--store", str(tmp_path), "--minutes", "0"],
        env={**os.environ, **HERE, "BEARWATCH_ALERTS__CHAT": json.dumps(chats)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    titles: list[str] = []
    # Each endpoint has its own queue, so either may be heard first.
    while not (any(t.startswith("Critical") for t in titles) and any("负面新闻，通常" in t for t in titles)):
        titles.append(json.loads(sink.got.get(timeout=DEADLINE_S)[1])["text"])
    daemon.send_signal(signal.SIGTERM)
    output, _ = daemon.communicate(timeout=15)
    assert daemon.returncode == 0 and "canary" not in output
    assert not any(title.startswith("Warning") for title in titles)
    with sqlite3.connect(f"file:{tmp_path / 'demo.db'}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT endpoint, json_extract(body, '$.severity') FROM outbox").fetchall()
    assert {severity for endpoint, severity in rows if endpoint == "pager"} == {"critical"}
    assert {severity for endpoint, severity in rows if endpoint == "all"} == {"warning", "critical"}


def explain(*argv: str) -> tuple[int, dict[str, object]]:
    result = subprocess.run(
        [sys.executable, "-m", "monitor", "explain", *argv],
        env={**os.environ, **FAST},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout)


def test_alerts_are_recomputed_to_the_last_digit_and_a_changed_score_is_noticed(tmp_path: Path, sink: Sink) -> None:
    assert start(tmp_path, sink, "--stop-at-end").wait(timeout=DEADLINE_S) == 0
    path = tmp_path / "demo.db"
    compared = agrees(path, build_parts(load_config(None, FAST), [DEMO_WATCHLIST]).settings)
    assert compared["spikes"] >= 3

    alert = next(i for i, b in alerts_of(path).items() if b["status"] == "firing").removesuffix(":firing:desk")
    code, report = explain(alert, "--store", str(path))
    assert (code, report["recomputed"], report["differs"]) == (0, True, [])

    series = str(report["series"])
    opened = str(report["opened_at"])
    code, then = explain("--missed", series, opened, "--store", str(path))
    assert code == 0 and then["open_alert"] == alert

    evidence = list(report["evidence"])  # type: ignore[call-overload]
    with sqlite3.connect(path) as db:
        seqs = [s for (s,) in db.execute("SELECT seq FROM articles WHERE story_id = ?", (evidence[0],))]
        db.executemany(
            "UPDATE scores SET negative = 0, neutral = 1000000, positive = 0 WHERE article_seq = ?",
            [(s,) for s in seqs],
        )
    code, report = explain(alert, "--store", str(path))
    assert code == 1 and report["recomputed"] is False and report["differs"]
