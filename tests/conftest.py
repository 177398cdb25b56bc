"""What tests of more than one folder share as fixtures."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

pytest_plugins = ["tests.kafka.fixtures", "tests.postgresql"]


_ALL_SLOW = re.compile(r"^pytestmark = \[?[^]]*pytest\.mark\.slow", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where no slow test is asked for, files of nothing else are not even imported: their libraries take seconds."""
    if config.getoption("markexpr") != "not slow" or not collection_path.match("test_*.py"):
        return None
    return True if _ALL_SLOW.search(collection_path.read_text(encoding="utf-8")) else None


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Replays and daemons in tests, in processes of their own too, leave the user's cache and state alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def own_logs() -> Iterator[None]:
    """Whatever the test sets logging up to is put back after it."""
    root, own = logging.getLogger(), logging.getLogger("monitor")
    before = root.handlers[:], root.level, own.level
    yield
    root.handlers[:], root.level, own.level = before
    structlog.reset_defaults()
