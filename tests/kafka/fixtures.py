"""The Kafka that tests talk to: a real broker where Java and Maven are, else librdkafka's imitation; and who it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.kafka.broker import Broker
from tests.kafka.certificate import Certificate, make_certificate
from tests.kafka.mock import MockBroker
from tests.kafka.oracle import Oracle
from tests.kafka.proxy import Proxy
from tests.missing import in_ci, lacking

GIVEN = "KAFKA_BOOTSTRAP_SERVERS"
JARS = Path(__file__).parents[2] / "deploy/kafka/jars.sh"
FETCH_S = 240.0
RIGS = pytest.StashKey[set[str]]()


@dataclass(frozen=True)
class Rig:
    """Where the broker is, what it is, and whether it does what only a real one can."""

    bootstrap: str
    name: str
    real: bool


def jars() -> tuple[Path | None, str]:
    """The folder of the broker's jars, or why there is none; with CI=true they must be had."""
    folder, reason = _jars()
    if folder is None and in_ci():
        pytest.fail(reason)
    return folder, reason


@cache
def _jars() -> tuple[Path | None, str]:
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        return None, f"a real broker needs {' and '.join(missing)}"
    try:
        done = subprocess.run([JARS], capture_output=True, text=True, timeout=FETCH_S, check=False)
    except subprocess.TimeoutExpired:
        complaint = f"nothing within {FETCH_S:.0f} s"
    else:
        if done.returncode == 0:
            return Path(done.stdout.strip()), ""
        complaint = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
    return None, f"Maven brought no jars: {complaint[:200]}"


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Rig]:
    """One running broker for the whole session; a test keeps to its own topics and groups."""
    names = pytestconfig.stash.setdefault(RIGS, set())
    if given := os.environ.get(GIVEN):
        names.add(f"{given}, as {GIVEN} says")
        yield Rig(given, given, real=True)
        return
    folder, reason = jars()
    if folder is None:
        mock = MockBroker()
        names.add(f"librdkafka's mock broker ({reason})")
        yield Rig(mock.bootstrap, "librdkafka's mock broker", real=False)
        mock.stop()
        return
    broker = Broker(tmp_path_factory.mktemp("kafka"), folder)
    broker.start()
    names.add(real_name(folder))
    yield Rig(broker.bootstrap, real_name(folder), real=True)
    broker.stop()


@pytest.fixture
def real_kafka(kafka: Rig) -> Rig:
    """The broker of the session where it is a real one; under CI it always is."""
    if not kafka.real:
        lacking(
            "librdkafka's mock broker lives in this process alone, gives a topic four partitions, deletes nothing, "
            "writes no transaction's markers and throws no member out"
        )
    return kafka


@pytest.fixture
def own_broker(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Callable[..., Broker]]:
    """Starts brokers that the test may stop and kill; the arguments are those of `Broker`, behind its folders."""
    folder, reason = jars()
    if folder is None:
        lacking(f"{reason}; librdkafka's mock broker can neither die nor come back")
    pytestconfig.stash.setdefault(RIGS, set()).add(real_name(folder))
    made: list[Broker] = []

    def make(**options: Any) -> Broker:
        broker = Broker(tmp_path / f"broker-{len(made)}", folder, **options)
        made.append(broker)
        broker.start()
        return broker

    yield make
    for broker in made:
        broker.kill()


@pytest.fixture
def proxied(own_broker: Callable[..., Broker]) -> Iterator[tuple[Broker, Proxy]]:
    """A broker of the test's own, and the proxy through which `proxy.bootstrap` reaches it."""
    with Proxy() as proxy:
        broker = own_broker(advertised=proxy.port)
        proxy.upstream = broker.port("PROXIED")
        yield broker, proxy


@pytest.fixture
def oracle(kafka: Rig) -> Oracle:
    return Oracle(kafka.bootstrap, real=kafka.real)


@pytest.fixture
def topic(oracle: Oracle) -> str:
    """A topic of this test alone: one partition on a real broker, four on the mock."""
    name = f"news-{uuid.uuid4().hex[:12]}"
    oracle.create(name)
    return name


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def real_name(folder: Path) -> str:
    return f"Apache Kafka {folder.name.removeprefix('kafka-')} (its jars, KRaft)"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under pytest-xdist: what this worker used, for the process that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["kafka_rigs"] = list(session.config.stash.setdefault(RIGS, set()))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    names = getattr(node, "workeroutput", {}).get("kafka_rigs", [])
    node.config.stash.setdefault(RIGS, set()).update(names)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name in sorted(config.stash.setdefault(RIGS, set())):
        terminalreporter.write_line(f"Kafka rig: {name}")
