"""What a Kafka source decides without a broker: where each partition begins, and what its metrics show."""

from __future__ import annotations

import doctest
import threading
from typing import Any

import pytest
from confluent_kafka import KafkaException
from prometheus_client import CollectorRegistry

from monitor.kafka import connection, positions
from monitor.kafka.connection import Connection
from monitor.kafka.handler import Gauges, Group, Record
from monitor.kafka.positions import Held, Saved, is_known
from monitor.sources.kafka_ledger import KafkaCounters, KafkaGapError, Ledger, Reading
from monitor.telemetry.metrics import Metrics


def ledger(saved: dict[str, Any] | None = None, **options: Any) -> Ledger:
    made = Reading("desk", Connection(("a:1",)), Group("g", ("news",)), **options)
    return Ledger(made, saved or {}, lambda: 1_000)


def no_lookup(topic: str, partition: int, ms: int) -> int:
    raise AssertionError("nobody asked for a time")


def begins(at: Ledger, held: dict[tuple[str, int], Held | None]) -> dict[tuple[str, int], int]:
    return {partition: found.offset for partition, found in at.begin(held, no_lookup).items()}


def test_the_examples_hold() -> None:
    assert doctest.testmod(positions).failed == 0
    assert doctest.testmod(connection).failed == 0


def test_a_partition_that_a_known_topic_gets_later_is_read_whole_and_a_new_topic_as_start_says() -> None:
    known = ledger({"news/0": {"offset": 5, "at": None}}, start="latest")
    held: dict[tuple[str, int], Held | None] = {
        ("news", 0): Held(0, 9),
        ("news", 1): Held(2, 7),
        ("wire", 0): Held(1, 4),
    }
    assert begins(known, dict(held)) == {("news", 0): 5, ("news", 1): 2, ("wire", 0): 4}
    assert begins(ledger(start="earliest"), {("wire", 0): Held(1, 4)}) == {("wire", 0): 1}


def test_a_partition_without_a_leader_begins_at_its_position_and_without_one_is_not_guessed() -> None:
    known = ledger({"news/0": {"offset": 5, "at": 7}})
    assert begins(known, {("news", 0): None}) == {("news", 0): 5}
    with pytest.raises(KafkaException, match="no leader and no position"):
        begins(known, {("news", 1): None})


def test_a_gap_that_fails_forgets_nothing_that_a_restart_would_need() -> None:
    saved = {"news/0": {"offset": 3, "at": 1}}
    failing = ledger(saved)
    with pytest.raises(KafkaGapError, match="kafka seek news --to earliest"):
        begins(failing, {("news", 0): Held(8, 9)})
    assert saved == {"news/0": {"offset": 3, "at": 1}}  # the store's own
    going_on = ledger(saved, on_gap="earliest")
    assert begins(going_on, {("news", 0): Held(8, 9)}) == {("news", 0): 8}
    assert (going_on.counters.lost, going_on.blind_until) == (5, 1_000 + 6 * 3_600_000)


def test_a_delivery_that_the_channel_does_not_take_is_taken_back() -> None:
    one = ledger({"news/0": {"offset": 4, "at": 1}})
    record = Record("news", 0, 4, 9, None, b"{}")
    items = one.deliveries([(record, one.decode(record))], lambda: True)
    delivery = next(items)
    assert begins(one, {("news", 0): None}) == {("news", 0): 5}
    items.close()
    assert begins(one, {("news", 0): None}) == {("news", 0): 4}
    assert one.wait_settled(["news/0"], 0, lambda: False)
    again = one.deliveries([(record, one.decode(record))], lambda: True)
    delivery = next(again)
    assert next(again, None) is None
    assert not one.wait_settled(["news/0"], 0, lambda: False)
    assert one.lag({("news", 0): 5}, {}) == {"news/0": 1}
    delivery.ack()
    assert one.wait_settled(["news/0"], 0, lambda: False)
    assert one.lag({("news", 0): 5}, {}) == {"news/0": 0}


def test_whoever_waits_for_a_partition_goes_on_with_the_last_acknowledgement() -> None:
    one = ledger({"news/0": {"offset": 4, "at": 1}})
    records = [Record("news", 0, offset, 9, None, b"{}") for offset in (4, 5)]
    first, second = one.deliveries([(record, one.decode(record)) for record in records], lambda: True)
    waiting = threading.Event()
    settled: list[bool] = []

    def wait() -> None:
        settled.append(one.wait_settled(["news/0"], 60, lambda: bool(waiting.set())))

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(10)
    first.ack()
    assert settled == []
    second.ack()
    thread.join(10)  # by the acknowledgement, far from the minute
    assert settled == [True]


def test_a_gap_of_a_shared_group_is_decided_with_kafkas_own_tool() -> None:
    group = Group("scorers", ("news",), shared=True)
    shared = Ledger(Reading("desk", Connection(("a:1",)), group), {}, lambda: 1_000)
    shared.go_on_from({("news", 0): 3}, [("news", 0)])
    with pytest.raises(KafkaGapError, match="kafka-consumer-groups --group scorers --reset-offsets"):
        begins(shared, {("news", 0): Held(8, 9)})


def test_what_was_saved_by_another_version_or_hand_is_no_position() -> None:
    for value in ({}, {"offset": "3"}, {"offset": True}, {"offset": -1}):
        assert Saved.from_dict(value) is None
    saved = Saved(3, 4, 5)
    assert Saved.from_dict(saved.to_dict()) == saved
    assert is_known(positions.Begin(3, known_at=4), 3, 4) is True
    assert is_known(positions.Begin(3, known_at=4), 3, 5) is False
    assert is_known(positions.Begin(3, known_at=4), 6, 4) is None


def test_metrics_end_with_their_partition_and_count_on_over_a_new_consumer() -> None:
    metrics = Metrics(CollectorRegistry())
    value = metrics.registry.get_sample_value
    counters = KafkaCounters(lost=3, dead_letters=2)
    counters.gaps["retention"] = 1
    metrics.kafka.show("desk", {"news/0": 7, "news/1": 1}, Gauges(rebalances=2, pauses=1), counters)
    assert value("bearwatch_kafka_lag_records", {"source": "desk", "partition": "news/1"}) == 1
    metrics.kafka.show("desk", {"news/0": 0}, Gauges(rebalances=1), counters)  # another consumer begins again
    assert value("bearwatch_kafka_lag_records", {"source": "desk", "partition": "news/1"}) is None
    assert value("bearwatch_kafka_lag_records", {"source": "desk", "partition": "news/0"}) == 0
    assert value("bearwatch_kafka_rebalances_total", {"source": "desk"}) == 3
    assert value("bearwatch_kafka_pauses_total", {"source": "desk"}) == 1
    assert value("bearwatch_kafka_gaps_total", {"source": "desk", "reason": "retention"}) == 1
    assert value("bearwatch_kafka_lost_records_total", {"source": "desk"}) == 3
    assert value("bearwatch_kafka_dead_letters_total", {"source": "desk"}) == 2
