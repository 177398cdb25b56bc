"""One Kafka node (KRaft, broker and controller in one process) that a test may stop, kill, pause and start again."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.kafka.certificate import Certificate

LOG4J = Path(__file__).parents[2] / "deploy/kafka/log4j.properties"
CLUSTER_ID = "YmVhcndhdGNoLXRlc3RzLQ"  # 16 bytes in base64; any
START_S = 120.0  # 2.5 s of one core until it answers: 15 to 27 s were seen beside two training runs
STOP_S = 30.0

# Small, quick to answer and quick to forget: what a test would otherwise wait for.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "DIRECT",
    "num.partitions": "1",
    "auto.create.topics.enable": "false",
    "delete.topic.enable": "true",
    "message.max.bytes": "12000000",  # a poisonous message of 10 MB gets in
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "broker.session.timeout.ms": "2000",  # after a kill the controller lets the same broker in again only then
    "broker.heartbeat.interval.ms": "250",
    "log.retention.ms": "-1",  # by a message's own time: one of 2023 would be gone at once; a topic may set its own
    "log.initial.task.delay.ms": "500",
    "log.retention.check.interval.ms": "500",
    "log.segment.delete.delay.ms": "100",
    "log.cleaner.dedupe.buffer.size": "4000000",  # 128 MB otherwise, half of the heap
    "num.network.threads": "2",
    "num.io.threads": "2",
}


class Broker:
    """Listens on loopback ports that stay the same over every stop and start, and keeps its data in `folder`.

    Attributes:
        bootstrap: host:port of the plain listener, which no proxy stands before.
    """

    def __init__(
        self,
        folder: Path,
        jars: Path,
        *,
        advertised: int | None = None,
        users: Mapping[str, str] | None = None,
        certificate: Certificate | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Takes its ports, and starts nothing.

        Args:
            advertised: the port of a proxy; a listener PROXIED then tells its clients to come that way.
            users: passwords by name, for a listener SASL that takes PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.
            certificate: for a listener TLS; with users there is a listener SASL_TLS as well.
            settings: of server.properties, before ours.
        """
        self._folder = folder
        self._jars = jars
        self._users = dict(users or {})
        protocols = {"CONTROLLER": "PLAINTEXT", "DIRECT": "PLAINTEXT"}
        if advertised is not None:
            protocols["PROXIED"] = "PLAINTEXT"
        if users:
            protocols["SASL"] = "SASL_PLAINTEXT"
        if certificate:
            protocols["TLS"] = "SSL"
        if users and certificate:
            protocols["SASL_TLS"] = "SASL_SSL"
        self._ports = dict(zip(protocols, free_ports(len(protocols)), strict=True))
        told = {name: port for name, port in self._ports.items() if name != "CONTROLLER"}
        if advertised is not None:
            told["PROXIED"] = advertised
        self._settings = {
            **SETTINGS,
            "controller.quorum.voters": f"1@{self.address('CONTROLLER')}",
            "listeners": ",".join(f"{name}://{self.address(name)}" for name in protocols),
            "advertised.listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in told.items()),
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
            "log.dirs": str(folder / "data"),
            **(_sasl(self._users, [name for name in protocols if name.startswith("SASL")])),
            **(_tls(certificate) if certificate else {}),
            **(settings or {}),
        }
        self.bootstrap = self.address("DIRECT")
        self._log = folder / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None

    def port(self, listener: str) -> int:
        return self._ports[listener]

    def address(self, listener: str) -> str:
        """host:port of DIRECT, PROXIED (the broker's own side of the proxy), SASL, TLS or SASL_TLS."""
        return f"127.0.0.1:{self._ports[listener]}"

    def start(self) -> None:
        """Starts it, again after a stop or a kill, and returns when it answers for its cluster."""
        assert self._process is None, "runs already"
        if not (self._folder / "data/meta.properties").exists():
            self._format()
        with self._log.open("ab") as log:
            command = self._java("kafka.Kafka", str(self._folder / "server.properties"))
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait_until_it_answers()
        except BaseException:  # also Ctrl-C and a test's timeout: no broker stays behind
            self.kill()
            raise

    def stop(self) -> None:
        """SIGTERM: hands over, flushes and leaves. Does nothing when it does not run."""
        if process := self._process:
            self.resume()
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"the broker did not stop within {STOP_S} s\n{self.log_tail()}") from None
            finally:
                self.kill()

    def kill(self) -> None:
        """SIGKILL, paused or not. Does nothing when it does not run."""
        if process := self._process:
            process.kill()
            process.wait()
            self._process = None

    def pause(self) -> None:
        """SIGSTOP: its connections stay open and say nothing. Returns when every thread of it stands."""
        assert self._process is not None and self._process.poll() is None, "does not run"
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def resume(self) -> None:
        assert self._process is not None, "does not run"
        self._process.send_signal(signal.SIGCONT)

    def log_tail(self, chars: int = 3_000) -> str:
        return self._log.read_text("utf-8", "replace")[-chars:]

    def _java(self, *arguments: str) -> list[str]:
        # The serial collector and the first compiler only: a third less work until it answers.
        options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dlog4j.configuration=file:{LOG4J}"]
        return ["java", *options, "-cp", f"{self._jars}/*", *arguments]

    def _format(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        properties = self._folder / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings.items()), "utf-8")
        scram = [
            f"--add-scram=SCRAM-SHA-{bits}=[name={name},password={password}]"
            for name, password in self._users.items()
            for bits in (256, 512)
        ]
        command = self._java(
            "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties), "--ignore-formatted", *scram
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=False)
        assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_S
        # Silent: refused connections are what is expected here.
        quick = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100, "log_level": 0}
        client = AdminClient({"bootstrap.servers": self.bootstrap, **quick})
        while True:
            assert self._process is not None and self._process.poll() is None, self.log_tail()
            assert time.monotonic() < deadline, f"no answer within {START_S} s\n{self.log_tail()}"
            try:
                if client.list_topics(timeout=1).brokers:  # none: the controller has not let it in yet
                    return
            except KafkaException:
                continue


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below the range from which the system gives ports to outgoing connections.

    A port out of that range may be taken while its broker is down, and the broker could not come back.
    """
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found: list[int] = []
    for port in random.SystemRandom().sample(range(10_000, max(11_000, lowest_outgoing)), 1_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


def _sasl(users: Mapping[str, str], listeners: list[str]) -> dict[str, str]:
    security = "org.apache.kafka.common.security"
    known = " ".join(f'user_{name}="{password}"' for name, password in users.items())
    settings: dict[str, str] = {}
    for listener in listeners:
        prefix = f"listener.name.{listener.lower()}"
        settings |= {
            f"{prefix}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            f"{prefix}.plain.sasl.jaas.config": f"{security}.plain.PlainLoginModule required {known};",
            f"{prefix}.scram-sha-256.sasl.jaas.config": f"{security}.scram.ScramLoginModule required;",
            f"{prefix}.scram-sha-512.sasl.jaas.config": f"{security}.scram.ScramLoginModule required;",
        }
    return settings


def _tls(certificate: Certificate) -> dict[str, str]:
    return {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(certificate.with_key)}
