"""Builds every object once, in order; the only place that constructs. Commands call one coroutine each."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import structlog

from monitor.checks import require_past
from monitor.config import Config
from monitor.demo.play import DEFAULT_PLAY_MS, SOURCE, DemoClock, DemoSource
from monitor.errors import InputError
from monitor.notify import ServiceManager
from monitor.operate import operate
from monitor.parts import DEMO_WATCHLIST, build_parts
from monitor.records import Mode
from monitor.sources.files import FileSource
from monitor.sources.protocol import Source
from monitor.sources.push import PushSource
from monitor.sources.rss import RssSource
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.ticks import ClockSource, Played
from monitor.view import Now
from monitor.wiring import (
    configured_feeds,
    feed_reader,
    kafka_source,
    scores_source,
    wall_clock,
)

log = structlog.get_logger(__name__)


async def run_daemon(config: Config, *, watch: bool = False, on_ready: Callable[[str], None]) -> None:
    """`bearwatch run`: until a signal comes.

    Args:
        watch: whether scorers read the Kafka sources, so that their topic is read instead. Feeds, files and push are
            few, and positions are kept in the store: they are read and scored here all the same.
        on_ready: called with the page's address once it answers.

    Raises:
        InputError: there is no topic of scores to watch.
    """
    scores = config.kafka.scores
    if watch and scores is None:
        raise InputError("run --role watch: give kafka.scores, the topic that the scorers write")
    manager = ServiceManager.from_environment(os.environ)
    manager.status("loading the model")
    parts = build_parts(config)
    manager.status("reading the store")
    with Store.open(config.store.url, holder="bearwatch run") as store:
        require_past(store, wall_clock())
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
            if watch and scores is not None:
                kafka = [scores_source(config.kafka, scores, store)]
            else:
                kafka = [kafka_source(config.kafka, given, store) for given in config.sources.kafka]
            sources += kafka
            push = None
            if config.sources.push.enabled:
                push = PushSource(clock=wall_clock, name=config.sources.push.name, scope=config.sources.push.scope)
                sources.append(push)
            await operate(
                config,
                parts,
                store,
                sources,
                clock=lambda: Now(wall_clock()),
                push=push,
                on_ready=on_ready,
                manager=manager,
                kafka=kafka,
            )


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
            config,
            parts,
            store,
            [played],
            clock=lambda: Now(clock.now(), clock.speed != 1.0, round(clock.speed, 1)),
            push=None,
            on_ready=on_ready,
            manager=ServiceManager.from_environment(os.environ),
        )
