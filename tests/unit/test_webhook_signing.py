"""What the official library accepts of ours, and what it refuses once it has been touched."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook as OfficialWebhook
from standardwebhooks.webhooks import WebhookVerificationError

from monitor.alerts.webhook import Webhook
from monitor.config.alerts import Webhook as WebhookConfig
from tests.fakes_notifier import Message


def secret(seed: int) -> str:
    return "whsec_" + base64.b64encode(random.Random(seed).randbytes(32)).decode()


OLD, NEW = secret(1), secret(2)
EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="


@dataclass(frozen=True)
class Got:
    headers: dict[str, str]
    body: bytes


async def delivered(messages: list[Message], secrets: list[str], clock_ms: int | None = None) -> list[Got]:
    """What a receiver gets of these messages."""
    got: list[Got] = []

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        got.append(Got(headers, await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            now = clock_ms or round(datetime.now(UTC).timestamp() * 1_000)
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            hook = Webhook("desk", url, secrets=secrets, session=session, clock=lambda: now)
            for message in messages:
                await hook.send(message)
    finally:
        await runner.cleanup()
    return got


def messages(count: int) -> list[Message]:
    chance = random.Random(7)
    letters = "abc 停牌 \u202e\u00e9\n\"'\\<&"
    bodies = ("".join(chance.choices(letters, k=chance.randrange(300))) for _ in range(count))
    return [Message(f"entity:ü{n}@1#ab:firing:desk", body=json.dumps({"text": text})) for n, text in enumerate(bodies)]


@pytest.mark.slow
def test_the_official_library_takes_a_thousand_of_a_thousand_and_none_that_was_touched() -> None:
    got = asyncio.run(delivered(messages(1_000), [NEW]))
    official = OfficialWebhook(NEW)
    assert len(got) == 1_000 and len({each.headers["webhook-id"] for each in got}) == 1_000
    for each in got:
        official.verify(each.body, each.headers)
        later = {**each.headers, "webhook-timestamp": str(int(each.headers["webhook-timestamp"]) + 1)}
        for body, headers in (
            (each.body + b" ", each.headers),
            (each.body, {**each.headers, "webhook-id": each.headers["webhook-id"] + "x"}),
            (each.body, later),
        ):
            with pytest.raises(WebhookVerificationError):
                official.verify(body, headers)


def test_no_name_of_an_entity_lets_a_signature_stand_for_another_message() -> None:
    """What is signed is "id.time.body": with full stops in an id, one could end elsewhere than where it was signed."""
    now = round(datetime.now(UTC).timestamp())
    name = f'entity:jpm@1#ab:firing:desk.{now}.{{"n":99}}'
    (got,) = asyncio.run(delivered([Message(name, body="{}")], [NEW], 1_000 * now))
    forged = {**got.headers, "webhook-id": "entity:jpm@1#ab:firing:desk", "webhook-timestamp": str(now)}
    OfficialWebhook(NEW).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        OfficialWebhook(NEW).verify(f'{{"n":99}}.{now}.{{}}', forged)
    assert "." not in got.headers["webhook-id"] and unquote(got.headers["webhook-id"]) == name


def test_a_message_of_long_ago_is_refused() -> None:
    then = round((datetime.now(UTC) - timedelta(minutes=6)).timestamp() * 1_000)
    (stale,) = asyncio.run(delivered(messages(1), [NEW], then))
    with pytest.raises(WebhookVerificationError):
        OfficialWebhook(NEW).verify(stale.body, stale.headers)


def test_a_key_is_changed_without_one_refusal() -> None:
    """Both sign while the receiver still knows the old one; then it learns the new one; then the old one goes."""
    for ours, theirs in (([OLD], OLD), ([NEW, OLD], OLD), ([NEW, OLD], NEW), ([NEW], NEW)):
        for each in asyncio.run(delivered(messages(50), ours)):
            OfficialWebhook(theirs).verify(each.body, each.headers)
    (last,) = asyncio.run(delivered(messages(1), [NEW]))
    with pytest.raises(WebhookVerificationError):
        OfficialWebhook(OLD).verify(last.body, last.headers)


def test_the_documented_example_is_what_is_sent() -> None:
    """A receiver's author tries the verification out on it, with the key of deploy/bearwatch.example.yaml."""
    root = Path(__file__).parents[2]
    example = (root / "docs/webhooks.md").read_text().partition("```http\n")[2].partition("```")[0]
    shown = json.loads((root / "deploy/README.md").read_text().partition("```json\n")[2].partition("```")[0])
    body = json.dumps(shown, ensure_ascii=False, sort_keys=True)  # as `fold` puts it into the outbox
    wanted = dict(line.lower().split(": ", 1) for line in example.splitlines()[2:] if "signature" not in line)
    message = Message(f"{shown['id']}:{shown['status']}:desk", body=body)
    (got,) = asyncio.run(delivered([message], [EXAMPLE, OLD], 1_000 * int(wanted["webhook-timestamp"])))
    assert {name: got.headers[name].lower() for name in wanted} == wanted
    assert f"webhook-signature: {got.headers['webhook-signature']}\n" in example
    assert EXAMPLE in (root / "deploy/bearwatch.example.yaml").read_text()


def test_the_configuration_has_both_keys_sign() -> None:
    given = {"name": "desk", "url": "https://hooks.example/x", "secret": NEW, "old_secret": OLD}
    assert WebhookConfig.model_validate(given).secrets() == [NEW, OLD]
    assert WebhookConfig.model_validate({**given, "old_secret": None}).secrets() == [NEW]
