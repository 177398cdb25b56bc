"""The way of a record through the daemon, on one screen: prepare -> infer -> fold, then the acknowledgement.

Prepare and infer are stateless and hand on in arrival order; the fold is one sequential task that owns all keyed
state and commits it. Every channel is bounded. A stage that raises ends the process: at-least-once and a supervisor
beat a half-dead daemon.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import structlog

from monitor.channel import Channel, ChannelClosed
from monitor.delivery import Delivery
from monitor.errors import StoreUnavailableError
from monitor.fold import Fold, Folded
from monitor.inference.scorer import Scorer
from monitor.ingest.canonical import LEAD_CHARS, clean_text, digest, guess_language
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.targets import readings, scores_by_headline
from monitor.records import Article, Prepared, Refusal, Score, Tick
from monitor.sources.protocol import Source
from monitor.storage.effects import Effects
from monitor.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

T = TypeVar("T")

INTAKE = 256  # a feed's worth: sources wait behind it
SCORING = 512  # several batches of 64 with the ticks between them: the session never waits for prepare
INFERRING = 1  # one batch runs, one waits at the session's door
FOLDING = 512  # while a commit is retried, at most this many scored articles wait
FOLD_BATCH = 256  # articles of one transaction: bounds the work that a kill takes back
RECENT = 50_000  # articles whose second arrival is dropped before inference
RETRY_LEAST_S, RETRY_MOST_S = 0.25, 5.0


class Sink(Protocol):
    """Where effects are committed: the store, or memory in a replay."""

    async def known(self, keys: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
        """key -> [(text_hash, story_id)] of the keys that have been committed."""

    async def commit(self, effects: Effects) -> None:
        """All or nothing, durable on return. Raises StoreUnavailableError where the same effects may be retried."""


@dataclass(frozen=True, slots=True)
class Stages:
    """What the stages are made of.

    Attributes:
        max_batch: articles that one call of the scorer takes at most; each is up to 1 + MOST_TARGETS texts where the
            model has a target token. The scorer runs them by its token budget, so only the call grows, not a run.
        languages: those that the model was made for; the first stands in where a Latin text names none.
        clock: milliseconds UTC, for latencies and received times only; no decision reads it.
        on_folded: called in the loop after each commit.
    """

    matcher: EntityMatcher
    scorer: Scorer
    max_batch: int
    languages: tuple[str, ...]
    fold: Fold
    sink: Sink
    metrics: Metrics
    clock: Callable[[], int]
    on_folded: Callable[[Folded], None]


class Pipeline:
    """One run of the stages over the given sources, from the first record to the last acknowledgement."""

    def __init__(self, stages: Stages, sources: Sequence[Source]) -> None:
        self.stages = stages
        self.sources = sources
        self.intake: Channel[Delivery] = Channel(INTAKE, self._pause, self._resume)
        self.scoring: Channel[Delivery] = Channel(SCORING)
        self.inferring: Channel[tuple[list[Delivery], asyncio.Task[list[tuple[Score, ...]]]]] = Channel(INFERRING)
        self.folding: Channel[Delivery] = Channel(FOLDING)
        self.stalled = ""  # why nothing is committed now, "" while it flows
        self._recent: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._reading: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Until every source has ended, or `stop` was called, and what was taken in has been committed."""
        async with asyncio.TaskGroup() as stages:
            self._group = stages
            stages.create_task(self._read(), name="read")
            stages.create_task(self._prepare(), name="prepare")
            stages.create_task(self._infer(), name="infer")
            stages.create_task(self._hand_on(), name="hand on")
            stages.create_task(self._fold(), name="fold")

    def stop(self) -> None:
        """Ends the reading; what is in the channels is still committed. Idempotent."""
        for task in self._reading:
            task.cancel()

    def depths(self) -> dict[str, int]:
        """Records waiting before each stage."""
        return {"intake": len(self.intake), "scoring": len(self.scoring), "folding": len(self.folding)}

    async def _read(self) -> None:
        try:
            async with asyncio.TaskGroup() as readers:
                self._reading = [
                    readers.create_task(source.run(self.intake), name=f"source {source.name}")
                    for source in self.sources
                ]
        finally:
            await self.intake.close()

    async def _prepare(self) -> None:
        try:
            while True:
                await self.scoring.put_all([self._prepared(d) for d in await self.intake.get_ready(64)])
        except ChannelClosed:
            await self.scoring.close()

    def _prepared(self, delivery: Delivery) -> Delivery:
        """With canonical text and entities; a text committed just now goes on as its position alone."""
        if not isinstance(delivery.record, Article):
            return delivery
        prepared = prepare(delivery.record, self.stages.matcher, self.stages.languages)
        if (prepared.article.key, prepared.text_hash) in self._recent:
            self.stages.metrics.articles.labels(prepared.article.source, "duplicate").inc()
            return replace(delivery, record=None)
        return replace(delivery, record=prepared)

    async def _infer(self) -> None:
        """Gives the session its next batch while it runs one: it never waits for the loop to come round."""
        try:
            while True:
                batch = await self.scoring.get_ready(self.stages.max_batch, _is_article)
                wanted = [d.record for d in batch if isinstance(d.record, Prepared) and not d.record.unscored]
                await self.inferring.put((batch, self._group.create_task(self._scores(wanted))))
        except ChannelClosed:
            await self.inferring.close()

    async def _scores(self, wanted: Sequence[Prepared]) -> list[tuple[Score, ...]]:
        """Of each article: the whole headline's score, then one per entity where it names several."""
        scorer, metrics = self.stages.scorer, self.stages.metrics
        token = scorer.model.target_token  # nothing is awaited before `score` takes its model: both are one model's
        asked = [readings(p.title, p.lead, p.mentions, token) for p in wanted]
        texts = [reading.text for headline in asked for reading in headline]
        if wanted:
            metrics.batch_articles.observe(len(wanted))
            metrics.batch_texts.observe(len(texts))
        return scores_by_headline(asked, await scorer.score(texts))

    async def _hand_on(self) -> None:
        try:
            while True:
                batch, scores = await self.inferring.get()
                with self.stages.metrics.inference_seconds.time():
                    found = iter(await scores)
                await self.folding.put_all([_scored(delivery, found) for delivery in batch])
        except ChannelClosed:
            await self.folding.close()

    async def _fold(self) -> None:
        fold, sink = self.stages.fold, self.stages.sink
        try:
            while True:
                batch = await self.folding.get_ready(FOLD_BATCH)
                articles = [d.record for d in batch if isinstance(d.record, Prepared)]
                keys = [p.article.key for p in articles]
                fold.learn_keys(await self._retried(lambda k=keys: sink.known(k)) if keys else {})  # type: ignore[misc]
                with self.stages.metrics.fold_seconds.time():
                    for delivery in batch:
                        self._take(delivery)
                    folded = fold.take()
                with self.stages.metrics.commit_seconds.time():
                    await self._retried(lambda f=folded: sink.commit(f.effects))  # type: ignore[misc]
                for delivery in batch:
                    delivery.ack()
                self._remember(articles)
                self.stages.metrics.folded(folded, self.stages.clock())
                self.stages.on_folded(folded)
        except ChannelClosed:
            return

    def _take(self, delivery: Delivery) -> None:
        match delivery.record:
            case Prepared() as prepared:
                self.stages.fold.article(prepared, self.stages.clock())
            case Tick() as tick:
                self.stages.fold.tick(tick)
            case Refusal() as refusal:
                self.stages.fold.refusal(refusal)
        if delivery.position is not None:
            self.stages.fold.position(delivery.position)

    async def _retried(self, work: Callable[[], Awaitable[T]]) -> T:
        """Does the very same again while the store cannot; nothing is acknowledged meanwhile."""
        pause = RETRY_LEAST_S
        while True:
            try:
                done = await work()
            except StoreUnavailableError as error:
                self.stalled = str(error)
                self.stages.metrics.store_commit_failures.inc()
                log.error("store_unavailable", error=str(error), retry_s=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_MOST_S)
            else:
                self.stalled = ""
                return done

    def _remember(self, articles: Sequence[Prepared]) -> None:
        for prepared in articles:
            self._recent[prepared.article.key, prepared.text_hash] = None
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def _pause(self) -> None:
        for source in self.sources:
            source.pause()

    def _resume(self) -> None:
        for source in self.sources:
            source.resume()


def prepare(article: Article, matcher: EntityMatcher, languages: Sequence[str]) -> Prepared:
    """Canonical text and entities of an article; `unscored` says why the model will not read it."""
    title = clean_text(article.title)
    lead = clean_text(article.summary, LEAD_CHARS)
    language = article.language.lower().partition("-")[0] or guess_language(title) or languages[0]
    unscored = ""
    if not title and not lead:
        unscored = "empty"
    elif language not in languages:
        unscored = "unsupported_language"
    return Prepared(
        article=article,
        title=title,
        lead=lead,
        text_hash=digest(title, lead),
        mentions=matcher.find(title, lead, article.tickers),
        unscored=unscored,
    )


def _is_article(delivery: Delivery) -> bool:
    return isinstance(delivery.record, Prepared)


def _scored(delivery: Delivery, found: Iterator[tuple[Score, ...]]) -> Delivery:
    """With the next scores, where it waited for some; a text that the model makes nothing of says so."""
    prepared = delivery.record
    if not isinstance(prepared, Prepared) or prepared.unscored:
        return delivery
    scores = next(found)
    return replace(delivery, record=replace(prepared, scores=scores, unscored="" if scores else "empty"))
