"""An address that leads into the own network is not connected to, however it is written and whoever connects.

RELIABILITY S1, each address of the table by every way that leads there, for every sender that speaks HTTP, against a
port that really listens on all local addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, ip_address
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from monitor.alerts.alertmanager import Alertmanager
from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.chat.webhook import ChatWebhook
from monitor.alerts.protocol import DeliveryError, Final, Retryable
from monitor.alerts.standing_payload import Style
from monitor.alerts.webhook import Webhook
from monitor.endpoints import outgoing_session
from monitor.errors import FetchError
from monitor.sources.fetch import Fetcher
from tests.fakes_notifier import Message
from tests.fakes_source import feed_server

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="
FOUR = (
    *("127.0.0.1", "127.8.8.8", "127.255.255.254", "0.0.0.0", "10.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.127.255.255", "192.0.0.192", "192.0.2.1"),
    *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
)
SIX = (
    *(
        "::1",
        "::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "100::1",
        "64:ff9b:1::1",
        "2001:db8::1",
    ),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:7f00:1::", "3fff::1", "5f00::1", "4000::1"),
)
# What the C library or a browser takes for an address, and names that are answered inside.
SPELT = (
    *("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "127.1", "127.0.1", "0"),
    *("127.0.0.1.", "127.0.0.0x1", "１２７.0.0.1", "127。0。0。1", "localhost", "LOCALHOST"),
)
# By whatever serves the machine's names.
NAMES_INSIDE = (
    *("a.localhost", "printer.local", "metadata.google.internal", "router.lan", "nas.home.arpa", "localhost."),
    *("example.com.0x7f000001", "news.example"),
)


def embedded(four: str) -> list[str]:
    """The IPv6 forms that hold an IPv4 address: mapped, compatible, translated (RFC 6052), 6to4."""
    bits = int(IPv4Address(four))
    return [f"::ffff:{four}", f"::{four}", f"64:ff9b::{four}", f"2002:{bits >> 16:x}:{bits & 0xFFFF:x}::1"]


LITERALS = [*FOUR, *SIX, *(form for four in FOUR for form in embedded(four))]
HOSTS = [*(f"[{a}]" if ":" in a else a for a in LITERALS), *SPELT, *NAMES_INSIDE]
ALLOWED = "127.0.0.77"  # a host inside that the configuration names: what may be inside is not all that is
# Public, and in no route: 6bone's old space was given back in 2006.
NOWHERE = "3ffe::1"


@asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A port on every local address, and what those who connected to it asked for first."""
    caught: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.append(b"")  # who only connects counts too
        number = len(caught) - 1
        caught[number] = await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    four = await asyncio.start_server(take, "0.0.0.0", 0)
    port = four.sockets[0].getsockname()[1]
    six = await asyncio.start_server(take, "::", port)
    try:
        yield port, caught
    finally:
        for server in (four, six):
            server.close()
            await server.wait_closed()


class Dns:
    """What the machine's resolver answers, by name. The last answer stands for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {name: [["127.0.0.1"]] for name in NAMES_INSIDE}
        self.asked: Counter[str] = Counter()
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: Any, port: Any, *args: Any, **more: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self.answers:
            return self._real(host, port, *args, **more)
        self.asked[name] += 1
        answers = self.answers[name]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in (answers.pop(0) if len(answers) > 1 else answers[0])
        ]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Feeds:
    """A sender: `send` raises the sender's own error, `kind` says what it is."""

    @contextlib.asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[tuple[Callable[[], Awaitable[object]], aiohttp.ClientSession]]:
        async with Fetcher("t/1", now_ms, allow_hosts=[ALLOWED], total_seconds=3) as fetcher:
            yield lambda: fetcher.fetch(url), fetcher._session(False)

    def kind(self, error: Exception) -> str:
        assert isinstance(error, FetchError), error
        return "refused" if error.reason == "refused_address" else error.reason


class Endpoints(Feeds):
    """Endpoints of alerts over one session."""

    def __init__(self, make: Callable[[str, aiohttp.ClientSession], Callable[[], Awaitable[object]]]) -> None:
        self._make = make

    @contextlib.asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[tuple[Callable[[], Awaitable[object]], aiohttp.ClientSession]]:
        async with outgoing_session(url, [ALLOWED]) as session:
            yield self._make(url, session), session

    def kind(self, error: Exception) -> str:
        assert isinstance(error, DeliveryError), error
        # A name that was hijacked may be put right; half an address is none.
        if error.reason in ("private_address", "bad_address"):
            assert isinstance(error, Retryable if error.reason == "private_address" else Final)
            return "refused"
        return error.reason


MESSAGE = Message("m", body='{"id": "market@1#ab"}')


def webhook(url: str, session: aiohttp.ClientSession) -> Callable[[], Awaitable[object]]:
    hook = Webhook("desk", url, secrets=[SECRET], session=session, clock=now_ms, timeout_s=3)
    return lambda: hook.send(MESSAGE)


def chat(url: str, session: aiohttp.ClientSession) -> Callable[[], Awaitable[object]]:
    group = ChatWebhook("desk", url, FORMATS["slack"], session=session, clock=now_ms, timeout_s=3)
    return lambda: group.send(MESSAGE)


def alertmanager(url: str, session: aiohttp.ClientSession) -> Callable[[], Awaitable[object]]:
    instance = Alertmanager("am", url, session=session, clock=now_ms, style=Style(), timeout_s=3)
    return lambda: instance.post([])


SENDERS = {
    "feeds": Feeds(),
    "webhook": Endpoints(webhook),
    "chat": Endpoints(chat),
    "alertmanager": Endpoints(alertmanager),
}
REDIRECTS = itertools.cycle((301, 302, 303, 307, 308))


async def outcome(sender: Feeds, url: str) -> str:
    """How one attempt ended, `reached` where it came to an answer."""
    async with sender.open(url) as (send, _):
        try:
            await send()
        except (FetchError, DeliveryError) as error:
            return sender.kind(error)
        return "reached"


def in_loop(scenario: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        began = time.monotonic()
        await scenario()
        assert time.monotonic() - began < 120

    asyncio.run(run())


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dns]:
    yield Dns(monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", SENDERS)
def test_no_way_leads_to_an_address_inside(name: str, dns: Dns) -> None:
    sender, counts = SENDERS[name], Counter[str]()

    async def scenario() -> None:
        async with canary() as (port, caught), feed_server(ALLOWED) as named:

            async def redirect(request: web.Request) -> web.Response:
                return web.Response(status=next(REDIRECTS), headers={"Location": request.query["to"]})

            named.pages["/"] = named.pages["/api/v2/alerts"] = redirect
            for host in HOSTS:
                assert await outcome(sender, f"http://{host}:{port}/") == "refused", host
                counts["direct"] += 1
            for host in HOSTS:
                to = f"http://{host}:{port}/"
                found = await outcome(sender, str(URL(named.url("/", ALLOWED)).with_query(to=to)))
                # Feeds are redirected, and each hop is judged; an alert goes where the operator said.
                assert found == "refused" if name == "feeds" else found.startswith("http_"), (host, found)
                counts["redirect"] += 1
            for address in LITERALS:
                dns.answers["name.example"] = [[address]]
                assert await outcome(sender, f"http://name.example:{port}/") == "refused", address
                dns.answers["name.example"] = [[NOWHERE, address]]
                assert await outcome(sender, f"http://name.example:{port}/") == "refused", address
                counts["name"] += 2
            # At once: the public address of the first answer may take its whole time to fail.
            found = await asyncio.gather(*(rebound(sender, dns, address, port) for address in LITERALS))
            assert set(found) == {"refused"}
            counts["rebinding"] += len(found)
            assert caught == []
            assert len(named.requests) == counts["redirect"]

    in_loop(scenario)
    print(f"{name}: {len(HOSTS)} addresses, {dict(counts)}, 0 canary hits")
    assert len(HOSTS) >= 60 and min(counts.values()) >= 60


async def rebound(sender: Feeds, dns: Dns, address: str, port: int) -> str:
    """A name that is public when it is first asked for and leads inside from the second time on."""
    name = f"rebind{LITERALS.index(address)}.example"
    dns.answers[name] = [[NOWHERE], [address]]
    async with sender.open(f"http://{name}:{port}/") as (send, session):
        found = ""
        while dns.asked[name] < 2:  # a crowded machine may not come to ask in half a second
            with contextlib.suppress(TimeoutError):
                try:
                    # The first answer leads nowhere, in a time of its own; what comes of the second is waited for.
                    async with asyncio.timeout(10 if dns.asked[name] else 0.5):
                        await send()
                except (FetchError, DeliveryError) as error:
                    found = sender.kind(error)
            assert isinstance(session.connector, aiohttp.TCPConnector)
            session.connector.clear_dns_cache()  # as its ten seconds do
    assert dns.asked[name] == 2
    return found


@pytest.mark.slow
def test_without_the_refusals_the_canary_is_hit_by_dozens_of_these_addresses(dns: Dns) -> None:
    """What makes the above say something."""
    hits: list[str] = []

    async def scenario() -> None:
        async with canary() as (port, caught), aiohttp.ClientSession() as session:

            async def ask(number: int) -> None:
                with contextlib.suppress(aiohttp.ClientError, OSError, ValueError, TimeoutError):
                    async with asyncio.timeout(1), session.get(f"http://{HOSTS[number]}:{port}/{number}"):
                        pass

            await asyncio.gather(*map(ask, range(len(HOSTS))))
            hits.extend(HOSTS[int(line.split()[1][1:])] for line in caught if line)

    in_loop(scenario)
    print(f"{len(hits)} of {len(HOSTS)} reach this machine: {' '.join(hits)}")
    assert len(hits) >= 15


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize("host", [ALLOWED, "inside.example"])
def test_a_host_that_the_configuration_names_is_reached(name: str, host: str, dns: Dns) -> None:
    dns.answers["inside.example"] = [["127.0.0.1"]]

    async def scenario() -> None:
        async with canary() as (port, caught):
            url, sender = f"http://{host}:{port}/", SENDERS[name]
            async with Fetcher("t/1", now_ms, allow_hosts=[host]) as fetcher, outgoing_session(url, [host]) as session:
                send = (lambda: fetcher.fetch(url)) if name == "feeds" else sender._make(url, session)
                await send()
            assert len(caught) == 1

    in_loop(scenario)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "LocalHost."), ("[::1]", "::1"), ("[::1]", "[::1]")],
)
def test_an_endpoint_that_may_be_inside_is_reached(host: str, allowed: str) -> None:
    async def scenario() -> None:
        async with canary() as (port, caught), outgoing_session(url := f"http://{host}:{port}/", [allowed]) as session:
            await webhook(url, session)()
            assert len(caught) == 1

    in_loop(scenario)


def test_the_table_holds_literals_that_are_addresses() -> None:
    assert all(ip_address(address) for address in LITERALS) and len(set(HOSTS)) == len(HOSTS)
