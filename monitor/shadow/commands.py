"""What `bearwatch shadow` does besides running one: the report."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

from monitor.config import Config
from monitor.errors import InputError
from monitor.shadow.candidate import shadow_store
from monitor.shadow.report import build_report
from monitor.shadow.run import NICE
from monitor.sources.wire import parse_time
from monitor.storage.store import Store


def report(config: Config, store: Path | None, since: str) -> dict[str, Any]:
    """See `report.build_report`; takes the processor only when nobody else wants it.

    Raises InputError: there is no shadow's store, or the time is none.
    """
    os.nice(NICE)
    try:
        since_ms = parse_time(since) if since else None
    except ValueError as error:
        raise InputError(f"--since {since!r}: {error}; give ISO 8601, e.g. 2026-11-20T14:00:00Z") from error
    with (
        closing(Store.open_readonly(config.store.url)) as live,
        closing(Store.open_readonly(shadow_store(config, store))) as own,
    ):
        return build_report(live, own, config, since_ms)
