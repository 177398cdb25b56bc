"""One process per store: a lock of the session that writes, which the server lets go of when that session ends."""

from __future__ import annotations

import os
import re
import socket
import time
from dataclasses import dataclass
from typing import Any

import psycopg

from monitor.errors import StoreLockedError

# Of this database alone: advisory locks are by database. "bearwatc" in ASCII.
KEY = int.from_bytes(b"bearwatc", "big")
# A daemon that is being replaced needs a moment to let go; a second one must be refused within 2 s.
PATIENCE_S = 1.0
# Our own session of before, on a server that has not noticed yet that its client is gone.
OWN_PATIENCE_S = 5.0
_PAUSE_S = 0.05
_SIGNED = re.compile(r"(.*) (\d+)@(\S+)", re.DOTALL)
_HOLDERS = """
SELECT a.pid, coalesce(a.application_name, ''), a.backend_start
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = %s AND l.objid::bigint = %s
"""


@dataclass(frozen=True, slots=True)
class Backend:
    """A session as the server knows it; ids of processes come again, with another start."""

    pid: int
    application: str
    started: Any


def application_name(holder: str) -> str:
    """What a session is called: the command, this process and its machine; the server cuts at 63 bytes."""
    signed = f" {os.getpid()}@{socket.gethostname()[:24]}"
    return holder.encode("ascii", "replace").decode()[: 63 - len(signed)] + signed


def take(connection: psycopg.Connection[Any], name: str, before: Backend | None = None) -> Backend:
    """Takes the store's lock for this session; returns the session.

    Args:
        name: the store's. before: the session that we had; it is ended where it still holds the lock.

    Raises StoreLockedError: another one holds it (after a second).
    """
    deadline = time.monotonic() + PATIENCE_S
    ended = False
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [KEY]).fetchone()
        if row is not None and row[0]:
            own = connection.execute(
                "SELECT pid, application_name, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            ).fetchone()
            connection.commit()
            if own is None:
                raise RuntimeError("a session that the server does not list")
            return Backend(*own)
        found = holder(connection)
        if found is not None and found == before and not ended:
            connection.execute("SELECT pg_terminate_backend(%s)", [found.pid])
            deadline, ended = time.monotonic() + OWN_PATIENCE_S, True
        connection.commit()
        if time.monotonic() >= deadline:
            raise StoreLockedError(f"the store {name} is in use by {words(found)}; stop it, or use another store")
        time.sleep(_PAUSE_S)


def holder(connection: psycopg.Connection[Any]) -> Backend | None:
    """The session that holds the lock; None where none does."""
    row = connection.execute(_HOLDERS, [KEY >> 32, KEY & 0xFFFFFFFF]).fetchone()
    return None if row is None else Backend(*row)


def words(found: Backend | None) -> str:
    """Who that is.

    >>> words(Backend(7, "bearwatch run 41@desk", None))
    'process 41 on desk (bearwatch run)'
    """
    signed = _SIGNED.fullmatch(found.application) if found else None
    if found is None or signed is None:
        return "another session" if found is None else f"another session ({found.application!r})"
    since = f", since {found.started:%Y-%m-%dT%H:%M:%SZ}" if found.started else ""
    return f"process {signed[2]} on {signed[3]} ({signed[1]}{since})"
