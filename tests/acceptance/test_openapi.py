"""The API keeps to its own description, whatever it is asked: schemathesis over a real server, desk and store.

`make faults` asks forty times as much.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from monitor.admin.web_desk import WebDesk
from monitor.credentials import Access
from monitor.sources.push import PushSource
from monitor.web.app import create_app
from monitor.web.limits import Limits
from monitor.wiring import push_adapter, until_of, wall_clock
from tests.fakes_board import rich_board
from tests.fakes_desk import serving_desk, told
from tests.fakes_web import FakeDaemon, served

pytestmark = [pytest.mark.slow, pytest.mark.faults]

EXAMPLES = 400 if os.environ.get("BEARWATCH_FAULTS") == "long" else 10
TOKENS = {scope: f"token-of-{scope}" for scope in (Access.ADMIN, Access.PUSH)}
SCHEMA = schemathesis.openapi.from_dict(create_app(FakeDaemon(rich_board()).state()).openapi())
OPERATIONS = {f"{found.ok().method.upper()} {found.ok().path}": found.ok() for found in SCHEMA.get_all_operations()}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Pipeline:
    """Takes pushed articles as committed."""

    async def put(self, delivery: Any) -> None:
        if delivery.ack is not None:
            delivery.ack()


async def words(alert_id: str) -> list[dict[str, Any]]:
    """As the model would say of any alert."""
    said = [{"word": "collapse", "weight": 2.5}]
    return [{"title": "Bank collapse", "publisher": "a.example", "model": "ab", "p_negative": 0.9, "words": said}]


class Served:
    """The whole application in a thread of its own: `url`, and an alert that there is."""

    def __init__(self, path: Path) -> None:
        self.url = self.alert = ""
        self._path = path
        self._ready, self._loop, self._end = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(30) and self.url

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            daemon = FakeDaemon(rich_board())
            daemon.changes.close()  # a stream that does not end is no answer to compare
            async with serving_desk(self._path / "b.db") as running, asyncio.TaskGroup() as group:
                self.alert = await asyncio.to_thread(told, running.store)
                source = PushSource(clock=wall_clock)
                pushing = group.create_task(source.run(Pipeline()))  # type: ignore[arg-type]
                async with served(
                    daemon,
                    limits=Limits(rate=100_000.0, burst=100_000),
                    tokens=TOKENS,
                    desk=WebDesk(running.desk, until_of, words),
                    push=push_adapter(source),
                ) as url:
                    self.url = url
                    self._ready.set()
                    await self._end.wait()
                pushing.cancel()
        finally:
            self._ready.set()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(30)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("openapi"))
    yield made
    made.stop()


def test_every_documented_operation_is_asked() -> None:
    assert len(OPERATIONS) >= 15 and "POST /api/v1/mutes" in OPERATIONS and "GET /api/v1/audit" in OPERATIONS


@pytest.mark.parametrize("mode", [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE], ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_as_its_description_says(
    whole: Served, name: str, mode: schemathesis.GenerationMode
) -> None:
    operation = OPERATIONS[name]
    scope = Access.PUSH if name.endswith("/articles") else Access.ADMIN
    headers = {"authorization": f"Bearer {TOKENS[scope]}"}
    cases = operation.as_strategy(generation_mode=mode)
    turns = itertools.count()

    @given(cases)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def asked(case: Any) -> None:
        if "alert_id" in (case.path_parameters or {}) and next(turns) % 2:
            case.path_parameters["alert_id"] = quote(whole.alert, safe="")  # else nothing but 404 would be seen
        response = case.call(base_url=whole.url, headers=headers)
        # What is pushed and no article is refused by itself, in an answer of 200.
        judged = mode is schemathesis.GenerationMode.NEGATIVE and scope is not Access.PUSH
        checks = [*CHECKS, negative_data_rejection] if judged else CHECKS
        case.validate_response(response, checks=checks)

    try:
        asked()
    except Unsatisfiable:  # an operation without parameters has nothing to get wrong
        assert mode is schemathesis.GenerationMode.NEGATIVE


@given(st.sampled_from(sorted(OPERATIONS)), st.sampled_from(["", "Bearer x", "Basic eDp5", "\x7f"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_without_a_right_token_an_operation_answers_as_described(whole: Served, name: str, login: str) -> None:
    operation = OPERATIONS[name]
    case = operation.Case(path_parameters={p.name: "a" for p in operation.path_parameters})
    response = case.call(base_url=whole.url, headers={"authorization": login} if login else {})
    assert response.status_code in (200, 401, 429)
    case.validate_response(response, checks=CHECKS)
