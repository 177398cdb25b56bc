"""The HTTP API: shapes, headers, hosts, probes."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from fastapi.routing import APIRoute

from monitor.web.app import create_app
from monitor.web.board import Board
from monitor.web.security import CONTENT_SECURITY_POLICY, LINKED, LINKED_POLICY, host_name
from tests.fakes_board import quiet_board, rich_board
from tests.fakes_web import Answer, FakeDaemon, ask

JSON_ROUTES = ("/api/v1/board", "/api/v1/alerts", "/api/v1/stories", "/api/v1/series/market")


Get = Callable[..., Awaitable[Answer]]


def with_app(scene: Callable[[Get], Awaitable[None]], daemon: FakeDaemon | None = None, **given: Any) -> None:
    app = create_app((daemon or FakeDaemon(rich_board())).state(**given))
    asyncio.run(scene(partial(ask, app)))  # type: ignore[arg-type]


def as_json(value: object) -> Any:
    """The oracle: dataclasses.asdict and the standard library's JSON, tuples becoming arrays."""
    return json.loads(json.dumps(dataclasses.asdict(value)))  # type: ignore[call-overload]


@pytest.mark.parametrize("board", [rich_board(), quiet_board()], ids=["rich", "quiet"])
def test_the_board_is_answered_name_by_name_as_its_dataclasses_say(board: Board) -> None:
    async def scene(get: Get) -> None:
        answer = await get("/api/v1/board")
        assert answer.status == 200 and answer.headers["content-type"] == "application/json"
        assert answer.json() == as_json(board)

    with_app(scene, FakeDaemon(board))


def test_alerts_stories_and_series_are_parts_of_the_board() -> None:
    board = rich_board()
    whole = as_json(board)

    async def scene(get: Get) -> None:
        alerts = (await get("/api/v1/alerts")).json()
        assert alerts == {"now": board.now, "open": whole["open_alerts"], "recent": whole["recent_alerts"]}
        stories = (await get("/api/v1/stories")).json()
        assert stories == {"now": board.now, "stories": whole["stories_newest"]}
        assert (await get("/api/v1/series/market")).json() == whole["market"]
        assert (await get("/api/v1/series/topic:central%20banks")).json() == whole["topics"][5]
        missing = await get("/api/v1/series/entity:no/such")
        assert (missing.status, missing.json()) == (404, {"detail": "no such series"})

    with_app(scene, FakeDaemon(board))


def test_absence_is_null_never_zero() -> None:
    async def scene(get: Get) -> None:
        market = (await get("/api/v1/board")).json()["market"]
        absent = ("sentiment_1h", "sentiment_24h", "usual_1h", "pages_at", "last_story_at")
        assert all(market[name] is None for name in absent)
        assert all(point["sentiment"] is None for point in market["points"])

    with_app(scene, FakeDaemon(quiet_board()))


def test_nan_and_lone_surrogates_still_make_valid_json() -> None:
    board = rich_board()
    broken = replace(board, notes=("half a \ud83d smile",), market=replace(board.market, sentiment_1h=float("nan")))

    async def scene(get: Get) -> None:
        answer = (await get("/api/v1/board")).json()
        assert answer["market"]["sentiment_1h"] is None
        assert answer["notes"] == ["half a \ud83d smile"]

    with_app(scene, FakeDaemon(broken))


def test_an_unchanged_board_is_a_304_and_a_new_one_is_not() -> None:
    daemon = FakeDaemon(rich_board())

    async def scene(get: Get) -> None:
        first = await get("/api/v1/board")
        seen = {"if-none-match": first.headers["etag"]}
        again = await get("/api/v1/board", headers=seen)
        assert (again.status, again.body) == (304, b"")
        daemon.show(rich_board(daemon.board.now + 60_000))
        later = await get("/api/v1/board", headers=seen)
        assert later.status == 200 and later.json()["now"] == daemon.board.now

    with_app(scene, daemon)


def test_large_answers_are_compressed_for_who_can_read_it_and_only_for_them() -> None:
    async def scene(get: Get) -> None:
        plain = await get("/api/v1/board", headers={"accept-encoding": "identity"})
        packed = await get("/api/v1/board", headers={"accept-encoding": "br, gzip"})
        assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert int(packed.headers["content-length"]) < len(plain.body) / 3

    with_app(scene)


def all_paths() -> list[str]:
    app = create_app(FakeDaemon(rich_board()).state())
    paths = [route.path for route in app.routes if isinstance(route, APIRoute)]
    known = [
        path.replace("{name:path}", "market").replace("{name}", "main.js").replace("{action}", "true") for path in paths
    ]
    return [*known, "/openapi.json", "/no/such/path", "/static/../app.py", "/static/absent.js"]


def assert_guarded(answer: Answer, path: str = "") -> None:
    policy = LINKED_POLICY if path.startswith(LINKED) else CONTENT_SECURITY_POLICY
    assert answer.headers["content-security-policy"] == policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == ("same-origin" if path.startswith(LINKED) else "no-referrer")
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in answer.headers and "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_route_carries_the_security_headers_whatever_it_answers(method: str) -> None:
    paths = all_paths()
    assert len(paths) >= 13  # the router was read

    async def scene(get: Get) -> None:
        for path in paths:
            assert_guarded(await get(path, method, headers={"host": "evil.example"}), path)
            if "events" not in path:  # a stream does not end; its headers are looked at over a real server
                assert_guarded(await get(path, method), path)

    with_app(scene)


def test_a_fault_inside_carries_them_too_and_tells_nothing() -> None:
    def fail() -> bytes:
        raise ZeroDivisionError("the secret is 42")

    async def scene(get: Get) -> None:
        answer = await get("/metrics")
        assert (answer.status, answer.json()) == (500, {"detail": "internal error"})
        assert_guarded(answer)

    with_app(scene, metrics=fail)


def test_the_policy_allows_no_inline_and_no_foreign_code() -> None:
    directives = dict(part.strip().split(" ", 1) for part in CONTENT_SECURITY_POLICY.split(";"))
    assert "unsafe" not in CONTENT_SECURITY_POLICY and "*" not in CONTENT_SECURITY_POLICY
    assert directives["default-src"] == "'none'" and directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'" and directives["img-src"] == "'self' data:"
    assert directives["connect-src"] == "'self'"
    assert all(directives[name] == "'none'" for name in ("frame-ancestors", "base-uri", "form-action"))
    linked = dict(part.strip().split(" ", 1) for part in LINKED_POLICY.split(";"))
    assert {name for name in directives if linked[name] != directives[name]} == {"form-action"}
    assert linked["form-action"] == "'self'" and linked.keys() == directives.keys()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8080", 200),
        ("localhost.", 200),
        ("127.0.0.1:1", 200),
        ("[::1]", 200),
        ("[::1]:8080", 200),
        ("desk.example:443", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("evil-localhost", 421),
        ("localhost@evil.example", 421),
        ("localhost:80:evil", 421),
        ("127.0.0.1.evil.example", 421),
        ("[::1].evil.example", 421),
        ("0.0.0.0", 421),
        ("", 421),
    ],
)
def test_only_listed_hosts_are_served(host: str, status: int) -> None:
    async def scene(get: Get) -> None:
        for path in ("/", "/api/v1/board", "/metrics", "/healthz", "/no/such"):
            answer = await get(path, headers={"host": host})
            assert answer.status in ({404} if path == "/no/such" and status == 200 else {status})

    with_app(scene, hosts=("desk.example",))


@pytest.mark.parametrize(("host", "name"), [("a.b:80", "a.b"), ("[fe80::1]:80", "[fe80::1]"), ("a:", "a"), ("::1", "")])
def test_a_host_is_its_name_without_the_port(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("site", "path", "status"),
    [
        ("same-origin", "/api/v1/board", 200),
        ("none", "/api/v1/board", 200),
        ("cross-site", "/api/v1/board", 403),
        ("same-site", "/api/v1/board", 403),
        ("cross-site", "/api/v1/events", 403),
        ("cross-site", "/metrics", 403),
        ("cross-site", "/", 200),
    ],
)
def test_other_sites_pages_may_link_here_and_nothing_more(site: str, path: str, status: int) -> None:
    async def scene(get: Get) -> None:
        assert (await get(path, headers={"sec-fetch-site": site})).status == status

    with_app(scene)


def test_documentation_pages_are_off_and_the_schema_names_every_field() -> None:
    async def scene(get: Get) -> None:
        assert (await get("/docs")).status == 404 and (await get("/redoc")).status == 404
        schema = (await get("/openapi.json")).json()
        described = set(schema["components"]["schemas"]["Board"]["properties"])
        assert described == {field.name for field in dataclasses.fields(Board)}

    with_app(scene)


def test_health_is_the_heartbeat_alone() -> None:
    daemon = FakeDaemon(rich_board())
    daemon.faults = ["no model"]

    async def scene(get: Get) -> None:
        answer = await get("/healthz")
        assert (answer.status, answer.body) == (200, b"alive\n")
        assert (await get("/healthz", "HEAD")).status == 200
        daemon.alive = False
        assert (await get("/healthz")).status == 503

    with_app(scene, daemon)


def test_readiness_lists_its_reasons_one_a_line() -> None:
    daemon = FakeDaemon(rich_board())

    async def scene(get: Get) -> None:
        answer = await get("/readyz")
        assert (answer.status, answer.body) == (200, b"ready\n")
        daemon.faults = ["store: read-only\nfile system", "model: loading"]
        answer = await get("/readyz")
        assert (answer.status, answer.body) == (503, b"store: read-only file system\nmodel: loading\n")

    with_app(scene, daemon)


def test_metrics_are_a_prometheus_exposition() -> None:
    async def scene(get: Get) -> None:
        answer = await get("/metrics")
        assert answer.status == 200 and b"bearwatch_up 1\n" in answer.body
        assert answer.headers["content-type"].startswith("text/plain; version=")

    with_app(scene)


def test_the_page_and_its_parts_come_with_types_that_a_browser_accepts() -> None:
    types = {"/": "text/html", "/static/main.js": "text/javascript", "/static/page.css": "text/css"}
    types["/static/icon.svg"] = "image/svg+xml"

    async def scene(get: Get) -> None:
        for path, kind in types.items():
            answer = await get(path)
            assert answer.status == 200 and answer.headers["content-type"].startswith(kind)
            assert b"http://" not in answer.body.replace(b"http://www.w3.org/", b"") and b"https://" not in answer.body

    with_app(scene)
