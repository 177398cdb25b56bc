"""An endpoint's address that leads into the own network is not connected to, however it is written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.chat.webhook import ChatWebhook
from monitor.alerts.protocol import DeliveryError, Final, Notifier, Retryable
from monitor.alerts.webhook import Webhook
from monitor.endpoints import outgoing_session
from tests.fakes_notifier import Message

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="
# All of them are this machine to the C library, or to a network that translates addresses.
HERE = (
    *("127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "0.0.0.0", "2130706433", "0x7f000001", "0177.0.0.1"),
    *("127.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]"),
)
# Nothing listens on these here; a refusal is at once, a try would hang or fail in another way.
ELSEWHERE = ("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fd00::1]")


@asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, list[object]]]:
    """A port on every local address, and whoever connected to it."""
    caught: list[object] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.append(writer.get_extra_info("peername"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    four = await asyncio.start_server(take, "0.0.0.0", 0)
    port = four.sockets[0].getsockname()[1]
    six = await asyncio.start_server(take, "::", port)
    try:
        yield port, caught
    finally:
        for server in (four, six):
            server.close()
            await server.wait_closed()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def webhook(url: str, session: aiohttp.ClientSession) -> Notifier:
    return Webhook("desk", url, secrets=[SECRET], session=session, clock=now_ms)


def chat(url: str, session: aiohttp.ClientSession) -> Notifier:
    return ChatWebhook(
        "desk",
        url,
        FORMATS["slack"],
        secret="",
        language="en",
        zone="UTC",
        session=session,
        clock=now_ms,
        links=lambda alert: {},
    )


@pytest.mark.parametrize("make", [webhook, chat])
@pytest.mark.parametrize("host", [*HERE, *ELSEWHERE])
def test_an_address_inside_is_refused_and_said_to_be_one(host: str, make) -> None:  # type: ignore[no-untyped-def]
    async def scenario() -> None:
        others = ["hooks.example", "127.0.0.2"]  # what may be inside is not all that is
        async with canary() as (port, caught), outgoing_session(url := f"http://{host}:{port}/", others) as session:
            began = time.monotonic()
            with pytest.raises(DeliveryError) as refused:
                await make(url, session).send(Message("m", body='{"id": "market@1#ab"}'))
            assert caught == [] and time.monotonic() - began < 5
            # A name that was hijacked may be put right; half an address is none.
            kinds = {"private_address": Retryable, "bad_address": Final}
            assert isinstance(refused.value, kinds[refused.value.reason])
            assert host not in str(refused.value)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "LocalHost."), ("[::1]", "::1"), ("[::1]", "[::1]")],
)
def test_an_endpoint_that_may_be_inside_is_reached(host: str, allowed: str) -> None:
    async def scenario() -> None:
        async with canary() as (port, caught), outgoing_session(url := f"http://{host}:{port}/", [allowed]) as session:
            assert (await webhook(url, session).send(Message("m"))).status == 200
            assert len(caught) == 1

    asyncio.run(scenario())
