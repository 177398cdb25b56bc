"""SIGHUP while a topic is read: the static member comes back at once, nothing is lost or counted twice."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
import yaml

from monitor.config import load_config
from monitor.parts import build_parts
from tests.kafka.daemon import Daemon, encoded, news
from tests.kafka.fixtures import Rig
from tests.kafka.oracle import Oracle, Record

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]

ARTICLES, RELOADS = 3_000, 6


def test_reloads_while_a_topic_is_read_lose_nothing_and_leave_no_client_behind(
    real_kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    dead = f"{topic}-dead"
    oracle.create(dead)
    articles = news(ARTICLES)
    oracle.produce(topic, [Record(line, partition=0) for line in encoded(articles)])
    daemon = Daemon(tmp_path, real_kafka.bootstrap, topic, dead_letters=dead, scored=f"{topic}-scored")
    oracle.create(f"{topic}-scored")
    threads, log = [], ""
    try:
        daemon.start()
        for turn in range(1, RELOADS + 1):
            daemon.until_articles(turn * ARTICLES // (RELOADS + 2))
            given = yaml.safe_load(daemon.config.read_text("utf-8"))
            given["detection"]["false_pages_per_day"] = 1 + turn
            daemon.config.write_text(yaml.safe_dump(given), encoding="utf-8")
            daemon.signal(signal.SIGHUP)
            daemon.until(lambda turn=turn: len(re.findall('"event": "reloaded"', daemon.log())) == turn)  # type: ignore[misc]
            threads.append(len(list(Path(f"/proc/{daemon.pid}/task").iterdir())))
        daemon.until_articles(ARTICLES)
        daemon.until(lambda: len(oracle.records(f"{topic}-scored")) >= ARTICLES)
        assert daemon.terminate(15) == 0
        log = daemon.log()
    finally:
        daemon.close()
    still = [float(seconds) for seconds in re.findall(r'"stood_still_s": ([\d.]+)', log)]
    print(f"stood still for {still} s; threads {threads}")
    assert "reload_refused" not in log
    # A client starts a thread for each broker as it gets to know it.
    assert max(threads[3:]) <= max(threads[:3]) + 6
    held = [key for (key,) in daemon.query("SELECT key FROM articles WHERE source = 'newsroom'")]
    assert len(held) == len(set(held)) and set(held) == {f"newsroom:{article['id']}" for article in articles}
    settings = build_parts(load_config(daemon.config, {})).settings
    assert settings.detection.false_pages_per_day == 1 + RELOADS
