"""A Kafka topic as an endpoint of the outbox: each alert's JSON, keyed by the alert's id."""

from __future__ import annotations

from monitor.alerts.protocol import Final, OutboxMessage, Outcome, Retryable
from monitor.kafka.producer import Outgoing, SendError, Sends

ID = "bearwatch-id"  # the header that says which delivery it is: the same at every try


class KafkaTopic:
    """One topic. What is sent twice across a kill has the same id, and the same key, so it stands in one partition."""

    def __init__(self, name: str, topic: str, sender: Sends) -> None:
        self._name = name
        self._topic = topic
        self._sender = sender

    @property
    def name(self) -> str:
        return self._name

    async def send(self, message: OutboxMessage) -> Outcome:
        """As `Notifier.send`: all passes with time but a record that is longer than the topic takes."""
        headers = ((ID, message.id.encode()),)
        record = Outgoing(self._topic, message.alert_id.encode(), message.body.encode(), headers)
        try:
            await self._sender.send([record])
        except SendError as error:
            if error.too_large:
                raise Final(error.reason) from error
            raise Retryable(error.reason) from error
        return Outcome()
