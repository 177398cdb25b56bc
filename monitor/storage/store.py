"""The store: opened by one process, written by one thread, read by any number of read-only connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, exc

from monitor.errors import InputError
from monitor.permit import ALWAYS, Permit
from monitor.storage import schema_version, transaction
from monitor.storage.address import Given
from monitor.storage.check import MOST_LINES
from monitor.storage.database import Database, Progress, database_of
from monitor.storage.effects import Effects
from monitor.storage.lease import Lease
from monitor.storage.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """Made by `open` (the one process that writes) or `open_readonly` (tools beside it).

    Reads are functions of a connection (`rebuild`, `queries`); `read` and `read_async` run one in a snapshot of its
    own, `reader` gives a connection for several that must agree:

        counts = store.read(rebuild.hour_counts, since_minute)

    Attributes:
        name: what messages call it: a path, or an address without a secret.
        warning: one line on the database's library where a person must know of it, else "".
        beside: the daemon's own files stand in its folder, and their names begin with its own.
        lease: by which this process has it; None where it reads only, and on SQLite.
        permit: whether it may act on the world by what the store holds.
    """

    def __init__(self, database: Database, readers: Engine, writer: Writer | None, lease: Lease | None = None) -> None:
        self.name = database.name
        self.beside = database.beside
        self.warning = database.warning
        self.lease = lease
        self.permit: Permit = lease or ALWAYS
        self._database = database
        self._readers = readers
        self._writer = writer

    @classmethod
    def open(cls, given: Given, *, holder: str = "bearwatch", lease: Lease | None = None) -> Store:
        """Opens for writing: makes folders and file, takes the lock, migrates the schema.

        Args:
            given: a path, `sqlite:///` and a path, `postgresql://user@host/database`, or an `Address`.
            holder: what the lock says of this process to the next one.
            lease: one that this process has got already (`Database.applicant`); it is let go of with the store.

        Raises:
            StoreLockedError: another process holds it (within 2 s).
            InputError: no sound database, another program's, a newer schema, or a folder that cannot be written.
            StoreUnavailableError: the disk is full, or the server does not answer.
        """
        database = database_of(given)
        with contextlib.ExitStack() as undo:
            session = database.session(holder, lease)
            undo.callback(session.close)
            with _told(database, "opened"):
                session.prepare(partial(schema_version.upgrade, name=database.name))
            readers = database.readers()
            writer = Writer(session)
            undo.pop_all()
        return cls(database, readers, writer, session.lease)

    @classmethod
    def open_readonly(cls, given: Given) -> Store:
        """Opens for reading, beside a running daemon or without one; `commit` and `write` raise.

        Raises:
            InputError: there is no such store, or it cannot be read by this version.
            StoreUnavailableError: it cannot be reached now.
        """
        database = database_of(given)
        if not database.exists():
            raise InputError(f"there is no store at {database.name}")
        engine = database.readers()
        try:
            with _told(database, "opened"), engine.begin() as connection:
                schema_version.check(connection, database.name)
        except BaseException:  # whatever it was: its connections are let go of
            engine.dispose()
            raise
        return cls(database, engine, None)

    def commit(self, effects: Effects) -> None:
        """Writes all of `effects` in one transaction, durable on return. Blocks; see `commit_async`.

        Raises:
            StoreUnavailableError: full disk, busy file, I/O error, no server; nothing is written, the same effects may
                be committed again.
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

    async def give_back(self) -> int:
        """Gives a few pages that deleted rows left behind back to the file system; how many, 0: enough."""
        return await self.write(self._database.give_back)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """`write` for commands without a loop. Blocks."""
        return self._writing().submit(work).result()

    def size(self) -> int:
        """Bytes that the store takes. Blocks. Raises StoreUnavailableError."""
        with _told(self._database, "read"):
            return self._database.size(self._readers)

    def damage(self, connection: Connection) -> Iterator[str]:
        """A line for what the database itself says is broken."""
        return self._database.damage(connection, MOST_LINES)

    def facts(self) -> Mapping[str, Any]:
        """What there is to tell of it at once."""
        return self._database.facts()

    @contextlib.contextmanager
    def reader(self) -> Iterator[Connection]:
        """A read-only connection whose reads all see one snapshot. Blocks on disk: not for the event loop."""
        with _told(self._database, "read"), self._readers.connect() as connection:
            connection.begin()  # rolled back at the end: there is nothing to commit, and a damaged file refuses to
            yield connection

    def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs one query of `rebuild` or `queries` (one that returns values, no iterator)."""
        with self.reader() as connection:
            return query(connection, *args, **kwargs)

    async def read_async(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` in a thread of the loop's pool."""
        return await asyncio.to_thread(partial(self.read, query, *args, **kwargs))

    def backup(self, target: Path, *, overwrite: bool = False, progress: Progress | None = None) -> int:
        """Copies a consistent snapshot to `target` while the daemon writes on; bytes written.

        Raises InputError: `target` cannot be written, or this database has tools of its own for it.
        """
        return self._database.back_up(self._readers, target, overwrite=overwrite, progress=progress)

    def close(self) -> None:
        """Finishes what is queued, lets go of connections and lock. Idempotent."""
        self._readers.dispose()
        if self._writer is not None:
            self._writer.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise RuntimeError(f"the store {self.name} was opened for reading")
        return self._writer


@contextlib.contextmanager
def _told(database: Database, doing: str) -> Iterator[None]:
    """Turns the driver's errors into one line each, where they are known."""
    try:
        yield
    except exc.DBAPIError as error:
        if (fault := database.fault(error, doing)) is not None:
            raise fault from error
        raise
