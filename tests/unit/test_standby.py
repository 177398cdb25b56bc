"""Standing by, with a lease that the test holds: what supervisors and people hear, and what becomes of the lease."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from monitor.config import Config, load_config
from monitor.errors import InputError, LeaseLostError, StoreUnavailableError
from monitor.notify import ServiceManager
from monitor.parts import Parts, build_parts
from monitor.reload import Generation, Reloads
from monitor.standby import StandBy
from monitor.storage.lease import LeaseRow
from monitor.supervise import unless
from monitor.web.server import KeptSocket

pytestmark = pytest.mark.slow  # a model is loaded

HELD = LeaseRow(6, "t", "risk-1", 812, "bearwatch run", "2026-11-27T08:00:00Z", 100.0, False)
SAYS = "standing by: process 812 on risk-1 (bearwatch run, since 2026-11-27T08:00:00Z) has the store, lease 6"


class Lease:
    epoch = 7
    expires = 120.0

    def __init__(self) -> None:
        self.released = threading.Event()

    def given(self) -> bool:
        return True

    async def wait(self) -> None: ...

    async def lost(self) -> None:
        await asyncio.Event().wait()

    def release(self) -> None:
        self.released.set()


class Asking:
    """An applicant that answers what the test says; `gate` holds it in the middle of asking."""

    def __init__(self) -> None:
        self.answer: Lease | LeaseRow | Exception = HELD
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()
        self.inside = threading.Event()

    def ask(self, patience_s: float = 0.0) -> Lease | LeaseRow:
        self.inside.set()
        self.gate.wait(30)
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None: ...


@dataclass
class Database:
    beside: Path
    name: str = "postgresql://db/news"

    def facts(self) -> Mapping[str, Any]:
        return {"address": self.name}


@dataclass
class Rig:
    """One standby, its page's address, and what its service manager heard."""

    waiting: StandBy
    given: Generation
    reloads: Reloads
    applicant: Asking
    sock: socket.socket
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""
    heard: list[str] = field(default_factory=list)

    async def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.request(method, f"{self.address}{path}") as answer:
            return answer.status, await answer.text()

    async def until(self, message: str) -> None:
        """Waits until the service manager has heard it."""
        async with asyncio.timeout(20):
            while not any(line.startswith(message) for line in self.heard):
                self.heard.append((await asyncio.get_running_loop().sock_recv(self.sock, 4_096)).decode())

    async def turns(self, path: str, says: str) -> None:
        """Waits until the page says so: it asks its database once a second."""
        async with asyncio.timeout(20):
            while says not in (await self.get(path))[1]:  # noqa: ASYNC110  # its page is all that shows it
                await asyncio.sleep(0.05)


PARTS: list[Parts] = []


def loaded(config: Config) -> Parts:
    """The same for all tests."""
    if not PARTS:
        PARTS.append(build_parts(config))
    return PARTS[0]


@asynccontextmanager
async def rig(folder: Path, port: int = 0) -> AsyncIterator[Rig]:
    given = folder / "b.yaml"
    given.write_text(f"store: {{url: 'sqlite:///{folder}/b.db'}}\nmodel: {{path: fast}}\nweb: {{port: {port}}}\n")
    config = load_config(given, {})
    generation = Generation(config, loaded(config))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind(str(folder / "notify"))
        manager = ServiceManager(str(folder / "notify"), watchdog_s=2.0)
        asked = asyncio.Event()

        async def well(*_: object) -> None: ...

        async def as_before(before: Generation) -> Generation:
            return before

        reloads = Reloads(
            asked, as_before, check=well, past=well, record=well, manager=manager, clock=lambda: 0, announce=print
        )
        applicant, kept, ready = Asking(), KeptSocket(), asyncio.Event()

        def answers(address: str) -> None:
            made.address = address
            ready.set()

        database: Any = Database(folder / "news")
        async with StandBy(database, applicant, manager, listen=kept, on_ready=answers) as waiting:
            made = Rig(waiting, generation, reloads, applicant, sock, asked=asked)
            made.ready = ready  # type: ignore[attr-defined]
            try:
                yield made
            finally:
                kept.close()


async def begun(made: Rig) -> asyncio.Task[Any]:
    task = asyncio.create_task(made.waiting.wait(made.given, made.reloads, made.stop))
    async with asyncio.timeout(20):
        await made.ready.wait()  # type: ignore[attr-defined]
    await made.turns("readyz", SAYS)
    return task


def test_it_is_ready_for_its_supervisor_and_for_nobody_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as made:
            task = await begun(made)
            await made.until("READY=1")
            await made.until(f"STATUS={SAYS}; http://127.0.0.1:")
            await made.until("WATCHDOG=1")
            assert await made.get("healthz") == (200, "alive\n")
            assert await made.get("readyz") == (503, f"{SAYS}\n")
            assert await made.get("readyz?standbyok=true") == (200, f"{SAYS}\n")
            assert await made.get("readyz?standbyok=false") == (503, f"{SAYS}\n")
            assert await made.get("api/v1/articles", "POST") == (503, f"{SAYS}\n")
            assert await made.get("") == (503, f"{SAYS}\n")
            await made.turns("metrics", 'bearwatch_lease_epoch{store="postgresql://db/news"} 6.0')
            metrics = (await made.get("metrics"))[1]
            assert 'bearwatch_standby{store="postgresql://db/news"} 1.0' in metrics
            assert 'bearwatch_lease_expires_timestamp_seconds{store="postgresql://db/news"} 100.0' in metrics
            made.stop.set()
            assert await asyncio.wait_for(task, 10) is None
            await made.until("STOPPING=1")

    asyncio.run(scenario())


def test_a_database_that_is_away_makes_it_no_standby_until_it_is_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as made:
            task = await begun(made)
            for fault in (StoreUnavailableError("cannot be reached now"), InputError("no pg_hba.conf entry")):
                made.applicant.answer = fault
                await made.turns("readyz?standbyok=true", str(fault))
                assert (await made.get("readyz?standbyok=true"))[0] == 503
                assert (await made.get("healthz"))[0] == 200
                made.applicant.answer = HELD
                await made.turns("readyz?standbyok=true", SAYS)
            made.stop.set()
            await asyncio.wait_for(task, 10)

    asyncio.run(scenario())


def test_a_store_that_it_can_never_have_ends_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as made:
            made.applicant.answer = InputError('database "none" does not exist')
            with pytest.raises(ExceptionGroup) as found:
                await made.waiting.wait(made.given, made.reloads, made.stop)
            assert found.group_contains(InputError, match="none")

    asyncio.run(scenario())


def test_who_takes_over_lives_on_for_its_supervisor_until_the_daemons_page_answers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as made:
            task = await begun(made)
            lease = made.applicant.answer = Lease()
            found = await asyncio.wait_for(task, 10)
            assert found == (made.given, lease)
            assert await made.get("healthz") == (200, "alive\n")
            assert await made.get("readyz?standbyok=true") == (200, "taking over: reading the store, lease 7\n")
            assert (await made.get("readyz"))[0] == 503
            made.heard.clear()
            await made.until("WATCHDOG=1")
            await made.turns("metrics", 'bearwatch_standby{store="postgresql://db/news"} 0.0')
            # The daemon's own page takes the socket; then nothing of the standby's is left.
            with made.waiting.listen("127.0.0.1", 0) as sock:
                await asyncio.wait_for(asyncio.gather(*made.waiting._serving, return_exceptions=True), 10)
                assert sock.getsockname()[1] == int(made.address.rstrip("/").rpartition(":")[2])
            assert not lease.released.is_set()

    asyncio.run(scenario())


def test_a_lease_that_comes_while_it_is_told_to_end_is_let_go_of(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as made:
            task = await begun(made)
            made.applicant.gate.clear()
            made.applicant.inside.clear()
            await asyncio.to_thread(made.applicant.inside.wait, 20)
            lease = made.applicant.answer = Lease()
            task.cancel()
            made.applicant.gate.set()
            await asyncio.gather(task, return_exceptions=True)
            assert lease.released.is_set()

    asyncio.run(scenario())


def test_a_reload_takes_the_next_configuration_and_stands_by_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as made:
            task = await begun(made)
            made.asked.set()
            await made.until("RELOADING=1")
            await made.until("READY=1")
            await made.turns("readyz", SAYS)
            lease = made.applicant.answer = Lease()
            assert (await asyncio.wait_for(task, 10))[1] is lease

    asyncio.run(scenario())


def test_work_ends_with_the_lease_and_says_why() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def losing() -> None:
            await lost

        running = asyncio.create_task(unless(losing, work()))
        await asyncio.sleep(0)
        lost.set_exception(LeaseLostError("taken"))
        with pytest.raises(LeaseLostError, match="taken"):
            await asyncio.wait_for(running, 10)
        assert ended.is_set()

        async def result() -> int:
            return 3

        async def never() -> None:
            await asyncio.Event().wait()

        assert await unless(never, result()) == 3

    asyncio.run(scenario())
