"""What a reader hands over, to whom, and what it shows of itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE as NO_TIME
from confluent_kafka import Message

from monitor.kafka.positions import Held, partition_name

SESSION_S = 30.0
# Of a shared group: the partitions of a scorer that died stand still for this long.
SHARED_SESSION_S = 10.0


class Record(NamedTuple):  # of every record one is made: a frozen dataclass takes thrice as long
    """A record as it came. at: its timestamp, ms; None where it has none. Value None is a tombstone."""

    topic: str
    partition: int
    offset: int
    at: int | None
    key: bytes | None
    value: bytes | None

    @property
    def name(self) -> str:
        return partition_name(self.topic, self.partition)

    @property
    def size(self) -> int:
        """Bytes of the value."""
        return len(self.value or b"")


@dataclass(frozen=True, slots=True)
class Group:
    """Who reads what.

    Attributes:
        topics: names, or patterns that begin with `^`.
        member: of a static membership (KIP-345), which a restart within the session keeps; "" for none.
        shared: members come and go, and go on from the offsets that the group has committed to Kafka.
    """

    name: str
    topics: tuple[str, ...]
    member: str = ""
    session_s: float = SESSION_S
    shared: bool = False


class Handler(Protocol):
    """What a reader asks and tells; everything is called in its thread."""

    def begin(
        self, held: Mapping[tuple[str, int], Held | None], lookup: Callable[[str, int, int], int]
    ) -> Mapping[Any, int]:
        """Partitions that are now ours -> the offset to begin each at. What it raises ends the reader.

        Args:
            held: None where the partition has no leader that would say.
            lookup: (topic, partition, ms) -> the offset of the first record not older; the end where none is.
        """

    def records(self, chunk: list[Record]) -> None:
        """In order within each partition."""

    def revoked(self, partitions: Sequence[tuple[str, int]]) -> None:
        """They are handed over when this returns."""

    def trouble(self, reason: str, detail: str) -> None:
        """Something that the client tries again by itself; reason "" when it works again."""

    def ended(self, error: BaseException | None) -> None:
        """The last call. error: why, None when it was asked to."""


@dataclass(slots=True)
class Gauges:
    """What the thread has seen, read by others at any time.

    Attributes:
        ends: the offset behind each partition's last record, as last told.
        read_to: where reading came to an end: further than the last record where a transaction's marker stands there.
    """

    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    read_to: dict[tuple[str, int], int] = field(default_factory=dict)
    assigned: tuple[tuple[str, int], ...] = ()
    paused: bool = False
    rebalances: int = 0
    pauses: int = 0
    records: int = 0
    commits_failed: int = 0
    commit_seconds: float = 0.0
    fetch_seconds: float = 0.0
    polled_at: float = field(default_factory=time.monotonic)


def record_of(message: Message) -> Record:
    """The record of a message that is no error."""
    kind, at = message.timestamp()
    key = message.key()
    value = message.value()
    return Record(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        at=at if kind != NO_TIME and at >= 0 else None,
        key=key.encode() if isinstance(key, str) else key,
        value=value.encode() if isinstance(value, str) else value,
    )
