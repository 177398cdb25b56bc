"""What a command does to a store is the same whether its daemon runs and is asked, or does not run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.admin.client import ask_or_do
from monitor.admin.requests import Answer, Mute, Redrive, Request, Result, Unmute
from monitor.errors import InputError
from monitor.records import DAY_MS, HOUR_MS
from monitor.storage import mutes, queries, schema
from monitor.storage.answers import AnswerRow, answers_of
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.store import Store
from tests.fakes_desk import died, running_desk, told
from tests.store_samples import NOON

ALERT = "market@1#ab"
DEAD = ("market@2#ab:firing:desk", "market@2#ab:update-1:desk", "market@2#ab:firing:log")


@contextlib.contextmanager
def with_daemon(path: Path) -> Iterator[None]:
    with running_desk(path):
        yield


@contextlib.contextmanager
def without_daemon(path: Path) -> Iterator[None]:
    yield


@pytest.fixture(params=[with_daemon, without_daemon])
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Request], Result]]:
    path = tmp_path / "b.db"
    with Store.open(path) as store:
        assert told(store) == ALERT
        told(store, 2, statuses=("firing", "update-1"))
        died(store, *DEAD)
    with request.param(path):
        yield lambda asked: ask_or_do(path, asked, NOON)


def read(tmp_path: Path, query: Callable[..., Any], *args: object) -> Any:
    with Store.open_readonly(tmp_path / "b.db") as store:
        return store.read(query, *args)


def test_an_answer_is_kept_with_its_note_whoever_writes_it(ask: Callable[[Request], Result], tmp_path: Path) -> None:
    """The desk's word on a page is what its precision is counted from: no way of giving it may lose it."""
    assert ask(Answer(ALERT, "mark", "false", "ann", "a drill\u2028\ud800 的"))["answers"] == [1, 2]
    assert ask(Answer(ALERT, "mark", "late", "bo"))["answers"] == [3]
    kept = read(tmp_path, answers_of, [ALERT])
    assert kept == {
        ALERT: [
            AnswerRow("mark", "false", "ann", NOON, "cli"),
            AnswerRow("note", "a drill\u2028\ud800 的", "ann", NOON, "cli"),
            AnswerRow("mark", "late", "bo", NOON, "cli"),
        ]
    }


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (Answer("market@2#cd", "mark", "true"), "no alert 'market@2#cd'"),
        (Answer(ALERT, "mark", "maybe"), "mark 'maybe': give one of true, false, late"),
        (Answer(ALERT, "praise"), "kind 'praise' is no answer"),
        (Answer(ALERT, "note", " "), "note: give a text"),
        (Answer(ALERT, "note", "x" * 2_001), "note: at most 2000 characters"),
        (Answer(ALERT, "assign", "x" * 101), "assign: at most 100 characters"),
        (Answer(ALERT, "acknowledge", "yes"), "acknowledge takes no value"),
        (Answer(ALERT, "acknowledge", who="x" * 101), "who: at most 100 characters"),
        (Answer(ALERT, "mark", "true", note="x" * 2_001), "note: at most 2000 characters"),
        (Mute("markets", NOON + 1, "ann", "why"), "'markets' is no series"),
        (Mute("entity:", NOON + 1, "ann", "why"), "'entity:' is no series"),
        (Mute("market", NOON, "ann", "why"), "until lies in the past"),
        (Mute("market", NOON + 31 * DAY_MS, "ann", "why"), "at most 30 days"),
        (Mute("market", NOON + 1, "", "why"), "mute: say who"),
        (Mute("market", NOON + 1, "ann", " "), "mute: say why"),
        (Unmute("market"), "'market' is not muted"),
        (Redrive(id="nothing"), "no delivery 'nothing'"),
        (Redrive(id=f"{ALERT}:firing:desk"), "is pending: only a dead one"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_wrong_is_one_line_and_changes_nothing(
    ask: Callable[[Request], Result], tmp_path: Path, wrong: Request, line: str
) -> None:
    with pytest.raises(InputError) as refused:
        ask(wrong)
    assert line in str(refused.value) and "\n" not in str(refused.value)
    assert read(tmp_path, answers_of, [ALERT]) == {} and read(tmp_path, mutes.mutes, NOON) == []


def test_a_mute_has_an_author_a_reason_and_an_end_and_can_be_ended_before(
    ask: Callable[[Request], Result], tmp_path: Path
) -> None:
    until = NOON + HOUR_MS
    assert ask(Mute("entity:us.x", until, "ann", "results at 22:00")) == {
        "mute": 1,
        "until": "2025-10-09T09:00:00Z",
        "known": False,
    }
    assert read(tmp_path, mutes.muted_series, NOON) == {"entity:us.x"}
    assert read(tmp_path, mutes.muted_series, until) == set()
    assert ask(Unmute("entity:us.x", "bo"))["ended"] == 1
    (kept,) = read(tmp_path, lambda db: mutes.mutes(db, NOON, ended=True))
    assert (kept.who, kept.why, kept.until, kept.ended_at, kept.ended_by) == (
        "ann",
        "results at 22:00",
        until,
        NOON,
        "bo",
    )


def test_redriven_deliveries_are_pending_again_under_their_ids_with_their_tries_kept(
    ask: Callable[[Request], Result], tmp_path: Path
) -> None:
    """An endpoint that was down for four days gets what it missed; one that has it drops the id that it knows."""
    assert ask(Redrive(endpoint="desk")) == {"redriven": 2}
    assert ask(Redrive(id=DEAD[2], who="ann")) == {"redriven": 1}
    assert ask(Redrive()) == {"redriven": 0}
    with Store.open_readonly(tmp_path / "b.db") as store:
        rows = {row.id: row for row in store.read(queries.deliveries)}
        due = {entry.id for entry in asyncio.run(StoredOutbox(store).due("desk", NOON, 10))}
        with store.reader() as db:
            kept = db.execute(select(schema.redrives).order_by(schema.redrives.c.delivery_id)).all()
    assert {row.status for row in rows.values()} == {"pending"}
    assert DEAD[0] in due and DEAD[1] not in due  # one after the other, as ever
    assert [(rows[name].tries, rows[name].redriven) for name in DEAD] == [(0, 1)] * 3
    assert rows["market@2#ab:update-1:log"].redriven == 0
    assert [(row.delivery_id, row.tries, row.via) for row in kept] == [(name, 1, "cli") for name in sorted(DEAD)]
    assert [row.who for row in kept if row.who] == ["ann"]


def test_what_is_for_an_endpoint_that_is_not_there_any_more_stays_dead(tmp_path: Path) -> None:
    """It would wait for ever, and look as if it were on its way."""
    path = tmp_path / "b.db"
    with Store.open(path) as store:
        told(store)
        died(store, f"{ALERT}:firing:desk", f"{ALERT}:firing:log")
    with running_desk(path, endpoints=["log"]):
        assert ask_or_do(path, Redrive(), NOON) == {"redriven": 1}
        for asked in (Redrive(endpoint="desk"), Redrive(id=f"{ALERT}:firing:desk")):
            with pytest.raises(InputError, match="no endpoint 'desk' is configured; there are: log"):
                ask_or_do(path, asked, NOON)
    rows = {row.endpoint: row.status for row in read(tmp_path, queries.deliveries)}
    assert rows == {"desk": "dead", "log": "pending"}
