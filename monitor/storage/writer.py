"""The one thread that writes, and that alone checkpoints the write-ahead log.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at once; one thread with one
connection cannot. It also keeps every fsync off the event loop.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine, exc

from monitor.errors import StoreUnavailableError
from monitor.storage.connections import LOG_BYTES, PAGE_BYTES, is_transient

T = TypeVar("T")
Job = Callable[[], None]

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


class Writer:
    """Runs jobs one after another, each in its own transaction.

    Args:
        log_bytes: from this size on the write-ahead log is made to begin anew. rest_s: the least between two tries.
    """

    def __init__(self, engine: Engine, *, log_bytes: int = LOG_BYTES, rest_s: float = _CHECKPOINT_S) -> None:
        self._engine = engine
        self._log_bytes = log_bytes
        self._rest_s = rest_s
        self._connection = engine.connect()
        raw = self._connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            raise TypeError(f"the writer needs sqlite3, not {type(raw)}")
        self._raw = raw
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._commits = 0
        self._checkpointed_at = self._waited_at = time.monotonic()
        self._closing = threading.Lock()
        self._closed = False
        # Daemonic: a process that dies without closing must not hang on it; a torn commit is rolled back on opening.
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queues `work`; it runs inside a transaction that is committed when it returns.

        The future raises StoreUnavailableError where the store cannot take it now (everything is rolled back and
        the same work may be submitted again), and whatever else `work` raised.
        """
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                with self._connection.begin():
                    result = work(self._connection)
            except (exc.DBAPIError, sqlite3.Error) as error:
                if is_transient(error):
                    unavailable = StoreUnavailableError(f"the store cannot be written now: {_cause(error)}")
                    unavailable.__cause__ = error
                    future.set_exception(unavailable)
                else:
                    future.set_exception(error)
            except BaseException as error:  # the task boundary: it is the submitter's to handle
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._closing:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._jobs.put(job)
        return future

    async def run(self, work: Callable[[Connection], T]) -> T:
        """`submit`, awaited. What has been submitted is done even when the waiter is cancelled."""
        return await asyncio.shield(asyncio.wrap_future(self.submit(work)))

    def close(self) -> None:
        """Runs what is queued, empties the log, closes the connection. Idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_IDLE_S if self._commits else None)
            except queue.Empty:
                self._checkpoint("TRUNCATE", _READERS_WAIT_MS)
                continue
            if job is None:
                break
            job()
            self._commits += 1
            if self._commits >= _CHECKPOINT_COMMITS or time.monotonic() - self._checkpointed_at >= _CHECKPOINT_S:
                self._keep_log_short()
        self._checkpoint("TRUNCATE", _READERS_WAIT_MS)
        self._connection.close()
        self._engine.dispose()

    def _keep_log_short(self) -> None:
        bytes_in_log = self._checkpoint("PASSIVE")
        if bytes_in_log > self._log_bytes and time.monotonic() - self._waited_at >= self._rest_s:
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


def _cause(error: exc.DBAPIError | sqlite3.Error) -> str:
    return str(error.orig if isinstance(error, exc.DBAPIError) else error)
