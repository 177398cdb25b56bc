"""A real SMTP server in a thread, which keeps what arrives and answers as it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Box:
    """What arrived, and how recipients and mails are answered.

    Attributes:
        answers: to recipients by address. data: to each mail. once: to the next mails, before `data`.
        sessions: who said EHLO.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    bytes: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data: str = "250 taken"
    once: list[str] = field(default_factory=list)
    sessions: int = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.once.pop(0) if self.once else self.data
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.bytes.append(envelope.content)
            self.recipients.append(list(envelope.rcpt_tos))
            self.mails.append(message_from_bytes(envelope.content, policy=POLICY))  # type: ignore[arg-type]
        return answer


@contextmanager
def smtp(box: Box, **options: Any) -> Iterator[int]:
    """Its port. options: aiosmtpd's, such as `tls_context`."""
    with socket.socket() as free:  # the controller asks its own port whether it is up, and so must know it
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = _Server(box, hostname="127.0.0.1", port=port, ready_timeout=10, **options)
    server.start()
    try:
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(server.hang_up(), server.loop).result(10)
        server.stop()


class _Server(Controller):
    """aiosmtpd stops its loop with connections open, whose sockets then are found unclosed by some later test."""

    def __init__(self, box: Box, **options: Any) -> None:
        super().__init__(box, **options)
        self._open: list[asyncio.Transport] = []

    def factory(self) -> SMTP:
        return _Session(self.handler, self._open, **self.SMTP_kwargs)

    async def hang_up(self) -> None:
        for transport in self._open:
            transport.abort()
        await asyncio.sleep(0)  # the transports close their sockets in the loop's next turn


class _Session(SMTP):
    def __init__(self, handler: Box, transports: list[asyncio.Transport], **options: Any) -> None:
        super().__init__(handler, **options)
        self._transports = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transports.append(transport)
        super().connection_made(transport)
