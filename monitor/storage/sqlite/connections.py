"""How SQLite is opened: one writer, any number of readers that cannot write, and what its errors mean."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import QueuePool, StaticPool

# Passing conditions, by primary result code (https://www.sqlite.org/rescode.html): worth another try.
_TRANSIENT = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_NOT_OURS = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})

# The library release that fixed the WAL-reset corruption (two connections writing or checkpointing at once).
FIXED_SQLITE = (3, 51, 3)

PAGE_BYTES = 4_096  # SQLite's own; said, so that a build with another default makes no other store
LOG_BYTES = 16 * 1024 * 1024  # the write-ahead log begins anew from here on: a restart reads that much in 0.1 s

_CACHE_KIB = 32 * 1024  # the writer's page cache: random upserts of stories and series stay in memory
_READERS = 4  # page, metrics, rebuild and one spare; more only contend for the interpreter lock


def writer_engine(path: Path) -> Engine:
    """One connection, used by the writer thread alone; creates the file. Transactions take the write lock at once."""

    def connect() -> sqlite3.Connection:
        # isolation_level None: we say BEGIN ourselves, else DDL would escape the migration's transaction.
        connection = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
        try:
            # Both can only be said before the first table. Incremental: retention gives pages back bit by bit.
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit that was acknowledged survives power loss. In WAL it costs one fsync, 0.3 ms here.
            connection.execute("PRAGMA synchronous = FULL")
            # The writer thread checkpoints by its own policy, never inside a commit.
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute("PRAGMA temp_store = MEMORY")
            # Some builds write zeros over all that is deleted. News is no secret: only where it costs no write.
            connection.execute("PRAGMA secure_delete = FAST")
        except BaseException:  # whatever it was: a half-opened connection would keep the file's locks
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reader_engine(path: Path) -> Engine:
    """Read-only connections, each transaction one snapshot; they never checkpoint, not even when the last closes."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=_READERS, max_overflow=4)
    event.listen(engine, "begin", _begin_deferred)
    return engine


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def is_transient(error: exc.DBAPIError | sqlite3.Error) -> bool:
    """Whether the same transaction may be tried again: full disk, busy file, I/O error."""
    return _primary_code(error) in _TRANSIENT


def is_no_database(error: exc.DBAPIError | sqlite3.Error) -> bool:
    """Whether the file is no (sound) SQLite database."""
    return _primary_code(error) in _NOT_OURS


def _primary_code(error: exc.DBAPIError | sqlite3.Error) -> int:
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else -1


def sqlite_warning() -> str:
    """One line where the SQLite library is older than the fix of its WAL-reset bug, else ""."""
    if sqlite3.sqlite_version_info >= FIXED_SQLITE:
        return ""
    wanted = ".".join(map(str, FIXED_SQLITE))
    return (
        f"SQLite {sqlite3.sqlite_version} can corrupt a WAL database that two connections write or checkpoint at once "
        f"(fixed in {wanted}); Bearwatch does both from one connection only: let no other tool open the store"
    )
