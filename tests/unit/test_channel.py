from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.channel import Channel, ChannelClosed

pauses = st.lists(st.integers(0, 3), min_size=1, max_size=6)


async def rest(pattern: Sequence[int], step: int) -> None:
    """Lets the other tasks run as often as the pattern says: this is how a schedule is varied."""
    for _ in range(pattern[step % len(pattern)]):
        await asyncio.sleep(0)


class Watched(Channel[tuple[int, int]]):
    """A channel that checks its bound at every callback and writes down what was called."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, self._on_fill, self._on_half)
        self.calls: list[str] = []

    def _on_fill(self) -> None:
        assert len(self) == self.capacity
        self.calls.append("full")

    def _on_half(self) -> None:
        assert len(self) <= self.capacity // 2
        self.calls.append("drained")


@settings(max_examples=300, deadline=None)
@given(
    capacity=st.integers(1, 8),
    writers=st.lists(st.tuples(st.integers(0, 25), pauses), min_size=1, max_size=4),
    reader=pauses,
    takes=st.lists(st.integers(0, 10), min_size=1, max_size=5),
)
def test_all_that_is_put_comes_out_once_and_in_each_writers_order(
    capacity: int, writers: list[tuple[int, list[int]]], reader: list[int], takes: list[int]
) -> None:
    channel = Watched(capacity)
    out: list[tuple[int, int]] = []

    async def write(writer: int, count: int, pattern: list[int]) -> None:
        for n in range(count):
            await channel.put((writer, n))
            assert len(channel) <= capacity
            await rest(pattern, n)

    async def read() -> None:
        with pytest.raises(ChannelClosed):
            for step in range(10_000):
                take = takes[step % len(takes)]
                taken = await channel.get_ready(take) if take else [await channel.get()]
                assert 1 <= len(taken) <= max(take, 1)
                out.extend(taken)
                await rest(reader, step)

    async def run() -> None:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(read())
            writing = [tasks.create_task(write(w, count, pattern)) for w, (count, pattern) in enumerate(writers)]
            await asyncio.gather(*writing)
            await channel.close()
            await reading

    asyncio.run(run())
    for writer, (count, _) in enumerate(writers):
        assert [n for w, n in out if w == writer] == list(range(count))
    assert len(out) == sum(count for count, _ in writers)
    # Filling and draining take turns, beginning with filling; once everything is out, the source goes on.
    assert channel.calls == ["full", "drained"] * (len(channel.calls) // 2)


@settings(max_examples=200, deadline=None)
@given(capacity=st.integers(1, 5), chunks=st.lists(st.integers(0, 12), max_size=6), take=st.integers(1, 7))
def test_many_put_at_once_keep_their_order_and_the_bound(capacity: int, chunks: list[int], take: int) -> None:
    channel = Watched(capacity)
    out: list[int] = []

    async def write() -> None:
        first = 0
        for size in chunks:
            await channel.put_all(range(first, first + size))
            first += size
        await channel.close()

    async def run() -> None:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(write())
            with pytest.raises(ChannelClosed):
                while True:
                    assert len(channel) <= capacity
                    out.extend(await channel.get_ready(take))

    asyncio.run(run())
    assert out == list(range(sum(chunks)))
    assert channel.calls == ["full", "drained"] * (len(channel.calls) // 2)


@settings(max_examples=300, deadline=None)
@given(
    capacity=st.integers(1, 4),
    counts=st.lists(st.integers(1, 10), min_size=1, max_size=4),
    reads=st.integers(0, 10),
    cancelled=st.sets(st.integers(0, 3)),
    before_close=st.integers(0, 5),
)
def test_close_and_cancellation_lose_nothing_that_was_put(
    capacity: int, counts: list[int], reads: int, cancelled: set[int], before_close: int
) -> None:
    """What `put` returned for is read; what `put` raised for is not; close lets readers drain what is left."""
    channel = Watched(capacity)
    put: list[tuple[int, int]] = []
    out: list[tuple[int, int]] = []

    async def write(writer: int, count: int) -> None:
        for n in range(count):
            try:
                await channel.put((writer, n))
            except ChannelClosed:
                return
            put.append((writer, n))

    async def run() -> None:
        async with asyncio.timeout(10):
            writing = [asyncio.create_task(write(w, count)) for w, count in enumerate(counts)]
            await asyncio.sleep(0)
            for _ in range(reads):
                if len(channel):
                    out.append(await channel.get())
                await asyncio.sleep(0)
            for writer in cancelled & set(range(len(counts))):
                writing[writer].cancel()
            for _ in range(before_close):
                await asyncio.sleep(0)
            await channel.close()
            await asyncio.gather(*writing, return_exceptions=True)
            with pytest.raises(ChannelClosed):
                await channel.put((9, 9))
            with pytest.raises(ChannelClosed):
                while True:
                    out.append(await channel.get())

    asyncio.run(run())
    assert sorted(out) == sorted(put)
    for writer in range(len(counts)):
        assert [n for w, n in out if w == writer] == [n for w, n in put if w == writer]
    assert channel.calls == ["full", "drained"] * (len(channel.calls) // 2)


def test_a_reader_that_is_cancelled_takes_nothing_with_it() -> None:
    async def run() -> list[int]:
        channel: Channel[int] = Channel(4)
        impatient = [asyncio.create_task(channel.get()) for _ in range(3)]
        await asyncio.sleep(0)
        await channel.put(1)
        await channel.put(2)
        for task in impatient[:2]:  # woken, but not yet run
            task.cancel()
        done = await asyncio.gather(*impatient, return_exceptions=True)
        await channel.close()
        got = [item for item in done if isinstance(item, int)]
        while len(channel):
            got.append(await channel.get())
        return sorted(got)

    assert asyncio.run(run()) == [1, 2]


def test_full_is_told_once_until_half_is_free() -> None:
    calls: list[str] = []

    async def run() -> None:
        channel: Channel[int] = Channel(4, lambda: calls.append("full"), lambda: calls.append("drained"))
        for n in range(4):
            assert calls == []
            await channel.put(n)
        assert calls == ["full"]
        await channel.get()
        await channel.put(4)  # full again, but it never drained: nothing new to tell
        assert calls == ["full"]
        await channel.get_ready(2)
        assert calls == ["full", "drained"]

    asyncio.run(run())


def test_put_waits_while_full_and_goes_on_when_one_is_taken() -> None:
    async def run() -> None:
        channel: Channel[int] = Channel(1)
        await channel.put(1)
        second = asyncio.create_task(channel.put(2))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not second.done()
        assert await channel.get() == 1
        await second
        assert await channel.get() == 2

    asyncio.run(run())


def test_a_waiting_reader_ends_when_the_channel_closes() -> None:
    async def run() -> None:
        channel: Channel[int] = Channel(1)
        readers = [asyncio.create_task(channel.get()), asyncio.create_task(channel.get_ready(5))]
        await asyncio.sleep(0)
        await channel.close()
        await channel.close()
        assert channel.closed
        results = await asyncio.gather(*readers, return_exceptions=True)
        assert [type(result) for result in results] == [ChannelClosed, ChannelClosed]

    asyncio.run(run())


def test_a_waiting_writer_is_told_when_the_channel_closes() -> None:
    async def run() -> None:
        channel: Channel[int] = Channel(1)
        await channel.put(1)
        waiting = asyncio.create_task(channel.put(2))
        await asyncio.sleep(0)
        await channel.close()
        with pytest.raises(ChannelClosed):
            await waiting
        assert await channel.get() == 1

    asyncio.run(run())


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_channel_without_room_is_refused(capacity: int) -> None:
    with pytest.raises(ValueError, match="capacity must be at least 1"):
        Channel[int](capacity)
