"""`kafka seek` and `dead-letters`: what an operator does, through the command line, against a broker."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from monitor.cli import run
from monitor.records import Position
from monitor.sources.dead_letters import CUT, OFFSET, PARTITION, REASON, TOPIC
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from tests.kafka.daemon import Daemon
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record
from tests.kafka.test_source import line

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def daemon(real_kafka: Rig, topic: str, tmp_path: Path) -> Daemon:
    """Never started: its configuration and its store's place."""
    return Daemon(tmp_path, real_kafka.bootstrap, topic, dead_letters=f"{topic}-dead")


def position(daemon: Daemon, topic: str) -> dict[str, object]:
    store = Store.open_readonly(daemon.path)
    try:
        return dict(store.read(rebuild.positions, "newsroom")[f"{topic}/0"])
    finally:
        store.close()


def test_seek_moves_the_stores_position_to_an_end_a_time_or_an_offset(
    daemon: Daemon, oracle: Oracle, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    start = 1_767_225_600_000  # 2026-01-01T00:00:00Z
    oracle.produce(topic, [Record(line(i), timestamp=start + i * 60_000) for i in range(10)])
    oracle.delete_records(topic, before=2)
    with Store.open(daemon.path, holder="test") as store:
        store.commit(Effects(positions=[Position("newsroom", f"{topic}/0", {"offset": 9, "at": 1})]))
    before: object = 9
    for to, offset in (("earliest", 2), ("latest", 10), ("2026-01-01T00:04:30Z", 5), ("2027-01-01", 10), ("7", 7)):
        assert run(["kafka", "seek", topic, "--to", to, "-c", str(daemon.config)]) == 0
        row = json.loads(capsys.readouterr().out)
        assert row == {"source": "newsroom", "partition": f"{topic}/0", "from": before, "to": offset}
        # Whatever the last record read was, it does not stand before the new position.
        assert position(daemon, topic) == {"offset": offset, "at": None}
        before = offset


def test_seek_refuses_what_the_broker_does_not_have_and_moves_nothing(
    daemon: Daemon, oracle: Oracle, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    oracle.produce(topic, [line(0)])
    for to, told in (
        ("yesterday", "--to should be earliest, latest or a time such as 2026-01-02T03:00:00Z, not 'yesterday'"),
        ("99", "has offsets 0 to 1, not 99"),
    ):
        assert run(["kafka", "seek", topic, "--to", to, "-c", str(daemon.config)]) == 2
        said = capsys.readouterr().err
        assert told in said
        assert said.count("\n") == 1
    store = Store.open_readonly(daemon.path)
    assert store.read(rebuild.positions, "newsroom") == {}
    store.close()


def test_seek_says_which_topics_are_read_and_who_holds_the_store(
    daemon: Daemon, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["kafka", "seek", "other", "--to", "earliest", "-c", str(daemon.config)]) == 2
    assert f"no configured source reads topic 'other' (they read: {topic})" in capsys.readouterr().err
    with Store.open(daemon.path, holder="bearwatch run"):
        assert run(["kafka", "seek", topic, "--to", "earliest", "-c", str(daemon.config)]) == 2
        assert "bearwatch run" in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_is_one_line_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.kafka.lookup.ANSWER_S", 1.0)
    daemon = Daemon(tmp_path, "127.0.0.1:1", "news", dead_letters="dead")
    for command in (["kafka", "seek", "news", "--to", "earliest"], ["dead-letters", "list"]):
        assert run([*command, "-c", str(daemon.config)]) == 1
        said = [text for text in capsys.readouterr().err.splitlines() if text.startswith("bearwatch: ")]
        assert len(said) == 1
        assert said[0].startswith("bearwatch: Kafka: ")


def test_dead_letters_are_listed_and_sent_back_once(
    daemon: Daemon, oracle: Oracle, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = f"{topic}-dead"
    oracle.create(dead)
    headers = {REASON: "no_title", TOPIC: topic, PARTITION: "0"}

    def letter(offset: int, **more: str) -> Record:
        given = {**headers, OFFSET: str(offset), **more}
        return Record(b'{"n": %d}' % offset, b"k", [(name, text.encode()) for name, text in given.items()])

    oracle.produce(dead, [letter(3), letter(8), letter(9, **{CUT: "9000000"})])
    config = ["-c", str(daemon.config)]
    assert run(["dead-letters", "list", *config]) == 0
    rows = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [(row["reason"], row["topic"], row["offset"], row["value"]) for row in rows] == [
        ("no_title", topic, 3, '{"n": 3}'),
        ("no_title", topic, 8, '{"n": 8}'),
        ("no_title", topic, 9, '{"n": 9}'),
    ]
    assert rows[2]["cut-from"] == 9_000_000
    assert abs(rows[0]["at"] - time.time() * 1_000) < 600_000

    assert run(["dead-letters", "redrive", *config]) == 0
    told = capsys.readouterr().err
    assert "2 dead letters sent again" in told
    assert "letter_not_sent" in told  # the one that was cut, and where it came from
    assert [record.value for record in oracle.records(topic)] == [b'{"n": 3}', b'{"n": 8}']
    assert {record.key for record in oracle.records(topic)} == {b"k"}

    assert run(["dead-letters", "list", *config]) == 0
    assert capsys.readouterr().out == ""
    assert run(["dead-letters", "redrive", *config]) == 0
    assert len(oracle.records(topic)) == 2
    oracle.produce(dead, [letter(11)])
    assert run(["dead-letters", "redrive", *config]) == 0
    assert len(oracle.records(topic)) == 3


def test_dead_letters_without_a_topic_for_them_are_the_configurations_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = Daemon(tmp_path, "127.0.0.1:1", "news")
    assert run(["dead-letters", "list", "-c", str(daemon.config)]) == 2
    assert "no source of the configuration names a topic for them" in capsys.readouterr().err
