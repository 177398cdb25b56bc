"""The fan-out of events: bounded, in order, and honest about what it dropped."""

from __future__ import annotations

import asyncio
import json

import pytest

from monitor.web.changes import Changes, Subscription, TooManyStreams, encode_frame


def parsed(frame: bytes) -> tuple[str, dict[str, object]]:
    fields = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
    return fields["event"], json.loads(fields["data"])


async def drained(subscription: Subscription) -> list[tuple[str, dict[str, object]]]:
    return [parsed(frame) async for frame in subscription]


def test_every_subscriber_gets_every_event_in_order() -> None:
    async def scene() -> None:
        changes = Changes()
        first, second = changes.subscribe(), changes.subscribe()
        for n in range(5):
            changes.publish("board", {"n": n})
        changes.close()
        expected = [("board", {"n": n}) for n in range(5)]
        assert await drained(first) == expected
        assert await drained(second) == expected

    asyncio.run(scene())


def test_a_full_queue_drops_its_oldest_and_says_resync_first() -> None:
    async def scene() -> None:
        changes = Changes(capacity=3)
        slow = changes.subscribe()
        for n in range(10):
            changes.publish("board", {"n": n})
        changes.close()
        assert await drained(slow) == [("resync", {"dropped": 7}), *(("board", {"n": n}) for n in (7, 8, 9))]

    asyncio.run(scene())


def test_a_slow_subscriber_does_not_cost_a_quick_one_its_events() -> None:
    async def scene() -> None:
        changes = Changes(capacity=2)
        changes.subscribe()
        quick = changes.subscribe()
        seen = []
        for n in range(6):
            changes.publish("board", {"n": n})
            seen.append(parsed(await anext(quick)))
        assert seen == [("board", {"n": n}) for n in range(6)]

    asyncio.run(scene())


def test_reading_waits_for_what_is_published_later() -> None:
    async def scene() -> None:
        changes = Changes()
        subscription = changes.subscribe()
        waiting = asyncio.ensure_future(anext(subscription))
        await asyncio.sleep(0)
        assert not waiting.done()
        changes.publish("alert", {"id": "a"})
        assert parsed(await waiting) == ("alert", {"id": "a"})

    asyncio.run(scene())


def test_a_cancelled_read_loses_nothing() -> None:
    async def scene() -> None:
        changes = Changes()
        subscription = changes.subscribe()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await anext(subscription)
        changes.publish("board", {"n": 1})
        assert parsed(await anext(subscription)) == ("board", {"n": 1})

    asyncio.run(scene())


def test_the_limit_refuses_and_an_ended_stream_gives_its_place_back() -> None:
    changes = Changes(limit=2)
    first = changes.subscribe()
    changes.subscribe()
    with pytest.raises(TooManyStreams):
        changes.subscribe()
    first.end()
    first.end()
    assert changes.streams == 1
    changes.subscribe()


def test_after_close_a_new_stream_ends_at_once() -> None:
    async def scene() -> None:
        changes = Changes()
        changes.close()
        assert await drained(changes.subscribe()) == []
        assert changes.streams == 0

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["", "two words", "a\ndata: forged", "a\r", "Board", "x" * 42])
def test_what_is_no_event_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an event name"):
        Changes().publish(name, {})


@pytest.mark.parametrize("text", ["a\nb", "a\r\ndata: forged", "\x00", "\u2028", "\ud800", "data: x\n\n"])
def test_no_text_can_end_a_frame_early(text: str) -> None:
    frame = encode_frame("board", {"title": text})
    assert frame.count(b"\n") == 3 and b"\r" not in frame
    assert parsed(frame) == ("board", {"title": text})


def test_ids_of_another_run_are_never_the_present_one() -> None:
    assert Changes().last_id != Changes().last_id
