"""Records out: idempotent, acknowledged by all replicas, in a thread of its own, and every wait under a deadline."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from monitor.errors import BearwatchError
from monitor.kafka.connection import Connection, first_error, made, reason_of

log = structlog.get_logger(__name__)

SEND_S = 10.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send. at: its timestamp, ms UTC; None for the present."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    at: int | None = None


class SendError(BearwatchError):
    """Some records were not acknowledged within the deadline; they may have arrived or not.

    Attributes:
        reason: as `connection.reason_of`.
        failed: places of those records in what was to be sent.
        too_large: whether that is for ever: each of them is longer than its topic takes.
    """

    def __init__(self, reason: str, detail: str, failed: Sequence[int], *, too_large: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.failed = tuple(failed)
        self.too_large = too_large


class Sends(Protocol):
    """A `Sender`, or what stands for it in a test."""

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Returns once every record is acknowledged. Raises SendError."""


@dataclass(slots=True)
class _Job:
    records: Sequence[Outgoing]
    answer: Callable[[BaseException | None], None]
    given_up: threading.Event


class Sender:
    """One producer; what is sent by it goes one batch after the other. Thread and producer end when it is let go.

    Args:
        deadline: seconds for one `send`.

    Raises:
        InputError: librdkafka refuses the connection's options.
    """

    def __init__(self, connection: Connection, deadline: float = SEND_S) -> None:
        options = connection.options() | {
            "enable.idempotence": True,
            "delivery.timeout.ms": round(deadline * 1_000),
            "linger.ms": 5,
            "compression.type": "zstd",
            "message.max.bytes": 16 << 20,  # ours is not the limit; the topic's is, and it says so
            "queue.buffering.max.kbytes": 65_536,
        }
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        worker = _Worker(options, deadline, self._jobs)
        # Daemonic: a broker that answers nothing must not keep the process from ending.
        threading.Thread(target=worker.run, name="kafka-sender", daemon=True).start()
        # The thread must not hold what it ends with: a reload would leave it, and its producer's, for ever.
        weakref.finalize(self, self._jobs.put, None).atexit = False

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Returns once every record is acknowledged. Raises SendError. Cancelled, it gives the batch up."""
        if not records:
            return
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        def answer(error: BaseException | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, error)

        job = _Job(records, answer, threading.Event())
        self._jobs.put(job)
        try:
            await done
        except asyncio.CancelledError:
            job.given_up.set()
            raise


class _Worker:
    """The thread's side of a `Sender`."""

    def __init__(self, options: dict[str, Any], deadline: float, jobs: queue.SimpleQueue[_Job | None]) -> None:
        self._options = options
        self._deadline = deadline
        self._jobs = jobs
        self._producer = made(Producer, options)

    def run(self) -> None:
        """Until its sender is let go."""
        while (job := self._jobs.get()) is not None:
            try:
                self._send(job)
            except BaseException as error:  # the thread's boundary: it is the sender's to handle
                job.answer(error)
            else:
                job.answer(None)

    def _send(self, job: _Job) -> None:
        outcome = self._attempt(job.records, range(len(job.records)), job.given_up)
        # A broker judges a batch as a whole: those of a batch that was too long are judged one by one.
        if len(outcome) > 1:
            for place in [place for place, error in outcome.items() if _is_too_large(error)]:
                del outcome[place]
                outcome |= self._attempt(job.records, [place], job.given_up)
        if outcome:
            error = next(iter(outcome.values()))
            too_large = all(map(_is_too_large, outcome.values()))
            raise SendError(reason_of(error), error.str(), sorted(outcome), too_large=too_large)

    def _attempt(
        self, records: Sequence[Outgoing], places: Sequence[int], given_up: threading.Event
    ) -> dict[int, KafkaError]:
        """Why those failed that did."""
        outcome: dict[int, KafkaError | None] = {}
        ends = time.monotonic() + self._deadline

        def told(place: int) -> Callable[[KafkaError | None, Message], None]:
            def delivered(error: KafkaError | None, _: Message) -> None:
                outcome[place] = error

            return delivered

        broken: KafkaError | None = None
        try:
            for place in places:
                try:
                    self._produce(records[place], told(place))
                except BufferError:
                    break  # the rest of them is late
            while len(outcome) < len(places) and time.monotonic() < ends and not given_up.is_set():
                self._producer.flush(0.1)
        except KafkaException as error:
            broken = first_error(error)
        failed = {place: outcome.get(place, broken or _LATE) for place in places}
        found = {place: error for place, error in failed.items() if error is not None}
        if broken is not None or any(error.fatal() or error.code() == KafkaError._FATAL for error in found.values()):
            # An idempotent producer that lost its sequence never sends again; another one does.
            log.warning("kafka_producer_replaced", error=(broken or next(iter(found.values()))).str())
            self._producer = made(Producer, self._options)
        elif found:
            # What is still queued would else arrive later, beside its own repetition.
            self._producer.purge(in_queue=True, in_flight=True, blocking=False)
            self._producer.poll(0)
        return found

    def _produce(self, record: Outgoing, on_delivery: Callable[[KafkaError | None, Message], None]) -> None:
        self._producer.produce(
            record.topic,
            record.value,
            record.key,
            on_delivery=on_delivery,
            timestamp=record.at or 0,  # 0: the present
            headers=list(record.headers),
        )
        self._producer.poll(0)


def _is_too_large(error: KafkaError) -> bool:
    return error.code() == KafkaError.MSG_SIZE_TOO_LARGE


_LATE = KafkaError(KafkaError._MSG_TIMED_OUT, "not acknowledged within the deadline")
