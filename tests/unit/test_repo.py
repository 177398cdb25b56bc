"""House rules that a reader would otherwise have to remember."""

from __future__ import annotations

import ast
import importlib
import io
import os
import re
import subprocess
import tokenize
import tomllib
from functools import cache
from pathlib import Path

import pytest

import monitor
from tests.missing import needed

ROOT = Path(__file__).parents[2]
CODE = ("monitor", "training")
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
)
LINES_MOST = 400
BYTES_MOST = 2_000_000  # only the shipped model may be larger

# In pieces, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a package registry": re.compile(
        "|".join(
            re.escape(".".join(parts))
            for parts in [
                ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("yarnpkg", "com"), ("anaconda", "org"),
                ("crates", "io"), ("proxy", "golang", "org"), ("deb", "debian", "org"), ("archive", "ubuntu", "com"),
                ("download", "pytorch", "org"), ("maven", "apache", "org"), ("maven", "org"),
            ]
        ),
        re.IGNORECASE,
    ),
    "a path of a build machine": re.compile(
        r"(?<![\w.~-])/(?:" + "|".join(["wo" + "rk", "fa" + "rm", "ro" + "ot"]) + r")/[a-z.]"
    ),
    "a private folder": re.compile(re.escape("../" + ".library")),
}  # fmt: skip


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project: tracked, or new and not ignored; without git, all but hidden folders."""
    if not (ROOT / ".git").exists():
        within = (path for path in sorted(ROOT.rglob("*")) if path.is_file())
        made = ("__pycache__", "build", "dist", "runs", "bearwatch.egg-info")
        return tuple(
            p for p in within if not any(x.startswith(".") or x in made for x in p.relative_to(ROOT).parts[:-1])
        )
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file())


@cache
def texts() -> dict[str, str]:
    found = {}
    for path in files():
        if path.stat().st_size <= BYTES_MOST:
            raw = path.read_bytes()
            if b"\0" not in raw[:8_000]:
                found[str(path.relative_to(ROOT))] = raw.decode("utf-8", "replace")
    return found


def code_files() -> list[Path]:
    return [path for room in CODE for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a package registry", "pip install -i https://py" + "pi.org/simple"),
        ("a path of a build machine", "open('/wo" + "rk/main/x')"),
        ("a private folder", "see ../" + ".library/README"),
    ],
)
def test_what_is_forbidden_is_recognised(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line)


def test_no_path_looks_like_a_build_machines_by_chance() -> None:
    for line in ["GET /network/a", "a/wo" + "rk/b", "https://x.example/wo" + "rk/a"]:
        assert not FORBIDDEN["a path of a build machine"].search(line)


def test_no_file_is_large_but_the_model() -> None:
    large = [str(path.relative_to(ROOT)) for path in files() if path.stat().st_size > BYTES_MOST]
    assert [name for name in large if not name.startswith("monitor/models/")] == []


def test_no_file_of_code_is_too_long_to_read() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in code_files()}
    assert {name: length for name, length in lengths.items() if length > LINES_MOST} == {}


def test_nothing_that_the_news_brings_is_kept_for_ever_by_being_interned() -> None:
    """Up to Python 3.12.6 sys.intern keeps a string for as long as the process runs (python/cpython#113993)."""
    found = [name for name, text in texts().items() if name.startswith("monitor/") and re.search(r"\bintern\(", text)]
    assert found == []


def test_what_a_machine_lacks_is_said_in_one_place_that_fails_in_ci() -> None:
    """Whoever skips by themselves may skip in continuous integration too, and nobody sees it."""
    skips = re.compile(r"pytest\.(skip|importorskip)\b|mark\.skip\b|unittest")
    own = {"tests/missing.py", "tests/unit/test_repo.py"}
    found = [name for name, text in texts().items() if name.startswith("tests/") and skips.search(text)]
    assert set(found) <= own


@pytest.mark.parametrize(
    ("ci", "outcome"), [(None, "skipped"), ("false", "skipped"), ("true", "failed"), ("1", "failed")]
)
def test_what_is_lacking_fails_in_ci_and_skips_elsewhere(
    ci: str | None, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ci is None:
        monkeypatch.delenv("CI", raising=False)
    else:
        monkeypatch.setenv("CI", ci)
    with pytest.raises(BaseException) as ended:
        needed("a-program-that-nobody-has", "nothing")
    assert type(ended.value).__name__.lower() == outcome
    assert "a-program-that-nobody-has is missing: apt install nothing" in str(ended.value)


def broad_excepts_without_reason(source: str) -> list[int]:
    """Lines of handlers that catch everything and say nowhere beside or below themselves why."""
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = [] if node.type is None else [n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)]
            broad = node.type is None or {"Exception", "BaseException"} & set(caught)
            said = any(len(comments.get(line, "")) > 12 for line in (node.lineno, node.lineno + 1))
            if broad and not said:
                found.append(node.lineno)
    return found


def test_every_broad_except_says_why() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in code_files()
        for line in broad_excepts_without_reason(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("handler", "faults"),
    [
        ("except Exception:\n    pass", 1),
        ("except:\n    pass", 1),
        ("except (OSError, Exception) as e:\n    pass", 1),
        ("except BaseException:  # noqa\n    raise", 1),
        ("except Exception:  # the task's boundary: logged, then raised again\n    raise", 0),
        ("except Exception:\n    # the task's boundary: logged, then raised again\n    raise", 0),
        ("except OSError:\n    pass", 0),
    ],
)
def test_a_broad_except_without_reason_is_found(handler: str, faults: int) -> None:
    assert len(broad_excepts_without_reason(f"try:\n    pass\n{handler}\n")) == faults


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]))
    found = [str(path.relative_to(ROOT)) for path in code_files() if marks.search(path.read_text("utf-8"))]
    assert found == []


def test_every_test_of_the_trainer_is_marked_slow_as_make_check_does_not_read_them() -> None:
    files = sorted((ROOT / "tests/training").glob("test_*.py"))
    assert len(files) > 10
    marked = re.compile(r"^pytestmark = .*?pytest\.mark\.slow", re.MULTILINE | re.DOTALL)
    assert [file.name for file in files if not marked.search(file.read_text(encoding="utf-8"))] == []


def test_changelog_tells_of_this_version_in_the_agreed_form() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    assert any(re.match(rf"## {re.escape(monitor.__version__)}\b", line) for line in lines)
    for line in lines:
        if line.startswith("- "):
            assert re.match(r"- \[(CHANGE|FEATURE|BUGFIX)\] [a-z][a-z ,-]*: \S.*", line), line


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make run" in text
    assert "make test" in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_command_in_the_documents_exists(document: str) -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)`", (ROOT / document).read_text("utf-8")))
    assert named <= make_targets()


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "SECURITY.md"])
def test_every_file_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    named = re.findall(r"`((?:monitor|training|tests|deploy|docs|benchmarks)/[\w./-]+)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").rstrip().splitlines()[-1] == "exec make test"


def test_constraints_pin_every_dependency_exactly_and_name_no_address() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(w for extra in project["optional-dependencies"].values() for w in extra)]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[<>=!~;\[ ]", want)[0]).lower() for want in wanted}
    assert names - pinned == set()
    assert not [name for name in pinned if name.startswith(("nvidia-", "cuda-", "triton"))]


def test_licence_is_the_one_that_the_project_names() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_benchmarks_find_what_they_import() -> None:
    """Nobody runs them before a release."""
    importlib.import_module("benchmarks.__main__")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_relative_link_of_a_document_leads_to_a_file_and_its_heading(document: str) -> None:
    folder = (ROOT / document).parent
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", (ROOT / document).read_text("utf-8")):
        name, _, heading = target.partition("#")
        path = folder / name if name else ROOT / document
        assert path.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, target
