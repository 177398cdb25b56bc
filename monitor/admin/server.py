"""The daemon's side of the admin socket: a line in, a line out, under a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from monitor.admin.address import socket_path
from monitor.admin.requests import MOST_BYTES, Request, Result, decode
from monitor.errors import BearwatchError, InputError, OperatorError, StoreUnavailableError

log = structlog.get_logger(__name__)

READ_S = 5.0  # a line comes at once or not at all
ANSWER_S = 8.0  # less than the asker's own patience, so that it hears why
CONNECTIONS = 16  # people and their scripts; more is a loop gone wild


class AdminServer:
    """Serves `perform` on the loop until cancelled.

    Only its owner may connect: the socket has mode 0600 from its first moment. Whoever holds the store's lock replaces
    a socket that is there already: it is a killed daemon's, or that of one which has lost the store.

    Args:
        instead: false for who does not hold it, and leaves a socket alone at which somebody answers.
    """

    def __init__(self, store: Path, perform: Callable[[Request], Awaitable[Result]], *, instead: bool = True) -> None:
        self._store = store
        self._perform = perform
        self._instead = instead
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._serving: set[asyncio.Task[None]] = set()

    async def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Until cancelled; `on_ready` is called once it can be asked.

        Where the socket cannot be made it says so and ends: the news is watched all the same.
        """
        try:
            path = socket_path(self._store)
            sock = _bind(path, instead=self._instead)
            own = path.stat().st_ino
        except (OSError, OperatorError) as error:
            log.warning("no_admin_socket", reason=str(error))
            return
        server = await asyncio.start_unix_server(self._accept, sock=sock, limit=MOST_BYTES)
        try:
            on_ready()
            await asyncio.Event().wait()
        finally:
            # Before it is closed: as long as it is open nobody else's socket can have its number.
            with contextlib.suppress(OSError):
                if path.stat().st_ino == own:  # not that of the daemon which has the store now
                    path.unlink()
            server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._serving.add(task)
        try:
            if not self._places.locked():
                async with self._places:
                    await self._converse(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # the asker went away or is too slow, or the daemon stops: nobody is left to be told
        finally:
            self._serving.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(READ_S):
                line: bytes | None
                try:
                    line = await reader.readline()
                except ValueError:
                    line = None
            if line is not None and not line:
                return
            too_long = _fault(f"a request has at most {MOST_BYTES} bytes", by_asker=True)
            answer = too_long if line is None else await self._answer(line)
            writer.write(json.dumps(answer, ensure_ascii=True).encode("ascii") + b"\n")
            async with asyncio.timeout(READ_S):
                await writer.drain()
            if line is None:  # its rest is still to come
                return

    async def _answer(self, line: bytes) -> Result:
        try:
            async with asyncio.timeout(ANSWER_S):
                return {"result": await self._perform(decode(line))}
        except TimeoutError:
            return _fault(
                f"the store took longer than {ANSWER_S:.0f} s: it may still be done, look before asking again"
            )
        except StoreUnavailableError as error:
            return _fault(f"{error}; nothing was done")
        except BearwatchError as error:
            return _fault(str(error), by_asker=isinstance(error, InputError))
        except Exception:  # the connection's boundary: a fault in one request must not stop the watch
            log.exception("admin_request_failed")
            return _fault("internal error; the daemon's log has it")


def _fault(error: str, *, by_asker: bool = False) -> Result:
    return {"error": error, "input": by_asker}


def _bind(path: Path, *, instead: bool) -> socket.socket:
    if not instead and _answers(path):
        raise OperatorError(f"another daemon answers at {path}: give this one a store.folder of its own")
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Before binding: Linux makes the file with the socket's own mode, so it is never open to others.
        os.fchmod(sock.fileno(), 0o600)
        sock.bind(str(path))
        path.chmod(0o600)  # where a system ignores that
        sock.listen(CONNECTIONS)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        try:
            sock.connect(str(path))
        except OSError:  # also a queue that is full: of one who is stopped
            return False
        return True
