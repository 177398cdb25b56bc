"""How a broker is reached: plain settings -> librdkafka's options, for consumers, producers and lookups alike."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import structlog
from confluent_kafka import KafkaError, KafkaException

from monitor.errors import InputError

log = structlog.get_logger(__name__)

C = TypeVar("C")

# Every request has this deadline; librdkafka's default is a minute, in which a half-open connection is a silent one.
REQUEST_S = 10.0
LOOKUP_S = 5.0


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster and how to log in.

    Attributes:
        servers: `host:port`, any of the cluster's.
        tls: whether to encrypt. ca, certificate, key: PEM files; without ca the system's authorities.
        sasl: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, or "" for none.
    """

    servers: tuple[str, ...]
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    sasl: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    client: str = "bearwatch"

    def options(self) -> dict[str, Any]:
        """librdkafka's options (its CONFIGURATION.md)."""
        found: dict[str, Any] = {
            "bootstrap.servers": ",".join(self.servers),
            "client.id": self.client,
            "security.protocol": ("SASL_" if self.sasl else "") + ("SSL" if self.tls else "PLAINTEXT"),
            "socket.timeout.ms": round(REQUEST_S * 1_000),
            "socket.connection.setup.timeout.ms": 5_000,
            "socket.keepalive.enable": True,
            # While no broker answers, librdkafka begins again from the servers given (KIP-899), and the back-off with
            # it: at its default of 100 ms that was 20 attempts a second.
            "reconnect.backoff.ms": 1_000,
            "reconnect.backoff.max.ms": 2_000,
            # A topic that comes or goes is seen within seconds, not five minutes.
            "topic.metadata.refresh.interval.ms": 10_000,
            "allow.auto.create.topics": False,
            "logger": _Quiet("monitor.kafka.librdkafka"),
        }
        paths = {
            "ssl.ca.location": self.ca,
            "ssl.certificate.location": self.certificate,
            "ssl.key.location": self.key,
        }
        found |= {name: str(path) for name, path in paths.items() if path is not None and self.tls}
        if self.sasl:
            found |= {
                "sasl.mechanisms": self.sasl,
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        return found


def made(kind: Callable[[dict[str, Any]], C], options: dict[str, Any]) -> C:
    """A client. Raises InputError where librdkafka refuses its options: a certificate that is none, a bad name."""
    try:
        return kind(options)
    except KafkaException as error:
        raise InputError(f"kafka: {first_error(error).str()}") from error


class _Quiet(logging.Logger):
    """librdkafka's own words at debug only: a lost connection is told once by whoever it stops."""

    def handle(self, record: logging.LogRecord) -> None:
        log.debug("librdkafka", message=record.getMessage())


def reason_of(error: KafkaError) -> str:
    """A short stable word for metrics and health.

    >>> reason_of(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    'all_brokers_down'
    """
    return str(error.name()).lower().strip("_")


def first_error(error: KafkaException) -> KafkaError:
    """What a client's exception is about."""
    found = error.args[0] if error.args else None
    return found if isinstance(found, KafkaError) else KafkaError(KafkaError._FAIL, str(error))
