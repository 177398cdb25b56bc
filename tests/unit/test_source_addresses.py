"""No request leaves for a private address: the rule, row by row, and through real sockets."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from monitor.errors import FetchError
from monitor.sources.addresses import public_connector, refusal_of_ip, refusal_of_url
from monitor.sources.fetch import Fetcher
from tests.fakes_source import ManualClock, feed_server, rss_page

REFUSED = [
    ("http://127.0.0.1/", "loopback"),
    ("http://127.255.255.254/", "loopback"),
    ("http://127.1/", "numeric host"),
    ("http://0.0.0.0/", "unspecified"),
    ("http://0/", "numeric host"),
    ("http://10.0.0.1/", "private"),
    ("http://172.16.0.1/", "private"),
    ("http://172.31.255.255/", "private"),
    ("http://192.168.1.1/", "private"),
    ("http://100.64.0.1/", "carrier-grade NAT"),
    ("http://100.127.255.255/", "carrier-grade NAT"),
    ("http://169.254.169.254/latest/meta-data/", "link-local"),
    ("http://192.0.0.192/", "IETF protocol"),
    ("http://192.0.2.1/", "documentation"),
    ("http://192.88.99.1/", "6to4 relay"),
    ("http://198.18.0.1/", "benchmarking"),
    ("http://198.19.255.255/", "benchmarking"),
    ("http://198.51.100.7/", "documentation"),
    ("http://203.0.113.9/", "documentation"),
    ("http://224.0.0.1/", "multicast"),
    ("http://239.255.255.250/", "multicast"),
    ("http://240.0.0.1/", "reserved"),
    ("http://255.255.255.255/", "reserved"),
    ("http://2130706433/", "numeric host"),
    ("http://017700000001/", "numeric host"),
    ("http://0x7f000001/", "numeric host"),
    ("http://0x7f.0.0.1/", "numeric host"),
    ("http://0177.0.0.1/", "numeric host"),
    ("http://127.0.0.1./", "numeric host"),
    ("http://127.0.0.0x1/", "numeric host"),
    ("http://example.com.0x7f000001/", "numeric host"),
    ("http://１２７.0.0.1/", "loopback"),
    ("http://127。0。0。1/", "loopback"),
    ("http://ⓛocalhost/", "local name"),
    ("http://localhost/", "local name"),
    ("http://LOCALHOST./", "local name"),
    ("http://a.localhost/", "local name"),
    ("http://printer.local/", "local name"),
    ("http://metadata.google.internal/", "local name"),
    ("http://[::1]/", "loopback"),
    ("http://[::]/", "unspecified"),
    ("http://[0:0:0:0:0:ffff:7f00:1]/", "loopback"),
    ("http://[::ffff:127.0.0.1]/", "loopback"),
    ("http://[::ffff:10.1.2.3]/", "private"),
    ("http://[::ffff:169.254.169.254]/", "link-local"),
    ("http://[::127.0.0.1]/", "IPv4-compatible"),
    ("http://[::8.8.8.8]/", "IPv4-compatible"),
    ("http://[64:ff9b::7f00:1]/", "loopback"),
    ("http://[64:ff9b::10.0.0.1]/", "private"),
    ("http://[64:ff9b:1::1]/", "local NAT64"),
    ("http://[2002:7f00:1::]/", "6to4"),
    ("http://[2002:808:808::1]/", "6to4"),
    ("http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "Teredo"),
    ("http://[2001:db8::1]/", "documentation"),
    ("http://[3fff::1]/", "documentation"),
    ("http://[fc00::1]/", "unique local"),
    ("http://[fd12:3456::1]/", "unique local"),
    ("http://[fe80::1]/", "link-local"),
    ("http://[fe80::1%25eth0]/", "scoped"),
    ("http://[fec0::1]/", "site-local"),
    ("http://[ff02::1]/", "multicast"),
    ("http://[100::1]/", "discard"),
    ("http://[4000::1]/", "not global unicast"),
    ("http://example.com@127.0.0.1/", "user information"),
    ("http://127.0.0.1@example.com/", "user information"),
    ("http://:@example.com/", "user information"),
    ("http://example.com\\@127.0.0.1/", "not an address"),
    ("http://127.0.0.1%00.example.com/", "malformed host"),
    ("http://exa mple.com/", "malformed host"),
    ("http://example..com/", "malformed host"),
    ("http://example.com../", "malformed host"),
    ("http:///path", "no host"),
    ("http://example.com:0/", "no host"),
    ("http://[::1/", "not an address"),
    ("file:///etc/passwd", "not http or https"),
    ("gopher://example.com/", "not http or https"),
    ("ftp://example.com/", "not http or https"),
    ("//example.com/", "not http or https"),
    ("", "not http or https"),
]
TAKEN = [
    "http://example.com/",
    "https://example.com./rss",
    "https://münchen.example/feed",
    "http://8.8.8.8/",
    "http://1.1.1.1:8080/",
    "http://100.63.255.255/",
    "http://172.15.0.1/",
    "http://172.32.0.1/",
    "http://192.0.1.1/",
    "http://198.20.0.1/",
    "http://223.255.255.255/",
    "http://[2606:4700:4700::1111]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[64:ff9b::808:808]/",
    "http://3com.example/",
    "http://local.example/",
]


@pytest.mark.parametrize(("url", "why"), REFUSED)
def test_an_address_that_is_not_public_is_refused(url: str, why: str) -> None:
    assert refusal_of_url(url) == why


@pytest.mark.parametrize("url", TAKEN)
def test_a_public_address_is_taken(url: str) -> None:
    assert refusal_of_url(url) == ""


def test_user_information_is_for_configured_addresses_only_and_changes_no_verdict() -> None:
    assert refusal_of_url("http://me:pw@example.com/", user_info=True) == ""
    assert refusal_of_url("http://me:pw@10.0.0.1/", user_info=True) == "private"


@pytest.mark.parametrize("garbage", ["", "localhost", "1.2.3", "::g", "127.0.0.1/8"])
def test_what_is_no_address_is_refused(garbage: str) -> None:
    assert refusal_of_ip(garbage) == "not an address"


class ScriptedResolver(AbstractResolver):
    """Answers each question with the next of the scripted addresses, for ever the last."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        address = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def refused_by_fetcher(url: str, *answers: str) -> str:
    """The refusal's detail, after making sure that the canary server behind PORT saw nothing."""

    async def scenario() -> str:
        async with feed_server() as canary:
            canary.pages["/"] = rss_page()
            resolver = ScriptedResolver(*answers) if answers else None
            async with Fetcher("t/1", ManualClock(), resolver=resolver, total_seconds=5) as fetcher:
                with pytest.raises(FetchError) as caught:
                    await fetcher.fetch(url.replace("PORT", str(canary.port)))
            assert caught.value.reason == "refused_address"
            assert canary.requests == []
            return caught.value.detail

    return asyncio.run(scenario())


def test_literal_loopback_is_never_connected_to() -> None:
    assert "loopback" in refused_by_fetcher("http://127.0.0.1:PORT/")
    assert "loopback" in refused_by_fetcher("http://[::ffff:127.0.0.1]:PORT/")
    assert "numeric" in refused_by_fetcher("http://2130706433:PORT/")


def test_a_name_that_resolves_to_loopback_is_never_connected_to() -> None:
    assert "loopback" in refused_by_fetcher("http://news.example:PORT/", "127.0.0.1")
    assert "loopback" in refused_by_fetcher("http://news.example:PORT/", "::ffff:127.0.0.1")


def test_a_name_of_which_one_address_is_private_is_refused_whole() -> None:
    class Mixed(ScriptedResolver):
        async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
            return [
                *await ScriptedResolver("8.8.8.8").resolve(host, port),
                *await ScriptedResolver("10.0.0.1").resolve(host, port),
            ]

    async def scenario() -> None:
        async with Fetcher("t/1", ManualClock(), resolver=Mixed("")) as fetcher:
            with pytest.raises(FetchError, match=r"10\.0\.0\.1"):
                await fetcher.fetch("http://news.example/")

    asyncio.run(scenario())


def test_the_connector_alone_refuses_a_literal_address_for_which_no_resolver_is_asked() -> None:
    async def scenario() -> None:
        async with feed_server() as canary:
            connector = public_connector(limit=1, limit_per_host=1)
            async with aiohttp.ClientSession(connector=connector) as session:
                with pytest.raises(aiohttp.ClientConnectorError, match="loopback"):
                    await session.get(URL(canary.url("/")))
            assert canary.requests == []

    asyncio.run(scenario())


def test_a_redirect_to_a_private_address_is_refused_even_when_the_first_host_was_allowed() -> None:
    async def scenario() -> None:
        from aiohttp import web

        async with feed_server() as feeds, feed_server(host="127.0.0.2") as canary:
            targets = [
                f"http://127.0.0.2:{canary.port}/",
                f"http://user@127.0.0.2:{canary.port}/",
                f"//127.0.0.2:{canary.port}/",
                f"http://0x7f.2:{canary.port}/",
                f"http://[::ffff:127.0.0.2]:{canary.port}/",
            ]
            for i, target in enumerate(targets):

                async def redirect(request: web.Request, target: str = target) -> web.Response:
                    return web.Response(status=302, headers={"Location": target})

                feeds.pages[f"/{i}"] = redirect
            async with Fetcher("t/1", ManualClock(), allow_hosts=["127.0.0.1"]) as fetcher:
                for i in range(len(targets)):
                    with pytest.raises(FetchError) as caught:
                        await fetcher.fetch(feeds.url(f"/{i}"))
                    assert caught.value.reason == "refused_address"
            assert canary.requests == []
            assert len(feeds.requests) == len(targets)

    asyncio.run(scenario())


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with feed_server() as proxy, feed_server() as feeds:
            monkeypatch.setenv("http_proxy", proxy.url("/"))
            monkeypatch.setenv("HTTP_PROXY", proxy.url("/"))
            monkeypatch.delenv("no_proxy", raising=False)
            feeds.pages["/rss"] = rss_page()
            async with Fetcher("t/1", ManualClock(), allow_hosts=["127.0.0.1"]) as fetcher:
                assert (await fetcher.fetch(feeds.url("/rss"))).status == 200
            assert proxy.requests == []

    asyncio.run(scenario())
