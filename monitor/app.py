"""Builds every object once, in order; the only place that constructs. Commands call one coroutine each."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from monitor.admin.desk import Desk
from monitor.admin.server import AdminServer
from monitor.admin.web_desk import WebDesk
from monitor.aggregation.series import MARKET, topic_series, watch_series
from monitor.alerts.routes import Endpoint
from monitor.alerts.timed import DeliveryTimes
from monitor.checks import library_notes, require_past, trial_notes
from monitor.committing import Committing
from monitor.config import Config
from monitor.demo.play import DEFAULT_PLAY_MS, SOURCE, DemoClock, DemoSource
from monitor.detection.spikes import DetectionSettings
from monitor.endpoints import running_alertmanagers, running_outbox
from monitor.errors import InputError
from monitor.fold import Folded
from monitor.inference.manifest import find_model
from monitor.inference.model import OnnxModel
from monitor.inference.scorer import Scorer
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.holdings import load_holdings
from monitor.ingest.watchlist import Watchlist, load_watchlist
from monitor.instrument import Instrument
from monitor.memory import FoldSettings
from monitor.pipeline import Pipeline, Stages
from monitor.records import Mode
from monitor.rescore import Reader, open_fold
from monitor.retention import Retention
from monitor.sink import StoreSink
from monitor.sources.files import FileSource
from monitor.sources.kafka import KafkaSource
from monitor.sources.protocol import Source
from monitor.sources.push import PushSource
from monitor.sources.rss import RssSource
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.retention import Ages
from monitor.storage.store import Store
from monitor.supervise import Heart, meanwhile, supervise
from monitor.telemetry.metrics import Metrics
from monitor.ticks import ClockSource, Played
from monitor.view import BoardMaker, Now
from monitor.web.app import WebState, create_app
from monitor.web.changes import Changes
from monitor.web.server import serve
from monitor.wiring import (
    configured_feeds,
    feed_reader,
    kafka_source,
    link_check,
    plain,
    publisher_of,
    push_adapter,
    scores_source,
    served_hosts,
    until_of,
    wall_clock,
)

log = structlog.get_logger(__name__)

# Companies that exist in the demo only.
DEMO_WATCHLIST = Path(__file__).parent / "demo" / "watchlist.csv"


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
    # An Alertmanager is told everything: its own routes say who hears of what.
    alertmanagers = [Endpoint(given.name) for given in config.alerts.alertmanagers]
    settings = FoldSettings(
        lateness_ms=detection.lateness,
        story_window_ms=config.stories.window,
        overlap=config.stories.overlap,
        zone=detection.news_time_zone,
        detection=DetectionSettings(
            false_pages_per_day=detection.false_pages_per_day,
            min_history_ms=detection.min_history,
            close_after_ms=detection.close_after,
            min_stories=detection.min_stories,
            min_publishers=detection.min_publishers,
            importance=load_holdings(config.watchlist.holdings, watchlist) if config.watchlist.holdings else {},
            sectors={
                f"entity:{e.id}": f"sector:{e.sector}" for e in watchlist.entities.values() if e.kind == "company"
            },
        ),
        endpoints=(
            *alertmanagers,
            *(Endpoint(given.name, given.severity) for given in config.alerts.endpoints()),
        ),
        labels={
            MARKET: "Market",
            **{topic_series(name): name for name in model.topics},
            **{f"sector:{slug}": label for slug, label in watchlist.sectors.items()},
            **{f"entity:{e.id}": e.name for e in watchlist.entities.values() if e.kind != "hazard"},
            **{watch_series(e.id): e.name for e in watchlist.entities.values() if e.kind == "hazard"},
        },
        instrument=Instrument(model.hash, watchlist.hash, round(model.tau * 1_000_000)),
    )
    return Parts(watchlist, own, EntityMatcher(watchlist), folder.name, model, settings)


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
    kafka: Sequence[KafkaSource] = (),
) -> None:
    """The daemon proper: memory from the store, pipeline, page, outbox; until the sources end or a signal comes."""
    topics = [topic_series(name) for name in parts.model.topics]
    metrics = Metrics(CollectorRegistry(), [f"entity:{e}" for e in parts.own_entities])
    metrics.show_model(parts.model_name, parts.model.hash, str(parts.model.manifest.raw.get("created", "")))
    scorer = Scorer(parts.model, cache_entries=config.model.cache_entries, budget=config.model.max_batch_tokens)
    reader = Reader(parts.matcher, scorer, config.model.max_batch_articles)
    times = DeliveryTimes(metrics.waiting.delivered, wall_clock)
    # Reading the past again may take longer than the five minutes after which Alertmanager resolves what is silent.
    async with running_alertmanagers(config, store, metrics, times) as alertmanagers:
        fold = await meanwhile(alertmanagers.run, open_fold(store, parts.settings, reader))
    if fold is None:
        scorer.close()
        return
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
        notes=lambda: [*library_notes(), *trial_notes(fold.memory.sources, parts.settings.trial_ms)],
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(scorer.close)
        outbox = await stack.enter_async_context(running_outbox(config, store, metrics, times))
        alertmanagers = await stack.enter_async_context(running_alertmanagers(config, store, metrics, times))
        publisher = publisher_of(config, store, metrics)

        def on_asked() -> None:
            board.touch()
            outbox.wake()
            alertmanagers.wake()

        desk = Desk(store, clock=wall_clock, on_done=on_asked)
        strangers: set[str] = set()

        def on_folded(folded: Folded) -> None:
            board.folded(folded)
            if folded.effects.outbox:
                times.committed(folded.effects.outbox)
                outbox.wake()
                alertmanagers.wake()
            if publisher and folded.effects.articles:
                publisher.wake()
            others = scored_by_others(folded, parts.model.hash)
            metrics.other_models.inc(others.total())
            if strange := others.keys() - strangers:
                strangers.update(strange)
                log.warning("scores_of_another_model", models=sorted(strange), own=parts.model.hash)
            tell(folded)

        stages = Stages(
            matcher=parts.matcher,
            scorer=scorer,
            max_batch=config.model.max_batch_articles,
            languages=parts.model.languages,
            end=Committing(fold, StoreSink(store), metrics, clock=lambda: clock().at, on_folded=on_folded),
            metrics=metrics,
            clock=lambda: clock().at,
        )
        pipeline = Pipeline(stages, sources)
        heart = Heart(metrics, pipeline, wall_clock, lambda: show_kafka(metrics, kafka))
        web = create_app(
            WebState(
                board=lambda: board.board,
                series=board.series,
                changes=changes,
                metrics=metrics.render,
                alive=heart.alive,
                ready=lambda: unready(pipeline, kafka),
                push=push_adapter(push) if push else None,
                push_token=plain(config.sources.push.token) if push else "",
                desk=WebDesk(desk, until_of),
                answer_token=plain(config.web.answer_token),
                check_link=link_check(config),
                hosts=served_hosts(config),
            )
        )
        beside: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "web": lambda: serve(web, config.web.host, config.web.port, on_ready=on_ready),
            "board": board.run,
            "heart": heart.beat,
            "outbox": outbox.run,
            "alertmanagers": alertmanagers.run,
            "mutes": desk.run,
            "admin": AdminServer(store.path, desk.perform).run,
            "retention": Retention(store, ages(config), metrics.retention, wall_clock).run,
        }
        if publisher:
            beside["publisher"] = publisher.run
        await supervise(pipeline, beside)


def ages(config: Config) -> Ages:
    """How long the store keeps what."""
    given = config.store.retention
    return Ages(given.articles, given.deliveries, given.refusals)


def tell(folded: Folded) -> None:
    """What a batch came to, for the log."""
    for spike in folded.opened:
        log.warning("spike_opened", spike=spike.id, n=spike.n, expected=round(spike.expected, 3))
    for spike in folded.closed:
        log.info("spike_closed", spike=spike.id)
    for turn in folded.silences:
        told = {"key": turn.key, **asdict(turn.silence)}
        if turn.became == "silent":
            log.warning("blind", **told)
        else:
            log.info("seen_again" if turn.became == "heard" else "blind_forgotten", **told)


def unready(pipeline: Pipeline, kafka: Sequence[KafkaSource]) -> list[str]:
    """Why the daemon is not ready, a line each; none where it is."""
    store = [pipeline.stalled] if pipeline.stalled else []
    return store + [f"{source.name}: {reason}" for source in kafka if (reason := source.unready())]


def scored_by_others(folded: Folded, own: str) -> Counter[str]:
    """How many of these articles another model than ours has scored, by its hash: scorers that run another version."""
    models = (row.prepared.scores[0].model for row in folded.effects.articles if row.prepared.scores)
    return Counter(model for model in models if model != own)


def show_kafka(metrics: Metrics, kafka: Sequence[KafkaSource]) -> None:
    """How the Kafka sources fare, for metrics."""
    now = wall_clock()
    for source in kafka:
        metrics.blind.labels(source.name).set(source.blind(now))
        metrics.kafka.show(source.name, source.lag(), source.gauges(), source.ledger.counters)
