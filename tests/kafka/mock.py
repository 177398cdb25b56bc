"""librdkafka's imitation of a broker, inside this process: for machines without Java or without the broker's jars.

It has groups, commits and fetches. It cannot make topics (they come with the first question about them, four partitions
each), delete records, restart, or check who somebody is.
"""

from __future__ import annotations

from confluent_kafka import Producer


class MockBroker:
    """One broker that lives as long as this object."""

    def __init__(self) -> None:
        self._owner: Producer | None = Producer({"test.mock.num.brokers": 1, "log_level": 0})
        brokers = self._owner.list_topics(timeout=10).brokers.values()
        self.bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def stop(self) -> None:
        self._owner = None
