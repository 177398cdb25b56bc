"""The lease that a writer of a PostgreSQL store holds: taken, renewed by a thread, checked, let go of.

Two guards, of which the first alone keeps the store right:

- `fence` begins every writing transaction: the server lets none of a former holder pass (`lease_row`).
- `given` is asked before every effect outside of the store. It compares two readings of CLOCK_BOOTTIME, which goes on
  while the process is stopped and while the machine sleeps: at the first instruction after either, the lease that was
  confirmed before is over.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future

import psycopg
import structlog
from sqlalchemy import Connection

from monitor.errors import InputError, LeaseLostError, StoreLockedError, StoreUnavailableError
from monitor.storage.address import LEASE_S
from monitor.storage.lease import LeaseRow
from monitor.storage.postgresql.faults import is_transient, is_wrong_input, one_line
from monitor.storage.postgresql.lease_link import LeaseLink
from monitor.storage.postgresql.lease_row import FENCE, LOOK, RELEASE, RENEW, TAKE, Claim, read, session_name

log = structlog.get_logger(__name__)

# So many renewals a lease: five may fail before it ends. By those of the default a second process sees within 2 s that
# the holder lives.
RENEWALS = 6
RETRY_S = 0.5
LOOK_S = 0.25  # between two looks at a lease that may be a dead holder's
TELL_LOOKS = 10  # a holder that lives would have shown by then
# By which part of the lease we stop acting sooner than others may begin: for clocks that run at different rates, and
# for the way from the check to the wire.
MARGIN = 0.1


def boot_time() -> float:
    """Seconds that also pass while this process is stopped and while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class PostgresLease:
    """See `storage.lease.Lease`.

    Args:
        row: as it was when taken. began: `boot_time` before it was asked for. link: this one's from here on.
        lease_s: how long each renewal holds.
    """

    def __init__(self, link: LeaseLink, row: LeaseRow, began: float, *, lease_s: float = LEASE_S) -> None:
        self.epoch = row.epoch
        self.token = row.token
        self.expires = row.expires
        self._lease_s = lease_s
        self._link = link
        self._guard = threading.Lock()
        self._good_until = began + (1 - MARGIN) * lease_s
        self._lost: Future[None] = Future()
        self._confirmed: Future[None] = Future()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    @property
    def session_name(self) -> str:
        """See `lease_row.session_name`."""
        return session_name(self.epoch, self.token)

    # --- the store's side

    def fence(self, connection: Connection) -> None:
        """To be called first in every writing transaction. From here to its end nobody else can take the lease.

        Raises LeaseLostError: somebody else has.
        """
        if connection.exec_driver_sql(FENCE, (self.epoch, self.token)).first() is None:
            found = connection.exec_driver_sql(LOOK).first()
            raise self._lose(None if found is None else read(tuple(found)))

    # --- the permit

    def given(self) -> bool:
        """See `permit.Permit`."""
        return boot_time() < self._good_until

    async def wait(self) -> None:
        """See `permit.Permit`."""
        while not self.given():
            with self._guard:
                confirmed = self._confirmed
            await asyncio.shield(asyncio.wrap_future(confirmed))

    # --- the process's side

    async def lost(self) -> None:
        """Never returns. Raises LeaseLostError once it is lost."""
        await asyncio.shield(asyncio.wrap_future(self._lost))

    def release(self) -> None:
        """Lets go, so that a standby need not wait for the lease to end; once nothing is written any more. Idempotent.

        Where the server does not answer the lease ends by itself.
        """
        if self._ending.is_set():
            return
        self._ending.set()
        self._thread.join()
        try:
            if self.given():
                self._good_until = float("-inf")
                self._link.change(RELEASE, self.epoch, self.token)
                log.info("lease_released", epoch=self.epoch)
        except psycopg.Error as error:
            log.warning("lease_not_released", epoch=self.epoch, error=one_line(error))
        finally:
            self._good_until = float("-inf")
            self._link.close()

    def _keep(self) -> None:
        try:
            self._renew()
        except Exception as error:  # the thread's boundary: a lease that nobody renews any more ends the process
            with self._guard:
                self._lost.set_exception(error)

    def _renew(self) -> None:
        usual = self._lease_s / RENEWALS
        pause = usual
        told = False
        while not self._ending.wait(pause):
            began = boot_time()
            try:
                row = self._link.change(RENEW, self._lease_s, self.epoch, self.token)
                if row is None:
                    self._lose(self._link.look())
                    return
            except psycopg.Error as error:
                pause = min(RETRY_S, usual)
                if not told and not self.given():
                    told = True
                    log.error("lease_unconfirmed", epoch=self.epoch, error=one_line(error))
                continue
            pause = usual
            self._confirm(row, began)
            if told:
                told = False
                log.info("lease_confirmed", epoch=self.epoch, ends="lease_unconfirmed")

    def _confirm(self, row: LeaseRow, began: float) -> None:
        with self._guard:
            if self._lost.done():
                return
            self.expires = row.expires
            self._good_until = began + (1 - MARGIN) * self._lease_s
            confirmed, self._confirmed = self._confirmed, Future()
        confirmed.set_result(None)

    def _lose(self, row: LeaseRow | None) -> LeaseLostError:
        taken_by = "is gone from the store" if row is None else f"was taken by {row.holder}, epoch {row.epoch}"
        error = LeaseLostError(f"the lease on the store, epoch {self.epoch}, {taken_by}: this process ends")
        with self._guard:
            self._good_until = float("-inf")
            if not self._lost.done():
                self._lost.set_exception(error)
        return error


class PostgresApplicant:
    """See `storage.lease.Applicant`.

    Args:
        name: the store's. link: given on to the lease that comes of it.
    """

    def __init__(self, name: str, link: LeaseLink, claim: Claim, *, lease_s: float = LEASE_S) -> None:
        self._name = name
        self._link = link
        self._claim = claim
        self._lease_s = lease_s
        self._prepared = self._given = False
        self._reached: float | None = None  # since when the server has answered every time
        self._refused_end = False

    def ask(self, patience_s: float = 0.0) -> PostgresLease | LeaseRow:
        began = boot_time()
        try:
            row = self._link.look() if self._prepared else self._link.prepare()
            self._prepared = True
            if self._reached is None:
                self._reached = began
            if not row.free or (row.expires > 0 and began - self._reached < patience_s):
                return row
            return self._take(row, began)
        except psycopg.Error as error:
            self._reached = None
            if is_wrong_input(error) or not is_transient(error):
                raise InputError(f"the store {self._name} cannot be opened: {one_line(error)}") from error
            raise StoreUnavailableError(f"the store {self._name} cannot be reached now: {one_line(error)}") from error

    def take(self) -> PostgresLease:
        """The lease, for who does not stand by.

        A lease that is not renewed while we look is a dead holder's: it is waited out. So the daemon that was killed
        and started again gets its store back, and a second one is refused.

        Raises as `ask`, and StoreLockedError: its holder lives.
        """
        first = found = self.ask()
        looks = 0
        while isinstance(found, LeaseRow):
            if isinstance(first, LeaseRow) and (found.token, found.expires) != (first.token, first.expires):
                raise StoreLockedError(
                    f"the store {self._name} is in use by {found.holder}; stop it, or use another store"
                )
            if looks == TELL_LOOKS:
                log.warning(
                    "lease_not_renewed", holder=found.holder, advice="it gives no sign; its lease is waited out"
                )
            looks += 1
            time.sleep(LOOK_S)
            found = self.ask()
        return found

    def close(self) -> None:
        if not self._given:  # else it is the lease's
            self._link.close()

    def _take(self, former: LeaseRow, began: float) -> PostgresLease | LeaseRow:
        claim = self._claim
        try:
            taken = self._link.change(TAKE, claim.token, claim.host, claim.process, claim.command, self._lease_s)
        except psycopg.errors.LockNotAvailable:
            self._end_sessions(former)
            return former
        if taken is None:  # another one was faster, or the holder came back
            return self._link.look()
        self._given = True
        log.info("lease_taken", epoch=taken.epoch, former=former.holder if former.epoch else "")
        return PostgresLease(self._link, taken, began, lease_s=self._lease_s)

    def _end_sessions(self, former: LeaseRow) -> None:
        """A transaction of the former holder's stands still and keeps the row."""
        try:
            ended = self._link.end_sessions(former)
        except psycopg.errors.InsufficientPrivilege as error:
            ended = 0
            if not self._refused_end:
                self._refused_end = True
                log.warning("lease_sessions_not_ended", holder=former.holder, error=one_line(error))
        if ended:
            log.warning("lease_sessions_ended", sessions=ended, holder=former.holder, epoch=former.epoch)
