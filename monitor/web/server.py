"""uvicorn inside our own event loop: it takes no signals, binds before it reports, and stops within two seconds."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import fastapi.dependencies.models
import uvicorn
from fastapi import FastAPI

from monitor.errors import InputError
from monitor.web.limits import HEAD_BYTES, Door, Limits
from monitor.web.protocol import GuardedProtocol

# From the cancellation of `serve` to its end; streams close at once, a request in progress has half of it.
SHUTDOWN_SECONDS = 2.0


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers (the daemon's own supervisor stops it), over our protocol."""

    def __init__(self, config: uvicorn.Config, door: Door, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._door = door
        self._on_started = on_started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        def protocol() -> asyncio.Protocol:
            return GuardedProtocol(self.config, self.server_state, self._door)

        tls = self.config.ssl
        handshake = None if tls is None else self._door.limits.handshake_s
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(
                protocol, sock=sock, ssl=tls, backlog=self.config.backlog, ssl_handshake_timeout=handshake
            )
            for sock in sockets or ()
        ]
        self.started = True
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
    # Named, as asyncio sends at once (TCP_NODELAY) only over what says that it is TCP.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def server_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate chain and its key, both PEM. Raises InputError: they are none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A key with a pass phrase would otherwise ask for it on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise InputError(f"web.tls: {certificate} and {key} are no certificate with its key (PEM): {why}") from None
    return context


Listen = Callable[[str, int], socket.socket]  # as `bind`


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    *,
    on_ready: Callable[[str], None],
    tls: ssl.SSLContext | None = None,
    limits: Limits | None = None,
    listen: Listen = bind,
) -> None:
    """Serves until cancelled; then closes the streams, lets requests end, and is gone within SHUTDOWN_SECONDS.

    Args:
        app: from `create_app` or `create_operations_app`.
        tls: None for plain HTTP. limits: others than ours. listen: gives the listening socket, which is closed here.
        on_ready: called once with the page's real address, such as `http://127.0.0.1:8080/`, when it answers.

    Raises:
        InputError: see `bind`.
    """
    sock = listen(host, port)
    url = _url(sock, "http" if tls is None else "https")
    door = Door(limits or Limits(), app.state.refused)
    # What a client can bring about at will is counted, not logged line by line; what goes wrong in here still is.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=HEAD_BYTES,
        ssl_context_factory=None if tls is None else lambda *_: tls,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, door, lambda: on_ready(url))
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
        _forget_routes()


def _forget_routes() -> None:
    """FastAPI remembers for the life of the process what kind of function each route is, and with the function all
    that it reads: the board, the fold, the model of an application that has ended.
    """
    for found in vars(fastapi.dependencies.models).values():
        if hasattr(found, "cache_clear"):
            found.cache_clear()


class KeptSocket:
    """Binds once, and gives the same socket to each server that follows: nobody who asks meanwhile is turned away."""

    def __init__(self) -> None:
        self._sock: socket.socket | None = None

    def __call__(self, host: str, port: int) -> socket.socket:
        """Raises InputError: see `bind`."""
        if self._sock is None:
            self._sock = bind(host, port)
        return self._sock.dup()

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()


def _url(sock: socket.socket, scheme: str) -> str:
    host, port = sock.getsockname()[:2]
    # An address to click on: "any" is no destination.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def _advice(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is in use: another process listens there, choose another with web.port (0 takes a free one)"
    if error.errno == errno.EACCES:
        return "may not be listened on: ports under 1024 need privilege, choose another with web.port"
    if error.errno == errno.EADDRNOTAVAIL:
        return "is not an address of this machine: change web.host"
    return f"cannot be listened on: {error.strerror}; change web.host or web.port"
