"""Records out: idempotent, acknowledged by all replicas, and every wait under a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from monitor.errors import BearwatchError
from monitor.kafka.connection import Connection, reason_of

SEND_S = 10.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class SendError(BearwatchError):
    """Some records were not acknowledged within the deadline; they may have arrived or not.

    Attributes:
        reason: as `connection.reason_of`.
        failed: places of those records in what was to be sent.
        too_large: whether that is for ever: a record is longer than the broker takes.
    """

    def __init__(self, reason: str, detail: str, failed: Sequence[int], *, too_large: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.failed = tuple(failed)
        self.too_large = too_large


class Sender:
    """One producer; its records of one partition stay in order.

    Args:
        deadline: seconds for one `send`.
    """

    def __init__(self, connection: Connection, deadline: float = SEND_S) -> None:
        self._deadline = deadline
        self._producer = Producer(
            connection.options()
            | {
                "enable.idempotence": True,
                "delivery.timeout.ms": round(deadline * 1_000),
                "linger.ms": 5,
                "compression.type": "zstd",
                "message.max.bytes": 16 << 20,  # ours is not the limit; the topic's is, and it says so
                "queue.buffering.max.kbytes": 65_536,
            }
        )
        self._sending = asyncio.Lock()

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Returns once every record is acknowledged. Raises SendError."""
        async with self._sending:
            # A cancelled waiter leaves the thread to its deadline.
            await asyncio.shield(asyncio.to_thread(self._send, records))

    def _send(self, records: Sequence[Outgoing]) -> None:
        outcome: dict[int, KafkaError | None] = {}
        ends = time.monotonic() + self._deadline

        def told(place: int) -> Callable[[KafkaError | None, Message], None]:
            def delivered(error: KafkaError | None, _: Message) -> None:
                outcome[place] = error

            return delivered

        for place, record in enumerate(records):
            try:
                self._producer.produce(
                    record.topic,
                    record.value,
                    record.key,
                    on_delivery=told(place),
                    headers=list(record.headers),
                )
            except BufferError:
                break  # not sent, so not in the outcome
            except KafkaException as error:
                outcome[place] = error.args[0]
            self._producer.poll(0)
        while len(outcome) < len(records) and time.monotonic() < ends and self._producer.flush(0.2):
            pass
        failed = [place for place in range(len(records)) if outcome.get(place, _LATE) is not None]
        if not failed:
            return
        # What is still queued would else arrive later, beside its own repetition.
        self._producer.purge(in_queue=True, in_flight=True, blocking=False)
        self._producer.poll(0)
        first = outcome.get(failed[0]) or _LATE
        codes = {(outcome.get(place) or _LATE).code() for place in failed}
        too_large = codes == {KafkaError.MSG_SIZE_TOO_LARGE}
        raise SendError(reason_of(first), first.str(), failed, too_large=too_large)


_LATE = KafkaError(KafkaError._MSG_TIMED_OUT, "not acknowledged within the deadline")
