"""The command line as scripts see it: exit codes, one clear line for bad input, documented shapes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import monitor
from monitor.cli import run

MODEL = Path(monitor.__file__).parent / "models" / "default"
LINES = [
    {"id": "a", "title": "Regulator takes control of Commerzbank after deposit flight", "summary": "It said so."},
    {"id": 7, "title": "Central bank leaves its key rate unchanged"},
    {"title": "Toyota raises full-year profit forecast on strong hybrid sales"},
]


def bearwatch(*argv: str, given: str = "", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "monitor", *argv],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["run", "--colour"], "--colour"),
        (["fly"], "fly"),
        (["run", "-c", "no/such/file.yaml"], "no/such/file.yaml"),
        (["run", "--role", "guess"], "'guess'"),
        (["run", "--role", "score"], "run --role score: give kafka.scores"),
        (["run", "--role", "watch"], "run --role watch: give kafka.scores"),
        (["demo", "--minutes", "-1"], "--minutes"),
        (["replay", "no/such/archive.jsonl"], "no/such/archive.jsonl"),
        (["replay", __file__, "--from", "yesterday"], "--from 'yesterday'"),
        (["replay", __file__, "--against", "no/such.yaml"], "no/such.yaml"),
        (["replay", __file__, "--html", "no/such/report.html"], "there is no folder no/such"),
        (["score", "--model", "no/such/model"], "no/such/model"),
        (["model", "info", "no-such-name"], "no-such-name"),
        (["explain"], "alert id"),
        (["explain", "market@1#ab", "--store", "no/such/store.db"], "no/such/store.db"),
    ],
)
def test_wrong_input_is_one_line_that_names_it_and_exit_code_2(
    argv: list[str], says: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(argv) == 2
    assert says in one_line(capsys)


def test_every_fault_of_a_configuration_is_named_in_one_go(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "bearwatch.yaml"
    path.write_text("web:\n  prot: 8900\ndetection:\n  false_pages_per_day: many\n", encoding="utf-8")
    assert run(["check", "-c", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert any("web.prot" in line and "port" in line for line in lines)
    assert any("detection.false_pages_per_day" in line for line in lines)


def test_help_and_version_go_to_stdout_and_are_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version"]) == 0
    assert capsys.readouterr().out.strip() == monitor.__version__
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    for command in ("demo", "run", "check", "feeds", "backfill", "score", "replay", "explain", "model"):
        assert command in out


@pytest.mark.slow
def test_score_answers_in_the_documented_shape_to_the_letter() -> None:
    given = "".join(json.dumps(line) + "\n" for line in LINES)
    result = bearwatch("score", given=given)
    assert result.returncode == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", 7, None]
    manifest = json.loads((MODEL / "manifest.json").read_text(encoding="utf-8"))
    assert manifest
    for answer in answers:
        assert list(answer) == ["id", "sentiment", "topics", "entities", "model"]
        assert list(answer["sentiment"]) == ["negative", "neutral", "positive"]
        assert sum(answer["sentiment"].values()) == pytest.approx(1)
        assert all(isinstance(p, float) and 0 <= p <= 1 for p in answer["topics"].values())
        assert len(answer["model"]) == 16
        for entity in answer["entities"]:
            assert list(entity) == ["id", "name", "sector", "sentiment"]
            assert list(entity["sentiment"]) == ["negative", "neutral", "positive"]
    assert [e["name"] for e in answers[0]["entities"]] == ["Commerzbank"]
    negative, dull, good = (max(a["sentiment"], key=a["sentiment"].get) for a in answers)
    assert (negative, dull, good) == ("negative", "neutral", "positive")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('{"title": "Oil falls again"}\nnot json\n', "line 2"),
        ("[1]\n", "object"),
        ('{"id": 1}\n', "title"),
        ('{"title": 5}\n', "texts"),
    ],
)
def test_a_line_that_cannot_be_scored_is_named_and_what_came_before_it_is_out(given: str, says: str) -> None:
    result = bearwatch("score", given=given)
    assert result.returncode == 2
    assert says in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_model_whose_bytes_changed_is_refused_in_one_line(home: Path) -> None:
    folder = home / "model"
    shutil.copytree(MODEL, folder)
    data = bytearray((folder / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "model.onnx").write_bytes(data)
    result = bearwatch("score", "--model", str(folder), given='{"title": "Oil falls"}\n')
    assert result.returncode == 2
    assert "model.onnx" in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_taken_port_is_one_line(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = bearwatch("demo", "--store", str(home / "demo"), env={"BEARWATCH_WEB__PORT": port})
    assert result.returncode == 2, result.stderr
    lines = [line for line in result.stderr.splitlines() if port in line]
    assert len(lines) == 1 and "in use" in lines[0] and "Traceback" not in result.stderr


@pytest.mark.slow
def test_the_shipped_model_verifies() -> None:
    result = bearwatch("model", "verify")
    assert result.returncode == 0, result.stderr


def write_archive(path: Path) -> None:
    lines = [
        {"id": 1, "title": "Oil settles higher after supply cut", "published_at": "2026-03-02T09:00:00Z"},
        {"id": 2, "title": "Lenders face losses as property prices fall", "published_at": "2026-03-02T09:10:00Z"},
    ]
    text = [json.dumps({**line, "publisher": "a.example", "language": "en"}) for line in lines]
    path.write_text("\n".join([text[0], "{broken", text[1], ""]), encoding="utf-8")


@pytest.mark.slow
def test_an_archive_line_that_is_not_json_is_named_and_the_others_are_taken(home: Path) -> None:
    archive = home / "news.jsonl"
    write_archive(archive)
    result = bearwatch("replay", str(archive))
    assert result.returncode == 0, result.stderr
    assert f"{archive}:2: not_json" in result.stderr
    report = json.loads(result.stdout)
    assert (report["articles"], report["refused"]) == (2, {"not_json": 1})
    again = bearwatch("replay", str(archive), "--no-cache")
    assert again.stdout == result.stdout
    (home / "other.yaml").write_text("detection: {false_pages_per_day: 30}\n")
    page, other = home / "report.html", str(home / "other.yaml")
    compared = bearwatch("replay", str(archive), "--against", other, "--html", str(page), "--report", str(home / "r"))
    assert (compared.returncode, compared.stdout) == (0, ""), compared.stderr
    assert json.loads((home / "r").read_text())["against"] == {
        "configuration": "other.yaml",
        "kept": 0,
        "gained": [],
        "lost": [],
    }
    assert "Against other.yaml" in page.read_text("utf-8")


@pytest.mark.slow
def test_a_backfill_done_twice_adds_nothing_the_second_time(home: Path) -> None:
    archive = home / "news.jsonl"
    write_archive(archive)
    first, second = bearwatch("backfill", str(archive)), bearwatch("backfill", str(archive))
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert " 0 rows added" not in first.stderr
    assert " 0 rows added" in second.stderr
