"""A proxy before PostgreSQL that ends connections just when COMMIT passes, or lets nothing through."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Literal, Self

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # the protocol's simple Query
# before: the server never sees it. after: it is done, and nobody hears of it. at once: both ends race.
Cut = Literal["", "before", "after", "at once"]


class CommitProxy:
    """Listens on a loopback port of its own and passes everything on to `upstream`.

    Attributes:
        cut: what happens to the next COMMIT, once; "" nothing. cuts: how many there were.
        open: whether connections are let through at all; those that come are reset while they are not.
        silent: whether what the server says is swallowed.
    """

    def __init__(self, upstream: int) -> None:
        self.cut: Cut = ""
        self.cuts = 0
        self.open = True
        self.silent = False
        self.on_cut: Callable[[], None] = lambda: None
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.reset()

    def reset(self) -> None:
        """Ends every connection, at both ends."""
        for end in self._ends:
            _end(end)
        self._ends.clear()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if not self.open:
                    _end(client)
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._upstream))
                except OSError:
                    _end(client)
                    continue
                self._ends += [client, server]
                answered = threading.Event()
                quiet = threading.Event()
                threading.Thread(target=self._up, args=(client, server, answered, quiet), daemon=True).start()
                threading.Thread(target=self._down, args=(server, client, answered, quiet), daemon=True).start()

    def _up(
        self, client: socket.socket, server: socket.socket, answered: threading.Event, quiet: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                cut = self.cut
                if cut and COMMIT in data:
                    self.cut = ""
                    if cut == "after":
                        answered.clear()
                        quiet.set()
                    if cut != "before":
                        server.sendall(data)
                    if cut == "after":
                        answered.wait(10)
                    self.cuts += 1
                    self.on_cut()
                    break
                server.sendall(data)
        for end in (client, server):
            _end(end)

    def _down(
        self, server: socket.socket, client: socket.socket, answered: threading.Event, quiet: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if quiet.is_set() or self.silent:
                    answered.set()
                else:
                    client.sendall(data)
        for end in (client, server):
            _end(end)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
