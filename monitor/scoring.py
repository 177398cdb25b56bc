"""`bearwatch run --role score`: Kafka topics through prepare and inference into the topic of scores. Holds no state.

Any number of them share the topics' partitions. What one has scored stands in the topic before its offsets are
committed: killed at any instant it loses nothing, and what it scores twice has the same key, which the watcher knows.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence

import structlog
from prometheus_client import CollectorRegistry

from monitor.config import Config
from monitor.delivery import Delivery
from monitor.errors import InputError
from monitor.inference.scorer import Scorer
from monitor.kafka.producer import Outgoing, Sender, SendError, Sends
from monitor.notify import ServiceManager
from monitor.operate import show_kafka, unready
from monitor.parts import build_parts
from monitor.pipeline import Pipeline, Stages
from monitor.records import Prepared, Refusal
from monitor.service import Report
from monitor.sources.scores import to_record
from monitor.supervise import Heart, supervise
from monitor.telemetry.metrics import Metrics
from monitor.web.app import create_operations_app
from monitor.web.server import serve
from monitor.wiring import gate_of, kafka_connection, shared_source, tls_of, wall_clock

log = structlog.get_logger(__name__)

RETRY_LEAST_S, RETRY_MOST_S = 0.5, 10.0


class Sending:
    """The end of a scorer's stages: the topic of scores, keyed by article key. Refusals went to the dead letters."""

    def __init__(self, sender: Sends, topic: str, metrics: Metrics) -> None:
        self.stalled = ""
        self._sender = sender
        self._topic = topic
        self._metrics = metrics

    async def take(self, batch: Sequence[Delivery]) -> None:
        """See `pipeline.End`. A record that the topic never takes holds up what follows: a person must widen it."""
        records = [self._outgoing(d.record) for d in batch if isinstance(d.record, Prepared)]
        count, pause = len(records), RETRY_LEAST_S
        while records:
            try:
                await self._sender.send(records)
            except SendError as error:
                self.stalled = f"topic {self._topic}: {error}"
                log.error("scores_not_sent", topic=self._topic, error=str(error), retry_s=pause)
                records = [records[place] for place in error.failed]
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_MOST_S)
            else:
                records = []
        if self.stalled:
            log.info("scores_sent_again", topic=self._topic, ends="scores_not_sent")
        self.stalled = ""
        self._metrics.kafka.published.labels(self._topic).inc(count)
        for delivery in batch:
            if isinstance(delivery.record, Refusal):
                self._metrics.refuse(delivery.record)

    def _outgoing(self, prepared: Prepared) -> Outgoing:
        return Outgoing(self._topic, prepared.article.key.encode(), to_record(prepared))


async def run_scorer(config: Config, *, on_ready: Callable[[str], None]) -> None:
    """Until a signal comes.

    Args:
        on_ready: called with the address of the metrics once they can be asked for.

    Raises:
        InputError: there is nothing to read or nowhere to write.
    """
    topic = _topic(config)
    # It keeps nothing that a restart would cost; without this, SIGHUP would end it.
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGHUP, lambda: log.warning("reload_refused", why="a scorer takes a new configuration by a restart")
    )
    manager = ServiceManager.from_environment(os.environ)
    manager.status("loading the model")
    parts = build_parts(config)
    metrics = Metrics(CollectorRegistry(), sources=[given.name for given in config.sources.kafka])
    metrics.show_model(parts.model_name, parts.model.hash, str(parts.model.manifest.raw.get("created", "")))
    kafka = [shared_source(config.kafka, given) for given in config.sources.kafka]
    scorer = Scorer(parts.model, cache_entries=config.model.cache_entries, budget=config.model.max_batch_tokens)
    try:
        stages = Stages(
            matcher=parts.matcher,
            scorer=scorer,
            max_batch=config.model.max_batch_articles,
            languages=parts.model.languages,
            end=Sending(Sender(kafka_connection(config.kafka)), topic, metrics),
            metrics=metrics,
            clock=wall_clock,
        )
        pipeline = Pipeline(stages, kafka)

        report = Report(manager, lambda: unready(pipeline, kafka), lambda: f"scoring into {topic}")
        announce = report.announcing(on_ready)

        def look() -> None:
            show_kafka(metrics, kafka)
            metrics.show_sources(health for source in kafka for health in source.health())

        heart = Heart(metrics, pipeline, wall_clock, look, report.beat)
        web = create_operations_app(
            metrics.render,
            heart.alive,
            lambda: unready(pipeline, kafka),
            hosts=tuple(config.web.allowed_hosts),
            gate=gate_of(config, metrics),
        )
        host, port, tls = config.web.host, config.web.port, tls_of(config)
        await supervise(
            pipeline,
            {
                "web": lambda: serve(web, host, port, on_ready=lambda address: announce(f"{address}metrics"), tls=tls),
                "heart": heart.beat,
            },
            manager,
        )
    finally:
        scorer.close()


def _topic(config: Config) -> str:
    """The topic of scores, once it is sure that nothing a scorer reads would be lost."""
    where = "run --role score:"
    if config.kafka.scores is None:
        raise InputError(f"{where} give kafka.scores, the topic that it writes")
    if not config.sources.kafka:
        raise InputError(f"{where} give sources.kafka, the topics that it reads")
    for source in config.sources.kafka:
        if source.dead_letters is None:
            raise InputError(
                f"{where} {source.name} needs dead_letters: a scorer has no store to keep what it cannot take"
            )
    return config.kafka.scores.topic
