"""Kafka topics as a source: the position decides, polling never waits for the pipeline, nothing is skipped.

A `Session` is one consumer, from its first poll to its end; when it fails or stands still it is replaced. Records are
handed over with their position, which the store commits together with what they came to, or, in a shared group, which
is committed to Kafka once they are acknowledged; what a revoked partition has in the pipeline is finished before the
partition is let go, the rest of it is dropped and read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.errors import BearwatchError, OperatorError
from monitor.kafka.connection import first_error, made, reason_of
from monitor.kafka.handler import Gauges
from monitor.kafka.producer import Sends
from monitor.permit import ALWAYS, Permit
from monitor.sources.dead_letters import DeadLetters
from monitor.sources.kafka_ledger import Ledger, Reading, Recreated, Seen
from monitor.sources.kafka_session import STALL_S, Session, Stalled, Status
from monitor.sources.protocol import Clock, SourceHealth, SourceState

log = structlog.get_logger(__name__)

STALLS_MOST = 3
AGAIN_LEAST_S, AGAIN_MOST_S = 0.5, 10.0


class KafkaStalledError(BearwatchError):
    """Records wait, the broker answers, and three consumers in a row were given none."""


class KafkaSource:
    """A consumer group's member.

    Args:
        positions: by `topic/partition`; each a `Saved` as a dict.
        sender: for dead letters; needed where the reading names a topic for them.
        stall_s: seconds without progress, while records wait, after which the consumer is replaced.
        permit: without it nothing is committed to Kafka and no dead letter sent.

    Raises:
        InputError: librdkafka refuses the connection's options.
    """

    def __init__(
        self,
        reading: Reading,
        *,
        positions: Mapping[str, Mapping[str, Any]],
        clock: Clock,
        sender: Sends | None = None,
        stall_s: float = STALL_S,
        permit: Permit = ALWAYS,
    ) -> None:
        self.name = reading.name
        self.ledger = Ledger(reading, positions, clock)
        self._status = Status(reading.name)
        self._stall_s = stall_s
        self._permit = permit
        self._paused = False
        self._probe = made(AdminClient, reading.connection.options())
        self._session: Session | None = None
        self._letters = DeadLetters(reading.dead_letters, sender, self._status.letters, permit) if sender else None

    # --- the source's contract

    async def run(self, out: Channel[Delivery]) -> None:
        """Reads until cancelled.

        Raises:
            KafkaGapError: records are gone that were never read. KafkaStalledError: see there.
            OperatorError: another process took the static member's name.
        """
        pause, stalls = AGAIN_LEAST_S, 0
        while True:
            session = self._session = Session(
                self.ledger, self._status, self._letters, self._probe, self._stall_s, permit=self._permit
            )
            session.hold(self._paused)
            try:
                await session.run(out)
            except Recreated:
                continue
            except Stalled as stall:
                stalls = 1 if session.progressed else stalls + 1
                log.error("kafka_stalled", source=self.name, reason=str(stall), time=stalls)
                if stalls >= STALLS_MOST:
                    raise KafkaStalledError(f"{self.name}: {stall}, {stalls} consumers in a row") from None
            except KafkaException as error:
                found = first_error(error)
                # What is fatal to a consumer: that another one took its name. To begin again would throw that one out.
                if found.code() in (KafkaError.FENCED_INSTANCE_ID, KafkaError._FATAL):
                    member = self.ledger.reading.group.member
                    raise OperatorError(f"source {self.name}: another process is the group's member {member}") from None
                self._status.trouble(reason_of(found), found.str())
            self.ledger.counters.rebuilds += 1
            pause = AGAIN_LEAST_S if session.progressed else min(2 * pause, AGAIN_MOST_S)
            await asyncio.sleep(pause)

    def pause(self) -> None:
        self._paused = True
        if self._session is not None:
            self._session.hold(True)

    def resume(self) -> None:
        self._paused = False
        if self._session is not None:
            self._session.hold(False)

    def health(self) -> list[SourceHealth]:
        reason = self._status.reason

        def state(seen: Seen) -> SourceState:
            if reason:
                return SourceState.FAILING
            return SourceState.OK if seen.last_ok and not self._paused else SourceState.WAITING

        return [
            SourceHealth(
                source=self.name,
                partition=name,
                state=state(seen),
                last_ok=seen.last_ok or None,
                last_item=seen.last_item or None,
                failures=self._status.failures,
                reason=reason,
                items=seen.items,
                address=name,
            )
            for name, seen in sorted(self.ledger.seen.items()) or [("", Seen())]
        ]

    # --- for metrics and readiness

    def unready(self) -> str:
        """Why nothing comes in at the moment, "" when it does."""
        return self._status.reason

    def blind(self, now: int) -> bool:
        """Whether the counts of the longest window lack records that were never read. now: ms UTC."""
        return now < self.ledger.blind_until

    def gauges(self) -> Gauges:
        """What the consumer has seen; of a new one where the last has ended."""
        return self._session.reader.gauges if self._session is not None else Gauges()

    def lag(self) -> dict[str, int]:
        """Records behind each partition's committed position, of those that are ours."""
        seen = self.gauges()
        return self.ledger.lag(dict(seen.ends), dict(seen.read_to))
