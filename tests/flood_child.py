"""A flood as a process of its own: `python -m tests.flood_child PORT REQUESTS_A_SECOND SLOW_SOCKETS`, until killed.

Requests are offered at their rate whether they are answered or not, from 127.0.0.2; slow sockets send a byte a second
of headers that never end, from 127.0.0.3, and are opened again when they are cut off. A line of counts every second.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter

CONNECTIONS = 100
TURNS_A_SECOND = 20
REQUEST = b"GET /api/v1/board HTTP/1.1\r\nhost: localhost\r\n\r\n"


class Flooder(asyncio.Protocol):
    """Throws away what it gets."""

    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.counts["answers"] += data.count(b"HTTP/1.1 ")

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None


async def connect(port: int, counts: Counter[str], source: str) -> Flooder:
    flooder = Flooder(counts)
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().create_connection(lambda: flooder, "127.0.0.1", port, local_addr=(source, 0))
    return flooder


async def flood(port: int, rate: int, counts: Counter[str]) -> None:
    flooders = [await connect(port, counts, "127.0.0.2") for _ in range(CONNECTIONS)]
    loop = asyncio.get_running_loop()
    due, turn = loop.time(), 0
    while True:
        for _ in range(rate // TURNS_A_SECOND):
            turn += 1
            at = turn % CONNECTIONS
            transport = flooders[at].transport
            if transport is None or transport.is_closing():
                flooders[at] = await connect(port, counts, "127.0.0.2")
            elif transport.get_write_buffer_size() < 65_536:  # what the server does not take is not piled up here
                transport.write(REQUEST)
                counts["requests"] += 1
            else:
                counts["held"] += 1
        due += 1 / TURNS_A_SECOND
        await asyncio.sleep(max(0.0, due - loop.time()))


async def slow(port: int, sockets: int, counts: Counter[str]) -> None:
    held = [await connect(port, counts, "127.0.0.3") for _ in range(sockets)]
    while True:
        for at, flooder in enumerate(held):
            if flooder.transport is None or flooder.transport.is_closing():
                counts["cut_off"] += 1
                held[at] = await connect(port, counts, "127.0.0.3")
            else:
                flooder.transport.write(b"G")
        counts["slow"] = sum(flooder.transport is not None for flooder in held)
        await asyncio.sleep(1.0)


async def tell(counts: Counter[str]) -> None:
    while True:
        await asyncio.sleep(1.0)
        shown = ("requests", "held", "answers", "slow", "cut_off")
        print(" ".join(f"{name}={counts[name]}" for name in shown), flush=True)


async def run(port: int, rate: int, sockets: int) -> None:
    counts: Counter[str] = Counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(flood(port, rate, counts))
        group.create_task(slow(port, sockets, counts))
        group.create_task(tell(counts))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(*(int(argument) for argument in sys.argv[1:4])))
