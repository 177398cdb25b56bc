"""What every notifier keeps: it delivers or says why not, retryable or final, in bounded time.

All but the one in memory stand before a real local server that fails in the ways servers fail.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook as OfficialWebhook
from standardwebhooks.webhooks import WebhookVerificationError

from monitor.alerts.alertmanager import Alertmanager
from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.chat.webhook import ChatWebhook
from monitor.alerts.mail import Mail, Server
from monitor.alerts.outbox import Outbox
from monitor.alerts.protocol import DeliveryError, Final, Notifier, OutboxMessage, Retryable
from monitor.alerts.standing_payload import Style
from monitor.alerts.webhook import Webhook
from monitor.errors import ConfigError
from tests.fakes_notifier import MemoryNotifier, MemoryOutboxStore, Message
from tests.smtp_server import Box, smtp

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_KEY = "whsec_" + base64.b64encode(bytes(range(40, 72))).decode()


def now_ms() -> int:
    return int(time.time() * 1000)


@dataclass
class Sink:
    """A web server that does what the next of `answers` says; 200 when there is none left."""

    answers: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=list)
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    forwarded: int = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if self.answers:
            return await self.answers.pop(0)(request)
        self.seen.append((dict(request.headers), body))
        return web.Response()

    async def elsewhere(self, request: web.Request) -> web.StreamResponse:
        self.forwarded += 1
        return web.Response()


def answer(status: int, **headers: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def give(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return give


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 65_536)
    except (ConnectionError, aiohttp.ClientError):
        return response


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    made = Sink()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    app.router.add_post("/api/v2/alerts", made.take)
    app.router.add_route("*", "/elsewhere", made.elsewhere)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield made
    finally:
        await runner.cleanup()


@asynccontextmanager
async def webhook(secrets: tuple[str, ...] = (KEY,)) -> AsyncIterator[tuple[Webhook, Sink]]:
    async with sink() as server, aiohttp.ClientSession() as session:
        yield Webhook("desk", server.url, secrets=secrets, session=session, clock=now_ms, timeout_s=1.0), server


# What an endpoint may do, and what every notifier must make of it.
BEHAVIOURS: dict[str, tuple[Callable[[web.Request], Awaitable[web.StreamResponse]], type[DeliveryError] | None]] = {
    "takes it": (answer(204), None),
    "breaks": (answer(500), Retryable),
    "is overloaded": (answer(429, Retry_After="7"), Retryable),
    "is gone": (answer(410), Final),
    "refuses": (answer(400), Final),
    "redirects": (answer(302, Location="/elsewhere"), Final),
    "resets": (reset, Retryable),
    "hangs": (hang, Retryable),
}


@asynccontextmanager
async def memory_notifier(behaviour: str) -> AsyncIterator[Notifier]:
    kind = BEHAVIOURS[behaviour][1]

    def give(message: OutboxMessage) -> None:
        if kind is not None:
            raise kind(behaviour)

    yield MemoryNotifier(answer=give)


@asynccontextmanager
async def webhook_notifier(behaviour: str) -> AsyncIterator[Notifier]:
    async with webhook() as (notifier, server):
        server.answers.append(BEHAVIOURS[behaviour][0])
        yield notifier


@asynccontextmanager
async def alertmanager_notifier(behaviour: str) -> AsyncIterator[Notifier]:
    async with sink() as server, aiohttp.ClientSession() as session:
        server.answers.append(BEHAVIOURS[behaviour][0])
        url = server.url.replace("/hook", "")
        yield Alertmanager("desk", url, session=session, clock=now_ms, style=Style(), timeout_s=1.0)


@asynccontextmanager
async def chat_notifier(behaviour: str) -> AsyncIterator[Notifier]:
    async with sink() as server, aiohttp.ClientSession() as session:
        server.answers.append(BEHAVIOURS[behaviour][0])
        yield ChatWebhook("desk", server.url, FORMATS["slack"], session=session, clock=now_ms, timeout_s=1.0)


@asynccontextmanager
async def mail_notifier(behaviour: str) -> AsyncIterator[Notifier]:
    """What each behaviour is in SMTP; a server that resets or hangs is one that speaks no SMTP at all."""
    box = Box(once=[_SMTP[behaviour]] if behaviour in _SMTP else [])
    if behaviour in ("resets", "hangs"):
        kept: list[asyncio.StreamWriter] = []

        def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if behaviour == "resets":
                writer.transport.abort()
            kept.append(writer)

        async with await asyncio.start_server(take, "127.0.0.1", 0) as silent:
            yield _mail(silent.sockets[0].getsockname()[1])
            for writer in kept:
                writer.transport.abort()
        return
    with smtp(box) as port:
        yield _mail(port)


# Said of one mail; the next one is taken.
_SMTP = {
    "breaks": "451 local error",
    "is overloaded": "452 insufficient storage",
    "is gone": "550 no such mailbox",
    "refuses": "554 refused",
    "redirects": "551 user not local",
}


def _mail(port: int) -> Mail:
    server = Server("127.0.0.1", port, "none")
    to = ("risk@bank.example",)
    return Mail("desk", server, sender="bw@bank.example", to=to, clock=now_ms, timeout_s=1.0)


NOTIFIERS = [memory_notifier, webhook_notifier, alertmanager_notifier, chat_notifier, mail_notifier]


@pytest.mark.parametrize("make", NOTIFIERS)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_notifier_delivers_or_says_whether_another_try_helps(make, behaviour: str) -> None:  # type: ignore[no-untyped-def]
    expected = BEHAVIOURS[behaviour][1]

    async def scenario() -> None:
        async with make(behaviour) as notifier:
            assert notifier.name == "desk"
            async with asyncio.timeout(10):
                if expected is None:
                    await notifier.send(Message("a"))
                else:
                    with pytest.raises(expected) as failed:
                        await notifier.send(Message("a"))
                    assert failed.value.reason
                    assert "127.0.0.1" not in str(failed.value)

    asyncio.run(scenario())


@pytest.mark.parametrize("make", NOTIFIERS)
def test_a_notifier_takes_the_same_message_again_after_a_failure(make) -> None:  # type: ignore[no-untyped-def]
    async def scenario() -> None:
        async with make("breaks") as notifier:
            with pytest.raises(Retryable):
                await notifier.send(Message("a"))
            if isinstance(notifier, MemoryNotifier):
                notifier.answer = lambda message: None
            await notifier.send(Message("a", tries=1))

    asyncio.run(scenario())


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_these_statuses_may_pass(status: int) -> None:
    async def scenario() -> None:
        async with webhook() as (notifier, server):
            server.answers.append(answer(status, Retry_After="7"))
            with pytest.raises(Retryable) as failed:
                await notifier.send(Message("a"))
            assert (failed.value.status, failed.value.retry_after) == (status, 7.0)

    asyncio.run(scenario())


@pytest.mark.parametrize("status", [301, 307, 308, 400, 401, 403, 404, 410, 422])
def test_these_statuses_are_final_and_no_redirect_is_followed(status: int) -> None:
    async def scenario() -> None:
        async with webhook() as (notifier, server):
            server.answers.append(answer(status, Location="/elsewhere"))
            with pytest.raises(Final) as failed:
                await notifier.send(Message("a"))
            assert failed.value.status == status
            assert server.forwarded == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("120", 120.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None), ("-5", None), ("9" * 400, 999_999_999.0)],
)
def test_retry_after_is_read_in_both_forms(given: str, seconds: float | None) -> None:
    async def scenario() -> None:
        async with webhook() as (notifier, server):
            server.answers.append(answer(503, Retry_After=given))
            with pytest.raises(Retryable) as failed:
                await notifier.send(Message("a"))
            assert failed.value.retry_after == seconds

    asyncio.run(scenario())


def test_an_endless_answer_is_not_read() -> None:
    async def scenario() -> None:
        async with webhook() as (notifier, server):
            server.answers.append(endless)
            begun = time.monotonic()
            assert (await notifier.send(Message("a"))).status == 200
            assert time.monotonic() - begun < 5

    asyncio.run(scenario())


def test_the_official_library_verifies_what_was_sent() -> None:
    async def scenario() -> None:
        async with webhook() as (notifier, server):
            bodies = ['{"n":9}', json.dumps({"标题": "银行危机 😀"}, ensure_ascii=False), "{}"]
            for number, body in enumerate(bodies):
                await notifier.send(Message(f"watch:银行@{number}#ab:firing:desk\r\nX-Evil: 1", body=body))
            official = OfficialWebhook(KEY)
            for (headers, body), sent in zip(server.seen, bodies, strict=True):
                official.verify(body, headers)
                assert body.decode() == sent
                assert "X-Evil" not in headers
                assert headers["webhook-id"].isascii()
                with pytest.raises(WebhookVerificationError):
                    official.verify(body + b" ", headers)
                with pytest.raises(WebhookVerificationError):
                    official.verify(body, {**headers, "webhook-timestamp": str(now_ms() // 1000 - 301)})

    asyncio.run(scenario())


def test_the_id_is_the_same_at_every_try() -> None:
    async def scenario() -> None:
        async with webhook() as (notifier, server):
            for tries in range(2):
                await notifier.send(Message("entity:us.aapl@1#ab:firing:desk", tries=tries))
            ids = [headers["webhook-id"] for headers, _ in server.seen]
            assert ids == ["entity:us%2Eaapl@1#ab:firing:desk"] * 2

    asyncio.run(scenario())


def test_while_a_key_is_rotated_both_verify() -> None:
    async def scenario() -> None:
        async with webhook((KEY, OLD_KEY)) as (notifier, server):
            await notifier.send(Message("a"))
            headers, body = server.seen[0]
            for key in (KEY, OLD_KEY):
                OfficialWebhook(key).verify(body, headers)

    asyncio.run(scenario())


@pytest.mark.parametrize("secret", ["", "plain", "whsec_", "whsec_!!!", "whsec_" + base64.b64encode(b"x" * 8).decode()])
def test_a_bad_secret_is_refused_without_being_shown(secret: str) -> None:
    async def scenario() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(ConfigError) as refused:
                Webhook("desk", "http://h", secrets=[secret], session=session, clock=now_ms)
            assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(refused.value)

    asyncio.run(scenario())


def test_through_chaos_every_message_arrives_and_verifies() -> None:
    """Half of the answers fail in a way that may pass; with the outbox behind it nothing is missing."""
    dice = random.Random(7)

    async def scenario() -> None:
        async with webhook() as (notifier, server):
            server.answers += [dice.choice([answer(500), reset, answer(503), answer(200)]) for _ in range(40)]
            store = MemoryOutboxStore()
            sent = [f"m{number}" for number in range(60)]
            store.add(*(Message(name) for name in sent))
            # Each reading of the clock is a day later: every back-off is over at the next look.
            days = itertools.count(0, 86_400_000)
            outbox = Outbox(store, [notifier], clock=lambda: next(days))
            serving = asyncio.create_task(outbox.run())
            async with asyncio.timeout(60):
                while any(row.status == "pending" for row in store.rows.values()):
                    store.marked.clear()
                    await store.marked.wait()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            assert {row.status for row in store.rows.values()} == {"sent"}
            official = OfficialWebhook(KEY)
            for headers, body in server.seen:
                official.verify(body, headers)

    asyncio.run(scenario())
