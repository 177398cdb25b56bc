"""The daemon dies, and a person hears of it: real daemon, real Prometheus with our rules, real Alertmanager."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.prometheus_servers import RUNBOOKS, alertmanager, free_port, get, prometheus, ready, until

pytestmark = pytest.mark.slow

HEARD_S = 20.0


@contextmanager
def sink() -> Iterator[tuple[str, queue.Queue[dict[str, Any]]]]:
    """A receiver's address, and the notifications that it got."""
    got: queue.Queue[dict[str, Any]] = queue.Queue()

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", got
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def daemon(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    config = folder / "bearwatch.yaml"
    config.write_text(
        f"store: {{url: 'sqlite:///{folder}/run.db'}}\nweb: {{port: {port}}}\nsources: {{rss: {{feeds: []}}}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "-c", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    try:
        until(lambda: ready(f"http://127.0.0.1:{port}/healthz"), "daemon", 30)
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_killed_daemon_is_heard_of_and_its_return_too(tmp_path: Path) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        address, got = stack.enter_context(sink())
        told = stack.enter_context(
            alertmanager(
                tmp_path,
                {
                    # Only the dead man: the shortened rules have other things to say of a daemon without sources.
                    "route": {
                        "receiver": "nobody",
                        "group_by": ["alertname"],
                        "group_wait": "0s",
                        "group_interval": "1s",
                        "routes": [{"matchers": ['alertname="BearwatchDown"'], "receiver": "person"}],
                    },
                    "receivers": [{"name": "nobody"}, {"name": "person", "webhook_configs": [{"url": address}]}],
                },
            )
        )
        with daemon(tmp_path, port) as process:
            server = stack.enter_context(prometheus(tmp_path, {"desk-1": f"127.0.0.1:{port}"}, told))
            until(lambda: server.now('up{job="bearwatch"} == 1') != [], "scrape")
            assert server.now('ALERTS{alertname="BearwatchDown"}') == []
            assert got.empty()
            process.send_signal(signal.SIGKILL)
            began = time.monotonic()
            message = got.get(timeout=HEARD_S)
            print(f"heard {time.monotonic() - began:.1f} s after the kill")
        (alert,) = message["alerts"]
        assert alert["status"] == "firing"
        assert alert["labels"] == {
            "alertname": "BearwatchDown",
            "instance": "desk-1",
            "job": "bearwatch",
            "severity": "critical",
        }
        assert alert["annotations"]["runbook_url"] == f"{RUNBOOKS}#bearwatchdown"
        assert "desk-1 has not answered" in alert["annotations"]["description"]
        # The watchdog stands beside it, for the one who watches the watchers.
        until(lambda: b"BearwatchWatchdog" in get(f"http://{told}/api/v2/alerts"), "watchdog")
        with daemon(tmp_path, port):
            while message["status"] != "resolved":
                message = got.get(timeout=HEARD_S)
