"""Every metric of the daemon, declared once. `docs/metrics.md` lists them; a test holds the two together.

Names follow Prometheus' practice: prefix `bearwatch_`, base units, `_total` for counters, points in time as
`_timestamp_seconds` rather than ages. Labels take values from configuration or from short fixed lists, never from news:
a million hostile tickers make no new series. Where records that scorers write name sources and series, what is not
configured here is shown by name for the first few only (`names`).
"""

from __future__ import annotations

import platform
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from monitor import __version__
from monitor.records import UNSCORED, Alert, Prepared, Refusal, Standing, Tick
from monitor.telemetry.delivery_metrics import DeliveryMetrics
from monitor.telemetry.health_metrics import HealthMetrics
from monitor.telemetry.http_metrics import HttpMetrics
from monitor.telemetry.kafka_metrics import KafkaMetrics
from monitor.telemetry.lease_metrics import LeaseMetrics
from monitor.telemetry.model_metrics import ModelMetrics
from monitor.telemetry.names import Names
from monitor.telemetry.reload_metrics import ReloadMetrics
from monitor.telemetry.retention_metrics import RetentionMetrics
from monitor.telemetry.series_metrics import SeriesMetrics
from monitor.telemetry.waiting_metrics import WaitingMetrics

M = TypeVar("M", Counter, Gauge)

SQLITE_WAL_RESET_FIXED = (3, 51, 3)  # before it two connections that write or checkpoint at once may corrupt the file
SERIES_CLASSES = ("market", "topic", "sector", "watch")  # bounded by the model and the watchlist; entities are not
ENTITIES_MOST = 200  # entity series shown by name: 20 series each would be 4,000, what one Prometheus target may have
OTHER = "entity:other"
OTHER_SOURCE = OTHER_REASON = "other"

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_LATENCY = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600)  # a feed may be hours behind
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TEXTS = (*_BATCH, 512, 1_024)  # 64 articles are 576 texts at most: each whole and for 8 entities
_STATUS = re.compile(r"http_(\d)\d\d")
_USUAL_STATUS = {"http_401", "http_403", "http_404", "http_410", "http_429", "http_500", "http_502", "http_503"}


class ArticleRow(Protocol):
    """An article as it was committed; `role` is `new`, `copy` or `revision`."""

    @property
    def prepared(self) -> Prepared: ...
    @property
    def standing(self) -> Standing: ...
    @property
    def role(self) -> str: ...


class Effects(Protocol):
    """What was committed, as far as it is counted."""

    @property
    def articles(self) -> Sequence[ArticleRow]: ...
    @property
    def ticks(self) -> Sequence[tuple[int, Tick]]: ...
    @property
    def refusals(self) -> Sequence[Refusal]: ...
    @property
    def alerts(self) -> Sequence[Alert]: ...


class Folded(Protocol):
    """One committed batch."""

    @property
    def effects(self) -> Effects: ...
    @property
    def duplicates(self) -> int: ...


class SourceHealth(Protocol):
    """How one partition of a source fares; times in ms UTC."""

    @property
    def source(self) -> str: ...
    @property
    def last_ok(self) -> int | None: ...
    @property
    def last_item(self) -> int | None: ...
    @property
    def next_check(self) -> int | None: ...
    @property
    def failures(self) -> int: ...


class Metrics:
    """The daemon's metrics, in a registry of their own.

    Args:
        registry: a fresh one for each daemon, so that two may live in one process (tests do).
        entities: series (`entity:us.aapl`) shown by name, the first `ENTITIES_MOST` of them; all others add up in
            `entity:other`.
        series, sources: those that the configuration knows, of the other classes and of all sources.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        entities: Collection[str] = (),
        *,
        series: Collection[str] = (),
        sources: Collection[str] = (),
    ) -> None:
        # Else every counter has a second series, which no rule or panel reads. (The function publishes no types.)
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry
        self.declared: list[tuple[str, str, tuple[str, ...], str]] = []
        self._entities = frozenset(sorted(entities)[:ENTITIES_MOST])
        self._series, self._sources = Names(filter(_of_a_class, series)), Names(sources)
        self._shown, self._judged = set[tuple[str, str]](), set[tuple[str, str]]()

        # --- in
        self.articles = self._counter(
            "articles",
            "Articles, by what became of them: a standing once committed, or duplicate.",
            "source",
            "outcome",
        )
        self.refused = self._counter("refused", "Items that no article could be made of.", "source", "reason")
        self.late = self._counter("late", "Articles older than their source's watermark less the lateness.", "source")
        self.refolded = self._counter("refolded", "Articles that the fold knew already: re-read after a restart.")
        self.last_article = self._gauge(
            "last_article_timestamp_seconds", "When an article was last committed.", "source"
        )
        self.source_up = self._gauge("source_up", "1 while no partition of the source is failing.", "source")
        self.source_failures = self._gauge(
            "source_consecutive_failures", "Attempts failed in a row, of the partition that has most.", "source"
        )
        self.source_last_success = self._gauge(
            "source_last_success_timestamp_seconds", "When an attempt last worked.", "source"
        )
        self.source_last_item = self._gauge(
            "source_last_item_timestamp_seconds", "The newest item's own time.", "source"
        )
        self.source_next_check = self._gauge(
            "source_next_check_timestamp_seconds", "When the source will next be asked.", "source"
        )

        self.blind = self._gauge(
            "blind", "1 while counts of the longest window lack what was never read, of this source.", "source"
        )
        self.source_silent = self._gauge(
            "source_silent", "1 while far too little comes from the source; absent where too little to tell.", "source"
        )
        self.kafka = KafkaMetrics(self._declare)

        # --- through
        self.channel_depth = self._gauge("channel_depth", "Records waiting before a stage.", "channel")
        self.stories = self._counter("stories", "Committed articles by what they are to their story.", "kind")
        self.unscored = self._counter("unscored", "Committed articles without a score.", "reason")
        self.other_models = self._counter(
            "scores_of_other_models", "Committed articles that a scorer with another model than ours has scored."
        )
        self.batch_articles = self._histogram("batch_articles", "Articles in one inference batch.", _BATCH)
        self.batch_texts = self._histogram(
            "batch_texts",
            "Texts in one inference batch: each headline, and again for each entity of one that names several.",
            _TEXTS,
        )
        self.inference_seconds = self._histogram("inference_seconds", "One inference batch.", _FAST)
        self.fold_seconds = self._histogram("fold_seconds", "Folding one batch, without its commit.", _FAST)
        self.commit_seconds = self._histogram("commit_seconds", "One transaction.", _FAST)
        self.latency = self._histogram(
            "latency_seconds",
            "Live articles: from published to received (arrival), from received to committed (pipeline).",
            _LATENCY,
            "stage",
        )
        self.ticks = self._counter("ticks", "Minutes of the clock committed.")
        self.last_tick = self._gauge(
            "last_tick_timestamp_seconds", "The newest minute committed, by the daemon's clock."
        )
        self.heartbeat = self._gauge("heartbeat_timestamp_seconds", "When the event loop last came round.")

        # --- what it finds
        self.series_negative = self._gauge(
            "series_negative_stories", "New negative stories in the window.", "series", "window"
        )
        self.series_expected = self._gauge(
            "series_expected_stories", "Negative stories that the baseline expects in the window.", "series", "window"
        )
        self.series_silent = self._gauge(
            "series_silent", "1 while the series has far too few stories; absent where too few to tell.", "series"
        )
        self.series = SeriesMetrics(self._declare)
        self.open_spikes = self._gauge("open_spikes", "Spikes that are open.", "severity")
        self.alerts = self._counter("alerts", "Alerts committed.", "status", "severity")
        self.health = HealthMetrics(self._declare)

        # --- out
        self.delivery = DeliveryMetrics(self._declare)
        self.waiting = WaitingMetrics(self._declare, self._histogram)

        self.http = HttpMetrics(self._declare)

        # --- the daemon
        self.store_bytes = self._gauge("store_bytes", "Size of the store's files.")
        self.store_commit_failures = self._counter(
            "store_commit_failures", "Transactions that the store could not take and that were tried again."
        )
        self.retention = RetentionMetrics(self._declare)
        self._gauge(
            "sqlite_wal_reset_safe", "1 where the SQLite library is free of the WAL-reset corruption bug (3.51.3 on)."
        ).set(sqlite3.sqlite_version_info >= SQLITE_WAL_RESET_FIXED)
        self.model = ModelMetrics(self._declare)
        self.reload, self.lease = ReloadMetrics(self._declare), LeaseMetrics(self._declare)
        self.build_info = self._info(
            "build", "Versions of the daemon and what it runs on.", "version", "python", "sqlite"
        )

        self._start_at_zero()

    def _show_process(self) -> None:
        ProcessCollector(registry=self.registry)
        self.build_info.info(
            {"version": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        )

    def folded(self, folded: Folded, now: int) -> None:
        """Counts one committed batch. now: ms UTC, by the clock that stamped `received_at`."""
        effects = folded.effects
        for row in effects.articles:
            article, source = row.prepared.article, self.source(row.prepared.article.source)
            self.articles.labels(source, row.standing.value).inc()
            self.stories.labels(row.role).inc()
            self.last_article.labels(source).set(now / 1_000)
            if why := row.prepared.unscored:
                self.unscored.labels(why if why in UNSCORED else OTHER_REASON).inc()
            if row.standing is Standing.LATE:
                self.late.labels(source).inc()
            if row.standing is Standing.LIVE:
                self.latency.labels("pipeline").observe(max(0, now - article.received_at) / 1_000)
                if article.published_at is not None:
                    self.latency.labels("arrival").observe(max(0, article.received_at - article.published_at) / 1_000)
        for refusal in effects.refusals:
            self.refuse(refusal)
        for alert in effects.alerts:
            self.alerts.labels(alert.status.partition("-")[0], alert.severity).inc()  # update-1, update-2, ...
        if effects.ticks:
            self.ticks.inc(len(effects.ticks))
            self.last_tick.set(max(tick.at for _, tick in effects.ticks) / 1_000)
        self.refolded.inc(folded.duplicates)

    def refuse(self, refusal: Refusal) -> None:
        """Counts what a source could not make an article of."""
        self.refused.labels(refusal.source, reason_label(refusal.reason)).inc()

    def duplicate(self, source: str) -> None:
        """Counts an article that was committed just now and came again."""
        self.articles.labels(self.source(source), "duplicate").inc()

    def source(self, name: str) -> str:
        """A source as a label."""
        return name if self._sources.admit(name) else OTHER_SOURCE

    def named(self, series: str) -> bool:
        """Whether a series is shown by its own name."""
        if _of_a_class(series):
            return self._series.admit(series)
        return series in self._entities

    def show_series(self, rows: Iterable[tuple[str, int, int, float]]) -> None:
        """Replaces what is shown of the series; those that are not among the rows end.

        Args:
            rows: (series, hours of the window, negative stories in it, stories expected). Entities that are not shown
                by name add their negative stories up in `entity:other`, for which nothing is expected.
        """
        negative: dict[tuple[str, str], int] = {}
        expected: dict[tuple[str, str], float] = {}
        for series, hours, stories, mean in rows:
            shown = series if self.named(series) else OTHER
            at = (shown, f"{hours}h")
            negative[at] = negative.get(at, 0) + stories
            if shown != OTHER:
                expected[at] = mean
        for ended in self._shown - set(negative):
            self.series_negative.remove(*ended)
            if ended[0] != OTHER:
                self.series_expected.remove(*ended)
        for at, count in negative.items():
            self.series_negative.labels(*at).set(count)
        for at, mean in expected.items():
            self.series_expected.labels(*at).set(mean)
        self._shown = set(negative)

    def show_silence(self, keys: Mapping[str, bool]) -> None:
        """Replaces what is shown of silence: whether each key that can tell is silent, a series or `source:<name>`."""
        gauges = {"source": self.source_silent, "series": self.series_silent}
        judged = {}
        for key, silent in keys.items():
            kind, _, name = key.partition(":")
            if self.source(name) == name if kind == "source" else self.named(key):
                judged[("source", name) if kind == "source" else ("series", key)] = silent
        for kind, name in self._judged - judged.keys():
            gauges[kind].remove(name)
        for (kind, name), silent in judged.items():
            gauges[kind].labels(name).set(silent)
        self._judged = set(judged)

    def show_sources(self, partitions: Iterable[SourceHealth]) -> None:
        """Shows how the sources fare: of the partitions of one source, the worst."""
        by_source: dict[str, list[SourceHealth]] = {}
        for partition in partitions:
            by_source.setdefault(partition.source, []).append(partition)
        for source, parts in by_source.items():
            failures = max(part.failures for part in parts)
            self.source_up.labels(source).set(failures == 0)
            self.source_failures.labels(source).set(failures)
            for gauge, times, pick in (
                (self.source_last_success, [part.last_ok for part in parts], max),
                (self.source_last_item, [part.last_item for part in parts], max),
                (self.source_next_check, [part.next_check for part in parts], min),
            ):
                known = [at for at in times if at is not None]
                if known:
                    gauge.labels(source).set(pick(known) / 1_000)

    def show_model(self, name: str, content_hash: str, created: str = "") -> None:
        """Shows the model in use in place of the one before. created: when it was exported, ISO 8601, if known."""
        self.model.show(name, content_hash, created)

    def render(self) -> bytes:
        """The text exposition, for `GET /metrics`."""
        return generate_latest(self.registry)

    def _start_at_zero(self) -> None:
        """Children of fixed label values exist from the start: a rate over a series that just appeared is blind."""
        self._show_process()
        for kind in ("new", "copy", "development", "revision"):
            self.stories.labels(kind)
        for reason in UNSCORED:
            self.unscored.labels(reason)
        for severity in ("warning", "critical"):
            self.open_spikes.labels(severity)
            for status in ("firing", "update", "resolved"):
                self.alerts.labels(status, severity)
        for stage in ("arrival", "pipeline"):
            self.latency.labels(stage)

    def _declare(self, kind: type[M], name: str, text: str, *labels: str) -> M:
        """A counter or a gauge, for metrics that are declared elsewhere."""
        found = self._counter(name, text, *labels) if kind is Counter else self._gauge(name, text, *labels)
        assert isinstance(found, kind)
        return found

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        self.declared.append((f"bearwatch_{name}_total", "counter", labels, text))
        return Counter(f"bearwatch_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self.declared.append((f"bearwatch_{name}", "gauge", labels, text))
        return Gauge(f"bearwatch_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        self.declared.append((f"bearwatch_{name}", "histogram", labels, text))
        return Histogram(f"bearwatch_{name}", text, labels, registry=self.registry, buckets=buckets)

    def _info(self, name: str, text: str, *labels: str) -> Info:
        self.declared.append((f"bearwatch_{name}_info", "gauge", labels, text))
        return Info(f"bearwatch_{name}", text, registry=self.registry)


def _of_a_class(series: str) -> bool:
    return series.partition(":")[0] in SERIES_CLASSES


def reason_label(reason: str) -> str:
    """A reason as a label: rare HTTP statuses share one, as a server may answer with any of nine hundred.

    >>> reason_label("http_503"), reason_label("http_418")
    ('http_503', 'http_4xx')
    """
    status = _STATUS.fullmatch(reason)
    return f"http_{status[1]}xx" if status and reason not in _USUAL_STATUS else reason
