"""Fetches feeds with the manners of a good client and the mistrust of a careful one.

Conditional GET (RFC 9110, 13), redirects followed by us so that each hop is judged, at most 5 MiB decoded, 20 s and a
few connections a host; private addresses refused (`addresses`), proxy settings of the environment ignored.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from yarl import URL

from monitor.errors import FetchError
from monitor.sources.addresses import RefusedAddress, host_of, public_connector, refusal_of_url
from monitor.sources.content_encoding import BodyDecoder
from monitor.sources.protocol import masked_address
from monitor.sources.schedule import freshness_ms, header_value, retry_after_ms

MAX_BODY_BYTES = 5 << 20
TOTAL_SECONDS = 20.0
MAX_REDIRECTS = 5
PER_HOST = 2  # connections at a time: what a polite reader opens
_ALL_HOSTS = 16
_HEADER_BYTES = 8_190
_MAX_HEADERS = 128
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json;q=0.9, text/xml;q=0.8, */*;q=0.1"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of 200 or 304.

    Attributes:
        body: decoded bytes, b"" for a 304.
        etag, last_modified: verbatim, "" where the server sent none.
        fresh_ms: how long it is fresh.
        moved: the address to use from now on when a chain of permanent redirects led here, else "".
    """

    status: int
    body: bytes
    content_type: str
    etag: str
    last_modified: str
    fresh_ms: int
    moved: str


class StatusError(FetchError):
    """The server answered with an error; reason `http_<status>`.

    Attributes:
        retry_after: ms from now that a 429 or 503 asks for, else 0.
    """

    def __init__(self, status: int, retry_after: int) -> None:
        super().__init__(f"http_{status}", f"the server answered {status}")
        self.status = status
        self.retry_after = retry_after


class FeedFetcher(Protocol):
    """What `RssSource` needs of a fetcher."""

    async def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Fetched: ...


class Fetcher:
    """Conditional GET of feeds. Use as an async context manager or call `close`; makes its sessions on first use.

    Args:
        user_agent: should name the product and a contact address.
        allow_hosts: host names (or literal addresses) that may be private, for feeds inside the user's own network.
            They are honoured in configured addresses, and in redirects only from one such host to another.
        clock: ms UTC, for Retry-After and Expires.
        resolver: another DNS resolver, for tests.
    """

    def __init__(
        self,
        user_agent: str,
        clock: Callable[[], int],
        *,
        allow_hosts: Collection[str] = (),
        per_host: int = PER_HOST,
        max_bytes: int = MAX_BODY_BYTES,
        total_seconds: float = TOTAL_SECONDS,
        resolver: aiohttp.abc.AbstractResolver | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._clock = clock
        self._allowed = frozenset(host_of(host) for host in allow_hosts)
        self._per_host = per_host
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds
        self._resolver = resolver
        self._public: aiohttp.ClientSession | None = None
        self._trusted: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes every connection. Idempotent."""
        sessions = [session for session in (self._public, self._trusted) if session is not None]
        self._public = self._trusted = None
        for session in sessions:
            await session.close()

    async def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Fetched:
        """One conditional GET, redirects included, within the time limit.

        Raises:
            StatusError: the server answered neither 200 nor 304.
            FetchError: `refused_address`, `timeout`, `too_large`, `redirects`, `dns`, `connect`, `tls`, `protocol`,
                `encoding`.
        """
        try:
            async with asyncio.timeout(self._total_seconds):
                return await self._follow(url, etag, last_modified)
        except TimeoutError as error:
            raise FetchError("timeout", f"no complete answer within {self._total_seconds:g} s") from error

    async def _follow(self, url: str, etag: str, last_modified: str) -> Fetched:
        headers = {"If-None-Match": etag} if etag else {}
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        here, trusted, permanent, own_user_info = url, True, True, True
        for hop in range(MAX_REDIRECTS + 1):
            trusted = trusted and host_of(here) in self._allowed
            if not trusted and (why := refusal_of_url(here, user_info=own_user_info)):
                raise FetchError("refused_address", f"{masked_address(here)} is refused: {why}")
            async with self._get(here, trusted, headers) as answer:
                if answer.status not in _REDIRECTS:
                    moved = here if hop and permanent else ""
                    return await self._read(answer, moved)
                permanent = permanent and answer.status in _PERMANENT
                location = answer.headers.get("Location", "")
            target = _redirect_target(here, location)
            # A relative Location keeps the user information that the user configured; one of its own is a trick.
            own_user_info = own_user_info and not URL(location).absolute
            # An address that leaves TLS is followed this once but not remembered.
            permanent = permanent and not (here.startswith("https:") and target.startswith("http:"))
            here = target
        raise FetchError("redirects", f"more than {MAX_REDIRECTS} redirects")

    @asynccontextmanager
    async def _get(self, url: str, trusted: bool, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer's head; what aiohttp raises, while it is read too, becomes a FetchError."""
        try:
            async with self._session(trusted).get(
                URL(url, encoded=False), headers=headers, allow_redirects=False
            ) as answer:
                yield answer
        except aiohttp.ClientConnectorDNSError as error:
            raise _connection_error(error, "dns") from error
        except (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch) as error:
            raise FetchError("tls", _line(error)) from error
        except (aiohttp.ClientConnectorError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise _connection_error(error, "connect") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise FetchError("protocol", _line(error)) from error

    def _session(self, trusted: bool) -> aiohttp.ClientSession:
        if trusted:
            if self._trusted is None:
                connector = aiohttp.TCPConnector(
                    limit=_ALL_HOSTS,
                    limit_per_host=self._per_host,
                    resolver=self._resolver or aiohttp.ThreadedResolver(),
                )
                self._trusted = self._new_session(connector)
            return self._trusted
        if self._public is None:
            self._public = self._new_session(
                public_connector(limit=_ALL_HOSTS, limit_per_host=self._per_host, resolver=self._resolver)
            )
        return self._public

    def _new_session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": self._user_agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._total_seconds),
            auto_decompress=False,  # we count the decoded bytes as they come: see `BodyDecoder`
            trust_env=False,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
            max_headers=_MAX_HEADERS,
        )

    async def _read(self, answer: aiohttp.ClientResponse, moved: str) -> Fetched:
        now = self._clock()
        if answer.status not in (200, 304):
            asked = retry_after_ms(answer.headers.get("Retry-After"), now) if answer.status in (429, 503) else 0
            raise StatusError(answer.status, asked)
        body = b"" if answer.status == 304 else await self._body(answer)
        return Fetched(
            status=answer.status,
            body=body,
            content_type=answer.headers.get("Content-Type", ""),
            etag=header_value(answer.headers.get("ETag")),
            last_modified=header_value(answer.headers.get("Last-Modified")),
            fresh_ms=freshness_ms(answer.headers, now),
            moved=moved,
        )

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        announced = answer.content_length or 0
        if announced > self._max_bytes:
            raise FetchError("too_large", f"{announced} bytes announced, at most {self._max_bytes} are read")
        decoder = BodyDecoder(answer.headers.get("Content-Encoding", ""), self._max_bytes)
        async for chunk in answer.content.iter_chunked(1 << 16):
            decoder.feed(chunk)
        return decoder.finish()


def _redirect_target(here: str, location: str) -> str:
    if not location or len(location) > 4_000:
        raise FetchError("redirects", "a redirect without a usable Location")
    try:
        # Fragments are for browsers; the joined address is judged before it is used.
        return str(URL(here).join(URL(location)).with_fragment(None))
    except ValueError as error:
        raise FetchError("redirects", f"a redirect to no address: {_line(error)}") from error


def _connection_error(error: Exception, reason: str) -> FetchError:
    cause = getattr(error, "os_error", error)
    if isinstance(cause, RefusedAddress):
        return FetchError("refused_address", cause.strerror or "refused")
    return FetchError("dns" if isinstance(cause, socket.gaierror) else reason, _line(error))


def _line(error: BaseException) -> str:
    """One line about an error, without the address, which may hold a secret and which aiohttp likes to quote."""
    text = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    if isinstance(error, aiohttp.InvalidURL):
        text = "not an address"
    return (" ".join(text.split()) or type(error).__name__)[:200]
