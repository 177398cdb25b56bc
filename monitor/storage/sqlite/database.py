"""A store in one SQLite file: how it is found, refused, opened, measured and copied."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, exc

from monitor.errors import BearwatchError, InputError, StoreUnavailableError
from monitor.storage import schema_version
from monitor.storage.address import Address
from monitor.storage.database import Progress
from monitor.storage.lease import Applicant, Lease
from monitor.storage.sqlite import vacuum
from monitor.storage.sqlite.backup import back_up
from monitor.storage.sqlite.connections import (
    is_no_database,
    is_transient,
    reader_engine,
    sqlite_warning,
    writer_engine,
)
from monitor.storage.sqlite.lock import StoreLock, holder_of
from monitor.storage.sqlite.session import SqliteSession


def open_database(address: Address) -> SqliteDatabase:
    """Raises InputError for an address that is no file's."""
    return SqliteDatabase(_path(address))


class SqliteDatabase:
    """See `database.Database`; path: the file, absolute."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.warning = sqlite_warning()
        self.beside = path

    def exists(self) -> bool:
        return self.beside.is_file()

    def applicant(self, holder: str) -> Applicant:
        raise InputError(
            f"run --standby: the store {self.name} is a SQLite file, which one machine has: a standby needs PostgreSQL "
            "(store.url: postgresql://user@host/database)"
        )

    def session(self, holder: str, lease: Lease | None = None) -> SqliteSession:
        path = self.beside
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"the store's folder cannot be made: {path.parent}: {error.strerror}") from error
        if path.is_dir():
            raise InputError(f"the store {path} is a folder; name a file in it, e.g. {path / 'bearwatch.db'}")
        with contextlib.ExitStack() as undo:
            lock = undo.enter_context(StoreLock(self._lock(), holder))
            with self._opening():
                self._refuse_foreign()
                engine = writer_engine(path)
                undo.callback(engine.dispose)
                session = SqliteSession(engine, lock)
            undo.pop_all()
        return session

    def readers(self) -> Engine:
        return reader_engine(self.beside)

    def holder(self) -> str:
        return holder_of(self._lock())

    def fault(self, error: Exception, doing: str) -> BearwatchError | None:
        if not isinstance(error, exc.DBAPIError | sqlite3.Error):
            return None
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        if doing == "opened" and is_no_database(error):
            return InputError(f"the store {self.name} is no sound SQLite database: {cause}")
        if is_transient(error):
            return StoreUnavailableError(f"the store {self.name} cannot be {doing} now: {cause}")
        return InputError(f"the store {self.name} cannot be opened: {cause}") if doing == "opened" else None

    def size(self, readers: Engine) -> int:
        """The file and the write-ahead log."""
        return self._bytes()

    def _bytes(self) -> int:
        files = (self.beside.with_name(self.beside.name + suffix) for suffix in ("", "-wal"))
        return sum(path.stat().st_size for path in files if path.exists())

    def facts(self) -> Mapping[str, Any]:
        found = sorted(self.beside.parent.glob(f"{self.beside.name}*"))
        files = {file.name: file.stat().st_size for file in found if file.is_file()}
        return {"path": self.name, "bytes": self._bytes(), "files": files}

    def back_up(self, readers: Engine, target: Path, *, overwrite: bool, progress: Progress | None) -> int:
        """See `backup.back_up`."""
        with readers.connect() as connection:
            source = connection.connection.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise TypeError(f"a backup needs sqlite3, not {type(source)}")
            return back_up(source, self.beside, target, overwrite=overwrite, progress=progress)

    def give_back(self, connection: Connection) -> int:
        return vacuum.give_back(connection)

    def damage(self, connection: Connection, most: int) -> Iterator[str]:
        try:
            found = connection.exec_driver_sql(f"PRAGMA integrity_check({most})").scalars().all()
        except exc.DatabaseError as error:
            found = [str(error.orig)]
        yield from (f"the file: {' '.join(str(line).split())}" for line in found if line != "ok")

    def _lock(self) -> Path:
        return self.beside.with_name(f"{self.beside.name}.lock")

    def _refuse_foreign(self) -> None:
        """Looks before writing: opening as a writer would already turn another program's database into a WAL one."""
        if not self.beside.exists() or not self.beside.stat().st_size:
            return
        engine = reader_engine(self.beside)
        try:
            with engine.begin() as connection:
                schema_version.refuse(connection, self.name)
        finally:
            engine.dispose()

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (exc.DBAPIError, sqlite3.Error) as error:
            raise (self.fault(error, "opened") or error) from error


def _path(address: Address) -> Path:
    given = address.url.partition("://")[2].removeprefix("/") if address.scheme else address.url
    if given in ("", ":memory:"):
        raise InputError("the store needs a file: name a path, e.g. bearwatch.db")
    return Path(given).expanduser().absolute()
