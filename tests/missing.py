"""What a machine lacks: a test that needs it skips aloud, and fails where nothing may be left out."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Whether this is continuous integration, which must not pass over anything: CI=true, as its services set it."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def lacking(reason: str) -> NoReturn:
    """Ends the test: skipped on a person's machine, failed in continuous integration."""
    if in_ci():
        pytest.fail(reason)
    pytest.skip(reason)


def needed(program: str, package: str) -> str:
    """The program's path. package: Debian's, that brings it."""
    return shutil.which(program) or lacking(f"{program} is missing: apt install {package}")


def forbidden_here(reason: str) -> NoReturn:
    """Skips everywhere: a kernel that does not allow it cannot be installed."""
    pytest.skip(reason)


def left_to_the_long_form(how: str) -> NoReturn:
    """Skips everywhere: it takes too long for every change. how: the command that runs it."""
    pytest.skip(f"takes minutes: {how}")
