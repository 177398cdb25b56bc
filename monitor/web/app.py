"""The HTTP application: every route with what it asks of its caller. Feed text leaves as JSON strings, never markup.

A route without a `Needs` fails a test, as does one that answers anybody else than it says.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import TypeAdapter
from starlette.types import Receive, Scope, Send

from monitor import __version__
from monitor.web.answers import LinkCheck, add_answer_routes
from monitor.web.board import AlertList, Board, SeriesView, StoryList
from monitor.web.changes import Changes, Subscription, TooManyStreams, encode_frame
from monitor.web.desk import DeskApi
from monitor.web.encoding import Body, to_json
from monitor.web.gate import NEEDS_NOTHING, NEEDS_PUSH, NEEDS_READ, Gate
from monitor.web.limits import client_key
from monitor.web.push import Push, PushRoute
from monitor.web.security import EVENTS, SECURITY_HEADERS, Guard
from monitor.web.shapes import Pushed, faults

STATIC = Path(__file__).parent / "static"
OPEN, READ, PUSH = ([Depends(needs)] for needs in (NEEDS_NOTHING, NEEDS_READ, NEEDS_PUSH))
# Our own table: the machine's mime types may be anything, and with nosniff a wrong one stops the page.
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class WebState:
    """What the application reads; every callable is called from the event loop and must be cheap.

    Attributes:
        board: the present board; the same object until something changes, so that it is encoded once.
        series: one series by name, None where there is none.
        changes: published to by the daemon, streamed to the pages.
        metrics: the Prometheus text exposition.
        alive: the heartbeat: the fold has moved lately. ready: reasons for not being ready, empty when ready.
        push: what pushed articles are handed to; None where nobody pushes.
        desk: what answers and mutes are handed to; None in what shows only. check_link: of a signed link
            (`web.answers`); None where links are not in use.
        gate: who may do what; by default everybody may read, and nobody write.
        hosts: names allowed in the Host header beside localhost, 127.0.0.1 and [::1]; see `security.Guard`.
        keep_alive: seconds of silence after which a stream carries a comment, so that proxies keep it open.
    """

    board: Callable[[], Board]
    series: Callable[[str], SeriesView | None]
    changes: Changes
    metrics: Callable[[], bytes]
    alive: Callable[[], bool]
    ready: Callable[[], list[str]]
    push: Push | None = None
    desk: DeskApi | None = None
    check_link: LinkCheck | None = None
    gate: Gate = field(default_factory=Gate)
    hosts: tuple[str, ...] = ()
    keep_alive: float = 15.0


def create_app(state: WebState) -> FastAPI:
    """The application over `state`. Interactive documentation is off (it loads from elsewhere); /openapi.json is on."""
    version = state.board().version
    app = create_operations_app(
        state.metrics, state.alive, state.ready, hosts=state.hosts, gate=state.gate, version=version
    )
    app.state.close = state.changes.close
    pages = {path.name: Body.of(path.read_bytes(), _MEDIA_TYPES[path.suffix]) for path in sorted(STATIC.iterdir())}
    cached: dict[str, tuple[Board, Body]] = {}
    push = PushRoute(state.push)

    def from_board(name: str, adapter: TypeAdapter[Any], pick: Callable[[Board], object], request: Request) -> Response:
        board = state.board()
        known = cached.get(name)
        if known is None or known[0] is not board:
            known = cached[name] = (board, Body.of(to_json(adapter, pick(board)), "application/json"))
        return known[1].answer(request)

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False, dependencies=READ)
    async def page(request: Request) -> Response:
        return pages["index.html"].answer(request)

    # Anybody's: it is the same everywhere, and whoever came by a link to answer an alert has no token.
    @app.get("/static/{name}", include_in_schema=False, dependencies=OPEN)
    async def static(name: str, request: Request) -> Response:
        if name not in pages:
            raise HTTPException(404)
        return pages[name].answer(request, "no-cache")

    @app.get("/api/v1/board", response_model=Board, dependencies=READ, responses=_READ_FAULTS)
    async def board(request: Request) -> Response:
        """Everything that the page shows."""
        return from_board("board", _BOARD, lambda b: b, request)

    @app.get("/api/v1/alerts", response_model=AlertList, dependencies=READ, responses=_READ_FAULTS)
    async def alerts(request: Request) -> Response:
        """Open alerts and those closed lately, with their evidence."""
        return from_board("alerts", _ALERTS, lambda b: AlertList(b.now, b.open_alerts, b.recent_alerts), request)

    @app.get("/api/v1/stories", response_model=StoryList, dependencies=READ, responses=_READ_FAULTS)
    async def stories(request: Request) -> Response:
        """The newest stories with their copies."""
        return from_board("stories", _STORIES, lambda b: StoryList(b.now, b.stories_newest), request)

    @app.get("/api/v1/series/{name:path}", response_model=SeriesView, dependencies=READ, responses=_FOUND_FAULTS)
    async def series(name: str, request: Request) -> Response:
        """One series by name, such as `topic:banking`; 404 where there is none."""
        view = state.series(name)
        if view is None:
            raise HTTPException(404, "no such series")
        return Body.of(to_json(_SERIES, view), "application/json").answer(request)

    @app.get(EVENTS, dependencies=READ, response_class=StreamingResponse, responses=_STREAM)
    async def events(request: Request) -> Response:
        """Server-sent events: `hello` first, then what was published; `resync` asks to read the board again."""
        try:
            subscription = state.changes.subscribe(client_key(request.client.host if request.client else ""))
        except TooManyStreams as error:
            state.gate.refused("streams")
            raise HTTPException(503, str(error), {"retry-after": "30"}) from None
        last_id = request.headers.get("last-event-id", "")
        missed = bool(last_id) and last_id != state.changes.last_id
        return EventStream(subscription, encode_frame("hello", {"version": version}), missed, state.keep_alive)

    @app.post(
        "/api/v1/articles",
        response_model=Pushed,
        dependencies=PUSH,
        responses={**_READ_FAULTS, **faults(400, 404, 408, 413, 415, 503)},
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _ARTICLES}}}},
    )
    async def articles(request: Request) -> Response:
        """Articles as JSON or JSON lines, with a bearer token; answers counts."""
        return await push(request)

    add_answer_routes(app, state.desk, state.check_link)
    return app


def create_operations_app(
    metrics: Callable[[], bytes],
    alive: Callable[[], bool],
    ready: Callable[[], list[str]],
    *,
    hosts: tuple[str, ...] = (),
    gate: Gate | None = None,
    version: str = __version__,
    standing_by: Callable[[], str] = str,
) -> FastAPI:
    """What probes and Prometheus ask of every process, and nothing else; the arguments are `WebState`'s.

    Args:
        standing_by: for whom this process stands by, in one line; "" of one that does the work itself.

    `app.state.close` is called when the server stops, `app.state.refused` with the reason where it turns one away.
    """
    gate = gate or Gate()
    app = FastAPI(title="Bearwatch", version=version, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, hosts=hosts, refused=gate.refused)
    app.state.close = lambda: None
    app.state.gate = gate
    app.state.refused = gate.refused

    @app.get("/openapi.json", include_in_schema=False, dependencies=READ)
    async def description() -> Response:
        return JSONResponse(app.openapi())

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        # This answer is made outside the middleware; the error itself is raised on, to the server's log.
        return JSONResponse({"detail": "internal error"}, 500, SECURITY_HEADERS)

    # Probes have no token; an orchestrator must be able to ask.
    @app.head("/healthz", include_in_schema=False, dependencies=OPEN)
    @app.get("/healthz", response_class=PlainTextResponse, dependencies=OPEN, responses=_PROBE)
    async def healthz() -> Response:
        """200 while the daemon's heart beats, 503 otherwise; nothing else, so that a restart can cure it."""
        return _lines([] if alive() else ["no heartbeat"], "alive")

    @app.head("/readyz", include_in_schema=False, dependencies=OPEN)
    @app.get("/readyz", response_class=PlainTextResponse, dependencies=OPEN, responses=_PROBE)
    async def readyz(standbyok: str = "") -> Response:
        """200 when articles can be taken and scored, else 503 with one reason a line.

        A process that stands by can take none. With `standbyok=true` it answers 200 all the same while it does that
        well: for whoever asks whether the process is as it should be, rather than where to send what.
        """
        waiting = standing_by()
        faults = ready()
        if waiting and standbyok.lower() in ("", "0", "false", "no"):
            faults = [waiting, *faults]
        return _lines(faults, waiting or "ready")

    @app.get("/metrics", response_class=PlainTextResponse, dependencies=READ, responses=_READ_FAULTS)
    async def exposition() -> Response:
        """Prometheus exposition."""
        return Response(metrics(), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    return app


def create_standby_app(
    metrics: Callable[[], bytes],
    alive: Callable[[], bool],
    ready: Callable[[], list[str]],
    standing_by: Callable[[], str],
    *,
    hosts: tuple[str, ...] = (),
    gate: Gate | None = None,
) -> FastAPI:
    """As `create_operations_app`; all else is answered 503, and goes well with whoever has the store."""
    app = create_operations_app(metrics, alive, ready, hosts=hosts, gate=gate, standing_by=standing_by)

    # A proxy in front tries the other one on 503; 404 would be taken for the truth.
    @app.api_route("/{path:path}", methods=[*_METHODS], include_in_schema=False, dependencies=OPEN)
    async def elsewhere(path: str) -> Response:
        headers = {"cache-control": "no-store", "retry-after": "5"}
        return PlainTextResponse(f"{' '.join(standing_by().split())}\n", 503, headers)

    return app


class EventStream(StreamingResponse):
    """A subscription as text/event-stream (HTML standard, section 9.2). Gives its place back however it ends."""

    media_type = "text/event-stream"

    def __init__(self, subscription: Subscription, hello: bytes, missed: bool, keep_alive: float) -> None:
        self._subscription = subscription
        # X-Accel-Buffering: nginx would hold events back until its buffer is full.
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(_frames(subscription, hello, missed, keep_alive), headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._subscription.end()


async def _frames(subscription: Subscription, hello: bytes, missed: bool, keep_alive: float) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n" + hello
    if missed:
        yield encode_frame("resync", {"dropped": 0})
    while True:
        try:
            async with asyncio.timeout(keep_alive):
                frame = await anext(subscription)
        except TimeoutError:
            frame = b": keep-alive\n\n"
        except StopAsyncIteration:
            return
        yield frame


def _lines(faults: list[str], well: str) -> Response:
    text = "".join(f"{' '.join(line.split())}\n" for line in faults) or f"{well}\n"
    return PlainTextResponse(text, 503 if faults else 200, {"cache-control": "no-store"})


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_READ_FAULTS = faults(401, 403, 429)
_FOUND_FAULTS = faults(401, 403, 404, 429)
_EVENT = {"type": "object", "properties": {"event": {"type": "string"}, "data": {"type": "string"}}}
_STREAM = {**_READ_FAULTS, **faults(503), 200: {"content": {"text/event-stream": {"schema": _EVENT}}}}
_PROBE: dict[int | str, dict[str, Any]] = {503: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
# What is no article among others is refused by itself, with the others taken.
_ARTICLES = {"anyOf": [{"type": "object"}, {"type": "array", "minItems": 1, "maxItems": 1_000}]}
_BOARD = TypeAdapter(Board)
_ALERTS = TypeAdapter(AlertList)
_STORIES = TypeAdapter(StoryList)
_SERIES = TypeAdapter(SeriesView)
