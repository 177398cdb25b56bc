"""The rig itself: a broker that forgot what it acknowledged, or a fault that is none, would prove nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from tests.kafka.broker import Broker
from tests.kafka.certificate import Certificate
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record
from tests.kafka.proxy import BLACK_HOLE, Proxy

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

USERS = {"alice": "a secret of hers", "bob": "another"}
LET_IN = ""
SILENT = "silence"
SILENCE_S = 3.0


def answer(bootstrap: str, **settings: Any) -> str:
    """LET_IN, the name of librdkafka's error, or SILENT; `settings` are librdkafka's, with `_` for `.`."""
    errors: list[KafkaError] = []
    named = {name.replace("_", "."): value for name, value in settings.items()}
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "error_cb": errors.append, **named})
    deadline = time.monotonic() + SILENCE_S
    while time.monotonic() < deadline:
        try:
            client.list_topics(timeout=0.2)
            return LET_IN
        except KafkaException:  # that it has no answer yet; the reason comes by the callback
            client.poll(0)
        if errors:
            return errors[0].name()
    return SILENT


def test_what_is_written_is_read_with_key_headers_and_time(kafka: Rig, oracle: Oracle, topic: str) -> None:
    written = [
        Record(b"{}", b"k", (("source", b"wire"), ("empty", None)), 1_700_000_000_000, 0),
        Record(None, None, (), 1_700_000_000_001, 0),
        Record(b"\xff\x00" * 10, b"", (), 1_700_000_000_002, 0),
    ]
    assert oracle.produce(topic, written) == [(0, 0), (0, 1), (0, 2)]
    read = oracle.records(topic)
    assert [(r.value, r.key, tuple(r.headers), r.timestamp) for r in read] == [
        (w.value, w.key, tuple(w.headers), w.timestamp) for w in written
    ]
    assert oracle.watermarks(topic) == (0, 3)


def test_a_message_of_ten_megabytes_gets_in_and_out(kafka: Rig, oracle: Oracle, topic: str) -> None:
    oracle.produce(topic, [b"x" * 10_000_000])
    assert [len(record.value or b"") for record in oracle.records(topic)] == [10_000_000]


def test_a_groups_offsets_are_what_was_committed_last(real_kafka: Rig, oracle: Oracle, topic: str) -> None:
    oracle.produce(topic, [b"1", b"2", b"3"])
    assert oracle.committed("desk", topic) == {}
    oracle.commit("desk", topic, {0: 2})
    assert oracle.committed("desk", topic) == {0: 2}


def test_deleted_records_move_the_low_watermark_and_a_deleted_topic_is_gone(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    oracle.produce(topic, [b"1", b"2", b"3"])
    oracle.delete_records(topic, before=2)
    assert oracle.watermarks(topic) == (2, 3)
    assert [record.value for record in oracle.records(topic)] == [b"3"]
    oracle.delete(topic)
    assert oracle.partitions(topic) == []


def test_retention_deletes_old_segments_within_seconds(real_kafka: Rig, oracle: Oracle) -> None:
    oracle.create("short-lived", config={"retention.ms": "1000", "segment.ms": "500"})
    deadline = time.monotonic() + 20
    while oracle.watermarks("short-lived")[0] == 0:
        assert time.monotonic() < deadline, oracle.watermarks("short-lived")
        oracle.produce("short-lived", [b"soon gone"])
        time.sleep(0.2)  # retention goes by the wall clock
    oracle.delete("short-lived")


def test_kill_9_and_a_start_keep_what_was_acknowledged_under_the_same_address(
    own_broker: Callable[..., Broker],
) -> None:
    broker = own_broker()
    Oracle(broker.bootstrap).create("kept")
    written = [b"%d" % number for number in range(1_000)]
    for death in (broker.kill, broker.stop):
        held = len(Oracle(broker.bootstrap).records("kept"))
        Oracle(broker.bootstrap).produce("kept", written)
        death()
        assert answer(broker.bootstrap) == "_TRANSPORT"
        begun = time.monotonic()
        broker.start()
        print(f"{death.__name__}: back within {time.monotonic() - begun:.1f} s")
        assert [record.value for record in Oracle(broker.bootstrap).records("kept")][held:] == written


def test_a_paused_broker_says_nothing_and_resumed_it_answers(own_broker: Callable[..., Broker]) -> None:
    broker = own_broker()
    assert answer(broker.bootstrap) == LET_IN
    broker.pause()
    assert answer(broker.bootstrap) == SILENT
    broker.resume()
    assert answer(broker.bootstrap) == LET_IN


def test_clients_of_the_proxy_keep_to_it_and_the_tests_own_do_not(proxied: tuple[Broker, Proxy]) -> None:
    broker, proxy = proxied
    Oracle(broker.bootstrap).create("news")
    assert proxy.accepted == 0
    Oracle(proxy.bootstrap).produce("news", [b"1"])
    assert proxy.accepted >= 2  # the first question, and the broker that its answer named
    proxy.inject(BLACK_HOLE)
    assert answer(proxy.bootstrap) == SILENT
    Oracle(broker.bootstrap).produce("news", [b"2"])
    proxy.heal()
    assert [record.value for record in Oracle(proxy.bootstrap).records("news")] == [b"1", b"2"]


def test_sasl_and_tls_let_in_the_right_and_refuse_the_wrong(
    own_broker: Callable[..., Broker], certificate: Certificate
) -> None:
    broker = own_broker(users=USERS, certificate=certificate)
    trusted = {"ssl_ca_location": str(certificate.trusted)}
    for listener, protocol, tls in (("SASL", "sasl_plaintext", {}), ("SASL_TLS", "sasl_ssl", trusted)):
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            for name, password, expected in (
                ("bob", USERS["bob"], LET_IN),
                ("bob", USERS["alice"], "_AUTHENTICATION"),
                ("eve", USERS["alice"], "_AUTHENTICATION"),
            ):
                who = {"sasl_mechanism": mechanism, "sasl_username": name, "sasl_password": password}
                found = answer(broker.address(listener), security_protocol=protocol, **who, **tls)
                assert found == expected, (listener, mechanism, name)
        assert answer(broker.address(listener)) != LET_IN
    assert answer(broker.address("TLS"), security_protocol="ssl", **trusted) == LET_IN
    assert (
        answer(broker.address("TLS"), security_protocol="ssl") == "_SSL"
    )  # it signed itself: nobody trusts it unasked
    assert answer(broker.address("TLS")) != LET_IN
