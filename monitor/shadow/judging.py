"""The end of a shadow's stages: the daemon's own fold and commit, over counts that the live watch says when to redo."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog
from prometheus_client import CollectorRegistry

from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.fold import Fold, Folded
from monitor.instrument import Recount
from monitor.records import DAY_MS, PastText
from monitor.sink import StoreSink
from monitor.storage import rebuild
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

# Left on the disk for others, the live store before all: a month of it, and its log. Below, the shadow waits.
ROOM_BYTES = 512 * 1024 * 1024
ROOM_S = 30.0


class ShadowSink(StoreSink):
    """Commits to the shadow's store; of texts told before the shadow began, what the live store remembers is known.

    Args:
        began: ms; 0 where it began with the live store's first record, and knows all by itself.
    """

    def __init__(self, own: Store, live: Store, began: int) -> None:
        super().__init__(own)
        self._live = live
        self._day = began // DAY_MS

    async def past(self, fingerprints: Sequence[int]) -> Mapping[int, PastText]:
        found = dict(await super().past(fingerprints))
        unknown = [f for f in fingerprints if f not in found]
        if self._day and unknown:
            texts = await self._live.read_async(rebuild.past_texts, unknown)
            found.update((f, before) for f, text in texts.items() if (before := self._before(text)))
        return found

    def _before(self, text: PastText) -> PastText | None:
        """As it was remembered when the shadow began; None where nobody had told it by then."""
        if text.last_at // DAY_MS < self._day:
            return text
        days = tuple(day for day in (*text.before, *text.days) if day < self._day)
        # When it was last told by then is no longer known: not after the last day that is.
        return replace(text, before=days, days=(), last_at=(max(days) + 1) * DAY_MS - 1) if days else None


class Judging:
    """See `pipeline.End`. Recounts come with the records; nothing else decides when one is due."""

    def __init__(self, fold: Fold, sink: ShadowSink, on_folded: Callable[[Folded], None], own: Store) -> None:
        self._fold = fold
        self._path = own.beside.parent  # the disk that it fills, which mostly is the live store's too
        self._full = ""
        self._committing = Committing(
            fold,
            sink,
            Metrics(CollectorRegistry()),
            clock=lambda: fold.memory.now,
            on_folded=on_folded,
            due=lambda: None,
            told_at=lambda delivery: int(delivery.position.value["at"]) if delivery.position else fold.memory.now,
        )

    @property
    def stalled(self) -> str:
        """Why nothing is made safe now."""
        return self._full or self._committing.stalled

    async def take(self, batch: Sequence[Delivery]) -> None:
        """Raises what the store cannot take."""
        await self._room()
        part: list[Delivery] = []
        for delivery in batch:
            if not isinstance(delivery.record, Recount):
                part.append(delivery)
                continue
            await self._committing.take(part)
            part = []
            memory = self._fold.memory
            admitted = tuple(source for source in delivery.record.admitted if source in memory.sources.trial)
            if admitted:
                told = Recount(memory.now, delivery.record.since, memory.instrument, memory.instrument, admitted)
                await self._committing.recount(told, delivery.position)
            else:  # the live watch has another instrument, which is nothing to this one
                part.append(replace(delivery, record=None))
        if part:
            await self._committing.take(part)

    async def _room(self) -> None:
        """Waits while the disk is nearly full: the live store may need what is left."""
        while (free := shutil.disk_usage(self._path).free) < ROOM_BYTES:
            self._full = f"{free / 1e6:,.0f} MB are free on the disk of {self._path}, left to others"
            log.warning("disk_nearly_full", folder=str(self._path), least_mb=round(ROOM_BYTES / 1e6))
            await asyncio.sleep(ROOM_S)
        if self._full:
            log.info("disk_has_room", folder=str(self._path), ends="disk_nearly_full")
        self._full = ""
