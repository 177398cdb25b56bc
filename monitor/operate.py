"""The daemon proper: memory from the store, pipeline, page, outbox, over sources that are given."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from monitor.admin.desk import Desk
from monitor.admin.server import AdminServer
from monitor.admin.web_desk import WebDesk
from monitor.aggregation.series import topic_series
from monitor.alerts.timed import DeliveryTimes
from monitor.checks import library_notes, trial_notes
from monitor.committing import Committing
from monitor.config import Config
from monitor.drift import DriftWatch
from monitor.dump import dump
from monitor.endpoints import running_alertmanagers, running_outbox
from monitor.fold import Folded
from monitor.inference.scorer import Scorer
from monitor.notify import ServiceManager
from monitor.permit import ALWAYS, Permit
from monitor.pipeline import Pipeline, Stages
from monitor.reload import Generation, Reloads
from monitor.replay.words import WordsOnDemand
from monitor.rescore import Reader, open_fold
from monitor.retention import Retention
from monitor.service import Report, in_a_line
from monitor.sink import StoreSink
from monitor.sources.kafka import KafkaSource
from monitor.sources.protocol import Source
from monitor.sources.push import PushSource
from monitor.storage.retention import Ages
from monitor.storage.store import Store
from monitor.supervise import Heart, meanwhile, supervise
from monitor.telemetry.metrics import Metrics
from monitor.view import BoardMaker, Now
from monitor.web.app import WebState, create_app
from monitor.web.changes import Changes
from monitor.web.server import Listen, bind, serve
from monitor.wiring import (
    gate_of,
    link_check,
    publisher_of,
    push_adapter,
    served_hosts,
    tls_of,
    until_of,
    wall_clock,
)

log = structlog.get_logger(__name__)


async def operate(
    given: Generation,
    store: Store,
    sources: Sequence[Source],
    *,
    clock: Callable[[], Now],
    push: PushSource | None,
    on_ready: Callable[[str], None],
    manager: ServiceManager,
    kafka: Sequence[KafkaSource] = (),
    reloads: Reloads | None = None,
    listen: Listen = bind,
    standby: bool = False,
) -> None:
    """The daemon proper: memory from the store, pipeline, page, outbox; until the sources end or a signal comes.

    Args:
        reloads: ends it too, for the next generation; None where SIGHUP is not taken. listen: see `serve`.
        standby: whether there is to be a process that stands by for this one, for metrics.
    """
    config, parts = given.config, given.parts
    topics = [topic_series(name) for name in parts.model.topics]
    metrics = Metrics(
        CollectorRegistry(),
        [f"entity:{e}" for e in parts.own_entities],
        series=parts.settings.labels,
        sources=[name for source in sources for name in (source.name, *(part.source for part in source.health()))],
    )
    metrics.show_model(parts.model_name, parts.model.hash, str(parts.model.manifest.raw.get("created", "")))
    scorer = Scorer(parts.model, cache_entries=config.model.cache_entries, budget=config.model.max_batch_tokens)
    reader = Reader(parts.matcher, scorer, config.model.max_batch_articles)
    times = DeliveryTimes(metrics.waiting.delivered, wall_clock)
    # Reading the past again may take longer than the five minutes after which Alertmanager resolves what is silent.
    async with running_alertmanagers(config, store, metrics, times) as alertmanagers:
        fold = await meanwhile(alertmanagers.run, open_fold(store, parts.settings, reader, manager))
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
        notes=lambda: [*library_notes(store), *trial_notes(fold.memory.sources, parts.settings.trial_ms)],
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

        told = [endpoint.name for endpoint in parts.settings.endpoints]
        desk = Desk(
            store,
            clock=wall_clock,
            endpoints=told,
            on_done=on_asked,
            reloads=reloads,
            dump=lambda: dump(
                config,
                store.facts(),
                model={"name": parts.model_name, "hash": parts.model.hash, "device": config.model.device},
                depths=pipeline.depths(),
                held={**fold.memory.sizes(), "scores_remembered": scorer.remembered},
                unready=unready(pipeline, kafka, store.permit),
                sources=[asdict(health) for source in sources for health in source.health()],
            ),
        )
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
        report = Report(manager, lambda: unready(pipeline, kafka, store.permit), lambda: in_a_line(board.board))
        heart = Heart(
            metrics,
            pipeline,
            wall_clock,
            lambda: show_kafka(metrics, kafka),
            lambda: show_lease(metrics, store, standby),
            report.beat,
        )
        web = create_app(
            WebState(
                board=lambda: board.board,
                series=board.series,
                changes=changes,
                metrics=metrics.render,
                alive=heart.alive,
                ready=lambda: unready(pipeline, kafka, store.permit),
                push=push_adapter(push) if push else None,
                desk=WebDesk(desk, until_of, WordsOnDemand(store, parts.model).of),
                check_link=link_check(config),
                gate=gate_of(config, metrics),
                hosts=served_hosts(config),
            )
        )
        tls = tls_of(config)
        beside: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "web": lambda: serve(
                web, config.web.host, config.web.port, on_ready=report.announcing(on_ready), tls=tls, listen=listen
            ),
            "board": board.run,
            "heart": heart.beat,
            "outbox": outbox.run,
            "alertmanagers": alertmanagers.run,
            "mutes": desk.run,
            "drift": DriftWatch(
                store,
                metrics.model.drift,
                model=parts.model.hash,
                tau=parts.model.tau,
                card=parts.model.manifest.raw.get("profile"),
                clock=lambda: clock().at,
            ).run,
            "admin": AdminServer(store.beside, desk.perform).run,
            "retention": Retention(store, ages(config), metrics.retention, wall_clock).run,
            **({"publisher": publisher.run} if publisher else {}),
            **({"reload": lambda: reloads.run(given, pipeline.stop, metrics.reload)} if reloads else {}),
        }
        await supervise(pipeline, beside, manager)


def ages(config: Config) -> Ages:
    """How long the store keeps what."""
    given = config.store.retention
    return Ages(given.articles, given.deliveries, given.refusals)


def tell(folded: Folded) -> None:
    """What a batch came to, for the log."""
    for spike in folded.opened:
        # What another page tells of is no page of its own.
        under = {"under": spike.headed_by} if spike.headed_by else {}
        (log.info if under else log.warning)(
            "spike_opened",
            alert=spike.id,
            severity=spike.severity,
            n=spike.n,
            expected=round(spike.expected, 3),
            publishers=spike.publishers,
            **under,
        )
    for spike in folded.closed:
        log.info("spike_closed", alert=spike.id)
    for turn in folded.silences:
        told = {"key": turn.key, **asdict(turn.silence)}
        if turn.became == "silent":
            log.warning("blind", **told)
        else:
            log.info("seen_again" if turn.became == "heard" else "blind_forgotten", key=turn.key, ends="blind")


def unready(pipeline: Pipeline, kafka: Sequence[KafkaSource], permit: Permit = ALWAYS) -> list[str]:
    """Why the daemon is not ready, a line each; none where it is."""
    store = [pipeline.stalled] if pipeline.stalled else []
    if not permit.given():
        store.append("store: the lease on it is not confirmed, nothing is sent meanwhile")
    return store + [f"{source.name}: {reason}" for source in kafka if (reason := source.unready())]


def scored_by_others(folded: Folded, own: str) -> Counter[str]:
    """How many of these articles another model than ours has scored, by its hash: scorers that run another version."""
    models = (row.prepared.scores[0].model for row in folded.effects.articles if row.prepared.scores)
    return Counter(model for model in models if model != own)


def show_lease(metrics: Metrics, store: Store, standby: bool) -> None:
    """By which lease this process has the store, and whether another is to stand by for it, for metrics."""
    if store.lease is not None:
        metrics.lease.show(store.name, store.lease.epoch, store.lease.expires)
    if standby:
        metrics.lease.show_role(store.name, standing_by=False)


def show_kafka(metrics: Metrics, kafka: Sequence[KafkaSource]) -> None:
    """How the Kafka sources fare, for metrics."""
    now = wall_clock()
    for source in kafka:
        metrics.blind.labels(source.name).set(source.blind(now))
        metrics.kafka.show(source.name, source.lag(), source.gauges(), source.ledger.counters)
