"""Builds every object once, in order; the only place that constructs. Commands call one coroutine each."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from prometheus_client import CollectorRegistry

from monitor import __version__
from monitor.aggregation.series import MARKET, topic_series
from monitor.alerts.outbox import Outbox
from monitor.alerts.webhook import Webhook
from monitor.config import Config
from monitor.demo.play import DEFAULT_PLAY_MS, SOURCE, DemoClock, DemoSource
from monitor.detection.spikes import DetectionSettings
from monitor.errors import InputError
from monitor.fold import Fold, Folded, FoldSettings
from monitor.inference.manifest import find_model
from monitor.inference.model import OnnxModel
from monitor.inference.scorer import Scorer
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.watchlist import Watchlist, load_watchlist
from monitor.instrument import instrument_notes, require_past
from monitor.pipeline import Pipeline, Stages
from monitor.records import Mode
from monitor.restore import restore
from monitor.sink import StoreSink
from monitor.sources.addresses import public_connector
from monitor.sources.feed import FeedParser
from monitor.sources.feedlist import FeedSpec, load_feeds
from monitor.sources.fetch import Fetcher
from monitor.sources.files import FileSource
from monitor.sources.protocol import Clock, Source
from monitor.sources.push import Busy, PushError, PushSource
from monitor.sources.rss import RssSource
from monitor.storage import rebuild
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.supervise import Heart, supervise
from monitor.telemetry.metrics import Metrics
from monitor.ticks import ClockSource, Played
from monitor.view import BoardMaker, Now
from monitor.web.app import WebState, create_app
from monitor.web.changes import Changes
from monitor.web.push import PushBusy, PushInvalid
from monitor.web.server import serve

log = structlog.get_logger(__name__)

# Companies that exist in the demo only.
DEMO_WATCHLIST = Path(__file__).parent / "demo" / "watchlist.csv"


def wall_clock() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command that reads news needs, loaded and checked.

    Attributes:
        own_entities: ids that the user's own watchlist files name, in their order: those that metrics show by name.
    """

    watchlist: Watchlist
    own_entities: tuple[str, ...]
    matcher: EntityMatcher
    model_name: str
    model: OnnxModel
    settings: FoldSettings


def build_parts(config: Config, watchlist_files: Sequence[Path] = ()) -> Parts:
    """Watchlist, matcher, model and the fold's settings. Raises InputError for whatever is missing or wrong."""
    shipped = load_watchlist()
    files = (*config.watchlist.files, *watchlist_files)
    watchlist = load_watchlist(*files) if files else shipped
    own = tuple(e for e, entity in watchlist.entities.items() if shipped.entities.get(e) != entity)
    folder = find_model(config.model.path)
    model = OnnxModel.load(folder, threads=config.model.threads, device=config.model.device)
    detection = config.detection
    settings = FoldSettings(
        tau=round(model.tau * 1_000_000),
        lateness_ms=detection.lateness,
        story_window_ms=config.stories.window,
        likeness=config.stories.similarity,
        zone=detection.news_time_zone,
        detection=DetectionSettings(
            false_pages_per_day=detection.false_pages_per_day,
            min_history_ms=detection.min_history,
            close_after_ms=detection.close_after,
            min_stories=detection.min_stories,
            min_publishers=detection.min_publishers,
        ),
        endpoints=tuple(webhook.name for webhook in config.alerts.webhooks),
        labels={
            MARKET: "Market",
            **{topic_series(name): name for name in model.topics},
            **{f"sector:{slug}": label for slug, label in watchlist.sectors.items()},
            **{f"entity:{e.id}": e.name for e in watchlist.entities.values()},
        },
        model=model.hash,
    )
    return Parts(watchlist, own, EntityMatcher(watchlist), folder.name, model, settings)


async def run_daemon(config: Config, *, on_ready: Callable[[str], None]) -> None:
    """`bearwatch run`: until a signal comes.

    Args:
        on_ready: called with the page's address once it answers.
    """
    parts = build_parts(config)
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
            push = None
            if config.sources.push.enabled:
                push = PushSource(clock=wall_clock, name=config.sources.push.name, scope=config.sources.push.scope)
                sources.append(push)
            await operate(config, parts, store, sources, clock=lambda: Now(wall_clock()), push=push, on_ready=on_ready)


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
        )


async def operate(
    config: Config,
    parts: Parts,
    store: Store,
    sources: Sequence[Source],
    *,
    clock: Callable[[], Now],
    push: PushSource | None,
    on_ready: Callable[[str], None],
) -> None:
    """The daemon proper: memory from the store, pipeline, page, outbox; until the sources end or a signal comes."""
    topics = [topic_series(name) for name in parts.model.topics]
    metrics = Metrics(CollectorRegistry(), [f"entity:{e}" for e in parts.own_entities])
    metrics.show_model(parts.model_name, parts.model.hash)
    scorer = Scorer(parts.model, cache_entries=config.model.cache_entries, budget=config.model.max_batch_tokens)
    memory = restore(store, parts.settings)
    fold = Fold(parts.settings, memory)
    instrument = f"{parts.model.hash}/{parts.watchlist.hash}/{parts.settings.tau}"
    notes = instrument_notes(store, instrument, wall_clock())
    changes = Changes()
    board = BoardMaker(
        fold=fold,
        store=store,
        sources=sources,
        metrics=metrics,
        changes=changes,
        clock=clock,
        model_name=parts.model_name,
        topics=topics,
        notes=notes,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(scorer.close)
        outbox = await stack.enter_async_context(running_outbox(config, store, metrics))

        def on_folded(folded: Folded) -> None:
            board.folded(folded)
            if folded.effects.outbox:
                outbox.wake()
            for spike in folded.opened:
                log.warning("spike_opened", spike=spike.id, n=spike.n, expected=round(spike.expected, 3))
            for spike in folded.closed:
                log.info("spike_closed", spike=spike.id)

        stages = Stages(
            matcher=parts.matcher,
            scorer=scorer,
            max_batch=config.model.max_batch_articles,
            languages=parts.model.languages,
            fold=fold,
            sink=StoreSink(store),
            metrics=metrics,
            clock=lambda: clock().at,
            on_folded=on_folded,
        )
        pipeline = Pipeline(stages, sources)
        heart = Heart(metrics, pipeline, wall_clock)
        token = config.sources.push.token
        web = create_app(
            WebState(
                board=lambda: board.board,
                series=board.series,
                changes=changes,
                metrics=metrics.render,
                alive=heart.alive,
                ready=lambda: [f"store: {pipeline.stalled}"] if pipeline.stalled else [],
                push=push_adapter(push) if push else None,
                push_token=token.get_secret_value() if push and token else "",
                hosts=tuple(config.web.allowed_hosts),
            )
        )
        beside: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "web": lambda: serve(web, config.web.host, config.web.port, on_ready=on_ready),
            "board": board.run,
            "heart": heart.beat,
            "outbox": outbox.run,
        }
        await supervise(pipeline, beside)


@contextlib.asynccontextmanager
async def feed_reader(config: Config) -> AsyncIterator[tuple[Fetcher, FeedParser]]:
    """The fetcher and the parser child, closed at the end."""
    rss = config.sources.rss
    agent = f"Bearwatch/{__version__}" + (f" (+{rss.contact})" if rss.contact else "")
    parser = FeedParser()
    async with Fetcher(agent, wall_clock, allow_hosts=rss.allow_hosts, per_host=rss.per_host) as fetcher:
        try:
            yield fetcher, parser
        finally:
            await parser.close()


def configured_feeds(config: Config) -> list[FeedSpec]:
    """The configured feeds, or the shipped ones."""
    rss = config.sources.rss
    if isinstance(rss.feeds, str):
        return load_feeds(interval=rss.min_interval)
    return [
        FeedSpec(
            name=feed.name,
            url=feed.url,
            publisher=feed.publisher or "",
            language=feed.language,
            scope=feed.scope,
            interval=feed.interval or rss.min_interval,
        )
        for feed in rss.feeds
    ]


@contextlib.asynccontextmanager
async def running_outbox(config: Config, store: Store, metrics: Metrics) -> AsyncIterator[Outbox]:
    """The outbox over every configured endpoint; its sessions are closed at the end."""
    async with contextlib.AsyncExitStack() as stack:
        notifiers = [
            Webhook(
                webhook.name,
                webhook.url.get_secret_value(),
                secrets=[webhook.secret.get_secret_value()],
                session=await stack.enter_async_context(outgoing_session(webhook.allow_private)),
                clock=wall_clock,
            )
            for webhook in config.alerts.webhooks
        ]
        yield Outbox(
            StoredOutbox(store),
            notifiers,
            clock=wall_clock,
            observe=lambda endpoint, outcome: metrics.deliveries.labels(endpoint, outcome).inc(),
        )


def outgoing_session(allow_private: bool) -> aiohttp.ClientSession:
    """A session for webhooks: private addresses are refused at connect time unless the endpoint allows them."""
    connector = None if allow_private else public_connector(limit=4, limit_per_host=4)
    return aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


def archive_source(paths: Sequence[Path], name: str, mode: Mode, clock: Clock = wall_clock) -> FileSource:
    """Archives read from their first line: keys, not positions, make a second reading harmless."""
    for path in paths:
        if not path.is_file():
            raise InputError(f"there is no archive {path}")
    return FileSource(paths, name=name, positions={}, clock=clock, mode=mode)


def push_adapter(push: PushSource) -> Callable[[bytes], Coroutine[Any, Any, dict[str, Any]]]:
    """The push source as the web layer calls it."""

    async def submit(body: bytes) -> dict[str, Any]:
        try:
            result = await push.submit(body)
        except Busy as error:
            raise PushBusy(str(error), error.retry_after) from error
        except PushError as error:
            raise PushInvalid(error.detail) from error
        return result.to_dict()

    return submit
