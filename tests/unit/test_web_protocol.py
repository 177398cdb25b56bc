"""Clients that are slow, too many, too fast or broken, over real sockets: each wait ends, and others are served."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from monitor.credentials import Access
from monitor.errors import InputError
from monitor.web.limits import Buckets, Limits
from monitor.web.server import server_tls
from tests.fakes_board import rich_board
from tests.fakes_web import FakeDaemon, served

pytestmark = pytest.mark.slow

SHORT = Limits(head_s=0.2, body_s=0.5, write_s=0.4, rate=10_000.0, burst=10_000)
GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
GET_CLOSE = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
POST = b"POST /api/v1/articles HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\ncontent-length: 9\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Scene = Callable[["Asked"], Awaitable[None]]


class Asked:
    """A real server, what it refused, and sockets to it."""

    def __init__(self, url: str = "") -> None:
        self.port = int(url.rpartition(":")[2] or 0)
        self.refused: list[str] = []
        self.refusal = asyncio.Event()

    def refuse(self, reason: str) -> None:
        self.refused.append(reason)
        self.refusal.set()

    @contextlib.asynccontextmanager
    async def socket(
        self, source: str = "127.0.0.1"
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        try:
            yield reader, writer
        finally:
            writer.close()

    async def say(self, sent: bytes, source: str = "127.0.0.1") -> bytes:
        """What comes back until the server closes."""
        async with self.socket(source) as (reader, writer):
            writer.write(sent)
            return await ended(reader)


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What the server says until it ends the connection, however it does."""
    got = b""
    async with asyncio.timeout(10):
        while True:
            try:
                chunk = await reader.read(65_536)
            except ConnectionResetError:
                return got
            if not chunk:
                return got
            got += chunk


def over(scene: Scene, limits: Limits = SHORT, daemon: FakeDaemon | None = None) -> None:
    async def run() -> None:
        async def push(body: bytes) -> dict[str, int]:
            return {"accepted": len(body)}

        made, asked = daemon or FakeDaemon(rich_board()), Asked()
        async with served(made, limits=limits, refused=asked.refuse, push=push, tokens={Access.PUSH: "t"}) as url:
            asked.port = int(url.rpartition(":")[2])
            await scene(asked)

    asyncio.run(run())


@pytest.mark.parametrize(
    "begin", [b"", b"G", GET[:-2], GET + b"G", GET_CLOSE[:20]], ids=["nothing", "a byte", "headers", "second", "line"]
)
def test_a_client_that_stops_before_its_headers_end_is_cut_off(begin: bytes) -> None:
    async def scene(asked: Asked) -> None:
        began = time.monotonic()
        await asked.say(begin)
        assert SHORT.head_s * 0.9 <= time.monotonic() - began < 5
        assert asked.refused == ["slow"]

    over(scene)


def test_a_client_that_drips_its_headers_is_cut_off_all_the_same() -> None:
    """Slowloris: each byte comes in time, the end never."""

    async def scene(asked: Asked) -> None:
        async with asked.socket() as (reader, writer):
            began = time.monotonic()
            ending = asyncio.create_task(ended(reader))
            for byte in GET:
                writer.write(bytes([byte]))
                done, _ = await asyncio.wait({ending}, timeout=0.05)
                if done:
                    break
            await ending
            assert time.monotonic() - began < 5 and asked.refused == ["slow"]

    over(scene)


@pytest.mark.parametrize("path", ["/api/v1/articles", "/healthz", "/no/such"])
def test_a_client_that_drips_its_body_is_cut_off_whoever_reads_it(path: str) -> None:
    async def scene(asked: Asked) -> None:
        async with asked.socket() as (reader, writer):
            began = time.monotonic()
            writer.write(POST.replace(b"/api/v1/articles", path.encode()))
            ending = asyncio.create_task(ended(reader))
            for _ in range(8):
                with contextlib.suppress(ConnectionError):
                    writer.write(b"x")
                done, _ = await asyncio.wait({ending}, timeout=0.2)
                if done:
                    break
            await ending
            assert time.monotonic() - began < 5 and asked.refused == ["slow"]

    over(scene)


def test_a_client_that_keeps_to_the_times_is_served_again_and_again() -> None:
    async def scene(asked: Asked) -> None:
        async with asked.socket() as (reader, writer):
            for _ in range(3):
                writer.write(GET)
                assert (await reader.readuntil(b"alive\n")).startswith(b"HTTP/1.1 200")
                writer.write(POST)
                await asyncio.sleep(SHORT.head_s * 1.2)  # the headers' time is over, the body's is not
                writer.write(b'{"a": 1} ')
                assert b'{"accepted":9}' in await reader.readuntil(b"}")
            await asyncio.sleep(SHORT.head_s * 1.5)  # kept alive without asking
            writer.write(GET_CLOSE)
            assert b"alive" in await ended(reader)
        assert asked.refused == []

    over(scene)


def test_a_reader_that_takes_nothing_is_cut_off() -> None:
    daemon = FakeDaemon(rich_board())

    async def scene(asked: Asked) -> None:
        async with asked.socket() as (_, writer):
            writer.write(b"GET /api/v1/board HTTP/1.1\r\nhost: localhost\r\n\r\n" * 400)
            async with asyncio.timeout(20):
                await asked.refusal.wait()
            assert asked.refused == ["slow"]
        assert b"alive" in await asked.say(GET_CLOSE)

    over(scene, daemon=daemon)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        b"GET /?" + b"y" * 20_000 + b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 20_000,
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 5_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v1/articles HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
)  # fmt: skip
def test_what_is_too_long_or_no_http_is_refused_at_once(sent: bytes) -> None:
    async def scene(asked: Asked) -> None:
        answer = await asked.say(sent)
        # Of the last one the head is well: its answer is there before the body's fault.
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431", b"HTTP/1.1 401")), answer[:100]
        assert b"alive" in await asked.say(GET_CLOSE)

    over(scene)


def test_one_client_cannot_take_every_connection() -> None:
    limits = Limits(connections=8, connections_each=5)

    async def scene(asked: Asked) -> None:
        async with contextlib.AsyncExitStack() as stack:
            held = [await stack.enter_async_context(asked.socket("127.0.0.2")) for _ in range(5)]
            assert await asked.say(GET_CLOSE, "127.0.0.2") == b""  # its sixth
            assert b"alive" in await asked.say(GET_CLOSE, "127.0.0.1")
            others = [await stack.enter_async_context(asked.socket("127.0.0.3")) for _ in range(3)]
            assert await asked.say(GET_CLOSE, "127.0.0.1") == b""  # the ninth in all
            assert asked.refused == ["connections"] * 2
            others[0][1].write(GET_CLOSE)
            assert b"alive" in await ended(others[0][0])  # its place is free again
            assert b"alive" in await asked.say(GET_CLOSE, "127.0.0.1") and len(held) == 5

    over(scene, limits)


@pytest.mark.parametrize("together", ["one after the other", "pipelined", "a connection each"])
def test_a_client_that_asks_too_often_is_read_more_slowly_and_gets_every_answer(together: str) -> None:
    limits = Limits(rate=50.0, burst=10)
    count = 40

    async def scene(asked: Asked) -> None:
        began = time.monotonic()
        if together == "a connection each":
            answers = await asyncio.gather(*(asked.say(GET_CLOSE) for _ in range(count)))
            assert all(b"alive" in answer for answer in answers)
        else:
            async with asked.socket() as (reader, writer):
                if together == "pipelined":
                    writer.write(GET * count)
                for _ in range(count):
                    if together != "pipelined":
                        writer.write(GET)
                    await reader.readuntil(b"alive\n")
        took = time.monotonic() - began
        assert took >= 0.8 * (count - 10 - 2) / 50
        assert set(asked.refused) == {"rate"}

    over(scene, limits)


def test_while_one_client_is_paced_another_is_not() -> None:
    limits = Limits(rate=1.0, burst=5)

    async def scene(asked: Asked) -> None:
        flood = [asyncio.create_task(asked.say(GET_CLOSE, "127.0.0.2")) for _ in range(40)]
        try:
            for _ in range(4):
                async with asyncio.timeout(5):
                    assert b"alive" in await asked.say(GET_CLOSE, "127.0.0.1")
        finally:
            for task in flood:
                task.cancel()
            await asyncio.gather(*flood, return_exceptions=True)

    over(scene, limits)


def test_streams_of_one_client_are_bounded_and_leave_room_for_others() -> None:
    daemon = FakeDaemon(rich_board())
    daemon.changes.limit, daemon.changes.each = 6, 4

    async def scene(asked: Asked) -> None:
        stream = b"GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n"
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(4):
                reader, writer = await stack.enter_async_context(asked.socket("127.0.0.2"))
                writer.write(stream)
                assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
            reader, writer = await stack.enter_async_context(asked.socket("127.0.0.2"))
            writer.write(stream)
            assert (await reader.readline()).startswith(b"HTTP/1.1 503")
            assert asked.refused == ["streams"]
            reader, writer = await stack.enter_async_context(asked.socket("127.0.0.3"))
            writer.write(stream)
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")

    over(scene, daemon=daemon)


def test_a_request_that_waits_for_ever_is_answered_503_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.web.security.REQUEST_SECONDS", 0.2)

    async def run() -> None:
        refused: list[str] = []

        async def hang(body: bytes) -> dict[str, int]:
            await asyncio.Event().wait()
            return {}

        async with (
            served(FakeDaemon(rich_board()), push=hang, tokens={Access.PUSH: "t"}, refused=refused.append) as url,
            aiohttp.ClientSession(headers={"authorization": "Bearer t"}) as session,
            session.post(f"{url}/api/v1/articles", data=b"{}") as answer,
        ):
            assert answer.status == 503 and "too long" in (await answer.json())["detail"]
            assert refused == ["timeout"]

    asyncio.run(run())


# --- TLS ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    crt, key = folder / "a.crt", folder / "a.key"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
        *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        *("-keyout", str(key), "-out", str(crt)),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return crt, key


def test_the_page_and_its_stream_come_over_tls(certificate: tuple[Path, Path]) -> None:
    async def run() -> None:
        trust = ssl.create_default_context(cafile=str(certificate[0]))
        async with (
            served(FakeDaemon(rich_board()), tls=server_tls(*certificate)) as url,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session,
        ):
            assert url.startswith("https://127.0.0.1:")
            async with session.get(f"{url}/api/v1/board") as answer:
                assert answer.status == 200 and len(await answer.read()) > 1_000
            async with session.get(f"{url}/api/v1/events") as answer:
                assert b"hello" in await answer.content.readuntil(b"\n\n")

    asyncio.run(run())


def test_tls_is_1_2_at_least_and_plain_http_gets_nothing(certificate: tuple[Path, Path]) -> None:
    async def run() -> None:
        async with served(FakeDaemon(rich_board()), tls=server_tls(*certificate)) as url:
            assert await Asked(url).say(GET) == b""
            old = ssl.create_default_context(cafile=str(certificate[0]))
            old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            old.set_ciphers("ALL:@SECLEVEL=0")
            with pytest.warns(DeprecationWarning):
                old.maximum_version = ssl.TLSVersion.TLSv1_1
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                await asyncio.open_connection("127.0.0.1", Asked(url).port, ssl=old)

    asyncio.run(run())


def test_a_handshake_that_does_not_come_is_not_waited_for(certificate: tuple[Path, Path]) -> None:
    async def run() -> None:
        limits = Limits(handshake_s=0.3)
        async with served(FakeDaemon(rich_board()), tls=server_tls(*certificate), limits=limits) as url:
            began = time.monotonic()
            assert await Asked(url).say(b"\x16\x03\x01") == b""
            assert time.monotonic() - began < 5

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["empty", "swapped", "another key", "locked"])
def test_what_is_no_certificate_with_its_key_is_one_line(
    certificate: tuple[Path, Path], tmp_path: Path, fault: str
) -> None:
    crt, key = certificate
    if fault == "empty":
        crt = tmp_path / "empty"
        crt.touch()
    elif fault == "swapped":
        crt, key = key, crt
    elif fault == "another key":
        key = tmp_path / "other"
        subprocess.run(["openssl", "genrsa", "-out", str(key)], check=True, capture_output=True)
    else:
        key = tmp_path / "locked"
        command = ["openssl", "ec", "-in", str(certificate[1]), "-aes128", "-passout", "pass:x", "-out", str(key)]
        subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(InputError, match=r"^web\.tls: ") as caught:
        server_tls(crt, key)
    assert "\n" not in str(caught.value)


# --- the buckets --------------------------------------------------------------------------------------------------


def test_a_bucket_lends_fills_again_and_forgets_the_client_not_seen_for_longest() -> None:
    now = [0.0]
    buckets = Buckets(2.0, 3, lambda: now[0], remembered=2)
    assert [buckets.take("a") for _ in range(5)] == [0.0, 0.0, 0.0, 0.5, 1.0]
    assert buckets.wait("a") == 1.5 and buckets.wait("b") == 0.0
    now[0] = 1.5
    assert buckets.wait("a") == 0.0
    now[0] = 1_000.0
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]  # never more than its burst
    buckets.take("b")
    buckets.take("a")
    buckets.take("c")
    assert buckets.wait("a") > 0 and [buckets.take("b") for _ in range(3)] == [0.0] * 3
