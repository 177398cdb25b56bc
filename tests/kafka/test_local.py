"""What `deploy/kafka` offers to people: a broker by one command, an archive in a topic by another."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard
from confluent_kafka.admin import AdminClient

from tests.kafka.broker import START_S, free_ports
from tests.kafka.fixtures import Rig, jars
from tests.kafka.oracle import Oracle
from tests.missing import lacking

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

DEPLOY = Path(__file__).parents[2] / "deploy/kafka"
LINES = [
    b'{"id": "a1", "title": "Shares fall \xe2\x80\x94 again"}',
    b'{"title":"no id"}',
    b"not JSON",
    b'{"id": 7, "title": "a number as id"}',
]
KEYS = [b"a1", None, None, b"7"]


def feed(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, DEPLOY / "feed.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_each_line_of_an_archive_becomes_a_message_byte_for_byte_under_its_id(
    kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    lines = b"\n".join([*LINES, b"", b""])
    (tmp_path / "plain.jsonl").write_bytes(lines)
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(lines))
    (tmp_path / "packed.jsonl.zst").write_bytes(zstandard.compress(lines))
    done = feed(*sorted(tmp_path.iterdir()), "--topic", topic, "--bootstrap", kafka.bootstrap)
    assert done.returncode == 0, done.stderr
    assert f"12 articles in {topic}" in done.stderr
    held = [(record.key, record.value) for record in oracle.records(topic)]
    assert sorted(held, key=repr) == sorted(zip(KEYS * 3, LINES * 3, strict=True), key=repr)


def test_a_csv_row_becomes_the_object_of_its_filled_fields_at_the_rate_asked_for(
    kafka: Rig, oracle: Oracle, topic: str, tmp_path: Path
) -> None:
    archive = tmp_path / "news.csv"
    archive.write_text("\ufeffid,title,summary,tickers\n1,Chip maker warns,,NVDA\n2,央行下调利率,rates,\n", "utf-8")
    done = feed(archive, "--topic", topic, "--bootstrap", kafka.bootstrap, "--rate", "20")
    assert done.returncode == 0, done.stderr
    found = {record.key: json.loads(record.value or b"") for record in oracle.records(topic)}
    assert found == {
        b"1": {"id": "1", "title": "Chip maker warns", "tickers": "NVDA"},
        b"2": {"id": "2", "title": "央行下调利率", "summary": "rates"},
    }


def test_a_missing_archive_and_an_absent_broker_are_told_in_one_line(tmp_path: Path) -> None:
    missing = feed(tmp_path / "none.jsonl")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    archive = tmp_path / "a.jsonl"
    archive.write_bytes(LINES[0])
    (port,) = free_ports(1)
    absent = feed(archive, "--bootstrap", f"127.0.0.1:{port}")
    assert absent.returncode == 1
    assert absent.stderr.splitlines()[-1].startswith(f"127.0.0.1:{port}: ")


def test_one_command_starts_a_broker_that_keeps_its_topics(tmp_path: Path) -> None:
    folder, reason = jars()
    if folder is None:
        lacking(reason)
    port = next(port for port in free_ports(20) if not listens(port + 1))
    archive = tmp_path / "a.jsonl"
    archive.write_bytes(b"\n".join(LINES))
    for times in (1, 2):
        process = subprocess.Popen([DEPLOY / "local-broker.sh", str(port), tmp_path / "broker"])
        try:
            # Asks until it answers, within the deadline.
            AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}).list_topics(timeout=START_S)
            done = feed(archive, "--bootstrap", f"127.0.0.1:{port}")
            assert done.returncode == 0, done.stderr
            assert len(Oracle(f"127.0.0.1:{port}").records("news")) == len(LINES) * times
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(START_S)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("script", ["jars.sh", "local-broker.sh"])
def test_the_scripts_can_be_run_and_are_valid_shell(script: str) -> None:
    assert os.access(DEPLOY / script, os.X_OK)
    subprocess.run(["sh", "-n", DEPLOY / script], check=True)
