"""What a topic and a group really hold, read and written straight through librdkafka, without any code of ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

WAIT_S = 20.0
LARGEST = 12_000_000  # bytes of one message, as the broker's message.max.bytes


@dataclass(frozen=True)
class Record:
    """One message; written, a missing partition is chosen by the key, and a missing timestamp (ms) is the present."""

    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    timestamp: int | None = None
    partition: int | None = None
    offset: int | None = None


class Oracle:
    """Every call returns when the broker has answered, or raises within `WAIT_S`.

    Args:
        settings: of librdkafka, for a listener that asks who one is.
        real: whether it is a broker; the mock knows no request for a topic, it makes one that is asked about.
    """

    def __init__(self, bootstrap: str, settings: Mapping[str, Any] | None = None, *, real: bool = True) -> None:
        self._real = real
        self._settings = {"bootstrap.servers": bootstrap, "log_level": 0, **(settings or {})}
        self._admin = AdminClient(self._settings)

    def create(self, topic: str, partitions: int = 1, config: Mapping[str, str] | None = None) -> None:
        """Returns when the topic can be written to. The mock gives every topic four partitions."""
        if self._real:
            new = NewTopic(topic, num_partitions=partitions, replication_factor=1, config=dict(config or {}))
            _result(self._admin.create_topics([new], request_timeout=WAIT_S))
        _until(lambda: self.partitions(topic), f"{topic} was made and has no leader")

    def delete(self, topic: str) -> None:
        _result(self._admin.delete_topics([topic], request_timeout=WAIT_S))
        _until(lambda: not self.partitions(topic), f"{topic} was deleted and is still there")

    def partitions(self, topic: str) -> list[int]:
        """Those that have a leader; none where there is no such topic."""
        found = self._admin.list_topics(topic, timeout=WAIT_S).topics[topic]
        return sorted(p.id for p in found.partitions.values() if p.leader >= 0) if found.error is None else []

    def produce(self, topic: str, records: Iterable[Record | bytes]) -> list[tuple[int, int]]:
        """(partition, offset) of each, all acknowledged, in the order given."""
        producer = Producer({**self._settings, "acks": "all", "message.max.bytes": LARGEST, "linger.ms": 0})
        placed: dict[int, tuple[int, int]] = {}
        failed: list[KafkaError] = []

        def report(number: int) -> Callable[[KafkaError | None, Any], None]:
            def told(error: KafkaError | None, message: Any) -> None:
                if error is None:
                    placed[number] = (message.partition(), message.offset())
                else:
                    failed.append(error)

            return told

        count = 0
        for number, given in enumerate(records):
            record = given if isinstance(given, Record) else Record(given)
            optional: dict[str, Any] = {"partition": record.partition, "timestamp": record.timestamp}
            producer.produce(
                topic,
                record.value,
                record.key,
                headers=list(record.headers),
                on_delivery=report(number),
                **{name: value for name, value in optional.items() if value is not None},
            )
            producer.poll(0)
            count += 1
        unsent = producer.flush(WAIT_S)
        if failed or unsent:
            raise KafkaException(failed[0] if failed else KafkaError(KafkaError._TIMED_OUT))
        return [placed[number] for number in range(count)]

    def records(self, topic: str) -> list[Record]:
        """All that the topic holds now, by partition and offset."""
        quick = {"fetch.wait.max.ms": 10, "fetch.message.max.bytes": LARGEST}
        consumer = self._consumer("bearwatch-oracle", {"enable.partition.eof": True, **quick})
        found: list[Record] = []
        try:
            # Asked for first: librdkafka waits half a second where it must find a partition's beginning by itself.
            begins = [TopicPartition(topic, p, _watermarks(consumer, topic, p)[0]) for p in self.partitions(topic)]
            consumer.assign(begins)
            unread = {begin.partition for begin in begins}
            deadline = time.monotonic() + WAIT_S
            while unread:
                assert time.monotonic() < deadline, f"read {len(found)} records of {topic}, and no end"
                message = consumer.poll(1)
                if message is None:
                    continue
                if error := message.error():
                    if error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    unread.discard(message.partition())
                    continue
                found.append(
                    Record(
                        value=message.value(),
                        key=message.key(),
                        headers=_pairs(message.headers()),
                        timestamp=message.timestamp()[1],
                        partition=message.partition(),
                        offset=message.offset(),
                    )
                )
        finally:
            consumer.close()
        return sorted(found, key=lambda record: (record.partition or 0, record.offset or 0))

    def watermarks(self, topic: str, partition: int = 0) -> tuple[int, int]:
        """(first offset that is held, the offset that the next message gets)."""
        consumer = self._consumer("bearwatch-oracle", {})
        try:
            return _watermarks(consumer, topic, partition)
        finally:
            consumer.close()

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """The group's offsets by partition; partitions without one are left out."""
        consumer = self._consumer(group, {})
        try:
            asked = [TopicPartition(topic, partition) for partition in self.partitions(topic)]
            return {p.partition: p.offset for p in consumer.committed(asked, timeout=WAIT_S) if p.offset >= 0}
        finally:
            consumer.close()

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Sets a group's offsets from outside, as an operator's tool does; the group must have no members."""
        wanted = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
        answer = _result(self._admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, wanted)]))
        for partition in answer.topic_partitions:
            if partition.error:
                raise KafkaException(partition.error)

    def delete_records(self, topic: str, before: int, partition: int = 0) -> None:
        """Deletes what lies below the offset, as retention does; -1: everything."""
        _result(self._admin.delete_records([TopicPartition(topic, partition, before)], request_timeout=WAIT_S))

    def _consumer(self, group: str, settings: Mapping[str, Any]) -> Consumer:
        return Consumer({**self._settings, "group.id": group, "enable.auto.commit": False, **settings})


def _watermarks(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=WAIT_S)
    return low, high


def _result(futures: Mapping[Any, Future[Any]]) -> Any:
    (future,) = futures.values()
    return future.result(WAIT_S)


def _pairs(headers: Any) -> tuple[tuple[str, bytes | None], ...]:
    return tuple(headers or ())  # librdkafka's own types allow more than it ever hands out


def _until(holds: Callable[[], object], complaint: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():  # the broker tells nobody when it has heard of it
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)
