"""Which network addresses may be connected to: public ones, unless a host is allowed by name.

`refusal_of_url` and `refusal_of_ip` are pure. `connector` makes them bind where it counts: the resolver refuses after
DNS, and the socket factory refuses the very address that is about to be connected to, so that neither a literal
address (for which aiohttp asks no resolver) nor a name that changes its answer gets past (DNS rebinding).
The list follows the IANA special-purpose registries (RFC 6890 and its updates).
"""

from __future__ import annotations

import re
import socket
from errno import EACCES
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_REFUSED_V4 = tuple(
    (IPv4Network(net), why)
    for net, why in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "IETF protocol"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_REFUSED_V6 = tuple(
    (IPv6Network(net), why)
    for net, why in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "IETF protocol"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_V6 = IPv6Network("2000::/3")
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa", "lan")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")  # yarl has made A-labels of international names
_NUMERIC_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_DOTTED_QUAD = re.compile(r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}")


class RefusedAddress(OSError):
    """An address that must not be connected to; an OSError, so that aiohttp treats it as a failed connection."""


def refusal_of_ip(address: IPv4Address | IPv6Address | str) -> str:
    """Why the address is refused, or "" for a public one.

    IPv4-mapped and NAT64 (RFC 6052) addresses are judged by the IPv4 address inside, since a host on an IPv6-only
    network reaches every IPv4 site through the latter. IPv4-compatible, 6to4 and Teredo addresses are refused
    whatever they embed: no server of today lives there, and a relay would unwrap them past this check.

    >>> refusal_of_ip("::ffff:10.0.0.1"), refusal_of_ip("64:ff9b::808:808")
    ('private', '')
    """
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except ValueError:
            return "not an address"
    if isinstance(address, IPv4Address):
        return next((why for net, why in _REFUSED_V4 if address in net), "")
    if address.scope_id is not None:
        return "scoped"
    if address in _MAPPED or address in _NAT64:
        return refusal_of_ip(IPv4Address(int(address) & 0xFFFFFFFF))
    found = next((why for net, why in _REFUSED_V6 if address in net), "")
    return found or ("" if address in _GLOBAL_V6 else "not global unicast")


def refusal_of_url(url: URL | str, *, user_info: bool = False) -> str:
    """Why no request may be made to this address, judged before DNS, or "".

    Args:
        user_info: whether `user:password@` is allowed: yes for what the user configured, never in a redirect.

    >>> refusal_of_url("http://0x7f.1/"), refusal_of_url("http://example.com@127.0.0.1/")
    ('numeric host', 'user information')
    """
    try:
        url = URL(url)
        host = (url.raw_host or "").lower()
        port = url.port
    except (ValueError, UnicodeError):
        return "not an address"
    if url.scheme not in ("http", "https"):
        return "not http or https"
    if (url.raw_user is not None or url.raw_password is not None) and not user_info:
        return "user information"
    if not host or port == 0:
        return "no host"
    if ":" in host or _DOTTED_QUAD.fullmatch(host):
        return refusal_of_ip(host)
    return _refusal_of_name(host)


def _refusal_of_name(host: str) -> str:
    name = host.removesuffix(".")
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > 253:
        return "malformed host"
    # The C library reads 2130706433, 0x7f.1 and 0177.0.0.1 as addresses; so does a browser when the last label is a
    # number (WHATWG URL, "ends in a number"). No registered name ends so.
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        return "numeric host"
    if any(name == local or name.endswith("." + local) for local in _LOCAL_NAMES):
        return "local name"
    return ""


def host_of(address: str) -> str:
    """The host of an address, or the bare host given, in one spelling.

    >>> host_of("https://Feeds.Example./x"), host_of("[::1]"), host_of("nas.lan")
    ('feeds.example', '::1', 'nas.lan')
    """
    try:
        host = (URL(address) if "://" in address else URL.build(scheme="http", host=address.strip("[]"))).raw_host
    except ValueError:
        return address
    return (host or address).lower().removesuffix(".")


class PublicResolver(AbstractResolver):
    """Resolves through `inner` and refuses a name of which any address is not public."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises RefusedAddress, or OSError where the name does not resolve."""
        found = await self._inner.resolve(host, port, family)
        for result in found:
            if why := refusal_of_ip(result["host"]):
                raise RefusedAddress(EACCES, f"{host} resolves to {result['host']} ({why})")
        return found

    async def close(self) -> None:
        await self._inner.close()


def public_socket(addr_info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
    """The socket factory for outward connections: the last check, on the address itself.

    Raises:
        RefusedAddress: it is not public.
    """
    family, kind, protocol, _, target = addr_info
    if why := refusal_of_ip(str(target[0])):
        raise RefusedAddress(EACCES, f"{target[0]} is refused ({why})")
    return socket.socket(family=family, type=kind, proto=protocol)


def public_connector(
    *, limit: int, limit_per_host: int, resolver: AbstractResolver | None = None
) -> aiohttp.TCPConnector:
    """A connector that reaches public addresses only; must be made inside a running event loop."""
    return aiohttp.TCPConnector(
        limit=limit,
        limit_per_host=limit_per_host,
        resolver=PublicResolver(resolver if resolver is not None else aiohttp.ThreadedResolver()),
        socket_factory=public_socket,
    )
