"""Server-sent events over a real server: order, resync, limit, keep-alive, and an end when the server ends."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from monitor.web.changes import Changes
from monitor.web.security import CONTENT_SECURITY_POLICY
from tests.fakes_board import rich_board
from tests.fakes_web import FakeDaemon, served

PATH = "/api/v1/events"


async def next_event(answer: aiohttp.ClientResponse) -> tuple[str, Any, str]:
    """(event, data, id) of the next event; comments and the retry field are passed over."""
    fields: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(answer.content.readline(), 5)).decode()
        if not line:
            raise EOFError
        if line == "\n":
            if "event" in fields:
                return fields["event"], json.loads(fields["data"]), fields.get("id", "")
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the server has no event for "the client's place was given back"
            await asyncio.sleep(0.005)


def test_a_stream_says_hello_then_what_is_published() -> None:
    async def run() -> None:
        daemon = FakeDaemon(rich_board())
        async with served(daemon) as url, aiohttp.ClientSession() as session, session.get(url + PATH) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
            assert "server" not in answer.headers
            assert await next_event(answer) == ("hello", {"version": "0.1.0"}, "")
            daemon.changes.publish("board", {"now": 1})
            assert await next_event(answer) == ("board", {"now": 1}, daemon.changes.last_id)

    asyncio.run(run())


def test_a_reader_that_comes_back_with_an_old_id_is_told_to_resync_and_one_up_to_date_is_not() -> None:
    async def run() -> None:
        daemon = FakeDaemon(rich_board())
        daemon.changes.publish("board", {"now": 1})
        present = daemon.changes.last_id
        async with served(daemon) as url, aiohttp.ClientSession() as session:
            for given, second in ((present, "board"), ("0000-1", "resync"), ("nonsense", "resync")):
                async with session.get(url + PATH, headers={"last-event-id": given}) as answer:
                    assert (await next_event(answer))[0] == "hello"
                    if second == "board":
                        daemon.changes.publish("board", {"now": 2})
                    assert (await next_event(answer))[0] == second

    asyncio.run(run())


def test_past_the_limit_a_stream_is_503_and_a_closed_one_gives_its_place_back() -> None:
    async def run() -> None:
        daemon = FakeDaemon(rich_board())
        daemon.changes = Changes(limit=2)
        async with served(daemon) as url, aiohttp.ClientSession() as session:
            first, second = await session.get(url + PATH), await session.get(url + PATH)
            async with session.get(url + PATH) as refused:
                assert refused.status == 503 and refused.headers["retry-after"] == "30"
            first.close()
            await until(lambda: daemon.changes.streams == 1)
            async with session.get(url + PATH) as taken:
                assert taken.status == 200
            second.close()

    asyncio.run(run())


def test_silence_is_filled_with_comments() -> None:
    async def run() -> None:
        server = served(FakeDaemon(rich_board()), keep_alive=0.02)
        async with server as url, aiohttp.ClientSession() as session, session.get(url + PATH) as answer:
            seen = b""
            while seen.count(b": keep-alive\n\n") < 3:
                seen += await asyncio.wait_for(answer.content.readany(), 5)

    asyncio.run(run())


@pytest.mark.parametrize("streams", [0, 5])
def test_the_server_ends_within_two_seconds_with_streams_open(streams: int) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            async with served(FakeDaemon(rich_board())) as url:
                answers = [await session.get(url + PATH) for _ in range(streams)]
                for answer in answers:
                    await next_event(answer)
                began = time.monotonic()
            assert time.monotonic() - began < 2.0
            for answer in answers:
                with pytest.raises(EOFError):
                    await next_event(answer)
                answer.close()

    asyncio.run(run())
