"""What one kind of database has of its own, behind one interface: `sqlite` and `postgresql` fill it.

Everything else in this room is SQLAlchemy Core and runs on both.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine

from monitor.errors import BearwatchError, InputError
from monitor.storage.address import POSTGRESQL, Given, address_of
from monitor.storage.lease import Applicant, Lease

T = TypeVar("T")
Progress = Callable[[int, int], None]


class Session(Protocol):
    """The one connection that writes, with the lock that makes it the only one. One thread uses it."""

    @property
    def lease(self) -> Lease | None:
        """By which it may write, where that is a lease's to say."""

    @property
    def rest_s(self) -> float | None:
        """After so long without a transaction `rest` is to be called; None for never."""

    def prepare(self, work: Callable[[Connection], None]) -> None:
        """Runs what makes or migrates the tables, in a transaction; however long it takes. Raises like `transact`."""

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in a transaction of its own, durable on return.

        Raises:
            StoreUnavailableError: it cannot be done now; nothing is written, and the same may be tried again.
            StoreLockedError: another process has taken the store meanwhile; nothing is written.
            Exception: whatever `work` raised; nothing is written.
        """

    def settle(self) -> None:
        """Called after each transaction, once its result has been told."""

    def rest(self) -> None:
        """See `rest_s`."""

    def hurry(self) -> None:
        """From any thread: `close` is to come, what cannot be reached is no longer waited for."""

    def close(self) -> None:
        """Lets go of connection and lock."""


class Database(Protocol):
    """A store's database.

    Attributes:
        name: what messages and logs call it; never with a secret.
        warning: see `Store.warning`.
        beside: files of the daemon stand in its folder, and their names begin with its own.
    """

    name: str
    warning: str
    beside: Path

    def exists(self) -> bool:
        """Whether there is anything to read; False only where that can be told without asking a server."""

    def session(self, holder: str, lease: Lease | None = None) -> Session:
        """Opens for writing. Raises as `Store.open`."""

    def applicant(self, holder: str) -> Applicant:
        """Who asks for the lease. Raises as `Store.open`, and InputError where the store has none to give."""

    def readers(self) -> Engine:
        """Connections that cannot write; each of their transactions sees one snapshot."""

    def holder(self) -> str:
        """Who has the store open for writing, in words."""

    def fault(self, error: Exception, doing: str) -> BearwatchError | None:
        """A driver's error as ours, where it is one that is known; doing: `opened`, `read` or `written`."""

    def size(self, readers: Engine) -> int:
        """Bytes that the store takes. Raises the driver's errors."""

    def facts(self) -> Mapping[str, Any]:
        """What there is to tell of it without asking: for `debug dump`."""

    def back_up(self, readers: Engine, target: Path, *, overwrite: bool, progress: Progress | None) -> int:
        """Copies what is committed now to `target`; bytes written. Raises InputError where it is not done this way."""

    def damage(self, connection: Connection, most: int) -> Iterator[str]:
        """What the database itself says is broken, so many lines at most; none where it has no such account."""

    def give_back(self, connection: Connection) -> int:
        """Gives a few free pages back to the file system, in the caller's transaction; how many: 0 where enough is."""


def database_of(given: Given) -> Database:
    """The database at an address; nothing is opened.

    Raises InputError: no such kind, its driver is not installed, or the address is wrong.
    """
    address = address_of(given)
    kind = {"": "sqlite", "sqlite": "sqlite", **dict.fromkeys(POSTGRESQL, "postgresql")}.get(address.scheme)
    if kind is None:
        raise InputError(
            f"store address {address.scheme}://...: give sqlite:///folder/bearwatch.db or postgresql://user@host/database"
        )
    try:
        module = importlib.import_module(f"monitor.storage.{kind}.database")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("monitor"):
            raise
        raise InputError(
            f"the store is on PostgreSQL, and {error.name} is not installed: pip install 'bearwatch[postgresql]'"
        ) from None
    return cast(Database, module.open_database(address))
