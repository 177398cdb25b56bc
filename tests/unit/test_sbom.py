"""What the daemon is made of: a lock with a hash for each package, and no address."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).parents[2] / "deploy" / "sbom.py"


def locked(report: dict[str, Any]) -> list[str]:
    spec = importlib.util.spec_from_file_location("sbom", PATH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[str] = module.locked(report)
    return found


def item(name: str, digest: str | None = None) -> dict[str, Any]:
    hashes = {} if digest is None else {"archive_info": {"hashes": {"sha256": digest}}}
    return {
        "metadata": {"name": name, "version": "1.2"},
        "download_info": {"url": f"https://index.example/{name}.whl", **hashes},
    }


def test_each_package_is_one_line_with_its_hash_and_ours_is_none() -> None:
    found = locked({"install": [item("B_c.d", "01"), item("bearwatch"), item("a", "02")]})
    assert found == ["a==1.2 --hash=sha256:02", "b-c-d==1.2 --hash=sha256:01"]


def test_a_package_without_a_hash_is_no_lock() -> None:
    with pytest.raises(KeyError):
        locked({"install": [item("a")]})
