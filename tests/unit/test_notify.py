"""What the service manager hears, over real sockets; and when it hears what."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from monitor.notify import STATUS_CHARS, ServiceManager
from monitor.pipeline import Pipeline, Stages
from monitor.service import STATUS_EVERY_S, STEP_S, Report
from monitor.supervise import HEARTBEAT_S, Heart
from monitor.telemetry.metrics import Metrics

PAGE = "http://127.0.0.1:8900/"


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
        sock.bind("\0" + address[1:] if address.startswith("@") else address)
        yield sock


def heard(sock: socket.socket) -> list[str]:
    """Every message since the last time."""
    found = []
    while True:
        try:
            found.append(sock.recv(8_192).decode())
        except BlockingIOError:
            return found


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_messages_arrive_over_a_path_and_over_an_abstract_socket(tmp_path: Path, kind: str) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@bearwatch-test-{os.getpid()}"
    with listening(address) as sock:
        manager = ServiceManager.from_environment({"NOTIFY_SOCKET": address})
        assert manager.ready() and manager.ready("well") and manager.status("how it fares") and manager.alive()
        assert manager.extend(1.5) and manager.stopping()
        assert heard(sock) == [
            "READY=1",
            "READY=1\nSTATUS=well",
            "STATUS=how it fares",
            "WATCHDOG=1",
            "EXTEND_TIMEOUT_USEC=1500000",
            "STOPPING=1\nSTATUS=stopping: committing what was taken in",
        ]


def test_a_reload_says_when_it_began_by_the_monotonic_clock(tmp_path: Path) -> None:
    """systemd 253's `notify-reload` takes it for this reload's only where it is not older than the signal."""
    with listening(str(tmp_path / "notify")) as sock:
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
        ServiceManager(str(tmp_path / "notify")).reloading()
        first, second = heard(sock)[0].split("\n")
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000


def test_a_strangers_words_in_a_status_stay_one_line_and_no_other_message(tmp_path: Path) -> None:
    with listening(str(tmp_path / "notify")) as sock:
        ServiceManager(str(tmp_path / "notify")).status("broker said: x\nREADY=1\r\nMAINPID=1 \udce4" + "y" * 10_000)
        [message] = heard(sock)
    assert message.startswith("STATUS=broker said: x READY=1 MAINPID=1 ?yyy") and "\n" not in message
    assert len(message) == len("STATUS=") + STATUS_CHARS


def test_without_a_manager_nothing_is_told_and_nothing_breaks(tmp_path: Path) -> None:
    assert not ServiceManager.from_environment({}).ready()
    assert not ServiceManager.from_environment({"NOTIFY_SOCKET": "vsock:2:1234"}).ready()
    assert not ServiceManager(str(tmp_path / "nobody")).alive()


def test_a_manager_that_does_not_read_keeps_nobody_waiting(tmp_path: Path) -> None:
    with listening(str(tmp_path / "notify")):
        manager = ServiceManager(str(tmp_path / "notify"))
        began = time.monotonic()
        assert not all(manager.alive() for _ in range(10_000))
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("env", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, 0.0),  # our parent is watched, not we
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_watchdog_is_ours_only_where_it_names_us_or_nobody(env: dict[str, str], seconds: float) -> None:
    assert ServiceManager.from_environment(env).watchdog_s == seconds


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Daemon:
    """A report at a socket, with its reasons and its clock in the test's hands."""

    def __init__(self, address: str, watchdog_s: float = 0.0, clock: Callable[[], float] | None = None) -> None:
        self.reasons: list[str] = []
        self.words = "alerts open: 0"
        self.clock = Clock()
        manager = ServiceManager(address, watchdog_s)
        self.report = Report(manager, lambda: self.reasons, lambda: self.words, clock or self.clock)

    def beats(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.now += 1.0
            self.report.beat()


def test_ready_is_told_once_the_page_answers_and_nothing_is_wanting_and_never_again(tmp_path: Path) -> None:
    with listening(str(tmp_path / "notify")) as sock:
        daemon = Daemon(str(tmp_path / "notify"))
        daemon.beats(3)
        daemon.reasons = ["newsroom: no broker answers"]
        daemon.report.announcing(lambda _: None)(PAGE)
        daemon.beats(3)
        told = heard(sock)
        assert "READY=1" not in told and "STATUS=not ready: newsroom: no broker answers" in told
        assert told.count(f"EXTEND_TIMEOUT_USEC={STEP_S * 1e6:.0f}") == 6  # each beat asks for more time
        daemon.reasons = []
        daemon.beats(1)
        daemon.reasons = ["the store: no space left on device"]
        daemon.beats(2)
        daemon.reasons = []
        daemon.beats(2)
        assert heard(sock) == [
            "READY=1",
            f"STATUS=alerts open: 0; {PAGE}",
            "STATUS=not ready: the store: no space left on device",
            f"STATUS=alerts open: 0; {PAGE}",
        ]


def test_ready_is_told_again_where_the_manager_did_not_take_it(tmp_path: Path) -> None:
    daemon = Daemon(str(tmp_path / "notify"))
    daemon.report.announcing(lambda _: None)(PAGE)
    daemon.beats(2)  # nobody listens yet
    with listening(str(tmp_path / "notify")) as sock:
        daemon.beats(2)
        assert heard(sock).count("READY=1") == 1


def test_the_watchdog_is_answered_at_half_of_its_time_and_not_without_beats(tmp_path: Path) -> None:
    with listening(str(tmp_path / "notify")) as sock:
        daemon = Daemon(str(tmp_path / "notify"), watchdog_s=60.0)
        daemon.report.announcing(lambda _: None)(PAGE)
        daemon.beats(121)
        assert heard(sock).count("WATCHDOG=1") == 5  # at the first beat, then each 30 s
        daemon.clock.now += 3_600  # the loop was stuck
        assert heard(sock) == []


def test_a_status_changes_at_once_with_readiness_and_else_each_ten_seconds(tmp_path: Path) -> None:
    with listening(str(tmp_path / "notify")) as sock:
        daemon = Daemon(str(tmp_path / "notify"))
        daemon.report.announcing(lambda _: None)(PAGE)
        daemon.beats(1)
        for number in range(30):
            daemon.words = f"articles: {number}"
            daemon.beats(1)
        told = [message for message in heard(sock) if message.startswith("STATUS=")]
        assert len(told) == 1 + 30 // STATUS_EVERY_S


@pytest.mark.slow
def test_a_loop_that_is_stuck_is_silent_though_the_process_is_not(tmp_path: Path) -> None:
    """A thread that answered for it would keep a dead daemon alive."""

    async def scenario(sock: socket.socket) -> None:
        daemon = Daemon(str(tmp_path / "notify"), watchdog_s=0.1, clock=time.monotonic)
        daemon.report.announcing(lambda _: None)(PAGE)
        stages = Stages(
            matcher=None, scorer=None, max_batch=1, languages=(), end=None, metrics=None,  # type: ignore[arg-type]
        )  # fmt: skip
        heart = Heart(Metrics(CollectorRegistry()), Pipeline(stages, []), lambda: 0, daemon.report.beat)
        beating = asyncio.create_task(heart.beat())
        await asyncio.sleep(HEARTBEAT_S / 2)
        assert "WATCHDOG=1" in heard(sock)
        time.sleep(2 * HEARTBEAT_S)  # noqa: ASYNC251  (the fault itself)
        assert heard(sock) == []
        await asyncio.sleep(HEARTBEAT_S / 2)
        assert "WATCHDOG=1" in heard(sock)
        beating.cancel()

    with listening(str(tmp_path / "notify")) as sock:
        asyncio.run(scenario(sock))
