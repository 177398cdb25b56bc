"""Where there is nothing to stand by for: one line, exit code 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((), "is a SQLite file, which one machine has: a standby needs PostgreSQL"),
        (("--role", "score"), "a scorer has no store to stand by for"),
    ],
)
def test_a_standby_is_refused_in_one_line(tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    config = tmp_path / "b.yaml"
    config.write_text(f"store: {{url: 'sqlite:///{tmp_path}/b.db'}}\n", encoding="utf-8")
    command = [sys.executable, "-m", "monitor", "run", "--standby", *more, "-c", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("bearwatch: run --") and says in line
    assert not (tmp_path / "b.db").exists()
