"""uvicorn inside our own event loop: it takes no signals, binds before it reports, and stops within two seconds."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from monitor.errors import InputError

# From the cancellation of `serve` to its end; streams close at once, a request in progress has half of it.
SHUTDOWN_SECONDS = 2.0


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers: the daemon's own supervisor stops it."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


def bind(host: str, port: int) -> socket.socket:
    """A bound TCP socket; port 0 takes a free one.

    Raises:
        InputError: the address is taken, not ours, or no address at all; one line that says what to change.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise InputError(f"{host} is no address to listen on: {error}; change web.host") from None
    # `localhost` may come as ::1 first, while people and probes type 127.0.0.1.
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        # Listening here, not later, makes a second daemon fail now: with SO_REUSEADDR two can be bound at once.
        sock.listen(1024)
    except OSError as error:
        sock.close()
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise InputError(f"{where} {_advice(error)}") from None
    sock.setblocking(False)
    return sock


async def serve(app: FastAPI, host: str, port: int, *, on_ready: Callable[[str], None]) -> None:
    """Serves until cancelled; then closes the streams, lets requests end, and is gone within SHUTDOWN_SECONDS.

    Args:
        app: from `create_app` or `create_operations_app`.
        on_ready: called once with the page's real address, such as `http://127.0.0.1:8080/`, when it answers.

    Raises:
        InputError: see `bind`.
    """
    sock = bind(host, port)
    url = _url(sock)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=15,
        # Far above the streams' own limit: past it, requests are answered 503 instead of piling up.
        limit_concurrency=512,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, lambda: on_ready(url))
    running = asyncio.create_task(server.serve(sockets=[sock]), name="web")
    try:
        await asyncio.shield(running)
    finally:
        server.should_exit = True
        app.state.close()
        if not running.done():
            await asyncio.wait({running}, timeout=SHUTDOWN_SECONDS)
        if not running.done():
            running.cancel()
            await asyncio.wait({running}, timeout=SHUTDOWN_SECONDS)
        sock.close()


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    # An address to click on: "any" is no destination.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _advice(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is in use: another process listens there, choose another with web.port (0 takes a free one)"
    if error.errno == errno.EACCES:
        return "may not be listened on: ports under 1024 need privilege, choose another with web.port"
    if error.errno == errno.EADDRNOTAVAIL:
        return "is not an address of this machine: change web.host"
    return f"cannot be listened on: {error.strerror}; change web.host or web.port"
