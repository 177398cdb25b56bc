"""What every answer carries and every request must pass, whatever its route.

A page that shows strangers' text on a desk's network stands on three things: no script but our own runs
(Content-Security-Policy, W3C CSP3), no foreign name reaches us by DNS rebinding (the Host allow-list), and no other
site's page may make a browser read or hold our resources (fetch metadata, W3C), or write with the token that the
browser sends along (fetch metadata, and Origin where a browser does not send it).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.limits import HEAD_BYTES, Refused

# Pages that one comes to by a link in a message, with a form that answers an alert (`web.answers`).
LINKED = "/answer/"
EVENTS = "/api/v1/events"  # the one answer that does not end
# A body may take 20 s to come and 10 s to be committed: what has not ended by then waits for something else.
REQUEST_SECONDS = 45.0
_SAFE = {"GET", "HEAD", "OPTIONS"}
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        # Not even our own script may hand a string to a sink that would parse it as markup.
        "require-trusted-types-for 'script'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
# The same, but for the one form that there is: it may be sent to where it came from.
LINKED_POLICY = CONTENT_SECURITY_POLICY.replace("form-action 'none'", "form-action 'self'")


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


_RAW_HEADERS = _raw(SECURITY_HEADERS)
# A form of a page without referrers comes with `Origin: null` (Fetch, 3.1), which would be nobody's.
LINKED_HEADERS = {**SECURITY_HEADERS, "content-security-policy": LINKED_POLICY, "referrer-policy": "same-origin"}
_RAW_LINKED_HEADERS = _raw(LINKED_HEADERS)


def host_name(host: str) -> str:
    """The name in a Host header without its port, lower case; "" where it is no such thing.

    >>> host_name("LOCALHOST:8080"), host_name("[::1]:80"), host_name("a:b@c")
    ('localhost', '[::1]', '')
    """
    host = host.strip().lower()
    if host.startswith("["):
        name, closed, port = host.partition("]")
        name, port = name + closed, port.removeprefix(":")
    else:
        name, _, port = host.partition(":")
    return name.rstrip(".") if not port or port.isdecimal() else ""


class Guard:
    """ASGI middleware: what is refused before any route is looked for, the headers of every answer, and an end to each.

    Refused are foreign hosts (421), other sites' requests (403), and what no route answers in time (503).

    Args:
        hosts: names allowed in the Host header beside the local ones, IPv6 in brackets. With the port where it is not
            the usual one: a name and port are an origin that may write.
        refused: told why, one of `http_metrics.REASONS`.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str] = (),
        refused: Refused = lambda reason: None,
    ) -> None:
        self._app = app
        given = [host.strip().lower() for host in hosts]
        self._hosts = frozenset(host_name(host) for host in (*LOCAL_HOSTS, *given)) - {""}
        self._origins = frozenset(given)
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        guarding = _RAW_LINKED_HEADERS if scope["path"].startswith(LINKED) else _RAW_HEADERS
        began = False

        async def send_guarded(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                message["headers"] = [*message.get("headers", ()), *guarding]
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await self._refuse(send_guarded, *refusal)
            return
        try:
            async with asyncio.timeout(None if scope["path"] == EVENTS else REQUEST_SECONDS):
                await self._app(scope, receive, send_guarded)
        except TimeoutError:
            if began:
                raise
            await self._refuse(send_guarded, "timeout", 503, "this took too long: try again later")

    async def _refuse(self, send: Send, reason: str, status: int, line: str) -> None:
        self._refused(reason)
        body = json.dumps({"detail": line}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> tuple[str, int, str] | None:
        size = len(scope["raw_path"]) + len(scope["query_string"])
        if size + sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
            return "size", 431, f"a request has {HEAD_BYTES} bytes before its body at most"
        given = _values(scope, b"host")
        if len(given) != 1 or host_name(given[0]) not in self._hosts:
            return "host", 421, "this Host is not served here: add it to web.allowed_hosts"
        # Links from elsewhere may open the page itself and the form of an answer, as a page of its own; nothing else is
        # for other sites' pages, least of all sending that form. Clients that are no browsers send no such header.
        sites = _values(scope, b"sec-fetch-site")
        opened = (
            scope["path"].startswith(LINKED)
            and scope["method"] in ("GET", "HEAD")
            and _values(scope, b"sec-fetch-mode") == ["navigate"]
        )
        foreign = bool({"cross-site", "same-site"} & set(sites)) and scope["path"] != "/" and not opened
        if not sites and scope["method"] not in _SAFE:
            # A browser that is old, or has come over plain HTTP; it sends the page's origin with whatever may write.
            foreign = not all(self._ours(origin, given[0]) for origin in _values(scope, b"origin"))
        return ("site", 403, "requests from other sites are refused") if foreign else None

    def _ours(self, origin: str, host: str) -> bool:
        # A proxy may have put its own name for us into Host: `hosts` then holds the one that the browser knows.
        try:
            where = urlsplit(origin.lower()).netloc
        except ValueError:
            return False
        return bool(where) and (where == host.strip().lower() or where in self._origins)


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for given, value in scope["headers"] if given == name]
