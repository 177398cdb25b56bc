"""Who may do what: every route and method of the router, asked by everybody there is, against what it declares."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from monitor.credentials import Access
from monitor.web.app import create_app, create_operations_app, create_standby_app
from monitor.web.desk import DeskRefusal
from monitor.web.gate import FAILURES_AT_ONCE, Gate, Needs
from tests.fakes_board import rich_board
from tests.fakes_web import Answer, FakeDaemon, ask

TOKENS = {scope: f"token-of-{scope}" for scope in (Access.READ, Access.ACK, Access.ADMIN, Access.PUSH)}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# What each route asks for, said a second time and by hand: a new route fails until it stands here too.
DECLARED = {
    "/": Access.READ,
    "/openapi.json": Access.READ,
    "/static/{name}": Access.OPEN,
    "/healthz": Access.OPEN,
    "/readyz": Access.OPEN,
    "/metrics": Access.READ,
    "/answer/{action}": Access.OPEN,
    "/api/v1/board": Access.READ,
    "/api/v1/alerts": Access.READ,
    "/api/v1/stories": Access.READ,
    "/api/v1/series/{name:path}": Access.READ,
    "/api/v1/events": Access.READ,
    "/api/v1/articles": Access.PUSH,
    "/api/v1/alerts/{alert_id:path}": Access.READ,
    "/api/v1/alerts/{alert_id:path}/words": Access.READ,
    "/api/v1/alerts/{alert_id:path}/answers": Access.ACK,
    "/api/v1/audit": Access.ADMIN,
    "GET /api/v1/mutes": Access.READ,
    "POST /api/v1/mutes": Access.ACK,
    "/api/v1/mutes/{series:path}": Access.ACK,
}
# Which scope may do what, by hand as well.
MAY = {
    None: {Access.OPEN},
    "wrong": {Access.OPEN},
    Access.READ: {Access.OPEN, Access.READ},
    Access.ACK: {Access.OPEN, Access.READ, Access.ACK},
    Access.ADMIN: {Access.OPEN, Access.READ, Access.ACK, Access.ADMIN},
    Access.PUSH: {Access.OPEN, Access.PUSH},
}


class Desk:
    """Does nothing, and counts what it was asked to write."""

    def __init__(self) -> None:
        self.written = 0

    async def alert(self, alert_id: str) -> dict[str, Any]:
        return {"alert": {}, "answers": []}

    async def words(self, alert_id: str) -> dict[str, Any]:
        return {"headlines": []}

    async def answer(self, *_: object) -> dict[str, Any]:
        self.written += 1
        return {}

    async def mute(self, *_: object) -> dict[str, Any]:
        self.written += 1
        return {}

    async def unmute(self, *_: object) -> dict[str, Any]:
        self.written += 1
        return {}

    async def mutes(self) -> dict[str, Any]:
        return {}

    async def audit(self, limit: int) -> dict[str, Any]:
        return {}


class Everything:
    """The application with all that can be switched on, and what was written through it."""

    def __init__(self, tokens: dict[Access, str] | None = None) -> None:
        self.desk = Desk()
        self.refused: list[str] = []
        daemon = FakeDaemon(rich_board())
        daemon.changes.close()  # so that a stream ends at once

        async def push(body: bytes) -> dict[str, Any]:
            self.desk.written += 1
            return {}

        def link(alert: str, action: str, until: str, signature: str) -> tuple[str, str]:
            if signature != "good":
                raise DeskRefusal("not signed", 403)
            return "acknowledge", ""

        state = daemon.state(TOKENS if tokens is None else tokens, push=push, desk=self.desk, check_link=link)
        self._gate = state.gate
        self.app = create_app(state)

    def fresh(self) -> Everything:
        """As if nothing had been asked yet."""
        self.desk.written = 0
        self.refused = []
        self.app.state.gate = Gate(self._gate.known, self.refused.append)
        return self

    def ask(self, path: str, method: str, headers: dict[str, str]) -> Answer:
        return asyncio.run(ask(self.app, path, method, headers, [b"{}"]))


ALL = Everything()


def routes(app: FastAPI) -> Iterator[tuple[APIRoute, str]]:
    """Every route and method that the router knows."""
    for route in app.routes:
        assert isinstance(route, Route), f"{route} is none that this test understands"
        assert isinstance(route, APIRoute), f"{route.path} has no dependency that says who may"
        for method in sorted(route.methods):
            yield route, method


def address(route: APIRoute) -> str:
    """One that the route answers well."""
    known = {
        "name": "main.js" if "static" in route.path else "market",
        "series": "market",
        "alert_id": "a",
        "action": "true",
    }
    path = route.path
    for name, value in known.items():
        path = path.replace(f"{{{name}:path}}", value).replace(f"{{{name}}}", value)
    return f"{path}?sig=good" if route.path.startswith("/answer/") else path


def declared(route: APIRoute) -> Access:
    found = [d.call.access for d in route.dependant.dependencies if isinstance(d.call, Needs)]
    assert len(found) == 1, f"{route.path} declares {len(found)} scopes: give it one Needs"
    return found[0]


def listed(route: APIRoute, method: str) -> Access:
    return DECLARED[route.path] if route.path in DECLARED else DECLARED[f"{method} {route.path}"]


def login(who: Access | str | None, *, basic: bool = False) -> dict[str, str]:
    if who is None:
        return {}
    token = TOKENS[who] if isinstance(who, Access) else "token-of-nobody"
    if basic:
        return {"authorization": f"Basic {base64.b64encode(f'{who}:{token}'.encode()).decode()}"}
    return {"authorization": f"Bearer {token}"}


def test_every_route_declares_one_scope_and_it_is_the_one_that_is_listed() -> None:
    app = Everything().app
    found = {(route.path, method): declared(route) for route, method in routes(app)}
    assert found == {(route.path, method): listed(route, method) for route, method in routes(app)}
    assert len(found) >= 24  # the router was read
    # What is under an open route is under it for good: the scorer's own application has nothing else.
    scorer = create_operations_app(lambda: b"", lambda: True, list)
    assert {route.path: declared(route) for route, _ in routes(scorer)} == {
        path: DECLARED[path] for path in ("/openapi.json", "/healthz", "/readyz", "/metrics")
    }
    # A standby's has what says that it is one, and where: to whoever may ask /readyz.
    standby = create_standby_app(lambda: b"", lambda: True, list, lambda: "standing by")
    known = {route.path: declared(route) for route, _ in routes(standby)}
    assert known == {route.path: declared(route) for route, _ in routes(scorer)} | {"/{path:path}": DECLARED["/readyz"]}


def test_a_route_without_a_scope_is_found() -> None:
    app = Everything().app
    app.get("/api/v1/new")(lambda: {})
    with pytest.raises(AssertionError, match="/api/v1/new declares 0 scopes"):
        for route, _ in routes(app):
            declared(route)


@pytest.mark.parametrize("basic", [False, True], ids=["bearer", "basic"])
@pytest.mark.parametrize("who", MAY, ids=str)
def test_each_route_answers_those_who_may_and_nobody_else(who: Access | str | None, basic: bool) -> None:
    tried = 0
    everything = ALL
    for route, method in routes(everything.app):
        everything.fresh()
        access = listed(route, method)
        answer = everything.ask(address(route), method, login(who, basic=basic))
        tried += 1
        if access in MAY[who]:
            assert answer.status in (200, 303), (route.path, method, answer)
        else:
            lacks = who is None or who == "wrong"
            assert answer.status == (401 if lacks else 403), (route.path, method, answer)
            assert everything.refused == ["no_token" if who is None else "token" if who == "wrong" else "scope"]
            if lacks:
                scheme = "Bearer" if access is Access.PUSH else "Basic"
                assert answer.headers["www-authenticate"].startswith(f'{scheme} realm="bearwatch"')
            assert everything.desk.written == 0 and b"token-of" not in answer.body
    assert tried >= 24


@pytest.mark.parametrize("who", [None, Access.ADMIN], ids=str)
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "localhost.evil.example", "origin": "http://localhost"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "origin": "http://localhost:3000"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://[::1"},
        {"origin": ""},
    ],
    ids=str,
)
def test_no_foreign_page_writes_whoever_looks_at_it(headers: dict[str, str], who: Access | None) -> None:
    """A browser sends the token of its login with whatever a page asks for, whose page it ever is."""
    everything = ALL
    for route, method in routes(everything.app):
        everything.fresh()
        answer = everything.ask(address(route), method, {**login(who, basic=True), **headers})
        if method in ("GET", "HEAD") and set(headers) == {"origin"}:
            continue  # reading is what the answer's own headers and a browser's fetch metadata keep from it
        if "host" in headers:
            assert answer.status == 421, (route.path, method)
        elif route.path == "/":
            assert method in ("GET", "HEAD")
        else:
            assert answer.status == 403, (route.path, method, answer)
        assert everything.desk.written == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a program: no browser leaves both out
        {"origin": "http://localhost"},
        {"origin": "http://LOCALHOST"},
        {"sec-fetch-site": "same-origin", "origin": "http://localhost"},
        {"sec-fetch-site": "same-origin", "origin": "null"},  # a form of a page without referrers
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_programs_and_our_own_pages_write(headers: dict[str, str]) -> None:
    written = 0
    everything = ALL
    for route, method in routes(everything.app):
        access = listed(route, method)
        if method not in ("POST", "DELETE"):
            continue
        everything.fresh()
        who = access if access in TOKENS else None
        answer = everything.ask(address(route), method, {**login(who), **headers})
        assert answer.status in (200, 303), (route.path, method, answer)
        written += everything.desk.written
    assert written == 5


def test_behind_a_proxy_that_changes_the_host_the_public_address_is_an_origin_of_ours() -> None:
    state = FakeDaemon(rich_board()).state(TOKENS, desk=Desk(), hosts=("desk.example:8443",))

    def status(origin: str) -> int:
        headers = {**login(Access.ACK), "origin": origin}
        return asyncio.run(ask(create_app(state), "/api/v1/mutes", "POST", headers, [b"{}"])).status

    assert status("https://desk.example:8443") == 200
    assert status("https://desk.example") == 403 and status("https://desk.example:8444") == 403


def test_methods_that_no_route_has_do_nothing() -> None:
    everything = Everything()
    paths = {address(route) for route, _ in routes(everything.app)}
    known = {(address(route), method) for route, method in routes(everything.app)}
    for path, method in itertools.product(sorted(paths), METHODS):
        if (path, method) not in known and (path, method) != ("/api/v1/alerts/a/answers", "GET"):  # an id may hold it
            answer = everything.ask(path, method, login(Access.ADMIN))
            assert answer.status == 405, (path, method, answer)
    assert everything.desk.written == 0


def test_without_tokens_everybody_may_read_and_nobody_write() -> None:
    """The loopback's case, as the schema lets nothing else be without."""
    everything = Everything({})
    for route, method in routes(everything.app):
        everything.fresh()
        access = listed(route, method)
        answer = everything.ask(address(route), method, login("wrong"))
        may = access in (Access.OPEN, Access.READ)
        assert answer.status in ((200, 303) if may else (404,)), (route.path, method, answer)


def test_the_token_of_a_feed_closes_nothing_to_readers() -> None:
    everything = Everything({Access.PUSH: "feed"})
    assert everything.ask("/api/v1/board", "GET", {}).status == 200
    assert everything.ask("/api/v1/articles", "POST", {"authorization": "Bearer feed"}).status == 200
    assert everything.ask("/api/v1/articles", "POST", {}).status == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "token-of-admin",
        "Digest token-of-admin",
        "Bearer token-of-admin token-of-admin",
        "Basic",
        "Basic ?",
        "Basic YQ==",  # a, without a colon
        "Basic " + base64.b64encode(b"read:token-of-admin").decode(),  # another's name
        "Basic " + base64.b64encode(b":token-of-admin").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Bearer \xff\xfe",
        "Bearer " + "x" * 10_000,
    ],
)
def test_what_is_no_login_is_401(header: str) -> None:
    assert ALL.fresh().ask("/api/v1/board", "GET", {"authorization": header}).status == 401


def test_wrong_tokens_are_counted_and_soon_no_longer_looked_at_and_right_ones_always_are() -> None:
    everything = Everything().fresh()
    statuses = [everything.ask("/metrics", "GET", login("wrong")).status for _ in range(FAILURES_AT_ONCE + 5)]
    assert statuses == [401] * FAILURES_AT_ONCE + [429] * 5
    assert everything.refused == ["token"] * FAILURES_AT_ONCE + ["rate"] * 5
    answer = everything.ask("/metrics", "GET", login("wrong"))
    assert int(answer.headers["retry-after"]) >= 1
    assert everything.ask("/metrics", "GET", login(Access.READ)).status == 200
