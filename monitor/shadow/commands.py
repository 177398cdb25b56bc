"""What `bearwatch shadow` does besides running one: the report, and a candidate's way into service and back."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from monitor.config import Config
from monitor.desk_commands import login
from monitor.errors import InputError
from monitor.place import store_address
from monitor.shadow.candidate import Given, shadow_store
from monitor.shadow.promote import Told, promote, rollback
from monitor.shadow.report import build_report
from monitor.shadow.run import yield_the_processor
from monitor.sources.wire import parse_time
from monitor.storage.store import Store


def report(config: Config, store: Path | None, since: str) -> dict[str, Any]:
    """See `report.build_report`; takes the processor only when nobody else wants it.

    Raises InputError: there is no shadow's store, or the time is none.
    """
    yield_the_processor()
    try:
        since_ms = parse_time(since) if since else None
    except ValueError as error:
        raise InputError(f"--since {since!r}: {error}; give ISO 8601, e.g. 2026-11-20T14:00:00Z") from error
    with (
        closing(Store.open_readonly(store_address(config))) as live,
        closing(Store.open_readonly(shadow_store(config, store))) as own,
    ):
        return build_report(live, own, config, since_ms)


def into_service(
    config: Config, path: Path | None, store: Path | None, given: Given | None, *, force: bool, wait_ms: int
) -> list[str]:
    """See `promote.promote`; what came of it, a line each."""
    told = promote(
        config,
        _file(path, "promote"),
        shadow_store(config, store),
        given,
        env=os.environ,
        force=force,
        who=login(),
        wait_s=wait_ms / 1_000,
        say=_say,
    )
    forced = [f"in spite of: {line}" for line in told.passed_over]
    return [*_lines(told), *forced, "back: bearwatch shadow rollback"]


def back(config: Config, path: Path | None, *, wait_ms: int) -> list[str]:
    """See `promote.rollback`; what came of it, a line each."""
    file = _file(path, "rollback")
    return _lines(rollback(config, file, env=os.environ, who=login(), wait_s=wait_ms / 1_000, say=_say))


def _lines(told: Told) -> list[str]:
    return [
        f"the daemon runs by {told.file} ({told.before} -> {told.after})",
        f"changed: {', '.join(told.changed) or 'nothing that is an option'}",
        f"before: {told.kept}",
    ]


def _file(path: Path | None, act: str) -> Path:
    if path is None:
        raise InputError(f"shadow {act}: give the live configuration with -c: it is the file that is replaced")
    return path


def _say(line: str) -> None:
    print(line, file=sys.stderr)
