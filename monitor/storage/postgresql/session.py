"""The one session that writes: kept, made anew where it was lost, and never in doubt of what it has committed.

A connection that is lost after COMMIT was sent leaves open whether it was done. So each transaction writes a token of
its own into the store, and after such a loss the next session reads it: what was done is not done again, what was not
is. (A transaction's id would not do: a server that crashes before it has written it down gives it to another one.)
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, exc, select, text
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import StoreUnavailableError
from monitor.storage import schema
from monitor.storage.postgresql.alarm import Alarm
from monitor.storage.postgresql.connections import WRITER, Target, writer_engine
from monitor.storage.postgresql.faults import driver_error, is_transient, one_line
from monitor.storage.postgresql.lease import PostgresLease
from monitor.storage.postgresql.lease_row import END_SESSIONS

T = TypeVar("T")

log = structlog.get_logger(__name__)

# Where the last transaction's token stands in `meta`.
TOKEN = "committed"
_PAUSE_LEAST_S, _PAUSE_MOST_S = 0.1, 2.0
# The server ends a statement after a minute; a transaction whose answers take longer than this gets none any more.
_ANSWER_S = 120.0
# Once the store is to be closed, a server that is away is waited for so long, and then an answer is no longer.
_LAST_TRIES_S = 3.0
_LAST_ANSWER_S = 5.0


class PostgresSession:
    """See `database.Session`. Raises as `Store.open`, and psycopg's errors.

    Args:
        lease: every transaction begins with its fence; let go of at the end.
    """

    def __init__(self, target: Target, lease: PostgresLease) -> None:
        self._target = target
        self.lease = lease
        self._own = uuid.uuid4().hex
        self._number = 0
        self._raw: psycopg.Connection[Any] | None = None
        self._hurried_at: float | None = None
        self._alarm = Alarm()
        self._engine = writer_engine(self._connect)
        self._connection: Connection | None = None
        try:
            self._reached()
        except BaseException:  # whatever it was: nobody will close what was not made
            self.close()
            raise

    @property
    def rest_s(self) -> float | None:
        return None

    def prepare(self, work: Callable[[Connection], None]) -> None:
        connection = self._reached()
        with connection.begin():
            self.lease.fence(connection)
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            work(connection)

    def transact(self, work: Callable[[Connection], T]) -> T:
        self._alarm.set(_ANSWER_S)
        try:
            return self._transact(work)
        finally:
            self._alarm.clear()

    def _transact(self, work: Callable[[Connection], T]) -> T:
        self._number += 1
        token = f"{self._own}:{self._number}"
        try:
            connection = self._reached()
            transaction = connection.begin()
            try:
                self.lease.fence(connection)
                self._sign(connection, token)
                result = work(connection)
                self._refuse_aborted()
            except BaseException:  # no COMMIT was sent: whatever becomes of the connection, nothing of it stands
                with contextlib.suppress(exc.DBAPIError):
                    transaction.rollback()
                raise
        except (exc.DBAPIError, psycopg.Error) as error:
            if (told := self._told(error)) is error:
                raise
            raise told from error
        try:
            transaction.commit()
        except (exc.DBAPIError, psycopg.Error) as error:
            told = self._told(error)
            self._let_go()
            if not self._stands(token):
                if told is error:
                    raise
                raise told from error
        return result

    def settle(self) -> None:
        """The server does what there is to do."""

    def rest(self) -> None:
        """Nothing waits."""

    def hurry(self) -> None:
        if self._hurried_at is None:
            self._hurried_at = time.monotonic()
            self._alarm.at_most(_LAST_ANSWER_S)

    def close(self) -> None:
        self._alarm.end()
        self._let_go()
        self._engine.dispose()
        self.lease.release()

    def _connect(self) -> psycopg.Connection[Any]:
        raw = self._target.connect(WRITER, self.lease.session_name, self._alarm)
        try:
            raw.isolation_level = psycopg.IsolationLevel.READ_COMMITTED  # nobody else writes
            # One that broke may still stand in the middle of a transaction, on a server that does not know that yet.
            raw.execute(END_SESSIONS, [self.lease.session_name])
            raw.commit()
        except BaseException:  # whatever it was: nobody else has the connection
            raw.close()
            raise
        self._raw = raw
        return raw

    def _reached(self) -> Connection:
        """The connection, made anew where there is none."""
        if self._connection is None:
            if self._too_late():
                raise StoreUnavailableError("the store is being closed and its server does not answer")
            self._connection = self._engine.connect()
        return self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(exc.DBAPIError, psycopg.Error):
                self._connection.invalidate()
            self._connection.close()
            self._connection = None
            self._raw = None

    def _sign(self, connection: Connection, token: str) -> None:
        signing = insert(schema.meta).values(key=TOKEN, value=token)
        connection.execute(signing.on_conflict_do_update(index_elements=["key"], set_={"value": token}))

    def _refuse_aborted(self) -> None:
        """COMMIT of a transaction in which a statement failed rolls it back and says nothing."""
        if self._raw is not None and self._raw.info.transaction_status == TransactionStatus.INERROR:
            raise RuntimeError("a statement failed and was passed over: nothing can be committed")

    def _told(self, error: Exception) -> Exception:
        """The error as ours; lets go of a connection that it was the end of."""
        cause = driver_error(error)
        if cause is None:
            return error
        ends = self._raw is None or self._raw.closed or cause.diag.severity_nonlocalized == "FATAL"
        if ends or cause.sqlstate is None:
            self._let_go()
        if not is_transient(cause):
            return error
        return StoreUnavailableError(f"the store cannot be written now: {one_line(cause)}")

    def _stands(self, token: str) -> bool:
        """Whether the transaction of this token was committed; blocks until that is known.

        The next session has the session before ended first, and with it a transaction whose COMMIT never came; and it
        waits for the row, should that take a moment.

        Raises StoreUnavailableError: the store is being closed, and nobody will ask any more.
        """
        pause = _PAUSE_LEAST_S
        log.warning("commit_in_doubt", store=self._target.name)
        while True:
            self._alarm.set(_ANSWER_S)
            try:
                connection = self._reached()
                with connection.begin():
                    meta = schema.meta.c
                    found = connection.execute(select(meta.value).where(meta.key == TOKEN).with_for_update()).scalar()
            except (exc.DBAPIError, psycopg.Error) as error:
                told = self._told(error)
                if told is error:
                    raise
                if self._too_late():
                    raise told from error
                time.sleep(pause)
                pause = min(2 * pause, _PAUSE_MOST_S)
            else:
                log.info("commit_known", ends="commit_in_doubt", committed=found == token)
                return bool(found == token)

    def _too_late(self) -> bool:
        return self._hurried_at is not None and time.monotonic() - self._hurried_at > _LAST_TRIES_S
