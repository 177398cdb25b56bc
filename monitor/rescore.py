"""A new model or watchlist reads the past 28 days again before anything new is counted with it.

The baseline says what is usual by one instrument: held against counts of another, every series that the new one finds
more bad news in would page. What it makes of the past articles is staged in the store as it comes, so that a kill goes
on where it was; one transaction then makes it stand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.fold import Fold
from monitor.inference.scorer import Scorer
from monitor.ingest.entities import EntityMatcher
from monitor.instrument import Instrument, Recount
from monitor.memory import FoldSettings
from monitor.notify import ServiceManager
from monitor.pipeline import Pipeline, Stages, read
from monitor.records import DAY_MS, Position, Prepared
from monitor.restore import restore
from monitor.service import STEP_S
from monitor.sources.protocol import SourceHealth
from monitor.storage import rebuild, sequence
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.store import Store
from monitor.supervise import supervise
from monitor.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

# The 28 days that teach, to the start of a day, and the hours that may not teach yet.
PAST_MS = 29 * DAY_MS
PAGE = 2_000
TELL_S = 10.0
_SAVED = "rescoring"


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads the articles again."""

    matcher: EntityMatcher
    scorer: Scorer
    max_batch: int


async def read_past(store: Store, settings: FoldSettings, reader: Reader) -> None:
    """Stages what another instrument makes of the past while the present one runs on.

    `open_fold` of these settings then has only to read what came meanwhile.
    """
    now = store.read(rebuild.last_tick)
    wanted = _since(now[1].at if now else 0, settings)
    pipeline, _ = await _reading_again(store, settings.instrument, reader, wanted, ServiceManager())
    await pipeline.run()


async def open_fold(
    store: Store, settings: FoldSettings, reader: Reader, manager: ServiceManager | None = None
) -> Fold | None:
    """The fold as the store has it, counted with the present instrument: where that changed, the past is read again.

    None where SIGTERM or SIGINT came meanwhile: the next start goes on from there.
    """
    manager = manager or ServiceManager()
    memory = restore(store, settings)
    if store.read(rebuild.meta, "instrument") is None:
        memory.instrument = settings.instrument
        store.commit(Effects(meta={"instrument": str(settings.instrument)}))
    fold = Fold(settings, memory)
    if memory.instrument != settings.instrument:
        wanted = _since(memory.now, settings)
        since = await _read_again(store, settings.instrument, reader, wanted, manager)
        if since is None:
            return None
        recount = Recount(memory.now, since, memory.instrument, settings.instrument)
        fold.recount(recount, *store.read(sequence.counted_since, since, staged=True))
        await store.commit_async(fold.take().effects)
        log.info("instrument_changed", before=str(recount.before), now=str(recount.after))
    return fold


def _since(now: int, settings: FoldSettings) -> int:
    return (now - PAST_MS) // DAY_MS * DAY_MS - settings.longest_story_ms


async def _read_again(
    store: Store, instrument: Instrument, reader: Reader, since: int, manager: ServiceManager
) -> int | None:
    """Stages what the instrument makes of the past; from which event time (ms) on, by a start that was cut off too.

    None where a signal stopped it.
    """
    pipeline, since = await _reading_again(store, instrument, reader, since, manager)
    if await supervise(pipeline, {}, manager):
        return None
    manager.extend(STEP_S)
    manager.status("counting the past again")
    return since


async def _reading_again(
    store: Store, instrument: Instrument, reader: Reader, since: int, manager: ServiceManager
) -> tuple[Pipeline, int]:
    await store.settled()  # what a reading that was cut off has left in the writer's hands counts too
    saved = json.loads(store.read(rebuild.meta, _SAVED) or "null")
    if saved is None or saved["instrument"] != str(instrument):
        saved = {"instrument": str(instrument), "since": since, "seq": 0}
        await store.commit_async(Effects(unstage=True, meta={_SAVED: json.dumps(saved)}))
    since, seq = int(saved["since"]), int(saved["seq"])
    past = _Past(store, reader, since, seq)
    stages = Stages(
        matcher=reader.matcher,
        scorer=reader.scorer,
        max_batch=reader.max_batch,
        languages=reader.scorer.model.languages,
        end=_Staging(store, saved, manager),
        metrics=Metrics(CollectorRegistry()),
    )
    return Pipeline(stages, [past]), since


def _page(db: Connection, since: int, from_seq: int) -> list[ArticleRow]:
    return list(islice(sequence.to_recount(db, since, from_seq=from_seq), PAGE))


class _Past:
    """The stored articles, as a source of texts that are scored anew where model or entities are others."""

    name = "past"

    def __init__(self, store: Store, reader: Reader, since: int, from_seq: int) -> None:
        self._store = store
        self._reader = reader
        self._since = since
        self._from = from_seq

    async def run(self, out: Channel[Delivery]) -> None:
        model, matcher = self._reader.scorer.model, self._reader.matcher
        seq = self._from
        # A page at a time: one snapshot of the whole past would keep the write-ahead log from shrinking.
        while rows := await self._store.read_async(_page, self._since, seq + 1):
            for row in rows:
                before, again = row.prepared, read(row.prepared, matcher, model.languages)
                scored = bool(before.scores) and before.scores[0].model == model.hash
                if scored and again.mentions == before.mentions:  # an edited watchlist leaves most articles as they are
                    again = replace(again, scores=before.scores)
                await out.put(Delivery(again, Position(self.name, "", {"seq": row.seq})))
            seq = rows[-1].seq

    def pause(self) -> None:
        """Nothing to hold back: `put` waits."""

    def resume(self) -> None:
        """See `pause`."""

    def health(self) -> list[SourceHealth]:
        return []


class _Staging:
    """The end of the stages: each batch is staged, with how far it goes; the manager waits as long as they come."""

    stalled = ""

    def __init__(self, store: Store, saved: dict[str, object], manager: ServiceManager) -> None:
        self._store = store
        self._manager = manager
        self._saved = saved
        self._done = 0
        self._told = time.monotonic()
        manager.status("reading the past again")
        log.info("reading_again", **saved)

    async def take(self, batch: Sequence[Delivery]) -> None:
        staged = [
            (int(d.position.value["seq"]), d.record)
            for d in batch
            if isinstance(d.record, Prepared) and d.position is not None
        ]
        seq = staged[-1][0]
        saved = json.dumps({**self._saved, "seq": seq})
        await self._store.commit_async(Effects(staged=staged, meta={_SAVED: saved}))
        self._done += len(staged)
        self._manager.extend(STEP_S)
        if time.monotonic() - self._told >= TELL_S:
            self._told = time.monotonic()
            self._manager.status(f"reading the past again: {self._done:,} articles")
            log.info("reading_again", articles=self._done, seq=seq)
