"""kill -9 of the real daemon between a real broker and its store: nothing lost, nothing counted twice."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.parts import build_parts
from tests.kafka.daemon import Daemon, encoded, feed, news, poison
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record
from tests.oracle import agrees

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
ARTICLES, KILLS = (100_000, 200) if LONG else (5_000, 10)
FEED_ITEMS = 200
SEED = int(os.environ.get("BEARWATCH_SEED", "11"))

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(14_400 if LONG else 900)]


def test_kills_lose_nothing_and_count_nothing_twice(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    rng = random.Random(SEED)
    print(f"BEARWATCH_SEED={SEED}, {ARTICLES} articles, {FEED_ITEMS} feed items, {KILLS} kills, {real_kafka.name}")
    dead = f"{topic}-dead"
    oracle.create(dead)
    articles = news(ARTICLES, SEED)
    records: list[bytes] = []
    bad: set[int] = set()
    for number, line in enumerate(encoded(articles)):
        if rng.random() < 0.01:
            bad.add(len(records))
            records.append(poison(number))
        records.append(line)
    oracle.produce(topic, [Record(record, partition=0) for record in records])

    with feed(FEED_ITEMS) as address:
        feeds = [{"name": "wire", "url": address}]
        daemon = Daemon(tmp_path, real_kafka.bootstrap, topic, feeds=feeds, dead_letters=dead)
        whole = ARTICLES + FEED_ITEMS
        try:
            killed_at = []
            for level in sorted(rng.randrange(1, whole * 95 // 100) for _ in range(KILLS)):
                daemon.start()
                daemon.until_articles(level, pause=rng.uniform(0.001, 0.02))
                daemon.kill()
                killed_at.append(daemon.count())
            daemon.start()
            daemon.until_articles(whole)
            fresh = {"id": "fresh", "title": "Fresh news of Alpha", "published_at": time.time()}
            oracle.produce(topic, [Record(json.dumps(fresh).encode(), partition=0)])
            flowed = daemon.until(lambda: daemon.query("SELECT 1 FROM articles WHERE key = 'newsroom:fresh'"), 25)
            daemon.until(lambda: daemon.ready()[0] == 200)
            daemon.until(lambda: daemon.metric("bearwatch_kafka_lag_records") == 0)  # the ends are seen every 5 s
            assert daemon.metric("bearwatch_kafka_rebalances_total") == 1
            assert daemon.metric("bearwatch_blind") == 0
            code = daemon.terminate(10)
        finally:
            daemon.close()
    assert code == 0, daemon.log(2_000)

    held = [key for (key,) in daemon.query("SELECT key FROM articles WHERE source = 'newsroom'")]
    assert len(held) == len(set(held)), "an article stands twice"
    assert set(held) == {f"newsroom:{article['id']}" for article in [*articles, fresh]}
    assert daemon.query("SELECT count(*) FROM articles WHERE source = 'wire'") == [(FEED_ITEMS,)]
    refused = [where for (where,) in daemon.query("SELECT refusals.[where] FROM refusals WHERE source = 'newsroom'")]
    assert sorted(refused) == sorted(f"{topic}/0@{offset}" for offset in bad)
    letters = Counter(int(dict(letter.headers)["bearwatch-offset"] or b"-1") for letter in oracle.records(dead))
    assert set(letters) == bad
    # A kill between the broker's acknowledgement and the commit sends those of one chunk again, under the same offset.
    assert letters.total() - len(letters) <= KILLS * 256
    (position,) = daemon.query("SELECT value FROM positions WHERE source = 'newsroom'")
    assert json.loads(position[0])["offset"] == len(records) + 1
    compared = agrees(daemon.path, build_parts(load_config(daemon.config, {})).settings)
    repeated = letters.total() - len(letters)
    print(f"killed at {killed_at}; a fresh article after {flowed:.1f} s; {repeated} letters twice; compared {compared}")


def test_an_uninterrupted_run_holds_the_same_articles_stories_and_buckets(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    # Younger than the stories' window, so that no story ends by the clock, which is another one in each run.
    articles = news(1_500, SEED, hours=8)
    oracle.produce(topic, [Record(line, partition=0) for line in encoded(articles)])
    rng, found = random.Random(SEED), []
    for kills in (0, 4):
        daemon = Daemon(tmp_path / str(kills), real_kafka.bootstrap, topic, group=f"{topic}-{kills}")
        try:
            for level in sorted(rng.randrange(1, 1_400) for _ in range(kills)):
                daemon.start()
                daemon.until_articles(level)
                daemon.kill()
            held = daemon.count()
            daemon.start()
            back = daemon.until(lambda at=held, its=daemon: its.count() > at)  # type: ignore[misc]
            assert back < 25, f"{back:.0f} s: the group waited for the killed member's session of 30 s"
            daemon.until_articles(1_500)
            assert daemon.terminate(10) == 0
        finally:
            daemon.close()
        what = (
            "SELECT key, text_hash, story_id FROM articles ORDER BY key",
            "SELECT s.negative, s.neutral, s.positive FROM scores s JOIN articles a ON a.seq = s.article_seq "
            "ORDER BY a.key, s.ordinal",
            "SELECT id, copies, publishers FROM stories ORDER BY id",
        )
        found.append([daemon.query(sql) for sql in what])
        assert found[-1][0]
    assert found[0] == found[1]
