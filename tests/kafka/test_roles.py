"""Two scorers and a watcher, real processes over a real broker: what each loses, repeats and leaves to the others."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from monitor.app import build_parts
from monitor.config import load_config
from tests.kafka.daemon import Daemon, encoded, feed, news, poison
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record
from tests.oracle import agrees

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
ARTICLES, KILLS = (100_000, 200) if LONG else (2_000, 5)
FEED_ITEMS = 200
SEED = int(os.environ.get("BEARWATCH_SEED", "13"))
PARTITIONS = 4

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(14_400 if LONG else 600)]


class Line:
    """A watcher and its scorers, each with the same configuration but for store and port."""

    def __init__(self, folder: Path, rig: Rig, topic: str, *, scorers: int, feeds: object = ()) -> None:
        given = {"scores": f"{topic}-scores", "dead_letters": f"{topic}-dead", "feeds": feeds}
        self.watcher = Daemon(folder / "watch", rig.bootstrap, topic, role="watch", **given)
        self.scorers = [
            Daemon(folder / f"score-{number}", rig.bootstrap, topic, role="score", **given) for number in range(scorers)
        ]
        self.all = [self.watcher, *self.scorers]

    def start(self) -> None:
        for one in self.all:
            one.start()

    def until_assigned(self) -> None:
        """Waits until every scorer has partitions."""
        for scorer in self.scorers:
            scorer.until(lambda its=scorer: its.ready()[0] == 200 and its.samples("bearwatch_kafka_lag_records"))  # type: ignore[misc]

    def close(self) -> None:
        for one in self.all:
            one.close()


def create(oracle: Oracle, topic: str, partitions: int) -> None:
    for name in (topic, f"{topic}-scores"):
        oracle.create(name, partitions)
    oracle.create(f"{topic}-dead")


def test_kills_of_scorers_and_watcher_lose_nothing_and_count_nothing_twice(
    real_kafka: Rig, oracle: Oracle, tmp_path: Path
) -> None:
    rng, topic = random.Random(SEED), f"roles-{SEED}-{time.time_ns()}"
    print(f"BEARWATCH_SEED={SEED}, {ARTICLES} articles, {FEED_ITEMS} feed items, {KILLS} kills, {real_kafka.name}")
    create(oracle, topic, PARTITIONS)
    articles = news(ARTICLES, SEED)
    records: list[Record] = []
    bad: list[int] = []
    for number, line in enumerate(encoded(articles)):
        if rng.random() < 0.01:
            bad.append(len(records))
            records.append(Record(poison(number), partition=number % PARTITIONS))
        records.append(Record(line, partition=number % PARTITIONS))
    placed = oracle.produce(topic, records)
    refused = {placed[number] for number in bad}

    with feed(FEED_ITEMS) as address:
        line = Line(tmp_path, real_kafka, topic, scorers=2, feeds=[{"name": "wire", "url": address}])
        watcher, whole = line.watcher, ARTICLES + FEED_ITEMS
        killed = []
        try:
            line.start()
            for level in sorted(rng.randrange(1, whole * 95 // 100) for _ in range(KILLS)):
                watcher.until_articles(level)
                victim = rng.choice(line.all)
                victim.kill()
                killed.append((watcher.count(), line.all.index(victim)))
                victim.start()
            watcher.until_articles(whole)
            line.until_assigned()  # a scorer that was killed just now keeps its partitions until its session ends
            fresh = {"id": "fresh", "title": "Fresh news of Alpha", "published_at": time.time()}
            oracle.produce(topic, [Record(json.dumps(fresh).encode(), partition=1)])
            flowed = watcher.until(lambda: watcher.query("SELECT 1 FROM articles WHERE key = 'newsroom:fresh'"), 25)
            assert [one.terminate(10) for one in line.all] == [0, 0, 0], [one.log(500) for one in line.all]
        finally:
            line.close()

    held = [key for (key,) in watcher.query("SELECT key FROM articles WHERE source = 'newsroom'")]
    assert len(held) == len(set(held)), "an article stands twice"
    assert set(held) == {f"newsroom:{article['id']}" for article in [*articles, fresh]}
    assert watcher.query("SELECT count(*) FROM articles WHERE source = 'wire'") == [(FEED_ITEMS,)]
    letters = [dict(letter.headers) for letter in oracle.records(f"{topic}-dead")]
    told = [(int(at["bearwatch-partition"] or b""), int(at["bearwatch-offset"] or b"")) for at in letters]
    assert set(told) == refused
    scored = oracle.records(f"{topic}-scores")
    assert all(record.key == json.loads(record.value or b"")["article"]["key"].encode() for record in scored)
    compared = agrees(watcher.path, build_parts(load_config(watcher.config, {})).settings)
    print(f"killed (articles, which; 0 is the watcher) {killed}; a fresh article after {flowed:.1f} s")
    print(f"{len(scored) - len(held)} scored twice; {len(told) - len(bad)} letters twice; compared {compared}")


def test_one_scorer_and_the_watcher_store_what_one_process_stores(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    for name in ("scores", "dead"):
        oracle.create(f"{topic}-{name}")
    oracle.produce(topic, [Record(value, partition=0) for value in encoded(news(400, SEED, hours=8))])
    whole = Daemon(tmp_path / "all", real_kafka.bootstrap, topic, group=f"{topic}-all")
    line = Line(tmp_path, real_kafka, topic, scorers=1)
    found = []
    try:
        for store, processes in ((whole, [whole]), (line.watcher, line.all)):
            for one in processes:
                one.start()
            store.until_articles(400)
            assert [one.terminate(10) for one in processes] == [0] * len(processes)
            found.append(
                [
                    store.query(sql)
                    for sql in (
                        "SELECT key, source, publisher, url, raw_title, raw_summary, title, lead, text_hash, language, "
                        "published_at, received_at, event_time, tickers, scope, mode, unscored, story_id, role "
                        "FROM articles ORDER BY seq",
                        "SELECT s.ordinal, s.target, s.negative, s.neutral, s.positive, s.topics, s.model "
                        "FROM scores s JOIN articles a ON a.seq = s.article_seq ORDER BY a.seq, s.ordinal",
                        "SELECT a.key, m.* FROM mentions m JOIN articles a ON a.seq = m.article_seq "
                        "ORDER BY a.seq, m.ordinal",
                        "SELECT id, copies, publishers FROM stories ORDER BY id",
                    )
                ]
            )
    finally:
        whole.close()
        line.close()
    assert len(found[0][0]) == 400
    without_seq = [[row[:1] + row[2:] for row in store.pop(2)] for store in found]  # ticks lie in between
    assert without_seq[0] == without_seq[1]
    assert found[0] == found[1]


def test_a_scorer_stopped_past_its_session_is_stood_in_for_and_repeats_nothing_that_counts(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    name = f"{topic}-zombie"
    create(oracle, name, 2)
    articles = encoded(news(2_000, SEED))
    records = [Record(article, partition=number % 2) for number, article in enumerate(articles)]
    line = Line(tmp_path, real_kafka, name, scorers=2)
    zombie = line.scorers[0]
    try:
        line.start()
        line.until_assigned()
        oracle.produce(name, records[:1_000])
        zombie.until(lambda: zombie.metric("bearwatch_kafka_published_total") > 0)
        before = zombie.metric("bearwatch_kafka_rebalances_total")
        zombie.signal(signal.SIGSTOP)  # with records in every stage
        oracle.produce(name, records[1_000:])
        stood_in = line.watcher.until(lambda: line.watcher.count() == 2_000, 40)
        zombie.signal(signal.SIGCONT)
        zombie.until(lambda: zombie.metric("bearwatch_kafka_rebalances_total") > before)
        zombie.until(lambda: zombie.ready()[0] == 200)
        assert [one.terminate(10) for one in line.all] == [0, 0, 0], [one.log(500) for one in line.all]
    finally:
        zombie.signal(signal.SIGCONT)
        line.close()
    held = [key for (key,) in line.watcher.query("SELECT key FROM articles")]
    assert len(held) == len(set(held)) == 2_000
    assert oracle.committed(f"group-{name}", name) == {0: 1_000, 1: 1_000}
    agrees(line.watcher.path, build_parts(load_config(line.watcher.config, {})).settings)
    print(f"the other scorer stood in after {stood_in:.1f} s; {len(oracle.records(f'{name}-scores'))} scored")
