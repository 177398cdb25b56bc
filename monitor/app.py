"""Builds every object once, in order; the only place that constructs. Commands call one coroutine each."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from monitor import __version__
from monitor.checks import require_past
from monitor.config import Config
from monitor.demo.play import DEFAULT_PLAY_MS, SOURCE, DemoClock, DemoSource
from monitor.endpoints import alertmanagers, notifiers
from monitor.errors import InputError
from monitor.inference.scorer import Scorer
from monitor.notify import ServiceManager
from monitor.operate import operate
from monitor.parts import DEMO_WATCHLIST, build_parts
from monitor.records import Mode
from monitor.reload import Generation, Reloads
from monitor.rescore import Reader, read_past
from monitor.sources.archive import check_archive
from monitor.sources.files import FileSource
from monitor.sources.protocol import Source
from monitor.sources.push import PushSource
from monitor.sources.rss import RssSource
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.supervise import set_by, told_to_stop
from monitor.telemetry.logs import set_up_logs
from monitor.ticks import ClockSource, Played
from monitor.view import Now
from monitor.web.server import KeptSocket
from monitor.wiring import (
    configured_feeds,
    feed_reader,
    kafka_source,
    scores_source,
    tls_of,
    wall_clock,
)

log = structlog.get_logger(__name__)


async def run_daemon(
    config: Config,
    *,
    read_again: Callable[[], Config],
    path: Path | None = None,
    watch: bool = False,
    on_ready: Callable[[str], None],
) -> None:
    """`bearwatch run`: until a signal comes; from SIGHUP on by the configuration as it is then.

    Args:
        read_again: reads the configuration anew. path: its file, None without one.
        watch: whether scorers read the Kafka sources, so that their topic is read instead. Feeds, files and push are
            few, and positions are kept in the store: they are read and scored here all the same.
        on_ready: called with the page's address once it answers.

    Raises:
        InputError: there is no topic of scores to watch.
    """
    with told_to_stop() as stop, set_by(signal.SIGHUP) as asked:
        await _generations(config, read_again, stop, asked, path=path, watch=watch, on_ready=on_ready)


async def _generations(
    config: Config,
    read_again: Callable[[], Config],
    stop: asyncio.Event,
    asked: asyncio.Event,
    *,
    path: Path | None,
    watch: bool,
    on_ready: Callable[[str], None],
) -> None:
    """One after another, each by the configuration that the one before has accepted, until `stop`."""
    manager = ServiceManager.from_environment(os.environ)

    def load(config: Config, before: Generation | None = None) -> Generation:
        if watch and config.kafka.scores is None:
            raise InputError("run --role watch: give kafka.scores, the topic that the scorers write")
        runs_alike = before is not None and _runtime(before.config) == _runtime(config)
        return Generation(config, build_parts(config, loaded=before.parts.model if before and runs_alike else None))

    manager.status("loading the model")
    given: Generation | None = load(config)
    logged = config.log
    manager.status("reading the store")
    with Store.open(config.store.url, holder="bearwatch run") as store, contextlib.closing(KeptSocket()) as listen:
        require_past(store, wall_clock())

        def started(address: str) -> None:
            log.info("started", version=__version__, page=address, store=str(store.path))
            on_ready(address)

        reloads = Reloads(
            asked,
            lambda before: load(read_again(), before),
            check=try_out,
            past=partial(read_past_for, store),
            manager=manager,
            clock=wall_clock,
            announce=once(started),
            path="" if path is None else str(path),
        )
        while given is not None and not stop.is_set():
            _let_go()
            # A drain that was cut off may have left a transaction in the writer's hands: the memory is read after it.
            await store.settled()
            if given.config.log != logged:
                logged = given.config.log
                set_up_logs(logged.level, logged.format)
            try:
                await _live(given, store, reloads, listen, watch=watch)
            except InputError as error:
                given = reloads.back(error)
            else:
                given = reloads.following(given)
    log.info("stopped")


def _let_go() -> None:
    """Gives back what a generation has held: its model and fold stand in cycles, and the collector does not see how
    large they are. Without the trim (glibc's) 8 reloads kept 100 MB that nothing uses, and 6 swaps of the model 400 MB.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _runtime(config: Config) -> tuple[str, int]:
    return config.model.device, config.model.threads


async def _live(given: Generation, store: Store, reloads: Reloads, listen: KeptSocket, *, watch: bool) -> None:
    """One generation over the configured sources."""
    config = given.config
    async with feed_reader(config) as (fetcher, parser):
        sources: list[Source] = [ClockSource(wall_clock)]
        feeds = configured_feeds(config)
        if feeds:
            if not config.sources.rss.contact:
                log.warning("no_contact", advice="set sources.rss.contact: some publishers refuse nameless readers")
            positions = store.read(rebuild.positions, "rss")
            sources.append(
                RssSource(
                    feeds,
                    positions=positions,
                    clock=wall_clock,
                    fetcher=fetcher,
                    parser=parser,
                    max_interval=config.sources.rss.max_interval,
                )
            )
        for file in config.sources.files:
            positions = store.read(rebuild.positions, file.name)
            sources.append(
                FileSource(
                    [file.path],
                    name=file.name,
                    positions=positions,
                    clock=wall_clock,
                    scope=file.scope,
                    mode=Mode.LIVE,
                )
            )
        if watch and config.kafka.scores is not None:
            kafka = [scores_source(config.kafka, config.kafka.scores, store)]
        else:
            kafka = [kafka_source(config.kafka, topic, store) for topic in config.sources.kafka]
        sources += kafka
        push = None
        if config.sources.push.enabled:
            push = PushSource(clock=wall_clock, name=config.sources.push.name, scope=config.sources.push.scope)
            sources.append(push)
        await operate(
            given,
            store,
            sources,
            clock=lambda: Now(wall_clock()),
            push=push,
            on_ready=reloads.announce,
            manager=reloads.manager,
            kafka=kafka,
            reloads=reloads,
            listen=listen,
        )


async def try_out(given: Generation) -> None:
    """Builds what a generation's start could fail on, and lets go of it. Raises InputError."""
    async with contextlib.AsyncExitStack() as stack:
        await notifiers(given.config, stack)
        await alertmanagers(given.config, stack)
    tls_of(given.config)
    configured_feeds(given.config)
    for file in given.config.sources.files:
        await asyncio.to_thread(check_archive, file.path)


async def read_past_for(store: Store, given: Generation) -> None:
    """See `rescore.read_past`."""
    model = given.config.model
    scorer = Scorer(given.parts.model, cache_entries=model.cache_entries, budget=model.max_batch_tokens)
    try:
        reader = Reader(given.parts.matcher, scorer, model.max_batch_articles)
        await read_past(store, given.parts.settings, reader)
    finally:
        scorer.close()


def once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tells the first time only: a reload does not move the page."""
    told: list[str] = []

    def first(address: str) -> None:
        if not told:
            told.append(address)
            tell(address)

    return first


async def run_demo(
    config: Config,
    store_folder: Path | None,
    *,
    play_ms: int = DEFAULT_PLAY_MS,
    stop_at_end: bool = False,
    on_ready: Callable[[str], None],
) -> None:
    """`bearwatch demo`: the daemon over the bundled news, on a virtual clock kept in the store.

    Args:
        store_folder: where the store is kept; None for a temporary one.
        play_ms: how long the three played days last; 0 for as fast as the machine can.
    """
    parts = build_parts(config, [DEMO_WATCHLIST])
    with contextlib.ExitStack() as stack:
        if store_folder is None:
            store_folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bearwatch-demo-")))
        store = stack.enter_context(Store.open(store_folder / "demo.db", holder="bearwatch demo"))
        saved = store.read(rebuild.meta, "demo_end")
        if saved is None:
            # The last item falls on the present: now, and the time that it takes to play.
            saved = str((wall_clock() + 15_000 + play_ms) // 1_000 * 1_000)
            store.commit(Effects(meta={"demo_end": saved}))
        clock = DemoClock(wall_clock, int(saved), play_ms)
        news = DemoSource(clock.end, store.read(rebuild.positions, SOURCE))
        last = store.read(rebuild.last_tick)
        played = Played(
            news,
            last_tick=last[1].at if last else None,
            mode=news.mode,
            pace=clock.pace,
            then=None if stop_at_end else clock.now,
        )
        await operate(
            Generation(config, parts),
            store,
            [played],
            clock=lambda: Now(clock.now(), clock.speed != 1.0, round(clock.speed, 1)),
            push=None,
            on_ready=on_ready,
            manager=ServiceManager.from_environment(os.environ),
        )
