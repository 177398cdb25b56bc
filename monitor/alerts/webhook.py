"""A plain webhook after the Standard Webhooks 1.0 specification (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from urllib.parse import quote

import aiohttp

from monitor import __version__
from monitor.alerts.protocol import Final, OutboxMessage, Outcome, Retryable
from monitor.alerts.retry import retry_after_of
from monitor.errors import ConfigError

_TIMEOUT_S = 20.0
_SECRET_PREFIX = "whsec_"
# What the specification allows for a symmetric key.
_SECRET_BYTES = range(24, 65)
# 408 request timeout, 425 too early, 429 too many requests: these and 5xx may pass.
_RETRYABLE = frozenset({408, 425, 429})


class Webhook:
    """POSTs the message's JSON, signed. Redirects are not followed; the response's body is not read.

    Args:
        name: the endpoint's name.
        url: where to; never logged, it may hold a token.
        secrets: `whsec_` + base64 of 24 to 64 bytes, the current one first; while a key is being rotated the old one
            signs too. Empty: unsigned.
        session: its connector decides which addresses may be reached (private ones are to be refused there, after
            DNS); it must follow no redirects of its own and is closed by whoever made it.
        clock: now, in milliseconds.
        shape: the bytes to send of a stored body; the same for the same body, so that every try sends the same.

    Raises ConfigError: a secret is not of that form.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        secrets: Sequence[str],
        session: aiohttp.ClientSession,
        clock: Callable[[], int],
        timeout_s: float = _TIMEOUT_S,
        shape: Callable[[str], bytes] = str.encode,
    ) -> None:
        self._name = name
        self._url = url
        self._keys = [_key(name, secret) for secret in secrets]
        self._session = session
        self._clock = clock
        self._shape = shape
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    @property
    def name(self) -> str:
        return self._name

    async def send(self, message: OutboxMessage) -> Outcome:
        """As `Notifier.send`: 2xx is done; network errors, timeouts, 408, 425, 429, 5xx may pass; the rest is Final."""
        body = self._shape(message.body)
        try:
            async with self._session.post(
                self._url,
                data=body,
                headers=self._headers(message.id, body),
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                status = response.status
                retry_after = retry_after_of(response.headers.get("Retry-After", ""), self._clock())
        except aiohttp.InvalidURL as error:
            raise Final("bad_address") from error
        except TimeoutError as error:
            raise Retryable("timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Retryable(f"connection: {type(error).__name__}") from error
        if 200 <= status < 300:
            return Outcome(status, hashlib.sha256(body).hexdigest())
        if status in _RETRYABLE or status >= 500:
            raise Retryable(f"http_{status}", retry_after, status)
        raise Final(f"http_{status}", status)

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        # Ids hold series names, which may be in any script: percent-encoded, since a header is ASCII without controls.
        shown_id = quote(message_id, safe=":@#/+,;=!~*'()")
        timestamp = str(self._clock() // 1_000)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"bearwatch/{__version__}",
            "webhook-id": shown_id,
            "webhook-timestamp": timestamp,
        }
        if self._keys:
            signed = f"{shown_id}.{timestamp}.".encode() + body
            headers["webhook-signature"] = " ".join(f"v1,{_sign(key, signed)}" for key in self._keys)
        return headers


def _sign(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _key(name: str, secret: str) -> bytes:
    encoded = secret.removeprefix(_SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError(f"webhook {name}: the secret is no base64") from error
    if not secret.startswith(_SECRET_PREFIX) or len(key) not in _SECRET_BYTES:
        raise ConfigError(
            f"webhook {name}: the secret must be {_SECRET_PREFIX} and the base64 of 24 to 64 bytes, "
            f"e.g. from: echo whsec_$(head -c 32 /dev/urandom | base64)"
        )
    return key
