"""What is released: the same bytes twice, and a wheel that works where there is no source tree."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "deploy/release.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_changelog_begins_with_the_version(release: ModuleType) -> None:
    assert release.version()


def test_a_changelog_of_another_version_stops_the_release(
    release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "monitor").mkdir()
    (tmp_path / "monitor/__init__.py").write_text('__version__ = "0.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0\n")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    assert release.main([str(tmp_path / "dist")]) == 1
    assert capsys.readouterr().err == "release: CHANGELOG.md begins with 0.1.0, monitor/__init__.py is 0.2.0\n"


def test_a_version_whose_stores_are_not_kept_is_not_released(
    release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "monitor").mkdir()
    (tmp_path / "monitor/__init__.py").write_text('__version__ = "0.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.2.0\n")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    assert release.main([str(tmp_path / "dist")]) == 1
    assert capsys.readouterr().err.endswith("0.2.0.postgresql.sql not there: python -m tests.schemas\n")


@pytest.mark.slow
def test_the_wheel_is_reproducible_holds_the_models_and_runs_the_demonstration(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "deploy/release.py", tmp_path], check=True, timeout=600)
    sums = dict(reversed(line.split()) for line in (tmp_path / "SHA256SUMS").read_text().splitlines())
    assert len(sums) == 2 and all(hashlib.sha256((tmp_path / n).read_bytes()).hexdigest() == s for n, s in sums.items())
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    for name in ("default", "fast"):
        assert f"monitor/models/{name}/model.onnx" in held
    packed = {name for name in held if not name.startswith("bearwatch-")}
    assert {name.split("/")[0] for name in packed} == {"monitor", "training"}
    assert not [name for name in packed if "__pycache__" in name]
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as source:
        inside = {name.partition("/")[2] for name in source.getnames()}
    assert {"Makefile", "constraints.txt", "LICENSE", "README.md", "deploy/bearwatch.example.yaml"} <= inside
    assert packed <= inside
