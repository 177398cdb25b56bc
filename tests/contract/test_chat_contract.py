"""Chats before a real local server that answers as each provider does: taken, refused, limited, broken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.chat.webhook import ChatWebhook
from monitor.alerts.protocol import DeliveryError, Final, Retryable
from tests.alert_bodies import RICH, headline
from tests.fakes_notifier import Message

BODY = json.dumps(RICH)
# Ten headlines of full length: two parts or more in every format but Slack's and Teams'.
LONG = json.dumps({**RICH, "headlines": [headline("银行" * 150, f"https://a.example/{n}") for n in range(10)]})
SECRET = "SEC-of-a-robot"
TAKEN = {
    "slack": (200, "ok"),
    "feishu": (200, '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'),
    "lark": (200, '{"StatusCode":0,"StatusMessage":"success"}'),
    "dingtalk": (200, '{"errcode":0,"errmsg":"ok"}'),
    "wecom": (200, '{"errcode":0,"errmsg":"ok"}'),
    "teams": (202, ""),
}


@dataclass
class Provider:
    """Gives its answers in turn, then takes what comes."""

    kind: str
    answers: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=list)
    seen: list[tuple[web.Request, bytes]] = field(default_factory=list)
    url: str = ""
    forwarded: int = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request, body))
        if self.answers:
            return await self.answers.pop(0)(request)
        status, text = TAKEN[self.kind]
        return web.Response(status=status, text=text)

    async def elsewhere(self, request: web.Request) -> web.StreamResponse:
        self.forwarded += 1
        return web.Response(text="ok")


def says(status: int, text: str = "", **headers: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def give(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

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
async def chat(kind: str, secret: str = "", **more: Any) -> AsyncIterator[tuple[ChatWebhook, Provider]]:
    provider = Provider(kind)
    app = web.Application()
    app.router.add_post("/hook/key-of-the-group", provider.take)
    app.router.add_route("*", "/elsewhere", provider.elsewhere)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/key-of-the-group?key=in-the-query"
    try:
        async with aiohttp.ClientSession() as session:
            made = ChatWebhook(
                "desk", provider.url, FORMATS[kind], secret=secret, session=session,
                clock=lambda: time.time_ns() // 1_000_000, timeout_s=1.0, pause_s=0.0, **more,
            )  # fmt: skip
            yield made, provider
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("kind", FORMATS)
def test_an_alert_arrives_and_its_digest_is_of_what_arrived(kind: str) -> None:
    async def scenario() -> None:
        async with chat(kind) as (notifier, provider):
            outcome = await notifier.send(Message("a", body=BODY))
            ((request, body),) = provider.seen
            assert request.headers["Content-Type"] == "application/json; charset=utf-8"
            assert "JPMorgan halts withdrawals" in body.decode()
            assert (outcome.status, outcome.digest) == (TAKEN[kind][0], hashlib.sha256(body).hexdigest())

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("behaviour", "expected", "reason"),
    [
        (says(500), Retryable, "http_500"),
        (says(503, "busy", Retry_After="7"), Retryable, "http_503"),
        (says(429), Retryable, "http_429"),
        (says(404), Final, "http_404"),
        (says(302, Location="/elsewhere"), Final, "http_302"),
        (reset, Retryable, "connection: ServerDisconnectedError"),
        (hang, Retryable, "timeout"),
    ],
)
def test_a_chat_takes_it_or_says_whether_another_try_helps(
    kind: str,
    behaviour: Callable[[web.Request], Awaitable[web.StreamResponse]],
    expected: type[DeliveryError],
    reason: str,
) -> None:
    async def scenario() -> None:
        async with chat(kind) as (notifier, provider):
            provider.answers.append(behaviour)
            with pytest.raises(expected) as failed:
                await notifier.send(Message("a", body=BODY))
            assert failed.value.reason == reason
            assert "key" not in repr(failed.value)
            assert provider.forwarded == 0
            await notifier.send(Message("a", body=BODY, tries=1))

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("kind", "status", "text", "reason", "wait"),
    [
        # Limits pass with time; wait: what is asked of the outbox, in seconds.
        ("slack", 429, "rate_limited", "http_429", 60.0),
        ("feishu", 200, '{"code":11232,"msg":"frequency limited"}', "code_11232", 60.0),
        ("feishu", 400, '{"code":99991400,"msg":"request trigger frequency limit"}', "code_99991400", 60.0),
        ("dingtalk", 200, '{"errcode":130101,"errmsg":"send too fast"}', "errcode_130101", 600.0),
        ("dingtalk", 200, '{"errcode":-1,"errmsg":"system busy"}', "errcode_-1", 60.0),
        ("wecom", 200, '{"errcode":45009,"errmsg":"api freq out of limit"}', "errcode_45009", 60.0),
        ("teams", 429, '{"error":{"code":"WorkflowRunActionLimit"}}', "http_429", 60.0),
        # Not the chat's own answer: it did not arrive.
        ("dingtalk", 200, "<html>captive portal</html>", "no_code", None),
        ("wecom", 200, '{"errcode":"0"}', "no_code", None),
        ("feishu", 200, "[" * 10_000, "no_code", None),
        ("dingtalk", 502, "<html>bad gateway</html>", "http_502", None),
        # A code that we have never seen, with a status of their own trouble: a page is not given up for it.
        ("feishu", 500, '{"code":1500,"msg":"internal error"}', "code_1500", None),
        ("dingtalk", 503, '{"errcode":40,"errmsg":"unavailable"}', "errcode_40", None),
        ("wecom", 429, '{"errcode":5,"errmsg":"slow down"}', "errcode_5", 60.0),
    ],
)
def test_what_passes_with_time_is_tried_again(
    kind: str, status: int, text: str, reason: str, wait: float | None
) -> None:
    failed = failure(kind, status, text)
    assert isinstance(failed, Retryable)
    assert (failed.reason, failed.retry_after, failed.status) == (reason, wait, status)


@pytest.mark.parametrize(
    ("kind", "status", "text", "reason"),
    [
        ("slack", 403, "invalid_token", "invalid_token"),
        ("slack", 404, "no_service", "no_service"),
        ("slack", 400, "<html>no word</html>", "http_400"),
        ("feishu", 200, '{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}', "code_19021"),
        ("lark", 400, '{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}', "code_19001"),
        ("dingtalk", 200, '{"errcode":310000,"errmsg":"sign not match"}', "errcode_310000"),
        ("dingtalk", 200, '{"errcode":300001,"errmsg":"token is not exist"}', "errcode_300001"),
        ("wecom", 200, '{"errcode":93000,"errmsg":"invalid webhook url"}', "errcode_93000"),
        ("teams", 401, '{"error":{"code":"WorkflowNotFound","message":"x"}}', "WorkflowNotFound"),
        ("teams", 413, "", "http_413"),
        ("teams", 400, '{"error":"text"}', "http_400"),
    ],
)  # fmt: skip
def test_a_refusal_is_final_with_the_providers_own_code(kind: str, status: int, text: str, reason: str) -> None:
    failed = failure(kind, status, text)
    assert isinstance(failed, Final)
    assert (failed.reason, failed.status) == (reason, status)


def failure(kind: str, status: int, text: str) -> DeliveryError:
    async def scenario() -> DeliveryError:
        async with chat(kind) as (notifier, provider):
            provider.answers.append(says(status, text))
            with pytest.raises(DeliveryError) as failed:
                await notifier.send(Message("a", body=BODY))
            return failed.value

    return asyncio.run(scenario())


def test_a_robot_that_checks_its_signature_takes_ours_and_no_other() -> None:
    """The other side of DingTalk's and Feishu's signatures, as their documentation tells receivers to check them."""

    def dingtalk(request: web.Request, body: bytes) -> bool:
        stamp, sign = request.query["timestamp"], request.query["sign"]
        wanted = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
        return base64.b64decode(sign) == wanted and abs(int(stamp) / 1_000 - time.time()) < 3_600

    def feishu(request: web.Request, body: bytes) -> bool:
        told = json.loads(body)
        key = f"{told['timestamp']}\n{SECRET}".encode()
        wanted = base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest()).decode()
        return str(told["sign"]) == wanted and abs(int(told["timestamp"]) - time.time()) < 3_600

    async def scenario() -> None:
        for kind, check in (("dingtalk", dingtalk), ("feishu", feishu), ("lark", feishu)):
            for secret in (SECRET, "another"):
                async with chat(kind, secret) as (notifier, provider):
                    await notifier.send(Message("a", body=LONG))
                    checked = [check(request, body) for request, body in provider.seen]
                    assert checked == [secret == SECRET] * len(provider.seen)
                    assert all(SECRET.encode() not in body for _, body in provider.seen)
                    assert all(SECRET not in str(request.url) for request, _ in provider.seen)

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["wecom"])
def test_parts_come_in_order_and_after_a_failure_in_the_middle_all_come_again(kind: str) -> None:
    async def scenario() -> None:
        async with chat(kind) as (notifier, provider):
            provider.answers += [says(*TAKEN[kind]), says(500)]
            with pytest.raises(Retryable):
                await notifier.send(Message("a", body=LONG))
            assert len(provider.seen) == 2  # the third was not tried
            outcome = await notifier.send(Message("a", body=LONG, tries=1))
            again = [body for _, body in provider.seen[2:]]
            assert len(again) >= 3 and again[0] == provider.seen[0][1]
            assert [f"({n}/{len(again)})" in body.decode() for n, body in enumerate(again, 1)] == [True] * len(again)
            assert outcome.digest == hashlib.sha256(b"".join(again)).hexdigest()

    asyncio.run(scenario())


def test_an_endless_answer_is_read_to_64_kb_and_no_further() -> None:
    async def scenario() -> None:
        async with chat("slack") as (notifier, provider):
            provider.answers.append(endless)
            begun = time.monotonic()
            assert (await notifier.send(Message("a", body=BODY))).status == 200
            assert time.monotonic() - begun < 1

    asyncio.run(scenario())


@pytest.mark.parametrize("body", ["", "[]", "null", "{"])
def test_a_body_that_is_no_alert_is_dead_at_once(body: str) -> None:
    async def scenario() -> None:
        async with chat("slack") as (notifier, provider):
            with pytest.raises(Final, match="bad_body"):
                await notifier.send(Message("a", body=body))
            assert provider.seen == []

    asyncio.run(scenario())


def test_the_message_is_in_the_language_and_zone_of_the_endpoint_with_the_pages_links() -> None:
    async def scenario() -> None:
        def links(alert_id: str) -> dict[str, str]:
            return {"page": f"https://bearwatch.example/{alert_id}"}

        async with chat("teams", language="zh", zone="Asia/Hong_Kong", links=links) as (notifier, provider):
            await notifier.send(Message("a", alert_id="market@1", body=BODY))
            text = provider.seen[0][1].decode()
            assert "1 小时内 9 条负面新闻，通常 6 小时 1 条" in text and "2026-03-02 09:12 香港时间" in text
            assert "https://bearwatch.example/market@1" in text

    asyncio.run(scenario())
