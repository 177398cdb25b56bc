"""The connection over which a lease is asked for and renewed: its own, and every call on it ends in time."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from monitor.storage.lease import LeaseRow
from monitor.storage.postgresql.lease_row import CREATE, END_SESSIONS, FIRST, LOOK, TABLE, read, session_name

# A third of the lease: a call that takes longer is on a connection that is broken, and another one may still come in
# time. libpq resolves names without a deadline; nothing waits for this thread, so that only this link is late then.
CALL_S = 3.0

# IF NOT EXISTS does not see a table that another session makes at the same time.
_TWO_AT_ONCE = (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject, psycopg.errors.DuplicateTable)

# A new connection, in autocommit mode, with the settings of `connections.LEASE`, made within CALL_S.
Connect = Callable[[], "psycopg.Connection[Any]"]


class LeaseLink:
    """One connection that is made again when it broke; used by one thread at a time.

    Every method raises psycopg.Error where the server does not answer, or not within CALL_S.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Any] | None = None

    def prepare(self) -> LeaseRow:
        """Makes the table and its row where there is none."""
        if self._ask("SELECT to_regclass(%s) IS NOT NULL", [TABLE])[0] is False:
            with contextlib.suppress(*_TWO_AT_ONCE):
                self._do(CREATE)
        self._do(FIRST)
        return self.look()

    def look(self) -> LeaseRow:
        """What the row says."""
        return read(self._ask(LOOK))

    def change(self, sql: str, *values: Any) -> LeaseRow | None:
        """The row as `sql` (`lease_row`) has left it; None where it was not for us to change."""
        row = self._do(sql, values)
        return None if row is None else read(row)

    def end_sessions(self, former: LeaseRow) -> int:
        """Has the server end what it can of a former holder's sessions; how many."""
        return int(self._ask(END_SESSIONS, [session_name(former.epoch, former.token)])[0])

    def close(self) -> None:
        """Idempotent."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        row = self._do(sql, values)
        if row is None:
            raise psycopg.DataError(f"the table {TABLE} has no row")
        return row

    def _do(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        if self._connection is None or self._connection.broken:
            self.close()
            self._connection = self._connect()
        with _cut_after(CALL_S, self._connection):
            found = self._connection.execute(sql, values)
            row: tuple[Any, ...] | None = found.fetchone() if found.description else None
        return row


@contextlib.contextmanager
def _cut_after(seconds: float, connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Breaks the connection unless the block is through by then: libpq itself waits for an answer as long as it takes,
    and TCP may wait a quarter of an hour for a peer that is gone.
    """
    # A copy of the descriptor: the timer must not shut what another connection has got under the same number.
    with socket.socket(fileno=os.dup(connection.fileno())) as copy:

        def cut() -> None:
            with contextlib.suppress(OSError):
                copy.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
