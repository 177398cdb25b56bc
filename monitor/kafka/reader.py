"""One consumer in a thread of its own, which alone calls it: librdkafka's calls block, and the loop must not.

The thread goes on polling whatever becomes of what it read, so the broker never takes this member for dead because
inference is slow: while too many records wait, or the pipeline is full, the partitions are paused and polled all the
same. What goes wrong ends the thread and is told once; whoever started it begins a new one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from monitor.kafka.connection import LOOKUP_S, Connection, first_error, made, reason_of
from monitor.kafka.handler import Gauges, Group, Handler, record_of
from monitor.kafka.positions import Held, partition_name

log = structlog.get_logger(__name__)

CHUNK = 256  # records handed over at once
# Handed over and not yet taken: beyond either the partitions are paused. Bytes, since a record may have ten million.
WAITING_MOST = 2_048
WAITING_BYTES = 64 << 20
POLL_S = 0.2
PATIENCE_S, REST_S = 1.0, 0.005  # how long a full pipeline is waited for before the partitions are paused; one wait
COMMIT_S = 5.0
SHARED_COMMIT_S = 0.5  # there the commits decide: what was done since is done again after a kill
ENDS_S = 10.0  # how often a paused consumer asks how far behind it is
CLOSE_S = 3.0

# What a client mends by itself, given time; told by `trouble` and not raised.
_PASSING = {
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._MSG_TIMED_OUT,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_COORDINATOR,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}


class Reader:
    """Reads until `stop`, or until something fails.

    Args:
        mirror: -> offsets to tell Kafka, (topic, partition) -> next offset; called in the thread. Of a shared group
            they are where the next member goes on; else they are for lag tools alone.
    """

    def __init__(
        self,
        connection: Connection,
        group: Group,
        handler: Handler,
        mirror: Callable[[], Mapping[tuple[str, int], int]],
    ) -> None:
        self.gauges = Gauges()
        self._connection = connection
        self._group = group
        self._handler = handler
        self._mirror = mirror
        self._mirrored: dict[tuple[str, int], int] = {}
        self._commit_s = SHARED_COMMIT_S if group.shared else COMMIT_S
        self._mirrored_at = time.monotonic()
        self._committing_at = 0.0
        self._stop = threading.Event()
        self._full = threading.Event()
        self._waiting = self._waiting_bytes = 0
        self._ends_asked_at = 0.0
        self._full_since = time.monotonic()
        self._lock = threading.Lock()
        self._raised: BaseException | None = None
        self._moves = 0  # assignments and revocations
        # Daemonic: librdkafka may hang in close() when a broker is gone, and the process must end all the same.
        self._thread = threading.Thread(target=self._run, name=f"kafka-{group.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end; `join` waits for it."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Whether it has ended within so many seconds. Blocks."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def hold(self, full: bool) -> None:
        """Whether the pipeline behind is full."""
        if full:
            self._full.set()
        else:
            self._full.clear()

    def taken(self, count: int, size: int) -> None:
        """So many of the records that were handed over have gone on; size: the bytes of their values."""
        with self._lock:
            self._waiting -= count
            self._waiting_bytes -= size

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            consumer = made(Consumer, self._options())
            try:
                consumer.subscribe(
                    list(self._group.topics), on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke
                )
                self._poll(consumer)
            finally:
                consumer.close()
        except BaseException as failure:  # the thread's boundary: it is the handler's to judge
            error = failure
        self.gauges.assigned = ()
        self._handler.ended(error)

    def _options(self) -> dict[str, Any]:
        group = self._group
        found = self._connection.options() | {
            "group.id": group.name,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            # A position outside of what the broker has is ours to judge, never to be jumped over in silence.
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "session.timeout.ms": round(group.session_s * 1_000),
            "heartbeat.interval.ms": round(group.session_s * 1_000 / 10),
            "max.poll.interval.ms": 300_000,
            "fetch.wait.max.ms": 250,
            "fetch.error.backoff.ms": 250,
            # Prefetched at most: the default, 64 MB and 100,000 records, is a burst that we would only hold.
            "queued.max.messages.kbytes": 16_384,
            "queued.min.messages": 20_000,
            # What it waits before it fetches again once that much is there: at its default, a second, a topic that is
            # read faster than that came in bursts of one a second.
            "fetch.queue.backoff.ms": 20,
            "error_cb": self._troubled,
            "on_commit": self._committed,
            "stats_cb": self._counted,
            "statistics.interval.ms": round(COMMIT_S * 1_000),
        }
        if group.member:
            found["group.instance.id"] = group.member
        return found

    def _poll(self, consumer: Consumer) -> None:
        while not self._stop.is_set():
            self.gauges.polled_at = time.monotonic()
            if self._held_back(consumer):
                time.sleep(REST_S)
                continue
            first = consumer.poll(POLL_S)
            if self._raised is not None:
                raise self._raised
            if first is not None:
                under = self._moves
                rest = consumer.consume(CHUNK - 1, 0)  # what is there already, without waiting for more
                if self._moves != under:
                    # `first` came under an assignment that is no longer ours; a new consumer begins at the positions.
                    raise KafkaException(KafkaError(KafkaError.REBALANCE_IN_PROGRESS, "between two records"))
                self._hand_over([first, *rest])
            if time.monotonic() - self._mirrored_at >= self._commit_s:
                self._tell_kafka(consumer)
                self._see_ends(consumer)
        self._tell_kafka(consumer)

    def _hand_over(self, messages: list[Message]) -> None:
        chunk = []
        for message in messages:
            error = message.error()
            if error is None:
                chunk.append(record_of(message))
            elif error.code() in _PASSING:
                self._handler.trouble(reason_of(error), error.str())
            elif error.code() == KafkaError._PARTITION_EOF:
                self.gauges.read_to[message.topic() or "", message.partition() or 0] = message.offset() or 0
            else:
                raise KafkaException(error)
        if chunk:
            with self._lock:
                self._waiting += len(chunk)
                self._waiting_bytes += sum(record.size for record in chunk)
            self.gauges.records += len(chunk)
            self._handler.records(chunk)

    def _held_back(self, consumer: Consumer) -> bool:
        """Whether not to poll just now. Pauses or resumes all partitions where that lasts.

        A pause throws away what is prefetched, so a pipeline that is full for a moment is only waited for. Once each,
        since librdkafka counts a second pause as another.
        """
        part = 2 if self.gauges.paused else 1
        waits = self._waiting > WAITING_MOST // part or self._waiting_bytes > WAITING_BYTES // part
        wanted = self._full.is_set() or waits
        now = time.monotonic()
        if wanted == self.gauges.paused:
            self._full_since = now
            return False
        if wanted and now - self._full_since < PATIENCE_S:
            return True
        partitions = [TopicPartition(*partition) for partition in self.gauges.assigned]
        if partitions:
            (consumer.pause if wanted else consumer.resume)(partitions)
        self.gauges.paused = wanted
        self.gauges.pauses += wanted
        return False

    def _assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        try:
            held = {(p.topic, p.partition): _held(consumer, p) for p in partitions}

            def lookup(topic: str, partition: int, ms: int) -> int:
                (found,) = consumer.offsets_for_times([TopicPartition(topic, partition, ms)], LOOKUP_S)
                has = held[topic, partition]
                return found.offset if found.offset >= 0 or has is None else has.high

            starts = self._handler.begin(held, lookup)
            self.gauges.ends = {partition: seen.high for partition, seen in held.items() if seen is not None}
            self.gauges.read_to = {}
            self.gauges.assigned = tuple(sorted(held))
            self.gauges.rebalances += 1
            self._moves += 1
            consumer.assign([TopicPartition(t, p, starts[t, p]) for t, p in self.gauges.assigned])
            if self.gauges.assigned:
                # A pause outlives an assignment in librdkafka, so both ways are said.
                ours = [TopicPartition(t, p) for t, p in self.gauges.assigned]
                (consumer.pause if self.gauges.paused else consumer.resume)(ours)
        except BaseException as error:  # raised in the thread's own loop: a callback has nobody to raise to
            self._raised = error

    def _revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._moves += 1
        self._handler.revoked([(p.topic, p.partition) for p in partitions])
        self._tell_kafka(consumer)
        self.gauges.assigned = ()
        self.gauges.ends, self.gauges.read_to = {}, {}

    def _see_ends(self, consumer: Consumer) -> None:
        """The partitions' ends as the last fetch told them; while paused nothing is fetched, so now and then asked."""
        now = time.monotonic()
        ask = self.gauges.paused and now - self._ends_asked_at >= ENDS_S
        self._ends_asked_at = now if ask or not self.gauges.paused else self._ends_asked_at
        for topic, partition in self.gauges.assigned:
            try:
                known = consumer.get_watermark_offsets(TopicPartition(topic, partition), 1.0, cached=not ask)
            except KafkaException:
                continue  # a lag that stands still; why is told elsewhere
            if known is not None and known[1] >= 0:
                self.gauges.ends[topic, partition] = known[1]

    def _tell_kafka(self, consumer: Consumer) -> None:
        """Commits the positions to the group. A failure is only counted: the next call commits them with the rest."""
        self._mirrored_at = time.monotonic()
        wanted = dict(self._mirror())
        moved = [TopicPartition(t, p, o) for (t, p), o in wanted.items() if self._mirrored.get((t, p)) != o]
        if not moved:
            return
        self._mirrored = wanted
        self._committing_at = time.monotonic()
        try:
            consumer.commit(offsets=moved, asynchronous=True)
        except KafkaException as error:
            self._committed(first_error(error), [])

    def _committed(self, error: KafkaError | None, _: list[TopicPartition]) -> None:
        self.gauges.commit_seconds = time.monotonic() - self._committing_at
        if error is None:
            return
        self.gauges.commits_failed += 1
        self._mirrored = {}  # all of them again at the next turn
        log.debug("kafka_commit_failed", error=error.str())

    def _counted(self, statistics: str) -> None:
        """The brokers' mean round trip: for a consumer most of its requests are fetches."""
        brokers = json.loads(statistics).get("brokers", {}).values()
        trips = [b["rtt"]["avg"] for b in brokers if b.get("rtt", {}).get("cnt")]
        self.gauges.fetch_seconds = max(trips, default=0) / 1e6

    def _troubled(self, error: KafkaError) -> None:
        if error.code() in _PASSING and not error.fatal():
            self._handler.trouble(reason_of(error), error.str())
        elif self._raised is None:
            self._raised = KafkaException(error)


def _held(consumer: Consumer, partition: TopicPartition) -> Held | None:
    try:
        found = consumer.get_watermark_offsets(TopicPartition(partition.topic, partition.partition), LOOKUP_S)
    except KafkaException as error:
        log.warning("kafka_no_leader", partition=partition_name(partition.topic, partition.partition), error=str(error))
        return None
    return Held(*found) if found is not None else None
