"""What wears a consumer down: a model ten times too slow, poison by the thousand, an older backup of the store."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from monitor.committing import Committing
from monitor.config import load_config
from monitor.fold import Fold
from monitor.inference.model import Tokens
from monitor.inference.scorer import Scorer
from monitor.kafka.connection import Connection
from monitor.kafka.handler import Group
from monitor.kafka.reader import WAITING_MOST
from monitor.memory import FoldSettings
from monitor.parts import build_parts
from monitor.pipeline import Pipeline, Stages
from monitor.records import Score
from monitor.sink import MemorySink
from monitor.sources.kafka import KafkaSource
from monitor.sources.kafka_ledger import Reading
from monitor.telemetry.metrics import Metrics
from tests.fakes_model import LexiconModel
from tests.kafka.daemon import Daemon, encoded, news
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import LARGEST, Oracle, Record
from tests.kafka.test_source import now_ms, until
from tests.oracle import agrees
from tests.shipped import matcher

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]

SESSION_S = 2.0


class Slow(LexiconModel):
    """A tenth of the shipped model's rate: some 60 texts a second."""

    def infer(self, batch: Sequence[Tokens]) -> list[Score]:
        time.sleep(len(batch) / 60)  # what is tested is the waiting
        return super().infer(batch)


async def test_under_a_slow_model_the_lag_grows_and_neither_memory_nor_the_group_moves(
    real_kafka: Rig, oracle: Oracle, topic: str
) -> None:
    lines = encoded(news(20_000, 3))
    oracle.produce(topic, [Record(line, partition=0) for line in lines[:10_000]])
    group = Group(f"group-{topic}", (topic,), session_s=SESSION_S)
    reading = Reading("news", Connection((real_kafka.bootstrap,)), group, start="earliest")
    source = KafkaSource(reading, positions={}, clock=now_ms)
    sink, counted = MemorySink(), Metrics(CollectorRegistry())
    end = Committing(Fold(FoldSettings()), sink, counted, clock=now_ms, on_folded=lambda folded: None)
    with closing(Scorer(Slow(), cache_entries=0)) as scorer:
        stages = Stages(
            matcher=matcher(),
            scorer=scorer,
            max_batch=64,
            languages=("en",),
            end=end,
            metrics=counted,
        )
        pipeline = Pipeline(stages, [source])
        running = asyncio.create_task(pipeline.run())
        await until(lambda: sink.articles >= 60 and source.gauges().paused)
        memory, began, first = resident(), time.monotonic(), sink.articles
        await asyncio.to_thread(oracle.produce, topic, [Record(line, partition=0) for line in lines[10_000:]])
        await until(lambda: time.monotonic() - began > 3 * SESSION_S and sink.articles >= first + 300, 60)
        rate = (sink.articles - first) / (time.monotonic() - began)
        grown, seen = resident() - memory, source.gauges()
        await until(lambda: sum(source.lag().values()) > 19_000 - sink.articles)  # paused, it asks now and then
        lag = sum(source.lag().values())
        read = seen.records
        pipeline.stop()
        await running
    print(f"{rate:.0f} articles/s, lag {lag}, {grown >> 20} MB more in {3 * SESSION_S:.0f} s, {read} records read")
    assert seen.rebalances == 1, "the group took the slow member for dead"
    assert read <= sink.articles + 3 * WAITING_MOST, "what waits is bounded, whatever the topic holds"
    assert grown < 64 << 20
    assert source.ledger.counters.rebuilds == 0


def resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_poison_by_the_thousand_becomes_dead_letters_and_the_news_behind_it_flows(
    real_kafka: Rig, oracle: Oracle, tmp_path: Path
) -> None:
    topic = f"poison-{time.time_ns()}"
    for name in (topic, f"{topic}-dead"):
        oracle.create(name, config={"max.message.bytes": str(LARGEST)})
    kinds: list[tuple[bytes | None, str]] = [
        (b'{"title": "caf\xe9"}', "bad_utf8"),
        (b'{"title": 7}', "bad_type"),
        (b'{"title": "x", "tickers": {"a": 1}}', "bad_type"),
        (b"[1, 2]", "not_object"),
        (b'{"title": "' + b"x" * 10_000_000 + b'"}', "too_long"),
        (b"[" * 1_000 + b"]" * 1_000, "not_json"),  # nested too deep
        (b'{"a":' * 50_000, "not_json"),
        (b'{"title": "x", "published_at": "0001-01-01T00:00:00Z"}', "bad_date"),
        (b'{"title": "x", "published_at": "9999-12-31T23:59:59Z"}', "bad_date"),
        (b'{"title": "x", "published_at": 253402300799}', "bad_date"),
        (b'{"title": "x", "published_at": 1e400}', "bad_date"),
        (b"", "not_json"),
        (None, "no_value"),
    ]
    in_a_row = [(b"{%d" % number, "not_json") for number in range(1_000)]
    good = encoded(news(50, 5))
    daemon = Daemon(tmp_path, real_kafka.bootstrap, topic, dead_letters=f"{topic}-dead")
    oracle.produce(topic, [Record(value, partition=0) for value, _ in (*kinds, *in_a_row)] + good)
    try:
        daemon.start()
        daemon.until_articles(50)
        daemon.until(lambda: daemon.metric("bearwatch_kafka_rebalances_total") == 1)  # shown once a second
        assert daemon.metric("bearwatch_kafka_rebuilds_total") == 0
        assert daemon.terminate(10) == 0
    finally:
        daemon.close()
    letters = oracle.records(f"{topic}-dead")
    assert [letter.value for letter in letters] == [value for value, _ in (*kinds, *in_a_row)]
    assert [dict(letter.headers)["bearwatch-reason"] for letter in letters] == [
        reason.encode() for _, reason in (*kinds, *in_a_row)
    ]
    kept = Counter(reason for (reason,) in daemon.query("SELECT reason FROM refusals"))
    assert kept == Counter(reason for _, reason in (*kinds, *in_a_row))


def test_a_store_restored_from_an_older_backup_reads_again_what_it_lacks(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    articles = news(600, 7)
    lines = encoded(articles)
    oracle.produce(topic, [Record(line, partition=0) for line in lines[:300]])
    daemon = Daemon(tmp_path, real_kafka.bootstrap, topic)
    backup = tmp_path / "backup.db"
    try:
        daemon.start()
        daemon.until_articles(300)
        with closing(sqlite3.connect(daemon.path)) as live, closing(sqlite3.connect(backup)) as copy:
            live.backup(copy)
        oracle.produce(topic, [Record(line, partition=0) for line in lines[300:]])
        daemon.until_articles(600)
        assert daemon.terminate(10) == 0
        assert oracle.committed(f"group-{topic}", topic) == {0: 600}  # and it has no say
        for left in daemon.path.parent.glob(daemon.path.name + "*"):
            left.unlink()
        backup.rename(daemon.path)
        daemon.start()
        daemon.until_articles(600)
        assert daemon.terminate(10) == 0
    finally:
        daemon.close()
    held = [key for (key,) in daemon.query("SELECT key FROM articles")]
    assert sorted(held) == sorted(f"newsroom:{article['id']}" for article in articles)
    (position,) = daemon.query("SELECT value FROM positions WHERE source = 'newsroom'")
    assert json.loads(position[0])["offset"] == 600
    agrees(daemon.path, build_parts(load_config(daemon.config, {})).settings)


@pytest.mark.faults
@pytest.mark.skipif(not LONG, reason="waits out a session of 30 s: make faults; scorers' 10 s are in test_roles")
def test_a_daemon_stopped_past_its_session_goes_on_without_an_article_lost_or_twice(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    lines = encoded(news(3_000, 9))
    oracle.produce(topic, [Record(line, partition=0) for line in lines[:1_500]])
    daemon = Daemon(tmp_path, real_kafka.bootstrap, topic)
    try:
        daemon.start()
        daemon.until_articles(300)
        daemon.signal(signal.SIGSTOP)
        before = daemon.count()
        oracle.produce(topic, [Record(line, partition=0) for line in lines[1_500:]])
        time.sleep(40)  # the session's own time, which nothing tells
        assert daemon.count() == before
        daemon.signal(signal.SIGCONT)
        daemon.until_articles(3_000)
        daemon.until(lambda: daemon.ready()[0] == 200)
        assert daemon.terminate(10) == 0
    finally:
        daemon.signal(signal.SIGCONT)
        daemon.close()
    held = [key for (key,) in daemon.query("SELECT key FROM articles")]
    assert len(held) == len(set(held)) == 3_000
    agrees(daemon.path, build_parts(load_config(daemon.config, {})).settings)
