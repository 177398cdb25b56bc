"""How PostgreSQL is connected to: what is asked of the server for each connection, and what its address comes to."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import conninfo
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool, QueuePool

from monitor.errors import InputError
from monitor.storage.address import Address
from monitor.storage.postgresql.alarm import Alarm

OLDEST = 14_00_00  # the oldest that is still mended, and the first with client_connection_check_interval
CONNECT_S = 5

# A peer that is gone without a word is noticed after idle + interval x count = 25 s, or once something that was sent
# has not been acknowledged for 20 s. Asked of both sides: by libpq's parameters of the client, below of the server.
_ALIVE = {"idle": 10, "interval": 5, "count": 3}
_UNACKNOWLEDGED_MS = 20_000

_SERVER = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "tcp_keepalives_idle": _ALIVE["idle"],
    "tcp_keepalives_interval": _ALIVE["interval"],
    "tcp_keepalives_count": _ALIVE["count"],
    "tcp_user_timeout": _UNACKNOWLEDGED_MS,
    # A query whose client is gone ends.
    "client_connection_check_interval": 10_000,
}
WRITER = _SERVER | {
    # Whatever the database has for a default: what was acknowledged survives a crash of the server.
    "synchronous_commit": "on",
    # Nothing that the writer does takes a second; what takes a minute waits for something that does not come.
    "statement_timeout": 60_000,
    "lock_timeout": 10_000,
    # A process that was stopped (SIGSTOP, a frozen machine) in the middle of a transaction holds its locks no longer.
    # Less than a lease, so that it delays no takeover; more than any pause between two statements.
    "idle_in_transaction_session_timeout": 5_000,
}
LEASE = _SERVER | {
    "synchronous_commit": "on",
    "statement_timeout": 3_000,
    # What a takeover waits for the former holder's open transaction: those of a batch take milliseconds.
    "lock_timeout": 1_000,
}
READER = _SERVER | {
    "default_transaction_read_only": "on",
    # `db check` of a large store takes minutes.
    "statement_timeout": 600_000,
    # `explain` computes between two reads of a snapshot; an old snapshot keeps vacuum from its work.
    "idle_in_transaction_session_timeout": 600_000,
}
_READERS = 4  # page, metrics, rebuild and one spare


def application_name(holder: str) -> str:
    """What a session is called: the command, this process and its machine; the server cuts at 63 bytes."""
    signed = f" {os.getpid()}@{socket.gethostname()[:24]}"
    return holder.encode("ascii", "replace").decode()[: 63 - len(signed)] + signed


@dataclass(frozen=True, slots=True)
class Target:
    """A database on a server, as libpq is told.

    Attributes:
        parameters: libpq's, the password among them.
        name: for messages and logs: user, host, port and database, nothing else.
    """

    parameters: Mapping[str, Any]
    name: str

    def connect(
        self, settings: Mapping[str, object], application: str, alarm: Alarm | None = None
    ) -> psycopg.Connection[Any]:
        """A connection with these settings; alarm: told of it at once.

        Raises psycopg.Error, InputError: the server is too old.
        """
        connection = psycopg.connect(**{**self.parameters, "application_name": application})
        try:
            if alarm is not None:
                alarm.connection = connection
            if connection.info.server_version < OLDEST:
                raise InputError(
                    f"the store {self.name} is on PostgreSQL {connection.info.server_version // 10_000}: "
                    f"{OLDEST // 10_000} is the oldest that will do"
                )
            asked = "SELECT " + ", ".join("set_config(%s, %s, false)" for _ in settings)
            connection.execute(asked, [str(part) for setting in settings.items() for part in setting])
            connection.commit()
        except BaseException:  # whatever it was: a half-made session would keep its place on the server
            connection.close()
            raise
        return connection

    def link(self, application: str, seconds: float) -> psycopg.Connection[Any]:
        """One for the lease, in autocommit mode, made within `seconds` or not at all.

        Its settings go with the first packet: a question of its own for them would be a second wait. Raises
        psycopg.Error.
        """
        settings = " ".join(f"-c {name}={value}" for name, value in LEASE.items())
        given = {
            **self.parameters,
            "application_name": application,
            "connect_timeout": math.ceil(seconds),
            "options": f"{self.parameters.get('options', '')} {settings}".strip(),
        }
        return psycopg.connect(**given, autocommit=True)


def target_of(address: Address) -> Target:
    """What an address comes to. Raises InputError, never repeating a password."""
    try:
        given = {k: v for k, v in conninfo.conninfo_to_dict(address.url).items() if v is not None}
    except psycopg.ProgrammingError:
        raise InputError(
            "the store's address is none that libpq reads; give postgresql://user@host:port/database"
        ) from None
    if "password" in given:
        raise InputError(
            "the store's address holds a password: keep it out, and give store.password_file or libpq's PGPASSFILE"
        )
    if not given.get("dbname"):
        raise InputError("the store's address names no database; give postgresql://user@host:port/database")
    host = str(given.get("host") or given.get("hostaddr") or "")
    user = f"{given['user']}@" if given.get("user") else ""
    if host.startswith("/"):  # the folder of a Unix socket
        port = f"&port={given['port']}" if given.get("port") else ""
        name = f"postgresql://{user}/{given['dbname']}?host={host}{port}"
    else:
        where = f"[{host}]" if ":" in host else host
        port = f":{given['port']}" if given.get("port") else ""
        name = f"postgresql://{user}{where}{port}/{given['dbname']}"
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "keepalives_idle": _ALIVE["idle"],
        "keepalives_interval": _ALIVE["interval"],
        "keepalives_count": _ALIVE["count"],
        "tcp_user_timeout": _UNACKNOWLEDGED_MS,
        "client_encoding": "UTF8",
    }
    return Target({**ours, **given, **({"password": address.password} if address.password else {})}, name)


def writer_engine(connect: Callable[[], psycopg.Connection[Any]]) -> Engine:
    """One connection at a time, made by `connect`, kept by its user."""
    return create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)


def reader_engine(target: Target, application: str) -> Engine:
    """Connections that cannot write; each transaction is one snapshot."""

    def connect() -> psycopg.Connection[Any]:
        connection = target.connect(READER, application)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection

    # Asked whether it still lives before each use: a server that was restarted is met with a new connection.
    return create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=_READERS,
        max_overflow=4,
        pool_pre_ping=True,
    )
