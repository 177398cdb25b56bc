"""The daemon in an environment that holds what `pip install bearwatch` brings, and nothing more."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TRAINERS = ("torch", "transformers", "peft", "accelerate", "sklearn", "scipy", "onnx", "datasets", "matplotlib")

EVERY_ROOM = """
import importlib, importlib.util, pkgutil, sys
sys.path[:0] = [{packages!r}, {root!r}]
found = [name for name in {trainers!r} if importlib.util.find_spec(name)]
assert not found, found
import monitor
for module in pkgutil.walk_packages(monitor.__path__, "monitor."):
    if module.name != "monitor.__main__" and ".migrations." not in module.name and ".postgresql." not in module.name:
        importlib.import_module(module.name)
assert "training" not in sys.modules
"""
SCORE = """
import sys
sys.path[:0] = [{packages!r}, {root!r}]
sys.argv[1:] = ["score"]
from monitor.cli import main
main()
"""
# psycopg is an extra: where it is missing, one line says so.
ON_POSTGRESQL = """
import sys
sys.path[:0] = [{packages!r}, {root!r}]
sys.argv[1:] = {command!r}
from monitor.cli import main
main()
"""


def closure(names: list[str]) -> dict[str, Distribution]:
    """The named packages and all that they need here, by canonical name; extras are followed where asked for."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        key = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if key in found and not wanted.extras:
            continue
        try:
            found[key] = distribution(wanted.name)
        except PackageNotFoundError:
            continue  # an optional part that is not installed here
        for line in found[key].requires or ():
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in (*wanted.extras, "")):
                waiting.append(needed)
    return found


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of links to the daemon's dependencies alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = tmp_path_factory.mktemp("packages")
    for found in closure(project["dependencies"]).values():
        for file in found.files or ():
            top = folder / file.parts[0]
            if file.parts[0] not in ("..", "__pycache__") and not top.exists():
                top.symlink_to(Path(str(found.locate_file(file.parts[0]))))
    return folder


def run(code: str, packages: Path, given: str = "", **more: object) -> subprocess.CompletedProcess[str]:
    text = code.format(packages=str(packages), root=str(ROOT), trainers=TRAINERS, **more)
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", text], input=given, capture_output=True, text=True, check=False, timeout=120
    )


def test_every_room_of_the_daemon_imports_without_the_trainers_libraries(packages: Path) -> None:
    done = run(EVERY_ROOM, packages)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_headline_is_scored_without_the_trainers_libraries(packages: Path) -> None:
    done = run(SCORE, packages, json.dumps({"id": 1, "title": "Bank collapses after fraud probe"}) + "\n")
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["sentiment"]["negative"] > 0.5


@pytest.mark.parametrize("command", [["check"], ["run"], ["db", "check"]], ids=" ".join)
def test_a_store_on_postgresql_without_its_driver_is_refused_in_one_line(
    packages: Path, tmp_path: Path, command: list[str]
) -> None:
    config = tmp_path / "bearwatch.yaml"
    config.write_text("store: {url: 'postgresql://nobody@127.0.0.1:1/none'}\n", encoding="utf-8")
    done = run(ON_POSTGRESQL, packages, command=[*command, "-c", str(config)])
    assert done.returncode == 2
    assert "psycopg is not installed: pip install 'bearwatch[postgresql]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
