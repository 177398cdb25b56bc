"""The board that the page shows, made from the store and the fold's memory, at most once a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from monitor import __version__
from monitor.aggregation.series import MARKET, series_class
from monitor.alert_view import AlertRead, alert_view, read_alerts
from monitor.detection import reliability
from monitor.detection.silence import in_words as in_words_of_silence
from monitor.detection.spikes import NearMiss, OpenSpike
from monitor.detection.volume import SOURCE
from monitor.errors import StoreUnavailableError
from monitor.fold import Fold, Folded
from monitor.gauges import show_gauges, unreliable
from monitor.records import DAY_MS, HOUR_MS, MILLION, MINUTE_MS
from monitor.sources.protocol import Source, SourceHealth
from monitor.storage import queries
from monitor.storage.answers import PRECISION_MS, marked_pages
from monitor.storage.store import Store
from monitor.storage.views import Coverage, HourPoint, StoryView
from monitor.telemetry.health_metrics import PAGE_PERIODS
from monitor.telemetry.metrics import Metrics
from monitor.web import board as web
from monitor.web.changes import Changes

log = structlog.get_logger(__name__)

HOURS = 72
COMPANIES_MOST = 30
STORIES_NEWEST = 40
RECENT_ALERTS_MS = 3 * DAY_MS
# As the metrics name them: 24h, 28d.
PAGES_MS = dict(zip(PAGE_PERIODS, (DAY_MS, 28 * DAY_MS), strict=True))
# A page that changes faster than this cannot be read; and no board costs more than a few percent of a core.
LEAST_BETWEEN_S = 1.0
# Where a board is dear to make (a store of millions), so many times its cost passes before the next.
REST = 10


@dataclass(frozen=True, slots=True)
class Now:
    """What time the daemon thinks it is: `speed` is 1 and `virtual` false but in a demo."""

    at: int
    virtual: bool = False
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class _Read:
    """One snapshot of the store."""

    coverage: dict[str, Coverage]
    points: dict[str, dict[int, HourPoint]]
    last_hour: dict[str, list[HourPoint]]
    stories: list[StoryView]
    near_misses: list[NearMiss]
    spikes: list[OpenSpike]
    pending: dict[str, int]
    oldest: dict[str, int]
    pages: dict[str, dict[tuple[str, str], int]]
    marked: dict[str, Mapping[str, int]]
    alerts: dict[str, AlertRead]


class BoardMaker:
    """Keeps one present board.

    Args:
        topics: series of every topic the model knows, so that a silent one is shown as silent.
        notes: gives warnings to show on top.
        machine_clock: ms; mutes end by it, also where the news runs on another clock.
    """

    def __init__(
        self,
        *,
        fold: Fold,
        store: Store,
        sources: Sequence[Source],
        metrics: Metrics,
        changes: Changes,
        clock: Callable[[], Now],
        model_name: str,
        topics: Sequence[str],
        notes: Callable[[], Sequence[str]] = tuple,
        machine_clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._fold = fold
        self._store = store
        self._sources = sources
        self._metrics = metrics
        self._changes = changes
        self._clock = clock
        self._model_name = model_name
        self._topics = tuple(topics)
        self._notes = notes
        self._machine_clock = machine_clock
        self._dirty = asyncio.Event()
        self._dirty.set()
        counted = store.read(queries.counts)
        self._articles, self._stories = counted.articles, counted.stories
        self.board = self._assemble(self._read_store(self._clock().at))

    def folded(self, folded: Folded) -> None:
        """Called after each commit."""
        articles = folded.effects.articles
        self._articles += len(articles)
        self._stories += sum(row.role == "new" for row in articles)
        for spike in (*folded.opened, *folded.closed):
            if not spike.headed_by:
                self._changes.publish("alert", {"id": spike.id, "open": spike.closed_at is None})
        self._dirty.set()

    def touch(self) -> None:
        """Called when a person has answered or muted something."""
        self._dirty.set()

    def series(self, name: str) -> web.SeriesView | None:
        """One series of the present board."""
        return next((view for view in self._shown() if view.name == name), None)

    def _shown(self) -> tuple[web.SeriesView, ...]:
        board = self.board
        return (board.market, *board.topics, *board.sectors, *board.companies, *board.watches)

    async def run(self) -> None:
        """Makes a new board whenever something was committed, until cancelled."""
        failed = False
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            began = time.monotonic()
            try:
                read = await asyncio.to_thread(self._read_store, self._clock().at)
            except StoreUnavailableError as error:
                log.warning("board_not_read", error=str(error))  # the old one stays; the fold has its own retry
                failed = True
                self._dirty.set()
            else:
                if failed:
                    log.info("board_read_again", ends="board_not_read")
                failed = False
                self.board = self._assemble(read)
                show_gauges(
                    self._metrics,
                    self._fold,
                    self._topics,
                    pages=read.pages,
                    marked=read.marked,
                    pending=read.pending,
                    oldest=read.oldest,
                    sentiment={v.name: v.sentiment_1h for v in self._shown() if v.sentiment_1h is not None},
                )
                self._metrics.show_sources(h for source in self._sources for h in source.health())
                self._metrics.store_bytes.set(self._store.size())
                self._changes.publish("board", {"now": self.board.now})
            await asyncio.sleep(max(LEAST_BETWEEN_S, REST * (time.monotonic() - began)))

    def _read_store(self, now: int) -> _Read:
        with self._store.reader() as db:
            coverage = queries.coverage(db, now - DAY_MS)
            since = (now // HOUR_MS - HOURS + 1) * 60
            spikes = queries.spikes_recent(db, now - RECENT_ALERTS_MS)
            chosen = self._chosen(coverage, spikes)
            points: dict[str, dict[int, HourPoint]] = {}
            for point in queries.hourly_points(db, chosen, since):
                points.setdefault(point.series, {})[point.hour] = point
            last_hour: dict[str, list[HourPoint]] = {}
            for point in queries.hourly_points(db, chosen, now // MINUTE_MS - 59):
                last_hour.setdefault(point.series, []).append(point)
            return _Read(
                coverage=coverage,
                points=points,
                last_hour=last_hour,
                stories=queries.stories_newest(db, STORIES_NEWEST),
                near_misses=queries.near_misses(db, now - DAY_MS),
                spikes=spikes,
                pending=queries.deliveries_pending(db),
                marked=marked_pages(db, now - PRECISION_MS),
                oldest=queries.deliveries_oldest(db),
                pages={period: queries.pages_opened(db, now - ms) for period, ms in PAGES_MS.items()},
                alerts=read_alerts(db, spikes, self._machine_clock()),
            )

    def _chosen(self, coverage: dict[str, Coverage], spikes: Iterable[OpenSpike]) -> list[str]:
        """Market, all topics, the sectors and hazards of the day, and companies with an open spike or most stories."""
        raised = {held.spike.series for held in spikes if held.spike.closed_at is None}
        sectors = sorted(s for s in coverage if series_class(s) in ("sector", "watch"))
        companies = sorted(
            (s for s in {*coverage, *raised} if series_class(s) == "entity"),
            key=lambda s: (s not in raised, -(coverage[s].stories if s in coverage else 0), s),
        )
        return ["market", *self._topics, *sectors, *companies[:COMPANIES_MOST]]

    def _assemble(self, read: _Read) -> web.Board:
        now = self._clock()
        names = self._chosen(read.coverage, read.spikes)
        views = {name: self._series(name, read, now.at) for name in names}

        def of(kind: str) -> tuple[web.SeriesView, ...]:
            return tuple(sorted((v for v in views.values() if v.kind == kind), key=_nearest_first))

        pages = [held for held in read.spikes if not held.spike.headed_by]
        below: dict[str, list[str]] = {}
        for held in read.spikes:
            if held.spike.headed_by:
                below.setdefault(held.spike.headed_by, []).append(self._fold.settings.label(held.spike.series))
        alerts = [
            alert_view(
                held,
                read.alerts[held.spike.id],
                self._fold.settings.label(held.spike.series),
                below.get(held.spike.id, []),
            )
            for held in pages
        ]
        return web.Board(
            now=now.at,
            virtual=now.virtual,
            speed=now.speed,
            version=__version__,
            model_name=self._model_name,
            model_hash=self._fold.memory.instrument.model,
            articles=self._articles,
            stories=self._stories,
            market=views["market"],
            topics=of("topic"),
            sectors=of("sector"),
            companies=of("entity"),
            watches=of("watch"),
            open_alerts=tuple(
                sorted(
                    (a for a in alerts if a.closed_at is None), key=lambda a: (a.severity != "critical", -a.opened_at)
                )
            ),
            recent_alerts=tuple(a for a in alerts if a.closed_at is not None),
            stories_newest=tuple(self._story(view) for view in read.stories),
            near_misses=tuple(self._near_miss(miss) for miss in read.near_misses),
            feeds=tuple(_feed(h) for source in self._sources for h in source.health()),
            notes=(
                *self._notes(),
                *self._silences(now.at),
                *map(reliability.in_words, reliability.foremost(unreliable(self._fold))),
            ),
        )

    def _silences(self, now: int) -> list[str]:
        """A note for the market and for each source that is silent; series say so in their row."""
        held = self._fold.memory.detector.hearing.silent
        market = [f"market: {in_words_of_silence(MARKET, held[MARKET], now)}"] if MARKET in held else []
        sources = [
            f"source {key.removeprefix(SOURCE)}: {in_words_of_silence(key, held[key], now)}"
            for key in sorted(held)
            if key.startswith(SOURCE)
        ]
        return market + sources

    def _series(self, name: str, read: _Read, now: int) -> web.SeriesView:
        fold = self._fold
        one, six = fold.views(name)
        points = read.points.get(name, {})
        last = now // HOUR_MS
        observed = one.prediction.observed_hours
        wanted = fold.settings.detection.min_history_ms // HOUR_MS
        learned = observed >= wanted
        held = fold.memory.detector.open_spikes.get(name)
        silence = fold.memory.detector.hearing.silent.get(name)
        coverage = read.coverage.get(name)
        shown = [points.get(hour) for hour in range(last - HOURS + 1, last + 1)]
        return web.SeriesView(
            name=name,
            label=fold.settings.label(name),
            kind=series_class(name),
            stories_1h=sum(p.shown for p in read.last_hour.get(name, [])),
            negative_1h=one.n,
            negative_6h=six.n,
            usual_1h=one.prediction.mean if learned else None,
            pages_at=one.pages_at(fold.levels(name).surprise, fold.settings.detection.min_stories) if learned else None,
            sentiment_1h=_mean(read.last_hour.get(name, [])),
            sentiment_24h=_mean(shown[-24:]),
            points=tuple(
                web.Point(hour * HOUR_MS, p.shown if p else 0, p.negative if p else 0, _mean([p]))
                for hour, p in zip(range(last - HOURS + 1, last + 1), shown, strict=True)
            ),
            publishers_24h=coverage.publishers if coverage else 0,
            last_story_at=coverage.last_story_at if coverage else None,
            alert_id=(held.spike.headed_by or held.spike.id) if held else None,
            learning="" if learned else f"{observed} h of {wanted} h observed",
            stale=in_words_of_silence(name, silence, now) if silence else "",
        )

    def _story(self, view: StoryView) -> web.StoryView:
        story, label = view.story, self._fold.settings.label
        scored = next((m for m in view.members if m.negative is not None), None)
        sentiment = None
        if scored is not None and scored.positive is not None and scored.negative is not None:
            sentiment = (scored.positive - scored.negative) / MILLION
        return web.StoryView(
            id=story.id,
            title=story.first_text,
            publisher=story.publisher,
            url=story.url,
            first_at=story.first_at,
            last_at=story.last_at,
            sentiment=sentiment,
            negative=None if story.negative is None else story.negative / MILLION,
            topics=tuple(label(s) for s in view.series if s.startswith("topic:")),
            entities=tuple((s, label(s)) for s in view.series if s.startswith("entity:")),
            copies=tuple(web.CopyView(m.title, m.publisher, m.url, m.event_time) for m in view.members[1:]),
            publishers=len(story.publishers),
            developments=len(story.developments),
            stale=story.stale,
        )

    def _near_miss(self, miss: NearMiss) -> web.NearMiss:
        return web.NearMiss(
            miss.series,
            self._fold.settings.label(miss.series),
            miss.at,
            miss.window,
            miss.n,
            miss.expected,
            miss.surprise,
            miss.threshold,
            miss.kept_silent_by,
        )


def _mean(points: Iterable[HourPoint | None]) -> float | None:
    held = [p for p in points if p is not None and p.scored]
    scored = sum(p.scored for p in held)
    return sum(p.sentiment for p in held) / scored / MILLION if scored else None


def _nearest_first(view: web.SeriesView) -> tuple[bool, float, int, str]:
    """Alarmed first, then by how near to a page, then by volume."""
    near = view.negative_1h / view.pages_at if view.pages_at else 0.0
    return (view.alert_id is None, -near, -sum(p.stories for p in view.points[-24:]), view.label)


def _feed(health: SourceHealth) -> web.FeedView:
    return web.FeedView(
        source=health.source,
        state=health.state.value,
        last_ok=health.last_ok,
        last_item=health.last_item,
        next_check=health.next_check,
        failures=health.failures,
        reason=health.reason,
        items=health.items,
    )
