"""What goes out to Kafka: every stored article at least once across kills, alerts as an endpoint of the outbox."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.alerts.kafka import ID, KafkaTopic
from monitor.alerts.protocol import Final, Retryable
from monitor.cli import run
from monitor.kafka.connection import Connection
from monitor.kafka.producer import Outgoing, Sender, SendError
from tests.fakes_notifier import Message
from tests.kafka.broker import Broker
from tests.kafka.daemon import Daemon, encoded, news
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]

ARTICLES, KILLS = 1_000, 3


def test_every_stored_article_is_published_in_sequence_across_kills(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    out, rng = f"{topic}-scored", random.Random(5)
    oracle.create(out)
    oracle.produce(topic, [Record(value, partition=0) for value in encoded(news(ARTICLES, 5))])
    daemon = Daemon(tmp_path, real_kafka.bootstrap, topic, scored=out)
    try:
        for level in sorted(rng.randrange(50, ARTICLES) for _ in range(KILLS)):
            daemon.start()
            daemon.until_articles(level)
            daemon.kill()
        daemon.start()
        daemon.until_articles(ARTICLES)
        daemon.until(lambda: daemon.query("SELECT value FROM positions WHERE source = 'sink:scored'"))
        last = daemon.query("SELECT max(seq) FROM articles")[0][0]

        def cursor() -> int:
            return int(
                json.loads(daemon.query("SELECT value FROM positions WHERE source = 'sink:scored'")[0][0])["seq"]
            )

        daemon.until(lambda: cursor() >= last)
        assert daemon.terminate(10) == 0
    finally:
        daemon.close()
    records = oracle.records(out)
    said = [json.loads(record.value or b"") for record in records]
    first = list(dict.fromkeys(row["seq"] for row in said))
    assert first == sorted(first)
    stored = {
        seq: (key, story, role)
        for seq, key, story, role in daemon.query("SELECT seq, key, story_id, role FROM articles ORDER BY seq")
    }
    assert {row["seq"]: (row["key"], row["story"], row["role"]) for row in said} == stored
    assert all(record.key == row["key"].encode() for record, row in zip(records, said, strict=True))
    print(f"{len(said) - len(stored)} of {len(stored)} articles twice over {KILLS} kills")
    scored = [row for row in said if row["unscored"] is None]
    assert len(scored) > ARTICLES * 0.9
    assert all(abs(sum(row["sentiment"].values()) - 1) < 1e-6 and len(row["model"]) == 16 for row in scored)
    assert any(row["entities"] and row["entities"][0]["sentiment"] for row in scored)


async def test_an_alert_stands_in_its_topic_under_its_id(kafka: Rig, oracle: Oracle, topic: str) -> None:
    endpoint = KafkaTopic("log", topic, Sender(Connection((kafka.bootstrap,))))
    message = Message("market@1#a:firing:log", "market@1#a", "log", '{"status":"firing"}', 0, 0)
    await endpoint.send(message)
    (record,) = oracle.records(topic)
    assert (record.key, record.value) == (b"market@1#a", b'{"status":"firing"}')
    assert dict(record.headers) == {ID: b"market@1#a:firing:log"}


def test_a_sample_goes_to_a_topic_and_says_that_it_is_one(
    kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`bearwatch alert test`: a topic that nobody may write to is found before the first surge."""
    path = tmp_path / "b.yaml"
    alerts = {"kafka": [{"name": "log", "topic": topic}]}
    path.write_text(json.dumps({"kafka": {"servers": [kafka.bootstrap]}, "alerts": alerts}), encoding="utf-8")
    assert run(["alert", "test", "--to", "log", "-c", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    (record,) = oracle.records(topic)
    assert told["outcome"] == "sent" and dict(record.headers) == {ID: told["id"].encode()}
    assert json.loads(record.value or b"")["sample"] is True


async def test_what_passes_with_time_is_retried_and_what_is_too_long_is_not(own_broker: Callable[..., Broker]) -> None:
    broker = own_broker()
    oracle = Oracle(broker.bootstrap)
    oracle.create("alerts", config={"max.message.bytes": "20000"})
    endpoint = KafkaTopic("log", "alerts", Sender(Connection((broker.bootstrap,)), deadline=2.0))
    rng = random.Random(1)
    long = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=60_000))  # nothing that zstd could shorten
    with pytest.raises(Final, match="msg_size_too_large"):
        await endpoint.send(Message("a", "a", "log", long, 0, 0))
    broker.kill()
    with pytest.raises(Retryable):
        await endpoint.send(Message("b", "b", "log", "{}", 0, 0))
    broker.start()
    # What the deadline gave up is not sent behind our back.
    assert oracle.records("alerts") == []
    while True:
        try:
            await endpoint.send(Message("b", "b", "log", "{}", 0, 0))
            break
        except Retryable:
            continue
    assert [record.key for record in oracle.records("alerts")] == [b"b"]


async def test_a_send_names_those_that_failed(own_broker: Callable[..., Broker]) -> None:
    broker = own_broker()
    oracle = Oracle(broker.bootstrap)
    oracle.create("small", config={"max.message.bytes": "2000"})
    oracle.create("large")
    rng = random.Random(1)
    value = rng.randbytes(9_000)
    sender = Sender(Connection((broker.bootstrap,)), deadline=10.0)
    records = [Outgoing("large", None, value), Outgoing("small", None, value), Outgoing("large", None, b"x")]
    with pytest.raises(SendError) as failed:
        await sender.send(records)
    assert (failed.value.failed, failed.value.too_large) == ((1,), True)
    assert [record.value for record in oracle.records("large")] == [value, b"x"]
