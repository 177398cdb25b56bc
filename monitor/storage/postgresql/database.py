"""A store in a database of a PostgreSQL server: how it is found, refused, opened and measured."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, exc, text

from monitor.errors import BearwatchError, InputError, StoreUnavailableError
from monitor.storage import schema_version
from monitor.storage.address import Address, state_folder
from monitor.storage.database import Progress
from monitor.storage.lease import Lease
from monitor.storage.postgresql.connections import READER, Target, application_name, reader_engine, target_of
from monitor.storage.postgresql.faults import driver_error, is_transient, is_wrong_input, one_line
from monitor.storage.postgresql.lease import PostgresApplicant, PostgresLease
from monitor.storage.postgresql.lease_link import CALL_S, LeaseLink
from monitor.storage.postgresql.lease_row import LOOK, Claim, read
from monitor.storage.postgresql.session import PostgresSession


def open_database(address: Address) -> PostgresDatabase:
    """Raises InputError for an address that libpq does not read, or that holds a password."""
    return PostgresDatabase(target_of(address), address.folder or state_folder(), address.lease_s)


class PostgresDatabase:
    """See `database.Database`.

    Args:
        folder: for the files that the daemon has beside its store. lease_s: see `Address`.
    """

    def __init__(self, target: Target, folder: Path, lease_s: float) -> None:
        self._target = target
        self._lease_s = lease_s
        self.name = target.name
        self.warning = ""
        given = target.parameters
        # The same database, whatever else its address says.
        place = "|".join(str(given.get(key) or "") for key in ("host", "hostaddr", "port", "dbname"))
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", str(given["dbname"]))[:24]
        self.beside = folder / f"{plain}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        self._bytes: int | None = None

    def exists(self) -> bool:
        return True

    def applicant(self, holder: str) -> PostgresApplicant:
        try:
            self.beside.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"the store's folder cannot be made: {self.beside.parent}: {error.strerror}") from error
        with self._opening():
            self._refuse_foreign()
        link = LeaseLink(lambda: self._target.link(application_name(f"{holder} lease"), CALL_S))
        return PostgresApplicant(self.name, link, Claim.of_this_process(holder), lease_s=self._lease_s)

    def session(self, holder: str, lease: Lease | None = None) -> PostgresSession:
        if not isinstance(lease, PostgresLease):
            applicant = self.applicant(holder)
            try:
                lease = applicant.take()
            except BaseException:  # whatever it was: nobody else has the connection
                applicant.close()
                raise
        try:
            with self._opening():
                # Looked at again: who had the store before may have been of a newer version.
                self._refuse_foreign()
                return PostgresSession(self._target, lease)
        except BaseException:  # whatever it was: who waits for the store need not wait for the lease to run out
            lease.release()
            raise

    def readers(self) -> Engine:
        return reader_engine(self._target, application_name("bearwatch reader"))

    def holder(self) -> str:
        try:
            with self._target.connect(READER, application_name("bearwatch")) as connection:
                row = connection.execute(LOOK).fetchone()
                return "another process" if row is None else read(row).holder
        except psycopg.Error:
            return "another process"

    def fault(self, error: Exception, doing: str) -> BearwatchError | None:
        cause = driver_error(error)
        if cause is None:
            return None
        if doing == "opened" and (is_wrong_input(cause) or not is_transient(cause)):
            return InputError(f"the store {self.name} cannot be opened: {one_line(cause)}")
        if is_transient(cause):
            return StoreUnavailableError(f"the store {self.name} cannot be {doing} now: {one_line(cause)}")
        return None

    def size(self, readers: Engine) -> int:
        with readers.connect() as connection:
            found = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        self._bytes = int(found)
        return self._bytes

    def facts(self) -> Mapping[str, Any]:
        """bytes: as they were last asked for."""
        return {"address": self.name, "bytes": self._bytes}

    def back_up(self, readers: Engine, target: Path, *, overwrite: bool, progress: Progress | None) -> int:
        raise InputError(f"the store {self.name} is on PostgreSQL: back it up with pg_dump (docs/postgresql.md)")

    def give_back(self, connection: Connection) -> int:
        """Autovacuum does."""
        return 0

    def damage(self, connection: Connection, most: int) -> Iterator[str]:
        """None that it would tell within a transaction: page checksums and pg_amcheck are the server's own."""
        return iter(())

    def _refuse_foreign(self) -> None:
        """Looks before writing: nothing is made in another program's database."""
        engine = self.readers()
        try:
            with engine.begin() as connection:
                encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
                if encoding != "UTF8":
                    raise InputError(f"the store {self.name} has the encoding {encoding}: make it with ENCODING 'UTF8'")
                schema_version.refuse(connection, self.name)
        finally:
            engine.dispose()

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (exc.DBAPIError, psycopg.Error) as error:
            raise (self.fault(error, "opened") or error) from error
