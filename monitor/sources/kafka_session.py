"""One consumer of a Kafka source, from its first poll to its end; the handler that its thread calls."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.errors import BearwatchError
from monitor.kafka.connection import LOOKUP_S, first_error, reason_of
from monitor.kafka.handler import Record
from monitor.kafka.lookup import group_offsets
from monitor.kafka.positions import Begin, Held, is_known, matches, partition_name
from monitor.kafka.reader import CLOSE_S, Reader
from monitor.permit import ALWAYS, Permit
from monitor.records import Refusal
from monitor.sources.dead_letters import DeadLetters
from monitor.sources.decoders import Made
from monitor.sources.kafka_ledger import Ledger

log = structlog.get_logger(__name__)

STALL_S = 60.0  # records wait and none comes
PROBE_S = 5.0
REVOKE_S = 10.0  # what is in the pipeline of a revoked partition has this long to be committed


class Stalled(BearwatchError):
    """This consumer makes no progress; another one may."""


class Status:
    """Why nothing comes in, told once when it begins and once when it ends; outlives the sessions."""

    def __init__(self, source: str) -> None:
        self.failures = 0
        self._source = source
        self._trouble = ""
        self._letters = ""

    @property
    def reason(self) -> str:
        return self._trouble or self._letters

    @property
    def troubled(self) -> bool:
        """Whether the consumer is in trouble."""
        return bool(self._trouble)

    def trouble(self, reason: str, detail: str) -> None:
        """What keeps records away, "" when they come."""
        if reason and not self._trouble:
            log.warning("kafka_trouble", source=self._source, reason=reason, detail=detail)
        elif self._trouble and not reason:
            log.info("kafka_recovered", source=self._source, after=self._trouble, ends="kafka_trouble")
        self._trouble = reason
        self._count()

    def letters(self, reason: str) -> None:
        """Why dead letters cannot be sent, "" when they can."""
        self._letters = reason
        self._count()

    def _count(self) -> None:
        self.failures = self.failures + 1 if self.reason else 0


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Records as one poll gave them, decoded; `turn` is that of the assignment they came under, `size` their bytes."""

    turn: int
    records: list[tuple[Record, Made]]
    size: int = 0
    began: list[tuple[str, int]] = field(default_factory=list)


class Session:
    """One consumer.

    Args:
        letters: where refused records go first; None keeps them in the store alone.
        probe: asks whether the broker answers.
        stall_s: seconds without progress, while records wait, after which it gives up.
        permit: looked at before positions are committed to Kafka.

    Attributes:
        progressed: whether any new record came.
    """

    def __init__(
        self,
        ledger: Ledger,
        status: Status,
        letters: DeadLetters | None,
        probe: AdminClient,
        stall_s: float,
        *,
        permit: Permit = ALWAYS,
    ) -> None:
        reading = ledger.reading
        self.reader = Reader(reading.connection, reading.group, self, self._mirror)
        self.progressed = False
        self._ledger = ledger
        self._status = status
        self._letters = letters
        self._stall_s = stall_s
        self._permit = permit
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[_Chunk | None] = asyncio.Queue()
        self._error: BaseException | None = None
        self._turn = 0  # counts assignments: what came under an earlier one is dropped
        self._expected: dict[str, Begin] = {}
        self._stopping = False
        self._probe = probe

    def hold(self, full: bool) -> None:
        """Whether the pipeline is full."""
        self.reader.hold(full)

    async def run(self, out: Channel[Delivery]) -> None:
        """Until the reader ends, stands still, or this is cancelled. Raises why."""
        self.reader.start()
        tasks = {asyncio.create_task(self._feed(out)), asyncio.create_task(self._watch())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping = True
            for task in tasks:
                task.cancel()
            self.reader.stop()
            self._ledger.wake()
            if not await asyncio.shield(asyncio.to_thread(self.reader.join, CLOSE_S)):
                log.warning("kafka_close_timeout", source=self._ledger.reading.name, seconds=CLOSE_S)
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _feed(self, out: Channel[Delivery]) -> None:
        ledger = self._ledger
        while (chunk := await self._chunks.get()) is not None:
            valid = partial(self._is_current, chunk.turn)
            refused = [(record, made) for record, made in chunk.records if isinstance(made, Refusal)]
            if refused and self._letters is not None and valid():
                await self._letters.send(refused)
                ledger.counters.dead_letters += len(refused)
            for items in (ledger.beginnings(chunk.began, valid), ledger.deliveries(chunk.records, valid)):
                with contextlib.closing(items):
                    await out.put_all(items)
            self.reader.taken(len(chunk.records), chunk.size)
        if self._error is not None:
            raise self._error

    def _is_current(self, turn: int) -> bool:
        return turn == self._turn

    async def _watch(self) -> None:
        """Sees whether the broker answers while nothing comes, and whether it is us who stand still."""
        gauges = self.reader.gauges
        records, probed, progress = -1, 0.0, time.monotonic()
        while True:
            await asyncio.sleep(min(1.0, self._stall_s / 4))
            now = time.monotonic()
            waits = self._ledger.behind(dict(gauges.ends), dict(gauges.read_to)) or not gauges.rebalances
            # Paused, or read to the end: what is left is the pipeline's or the dead letters' to wait for.
            if gauges.records != records or gauges.paused or not waits:
                records, progress = gauges.records, now
            standing = self._stands(progress)
            if (standing or self._status.troubled) and now - probed >= min(PROBE_S, self._stall_s):
                probed = now
                reason, detail = await asyncio.to_thread(self._ask)
                if reason or gauges.rebalances:  # one without partitions has not shown yet that it may have some
                    self._status.trouble(reason, detail)
                if reason:
                    progress = gauges.polled_at = time.monotonic()  # the broker's time does not count against us
                elif standing and self._stands(progress):  # looked at again: after SIGCONT the thread may poll only now
                    raise Stalled(f"the broker answers, records wait, and none came for {self._stall_s:.0f} s")

    def _stands(self, progress: float) -> bool:
        return time.monotonic() - min(progress, self.reader.gauges.polled_at) >= self._stall_s

    def _ask(self) -> tuple[str, str]:
        """Why the broker gives nothing: (reason, detail), empty where it would."""
        try:
            found = self._probe.list_topics(timeout=LOOKUP_S)
        except KafkaException as error:
            told = first_error(error)
            return reason_of(told), told.str()
        wanted = self._ledger.reading.group.topics
        missing = [topic for topic in wanted if not any(matches(topic, known) for known in found.topics)]
        return ("unknown_topic", f"there is no topic {missing[0]}") if missing else ("", "")

    # --- called in the reader's thread

    def begin(
        self, held: Mapping[tuple[str, int], Held | None], lookup: Callable[[str, int, int], int]
    ) -> Mapping[Any, int]:
        group = self._ledger.reading.group
        if group.shared:
            # Not by the consumer, whose callback this is: its `list_topics`, called here, aborts the process.
            self._ledger.go_on_from(group_offsets(self._probe, group.name), held)
        decided = self._ledger.begin(held, lookup)
        self._turn += 1
        named = {partition_name(*partition): found for partition, found in decided.items()}
        self._expected = {name: found for name, found in named.items() if found.known_at is not None}
        fresh = [(n, f.offset) for n, f in named.items() if f.gap or not self._ledger.knows(n)]
        self._hand_over(_Chunk(self._turn, [], began=fresh))
        return {partition: found.offset for partition, found in decided.items()}

    def records(self, chunk: list[Record]) -> None:
        fresh = [record for record in chunk if not self._known(record)]
        size = sum(record.size for record in fresh)
        self.reader.taken(len(chunk) - len(fresh), sum(record.size for record in chunk) - size)
        if fresh:
            self.progressed = True
        self._hand_over(_Chunk(self._turn, [self._decoded(record) for record in fresh], size))
        if self._status.troubled:
            self._call(self._status.trouble, "", "")

    def revoked(self, partitions: Sequence[tuple[str, int]]) -> None:
        self._turn += 1
        names = [partition_name(*partition) for partition in partitions]
        settled = self._ledger.wait_settled(names, REVOKE_S, lambda: self._stopping)
        if not settled and not self._stopping:
            log.warning("kafka_revoked_unsettled", source=self._ledger.reading.name, partitions=names)

    def trouble(self, reason: str, detail: str) -> None:
        self._call(self._status.trouble, reason, detail)

    def ended(self, error: BaseException | None) -> None:
        self._error = error
        self._call(self._chunks.put_nowait, None)

    def _decoded(self, record: Record) -> tuple[Record, Made]:
        """Only a refused record's bytes are still wanted."""
        made = self._ledger.decode(record)
        return (record if isinstance(made, Refusal) else record._replace(value=None)), made

    def _mirror(self) -> Mapping[tuple[str, int], int]:
        return self._ledger.committed(self.reader.gauges.assigned) if self._permit.given() else {}

    def _known(self, record: Record) -> bool:
        """Whether it is the record before the position, only looked at. Raises where another stands there."""
        expected = self._expected.pop(record.name, None)
        known = is_known(expected, record.offset, record.at or 0) if expected else None
        if known is False:
            self._ledger.recreated(record.name)
        return bool(known)

    def _hand_over(self, chunk: _Chunk) -> None:
        if chunk.records or chunk.began:
            self._call(self._chunks.put_nowait, chunk)

    def _call(self, work: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(work, *arguments)
        except RuntimeError:
            self._stopping = True  # the loop has ended, and with it whoever would listen
