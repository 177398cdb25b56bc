"""Two scorers and a watcher, real processes over a real broker: what each loses, repeats and leaves to the others."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.parts import build_parts
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


def test_a_second_watcher_takes_the_place_of_the_first_whatever_its_store(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    create(oracle, f"{topic}-two", 2)
    first, second = (
        Daemon(tmp_path / name, real_kafka.bootstrap, f"{topic}-two", role="watch", scores=f"{topic}-two-scores")
        for name in ("first", "second")
    )
    try:
        first.start()
        first.until(lambda: first.ready()[0] == 200 and len(first.samples("bearwatch_kafka_lag_records")) == 2)
        second.start()
        assert first.wait(30) == 1
        assert f"another process is the group's member watch-{topic}-two-watcher" in first.log()
        second.until(lambda: second.ready()[0] == 200 and len(second.samples("bearwatch_kafka_lag_records")) == 2)
    finally:
        first.close()
        second.close()


@pytest.mark.skipif(not LONG, reason="waits out a static member's session of 30 s: make faults")
def test_a_process_becomes_several_and_one_again_without_an_article_lost_or_twice(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    name = f"{topic}-moved"
    create(oracle, name, 2)
    records = [Record(line, partition=number % 2) for number, line in enumerate(encoded(news(900, SEED)))]
    line = Line(tmp_path, real_kafka, name, scorers=1)
    # On the watcher's store, by the same configuration.
    one = Daemon(tmp_path / "watch", real_kafka.bootstrap, name, scores=f"{name}-scores", dead_letters=f"{name}-dead")
    try:
        for turn, processes in enumerate(([one], line.all, [one])):
            oracle.produce(name, records[300 * turn : 300 * (turn + 1)])
            for process in processes:
                process.start()
            processes[0].until_articles(300 * (turn + 1))
            assert [process.terminate(10) for process in processes] == [0] * len(processes)
            if turn == 1:
                scored = len(oracle.records(f"{name}-scores"))
    finally:
        one.close()
        line.close()
    held = [key for (key,) in one.query("SELECT key FROM articles")]
    assert len(held) == len(set(held)) == 900
    assert scored == 300, "the scorers went on where the one process had been"
    agrees(one.path, build_parts(load_config(one.config, {})).settings)


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
