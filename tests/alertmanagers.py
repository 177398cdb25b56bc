"""Debian's Alertmanager as child processes that may be killed, and the webhook receiver that stands behind them."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from tests.missing import needed

PROGRAM = "prometheus-alertmanager"
READY_S = 30.0


def need(program: str) -> None:
    """A program of Debian's package."""
    needed(program, "prometheus-alertmanager")


@dataclass(frozen=True)
class Notification:
    """One alert in one notification, as a person would have been told.

    Attributes:
        at: when it came, seconds since the epoch. by: the receiver's name.
    """

    at: float
    by: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str
    ends_at: str
    link: str

    @property
    def key(self) -> tuple[str, str]:
        """Which alert: (spike, severity)."""
        return self.labels["spike"], self.labels["severity"]


class Sink:
    """A webhook receiver that keeps what Alertmanager told it."""

    def __init__(self) -> None:
        self._got: list[Notification] = []
        self._changed = threading.Condition()
        sink = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()
                sink._take(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, body: dict[str, Any]) -> None:
        at = time.time()
        with self._changed:
            for alert in body["alerts"]:
                self._got.append(
                    Notification(
                        at,
                        body["receiver"],
                        alert["status"],
                        alert["labels"],
                        alert["annotations"],
                        alert["startsAt"],
                        alert["endsAt"],
                        alert["generatorURL"],
                    )
                )
            self._changed.notify_all()

    @property
    def got(self) -> list[Notification]:
        with self._changed:
            return list(self._got)

    def until(self, holds: Callable[[list[Notification]], bool], seconds: float) -> list[Notification]:
        """Waits until it holds of all that came; fails with what came where it does not."""
        with self._changed:
            well = self._changed.wait_for(lambda: holds(self._got), seconds)
            told = [(n.status, n.key, n.by) for n in self._got]
            assert well, f"not within {seconds:.0f} s; came: {told}"
            return list(self._got)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Instance:
    """One Alertmanager of a cluster, on ports of its own; may be killed and started again."""

    def __init__(self, folder: Path, config: Path, name: str) -> None:
        self.name = name
        self.port, self.cluster_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.peer: Instance | None = None
        self._config, self._data, self._log = config, folder / name, folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begins; returns at once."""
        at = f"127.0.0.1:{self.cluster_port}"
        # Gossip ten times as fast as usual, and a turn of 0.2 s for each peer: what takes a minute takes seconds.
        command = [PROGRAM, f"--config.file={self._config}", f"--storage.path={self._data}", "--log.level=debug"]
        command += [f"--web.listen-address=127.0.0.1:{self.port}", f"--cluster.listen-address={at}"]
        command += [
            f"--cluster.advertise-address={at}",
            "--cluster.gossip-interval=20ms",
            "--cluster.peer-timeout=200ms",
        ]
        command += [
            "--cluster.pushpull-interval=1s",
            "--cluster.reconnect-interval=1s",
            "--cluster.probe-interval=300ms",
        ]
        if self.peer is not None:
            command.append(f"--cluster.peer=127.0.0.1:{self.peer.cluster_port}")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not self._answers("/-/ready"):
            assert self._process is not None and self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)  # another process's start: nothing to wait on but its answers

    def kill(self) -> None:
        """kill -9, and waits for the end."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def alerts(self) -> list[dict[str, Any]]:
        """What it holds."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=5) as answer:
            return list(json.load(answer))

    def peers(self) -> int:
        with urllib.request.urlopen(f"{self.url}/api/v2/status", timeout=5) as answer:
            return len(json.load(answer)["cluster"]["peers"])

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")[-3_000:]

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def cluster(folder: Path, config: Path) -> Iterator[tuple[Instance, Instance]]:
    """Two instances that know each other and share one configuration."""
    first, second = Instance(folder, config, "am-1"), Instance(folder, config, "am-2")
    first.peer, second.peer = second, first
    with ExitStack() as stack:
        for instance in (first, second):
            stack.callback(instance.close)
            instance.start()
        for instance in (first, second):
            instance.wait_ready()
        deadline = time.monotonic() + READY_S
        while {first.peers(), second.peers()} != {2}:
            assert time.monotonic() < deadline, first.log()
            time.sleep(0.1)  # as above
        yield first, second


def quick(shipped: Path, target: Path, receiver: str, *, first: str = "1s") -> Path:
    """The shipped configuration with every receiver turned into our webhook and every wait cut to seconds.

    The wait between two notifications of a group stays a multiple of that for a peer's turn, as with the usual minutes:
    else a peer repeats what it saw before the other one told of the end.

    Args:
        first: the wait before a group is told of at all.
    """
    given = yaml.safe_load(shipped.read_text("utf-8"))
    given.pop("global", None)
    names = [entry["name"] for entry in given["receivers"]]
    given["receivers"] = [{"name": n, "webhook_configs": [{"url": receiver, "send_resolved": True}]} for n in names]

    def hasten(route: dict[str, Any]) -> None:
        for name, seconds in (("group_wait", first), ("group_interval", "2s")):
            if name in route and route[name] != "0s":
                route[name] = seconds
        for below in route.get("routes", ()):
            hasten(below)

    hasten(given["route"])
    target.write_text(yaml.safe_dump(given), encoding="utf-8")
    return target


def free_port() -> int:
    """A port that is free for TCP and UDP, as gossip needs."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
