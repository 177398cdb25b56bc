"""The state before a daemon has its store: everything is loaded, the page says why it is not ready, the lease is asked
for once a second.

A standby that gets the lease goes on as every daemon does that starts: its memory is read from the store. So there is
one way of beginning, and nothing that a standby could have missed.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Self

import structlog
from prometheus_client import CollectorRegistry

from monitor.admin.requests import Dump, Request, Result
from monitor.admin.server import AdminServer
from monitor.dump import dump
from monitor.errors import InputError, OperatorError, StoreUnavailableError
from monitor.notify import ServiceManager
from monitor.reload import Generation, Reloads
from monitor.service import Report
from monitor.storage.database import Database
from monitor.storage.lease import Applicant, Lease, LeaseRow
from monitor.supervise import Heart
from monitor.telemetry.logs import set_up_logs
from monitor.telemetry.metrics import Metrics
from monitor.web.app import create_standby_app
from monitor.web.server import Listen, serve
from monitor.wiring import gate_of, served_hosts, tls_of, wall_clock

log = structlog.get_logger(__name__)

# One row by its key: nothing to the server, and no wait that a person would notice. A lease that runs out sends no
# notification, so that somebody has to look.
ASK_S = 1.0
# After the server was away: its holder, which tries twice a second, comes back first, and no memory is read anew.
PATIENCE_S = 3.0


class StandBy:
    """Waits for the lease; an asynchronous context manager.

    Its page and its heart go on until the daemon that follows has a page of its own: whoever has the store may first
    have to read the past again, for an hour, and supervisors ask meanwhile whether the process lives.

    Args:
        listen: see `serve`. on_ready: called with the page's address once it answers.
    """

    def __init__(
        self,
        database: Database,
        applicant: Applicant,
        manager: ServiceManager,
        *,
        listen: Listen,
        on_ready: Callable[[str], None],
    ) -> None:
        self._database = database
        self._applicant = applicant
        self._manager = manager
        self._listen = listen
        self._on_ready = on_ready
        self._seen: LeaseRow | None = None
        self._lease: Lease | None = None
        self._trouble = ""
        self._told = ""
        self._serving: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def wait(self, given: Generation, reloads: Reloads, stop: asyncio.Event) -> tuple[Generation, Lease] | None:
        """The lease, with the generation that is in force by then; None where `stop` came first.

        Raises InputError: the page's address cannot be listened on, or the store never be had as it is asked for.
        """
        while True:
            lease = await self._generation(given, reloads, stop)
            if lease is not None:
                return given, lease
            await self._end()
            following = reloads.following(given)
            if following is None:
                self._manager.stopping()
                return None
            if following.config.log != given.config.log:
                set_up_logs(following.config.log.level, following.config.log.format)
            given = following

    def listen(self, host: str, port: int) -> socket.socket:
        """As `web.server.bind`, for the daemon that follows: from here on its page is the one that answers."""
        sock = self._listen(host, port)
        for task in self._serving:
            task.cancel()
        return sock

    def troubles(self) -> list[str]:
        """What keeps this standby from being one, a line each."""
        return [self._trouble] if self._trouble else []

    @property
    def line(self) -> str:
        """For whom it waits."""
        if self._lease is not None:
            return f"taking over: reading the store, lease {self._lease.epoch}"
        if self._seen is None:
            return "standing by"
        return f"standing by: {self._seen.holder} has the store, lease {self._seen.epoch}"

    async def _generation(self, given: Generation, reloads: Reloads, stop: asyncio.Event) -> Lease | None:
        """Until the lease comes, or `stop`, or the next generation."""
        metrics = Metrics(CollectorRegistry(), [])
        ends = asyncio.Event()
        self._serve(given, metrics)
        async with asyncio.TaskGroup() as group:
            helpers = [
                group.create_task(work, name=name)
                for name, work in (
                    ("reload", reloads.run(given, ends.set, metrics.reload)),
                    ("stop", _then(stop, ends)),
                    ("served", self._served()),
                )
            ]
            self._lease = await self._ask_until(ends)
            for task in helpers:
                task.cancel()
        return self._lease

    def _serve(self, given: Generation, metrics: Metrics) -> None:
        config, parts = given.config, given.parts
        metrics.show_model(parts.model_name, parts.model.hash, str(parts.model.manifest.raw.get("created", "")))
        report = Report(self._manager, self.troubles, lambda: self.line)
        heart = Heart(metrics, _Nothing(), wall_clock, lambda: self._show(metrics), report.beat)
        web = create_standby_app(
            metrics.render,
            heart.alive,
            self.troubles,
            lambda: self.line,
            hosts=served_hosts(config),
            gate=gate_of(config, metrics),
        )
        page = serve(
            web,
            config.web.host,
            config.web.port,
            on_ready=report.announcing(self._on_ready),
            tls=tls_of(config),
            listen=self._listen,
        )

        async def perform(request: Request) -> Result:
            if not isinstance(request, Dump):
                raise OperatorError(f"{self.line}: ask there")
            return dump(
                config,
                self._database.facts(),
                model={"name": parts.model_name, "hash": parts.model.hash, "device": config.model.device},
                depths={},
                held={},
                unready=[self.line, *self.troubles()],
                sources=[],
            )

        admin = AdminServer(self._database.beside, perform, instead=False)
        for name, work in (("web", page), ("heart", heart.beat()), ("admin", admin.run())):
            self._serving.append(asyncio.create_task(work, name=name))

    async def _served(self) -> None:
        """Raises what ended one of them."""
        done, _ = await asyncio.wait(self._serving, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    async def _end(self) -> None:
        ending, self._serving = self._serving, []
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _show(self, metrics: Metrics) -> None:
        name = self._database.name
        metrics.lease.show_role(name, standing_by=self._lease is None)
        known = self._lease or self._seen
        if known is not None:
            metrics.lease.show(name, known.epoch, known.expires)

    async def _ask_until(self, ends: asyncio.Event) -> Lease | None:
        while not ends.is_set():
            asking = asyncio.create_task(asyncio.to_thread(self._applicant.ask, PATIENCE_S), name="ask")
            try:
                found = await asyncio.shield(asking)
            except asyncio.CancelledError:
                # A thread cannot be called back: what it still gets is let go of.
                await _let_go(asking)
                raise
            except (StoreUnavailableError, InputError) as error:
                if isinstance(error, InputError) and self._seen is None:
                    raise
                # What was well once is somebody's to mend, and this process is there when it is.
                self._see_trouble(str(error))
            else:
                if not isinstance(found, LeaseRow):
                    log.info("took_over", epoch=found.epoch, former=self._seen.holder if self._seen else "")
                    return found
                self._see(found)
            try:
                async with asyncio.timeout(ASK_S):
                    await ends.wait()
            except TimeoutError:
                continue
        return None

    def _see(self, found: LeaseRow) -> None:
        self._seen = found
        if self._trouble:
            self._trouble = ""
            log.info("store_available", ends="store_unavailable")
        if self._told != self.line:
            self._told = self.line
            log.info("standing_by", holder=found.holder, epoch=found.epoch)

    def _see_trouble(self, error: str) -> None:
        if not self._trouble:
            log.error("store_unavailable", error=error, retry_s=ASK_S)
        self._trouble = error


class _Nothing:
    """What waits before the stages of a standby."""

    def depths(self) -> Mapping[str, int]:
        return {}


async def _then(first: asyncio.Event, second: asyncio.Event) -> None:
    await first.wait()
    second.set()


async def _let_go(asking: asyncio.Task[Lease | LeaseRow]) -> None:
    try:
        found = await asking
    except (StoreUnavailableError, InputError):
        return
    if not isinstance(found, LeaseRow):
        await asyncio.to_thread(found.release)
