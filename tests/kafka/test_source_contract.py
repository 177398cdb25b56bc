"""The suite that every source has to pass, over the Kafka source and a broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from monitor.kafka.connection import Connection
from monitor.kafka.handler import Group
from monitor.sources.kafka import KafkaSource
from monitor.sources.kafka_ledger import Reading
from monitor.sources.protocol import Source
from tests.contract.test_source_contract import (
    DELIVERIES,
    TITLES,
    Case,
    Positions,
    articles,
    line,
    positions_of,
    read,
    test_a_full_channel_holds_the_source_and_cancelling_frees_it,
    test_a_position_is_json_and_stands_on_the_last_delivery_that_it_covers,
    test_a_source_paused_from_the_start_hands_over_nothing_until_resumed,
    test_every_item_is_handed_over_once_in_order,
    test_health_names_each_partition_and_no_secret,
    test_what_was_not_committed_is_read_again_with_the_same_keys,
)
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record

__all__ = [
    "test_a_full_channel_holds_the_source_and_cancelling_frees_it",
    "test_a_position_is_json_and_stands_on_the_last_delivery_that_it_covers",
    "test_a_source_paused_from_the_start_hands_over_nothing_until_resumed",
    "test_every_item_is_handed_over_once_in_order",
    "test_health_names_each_partition_and_no_secret",
    "test_what_was_not_committed_is_read_again_with_the_same_keys",
]
pytestmark = [pytest.mark.kafka, pytest.mark.slow]


class KafkaCase:
    """Its one partition has a position from the start, so that it hands over what it reads and nothing else."""

    durable, ordered, exact = True, True, True

    def __init__(self, rig: Rig, oracle: Oracle, topic: str) -> None:
        self._rig, self._oracle, self._topic = rig, oracle, topic
        given = [*(line(title, minute) for minute, title in enumerate(TITLES)), b"{broken"]
        oracle.produce(topic, [Record(value, partition=0) for value in given])

    @asynccontextmanager
    async def source(self, positions: Positions) -> AsyncIterator[Source]:
        group = Group(f"group-{self._topic}", (self._topic,), session_s=6.0)
        # The client's id goes to every broker's log; the password nowhere.
        connection = Connection((self._rig.bootstrap,), password="hunter2")
        reading = Reading("news", connection, group, start="earliest")
        known = positions or {f"{self._topic}/0": {"offset": 0, "at": None}}
        yield KafkaSource(reading, positions=known, clock=lambda: time.time_ns() // 1_000_000)

    def add(self, title: str) -> None:
        self._oracle.produce(self._topic, [Record(line(title), partition=0)])


@pytest.fixture
def case(real_kafka: Rig, oracle: Oracle, topic: str) -> Case:
    return KafkaCase(real_kafka, oracle, topic)


def test_a_source_built_again_from_committed_positions_goes_on_where_it_stopped(case: Case) -> None:
    async def scenario() -> None:
        async with case.source({}) as source:
            first = await read(source, DELIVERIES)
        case.add("Zeta arrives")
        async with case.source(positions_of(first)) as source:
            second = await read(source, 1)
        assert [article.title for article in articles(second)] == ["Zeta arrives"]

    asyncio.run(scenario())
