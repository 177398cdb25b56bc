"""A copy of the live store by SQLite's own interface for it; nothing else may open or copy the file. SQLite only.

It reads one snapshot through a read-only connection, beside a running daemon or without one, so it asks nobody: the
daemon writes on, its log grows meanwhile by what it writes, and begins anew afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from monitor.errors import InputError, OperatorError
from monitor.storage.sqlite.lock import StoreLock

STEP_PAGES = 1_024  # 4 MiB between two words of progress
_BESIDE = ("-wal", "-shm", "-journal")

Progress = Callable[[int, int], None]


def back_up(
    source: sqlite3.Connection, store: Path, target: Path, *, overwrite: bool = False, progress: Progress | None = None
) -> int:
    """Writes what `source` sees now to `target`, whole or not at all: checked, on the disk, then named. Bytes written.

    Args:
        source: a connection to `store` without an open transaction.
        overwrite: whether a file that is there is replaced, at the end and in one moment.
        progress: told the pages done and all of them, now and then.

    Raises:
        InputError: `target` is there already, is the store or one that is in use, or its folder cannot be written.
        OperatorError: the disk is too small, or the copy does not read well; nothing is left of it.
    """
    _refuse(store, target, overwrite=overwrite)
    with contextlib.ExitStack() as undo:
        if (lock := target.with_name(f"{target.name}.lock")).exists():
            undo.enter_context(StoreLock(lock, "bearwatch db backup"))  # of a store that a daemon has open
        try:
            # Its owner's only, as it holds what people answered; a name of its own, since two may run at once.
            file, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
            os.close(file)
            part = Path(name)
            undo.callback(part.unlink, missing_ok=True)
            _copy(source, part, progress)
            _look_through(part)
            _to_disk(part)
            _name(part, target, overwrite=overwrite)
            _to_disk(target.parent)
        except sqlite3.Error as error:
            raise OperatorError(f"the backup {target} was not made: {error}") from error
        except OSError as error:
            raise InputError(f"the backup {target} cannot be written: {error.strerror or error}") from error
    return target.stat().st_size


def _refuse(store: Path, target: Path, *, overwrite: bool) -> None:
    if target.is_dir():
        raise InputError(f"the backup {target} is a folder; name a file in it, e.g. {target / store.name}")
    if target.resolve() in {store.resolve(), *(store.resolve().with_name(store.name + end) for end in _BESIDE)}:
        raise InputError(f"the backup {target} is the store itself; name another file")
    if target.exists() and not overwrite:
        raise InputError(f"the backup {target} exists already; name another file, or give --overwrite")
    for end in _BESIDE:
        beside = target.with_name(target.name + end)
        if end != "-shm" and beside.exists() and beside.stat().st_size:
            # It would be taken for the new file's own log, and spoil it.
            raise InputError(f"{beside} lies beside the backup {target}: that is a store in use; name another file")
    needed = sum(file.stat().st_size for file in (store, store.with_name(f"{store.name}-wal")) if file.exists())
    with contextlib.suppress(OSError):  # no such folder: the next step says so
        free = shutil.disk_usage(target.parent).free
        if free < needed:
            raise OperatorError(
                f"the backup {target} needs {needed / 1e6:,.0f} MB, its disk has {free / 1e6:,.0f} MB free"
            )


def _copy(source: sqlite3.Connection, part: Path, progress: Progress | None) -> None:
    def told(_status: int, left: int, pages: int) -> None:
        if progress is not None:
            progress(pages - left, pages)

    with contextlib.closing(sqlite3.connect(part)) as copy:
        # One snapshot from the first page to the last: without it every commit would begin the copy anew.
        source.execute("BEGIN")
        try:
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=STEP_PAGES, progress=told)
        finally:
            source.execute("ROLLBACK")
        # A log of its own it gets again when a daemon opens it; until then reading it leaves no files beside it.
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()


def _look_through(part: Path) -> None:
    # Immutable: a file that nobody else has, so that no log is made beside it.
    with contextlib.closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise OperatorError(f"the copy does not read well: {found}; look at the store with `bearwatch db check`")


def _name(part: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
        return
    try:
        os.link(part, target)  # refuses what a rename would replace
    except FileExistsError:
        raise InputError(f"the backup {target} exists already; name another file, or give --overwrite") from None
    except OSError:  # a file system without links
        part.rename(target)


def _to_disk(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
