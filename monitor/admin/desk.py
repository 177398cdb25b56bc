"""What the running daemon does when it is asked: writes through its one writer, and tells whom it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import Connection

from monitor.admin.requests import Dump, Reload, Reloading, Request, Result, audit, perform
from monitor.errors import InputError, StoreUnavailableError
from monitor.storage import mutes
from monitor.storage.store import Store

log = structlog.get_logger(__name__)

# Timers do not see a clock that was set, nor the hours of a suspended machine.
_LONGEST_WAIT_S = 300.0
_STORE_PAUSE_S = 5.0


class TakesReloads(Protocol):
    """What reads the configuration again."""

    def ask(self) -> int:
        """Asks for it; its number, by which `state` tells of it."""

    def state(self) -> Result:
        """See `reload.Reloads.state`."""


class Desk:
    """Performs requests, and ends mutes when their time is over.

    Args:
        clock: ms, the machine's.
        endpoints: names of those that are told.
        dump: what the daemon is doing, JSON-able.
        reloads: None where no configuration is taken while it runs.
        on_done: called in the loop whenever something was done, for the page and the outbox to look again.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], int],
        endpoints: Collection[str],
        on_done: Callable[[], None],
        dump: Callable[[], Result] = dict,
        reloads: TakesReloads | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self._endpoints = endpoints
        self._dump = dump
        self._reloads = reloads
        self._on_done = on_done
        self._woken = asyncio.Event()

    async def perform(self, request: Request) -> Result:
        """Does it, durably on return; raises as `requests.perform`, and StoreUnavailableError."""
        if isinstance(request, Dump):  # asks the store for nothing, so that it works where that hangs
            return self._dump()
        if isinstance(request, Reload | Reloading) and self._reloads is None:
            raise InputError("this daemon takes no configuration while it runs: start it anew")
        if isinstance(request, Reloading) and self._reloads is not None:
            return self._reloads.state()
        work = partial(perform, request=request, now=self.clock(), endpoints=self._endpoints)
        result = await self.store.write(work)
        if isinstance(request, Reload) and self._reloads is not None:
            result["reload"] = self._reloads.ask()  # once it is written who wanted it
        audit(request, result)
        self._woken.set()
        self._on_done()
        return result

    async def run(self) -> None:
        """Ends mutes until cancelled: at their time, or at the start where no daemon ran then."""
        while True:
            self._woken.clear()
            try:
                ended, released, following = await self.store.write(partial(_end, now=self.clock()))
            except StoreUnavailableError as error:
                log.warning("mutes_not_read", error=str(error))
                await asyncio.sleep(_STORE_PAUSE_S)
                continue
            if ended or released:
                log.info("mutes_ended", mutes=ended, released=released)
                self._on_done()
            seconds = None if following is None else min(max(following - self.clock(), 0) / 1_000, _LONGEST_WAIT_S)
            try:
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
            except TimeoutError:
                continue


def _end(connection: Connection, now: int) -> tuple[int, int, int | None]:
    ended = mutes.end_due(connection, now)
    return ended, mutes.release(connection, now), mutes.next_end(connection)
