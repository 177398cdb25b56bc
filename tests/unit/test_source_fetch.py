"""Fetching feeds over real sockets: conditional requests, redirects, caps, and what goes wrong by which name."""

from __future__ import annotations

import asyncio
import gzip
import os
import time
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from monitor.errors import FetchError
from monitor.records import HOUR_MS
from monitor.sources.fetch import MAX_BODY_BYTES, MAX_REDIRECTS, TOTAL_SECONDS, Fetched, Fetcher, StatusError
from tests.fakes_source import FeedServer, ManualClock, feed_server, rss_page

Scenario = Callable[[FeedServer, Fetcher], Awaitable[None]]


def with_server(scenario: Scenario, *, total_seconds: float = 10, max_bytes: int = MAX_BODY_BYTES) -> None:
    async def run() -> None:
        async with (
            feed_server() as server,
            Fetcher(
                "bearwatch-test/1 (+mailto:a@example.com)",
                ManualClock(),
                allow_hosts=["127.0.0.1"],
                total_seconds=total_seconds,
                max_bytes=max_bytes,
            ) as fetcher,
        ):
            await scenario(server, fetcher)

    asyncio.run(run())


def answering(status: int = 200, body: bytes = b"", **headers: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def failing(
    path: str, page: Callable[[web.Request], Awaitable[web.StreamResponse]] | None, **limits: float
) -> FetchError:
    caught: list[FetchError] = []

    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        if page is not None:
            server.pages[path] = page
        with pytest.raises(FetchError) as info:
            await fetcher.fetch(server.url(path))
        caught.append(info.value)

    with_server(scenario, **limits)  # type: ignore[arg-type]
    return caught[0]


def test_validators_go_back_verbatim_and_a_304_has_no_body() -> None:
    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        server.pages["/rss"] = rss_page(("A", ""))
        first = await fetcher.fetch(server.url("/rss"))
        assert (first.status, first.body[:4]) == (200, b"<rss")
        second = await fetcher.fetch(server.url("/rss"), first.etag, "not even a date")
        assert (second.status, second.body, second.etag) == (304, b"", first.etag)
        sent = server.requests[1][1]
        assert (sent["if-none-match"], sent["if-modified-since"]) == (first.etag, "not even a date")
        assert sent["user-agent"] == "bearwatch-test/1 (+mailto:a@example.com)"
        assert "if-none-match" not in server.requests[0][1]

    with_server(scenario)


def test_freshness_of_the_answer_is_read() -> None:
    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        server.pages["/rss"] = answering(body=b"<rss/>", Cache_Control="public, max-age=7200")
        assert (await fetcher.fetch(server.url("/rss"))).fresh_ms == 2 * HOUR_MS

    with_server(scenario)


REDIRECT_CHAINS = [
    ([301], True),
    ([308], True),
    ([301, 308, 301], True),
    ([302], False),
    ([307], False),
    ([303], False),
    ([301, 302], False),
    ([302, 301], False),
]


@pytest.mark.parametrize(("chain", "permanent"), REDIRECT_CHAINS)
def test_the_address_is_rewritten_when_the_whole_chain_is_permanent(chain: list[int], permanent: bool) -> None:
    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        for i, status in enumerate(chain):
            server.pages[f"/{i}"] = answering(status, Location=f"/{i + 1}#fragment")
        server.pages[f"/{len(chain)}"] = rss_page()
        found = await fetcher.fetch(server.url("/0"))
        assert found.moved == (server.url(f"/{len(chain)}") if permanent else "")

    with_server(scenario)


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        for i in range(MAX_REDIRECTS + 1):
            server.pages[f"/{i}"] = answering(302, Location=f"/{i + 1}")
        server.pages[f"/{MAX_REDIRECTS + 1}"] = rss_page()
        assert (await fetcher.fetch(server.url("/1"))).status == 200
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(server.url("/0"))
        assert caught.value.reason == "redirects"

    with_server(scenario)


@pytest.mark.parametrize("location", ["", "http://[::1", "x" * 5_000])
def test_a_redirect_to_nowhere_is_an_error(location: str) -> None:
    assert failing("/rss", answering(302, Location=location)).reason == "redirects"


def test_a_redirect_to_another_scheme_is_refused() -> None:
    assert failing("/rss", answering(302, Location="file:///etc/passwd")).reason == "refused_address"


def test_user_information_of_the_configured_address_is_sent_and_masked() -> None:
    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        server.pages["/old"] = answering(301, Location="/rss")
        server.pages["/rss"] = rss_page()
        url = server.url("/old").replace("//", "//me:pw@")
        found = await fetcher.fetch(url)
        assert found.status == 200
        assert [headers.get("authorization") for _, headers in server.requests] == ["Basic bWU6cHc="] * 2

    with_server(scenario)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 500, 502, 503, 204, 206])
def test_every_other_status_is_an_error_by_its_number(status: int) -> None:
    assert failing("/rss", answering(status)).reason == f"http_{status}"


RETRY_AFTER = [
    (429, "120", 120_000),
    (503, "Tue, 14 Nov 2023 23:13:20 GMT", HOUR_MS),
    (503, "soon", 0),
    (500, "120", 0),
]


@pytest.mark.parametrize(("status", "value", "wait"), RETRY_AFTER)
def test_retry_after_counts_on_429_and_503(status: int, value: str, wait: int) -> None:
    error = failing("/rss", answering(status, Retry_After=value))
    assert isinstance(error, StatusError)
    assert error.retry_after == wait


def test_an_announced_body_over_the_cap_is_not_read() -> None:
    assert failing("/rss", answering(body=b"x" * 2_001), max_bytes=2_000).reason == "too_large"


def test_a_gzip_bomb_stops_at_the_cap_and_is_never_held() -> None:
    bomb = gzip.compress(bytes(60 << 20), 9, mtime=0)
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        assert failing("/rss", answering(body=bomb, Content_Encoding="gzip")).reason == "too_large"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * MAX_BODY_BYTES


def fetched(body: bytes, encoding: str, **limits: int) -> Fetched:
    found: list[Fetched] = []

    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        server.pages["/rss"] = answering(body=body, Content_Encoding=encoding)
        found.append(await fetcher.fetch(server.url("/rss")))

    with_server(scenario, **limits)  # type: ignore[arg-type]
    return found[0]


def test_gzip_zlib_and_raw_deflate_are_decoded() -> None:
    page = rss_page(("A", "")) * 1_000
    raw = zlib.compressobj(wbits=-15)
    assert fetched(gzip.compress(page, mtime=0), "gzip").body == page
    assert fetched(gzip.compress(page[:10], mtime=0) + gzip.compress(page[10:]), "gzip").body == page
    assert fetched(zlib.compress(page), "deflate").body == page
    assert fetched(raw.compress(page) + raw.flush(), "deflate").body == page
    assert fetched(page, "identity").body == page


def test_a_body_of_exactly_the_cap_is_taken() -> None:
    assert len(fetched(gzip.compress(bytes(2_000), mtime=0), "gzip", max_bytes=2_000).body) == 2_000


BROKEN_ENCODINGS = [
    (gzip.compress(bytes(10_000), mtime=0)[:-9], "gzip"),
    (b"plain", "gzip"),
    (b"<rss/>", "br"),
    (gzip.compress(b"<rss/>", mtime=0), "gzip, gzip"),
]


@pytest.mark.parametrize(("body", "encoding"), BROKEN_ENCODINGS)
def test_a_broken_or_unasked_encoding_is_an_error(body: bytes, encoding: str) -> None:
    assert failing("/rss", answering(body=body, Content_Encoding=encoding)).reason == "encoding"


def test_a_dripping_body_ends_at_the_time_limit() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await asyncio.sleep(0.02)

    assert failing("/rss", drip, total_seconds=0.3).reason == "timeout"


def test_the_time_limit_is_for_all_redirects_together() -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.2)
        return web.Response(status=302, headers={"Location": f"/{int(request.path[1:]) + 1}"})

    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        server.pages |= {f"/{hop}": slow for hop in range(MAX_REDIRECTS + 1)}
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(server.url("/0"))
        assert caught.value.reason == "timeout"
        assert 1 < len(server.requests) <= 3

    with_server(scenario, total_seconds=0.5)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("part", ["status", "header", "body", "chunk"])
def test_a_byte_a_second_ends_after_the_promised_time(part: str) -> None:
    """A server that drips, wherever it does: 20 s in all in the long form, and as promised in the short one."""
    begins = {
        "status": b"",
        "header": b"HTTP/1.1 200 OK\r\nX: ",
        "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
    }

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(begins[part])
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.1)

    seconds = TOTAL_SECONDS if os.environ.get("BEARWATCH_FAULTS") == "long" else 0.5
    began = time.monotonic()
    assert raw_server_error(drip, seconds).reason in ("timeout", "protocol")
    assert time.monotonic() - began < seconds + 5
    assert (TOTAL_SECONDS, MAX_BODY_BYTES) == (20.0, 5 << 20)


def raw_server_error(lines: Callable[[asyncio.StreamWriter], Awaitable[None]], seconds: float) -> FetchError:
    """The error of fetching from a server that writes what it likes."""
    caught: list[FetchError] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await lines(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Fetcher("t/1", ManualClock(), allow_hosts=["127.0.0.1"], total_seconds=seconds) as fetcher:
            with pytest.raises(FetchError) as info:
                await fetcher.fetch(f"http://127.0.0.1:{port}/?token=hunter2")
            assert "hunter2" not in repr(info.value) + info.value.detail
            caught.append(info.value)

    asyncio.run(run())
    return caught[0]


def test_an_endless_header_is_cut_off() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            writer.write(b"a" * 4096)
            await writer.drain()

    async def many(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"".join(b"X-%d: a\r\n" % i for i in range(200)))
            await writer.drain()

    assert raw_server_error(endless, 10).reason == "protocol"
    assert raw_server_error(many, 10).reason == "protocol"


def test_what_is_no_http_or_ends_early_is_a_protocol_error() -> None:
    async def garbage(writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await writer.drain()

    async def short(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        await writer.drain()

    async def closed(writer: asyncio.StreamWriter) -> None:
        pass

    assert raw_server_error(garbage, 10).reason == "protocol"
    assert raw_server_error(short, 10).reason == "protocol"
    assert raw_server_error(closed, 10).reason in ("protocol", "connect")


def test_a_closed_port_and_an_unknown_name_have_reasons_of_their_own() -> None:
    async def run() -> None:
        async with feed_server() as server:
            url = server.url("/")
        async with Fetcher("t/1", ManualClock(), allow_hosts=["127.0.0.1"]) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(url)
            assert caught.value.reason == "connect"
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch("http://nothing.invalid/")
            assert caught.value.reason == "dns"

    asyncio.run(run())


def test_no_more_than_two_requests_run_against_one_host() -> None:
    async def scenario(server: FeedServer, fetcher: Fetcher) -> None:
        running, most, two, gate = 0, 0, asyncio.Event(), asyncio.Event()

        async def slow(request: web.Request) -> web.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            if running == 2:
                two.set()
            await gate.wait()
            running -= 1
            return web.Response(body=b"<rss/>")

        server.pages["/rss"] = slow
        polls = [asyncio.create_task(fetcher.fetch(server.url("/rss"))) for _ in range(5)]
        await two.wait()
        gate.set()
        await asyncio.gather(*polls)
        assert most == 2

    with_server(scenario)
