"""The command line: help, exit codes, and which step comes first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from tests.training.tiny import tiny_recipe
from training import cli

pytestmark = [pytest.mark.training, pytest.mark.slow]

STEPS = ("prepare", "train", "distil", "calibrate", "export", "evaluate", "report")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Runs `bearwatch-train` in this process: (exit code, standard output, standard error)."""

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bearwatch-train", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
            sys.exit(0)
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_recipe(tmp_path_factory.mktemp("fresh"), rows=30, epochs=1)


def changed(recipe: Path, to: Path, **sections: object) -> Path:
    raw = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    for name, section in sections.items():
        raw[name] = {**raw.get(name, {}), **section} if isinstance(section, dict) else section
    to.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return to


@pytest.mark.parametrize("step", STEPS)
def test_help_of_a_step_says_what_it_does_and_that_it_takes_a_recipe(run, step: str) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(step, "--help")
    assert code == 0
    assert "--config" in out


def test_help_names_every_step(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("--help")
    assert code == 0
    assert all(step in out for step in STEPS)


def test_unknown_step_is_the_users_error(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("bake")
    assert code == 2
    assert "bake" in err


def test_missing_recipe_is_one_line_and_code_2(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("prepare", "-c", tmp_path / "none.yaml")
    assert (code, out) == (2, "")
    assert err == f"bearwatch-train: {tmp_path / 'none.yaml'}: No such file or directory\n"


@pytest.mark.parametrize(
    ("step", "first"),
    [
        *(("train", "prepare"), ("calibrate", "prepare"), ("export", "prepare")),
        *(("evaluate", "prepare"), ("report", "prepare")),
    ],
)
def test_step_before_prepare_says_so_in_one_line(run, recipe: Path, step: str, first: str) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(step, "-c", recipe)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert f"run `bearwatch-train {first}` first" in err


def test_steps_after_prepare_say_which_is_next(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recipe = tiny_recipe(tmp_path, rows=30, epochs=1)
    code, out, _ = run("prepare", "-c", recipe)
    assert code == 0
    assert out.endswith("rows.jsonl\n")
    for step, first in (("calibrate", "train"), ("export", "calibrate")):
        code, _, err = run(step, "-c", recipe)
        assert code == 2
        assert err.startswith("bearwatch-train: ")
        assert f"run `bearwatch-train {first}` first" in err.splitlines()[-1]
    code, _, err = run("distil", "-c", recipe)
    assert (code, err.splitlines()[-1]) == (2, "bearwatch-train: distil.teachers names no run folder")


def test_promise_not_kept_is_one_line_and_code_1(run, trained: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recipe = changed(trained / "recipe.yaml", tmp_path / "small.yaml", export={"size_limit_mb": 0.001})
    code, out, err = run("export", "-c", recipe, "--to", tmp_path / "model")
    assert (code, out) == (1, "")
    assert "MB, more than 0.001" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not (tmp_path / "model").exists()


def test_unknown_precision_is_the_users_error(run, trained: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("export", "-c", trained / "recipe.yaml", "--precision", "int4", "--to", tmp_path / "model")
    assert (code, err) == (2, "bearwatch-train: precision 'int4' is none of int8, fp16, fp32\n")
