"""Priorities for systemd's journal: `<3>` before a line, as sd-daemon(3) has it, for `journalctl -p err`."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TextIO

_PRIORITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


def goes_to_journal(stream: TextIO, env: Mapping[str, str]) -> bool:
    """Whether the stream is the one that systemd connected to its journal: JOURNAL_STREAM is its device and inode.

    A child inherits the variable, and may write to a file all the same (systemd.exec(5)).
    """
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return env.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def as_error(text: str, stream: TextIO, env: Mapping[str, str]) -> str:
    """The text as it is to be written to the stream: with the priority of an error where that is the journal."""
    return _marked(text, _PRIORITIES["ERROR"]) if goes_to_journal(stream, env) else text


class WithPriority(logging.Formatter):
    """Another formatter's text, each line of it with the record's priority: the journal takes lines one by one."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        return _marked(self._inner.format(record), _PRIORITIES.get(record.levelname, 5))


def _marked(text: str, priority: int) -> str:
    return "\n".join(f"<{priority}>{line}" for line in text.splitlines())
