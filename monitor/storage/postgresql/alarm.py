"""Ends the wait for an answer that does not come.

The server ends its own statements in time, and a machine that is gone is noticed by the kernel; something in between
that takes everything and answers nothing (a proxy, a hung pooler) is noticed by neither.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from typing import Any

import psycopg

_LOOK_S = 5.0  # whoever sets it need not wake the thread that watches


class Alarm:
    """Shuts the socket of `connection` down at the time that was set; its user then finds the connection lost.

    Set and cleared by one thread; a thread of its own watches.
    """

    def __init__(self) -> None:
        self.connection: psycopg.Connection[Any] | None = None
        self._until: float | None = None
        self._at_most: float | None = None
        self._wake = threading.Condition()
        self._ended = False
        threading.Thread(target=self._watch, name="store-alarm", daemon=True).start()

    def set(self, seconds: float) -> None:
        """From now on; what was set before counts no longer."""
        self._until = time.monotonic() + seconds

    def clear(self) -> None:
        self._until = None

    def at_most(self, seconds: float) -> None:
        """From any thread: no wait lasts longer than this from now on, whatever is set."""
        with self._wake:
            self._at_most = time.monotonic() + seconds
            self._wake.notify()

    def end(self) -> None:
        with self._wake:
            self._ended = True
            self._wake.notify()

    def _watch(self) -> None:
        with self._wake:
            while not self._ended:
                now = time.monotonic()
                most = self._at_most
                if self._until is not None and (self._until <= now or (most is not None and most <= now)):
                    self._until = None
                    self._cut()
                self._wake.wait(_LOOK_S if most is None else min(_LOOK_S, max(0.1, most - now)))

    def _cut(self) -> None:
        connection = self.connection
        with contextlib.suppress(OSError, psycopg.Error):
            if connection is not None and not connection.closed:
                with socket.socket(fileno=os.dup(connection.fileno())) as sock:
                    sock.shutdown(socket.SHUT_RDWR)
