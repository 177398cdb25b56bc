"""One Alertmanager instance: POST /api/v2/alerts."""

from __future__ import annotations

import email.utils
import errno
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp

from monitor import __version__
from monitor.alerts.protocol import DeliveryError, Final, OutboxMessage, Outcome, Retryable
from monitor.alerts.standing_payload import Style, postable
from monitor.records import Alert

PATH = "/api/v2/alerts"
# 408 request timeout, 425 too early, 429 too many requests: these and 5xx may pass.
_RETRYABLE = frozenset({408, 425, 429})
# What is said of the alerts themselves: a value that does not parse, one that the schema forbids, a body too large.
_OF_THE_ALERTS = frozenset({400, 413, 422})
_DETAIL_BYTES, _DETAIL_CHARS = 2_000, 200


class Refused(Final):
    """The instance will not have these alerts. detail: its own words, one line."""

    def __init__(self, reason: str, status: int, detail: str) -> None:
        super().__init__(reason, status)
        self.detail = detail


class Alertmanager:
    """One instance. Redirects are not followed: an alert and its login go where the operator said.

    Args:
        name: the endpoint's name.
        url: of the instance, without `/api/v2/alerts`; never logged.
        session: its connector decides which addresses may be reached; closed by whoever made it.
        login: the value of the Authorization header, "" for none; never logged.
        tls: for https; None trusts the system's authorities.
        clock: now, ms, as Alertmanager understands it: the wall's, whatever clock the news is played on.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        session: aiohttp.ClientSession,
        clock: Callable[[], int],
        style: Style,
        login: str = "",
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        self._name = name
        self._url = url.rstrip("/") + PATH
        self._session = session
        self._clock = clock
        self._style = style
        self._tls: ssl.SSLContext | bool = True if tls is None else tls
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._headers = {"Content-Type": "application/json", "User-Agent": f"bearwatch/{__version__}"}
        if login:
            self._headers["Authorization"] = login
        self.ahead_s: float | None = None

    @property
    def name(self) -> str:
        return self._name

    def postable(self, told: Sequence[Alert]) -> list[dict[str, Any]]:
        """See `standing_payload.postable`: what stands of one spike now."""
        return postable(told, self._clock(), self._style)

    async def send(self, message: OutboxMessage) -> Outcome:
        """As `Notifier.send`: one transition by itself, without what came before it; for trying an endpoint out."""
        body = json.loads(message.body)
        status, severity = str(body.get("status", "firing")), str(body.get("severity", "warning"))
        return await self.post(self.postable([Alert(message.alert_id, status, message.created_at, severity, body)]))

    async def post(self, alerts: Sequence[Mapping[str, Any]]) -> Outcome:
        """Hands alerts over; none is a question whether the instance is there and takes our login.

        `ahead_s` says afterwards by how many seconds its clock is ahead of ours, None where it tells no time.

        Raises:
            Refused: 400, 413, 422: an alert among them is wrong. The others may have been taken.
            Retryable, Final: as `Notifier.send`.
        """
        try:
            async with self._session.post(
                self._url,
                data=json.dumps(alerts).encode(),
                headers=self._headers,
                timeout=self._timeout,
                ssl=self._tls,
                allow_redirects=False,
            ) as response:
                status = response.status
                date = response.headers.get("Date", "")
                detail = await response.content.read(_DETAIL_BYTES) if status in _OF_THE_ALERTS else b""
        except aiohttp.InvalidURL as error:
            raise Final("bad_address") from error
        except TimeoutError as error:
            raise Retryable("timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Retryable(_reason(error)) from error
        self.ahead_s = _ahead(date, self._clock())
        if 200 <= status < 300:
            return Outcome(status)
        raise _failure(status, detail)


def _failure(status: int, detail: bytes) -> DeliveryError:
    reason = f"http_{status}"
    if status in _OF_THE_ALERTS:
        text = detail.decode("utf-8", "replace")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return Refused(reason, status, line[:_DETAIL_CHARS])
    if status in _RETRYABLE or status >= 500:
        return Retryable(reason, status=status)
    return Final(reason, status)


def _reason(error: Exception) -> str:
    """A short word: certificates and forbidden addresses are an operator's to mend, the rest is the network."""
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return f"tls: {type(error).__name__}"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, OSError) and cause.errno == errno.EACCES:  # what our connectors refuse an address with
        return "private_address"
    return f"connection: {type(error).__name__}"


def _ahead(date: str, now: int) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - now / 1_000
    except (ValueError, OverflowError):
        return None
