"""What the daemon is doing, for whoever has to find out why it does not: `bearwatch debug dump`."""

from __future__ import annotations

import asyncio
import gc
import os
import platform
import sqlite3
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from monitor import __version__
from monitor.alerts.evidence import iso_time
from monitor.config import Config, effective_yaml
from monitor.telemetry.logs import RECENT_FAULTS

_STARTED = time.time()
_LIBRARIES = ("aiohttp", "confluent-kafka", "fastapi", "onnxruntime", "numpy", "sqlalchemy", "tokenizers", "uvicorn")
_FRAMES = 6  # of each task, the innermost


def dump(
    config: Config,
    store: Mapping[str, Any],
    *,
    model: Mapping[str, str],
    depths: Mapping[str, int],
    held: Mapping[str, int],
    unready: Sequence[str],
    sources: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """JSON-able; secrets are masked, no text of an article is in it.

    Args:
        store: its facts. depths: records that wait before each stage. held: how many of what is kept in memory, which
            by right grows and shrinks with the news. unready: why the daemon is not ready. sources: how each fares.
    """
    return {
        "at": iso_time(round(time.time() * 1_000)),
        "process": {
            "pid": os.getpid(),
            "started_at": iso_time(round(_STARTED * 1_000)),
            "version": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(),
            "libraries": {name: _version(name) for name in _LIBRARIES},
            "resident_bytes": _resident(),
            "descriptors": len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else None,
            "threads": [thread.name for thread in threading.enumerate()],
            # Never gc.get_objects(): it takes hold of tuples that another thread is still making, which then fails
            # there with a SystemError (python/cpython#39117), in the writer's thread as in any other.
            "blocks": sys.getallocatedblocks(),
            "collections": [of["collections"] for of in gc.get_stats()],
        },
        "model": dict(model),
        "unready": list(unready),
        "queues": dict(depths),
        "held": dict(held),
        "tasks": [_task(task) for task in sorted(asyncio.all_tasks(), key=lambda task: task.get_name())],
        "sources": [dict(source) for source in sources],
        "store": dict(store),
        "faults": list(RECENT_FAULTS),
        "configuration": yaml.safe_load(effective_yaml(config)),
    }


def _task(task: asyncio.Task[Any]) -> dict[str, Any]:
    stack = task.get_stack(limit=_FRAMES)
    return {
        "name": task.get_name(),
        "waits_in": [f"{Path(f.f_code.co_filename).name}:{f.f_lineno} {f.f_code.co_name}" for f in stack],
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _resident() -> int | None:
    """Linux only: the second number of statm, in pages (proc(5))."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
