"""Questions to a cluster, for commands: what a topic has, and its records once through. Blocking, under deadlines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from monitor.errors import BearwatchError
from monitor.kafka.connection import LOOKUP_S, Connection, first_error
from monitor.kafka.handler import Record, record_of
from monitor.kafka.positions import Held

ANSWER_S = 15.0


class KafkaUnreachableError(BearwatchError):
    """The cluster gave no answer, or a wrong one; the message is one line."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A record with its headers."""

    record: Record
    headers: dict[str, bytes]


class Cluster:
    """One consumer for questions; closed at the end of `with`.

    Args:
        group: whose commits `waiting` goes by.
    """

    def __init__(self, connection: Connection, group: str) -> None:
        options = {"group.id": group, "enable.auto.commit": False, "enable.partition.eof": True}
        self._consumer = Consumer(connection.options() | options)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def partitions(self, topic: str) -> list[int]:
        """The topic's, ascending; none where there is no such topic. Raises KafkaUnreachableError."""
        try:
            found = self._consumer.list_topics(topic, timeout=ANSWER_S).topics[topic]
        except KafkaException as error:
            raise unreachable(error) from error
        if found.error is not None and found.error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise KafkaUnreachableError(f"topic {topic}: {found.error.str()}")
        return sorted(found.partitions)

    def held(self, topic: str, partition: int) -> Held:
        """The partition's first offset and the one after its last. Raises KafkaUnreachableError."""
        try:
            found = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), ANSWER_S)
        except KafkaException as error:
            raise unreachable(error) from error
        if found is None:
            raise KafkaUnreachableError(f"{topic}/{partition}: no answer within {ANSWER_S:g} s")
        return Held(*found)

    def at_time(self, topic: str, partition: int, ms: int) -> int:
        """The offset of the first record not older, the end where there is none. Raises KafkaUnreachableError."""
        try:
            (found,) = self._consumer.offsets_for_times([TopicPartition(topic, partition, ms)], ANSWER_S)
        except KafkaException as error:
            raise unreachable(error) from error
        return found.offset if found.offset >= 0 else self.held(topic, partition).high

    def waiting(self, topic: str) -> Iterator[Letter]:
        """The topic's records behind the group's commits, up to its present end. Raises KafkaUnreachableError."""
        try:
            places = [TopicPartition(topic, number) for number in self.partitions(topic)]
            begun = self._consumer.committed(places, LOOKUP_S)
            ends = {place.partition: self.held(topic, place.partition) for place in places}
            for place in begun:
                place.offset = max(place.offset, ends[place.partition].low) if place.offset >= 0 else OFFSET_BEGINNING
            self._consumer.assign(begun)
            unread = {number for number, has in ends.items() if has.high > has.low}
            last = time.monotonic()
            while unread:
                message = self._consumer.poll(0.5)
                if message is None:
                    if time.monotonic() - last > ANSWER_S:
                        raise KafkaUnreachableError(f"{topic}: no record within {ANSWER_S:g} s")
                    continue
                last = time.monotonic()
                number, error = message.partition(), message.error()
                if error is not None and error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                if error is not None:
                    unread.discard(number or 0)
                elif number in unread and (message.offset() or 0) < ends[number].high:
                    yield Letter(record_of(message), _headers(message))
        except KafkaException as error:
            raise unreachable(error) from error

    def done(self, records: list[Record]) -> None:
        """Commits behind these records, the last of each partition. Raises KafkaUnreachableError."""
        last = {(record.topic, record.partition): record.offset + 1 for record in records}
        try:
            self._consumer.commit(offsets=[TopicPartition(*p, o) for p, o in last.items()], asynchronous=False)
        except KafkaException as error:
            raise unreachable(error) from error


def group_offsets(admin: AdminClient, group: str) -> dict[tuple[str, int], int]:
    """What a group has committed, of every topic and partition. Raises KafkaException."""
    (answer,) = admin.list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group)], request_timeout=LOOKUP_S
    ).values()
    places = answer.result(2 * LOOKUP_S).topic_partitions or []
    return {(place.topic, place.partition): place.offset for place in places if place.offset >= 0}


def _headers(message: Message) -> dict[str, bytes]:
    given: Any = message.headers() or []  # a list of pairs, whatever the library's own types allow
    return {name: value.encode() if isinstance(value, str) else value or b"" for name, value in given}


def unreachable(error: KafkaException) -> KafkaUnreachableError:
    """One line for people."""
    return KafkaUnreachableError(f"Kafka: {first_error(error).str()}")
