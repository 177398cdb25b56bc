"""The Kafka source against a broker: the store's position decides, nothing is skipped, nothing waits for ever."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.errors import InputError, OperatorError
from monitor.kafka.connection import Connection
from monitor.kafka.handler import Group
from monitor.kafka.producer import Outgoing, Sender, SendError
from monitor.records import Article, Refusal
from monitor.sources.kafka import KafkaSource
from monitor.sources.kafka_ledger import KafkaGapError, Reading
from monitor.sources.protocol import SourceState
from tests.fakes_source import take
from tests.kafka.broker import Broker
from tests.kafka.certificate import Certificate
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

Positions = Mapping[str, Mapping[str, Any]]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def line(number: int) -> bytes:
    return json.dumps(
        {"id": f"n{number}", "title": f"Alpha warns {number}", "published_at": "2026-01-02T03:04:05Z"}
    ).encode()


def reading(rig: Rig, topic: str, **options: Any) -> Reading:
    group = Group(options.pop("group", f"group-{topic}"), (topic,), session_s=6.0)
    return Reading("news", Connection((rig.bootstrap,)), group, **{"start": "earliest", **options})


@asynccontextmanager
async def running(source: KafkaSource, room: int = 10_000) -> AsyncIterator[Channel[Delivery]]:
    """The source at work; what it raises is raised here."""
    out: Channel[Delivery] = Channel(room, source.pause, source.resume)
    task = asyncio.create_task(source.run(out))
    try:
        yield out
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        assert task.done()


async def until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in a broker
            await asyncio.sleep(0.02)


def titles(deliveries: list[Delivery]) -> list[str]:
    return [d.record.title for d in deliveries if isinstance(d.record, Article)]


def positions_of(deliveries: list[Delivery]) -> dict[str, dict[str, Any]]:
    return {d.position.partition: d.position.value for d in deliveries if d.position is not None}


async def test_records_come_in_order_with_the_position_after_each(kafka: Rig, oracle: Oracle, topic: str) -> None:
    placed = oracle.produce(topic, [Record(line(i), partition=0, timestamp=1_767_000_000_000 + i) for i in range(700)])
    source = KafkaSource(reading(kafka, topic), positions={}, clock=now_ms)
    async with running(source) as out:
        got = await take(out, 701 if kafka.real else 704)
    articles = [d for d in got if d.record is not None]
    assert titles(articles) == [f"Alpha warns {i}" for i in range(700)]
    assert [d.position.value["offset"] for d in articles if d.position] == [offset + 1 for _, offset in placed]
    first = articles[0].record
    assert isinstance(first, Article)
    assert first.received_at == 1_767_000_000_000  # the record's own timestamp


async def test_the_stores_position_wins_over_the_one_that_kafka_has(kafka: Rig, oracle: Oracle, topic: str) -> None:
    oracle.produce(topic, [Record(line(i), partition=0) for i in range(20)])
    for saved, told in ((5, 15), (15, 5)):
        oracle.commit(f"group-{saved}", topic, {0: told})
        given = {f"{topic}/0": {"offset": saved, "at": None}}
        source = KafkaSource(reading(kafka, topic, group=f"group-{saved}"), positions=given, clock=now_ms)
        async with running(source) as out:
            got = await take(out, 1)
            while not titles(got):
                got += await take(out, 1)
        assert titles(got) == [f"Alpha warns {saved}"]


async def test_kafka_is_told_the_committed_position_and_not_the_handed_over_one(
    kafka: Rig, oracle: Oracle, topic: str
) -> None:
    oracle.produce(topic, [Record(line(i), partition=0) for i in range(10)])
    source = KafkaSource(reading(kafka, topic), positions={}, clock=now_ms)
    async with running(source) as out:
        got: list[Delivery] = []
        while len(titles(got)) < 10:
            got += await take(out, 1, ack=False)
        for delivery in [d for d in got if d.record is None] + [d for d in got if d.record is not None][:4]:
            delivery.ack()
        await until(lambda: oracle.committed(f"group-{topic}", topic).get(0) == 4)
    assert oracle.committed(f"group-{topic}", topic)[0] == 4


async def test_a_start_at_the_end_is_the_same_start_after_a_kill(kafka: Rig, oracle: Oracle, topic: str) -> None:
    oracle.produce(topic, [Record(line(i), partition=0) for i in range(3)])
    source = KafkaSource(reading(kafka, topic, start="latest"), positions={}, clock=now_ms)
    async with running(source) as out:
        got = await take(out, 1 if kafka.real else 4)
    saved = positions_of(got)
    assert saved[f"{topic}/0"] == {"offset": 3, "at": None}
    oracle.produce(topic, [Record(line(3), partition=0)])  # while nobody reads
    async with running(KafkaSource(reading(kafka, topic, start="latest"), positions=saved, clock=now_ms)) as out:
        assert titles(await take(out, 1)) == ["Alpha warns 3"]


async def test_a_full_pipeline_pauses_the_partitions_and_polling_goes_on(
    kafka: Rig, oracle: Oracle, topic: str
) -> None:
    oracle.produce(topic, [Record(line(i), partition=0) for i in range(8_000)])
    source = KafkaSource(reading(kafka, topic), positions={}, clock=now_ms)
    async with running(source, room=64) as out:
        await until(lambda: source.gauges().paused)
        polled = source.gauges().polled_at
        seen = source.gauges().records
        await until(lambda: source.gauges().polled_at > polled + 7)  # past the session's 6 s
        assert source.gauges().records <= seen + 512
        assert source.gauges().rebalances == 1
        got: list[str] = []
        while len(got) < 8_000:
            got += titles(await take(out, 1))
    assert got == [f"Alpha warns {i}" for i in range(8_000)]


async def test_what_is_no_article_is_a_dead_letter_before_the_partition_moves_on(
    kafka: Rig, oracle: Oracle, topic: str
) -> None:
    dead = f"{topic}-dead"
    oracle.create(dead)
    poison = [
        b"\xff\xfe",
        b"[1]",
        b"{}",
        b"[" * 2_000,
        b'{"title": 7}',
        b'{"title": "x", "published_at": "9999-01-01"}',
    ]
    oracle.produce(topic, [Record(value, b"k", partition=0) for value in [line(0), *poison, line(1)]])
    made = reading(kafka, topic, dead_letters=dead)
    source = KafkaSource(made, positions={}, clock=now_ms, sender=Sender(made.connection))
    async with running(source) as out:
        got: list[Delivery] = []
        while len(titles(got)) < 2:
            got += await take(out, 1)
    refused = [d.record for d in got if isinstance(d.record, Refusal)]
    letters = oracle.records(dead)
    assert [letter.value for letter in letters] == poison
    said = [dict(letter.headers) for letter in letters]
    assert [h["bearwatch-offset"] for h in said] == [b"%d" % i for i in range(1, 7)]
    assert [h["bearwatch-reason"] for h in said] == [r.reason.encode() for r in refused]
    assert {r.reason for r in refused} == {"bad_utf8", "not_object", "no_title", "not_json", "bad_type", "bad_date"}
    assert {h["bearwatch-topic"] for h in said} == {topic.encode()}


async def test_records_that_retention_took_are_counted_and_on_gap_decides(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    oracle.produce(topic, [line(i) for i in range(10)])
    oracle.delete_records(topic, before=6)
    given = {f"{topic}/0": {"offset": 2, "at": 1}}
    with pytest.raises(KafkaGapError, match=r"4 records before .* are gone; decide with `bearwatch kafka seek"):
        await KafkaSource(reading(real_kafka, topic), positions=given, clock=now_ms).run(Channel(100))
    source = KafkaSource(reading(real_kafka, topic, on_gap="earliest"), positions=given, clock=now_ms)
    assert not source.blind(now_ms())
    async with running(source) as out:
        got = await take(out, 5)
    assert titles(got) == [f"Alpha warns {i}" for i in range(6, 10)]
    assert (source.ledger.counters.lost, source.ledger.counters.gaps["retention"]) == (4, 1)
    assert source.blind(now_ms())
    assert not source.blind(now_ms() + 7 * 3_600_000)
    # What was never read is missing after a restart too.
    again = KafkaSource(reading(real_kafka, topic), positions=positions_of(got), clock=now_ms)
    assert again.blind(now_ms())


@pytest.mark.parametrize("grown", [3, 30])
async def test_a_topic_made_anew_is_known_by_its_records_even_where_it_has_grown_past_the_position(
    real_kafka: Rig, oracle: Oracle, topic: str, grown: int
) -> None:
    oracle.produce(topic, [Record(line(i), timestamp=1_767_000_000_000 + i) for i in range(10)])
    async with running(KafkaSource(reading(real_kafka, topic), positions={}, clock=now_ms)) as out:
        saved = positions_of(await take(out, 11))
    # Unchanged, it goes on behind what was read.
    oracle.produce(topic, [line(10)])
    async with running(KafkaSource(reading(real_kafka, topic), positions=saved, clock=now_ms)) as out:
        assert titles(await take(out, 1)) == ["Alpha warns 10"]
    oracle.delete(topic)
    oracle.create(topic)
    oracle.produce(topic, [Record(line(100 + i), timestamp=1_768_000_000_000 + i) for i in range(grown)])
    with pytest.raises(KafkaGapError, match="the topic was made anew"):
        await KafkaSource(reading(real_kafka, topic), positions=saved, clock=now_ms).run(Channel(100))
    source = KafkaSource(reading(real_kafka, topic, on_gap="earliest"), positions=saved, clock=now_ms)
    async with running(source) as out:
        got = await take(out, grown + 1)
    assert titles(got) == [f"Alpha warns {100 + i}" for i in range(grown)]
    assert source.ledger.counters.gaps["recreated"] == 1


async def test_a_topic_that_is_not_there_yet_is_waited_for_and_said(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    later = f"{topic}-later"
    source = KafkaSource(reading(real_kafka, later), positions={}, clock=now_ms)
    async with running(source) as out:
        await until(source.unready)
        assert source.unready().startswith("unknown_topic")
        assert source.health()[0].state is SourceState.FAILING
        oracle.create(later)
        oracle.produce(later, [line(1)])
        got = await take(out, 2, seconds=40)
        assert titles(got) == ["Alpha warns 1"]
        await until(lambda: not source.unready())


async def test_a_transactions_marker_at_the_end_is_no_record_that_waits(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    producer = Producer({"bootstrap.servers": real_kafka.bootstrap, "transactional.id": topic})
    producer.init_transactions(20)
    for number in range(2):
        producer.begin_transaction()
        producer.produce(topic, line(number))
        producer.commit_transaction(20)
    assert oracle.watermarks(topic) == (0, 4)
    source = KafkaSource(reading(real_kafka, topic), positions={}, clock=now_ms, stall_s=1.0)
    async with running(source) as out:
        assert titles(await take(out, 3)) == ["Alpha warns 0", "Alpha warns 1"]
        await until(lambda: source.lag() == {f"{topic}/0": 0})
        await asyncio.sleep(2.5)  # twice the time after which a consumer that stands still is replaced
        assert source.ledger.counters.rebuilds == 0


async def test_letters_that_cannot_be_sent_hold_the_partition_and_are_no_stall(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    dead = f"{topic}-dead"
    oracle.produce(topic, [line(0), b"{", line(1)])
    made = reading(real_kafka, topic, dead_letters=dead)
    sender = Sender(made.connection, deadline=1.0)
    source = KafkaSource(made, positions={}, clock=now_ms, sender=sender, stall_s=1.0)
    async with running(source) as out:
        await until(source.unready)
        assert source.unready().startswith("dead letters: ")
        await asyncio.sleep(3)  # three times stall_s
        assert len(out) == 1  # the beginning alone: the three came in one chunk
        assert source.ledger.counters.rebuilds == 0
        oracle.create(dead)
        assert titles(await take(out, 4, seconds=40)) == ["Alpha warns 0", "Alpha warns 1"]
        await until(lambda: not source.unready())
    assert [letter.value for letter in oracle.records(dead)] == [b"{"]


async def test_partitions_that_were_paused_before_a_rebalance_are_read_after_it(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    oracle.produce(topic, [line(i) for i in range(6_000)])
    source = KafkaSource(reading(real_kafka, topic), positions={}, clock=now_ms)
    other = Consumer(
        {"bootstrap.servers": real_kafka.bootstrap, "group.id": f"group-{topic}", "session.timeout.ms": 6_000}
    )
    async with running(source, room=64) as out:
        await until(lambda: source.gauges().paused)
        other.subscribe([topic])
        got: list[Delivery] = []

        async def drained() -> None:
            """Takes what comes; the rebalance waits until what is in the pipeline is committed."""
            got.extend(await take(out, min(16, max(1, len(out)))))

        rounds = source.gauges().rebalances
        async with asyncio.timeout(40):
            while source.gauges().rebalances == rounds:
                await asyncio.to_thread(other.poll, 0.1)
                if len(out):
                    await drained()
            await asyncio.to_thread(other.close)
            while len(set(titles(got))) < 6_000:
                await drained()
    assert list(dict.fromkeys(titles(got))) == [f"Alpha warns {i}" for i in range(6_000)]


async def test_huge_records_pause_the_partitions_by_their_bytes(
    kafka: Rig, oracle: Oracle, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.kafka.reader.WAITING_BYTES", 20_000_000)
    oracle.produce(topic, [Record(b"x" * 9_000_000, partition=0) for _ in range(8)])
    source = KafkaSource(reading(kafka, topic), positions={}, clock=now_ms)
    async with running(source, room=1) as out:
        await until(lambda: source.gauges().paused)
        assert source.gauges().records <= 6  # those that were there with the one that went over the limit
        got: list[Delivery] = []
        while sum(isinstance(d.record, Refusal) for d in got) < 8:
            got += await take(out, 1)
    assert {d.record.reason for d in got if isinstance(d.record, Refusal)} == {"too_long"}


def test_a_send_that_is_given_up_keeps_neither_the_process_nor_the_next_one_waiting() -> None:
    sender = Sender(Connection(("127.0.0.1:1",)), deadline=4.0)

    async def scenario(then: bool) -> None:
        sending = asyncio.create_task(sender.send([Outgoing("news", None, b"1")]))
        await asyncio.sleep(0.3)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        if then:
            with pytest.raises(SendError):
                await sender.send([Outgoing("news", None, b"2")])

    for then, most in ((False, 2.5), (True, 6.5)):  # 4 and 8 s where it went on to its deadline
        began = time.monotonic()
        asyncio.run(scenario(then))
        assert time.monotonic() - began < most


def test_a_certificate_that_is_none_is_the_users_fault(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")
    connection = Connection(("127.0.0.1:1",), tls=True, ca=tmp_path / "ca.pem")
    with pytest.raises(InputError, match="kafka: ") as refused:
        Sender(connection)
    assert "\n" not in str(refused.value)


async def test_a_second_daemon_under_the_same_name_takes_the_place_of_the_first(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    group = Group(f"group-{topic}", (topic,), member="desk", session_s=6.0)
    made = Reading("news", Connection((real_kafka.bootstrap,)), group, start="earliest")
    oracle.produce(topic, [line(0)])
    first, second = (KafkaSource(made, positions={}, clock=now_ms) for _ in range(2))
    out: Channel[Delivery] = Channel(100)
    task = asyncio.create_task(first.run(out))
    assert titles(await take(out, 2)) == ["Alpha warns 0"]
    async with running(second) as taken:
        assert titles(await take(taken, 2)) == ["Alpha warns 0"]
        with pytest.raises(OperatorError, match="another process is the group's member desk"):
            async with asyncio.timeout(30):
                await task


async def test_a_member_of_a_shared_group_goes_on_where_the_one_before_it_committed(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    """What makes one process several and back again: no store tells the next member where to begin."""
    group = Group(f"group-{topic}", (topic,), session_s=6.0, shared=True)
    made = Reading("news", Connection((real_kafka.bootstrap,)), group, start="earliest")
    oracle.produce(topic, [Record(line(number), partition=0) for number in range(6)])
    async with running(KafkaSource(made, positions={}, clock=now_ms)) as out:
        got: list[Delivery] = []
        while len(titles(got)) < 6:
            got += await take(out, 1, ack=False)
        for delivery in [d for d in got if d.record is None] + [d for d in got if d.record is not None][:4]:
            delivery.ack()
        await until(lambda: oracle.committed(group.name, topic).get(0) == 4)
        for delivery in [d for d in got if d.record is not None][4:]:
            delivery.ack()  # so that nothing holds up the end; what is committed by then is where the next begins
    came_to = oracle.committed(group.name, topic)[0]
    oracle.produce(topic, [Record(line(6), partition=0)])
    async with running(KafkaSource(made, positions={}, clock=now_ms)) as out:
        again: list[Delivery] = []
        while "Alpha warns 6" not in titles(again):
            again += await take(out, 1)
    assert came_to in (4, 6)
    assert titles(again) == [f"Alpha warns {number}" for number in range(came_to, 7)]


async def test_a_pattern_takes_in_topics_that_come_later(real_kafka: Rig, oracle: Oracle, topic: str) -> None:
    other = f"{topic}-later"
    oracle.create(f"old-{topic}")  # holds the name, and does not begin with it
    oracle.produce(f"old-{topic}", [line(9)])
    oracle.produce(topic, [line(0)])
    made = reading(real_kafka, f"^({topic})", group=f"group-{topic}")
    async with running(KafkaSource(made, positions={}, clock=now_ms)) as out:
        assert titles(await take(out, 2)) == ["Alpha warns 0"]
        oracle.create(other)
        oracle.produce(other, [line(1)])
        got: list[Delivery] = []
        while not titles(got):
            got += await take(out, 1, seconds=40)
    assert titles(got) == ["Alpha warns 1"]


async def test_a_start_at_a_time_begins_with_the_first_record_not_older(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    begun = 1_767_000_000_000
    oracle.produce(topic, [Record(line(i), timestamp=begun + i * 1_000) for i in range(10)])
    made = reading(real_kafka, topic, start=begun + 6_500)
    async with running(KafkaSource(made, positions={}, clock=now_ms)) as out:
        got = await take(out, 4)
    assert titles(got) == [f"Alpha warns {i}" for i in (7, 8, 9)]
    assert got[0].position is not None
    assert got[0].position.value["offset"] == 7


@pytest.mark.parametrize("sasl", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_cluster_with_tls_and_a_login_is_read_and_a_wrong_password_said(
    own_broker: Callable[..., Broker], certificate: Certificate, sasl: str
) -> None:
    broker = own_broker(users={"desk": "right"}, certificate=certificate)
    Oracle(broker.bootstrap).create("news")
    Oracle(broker.bootstrap).produce("news", [line(0)])

    def source(password: str) -> KafkaSource:
        connection = Connection(
            (broker.address("SASL_TLS"),),
            tls=True,
            ca=certificate.trusted,
            sasl=sasl,
            username="desk",
            password=password,
        )
        assert password not in repr(connection)
        made = Reading("news", connection, Group(f"group-{password}", ("news",), session_s=6.0), start="earliest")
        return KafkaSource(made, positions={}, clock=now_ms)

    async with running(source("right")) as out:
        assert titles(await take(out, 2)) == ["Alpha warns 0"]
    wrong = source("wrong")
    async with running(wrong) as out:
        await until(lambda: wrong.unready() == "authentication")
        assert not len(out)
