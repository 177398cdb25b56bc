"""Builds every object once, in order; the only place that constructs. Commands call one coroutine each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from monitor import __version__
from monitor.checks import require_past
from monitor.config import Config
from monitor.demo.play import DEFAULT_PLAY_MS, SOURCE, DemoClock, DemoSource
from monitor.endpoints import alertmanagers, notifiers
from monitor.errors import InputError, StoreUnavailableError
from monitor.heap import give_back
from monitor.inference.model import OnnxModel
from monitor.inference.scorer import Scorer
from monitor.inference.trial import try_model
from monitor.notify import ServiceManager
from monitor.operate import operate
from monitor.parts import DEMO_WATCHLIST, another_model, build_parts
from monitor.place import store_address
from monitor.records import Mode
from monitor.reload import Generation, Reloads
from monitor.rescore import Reader, read_past
from monitor.sources.archive import check_archive
from monitor.sources.files import FileSource
from monitor.sources.protocol import Source
from monitor.sources.push import PushSource
from monitor.sources.rss import RssSource
from monitor.standby import StandBy
from monitor.storage import rebuild
from monitor.storage.audit import AuditRow, add_audit
from monitor.storage.database import database_of
from monitor.storage.effects import Effects
from monitor.storage.lease import Lease
from monitor.storage.store import Store
from monitor.supervise import set_by, told_to_stop, unless
from monitor.telemetry.logs import set_up_logs
from monitor.ticks import ClockSource, Played
from monitor.view import Now
from monitor.web.server import KeptSocket, Listen
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
    standby: bool = False,
    on_ready: Callable[[str], None],
) -> None:
    """`bearwatch run`: until a signal comes; from SIGHUP on by the configuration as it is then.

    Args:
        read_again: reads the configuration anew. path: its file, None without one.
        watch: whether scorers read the Kafka sources, so that their topic is read instead. Feeds, files and push are
            few, and positions are kept in the store: they are read and scored here all the same.
        standby: where another process has the store, wait until it is free.
        on_ready: called with the page's address once it answers.

    Raises:
        InputError: there is no topic of scores to watch, or no lease on this store to stand by for.
        LeaseLostError: another process has the store now.
    """
    with told_to_stop() as stop, set_by(signal.SIGHUP) as asked:
        await _run(config, read_again, stop, asked, path=path, watch=watch, standby=standby, on_ready=on_ready)


async def _run(
    config: Config,
    read_again: Callable[[], Config],
    stop: asyncio.Event,
    asked: asyncio.Event,
    *,
    path: Path | None,
    watch: bool,
    standby: bool,
    on_ready: Callable[[str], None],
) -> None:
    """From the model to the store, by way of standing by where that is asked for, until `stop`."""
    manager = ServiceManager.from_environment(os.environ)

    def load(config: Config, loaded: OnnxModel | None = None, tried: str | None = None) -> Generation:
        if watch and config.kafka.scores is None:
            raise InputError("run --role watch: give kafka.scores, the topic that the scorers write")
        return Generation(config, build_parts(config, loaded=loaded, tried=tried))

    async def load_next(before: Generation) -> Generation:
        config = await asyncio.to_thread(read_again)
        loaded = before.parts.model if _runtime(before.config) == _runtime(config) else None
        tried = loaded.manifest.digest if loaded else ""
        folder = await asyncio.to_thread(another_model, config, loaded)
        if folder is not None:  # it may end the process that loads it, and this one watches
            tried = await try_model(folder, device=config.model.device)
        return await asyncio.to_thread(load, config, loaded, tried)

    opened: list[Store] = []

    async def past(given: Generation) -> None:
        if opened:  # else it is read again by whoever has the store
            await read_past_for(opened[0], given)

    def started(address: str) -> None:
        log.info("started", version=__version__, page=address, store=database.name)
        on_ready(address)

    async def record(at: int, what: Mapping[str, Any]) -> None:
        if not opened:
            raise StoreUnavailableError("the store is another process's")
        await record_reload(opened[0], at, what)

    reloads = Reloads(
        asked,
        load_next,
        check=try_out,
        past=past,
        record=record,
        manager=manager,
        clock=wall_clock,
        announce=once(started),
        path="" if path is None else str(path),
    )
    database = database_of(store_address(config))
    manager.status("loading the model")
    async with contextlib.AsyncExitStack() as stack:
        listen: Listen = stack.enter_context(contextlib.closing(KeptSocket()))
        lease: Lease | None = None
        applicant = database.applicant("bearwatch run --standby") if standby else None
        given = load(config)
        if applicant is not None:
            stack.callback(applicant.close)
            waiting = StandBy(database, applicant, manager, listen=listen, on_ready=reloads.announce)
            await stack.enter_async_context(waiting)
            found = await waiting.wait(given, reloads, stop)
            if found is None:
                log.info("stopped")
                return
            (given, lease), listen = found, waiting.listen
            del found
        manager.status("reading the store")
        store = stack.enter_context(Store.open(store_address(config), holder="bearwatch run", lease=lease))
        opened.append(store)
        require_past(store, wall_clock())
        work = _generations(given, store, reloads, listen, stop, watch=watch, standby=standby)
        del given  # or this frame would hold the first generation for as long as the daemon runs
        await _while_ours(store, work)
    log.info("stopped")


async def _while_ours(store: Store, work: Coroutine[Any, Any, None]) -> None:
    """The work, until it is through or the lease on the store is lost. Raises LeaseLostError."""
    await (work if store.lease is None else unless(store.lease.lost, work))


async def _generations(
    first: Generation,
    store: Store,
    reloads: Reloads,
    listen: Listen,
    stop: asyncio.Event,
    *,
    watch: bool,
    standby: bool,
) -> None:
    """One after another, each by the configuration that the one before has accepted, until `stop`."""
    given: Generation | None = first
    logged = first.config.log
    del first  # as in `_run`
    while given is not None and not stop.is_set():
        give_back()  # what the one before has held
        # A drain that was cut off may have left a transaction in the writer's hands: the memory is read after it.
        await store.settled()
        if given.config.log != logged:
            logged = given.config.log
            set_up_logs(logged.level, logged.format)
        try:
            await _live(given, store, reloads, listen, watch=watch, standby=standby)
        except InputError as error:
            given = reloads.back(error)
        else:
            given = reloads.following(given)


def _runtime(config: Config) -> tuple[str, int]:
    return config.model.device, config.model.threads


async def _live(
    given: Generation, store: Store, reloads: Reloads, listen: Listen, *, watch: bool, standby: bool
) -> None:
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
            standby=standby,
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


async def record_reload(store: Store, at: int, what: Mapping[str, Any]) -> None:
    """Into the audit log. Who sent the signal the kernel does not say."""
    row = AuditRow(0, at, "reload", "", "signal", "", "", what)
    await store.write(partial(add_audit, row=row))


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
    kept: str | None,
    *,
    play_ms: int = DEFAULT_PLAY_MS,
    stop_at_end: bool = False,
    on_ready: Callable[[str], None],
) -> None:
    """`bearwatch demo`: the daemon over the bundled news, on a virtual clock kept in the store.

    Args:
        kept: the folder or the URL where the store is kept; None for a temporary one.
        play_ms: how long the three played days last; 0 for as fast as the machine can.
    """
    parts = build_parts(config, [DEMO_WATCHLIST])
    with contextlib.ExitStack() as stack:
        if kept is None:
            kept = stack.enter_context(tempfile.TemporaryDirectory(prefix="bearwatch-demo-"))
        place = kept if "://" in kept else str(Path(kept) / "demo.db")
        store = stack.enter_context(Store.open(store_address(config, place), holder="bearwatch demo"))
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
        work = operate(
            Generation(config, parts),
            store,
            [played],
            clock=lambda: Now(clock.now(), clock.speed != 1.0, round(clock.speed, 1)),
            push=None,
            on_ready=on_ready,
            manager=ServiceManager.from_environment(os.environ),
        )
        await _while_ours(store, work)
