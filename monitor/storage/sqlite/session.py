"""The one connection that writes, and that alone checkpoints the write-ahead log.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at once; one thread with one
connection cannot.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine, exc

from monitor.errors import StoreUnavailableError
from monitor.storage.sqlite.connections import LOG_BYTES, PAGE_BYTES, is_transient
from monitor.storage.sqlite.lock import StoreLock

T = TypeVar("T")

log = structlog.get_logger(__name__)

# A passive checkpoint copies the log into the file without waiting for readers, often enough that little is left to
# copy, seldom enough that its two fsyncs do not count.
_CHECKPOINT_COMMITS = 200
_CHECKPOINT_S = 5.0
# The log begins anew only at a moment without any reader, which steady polling never gives: then it is waited for,
# once the log has grown to its limit. Readers take milliseconds; one that takes minutes (`db backup`) is not waited
# out: the log grows by what is written meanwhile, and begins anew after it. Commits wait no longer than this for it,
# every five seconds at most.
_READERS_WAIT_MS = 100
# After so long without a job the log is emptied altogether: a restart then has nothing to recover.
_IDLE_S = 2.0


class SqliteSession:
    """See `database.Session`.

    Args:
        lock: let go of at the end.
        log_bytes: from this size on the write-ahead log is made to begin anew. pause_s: the least between two tries.
    """

    def __init__(
        self,
        engine: Engine,
        lock: StoreLock | None = None,
        *,
        log_bytes: int = LOG_BYTES,
        pause_s: float = _CHECKPOINT_S,
    ) -> None:
        self._engine = engine
        self._lock = lock
        self._log_bytes = log_bytes
        self._pause_s = pause_s
        self._connection = engine.connect()
        raw = self._connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            raise TypeError(f"the writer needs sqlite3, not {type(raw)}")
        self._raw = raw
        self._commits = 0
        self._checkpointed_at = self._waited_at = time.monotonic()

    @property
    def lease(self) -> None:
        return None

    @property
    def rest_s(self) -> float | None:
        return _IDLE_S if self._commits else None

    def prepare(self, work: Callable[[Connection], None]) -> None:
        with self._connection.begin():
            work(self._connection)

    def transact(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._connection.begin():
                return work(self._connection)
        except (exc.DBAPIError, sqlite3.Error) as error:
            if is_transient(error):
                cause = error.orig if isinstance(error, exc.DBAPIError) else error
                raise StoreUnavailableError(f"the store cannot be written now: {cause}") from error
            raise

    def settle(self) -> None:
        self._commits += 1
        if self._commits >= _CHECKPOINT_COMMITS or time.monotonic() - self._checkpointed_at >= _CHECKPOINT_S:
            self._keep_log_short()

    def rest(self) -> None:
        self._checkpoint("TRUNCATE", _READERS_WAIT_MS)

    def hurry(self) -> None:
        """A file answers, or fails."""

    def close(self) -> None:
        self._checkpoint("TRUNCATE", _READERS_WAIT_MS)
        self._connection.close()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def _keep_log_short(self) -> None:
        bytes_in_log = self._checkpoint("PASSIVE")
        if bytes_in_log > self._log_bytes and time.monotonic() - self._waited_at >= self._pause_s:
            self._checkpoint("RESTART", _READERS_WAIT_MS)
            self._waited_at = time.monotonic()

    def _checkpoint(self, mode: str, wait_ms: int = 0) -> int:
        """Returns the bytes that the log holds; a reader in the middle of its snapshot is waited for so long."""
        self._commits = 0
        self._checkpointed_at = time.monotonic()
        try:
            self._raw.execute(f"PRAGMA busy_timeout = {wait_ms}")
            try:
                _, pages, _ = self._raw.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            finally:
                self._raw.execute("PRAGMA busy_timeout = 2000")
        except sqlite3.Error as error:
            # Nothing is lost, the log keeps every commit; a full disk tells itself at the next one.
            log.warning("checkpoint_failed", mode=mode, error=str(error))
            return 0
        return int(pages) * PAGE_BYTES
