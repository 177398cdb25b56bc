"""The server inside our loop: addresses, one-line refusals, signals left alone, an end in time."""

from __future__ import annotations

import asyncio
import signal
import socket
import time

import aiohttp
import pytest

from monitor.credentials import Access
from monitor.errors import InputError
from monitor.web.app import create_app
from monitor.web.server import SHUTDOWN_SECONDS, bind, serve
from tests.fakes_board import rich_board
from tests.fakes_web import FakeDaemon, served


def test_a_taken_port_is_one_line_that_says_what_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(InputError) as caught:
            asyncio.run(serve(create_app(FakeDaemon(rich_board()).state()), "127.0.0.1", port, on_ready=print))
    message = str(caught.value)
    assert message.startswith(f"127.0.0.1:{port} is in use: ") and "web.port" in message and "\n" not in message


def test_of_two_that_bind_the_same_port_the_second_fails_at_once() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(InputError, match="is in use"):
        bind("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "word"), [("192.0.2.1", "web.host"), ("no such host!", "web.host"), ("a" * 70, "web.host")]
)
def test_an_address_that_is_not_ours_is_one_line(host: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        bind(host, 0)
    assert "\n" not in str(caught.value)


def test_localhost_is_the_address_that_people_type() -> None:
    with bind("localhost", 0) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"


def test_port_zero_reports_the_real_address_when_it_answers() -> None:
    async def run() -> None:
        async with served(FakeDaemon(rich_board())) as url, aiohttp.ClientSession() as session:
            assert url.startswith("http://127.0.0.1:") and not url.endswith(":0")
            async with session.get(url + "/healthz") as answer:
                assert answer.status == 200

    asyncio.run(run())


def test_the_process_keeps_its_own_signal_handlers() -> None:
    async def run() -> None:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.getsignal(number) for number in numbers]
        async with served(FakeDaemon(rich_board())):
            assert [signal.getsignal(number) for number in numbers] == before

    asyncio.run(run())


def test_a_request_that_never_ends_does_not_hold_the_shutdown_up() -> None:
    async def run() -> None:
        entered = asyncio.Event()

        async def hang(body: bytes) -> dict[str, int]:
            entered.set()
            await asyncio.Event().wait()
            return {}

        headers = {"authorization": "Bearer t"}
        async with aiohttp.ClientSession() as session:
            async with served(FakeDaemon(rich_board()), push=hang, tokens={Access.PUSH: "t"}) as url:
                sending = asyncio.create_task(session.post(url + "/api/v1/articles", data=b"{}", headers=headers))
                await entered.wait()
                began = time.monotonic()
            assert time.monotonic() - began < SHUTDOWN_SECONDS + 0.5
            (outcome,) = await asyncio.gather(sending, return_exceptions=True)
            assert isinstance(outcome, aiohttp.ClientError) or getattr(outcome, "status", None) == 500

    asyncio.run(run())


def test_the_port_is_free_again_after_the_end() -> None:
    async def run() -> None:
        async with served(FakeDaemon(rich_board())) as url:
            port = int(url.rpartition(":")[2])
        bind("127.0.0.1", port).close()

    asyncio.run(run())
