"""Signals, task groups, the drain deadline.

Two nested groups: the inner one (the pipeline) ends by itself when the last source has ended or a signal has come and
what was taken in is committed; the outer one (page, outbox, board) is cancelled when the inner returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

import structlog

from monitor.notify import ServiceManager
from monitor.pipeline import Pipeline
from monitor.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

T = TypeVar("T")

# Ten seconds are promised in all (Kubernetes gives 30, our unit 20). What follows, the model's last run, readers of the
# page, the Kafka client, took up to 3 s on cores that four times as many processes wanted.
DRAIN_S = 5.0


# A heart that has not beaten for this long will not beat again: the supervisor should restart the process.
HEARTBEAT_S = 1.0
DEAD_AFTER_S = 30.0

_STOP: ContextVar[asyncio.Event | None] = ContextVar("stop", default=None)


# After the lease was lost, what runs has this long to end by itself; it can write nothing any more.
LOST_S = 3.0


class Depths(Protocol):
    """What a heart looks at."""

    def depths(self) -> Mapping[str, int]:
        """Records waiting before each stage."""
        ...


class Heart:
    """Beats while the loop comes round; also the moment to look at the channels.

    Args:
        also: what else is looked at, at every beat.
    """

    def __init__(
        self,
        metrics: Metrics,
        pipeline: Depths,
        clock: Callable[[], int],
        *also: Callable[[], None],
    ) -> None:
        self._also = also
        self._metrics = metrics
        self._pipeline = pipeline
        self._clock = clock
        self._last = time.monotonic()

    def alive(self) -> bool:
        """Whether it has beaten within the last `DEAD_AFTER_S`."""
        return time.monotonic() - self._last < DEAD_AFTER_S

    async def beat(self) -> None:
        """Beats until cancelled."""
        while True:
            self._last = time.monotonic()
            self._metrics.heartbeat.set(self._clock() / 1_000)
            for channel, depth in self._pipeline.depths().items():
                self._metrics.channel_depth.labels(channel).set(depth)
            for look in self._also:
                look()
            await asyncio.sleep(HEARTBEAT_S)


async def supervise(
    pipeline: Pipeline,
    beside: Mapping[str, Callable[[], Coroutine[Any, Any, None]]],
    manager: ServiceManager | None = None,
) -> bool:
    """Runs the pipeline with the tasks beside it until it ends, SIGTERM or SIGINT comes, or anything raises.

    Args:
        beside: by name, what runs as long as the pipeline does; cancelled afterwards.
        manager: is told when a signal has come.

    Returns:
        Whether a signal came, though the pipeline may have been through by then.

    Raises:
        ExceptionGroup: a stage or a task beside failed.
    """
    with told_to_stop() as stop:
        async with asyncio.TaskGroup() as outer:
            helpers = [outer.create_task(start(), name=name) for name, start in beside.items()]
            await _until_done(pipeline, stop, manager or ServiceManager())
            for task in helpers:
                task.cancel()
    return stop.is_set()


@contextlib.contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; within another such block, that block's.

    A process that supervises several pipelines, one after another, has one around all of them: a signal that comes
    between two is not lost.
    """
    outer = _STOP.get()
    if outer is not None:
        yield outer
        return
    with set_by(signal.SIGTERM, signal.SIGINT) as stop:
        token = _STOP.set(stop)
        try:
            yield stop
        finally:
            _STOP.reset(token)


@contextlib.contextmanager
def set_by(*signals: signal.Signals) -> Iterator[asyncio.Event]:
    """An event that these signals set, in place of what they do else."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in signals:
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def meanwhile(helper: Callable[[], Coroutine[Any, Any, None]], work: Coroutine[Any, Any, T]) -> T:
    """The work's result or what it raises; the helper runs as long, and is cancelled then."""
    helping = asyncio.create_task(helper(), name="meanwhile")
    try:
        return await work
    finally:
        helping.cancel()
        await asyncio.gather(helping, return_exceptions=True)


async def unless(lost: Callable[[], Coroutine[Any, Any, None]], work: Coroutine[Any, Any, T]) -> T:
    """The work's result, or what `lost` raises first; the work is cancelled then."""
    working = asyncio.create_task(work, name="work")
    losing = asyncio.create_task(lost(), name="lease")
    try:
        await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
        if losing.done() and not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=LOST_S)
            losing.result()
        return await working
    finally:
        for task in (losing, working):
            task.cancel()
        await asyncio.gather(losing, return_exceptions=True)


async def _until_done(pipeline: Pipeline, stop: asyncio.Event, manager: ServiceManager) -> None:
    running = asyncio.create_task(pipeline.run(), name="pipeline")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            manager.stopping()
        if not running.done():
            log.info("stopping", waiting=pipeline.depths())
            pipeline.stop()
            await asyncio.wait({running}, timeout=DRAIN_S)
        if running.done():
            running.result()
        else:
            # What is left was never acknowledged; its sources give it again at the next start.
            log.warning("drain_deadline", waiting=pipeline.depths())
    finally:
        for task in (stopping, running):
            task.cancel()
        await asyncio.gather(stopping, running, return_exceptions=True)
