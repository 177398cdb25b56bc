"""Builds what is released, proves it, and writes its hashes: `make dist`.

    python deploy/release.py [FOLDER]

Wheel and source archive are built twice and must be the same bytes; the wheel, in an environment of its own outside of
the source tree, must bring no torch, verify its model and run the demonstration to its end with alerts in the store.
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(argv: list[str] | None = None) -> int:
    """Exit code 0 where all of it holds, 1 with one line where not."""
    parser = argparse.ArgumentParser(description="Builds wheel and source archive, and proves them.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    folder: Path = parser.parse_args(argv).folder.resolve()
    try:
        with tempfile.TemporaryDirectory() as place:
            files = build(folder, Path(place))
            prove(next(path for path in files if path.suffix == ".whl"), Path(place))
    except (NotReleasable, subprocess.CalledProcessError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (folder / "SHA256SUMS").write_text(sums, encoding="ascii")
    print(sums, end="")
    return 0


class NotReleasable(Exception):
    """What is not as it was promised."""


def version() -> str:
    """The version, from its one place; CHANGELOG.md must begin with it."""
    found = re.search(r'^__version__ = "(.+)"$', (ROOT / "monitor/__init__.py").read_text(encoding="utf-8"), re.M)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    if found is None or newest is None or found[1] != newest[1]:
        raise NotReleasable(
            f"CHANGELOG.md begins with {newest and newest[1]}, monitor/__init__.py is {found and found[1]}"
        )
    return found[1]


def upgradable(version: str) -> None:
    """Upgrades from this version can be tested only if its stores are kept: python -m tests.schemas."""
    dumps = [ROOT / "tests/golden/schemas" / f"{version}.{kind}.sql" for kind in ("sqlite", "postgresql")]
    if missing := [str(dump.relative_to(ROOT)) for dump in dumps if not dump.is_file()]:
        raise NotReleasable(f"{' and '.join(missing)} not there: python -m tests.schemas")


def build(folder: Path, place: Path) -> list[Path]:
    """Wheel and source archive in `folder`, alone there."""
    upgradable(version())
    names = [f"bearwatch-{version()}-py3-none-any.whl", f"bearwatch-{version()}.tar.gz"]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("bearwatch-*"):
        old.unlink()
    for out in (folder, place / "again"):
        run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)], cwd=place)
    _, differing, missing = filecmp.cmpfiles(folder, place / "again", names, shallow=False)
    if differing or missing:
        raise NotReleasable(f"not the same bytes twice: {', '.join(differing + missing)}")
    return [folder / name for name in names]


def prove(wheel: Path, place: Path) -> None:
    """Installs the wheel into an environment of its own and runs the demonstration from it."""
    home = place / "home"
    home.mkdir()
    venv.create(home / "env", with_pip=True)
    python, bearwatch = home / "env/bin/python", home / "env/bin/bearwatch"
    # Nothing of the source tree may be found, by folder or by environment.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BEARWATCH", "XDG"))}
    env = {**kept, "HOME": str(home), "BEARWATCH_WEB__PORT": "0"}
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    # pip's own settings and cache are the caller's.
    run([*pip, "--no-compile", "-c", str(ROOT / "constraints.txt"), str(wheel)], cwd=home, env=kept)
    run([str(python), "-c", _NOTHING_OF_TRAINING], cwd=home, env=env)
    run([str(bearwatch), "model", "verify"], cwd=home, env=env)
    run([str(bearwatch), "demo", "--store", "demo", "--minutes", "0", "--stop-at-end"], cwd=home, env=env)
    with sqlite3.connect(home / "demo/demo.db") as store:
        ((alerts,),) = store.execute("SELECT count(*) FROM alerts WHERE status = 'firing'")
    if not alerts:
        raise NotReleasable("the demonstration from the wheel raised no alert")


_NOTHING_OF_TRAINING = """
import importlib.util, monitor, pathlib, sys
assert pathlib.Path(monitor.__file__).is_relative_to(sys.prefix), monitor.__file__
assert not [name for name in ("torch", "transformers", "onnx") if importlib.util.find_spec(name)]
"""


def run(argv: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Runs to the end; its words are shown only where it fails."""
    done = subprocess.run(
        argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise NotReleasable(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-4_000:]}")


if __name__ == "__main__":
    sys.exit(main())
