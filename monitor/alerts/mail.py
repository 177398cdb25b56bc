"""E-mail by SMTP as an endpoint of the outbox (RFC 5321; submission by RFC 6409)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import aiosmtplib
import structlog

from monitor.alerts.mail_message import address, mail_of
from monitor.alerts.message import message_of
from monitor.alerts.protocol import DeliveryError, Final, OutboxMessage, Outcome, Retryable
from monitor.alerts.words import Language

log = structlog.get_logger(__name__)

_TIMEOUT_S = 25.0
_GOODBYE_S = 2.0
# The first two pauses of the outbox (retry.py), 35 s: enough for a server that is looking a recipient up, which is the
# usual reason to put one off. Not longer: the alert's next transition waits behind this one, for everybody.
_TRIES_FOR_ONE = 3
# Messages whose recipients are remembered; those that are being tried again at once are far fewer.
_REMEMBERED = 1_000
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

    Some recipients refused, the others have it: who is refused for good (5yz) is named in the log by place; who is put
    off (4yz) is tried again alone, at two more tries. After a restart in between all are tried again, so that a mail
    may come twice, with the same Message-ID. Where all are refused the message is dead, or tried again while one of
    them may pass.

    Args:
        name: the endpoint's name. sender, to: addresses. clock: now, in ms.
        links: alert id -> name -> address of our own pages.

    Raises ValueError: an address is none.
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
        self._bare = list(dict.fromkeys(address(each).addr_spec for each in to))
        self._left: dict[str, list[str]] = {}  # message id -> who has not had it, of those that are tried again
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
        mail, left = self._mail(message), self._left.pop(message.id, self._bare)
        try:
            refused = await self._post(mail, left)
        except DeliveryError:
            self._remember(message.id, left)
            raise
        if len(refused) == len(self._bare):
            raise _worst(list(refused.values()))
        put_off = {each: code for each, code in refused.items() if not 500 <= code < 600}
        if put_off and message.tries + 1 < _TRIES_FOR_ONE:
            self._say_refused({each: code for each, code in refused.items() if each not in put_off})
            self._remember(message.id, list(put_off))
            raise _worst(list(put_off.values()))
        self._say_refused(refused)
        return Outcome(250, hashlib.sha256(mail).hexdigest())

    async def _post(self, mail: bytes, to: Sequence[str]) -> dict[str, int]:
        """Recipients who were refused, and with what code."""
        server = self._server
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
                refused, _ = await client.sendmail(address(self._sender).addr_spec, list(to), mail)
            await self._leave(client)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return {each.recipient: each.code for each in error.recipients}
        except aiosmtplib.SMTPResponseException as error:
            raise _by_code(error.code) from error
        except (TimeoutError, aiosmtplib.SMTPTimeoutError) as error:
            raise Retryable("timeout") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            # The library has no class for it; a server that has none is being mended, or is not the one that we know.
            missing = "STARTTLS extension not supported" in str(error)
            raise Retryable("no_starttls" if missing else f"connection: {type(error).__name__}") from error
        finally:
            if isinstance(client.transport, asyncio.WriteTransport):
                client.transport.abort()  # without TLS' own farewell, for which nobody would wait
            client.close()
        return {each: response.code for each, response in refused.items()}

    async def _leave(self, client: aiosmtplib.SMTP) -> None:
        """The server has the mail: however it says goodbye, or does not, it is not sent again."""
        try:
            await client.execute_command(b"QUIT", timeout=_GOODBYE_S)
        except (aiosmtplib.SMTPException, OSError) as error:
            log.debug("mail_no_goodbye", endpoint=self._name, error=type(error).__name__)

    def _remember(self, message: str, left: list[str]) -> None:
        if left is not self._bare:
            self._left[message] = left
        while len(self._left) > _REMEMBERED:
            del self._left[next(iter(self._left))]

    def _say_refused(self, refused: Mapping[str, int]) -> None:
        if refused:
            places = [place for place, each in enumerate(self._to, start=1) if address(each).addr_spec in refused]
            codes = sorted(set(refused.values()))
            log.warning("mail_partly_refused", endpoint=self._name, recipients=places, codes=codes)

    def _mail(self, message: OutboxMessage) -> bytes:
        try:
            body = json.loads(message.body)
        except ValueError as error:
            raise Final("bad_body") from error
        if not isinstance(body, dict):
            raise Final("bad_body")
        told = message_of(body, language=self._language, zone=self._zone, links=self._links(message.alert_id))
        made = mail_of(
            told,
            delivery=message.id,
            alert=message.alert_id,
            sender=self._sender,
            to=self._to,
            at=message.created_at,  # not now: every try sends the same bytes
        )
        return bytes(made)


def _by_code(code: int) -> DeliveryError:
    return Final(f"smtp_{code}", code) if 500 <= code < 600 else Retryable(f"smtp_{code}", None, code)


def _worst(codes: Sequence[int]) -> DeliveryError:
    """Nobody of these took it: worth another try while one of them may pass."""
    passing = [code for code in codes if not 500 <= code < 600]
    return _by_code(passing[0] if passing else codes[0])
