"""The end of the daemon's stages: the fold, and one transaction for all that a batch came to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import structlog

from monitor.delivery import Delivery
from monitor.errors import StoreUnavailableError
from monitor.fold import Fold, Folded
from monitor.ingest.past import fingerprints
from monitor.instrument import Recount
from monitor.records import PastText, Position, Prepared, Refusal, Tick
from monitor.sink import Counted
from monitor.storage.effects import Effects
from monitor.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

T = TypeVar("T")

RETRY_LEAST_S, RETRY_MOST_S = 0.25, 5.0
# A commit takes milliseconds; a store that says nothing for so long (a hung disk, a server that went away while it was
# committing) is told of, though it has not failed.
SILENT_S = 5.0


class Sink(Protocol):
    """Where effects are committed: the store, or memory in a replay."""

    async def known(self, keys: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
        """key -> [(text_hash, story_id)] of the keys that have been committed."""

    async def past(self, fingerprints: Sequence[int]) -> Mapping[int, PastText]:
        """fingerprint -> what is remembered of those texts that have been told."""

    async def counted_since(self, since: int) -> Counted:
        """The articles of that event time (ms) and later, in sequence, and where their units are counted."""

    async def commit(self, effects: Effects) -> None:
        """All or nothing, durable on return. Raises StoreUnavailableError where the same effects may be retried."""


class Committing:
    """Folds batch after batch and commits each.

    Args:
        clock: milliseconds UTC, for latencies and committed times only; no decision reads it.
        on_folded: called in the loop after each commit.
        due: the recount to be made after a batch, where it is not the fold's own to say.
        told_at: when a record was committed, where that is known and not now.
    """

    def __init__(
        self,
        fold: Fold,
        sink: Sink,
        metrics: Metrics,
        clock: Callable[[], int],
        on_folded: Callable[[Folded], None],
        *,
        due: Callable[[], Recount | None] | None = None,
        told_at: Callable[[Delivery], int] | None = None,
    ) -> None:
        self.stalled = ""
        self._fold = fold
        self._sink = sink
        self._metrics = metrics
        self._clock = clock
        self._on_folded = on_folded
        self._due = due or fold.due
        self._told_at = told_at or (lambda delivery: clock())

    async def take(self, batch: Sequence[Delivery]) -> None:
        """See `pipeline.End`."""
        articles = [d.record for d in batch if isinstance(d.record, Prepared)]
        keys = [prepared.article.key for prepared in articles]
        texts = [f for prepared in articles for f in fingerprints(prepared)]
        self._fold.learn_keys(await self._retried(lambda: self._sink.known(keys)) if keys else {})
        self._fold.learn_past(await self._retried(lambda: self._sink.past(texts)) if texts else {})
        with self._metrics.fold_seconds.time():
            for delivery in batch:
                self._take(delivery)
            folded = self._fold.take()
        await self._commit(folded)
        if (recount := self._due()) is not None:
            await self.recount(recount)

    async def recount(self, recount: Recount, position: Position | None = None) -> None:
        """Counts the past again, in a transaction of its own. position: committed together with it."""
        self._fold.recount(recount, *await self._retried(lambda: self._sink.counted_since(recount.since)))
        if position is not None:
            self._fold.position(position)
        await self._commit(self._fold.take())

    async def _commit(self, folded: Folded) -> None:
        with self._metrics.commit_seconds.time():
            await self._retried(lambda: self._sink.commit(folded.effects))
        self._metrics.folded(folded, self._clock())
        self._on_folded(folded)

    def _take(self, delivery: Delivery) -> None:
        match delivery.record:
            case Prepared() as prepared:
                self._fold.article(prepared, self._told_at(delivery))
            case Tick() as tick:
                self._fold.tick(tick)
            case Refusal() as refusal:
                self._fold.refusal(refusal)
        if delivery.position is not None:
            self._fold.position(delivery.position)

    async def _retried(self, work: Callable[[], Awaitable[T]]) -> T:
        """Does the very same again while the store cannot; nothing is acknowledged meanwhile."""
        pause = RETRY_LEAST_S
        while True:
            silent = asyncio.get_running_loop().call_later(SILENT_S, self._tell_silence)
            try:
                try:
                    done = await work()
                finally:
                    silent.cancel()
            except StoreUnavailableError as error:
                self.stalled = f"store: {error}"
                self._metrics.store_commit_failures.inc()
                log.error("store_unavailable", error=str(error), retry_s=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_MOST_S)
            else:
                if self.stalled:
                    log.info("store_available", ends="store_unavailable")
                self.stalled = ""
                return done

    def _tell_silence(self) -> None:
        self.stalled = self.stalled or f"store: no answer for {SILENT_S:.0f} s"
        log.warning("store_unavailable", error=f"no answer for {SILENT_S:.0f} s")  # ended as any other
