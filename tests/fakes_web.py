"""The web application over a fake daemon, in process or over a socket; to look at it: `python -m tests.fakes_web`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI

from monitor.credentials import Access, Credential, digest
from monitor.records import MINUTE_MS
from monitor.web.app import WebState, create_app
from monitor.web.board import Board, SeriesView
from monitor.web.changes import Changes
from monitor.web.desk import DeskRefusal
from monitor.web.gate import Gate
from monitor.web.limits import Limits
from monitor.web.server import serve
from tests.fakes_board import quiet_board, rich_board


class FakeDaemon:
    """Holds a board as the daemon would: `show` replaces it and tells the pages."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.changes = Changes()
        self.alive = True
        self.faults: list[str] = []
        self.words: list[dict[str, Any]] | None = None

    def show(self, board: Board) -> None:
        self.board = board
        self.changes.publish("board", {"now": board.now})

    def find(self, name: str) -> SeriesView | None:
        board = self.board
        every = (board.market, *board.topics, *board.sectors, *board.companies, *board.watches)
        return next((view for view in every if view.name == name), None)

    def state(
        self,
        tokens: Mapping[Access, str] = MappingProxyType({}),
        refused: Callable[[str], None] = lambda reason: None,
        **given: Any,
    ) -> WebState:
        """tokens: one of each of these scopes, by its scope's name. refused: told what the gate is told."""
        known = [Credential(scope.value, scope, digest(token.encode())) for scope, token in tokens.items()]
        kept: dict[str, Callable[..., Any]] = {
            "board": lambda: self.board,
            "series": self.find,
            "metrics": lambda: b"# TYPE bearwatch_up gauge\nbearwatch_up 1\n",
            "alive": lambda: self.alive,
            "ready": lambda: self.faults,
            "desk": FakeDesk(self),
        }
        return WebState(changes=self.changes, **{"gate": Gate(known, refused), **kept, **given})


class FakeDesk:
    """Knows the words of every alert, once there are some, and nothing else."""

    def __init__(self, daemon: FakeDaemon) -> None:
        self._daemon = daemon

    async def words(self, alert_id: str) -> Mapping[str, Any]:
        if self._daemon.words is None:
            raise DeskRefusal("there is no such alert", 404)
        return {"headlines": self._daemon.words}

    async def nothing(self, *_: object) -> Mapping[str, Any]:
        raise DeskRefusal("there is no such thing", 404)

    alert = answer = mute = unmute = mutes = audit = nothing


@dataclass(frozen=True)
class Answer:
    """What an application answered, headers by their lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        def refuse(word: str) -> float:
            raise AssertionError(f"{word} is no JSON")

        return json.loads(self.body, parse_constant=refuse)


async def ask(
    app: FastAPI,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: Sequence[bytes] = (b"",),
) -> Answer:
    """One request straight into an application, without a socket; `body` arrives chunk by chunk."""
    sent: list[Any] = []
    chunks = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in body]
    chunks[-1]["more_body"] = False
    fields = {"host": "localhost", **(headers or {})}
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Any:
        return chunks.pop(0) if chunks else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    with contextlib.suppress(ZeroDivisionError):  # the fault that tests put in; it is raised on after the answer
        await app(scope, receive, send)
    start = sent[0]
    names = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], names, b"".join(message.get("body", b"") for message in sent[1:]))


@contextlib.asynccontextmanager
async def served(
    daemon: FakeDaemon,
    port: int = 0,
    *,
    tls: ssl.SSLContext | None = None,
    limits: Limits | None = None,
    **given: Any,
) -> AsyncIterator[str]:
    """A real server over the fake, on a free port by default; gives its address without the final slash."""
    ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    server: asyncio.Future[Any] = asyncio.ensure_future(
        serve(create_app(daemon.state(**given)), "127.0.0.1", port, on_ready=ready.set_result, tls=tls, limits=limits)
    )
    await asyncio.wait({ready, server}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield ready.result().rstrip("/")
    finally:
        server.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await server


async def _show(port: int, quiet: bool, moving: bool) -> None:
    daemon = FakeDaemon(quiet_board() if quiet else rich_board())
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(create_app(daemon.state()), "127.0.0.1", port, on_ready=print))
        seed = 1
        while moving:
            await asyncio.sleep(1.0)
            seed += 1
            daemon.show(rich_board(daemon.board.now + 4 * MINUTE_MS, seed // 20))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="serves a fictional board")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--quiet", action="store_true", help="the board of an empty store")
    parser.add_argument("--moving", action="store_true", help="four minutes pass each second")
    arguments = parser.parse_args()
    asyncio.run(_show(arguments.port, arguments.quiet, arguments.moving))
