"""The admin socket: who may connect, how long anybody waits, and what a killed or hanging daemon leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.admin import client, server
from monitor.admin.address import socket_path
from monitor.admin.client import ask, ask_or_do
from monitor.admin.requests import MOST_BYTES, Answer, Mute, Redrive, Request, Result, Unmute, decode, encode
from monitor.admin.server import AdminServer
from monitor.errors import InputError, OperatorError, StoreUnavailableError
from monitor.storage.answers import answers_of
from monitor.storage.store import Store
from tests.fakes_desk import running_desk, serving_admin, serving_desk, told
from tests.store_samples import NOON

ALERT = "market@1#ab"
MARK = Answer(ALERT, "mark", "true", "ann")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "b.db") as store:
        told(store)
    return tmp_path / "b.db"


def marks(path: Path) -> list[str]:
    with Store.open_readonly(path) as store:
        return [answer.value for answer in store.read(answers_of, [ALERT]).get(ALERT, [])]


@pytest.mark.parametrize(
    "request_", [Redrive("a", "b", "c"), MARK, Mute("market", 5, "a\u2028b", "\ud800\n"), Unmute("entity:蓝禾", "x")]
)
def test_a_request_is_one_line_and_comes_back_as_it_was(request_: Request) -> None:
    line = encode(request_)
    assert line.count(b"\n") == 1 and line.isascii()
    assert decode(line) == request_


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{}", b'{"action": "reboot"}', b'{"action": []}',
        b'{"action": "answer"}', b'{"action": "answer", "alert": "a", "kind": 1}',
        b'{"action": "answer", "alert": "a", "kind": "mark", "extra": "x"}',
        b'{"action": "mute", "series": "market", "until": "soon", "who": "a", "why": "b"}',
        b'{"action": "mute", "series": "market", "until": true, "who": "a", "why": "b"}',
        b'{"action": "redrive", "id": null}', b"[" * 50_000,
    ],
)  # fmt: skip
def test_what_is_no_request_is_one_line(line: bytes) -> None:
    with pytest.raises(InputError, match=r"^no request: ") as refused:
        decode(line)
    assert "\n" not in str(refused.value)


def test_only_its_owner_may_connect_and_the_socket_goes_with_the_daemon(path: Path) -> None:
    with running_desk(path):
        mode = socket_path(path).stat().st_mode
        assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    assert not socket_path(path).exists()


def test_the_socket_is_its_owners_from_its_first_moment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment of 0777 is enough for another user of the machine to be connected for good."""
    monkeypatch.setattr(Path, "chmod", lambda self, mode: None)
    before = os.umask(0)
    try:
        with running_desk(path):
            assert stat.S_IMODE(socket_path(path).stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_daemon_that_runs_writes_and_looks_again(path: Path) -> None:
    with running_desk(path) as running, capture_logs() as logs:
        assert ask_or_do(path, MARK, 0)["answers"] == [1]
        assert running.touched == [1]  # the page and the outbox look again
    assert marks(path) == ["true"]
    (line,) = [entry for entry in logs if entry["event"] == "asked_answer"]
    assert (line["who"], line["alert"], line["value"], line["via"]) == ("ann", ALERT, "true", "cli")


def test_without_a_daemon_the_lock_is_taken_and_let_go_again(path: Path) -> None:
    for _ in range(2):
        ask_or_do(path, MARK, NOON)
    assert marks(path) == ["true"] * 2


def test_the_dead_socket_of_a_killed_daemon_is_passed_by_and_replaced(path: Path) -> None:
    """After kill -9 a mark must not wait for a person who deletes a file."""
    daemon = """
        import asyncio, os, signal, sys
        from pathlib import Path
        from tests.fakes_desk import serving_desk
        async def main():
            async with serving_desk(Path(sys.argv[1])):
                print("up", flush=True)
                await asyncio.Event().wait()
        asyncio.run(main())
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(daemon), str(path)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None and child.stdout.readline() == b"up\n"
    assert ask_or_do(path, MARK, NOON)["answers"] == [1]
    child.kill()
    child.communicate()
    assert socket_path(path).exists()
    assert marks(path) == ["true"]  # what it said was done is done
    assert ask_or_do(path, MARK, NOON)["answers"] == [2]
    with running_desk(path) as running:
        assert ask_or_do(path, MARK, NOON)["answers"] == [3] and running.touched == [1]


@contextlib.contextmanager
def hanging(path: Path, answer: bytes = b"") -> Iterator[None]:
    """Somebody at the socket who takes connections and says `answer`, then nothing, or hangs up where it is a line."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path(path)))
        listener.listen()
        held: list[socket.socket] = []

        def serve() -> None:
            connection, _ = listener.accept()
            held.append(connection)
            if answer:
                connection.recv(MOST_BYTES)
                connection.sendall(answer)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            thread.join(10)
            for connection in held:
                connection.close()


def test_a_daemon_that_hangs_costs_its_deadline_and_one_line_that_names_it(path: Path) -> None:
    with hanging(path):
        begun = time.monotonic()
        with pytest.raises(OperatorError) as refused:
            ask(path, MARK, deadline_s=0.3)
        assert time.monotonic() - begun < 3
    assert "process" in str(refused.value) and "look before asking again" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_daemon_that_drips_its_answer_is_given_its_deadline_and_no_more(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path(path)))
        listener.listen()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                for _ in range(200):  # 10 s: a deadline for each piece would never pass
                    connection.sendall(b" ")
                    gone.wait(0.05)

        gone, thread = threading.Event(), threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(OperatorError, match="did not answer"):
            ask(path, MARK, deadline_s=0.3)
        assert time.monotonic() - begun < 3
        gone.set()
        thread.join(20)


@pytest.mark.parametrize("answer", [b"{", b"{}\n", b"[]\n", b'{"result": 1}\n', b"nonsense\n", b"\xff\n"])
def test_a_daemon_that_dies_in_the_middle_of_its_answer_has_promised_nothing(path: Path, answer: bytes) -> None:
    with hanging(path, answer), pytest.raises(OperatorError, match="look before asking again"):
        ask(path, MARK)


def test_a_store_that_another_command_holds_says_which(path: Path) -> None:
    with Store.open(path, holder="bearwatch backfill"), pytest.raises(OperatorError) as refused:
        ask_or_do(path, MARK, NOON)
    assert "(bearwatch backfill, since" in str(refused.value) and "try again" in str(refused.value)


def test_there_is_no_store_made_by_asking(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no store at"):
        ask_or_do(tmp_path / "b.db", MARK, NOON)
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_no_unix_socket_can_have_stops_neither_the_daemon_nor_a_command_without_one(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    with Store.open(folder / "b.db") as store:
        told(store)

    async def no_socket() -> None:
        async def perform(request: Request) -> Result:
            raise AssertionError

        with capture_logs() as logs:
            await asyncio.wait_for(AdminServer(folder / "b.db", perform).run(), 10)
        assert "107 at most" in logs[0]["reason"] and logs[0]["event"] == "no_admin_socket"

    asyncio.run(no_socket())
    assert ask_or_do(folder / "b.db", MARK, NOON)["answers"] == [1]
    with Store.open(folder / "b.db", holder="bearwatch run"), pytest.raises(OperatorError, match="107 at most"):
        ask_or_do(folder / "b.db", MARK, NOON)


def talk(path: Path, *pieces: bytes) -> list[dict[str, object]]:
    """Sends pieces over one connection and reads every line until it is closed."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(socket_path(path)))
        for piece in pieces:
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: sock.recv(65_536), b""))
    return [json.loads(line) for line in got.splitlines()]


def test_a_connection_takes_line_after_line_and_a_wrong_one_does_not_end_it(path: Path) -> None:
    with running_desk(path):
        first, wrong, last = talk(path, encode(MARK)[:5], encode(MARK)[5:] + b"nonsense\n", encode(MARK))
    assert first["result"]["answers"] == [1]  # type: ignore[index]
    assert wrong == {"error": "no request: not JSON", "input": True}
    assert last["result"]["answers"] == [2]  # type: ignore[index]


def test_a_line_beyond_the_cap_is_refused_and_not_held(path: Path) -> None:
    with running_desk(path):
        (answer,) = talk(path, b"x" * (MOST_BYTES + 1) + b"\n")
        assert answer == {"error": f"a request has at most {MOST_BYTES} bytes", "input": True}
        assert ask_or_do(path, MARK, NOON)["answers"] == [1]


def test_who_connects_and_says_nothing_is_let_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "READ_S", 0.05)
    with running_desk(path), socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(socket_path(path)))
        assert sock.recv(1) == b""


@pytest.mark.parametrize(
    ("fault", "line", "by_asker"),
    [
        (StoreUnavailableError("the disk is full"), "the disk is full; nothing was done", False),
        (OperatorError("not now"), "not now", False),
        (InputError("no such thing"), "no such thing", True),
        (ZeroDivisionError("secret"), "internal error; the daemon's log has it", False),
    ],
)
def test_a_fault_in_one_request_is_a_line_and_the_daemon_goes_on(
    path: Path, fault: Exception, line: str, by_asker: bool
) -> None:
    async def scene() -> None:
        async def perform(request: Request) -> Result:
            raise fault

        async with serving_admin(AdminServer(path, perform)):
            for _ in range(2):
                with pytest.raises(InputError if by_asker else OperatorError) as refused:
                    await asyncio.to_thread(ask, path, MARK)
                assert str(refused.value) == line

    with capture_logs():
        asyncio.run(scene())


def test_a_store_that_takes_nothing_is_told_of_before_the_asker_gives_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.ANSWER_S < client.DEADLINE_S
    monkeypatch.setattr(server, "ANSWER_S", 0.05)

    async def scene() -> None:
        async with serving_desk(path) as running:
            blocked = threading.Event()
            holding = asyncio.create_task(running.store.write(lambda db: blocked.wait(20)))
            with pytest.raises(OperatorError, match="may still be done"):
                await asyncio.to_thread(ask, path, MARK)
            blocked.set()
            await holding
        assert marks(path) == ["true"]  # as it said: it may be

    asyncio.run(scene())
