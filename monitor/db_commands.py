"""What operators do with the store as a whole: copy it, and look whether it is well."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from monitor.config import Config
from monitor.ingest.stories import LONGEST_WINDOWS
from monitor.place import store_address
from monitor.replay.check import violations
from monitor.storage.store import Store

TELL_S = 0.2  # between two words of progress, on a terminal


def backup(config: Config, store: str | None, target: Path, *, overwrite: bool) -> int:
    """Copies the store beside its daemon or without one; bytes written. See `storage.backup`."""
    told = 0.0

    def progress(done: int, pages: int) -> None:
        nonlocal told
        if sys.stderr.isatty() and time.monotonic() - told > TELL_S:
            told = time.monotonic()
            print(f"\rbackup: {done / max(pages, 1):.0%} ", end="", file=sys.stderr, flush=True)

    with closing(Store.open_readonly(store_address(config, store))) as own:
        size = own.backup(target.expanduser().absolute(), overwrite=overwrite, progress=progress)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    return size


def check(config: Config, store: str | None) -> Iterator[str]:
    """A line for each thing in the store that does not hold; see `replay.check`."""

    def say(stage: str) -> None:
        if sys.stderr.isatty():
            print(f"check: {stage}", file=sys.stderr)

    with closing(Store.open_readonly(store_address(config, store))) as own, own.reader() as db:
        yield from violations(own, db, LONGEST_WINDOWS * config.stories.window, say)
