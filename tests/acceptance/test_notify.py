"""What a service manager hears of a real `bearwatch run`, from its start to its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

SOON_S = 60.0
WATCHDOG_S = 3.0


class Manager:
    """Listens as systemd does."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(self.address)
        self.heard: list[str] = []

    def until(self, start: str, seconds: float = SOON_S) -> str:
        """The next message that begins so; all that came before it are in `heard`."""
        deadline = time.monotonic() + seconds
        while True:
            self._sock.settimeout(max(0.01, deadline - time.monotonic()))
            message = self._sock.recv(4_096).decode()  # TimeoutError: it never came
            self.heard.append(message)
            if message.startswith(start):
                return message

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        self._sock.settimeout(seconds)
        try:
            self.heard.append(self._sock.recv(4_096).decode())
        except TimeoutError:
            return True
        return False

    def read_all(self) -> None:
        while not self.silent(0.01):
            pass

    def close(self) -> None:
        self._sock.close()


@contextmanager
def running(folder: Path, **sections: Any) -> Iterator[tuple[Manager, subprocess.Popen[bytes], int]]:
    """A daemon that a manager watches, and its port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    given = {"store": {"url": f"sqlite:///{folder}/n.db"}, "web": {"port": port}, **sections}
    (folder / "n.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    manager = Manager(folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "-c", str(folder / "n.yaml")],
        env={**os.environ, "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": str(round(WATCHDOG_S * 1e6))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield manager, process, port
    finally:
        process.kill()
        process.wait()
        manager.close()


def readyz(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_daemon_tells_that_it_is_ready_alive_and_stopping_and_nothing_while_it_stands_still(tmp_path: Path) -> None:
    with running(tmp_path, sources={"rss": {"feeds": []}}) as (manager, process, port):
        manager.until("READY=1")
        assert readyz(port) == 200
        assert manager.until("STATUS=").endswith(f"; http://127.0.0.1:{port}/")
        assert manager.heard[0] == "STATUS=loading the model"
        manager.until("WATCHDOG=1")
        began = time.monotonic()
        manager.until("WATCHDOG=1")
        assert WATCHDOG_S / 2 - 0.2 <= time.monotonic() - began < WATCHDOG_S  # at a beat, and they are a second apart
        process.send_signal(signal.SIGSTOP)
        manager.read_all()
        assert manager.silent(2 * WATCHDOG_S)
        process.send_signal(signal.SIGCONT)
        manager.until("WATCHDOG=1", WATCHDOG_S)
        process.send_signal(signal.SIGTERM)
        manager.until("STOPPING=1")
        assert process.wait(10) == 0
        assert manager.heard.count("READY=1") == 1


def test_a_daemon_whose_broker_is_away_asks_for_time_and_is_not_ready(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused
        kafka = {"servers": [f"127.0.0.1:{nobody.getsockname()[1]}"]}
        sources = {"rss": {"feeds": []}, "kafka": [{"name": "newsroom", "topics": ["news"]}]}
        with running(tmp_path, kafka=kafka, sources=sources) as (manager, process, port):
            assert "newsroom: " in manager.until("STATUS=not ready")
            assert readyz(port) == 503
            manager.until("EXTEND_TIMEOUT_USEC=")
            manager.until("EXTEND_TIMEOUT_USEC=")
            assert "READY=1" not in manager.heard
            process.send_signal(signal.SIGTERM)
            manager.until("STOPPING=1")
            assert process.wait(10) == 0
