"""One process per store: an exclusive flock that says who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from types import TracebackType

from monitor.errors import InputError, StoreLockedError

# A daemon that is being replaced needs a moment to let go; a second one must be refused within 2 s.
_PATIENCE_S = 1.0
_PAUSE_S = 0.05


class StoreLock:
    """Holds `<database>.lock` until `release`; the kernel lets go when the process dies, however it dies.

    Args:
        holder: what to call this process to the next one that tries, e.g. `bearwatch run`.

    Raises:
        StoreLockedError: another process (or this one) holds it; names process id, command and since when.
        InputError: the lock file cannot be made.
    """

    def __init__(self, path: Path, holder: str) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise InputError(f"the store's folder cannot be written: {path.parent}: {error.strerror}") from error
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(self._fd)
                    raise StoreLockedError(
                        f"the store {path.with_suffix('')} is in use by {holder_of(path)}; "
                        "stop it, or use another store"
                    ) from None
                time.sleep(_PAUSE_S)
        self._sign(holder)

    def _sign(self, holder: str) -> None:
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        signature = json.dumps({"pid": os.getpid(), "command": holder, "since": since})
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, signature.encode(), 0)
        except OSError:
            # A full disk: the lock itself holds all the same, only its holder stays unnamed.
            return

    def release(self) -> None:
        """Lets go. The file stays: removing it would let two processes lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> StoreLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def holder_of(path: Path) -> str:
    """Who signed the lock file at `path` last, in words."""
    try:
        found = json.loads(path.read_text())
        return f"process {found['pid']} ({found['command']}, since {found['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
