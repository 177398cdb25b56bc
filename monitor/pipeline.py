"""The way of a record through the daemon, on one screen: prepare -> infer -> end, then the acknowledgement.

Prepare and infer are stateless and hand on in arrival order. What they end in is one sequential task that makes the
records safe: the fold, which owns all keyed state and commits it, or, in a scorer, a topic. Every channel is bounded.
A stage that raises ends the process: at-least-once and a supervisor beat a half-dead daemon.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from monitor.channel import Channel, ChannelClosed
from monitor.delivery import Delivery
from monitor.inference.scorer import Scorer
from monitor.ingest.canonical import LEAD_CHARS, clean_text, digest, guess_language
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.targets import readings, scores_by_headline
from monitor.records import EMPTY, NOT_A_NUMBER, UNSUPPORTED, Article, Prepared, Score
from monitor.sources.protocol import Source
from monitor.telemetry.metrics import Metrics

INTAKE = 256  # a feed's worth: sources wait behind it
SCORING = 512  # several batches of 64 with the ticks between them: the session never waits for prepare
INFERRING = 1  # one batch runs, one waits at the session's door
ENDING = 512  # while a commit is retried, at most this many scored articles wait
END_BATCH = 256  # records of one transaction: bounds the work that a kill takes back
RECENT = 50_000  # articles whose second arrival is dropped before inference

Read = tuple[tuple[Score, ...], str]  # an article's scores, or why there are none


class End(Protocol):
    """What the stages end in."""

    @property
    def stalled(self) -> str:
        """Why nothing can be made safe now, "" while it can."""

    async def take(self, batch: Sequence[Delivery]) -> None:
        """Makes the records safe, in this order; tries again for as long as that may help. Raises what it cannot."""


@dataclass(frozen=True, slots=True)
class Stages:
    """What the stages are made of.

    Attributes:
        max_batch: articles that one call of the scorer takes at most; each is up to 1 + MOST_TARGETS texts where the
            model has a target token. The scorer runs them by its token budget, so only the call grows, not a run.
        languages: those that the model was made for; the first stands in where a Latin text names none.
        clock: now in ms, for the time at which scores came; None where that would say nothing, as in a replay.
    """

    matcher: EntityMatcher
    scorer: Scorer
    max_batch: int
    languages: tuple[str, ...]
    end: End
    metrics: Metrics
    clock: Callable[[], int] | None = None


class Pipeline:
    """One run of the stages over the given sources, from the first record to the last acknowledgement."""

    def __init__(self, stages: Stages, sources: Sequence[Source]) -> None:
        self.stages = stages
        self.sources = sources
        self.intake: Channel[Delivery] = Channel(INTAKE, self._pause, self._resume)
        self.scoring: Channel[Delivery] = Channel(SCORING)
        self.inferring: Channel[tuple[list[Delivery], asyncio.Task[list[Read]]]] = Channel(INFERRING)
        self.ending: Channel[Delivery] = Channel(ENDING)
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
            stages.create_task(self._end(), name="end")

    def stop(self) -> None:
        """Ends the reading; what is in the channels is still committed. Idempotent."""
        for task in self._reading:
            task.cancel()

    def depths(self) -> dict[str, int]:
        """Records waiting before each stage."""
        return {"intake": len(self.intake), "scoring": len(self.scoring), "ending": len(self.ending)}

    @property
    def stalled(self) -> str:
        """Why nothing is made safe now, "" while it flows."""
        return self.stages.end.stalled

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
        prepared = delivery.record
        if isinstance(prepared, Article):
            prepared = prepare(prepared, self.stages.matcher, self.stages.languages)
        if not isinstance(prepared, Prepared):  # one that is comes from a scorer
            return delivery
        if (prepared.article.key, prepared.text_hash) in self._recent:
            self.stages.metrics.duplicate(prepared.article.source)
            return replace(delivery, record=None)
        return replace(delivery, record=prepared)

    async def _infer(self) -> None:
        """Gives the session its next batch while it runs one: it never waits for the loop to come round."""
        try:
            while True:
                batch = await self.scoring.get_ready(self.stages.max_batch, _is_article)
                wanted = [p for d in batch if (p := _waiting(d)) is not None]
                if wanted:
                    full = sum(map(_is_article, batch)) >= self.stages.max_batch
                    self.stages.metrics.model.batches.labels("full" if full else "drained").inc()
                await self.inferring.put((batch, self._group.create_task(self._scores(wanted))))
        except ChannelClosed:
            await self.inferring.close()

    async def _scores(self, wanted: Sequence[Prepared]) -> list[Read]:
        """Of each article: the whole headline's score, then one per entity where it names several; or why none."""
        scorer, metrics = self.stages.scorer, self.stages.metrics
        token = scorer.model.target_token  # nothing is awaited before `score` takes its model: both are one model's
        asked = [readings(p.title, p.lead, p.mentions, token) for p in wanted]
        texts = [reading.text for headline in asked for reading in headline]
        if wanted:
            metrics.batch_articles.observe(len(wanted))
            metrics.batch_texts.observe(len(texts))
        scores = await scorer.score(texts)
        metrics.model.show_tokens(scorer.tokens, scorer.padding)
        told = scores_by_headline(asked, scores)
        whole = [headline[0].text for headline in asked]
        return [(s, "" if s else NOT_A_NUMBER if text else EMPTY) for s, text in zip(told, whole, strict=True)]

    async def _hand_on(self) -> None:
        try:
            while True:
                batch, scores = await self.inferring.get()
                with self.stages.metrics.inference_seconds.time():
                    found = iter(await scores)
                at = self.stages.clock() if self.stages.clock else None
                await self.ending.put_all([_scored(delivery, found, at) for delivery in batch])
        except ChannelClosed:
            await self.ending.close()

    async def _end(self) -> None:
        try:
            while True:
                batch = await self.ending.get_ready(END_BATCH)
                await self.stages.end.take(batch)
                for delivery in batch:
                    delivery.ack()
                self._remember([d.record for d in batch if isinstance(d.record, Prepared)])
        except ChannelClosed:
            return

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
    return read(Prepared(article, title, lead, digest(title, lead), ()), matcher, languages)


def read(text: Prepared, matcher: EntityMatcher, languages: Sequence[str]) -> Prepared:
    """A canonical text with its entities, not yet scored."""
    article, title, lead = text.article, text.title, text.lead
    language = article.language.lower().partition("-")[0] or guess_language(title) or languages[0]
    unscored = ""
    if not title and not lead:
        unscored = EMPTY
    elif language not in languages:
        unscored = UNSUPPORTED
    return replace(text, mentions=matcher.find(title, lead, article.tickers), scores=(), unscored=unscored)


def _is_article(delivery: Delivery) -> bool:
    return isinstance(delivery.record, Prepared)


def _waiting(delivery: Delivery) -> Prepared | None:
    """The article that waits for scores, if the delivery is one."""
    prepared = delivery.record
    return prepared if isinstance(prepared, Prepared) and not (prepared.unscored or prepared.scores) else None


def _scored(delivery: Delivery, found: Iterator[Read], at: int | None) -> Delivery:
    """With the next scores, where it waited for some; a text that the model makes nothing of says so."""
    prepared = _waiting(delivery)
    if prepared is None:
        return delivery
    scores, why = next(found)
    return replace(delivery, record=replace(prepared, scores=scores, unscored=why, scored_at=at))
