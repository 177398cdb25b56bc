"""`bearwatch shadow run`: the candidate over what the live watch has committed, in a process and a store of its own.

It opens the live store read-only, sends nothing to anybody, and takes the processor only when nobody else wants it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from monitor.config import Config
from monitor.errors import StoreUnavailableError
from monitor.fold import Fold, Folded
from monitor.inference.scorer import Scorer
from monitor.notify import ServiceManager
from monitor.operate import ages
from monitor.parts import Parts, build_parts
from monitor.pipeline import Pipeline, Stages
from monitor.place import store_address
from monitor.records import DAY_MS
from monitor.restore import restore
from monitor.retention import Retention
from monitor.service import Report
from monitor.shadow.beginning import Beginning, begin, describe, go_on, refuse_other_stores
from monitor.shadow.candidate import Candidate
from monitor.shadow.follow import LIVE, Follower, lag
from monitor.shadow.judging import Judging, ShadowSink
from monitor.storage import rebuild
from monitor.storage.database import database_of
from monitor.storage.retention import Ages
from monitor.storage.store import Store
from monitor.supervise import Heart, supervise
from monitor.telemetry.metrics import Metrics
from monitor.telemetry.shadow_metrics import ShadowMetrics
from monitor.web.app import create_operations_app
from monitor.web.server import serve
from monitor.wiring import gate_of, served_hosts, tls_of, wall_clock

log = structlog.get_logger(__name__)

# The least there is: of two that want a core, the live watch gets 68 times as much (setpriority(2), sched(7)).
NICE = 19
LOOK_S = 5.0
# Behind by more than this it says so; a model that is read through its first month is, for an hour.
LATE_MS = 10 * 60_000
# What a report looks at, and what teaches before it; articles are kept in the live store, and longer.
KEPT_MS = 120 * DAY_MS


async def run_shadow(
    candidate: Candidate, own_path: Path, *, past_ms: int, stop_at_end: bool, on_ready: Callable[[str], None]
) -> None:
    """Until a signal comes.

    Args:
        past_ms: how much of the live store's past is read at the very first start.
        stop_at_end: ends with what the live store holds.
        on_ready: called with where it can be asked for its metrics, else with its store's path.

    Raises:
        InputError: the candidate cannot be loaded, or the store is another's. OperatorError: see `Follower.run`.
    """
    yield_the_processor()
    manager = ServiceManager.from_environment(os.environ)
    live_store = store_address(candidate.live)
    refuse_other_stores(own_path, database_of(live_store).beside)
    manager.status("loading the candidate's model")
    model = candidate.config.model.model_copy(update={"threads": 1})
    config = candidate.config.model_copy(update={"model": model})
    parts = build_parts(config)
    settings = replace(parts.settings, endpoints=())  # nobody is told
    with (
        closing(Store.open_readonly(live_store)) as live,
        Store.open(own_path, holder="bearwatch shadow run") as own,
        closing(Scorer(parts.model, cache_entries=model.cache_entries, budget=model.max_batch_tokens)) as scorer,
    ):
        manager.status("reading the shadow's store")
        if own.read(rebuild.meta, "shadow") is None:
            beginning = begin(own, live, candidate, settings, past_ms)
        else:
            beginning = go_on(own, live, candidate, settings)
        fold = Fold(settings, restore(own, settings))
        log.info("shadow_started", what=describe(beginning), store=own.name)
        lane = _Lane(candidate.live, parts, fold, beginning, own=own, live=live)
        await lane.run(scorer, config, manager, stop_at_end=stop_at_end, on_ready=on_ready)
    log.info("stopped")


def yield_the_processor() -> None:
    """This process, and the threads that are made from here on: the model's, the writer's."""
    with contextlib.suppress(OSError):  # our unit forbids it, and has it set already
        os.nice(NICE)


class _Lane:
    """One run of it: the stages, what is shown of them, and how far they are behind."""

    def __init__(
        self, serving: Config, parts: Parts, fold: Fold, beginning: Beginning, *, own: Store, live: Store
    ) -> None:
        self._serving = serving
        self._parts = parts
        self._own = own
        self._live = live
        self._fold = fold
        self._beginning = beginning
        self._position = own.read(rebuild.positions, LIVE)[""]
        self._seq = int(self._position["seq"])
        self._behind_ms = 0
        self._late = False
        self.metrics = ShadowMetrics(CollectorRegistry())
        self.metrics.model.labels(parts.model_name, parts.model.hash).set(1)
        self.metrics.missing.set(self._position["missing"])

    async def run(
        self,
        scorer: Scorer,
        config: Config,
        manager: ServiceManager,
        *,
        stop_at_end: bool,
        on_ready: Callable[[str], None],
    ) -> None:
        """Until the source ends or a signal comes."""
        parts, began = self._parts, self._beginning
        source = Follower(
            self._live,
            parts.matcher,
            parts.model,
            began=began.seq,
            position=self._position,
            stop_at_end=stop_at_end,
        )
        sink = ShadowSink(self._own, self._live, began.at if began.warm_at > began.at else 0)
        end = Judging(self._fold, sink, self._folded, self._own)
        inner = Metrics(CollectorRegistry())  # the daemon's own names would be taken for the daemon's
        stages = Stages(
            matcher=parts.matcher,
            scorer=scorer,
            max_batch=config.model.max_batch_articles,
            languages=parts.model.languages,
            end=end,
            metrics=inner,
        )
        pipeline = Pipeline(stages, [source])

        def unready() -> list[str]:
            return [end.stalled] if end.stalled else []

        report = Report(manager, unready, self._in_a_line)
        heart = Heart(inner, pipeline, wall_clock, report.beat, lambda: self.metrics.stalled.set(bool(end.stalled)))
        beside: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "heart": heart.beat,
            "lag": self._look,
            "retention": Retention(self._own, _ages(config), inner.retention, wall_clock).run,
        }
        announce = report.announcing(on_ready)
        port, web = self._serving.shadow.port, self._serving.web
        if port is not None:
            app = create_operations_app(
                self.metrics.render,
                heart.alive,
                unready,
                hosts=served_hosts(self._serving),
                gate=gate_of(self._serving, inner),
            )
            tls = tls_of(self._serving)
            beside["web"] = lambda: serve(app, web.host, port, on_ready=lambda a: announce(f"{a}metrics"), tls=tls)
        else:
            announce(self._own.name)
        await supervise(pipeline, beside, manager)

    def _folded(self, folded: Folded) -> None:
        self.metrics.articles.inc(len(folded.effects.articles))
        for position in folded.effects.positions:
            self._seq = int(position.value["seq"])
            self.metrics.missing.set(position.value["missing"])
        for spike in folded.opened:
            if not spike.headed_by:
                self.metrics.pages.labels(spike.severity).inc()
        self.metrics.last_tick.set(max(self._fold.memory.now, 0) / 1_000)
        self.metrics.expected.set(self._fold.memory.detector.expected_false_pages)

    async def _look(self) -> None:
        """Compares the two clocks until cancelled."""
        while True:
            try:
                there = await self._live.read_async(lag)
            except StoreUnavailableError as error:
                log.warning("live_store_unavailable", error=str(error), retry_s=LOOK_S)
            else:
                now = max(self._fold.memory.now, self._beginning.at)
                self._behind_ms = max(there.at - now, 0)
                self.metrics.lag_seconds.set(self._behind_ms / 1_000)
                self.metrics.lag_records.set(max(there.seq - self._seq, 0))
                self._tell_lag()
            await asyncio.sleep(LOOK_S)

    def _tell_lag(self) -> None:
        late = self._behind_ms > LATE_MS
        if late and not self._late:
            log.warning("shadow_behind", behind_s=self._behind_ms // 1_000)
        elif self._late and not late:
            log.info("shadow_abreast", ends="shadow_behind")
        self._late = late

    def _in_a_line(self) -> str:
        behind = f"{self._behind_ms // 60_000} minutes behind" if self._behind_ms >= 60_000 else "abreast"
        return f"beside {self._live.name}: {behind}, {len(self._fold.memory.detector.open_spikes)} spikes open"


def _ages(config: Config) -> Ages:
    kept = ages(config)
    return replace(kept, articles=min(kept.articles, KEPT_MS))
