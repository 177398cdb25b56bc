"""`bearwatch deliveries` and `bearwatch alert` as scripts see them: JSON lines, exit codes, one line for a fault."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from monitor.cli import run
from monitor.storage.store import Store
from tests.fakes_desk import died, told

ALERT = "entity:us.x@1#ab"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("BEARWATCH_LOG__LEVEL", "error")
    with Store.open(tmp_path / "b.db") as store:
        told(store, 1, series="entity:us.x")
        told(store, 2)
        died(store, "market@2#ab:firing:desk", "entity:us.x@1#ab:firing:log")
    return tmp_path / "b.db"


def rows(capture: Capture) -> list[dict[str, object]]:
    return [json.loads(line) for line in capture.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("argv", "ids"),
    [
        ([], 4),
        (["list"], 4),
        (["list", "--endpoint", "desk"], 2),
        (["--status", "dead"], 2),
        (["list", "--alert", ALERT, "--status", "pending"], 1),
        (["list", "--limit", "1"], 1),
    ],
)
def test_deliveries_are_listed_and_picked_with_nothing_of_their_bodies(
    path: Path, capsys: Capture, argv: list[str], ids: int
) -> None:
    where = ["--store", str(path)]
    assert run(["deliveries", *argv, *where]) == 0
    found = rows(capsys)
    assert len(found) == ids and len({row["id"] for row in found}) == ids
    for row in found:
        assert set(row) == {
            *("id", "alert", "endpoint", "status", "tries", "last_status", "last_error"),
            *("created_at", "due_at", "updated_at", "mute", "redriven", "body_sha256", "sent_sha256"),
        }
        assert row["body_sha256"] == hashlib.sha256(b'{"n":9}').hexdigest()
        assert str(row["created_at"]).endswith("Z")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["deliveries", "redrive"], "one of them"),
        (["deliveries", "redrive", "--all-dead", "--id", "x"], "one of them"),
        (["deliveries", "--endpoint", "desk", "redrive", "--all-dead"], "give the options after redrive"),
        (["deliveries", "redrive", "--id", "x"], "there is no delivery 'x'"),
        (["deliveries", "--status", "lost"], "'lost'"),
        (["alert", "mark", ALERT, "maybe"], "'maybe'"),
        (["alert", "mark", "nothing", "true"], "there is no alert 'nothing'"),
        (["alert", "show", "nothing"], "there is no alert 'nothing'"),
        (
            ["alert", "mute", "market", "--until", "soon", "--who", "a", "--why", "b"],
            "--until should be a duration",
        ),
        (["alert", "mute", "market", "--until", "2h", "--who", "a"], "--why"),
        (["alert", "mute", "markt", "--until", "2h", "--who", "a", "--why", "b"], "'markt' is no series"),
        (["alert", "unmute", "market"], "'market' is not muted"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(path: Path, capsys: Capture, argv: list[str], says: str) -> None:
    """`--endpoint desk redrive --all-dead` must not page whom it did not name."""
    assert run([*argv, "--store", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    run(["deliveries", "--status", "dead", "--store", str(path)])
    assert len(rows(capsys)) == 2


def test_answers_and_mutes_by_command(path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "account")
    where = ["--store", str(path)]
    for argv in (
        ["ack", ALERT],
        ["assign", ALERT, "bo", "--who", "ann"],
        ["note", ALERT, "the regulator was first"],
        ["mark", ALERT, "late", "--note", "known"],
        ["mute", "entity:us.x", "--until", "2h", "--who", "ann", "--why", "results"],
    ):
        assert run(["alert", *argv, *where]) == 0
    # A misspelt series would be muted to no effect.
    assert capsys.readouterr().err == "bearwatch: no story has entered 'entity:us.x' yet: is it spelt so?\n"
    assert run(["alert", "show", ALERT, *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["state"]["mark"] == "late" and found["state"]["assigned_to"] == "bo" and found["muted"] is True
    assert [(a["kind"], a["value"], a["who"]) for a in found["answers"]] == [
        ("acknowledge", "", "account"),
        ("assign", "bo", "ann"),
        ("note", "the regulator was first", "account"),
        ("mark", "late", "account"),
        ("note", "known", "account"),
    ]
    assert run(["alert", "mutes", *where]) == 0
    (mute,) = rows(capsys)
    assert (mute["series"], mute["who"], mute["why"], mute["ended_at"]) == ("entity:us.x", "ann", "results", None)
    assert run(["alert", "unmute", "entity:us.x", *where]) == 0
    assert run(["alert", "mutes", *where]) == 0
    assert rows(capsys) == [{"ended": 1, "released": 0}]  # of both commands: there is no mute left
    assert run(["alert", "mutes", "--all", *where]) == 0
    assert rows(capsys)[0]["ended_by"] == "account"


def test_an_account_without_a_name_answers_all_the_same(
    path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container the user id mostly has none."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert run(["alert", "ack", ALERT, "--store", str(path)]) == 0
    assert run(["deliveries", "redrive", "--all-dead", "--store", str(path)]) == 0
    assert capsys.readouterr().err == "2 deliveries sent on their way again\n"


def test_there_is_no_store_made_by_looking(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for argv in (["deliveries"], ["deliveries", "redrive", "--all-dead"], ["alert", "ack", "a"], ["alert", "mutes"]):
        assert run(argv) == 2
        assert "there is no store at" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()
