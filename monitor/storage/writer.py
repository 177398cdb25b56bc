"""The one thread that writes: it keeps every fsync and every answer of a server off the event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from sqlalchemy import Connection

from monitor.storage.database import Session

T = TypeVar("T")
Job = Callable[[], None]


class Writer:
    """Runs jobs one after another, each in its own transaction of `session`, which is its own from here on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
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
                result = self._session.transact(work)
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
        done = asyncio.wrap_future(self.submit(work))
        done.add_done_callback(_seen)
        return await asyncio.shield(done)

    def close(self) -> None:
        """Runs what is queued, closes the session. Idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._session.hurry()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._session.rest_s)
            except queue.Empty:
                self._session.rest()
                continue
            if job is None:
                break
            job()
            self._session.settle()
        self._session.close()


def _seen(done: asyncio.Future[T]) -> None:
    """A waiter that was cancelled asks no more how it went; asyncio would log that as a fault of the program."""
    if not done.cancelled():
        done.exception()
