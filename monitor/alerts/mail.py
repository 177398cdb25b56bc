"""E-mail by SMTP as an endpoint of the outbox (RFC 5321; submission by RFC 6409)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

import aiosmtplib
import structlog

from monitor.alerts.mail_message import mail_of
from monitor.alerts.message import message_of
from monitor.alerts.protocol import DeliveryError, Final, OutboxMessage, Outcome, Retryable
from monitor.alerts.words import Language

log = structlog.get_logger(__name__)

_TIMEOUT_S = 25.0
Links = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server.

    Attributes:
        tls: `starttls` upgrades a plain connection and never goes on without, `tls` is TLS from the start, `none` is
            plain text. username: "" logs in nowhere.
    """

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    context: ssl.SSLContext | None = None


class Mail:
    """One group of people by e-mail.

    A recipient that the server refuses for good is named in the log by its place, and the others have it; where all
    are refused the message is dead.

    Args:
        name: the endpoint's name. sender, to: addresses. clock: now, in ms.
        links: alert id -> name -> address of our own pages.
    """

    def __init__(
        self,
        name: str,
        server: Server,
        *,
        sender: str,
        to: Sequence[str],
        clock: Callable[[], int],
        language: Language = "en",
        zone: str = "UTC",
        links: Links = lambda alert_id: {},
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._name = name
        self._server = server
        self._sender = sender
        self._to = tuple(to)
        self._clock = clock
        self._language = language
        self._zone = zone
        self._links = links
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        return self._name

    async def send(self, message: OutboxMessage) -> Outcome:
        """As `Notifier.send`: 4yz replies, lost connections and timeouts may pass, 5yz are final (RFC 5321, 4.2.1)."""
        mail, server = self._mail(message), self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=server.context,
            timeout=self._timeout_s,
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                await client.connect()
                refused, _ = await client.send_message(mail)
                with contextlib.suppress(aiosmtplib.SMTPException):  # it has the mail: how it says goodbye is its own
                    await client.quit()
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _worst([each.code for each in error.recipients]) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _by_code(error.code) from error
        except (TimeoutError, aiosmtplib.SMTPTimeoutError) as error:
            raise Retryable("timeout") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            # The library has no class for it; a server that has none is being mended, or is not the one that we know.
            missing = "STARTTLS extension not supported" in str(error)
            raise Retryable("no_starttls" if missing else f"connection: {type(error).__name__}") from error
        finally:
            client.close()
        if refused:
            places = [place for place, address in enumerate(self._to, 1) if any(each in address for each in refused)]
            codes = sorted({response.code for response in refused.values()})
            log.warning("mail_partly_refused", endpoint=self._name, recipients=places, codes=codes)
        return Outcome(250, hashlib.sha256(bytes(mail)).hexdigest())

    def _mail(self, message: OutboxMessage) -> EmailMessage:
        try:
            body = json.loads(message.body)
        except ValueError as error:
            raise Final("bad_body") from error
        if not isinstance(body, dict):
            raise Final("bad_body")
        told = message_of(body, language=self._language, zone=self._zone, links=self._links(message.alert_id))
        return mail_of(
            told,
            delivery=message.id,
            alert=message.alert_id,
            sender=self._sender,
            to=self._to,
            at=message.created_at,  # not now: every try sends the same bytes
        )


def _by_code(code: int) -> DeliveryError:
    return Final(f"smtp_{code}", code) if 500 <= code < 600 else Retryable(f"smtp_{code}", None, code)


def _worst(codes: Sequence[int]) -> DeliveryError:
    """All recipients were refused: worth another try while one of them may pass."""
    passing = [code for code in codes if not 500 <= code < 600]
    return _by_code(passing[0] if passing else codes[0])
