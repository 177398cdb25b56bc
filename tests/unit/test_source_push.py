"""Pushed news: answered when committed, refused by index, busy when full."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.records import Article, Refusal
from monitor.sources.protocol import SourceState
from monitor.sources.push import MAX_ARTICLES, MAX_BODY_BYTES, Busy, PushError, PushSource, Refused
from tests.fakes_source import NOW, ManualClock, take

ONE = {"id": "1", "title": "Shares fall", "published_at": NOW}
Scenario = Callable[[PushSource, Channel[Delivery]], Awaitable[None]]


def running(scenario: Scenario, *, deadline: float = 10, capacity: int = 2_000) -> None:
    async def run() -> None:
        source = PushSource(clock=ManualClock(), deadline=deadline)
        out: Channel[Delivery] = Channel(capacity)
        task = asyncio.create_task(source.run(out))
        await asyncio.sleep(0)
        try:
            await scenario(source, out)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(run())


BODIES = [
    (json.dumps(ONE), 1),
    (json.dumps(ONE, indent=2), 1),
    (json.dumps([ONE, ONE]), 2),
    (json.dumps(ONE) + "\n" + json.dumps(ONE) + "\r\n\n", 2),
    ("\ufeff" + json.dumps(ONE), 1),
]


@pytest.mark.parametrize(("body", "count"), BODIES)
def test_an_object_an_array_and_jsonl_are_taken(body: str, count: int) -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        task = asyncio.create_task(source.submit(body.encode()))
        got = await take(out, count)
        assert all(isinstance(d.record, Article) for d in got)
        assert (await task).to_dict() == {"accepted": count, "refused": ()}

    running(scenario)


def test_the_answer_waits_for_the_commit_of_the_last() -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        task = asyncio.create_task(source.submit(json.dumps([ONE, ONE, ONE]).encode()))
        got = await take(out, 3, ack=False)
        got[0].ack()
        got[1].ack()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()
        assert source.health()[0].state is SourceState.WAITING
        got[2].ack()
        assert (await task).accepted == 3
        (health,) = source.health()
        assert (health.state, health.items, health.last_item, health.last_ok) == (SourceState.OK, 3, NOW, NOW)

    running(scenario)


def test_what_is_no_article_is_named_by_its_index_and_kept() -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        task = asyncio.create_task(source.submit(json.dumps([ONE, {"title": ""}, 7, ONE]).encode()))
        got = await take(out, 4)
        assert [type(d.record) for d in got] == [Article, Refusal, Refusal, Article]
        result = await task
        assert result.accepted == 2
        assert result.refused == (
            Refused(1, "no_title", "title is missing or empty"),
            Refused(2, "not_object", "a JSON object is needed, not a number"),
        )

    running(scenario)


WRONG = [
    (b"", "empty"),
    (b" \n ", "empty"),
    (b"[]", "empty"),
    (b"\xff\xfe", "bad_utf8"),
    (b"title=Shares+fall", "not_json"),
    (b"{\n'title': 1\n}", "not_json"),
    (b"[" * 50_000, "not_json"),
    (b"x" * (MAX_BODY_BYTES + 1), "too_large"),
    (json.dumps([ONE] * (MAX_ARTICLES + 1)).encode(), "too_many"),
    (b"{}\n" * (MAX_ARTICLES + 1), "too_many"),
]


@pytest.mark.parametrize(("body", "reason"), WRONG, ids=[reason + str(i) for i, (_, reason) in enumerate(WRONG)])
def test_a_body_that_is_wrong_as_a_whole_leaves_nothing_behind(body: bytes, reason: str) -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        with pytest.raises(PushError) as caught:
            await source.submit(body)
        assert caught.value.reason == reason
        assert len(out) == 0

    running(scenario)


def test_the_largest_body_is_taken() -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        task = asyncio.create_task(source.submit(json.dumps([ONE] * MAX_ARTICLES).encode()))
        await take(out, MAX_ARTICLES)
        assert (await task).accepted == MAX_ARTICLES

    running(scenario)


def test_a_pipeline_that_does_not_commit_in_time_is_busy() -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        with pytest.raises(Busy) as caught:
            await source.submit(json.dumps(ONE).encode())
        assert caught.value.retry_after > 0
        assert source.health()[0].state is SourceState.FAILING
        again = asyncio.create_task(source.submit(json.dumps(ONE).encode()))
        keys = [d.record.key for d in await take(out, 2) if isinstance(d.record, Article)]
        assert keys == ["push:1", "push:1"]
        assert (await again).accepted == 1

    running(scenario, deadline=0.3)


def test_a_full_channel_is_busy_and_pausing_says_so_at_once() -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        with pytest.raises(Busy):
            await source.submit(json.dumps([ONE] * 3).encode())
        source.pause()
        with pytest.raises(Busy):
            await source.submit(json.dumps(ONE).encode())
        source.resume()
        await take(out, 1)
        assert len(out) <= 1

    running(scenario, deadline=0.2, capacity=1)


def test_a_source_that_does_not_run_or_is_stopping_is_busy() -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        await out.close()
        with pytest.raises(Busy):
            await source.submit(json.dumps(ONE).encode())
        with pytest.raises(Busy):
            await PushSource(clock=ManualClock()).submit(json.dumps(ONE).encode())

    running(scenario)


def test_many_clients_at_once_get_each_their_own_answer() -> None:
    async def scenario(source: PushSource, out: Channel[Delivery]) -> None:
        bodies = [json.dumps([{"title": f"{c}-{i}"} for i in range(5)] + [0] * n).encode() for n, c in enumerate("abc")]
        tasks = [asyncio.create_task(source.submit(body)) for body in bodies]
        got = [d.record.title for d in await take(out, 18) if isinstance(d.record, Article)]
        for client in "abc":
            assert [title for title in got if title[0] == client] == [f"{client}-{i}" for i in range(5)]
        results = [await task for task in tasks]
        assert [(r.accepted, len(r.refused)) for r in results] == [(5, 0), (5, 1), (5, 2)]

    running(scenario, capacity=2)
