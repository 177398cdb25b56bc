"""The fault proxy before a plain echo server: each fault does what it says, at once, and goes away again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.kafka.proxy import BLACK_HOLE, FAULTS, HALF_OPEN_DOWN, HALF_OPEN_UP, REFUSE, RESET, Fault, Proxy

SOON_S = 5.0
SILENCE_S = 0.1  # how long nothing must come; a fault that leaks does so within microseconds


class Echo(threading.Thread):
    """Sends back what it gets, on one loopback port; `got` is what reached it, in `pieces`."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.got = bytearray()
        self.pieces = 0
        self.arrived = threading.Event()

    def run(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed: the test is over
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(65_536):
                    self.got += data
                    self.pieces += 1
                    self.arrived.set()
                    client.sendall(data)
            except OSError:  # a reset is among the faults
                return

    def close(self) -> None:
        if self.is_alive():
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() alone does not
            self.join(SOON_S)
        self.listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    server.start()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as running:
        yield running


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=SOON_S)


def read(client: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (data := client.recv(count - len(found))):
        found += data
    return found


def ask(client: socket.socket, question: bytes) -> bytes:
    client.sendall(question)
    return read(client, len(question))


def hears_nothing(client: socket.socket) -> bool:
    client.settimeout(SILENCE_S)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(SOON_S)
    return False


def test_without_a_fault_everything_passes_both_ways_and_the_end_too(proxy: Proxy) -> None:
    with connect(proxy) as client:
        large = bytes(range(256)) * 4_000
        sender = threading.Thread(target=client.sendall, args=(large,))
        sender.start()
        assert read(client, len(large)) == large
        sender.join()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert proxy.accepted == 1


def test_latency_delays_question_and_answer(proxy: Proxy) -> None:
    with connect(proxy) as client:
        ask(client, b"warm")
        proxy.inject(Fault(latency_s=0.05))
        begun = time.monotonic()
        assert ask(client, b"slow") == b"slow"
        assert 0.1 <= time.monotonic() - begun < SOON_S


def test_throttle_limits_bytes_a_second(proxy: Proxy) -> None:
    proxy.inject(Fault(bytes_per_s=10_000))
    with connect(proxy) as client:
        begun = time.monotonic()
        assert ask(client, b"x" * 2_000) == b"x" * 2_000
        assert 0.2 <= time.monotonic() - begun < SOON_S


def test_slices_arrive_one_by_one_and_whole(proxy: Proxy, echo: Echo) -> None:
    proxy.inject(Fault(slice_bytes=1))
    with connect(proxy) as client:
        assert ask(client, b"to be put together" * 100) == b"to be put together" * 100
    assert echo.got == b"to be put together" * 100
    assert echo.pieces > 1  # a busy system joins most of the 1,800, but whole it would have come in one


def test_reset_ends_open_connections_and_new_ones_with_an_rst(proxy: Proxy) -> None:
    with connect(proxy) as before:
        ask(before, b"warm")
        proxy.inject(RESET)
        with pytest.raises(ConnectionResetError):
            before.recv(1)
    with pytest.raises(ConnectionResetError), connect(proxy) as after:  # an RST may overtake connect() itself
        after.recv(1)


def test_refuse_closes_the_port_and_healing_opens_the_same_again(proxy: Proxy) -> None:
    with connect(proxy) as before:
        ask(before, b"warm")
        proxy.inject(REFUSE)
        with pytest.raises(ConnectionResetError):
            before.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.heal()
    with connect(proxy) as after:
        assert ask(after, b"again") == b"again"


def test_a_black_hole_accepts_and_is_silent_and_lets_go_what_waited_when_healed(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy) as before:
        ask(before, b"warm")
        proxy.inject(BLACK_HOLE)
        with connect(proxy) as after:
            for client in (before, after):
                client.sendall(b"lost?")
                assert hears_nothing(client)
            assert echo.got == b"warm"
            proxy.heal()
            assert read(before, 5) == read(after, 5) == b"lost?"


def test_a_black_hole_does_not_tell_that_the_broker_is_down(proxy: Proxy, echo: Echo) -> None:
    echo.close()
    proxy.inject(BLACK_HOLE)
    with connect(proxy) as client:
        assert hears_nothing(client)
        proxy.heal()
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_half_open_upwards_brings_questions_and_no_answers(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy) as client:
        ask(client, b"warm")
        echo.arrived.clear()
        proxy.inject(HALF_OPEN_UP)
        client.sendall(b"heard")
        assert echo.arrived.wait(SOON_S)
        assert hears_nothing(client)
        proxy.heal()
        assert read(client, 5) == b"heard"


def test_half_open_downwards_brings_no_questions(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy) as client:
        ask(client, b"warm")
        proxy.inject(HALF_OPEN_DOWN)
        client.sendall(b"unheard")
        assert hears_nothing(client)
        assert echo.got == b"warm"


@pytest.mark.parametrize("name", FAULTS)
def test_after_each_fault_a_new_connection_works(proxy: Proxy, name: str) -> None:
    with connect(proxy) as client:
        ask(client, b"warm")
        proxy.inject(FAULTS[name])
        proxy.heal()
    with connect(proxy) as client:
        assert ask(client, b"healed") == b"healed"


def test_it_closes_with_connections_open_and_faults_in_force(echo: Echo) -> None:
    for fault in FAULTS.values():
        with Proxy(echo.port) as proxy, connect(proxy) as client:
            ask(client, b"warm")
            proxy.inject(fault)
        assert proxy.open == 0
