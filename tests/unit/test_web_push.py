"""POST /api/v1/articles: who may, how much, and what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest

from monitor.credentials import Access
from monitor.web.app import create_app
from monitor.web.push import CONCURRENT_BODIES, MAX_BODY_BYTES, PushBusy, PushInvalid
from tests.fakes_board import rich_board
from tests.fakes_web import Answer, FakeDaemon, ask, served

PATH = "/api/v1/articles"
TOKEN = "s3cret-é"
GOOD = {"authorization": f"Bearer {TOKEN}".encode().decode("latin-1")}


class Sink:
    """Keeps what was pushed; answers or raises as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.bodies: list[bytes] = []
        self.error = error

    async def __call__(self, body: bytes) -> dict[str, Any]:
        self.bodies.append(body)
        if self.error is not None:
            raise self.error
        return {"accepted": body.count(b"\n"), "refused": 0}


def posted(sink: Sink | None, body: Sequence[bytes] = (b"{}",), token: str = TOKEN, headers: Any = GOOD) -> Answer:
    app = create_app(FakeDaemon(rich_board()).state(push=sink, tokens={Access.PUSH: token} if token else {}))
    return asyncio.run(ask(app, PATH, "POST", headers, body))


def test_a_right_token_and_a_body_give_counts() -> None:
    sink = Sink()
    answer = posted(sink, [b"{}\n", b"", b"{}\n"])
    assert (answer.status, answer.json()) == (200, {"accepted": 2, "refused": 0})
    assert sink.bodies == [b"{}\n{}\n"] and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer s3cret-",
        "bearer s3cret-e",
        "Basic s3cret-\u00c3\u00a9",
        "s3cret-\u00c3\u00a9",
        "Bearer s3cret-\u00c3\u00a9 x",
        "Bearer \u00ff\u00fe",
    ],
)
def test_no_or_a_wrong_token_is_401_and_nothing_is_read(header: str | None) -> None:
    sink = Sink()
    answer = posted(sink, headers={} if header is None else {"authorization": header})
    assert (answer.status, answer.json()) == (401, {"detail": "a token is required"})
    assert answer.headers["www-authenticate"].startswith("Bearer") and sink.bodies == []


def test_the_scheme_may_be_written_in_any_case() -> None:
    assert posted(Sink(), token="t", headers={"authorization": "bEARER t"}).status == 200


@pytest.mark.parametrize(("sink", "token"), [(None, TOKEN), (Sink(), ""), (None, "")])
def test_where_push_is_not_configured_there_is_no_such_route(sink: Sink | None, token: str) -> None:
    assert posted(sink, token=token).status == 404
    if not token:
        assert posted(sink, token=token, headers={"authorization": "Bearer "}).status == 404


def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_413() -> None:
    sink = Sink()
    assert posted(sink, [b"x" * MAX_BODY_BYTES]).status == 200
    assert len(sink.bodies[0]) == MAX_BODY_BYTES
    assert posted(sink, [b"x" * MAX_BODY_BYTES, b"x"]).status == 413
    assert len(sink.bodies) == 1


def test_an_announced_length_over_the_limit_is_413_before_a_byte_is_read() -> None:
    assert posted(Sink(), headers={**GOOD, "content-length": str(MAX_BODY_BYTES + 1)}).status == 413


def test_a_body_of_unknown_length_is_cut_off_while_it_streams() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * MAX_BODY_BYTES:
            sent += 65_536
            yield b"x" * 65_536

    async def run() -> int:
        served_app = served(FakeDaemon(rich_board()), push=sink, tokens={Access.PUSH: TOKEN})
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with served_app as url, aiohttp.ClientSession() as session:
            try:
                async with session.post(url + PATH, data=endless(), headers=headers) as answer:
                    return answer.status
            except aiohttp.ClientConnectionError:
                return 413  # closed while we were still sending: no client is promised to read past that

    sink = Sink()
    assert asyncio.run(run()) == 413 and sink.bodies == []
    assert sent < 8 * MAX_BODY_BYTES


def test_a_busy_pipeline_is_503_and_says_when_to_come_again() -> None:
    answer = posted(Sink(PushBusy("the pipeline is full", retry_after=7)))
    assert (answer.status, answer.json()) == (503, {"detail": "the pipeline is full"})
    assert answer.headers["retry-after"] == "7"


def test_a_body_that_holds_no_articles_is_400_with_the_reason() -> None:
    answer = posted(Sink(PushInvalid("line 3: not JSON")))
    assert (answer.status, answer.json()) == (400, {"detail": "line 3: not JSON"})


def test_a_compressed_body_is_415() -> None:
    assert posted(Sink(), headers={**GOOD, "content-encoding": "gzip"}).status == 415


def test_more_bodies_at_a_time_than_fit_in_memory_are_503() -> None:
    async def run() -> None:
        release, entered = asyncio.Event(), asyncio.Semaphore(0)

        async def hold(body: bytes) -> dict[str, Any]:
            entered.release()
            await release.wait()
            return {"accepted": 1}

        app = create_app(FakeDaemon(rich_board()).state(push=hold, tokens={Access.PUSH: "t"}))

        async def send() -> int:
            return (await ask(app, PATH, "POST", {"authorization": "Bearer t"}, [b"{}"])).status

        held = [asyncio.create_task(send()) for _ in range(CONCURRENT_BODIES)]
        for _ in held:
            await entered.acquire()
        assert await send() == 503
        release.set()
        assert await asyncio.gather(*held) == [200] * CONCURRENT_BODIES
        assert await send() == 200

    asyncio.run(run())
