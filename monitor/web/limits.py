"""How much one client, and all of them together, may ask of the server: counts, times and rates, each with its reason.

Clients are told apart by address. Behind a proxy all are one: the limits of one client are therefore large enough for
a desk, and the proxy is who keeps its own clients apart.
"""

from __future__ import annotations

import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

# Told why a request or a connection was turned away: one of `telemetry.http_metrics.REASONS`.
# Of a request line with its headers; the longest of ours, a signed link, has under 1 KiB.
HEAD_BYTES = 16 * 1024
Refused = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one server.

    Attributes:
        connections, connections_each: open at a time, in all and of one client. A page holds two to seven.
        head_s: from a connection's start, or the first byte of a further request, to the end of its headers.
        body_s: from there to the end of the body, whoever reads it.
        write_s: for which a client may take nothing of what is sent to it.
        rate, burst: requests a second of one client. A page asks once a second at most, and 15 times at its opening;
            100 a second cost a tenth of one core, which the watch can spare.
        handshake_s: of TLS.
    """

    connections: int = 512
    connections_each: int = 256
    head_s: float = 10.0
    body_s: float = 30.0
    write_s: float = 30.0
    rate: float = 100.0
    burst: int = 200
    handshake_s: float = 10.0


def client_key(address: str) -> str:
    """Who counts as one client: an IPv4 address, or the /64 of an IPv6 one, which one machine may fill.

    >>> client_key("192.0.2.7"), client_key("2001:db8::7"), client_key("")
    ('192.0.2.7', '2001:db8::', '')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:40]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(found) >> 64 << 64))


class Buckets:
    """A token bucket for each client: `burst` at once, `rate` a second after that.

    Only so many clients are remembered; one that is forgotten begins with a full bucket.
    """

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic, remembered: int = 4_096
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._remembered = remembered
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Seconds until the client may take one; 0.0 where it may now."""
        level, _ = self._now(client)
        return max(0.0, (1.0 - level) / self._rate)

    def take(self, client: str) -> float:
        """Takes one, on credit where there is none; seconds until the debt is paid, 0.0 where there is none."""
        level, now = self._now(client)
        self._levels[client] = (level - 1.0, now)
        self._levels.move_to_end(client)
        if len(self._levels) > self._remembered:
            self._levels.popitem(last=False)
        return max(0.0, (1.0 - level) / self._rate)

    def _now(self, client: str) -> tuple[float, float]:
        now = self._clock()
        level, at = self._levels.get(client, (float(self._burst), now))
        return min(float(self._burst), level + (now - at) * self._rate), now


class Door:
    """Counts the connections that are open, and each client's requests; for one server and one event loop."""

    def __init__(self, limits: Limits, refused: Refused, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.refused = refused
        self.requests = Buckets(limits.rate, limits.burst, clock)
        self._open: Counter[str] = Counter()
        self._in_all = 0

    def enter(self, client: str) -> bool:
        """Whether a further connection may be held; then `leave` must be called at its end."""
        if self._in_all >= self.limits.connections or self._open[client] >= self.limits.connections_each:
            self.refused("connections")
            return False
        self._open[client] += 1
        self._in_all += 1
        return True

    def leave(self, client: str) -> None:
        """One of its connections has ended."""
        self._in_all -= 1
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]
