"""A TCP proxy before a broker that puts a fault between it and its clients, and takes it away again.

It runs in its own thread, on its own loop: a test whose loop stands still does not stop it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from tests.kafka.broker import free_ports

CHUNK = 1 << 18
THROTTLE_STEP_S = 0.05  # the longest that a slow connection stays slow after its fault has gone
CALL_S = 10.0


@dataclass(frozen=True)
class Fault:
    """What happens to the connections, those that are open and those that come. Fields may be combined.

    Attributes:
        latency_s: each piece of up to 256 KiB waits as long, in each direction.
        bytes_per_s: at most, for each connection and direction; 0: no limit.
        slice_bytes: what is written at once; 0: as it came.
        up, down: whether bytes reach the broker, the client. Where not, nothing is read either, no end of a connection
            is passed on, and what waits goes through when the fault has gone.
        reset: every connection ends with an RST, a new one as soon as it is accepted.
        refuse: connections are reset and the port is closed.
    """

    latency_s: float = 0.0
    bytes_per_s: float = 0.0
    slice_bytes: int = 0
    up: bool = True
    down: bool = True
    reset: bool = False
    refuse: bool = False


NONE = Fault()
LATENCY = Fault(latency_s=0.3)
THROTTLE = Fault(bytes_per_s=1_000)
SLICES = Fault(slice_bytes=3)
RESET = Fault(reset=True)
REFUSE = Fault(refuse=True)
BLACK_HOLE = Fault(up=False, down=False)
HALF_OPEN_UP = Fault(down=False)  # requests arrive, answers do not
HALF_OPEN_DOWN = Fault(up=False)

FAULTS = {
    "latency": LATENCY,
    "throttle": THROTTLE,
    "slices": SLICES,
    "reset": RESET,
    "refuse": REFUSE,
    "black hole": BLACK_HOLE,
    "half open, up only": HALF_OPEN_UP,
    "half open, down only": HALF_OPEN_DOWN,
}


class Proxy:
    """Listens on a loopback port of its own and passes everything on to `upstream`, until told otherwise.

    Attributes:
        port: to connect to; the same over every fault.
        upstream: the broker's port; asked at each new connection, so it may be set late.
        accepted: how many connections there have been.
    """

    def __init__(self, upstream: int = 0) -> None:
        (self.port,) = free_ports(1)
        self.upstream = upstream
        self.accepted = 0
        self._fault = NONE
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)
        self._listening: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._flows = {"up": asyncio.Event(), "down": asyncio.Event()}

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def __enter__(self) -> Self:
        self._thread.start()
        self.inject(NONE)
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_S)
        self._loop.close()

    def inject(self, fault: Fault) -> None:
        """Returns when the fault is in force, for open connections too. `NONE` heals."""
        self._call(self._inject(fault))

    def heal(self) -> None:
        self.inject(NONE)

    def _call(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(CALL_S)

    async def _inject(self, fault: Fault) -> None:
        self._fault = fault
        for way, flows in (("up", fault.up), ("down", fault.down)):
            (self._flows[way].set if flows else self._flows[way].clear)()
        if fault.refuse and self._listening:
            await _ended({self._listening})
            self._listening = None
        elif not fault.refuse and not self._listening:
            listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            listener.setblocking(False)
            self._listening = self._loop.create_task(self._listen(listener))
        if fault.reset or fault.refuse:
            await _ended(self._connections)

    async def _close(self) -> None:
        await self._inject(REFUSE)

    async def _listen(self, listener: socket.socket) -> None:
        with listener:
            while True:
                client, _ = await self._loop.sock_accept(listener)
                self.accepted += 1
                _end_by_rst(client, True)
                connection = self._loop.create_task(self._connection(client))
                self._connections.add(connection)
                connection.add_done_callback(self._connections.discard)
                # Not left to the task itself: cancelled before its first step it would never do it.
                connection.add_done_callback(partial(_close, client))

    async def _connection(self, client: socket.socket) -> None:
        """Both directions of one connection; however it ends but by both sides' own end, it ends with an RST."""
        if self._fault.reset:
            return
        with socket.socket() as broker:
            broker.setblocking(False)
            _end_by_rst(broker, True)
            for end in (client, broker):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                await self._flows["up"].wait()  # a black hole knows nothing of the broker, not even that it is down
                await self._loop.sock_connect(broker, ("127.0.0.1", self.upstream))
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(client, broker, "up"))
                    both.create_task(self._pump(broker, client, "down"))
                for end in (client, broker):
                    _end_by_rst(end, False)
            except* OSError:
                pass  # either side reset, or no broker there: the other side is told by an RST

    async def _pump(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        flows = self._flows[way]
        while True:
            await flows.wait()
            data = memoryview(await self._loop.sock_recv(source, CHUNK))
            await asyncio.sleep(self._fault.latency_s)
            await flows.wait()
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            while data:
                await flows.wait()
                fault = self._fault
                size = fault.slice_bytes or len(data)
                if fault.bytes_per_s:
                    size = min(size, max(1, int(fault.bytes_per_s * THROTTLE_STEP_S)))
                    await asyncio.sleep(min(size, len(data)) / fault.bytes_per_s)
                await self._loop.sock_sendall(sink, data[:size])
                await asyncio.sleep(0)  # sock_sendall() alone leaves no turn to the other connections
                data = data[size:]


def _close(client: socket.socket, _: object) -> None:
    client.close()


def _end_by_rst(end: socket.socket, wanted: bool) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", wanted, 0))


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
