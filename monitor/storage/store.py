"""The store: opened by one process, written by one thread, read by any number of read-only connections."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, exc

from monitor.errors import BearwatchError, InputError, StoreUnavailableError
from monitor.storage import schema_version, transaction
from monitor.storage.backup import Progress, back_up
from monitor.storage.connections import is_no_database, is_transient, reader_engine, writer_engine
from monitor.storage.effects import Effects
from monitor.storage.lock import StoreLock
from monitor.storage.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """Made by `open` (the one process that writes) or `open_readonly` (tools beside it).

    Reads are functions of a connection (`rebuild`, `queries`); `read` and `read_async` run one in a snapshot of its
    own, `reader` gives a connection for several that must agree:

        counts = store.read(rebuild.hour_counts, since_minute)
    """

    def __init__(self, path: Path, readers: Engine, writer: Writer | None, lock: StoreLock | None) -> None:
        self.path = path
        self._readers = readers
        self._writer = writer
        self._lock = lock

    @classmethod
    def open(cls, url_or_path: str | Path, *, holder: str = "bearwatch") -> Store:
        """Opens for writing: makes folders and file, takes the lock, migrates the schema.

        Args:
            url_or_path: a path, or `sqlite:///` and a path.
            holder: what the lock says of this process to the next one.

        Raises:
            StoreLockedError: another process holds it (within 2 s).
            InputError: no sound database, another program's, a newer schema, or a folder that cannot be written.
            StoreUnavailableError: the disk is full.
        """
        path = path_of(url_or_path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"the store's folder cannot be made: {path.parent}: {error.strerror}") from error
        if path.is_dir():
            raise InputError(f"the store {path} is a folder; name a file in it, e.g. {path / 'bearwatch.db'}")
        with contextlib.ExitStack() as undo:
            lock = undo.enter_context(StoreLock(path.with_name(f"{path.name}.lock"), holder))
            _refuse_foreign(path)
            engine = writer_engine(path)
            undo.callback(engine.dispose)
            with _opening(path), engine.begin() as connection:
                schema_version.upgrade(connection, path)
            writer = Writer(engine)
            undo.pop_all()
        return cls(path, reader_engine(path), writer, lock)

    @classmethod
    def open_readonly(cls, url_or_path: str | Path) -> Store:
        """Opens for reading, beside a running daemon or without one; `commit` and `write` raise.

        Raises InputError: there is no such store, or it cannot be read by this version.
        """
        path = path_of(url_or_path)
        if not path.is_file():
            raise InputError(f"there is no store at {path}")
        engine = reader_engine(path)
        try:
            with _opening(path), engine.begin() as connection:
                schema_version.check(connection, path)
        except BearwatchError:
            engine.dispose()
            raise
        return cls(path, engine, None, None)

    def commit(self, effects: Effects) -> None:
        """Writes all of `effects` in one transaction, durable on return. Blocks; see `commit_async`.

        Raises:
            StoreUnavailableError: full disk, busy file or I/O error; nothing is written, the same effects may be
                committed again.
            sqlalchemy.exc.SQLAlchemyError: anything else; nothing is written.
        """
        self._writing().submit(partial(transaction.apply, effects=effects)).result()

    async def commit_async(self, effects: Effects) -> None:
        """`commit` without blocking the loop. A cancelled waiter does not take back what was handed over."""
        await self._writing().run(partial(transaction.apply, effects=effects))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in the writer thread, in a transaction of its own; raises like `commit`."""
        return await self._writing().run(work)

    async def settled(self) -> None:
        """Returns once all that was handed over before is committed or has failed: one writer does all in order."""
        await self._writing().run(lambda connection: None)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """`write` for commands without a loop. Blocks."""
        return self._writing().submit(work).result()

    def size(self) -> int:
        """Bytes of the store's files, the write-ahead log's too."""
        files = (self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal"))
        return sum(path.stat().st_size for path in files if path.exists())

    @contextlib.contextmanager
    def reader(self) -> Iterator[Connection]:
        """A read-only connection whose reads all see one snapshot. Blocks on disk: not for the event loop."""
        try:
            with self._readers.connect() as connection:
                connection.begin()  # rolled back at the end: there is nothing to commit, and a damaged file refuses to
                yield connection
        except exc.DBAPIError as error:
            if is_transient(error):
                raise StoreUnavailableError(f"the store {self.path} cannot be read now: {error.orig}") from error
            raise

    def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs one query of `rebuild` or `queries` (one that returns values, no iterator)."""
        with self.reader() as connection:
            return query(connection, *args, **kwargs)

    async def read_async(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` in a thread of the loop's pool."""
        return await asyncio.to_thread(partial(self.read, query, *args, **kwargs))

    def backup(self, target: Path, *, overwrite: bool = False, progress: Progress | None = None) -> int:
        """Copies a consistent snapshot to `target` while the daemon writes on; see `backup.back_up`."""
        with self._readers.connect() as connection:
            source = connection.connection.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise TypeError(f"a backup needs sqlite3, not {type(source)}")
            return back_up(source, self.path, target, overwrite=overwrite, progress=progress)

    def close(self) -> None:
        """Finishes what is queued, empties the log, lets go of the lock. Idempotent."""
        self._readers.dispose()
        if self._writer is not None:
            self._writer.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise RuntimeError(f"the store {self.path} was opened for reading")
        return self._writer


def path_of(url_or_path: str | Path) -> Path:
    """The store's file, absolute. Raises InputError for an address that is no SQLite file's."""
    if isinstance(url_or_path, str):
        scheme, found, rest = url_or_path.partition("://")
        if found and scheme != "sqlite":
            raise InputError(f"store address {scheme}://...: only SQLite is supported: sqlite:///folder/bearwatch.db")
        if found:
            url_or_path = rest.removeprefix("/")
        if url_or_path in ("", ":memory:"):
            raise InputError("the store needs a file: name a path, e.g. bearwatch.db")
    return Path(url_or_path).expanduser().absolute()


def _refuse_foreign(path: Path) -> None:
    """Looks before writing: opening as a writer would already turn another program's database into a WAL one."""
    if not path.exists() or not path.stat().st_size:
        return
    engine = reader_engine(path)
    try:
        with _opening(path), engine.begin() as connection:
            schema_version.refuse(connection, path)
    finally:
        engine.dispose()


@contextlib.contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Turns SQLite's errors on opening into one line each."""
    try:
        yield
    except (exc.DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        if is_no_database(error):
            raise InputError(f"the store {path} is no sound SQLite database: {cause}") from error
        if is_transient(error):
            raise StoreUnavailableError(f"the store {path} cannot be opened now: {cause}") from error
        raise InputError(f"the store {path} cannot be opened: {cause}") from error
