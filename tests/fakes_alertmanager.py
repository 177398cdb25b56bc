"""An Alertmanager that keeps what it is sent, over HTTP or TLS, and certificates made by the openssl command."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request, list[dict[str, Any]]], Awaitable[web.StreamResponse | None]]


@dataclass
class FakeAlertmanager:
    """Answers 200, or what `answer` gives. taken: what it answered 200 to. most: requests in flight at once."""

    url: str = ""
    answer: Answer | None = None
    asked: int = 0
    taken: list[list[dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    forwarded: int = 0
    most: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _in_flight: int = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        self._in_flight += 1
        self.most = max(self.most, self._in_flight)
        self.asked += 1
        self.changed.set()
        try:
            alerts = json.loads(await request.read())
            self.headers.append(dict(request.headers))
            refused = await self.answer(request, alerts) if self.answer else None
            if refused is not None:
                return refused
            self.taken.append(alerts)
            return web.Response()
        finally:
            self._in_flight -= 1

    async def elsewhere(self, request: web.Request) -> web.StreamResponse:
        self.forwarded += 1
        return web.Response()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits, request by request, until it holds."""
        async with asyncio.timeout(20):
            while not holds():
                self.changed.clear()
                await self.changed.wait()
                await asyncio.sleep(0.01)  # the answer is on its way


@asynccontextmanager
async def alertmanager(tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeAlertmanager]:
    made = FakeAlertmanager()
    app = web.Application()
    app.router.add_post("/am/api/v2/alerts", made.take)
    app.router.add_route("*", "/elsewhere", made.elsewhere)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    made.url = f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}/am"
    try:
        yield made
    finally:
        await runner.cleanup()


def status(code: int, text: str = "", **headers: str) -> Answer:
    async def give(request: web.Request, alerts: list[dict[str, Any]]) -> web.StreamResponse:
        return web.Response(status=code, text=text, headers=headers)

    return give


def refusing(spike: str) -> Answer:
    """400 to whatever holds an alert of that spike, as Alertmanager does for an invalid label."""

    async def give(request: web.Request, alerts: list[dict[str, Any]]) -> web.StreamResponse | None:
        if any(alert["labels"]["spike"] == spike for alert in alerts):
            return web.Response(status=400, text='"invalid label set"\n')
        return None

    return give


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, for one test."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, name: str) -> Authority:
        made = cls(folder / f"{name}.pem", folder / f"{name}.key")
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-days", "2", "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign"]
        _run([*command, "-keyout", str(made.key), "-out", str(made.certificate)])
        return made

    def sign(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Certificate and key for 127.0.0.1, good for a server and for a client."""
        certificate, key, request = (folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
        command = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        _run([*command, "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request)])
        more = folder / f"{name}.ext"
        more.write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
        command = [
            "openssl",
            "x509",
            "-req",
            "-in",
            str(request),
            "-CA",
            str(self.certificate),
            "-CAkey",
            str(self.key),
        ]
        _run([*command, "-CAcreateserial", "-days", "2", "-extfile", str(more), "-out", str(certificate)])
        return certificate, key


def server_tls(certificate: Path, key: Path, client_authority: Path | None = None) -> ssl.SSLContext:
    """A server's context; with an authority it asks every client for a certificate of that one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_authority is not None:
        context.load_verify_locations(client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=30)
