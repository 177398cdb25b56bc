"""What a Kafka source knows of its partitions: how far each was handed over and committed, and what is on its way.

Shared by the event loop and the reader's thread. Two positions a partition: the front, which is behind the last record
that went into the pipeline, and the committed one. A partition that comes back to this process goes on at the front:
what lies between the two is on its way to the store and will be committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import structlog
from confluent_kafka import KafkaError, KafkaException

from monitor.delivery import Delivery
from monitor.errors import BearwatchError, OperatorError
from monitor.kafka.connection import Connection
from monitor.kafka.handler import Group, Record
from monitor.kafka.positions import Begin, Gap, Held, Saved, begin, partition_name
from monitor.records import Article, Mode, Position, Prepared, Scope
from monitor.sources.decoders import DECODERS, Made, decoded
from monitor.sources.protocol import Clock
from monitor.sources.wire import WireContext, believable_time

log = structlog.get_logger(__name__)

BLIND_MS = 6 * 3_600_000  # the longest window: until it has passed, counts lack what was never read

Start = str | int
"""`earliest`, `latest` or ms UTC: where a topic that the store knows nothing of begins."""

Deliveries = Generator[Delivery, None, None]


class Recreated(BearwatchError):
    """Another record stands where the last one read stood: the topic is a new one of the same name."""


class KafkaGapError(OperatorError):
    """Records between the store's position and what the broker has were never read, and `on_gap` is `fail`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read and how.

    Attributes:
        start: for topics that the store knows nothing of; a partition that a known topic gets later is read whole.
        on_gap: `fail` stops the daemon; `earliest` counts what is missing and goes on with what there is.
        dead_letters: the topic for what cannot be decoded; "" keeps it in the store alone.
    """

    name: str
    connection: Connection
    group: Group
    start: Start = "latest"
    on_gap: Literal["fail", "earliest"] = "fail"
    decoder: str = "json"
    dead_letters: str = ""
    scope: Scope = Scope.GENERAL


@dataclass(slots=True)
class KafkaCounters:
    """For metrics; only ever grow."""

    gaps: dict[str, int] = field(default_factory=lambda: {"retention": 0, "recreated": 0})
    lost: int = 0
    rebuilds: int = 0
    dead_letters: int = 0


@dataclass(slots=True)
class Seen:
    """What came of one partition: when, the newest event time, how many articles. Times are ms UTC, 0 for never."""

    last_ok: int = 0
    last_item: int = 0
    items: int = 0


class Ledger:
    """The positions of one source.

    Args:
        positions: by `topic/partition`; each a `Saved` as a dict.
    """

    def __init__(self, reading: Reading, positions: Mapping[str, Mapping[str, Any]], clock: Clock) -> None:
        self.reading = reading
        self.counters = KafkaCounters()
        self.seen: dict[str, Seen] = {name: Seen() for name in positions}
        self._clock = clock
        self._front = {name: saved for name, value in positions.items() if (saved := Saved.from_dict(value))}
        self._saved = dict(self._front)
        self.blind_until = max((saved.blind_until for saved in self._front.values()), default=0)
        self._known = {name.rpartition("/")[0] for name in self._front}
        self._in_pipeline: dict[str, int] = {}
        self._settled = threading.Condition()
        self._awaited = 0  # how many wait in it

    def begin(
        self, held: Mapping[tuple[str, int], Held | None], lookup: Callable[[str, int, int], int]
    ) -> dict[Any, Begin]:
        """Where each of these partitions begins.

        One without a leader begins at its position, unlooked: it must not keep the others waiting.

        Raises:
            KafkaGapError: where the reading says so. KafkaException: a partition has neither leader nor position.
        """
        found = {}
        for (topic, number), has in held.items():
            name = partition_name(topic, number)
            if has is None:
                found[topic, number] = self._unlooked(name)
                continue
            fresh = self._fresh(topic, number, has, lookup)
            decided = begin(self._front.get(name), has, fresh)
            if decided.gap:
                self._gap(name, decided.gap, decided.lost)
            found[topic, number] = decided
        return found

    def go_on_from(self, committed: Mapping[tuple[str, int], int], held: Iterable[tuple[str, int]]) -> None:
        """Takes the group's offsets for these partitions in place of what is known here: others have read since."""
        for partition in held:
            name = partition_name(*partition)
            if partition in committed:
                self._front[name] = self._saved[name] = Saved(committed[partition])
            else:
                self._front.pop(name, None)
        self._known |= {topic for topic, _ in committed}

    def _gap(self, name: str, why: Gap, lost: int) -> None:
        """Counts records that were never read and forgets the position; raises where the reading says so."""
        self.counters.gaps[why] += 1
        self.counters.lost += lost
        self.blind_until = self._clock() + BLIND_MS
        position = saved.offset if (saved := self._front.pop(name, None)) else 0
        log.error("kafka_gap", source=self.reading.name, partition=name, position=position, reason=why, lost=lost)
        if self.reading.on_gap == "fail":
            topic = name.rpartition("/")[0]
            told = f"{lost} records before the broker's first are gone" if lost else "the topic was made anew"
            tool = f"bearwatch kafka seek {topic} --to earliest"
            if self.reading.group.shared:
                tool = f"kafka-consumer-groups --group {self.reading.group.name} --reset-offsets"
            raise KafkaGapError(
                f"source {self.reading.name}: {name}: the position is {position}, but {told}; decide with `{tool}`, or "
                "set on_gap: earliest"
            )

    def recreated(self, name: str) -> None:
        """The partition is another one than was read: begun from its first record, or not at all. Raises either way."""
        self._gap(name, "recreated", 0)
        raise Recreated(name)

    def behind(self, ends: Mapping[tuple[str, int], int], read_to: Mapping[tuple[str, int], int]) -> bool:
        """Whether records wait that were not handed over yet.

        Args:
            read_to: as `Gauges.read_to`: what lies behind it can be read by nobody.
        """
        fronts = ((partition, self._front.get(partition_name(*partition)), end) for partition, end in ends.items())
        return any(max(front.offset if front else 0, read_to.get(p, 0)) < end for p, front, end in fronts)

    def lag(self, ends: Mapping[tuple[str, int], int], read_to: Mapping[tuple[str, int], int]) -> dict[str, int]:
        """Records between each partition's committed position and its end; 0 for one without a position."""
        found = {}
        for partition, end in ends.items():
            name = partition_name(*partition)
            saved, front = self._saved.get(name), self._front.get(name)
            came_to = saved.offset if saved else end
            if saved == front:  # nothing of it is on its way
                came_to = max(came_to, read_to.get(partition, 0))
            found[name] = max(0, end - came_to)
        return found

    def knows(self, name: str) -> bool:
        """Whether the partition has a position."""
        return name in self._front

    def committed(self, partitions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The store's offsets of these partitions, of those that have one."""
        found = ((partition, self._saved.get(partition_name(*partition))) for partition in partitions)
        return {partition: saved.offset for partition, saved in found if saved is not None}

    def wait_settled(self, names: Sequence[str], seconds: float, or_else: Callable[[], bool]) -> bool:
        """Whether nothing of these partitions is left in the pipeline within so many seconds. Blocks.

        Args:
            or_else: ends the wait too; asked after each `wake`.
        """

        def settled() -> bool:
            return not any(self._in_pipeline.get(name) for name in names)

        with self._settled:
            self._awaited += 1  # before it is looked: whoever leaves later sees this, who left before is seen
            self._settled.wait_for(lambda: settled() or or_else(), seconds)
            self._awaited -= 1
            return settled()

    def wake(self) -> None:
        """Has whoever waits in `wait_settled` look again."""
        with self._settled:
            self._settled.notify_all()

    def deliveries(self, records: Sequence[tuple[Record, Made]], valid: Callable[[], bool]) -> Deliveries:
        """Each with the position after it, while `valid`; closed early, it takes back the one that was not taken."""
        for record, made in records:
            yield from self._delivery(
                record.name, self._position(record.offset + 1, record.at), made, _time(made), valid
            )

    def beginnings(self, began: Sequence[tuple[str, int]], valid: Callable[[], bool]) -> Deliveries:
        """Positions alone, so that a start at the end is the same start after a kill."""
        for name, offset in began:
            yield from self._delivery(name, self._position(offset, None), None, 0, valid)

    def _delivery(self, name: str, saved: Saved, made: Made | None, item: int, valid: Callable[[], bool]) -> Deliveries:
        self._enter(name)
        if not valid():  # asked after `_enter`: whoever lets the partition go either sees it inside or it stays out
            self._leave(name)
            return
        before, self._front[name] = self._front.get(name), saved
        try:
            position = Position(self.reading.name, name, saved.to_dict())
            yield Delivery(made, position, partial(self._committed, name, saved, item))
        except GeneratorExit:  # the channel did not take it
            if before is None:
                del self._front[name]
            else:
                self._front[name] = before
            self._leave(name)
            raise

    def decode(self, record: Record) -> Made:
        """The article of a record, or why it has none."""
        now = self._clock()
        # A producer's clock may say anything; one that lies before all news says nothing.
        context = WireContext(self.reading.name, self.reading.scope, Mode.LIVE, now, believable_time(record.at, now))
        return decoded(DECODERS[self.reading.decoder], record.value, context, f"{record.name}@{record.offset}")

    def _position(self, offset: int, at: int | None) -> Saved:
        return Saved(offset, at, self.blind_until if self.blind_until > self._clock() else 0)

    def _unlooked(self, name: str) -> Begin:
        front = self._front.get(name)
        if front is None:
            raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE, f"{name} has no leader and no position"))
        return Begin(front.offset)

    def _fresh(self, topic: str, number: int, has: Held, lookup: Callable[[str, int, int], int]) -> int:
        start = self.reading.start
        if topic in self._known or start == "earliest":
            return has.low
        return lookup(topic, number, start) if isinstance(start, int) else has.high

    def _enter(self, name: str) -> None:
        self._in_pipeline[name] = self._in_pipeline.get(name, 0) + 1  # the loop's alone to change

    def _leave(self, name: str) -> None:
        self._in_pipeline[name] -= 1
        if self._awaited:
            self.wake()

    def _committed(self, name: str, saved: Saved, item: int) -> None:
        self._saved[name] = saved
        self._known.add(name.rpartition("/")[0])
        seen = self.seen.setdefault(name, Seen())
        seen.last_ok = self._clock()
        if item:
            seen.items += 1
            seen.last_item = max(seen.last_item, item)
        self._leave(name)


def _time(made: Made) -> int:
    """Event time of an article, ms UTC; 0 for what is none."""
    article = made.article if isinstance(made, Prepared) else made
    return article.event_time if isinstance(article, Article) else 0
