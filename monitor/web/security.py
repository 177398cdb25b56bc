"""What every answer carries and every request must pass, whatever its route.

A page that shows strangers' text on a desk's network stands on three things: no script but our own runs
(Content-Security-Policy, W3C CSP3), no foreign name reaches us by DNS rebinding (the Host allow-list), and no other
site's page may make a browser read or hold our resources (fetch metadata, W3C).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages that one comes to by a link in a message, with a form that answers an alert (`web.answers`).
LINKED = "/answer/"
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
_RAW_LINKED_HEADERS = _raw({**SECURITY_HEADERS, "content-security-policy": LINKED_POLICY})


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
    """ASGI middleware: refuses foreign hosts (421) and other sites' requests (403), adds the headers to every answer.

    Args:
        hosts: names allowed in the Host header beside the local ones, without port; IPv6 in brackets.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host_name(host) for host in (*LOCAL_HOSTS, *hosts)) - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        guarding = _RAW_LINKED_HEADERS if scope["path"].startswith(LINKED) else _RAW_HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *guarding]
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_guarded)
            return
        status, line = refusal
        body = line.encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send_guarded({"type": "http.response.start", "status": status, "headers": headers})
        await send_guarded({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1 or host_name(given[0]) not in self._hosts:
            return 421, "this Host is not served here: add it to web.hosts\n"
        # Links from elsewhere may open the page itself and the form of an answer, as a page of its own; nothing else is
        # for other sites' pages, least of all sending that form. Clients that are no browsers send no such header.
        headers = dict(scope["headers"])
        foreign = {value for name, value in scope["headers"] if name == b"sec-fetch-site"} & {
            b"cross-site",
            b"same-site",
        }
        opened = (
            scope["path"].startswith(LINKED)
            and scope["method"] in ("GET", "HEAD")
            and headers.get(b"sec-fetch-mode") == b"navigate"
        )
        if foreign and scope["path"] != "/" and not opened:
            return 403, "requests from other sites are refused\n"
        return None
