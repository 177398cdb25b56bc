"""An endpoint that said 410 Gone, through the daemon's own wiring: it is asked again at a new address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml
from aiohttp import web
from prometheus_client import CollectorRegistry

from monitor.alerts.timed import DeliveryTimes
from monitor.config import load_config
from monitor.endpoints import running_outbox
from monitor.storage import queries
from monitor.storage.effects import Effects, OutboxRow
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.wiring import wall_clock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, Counter[str]]]:
    """Says of /old-canary that it is gone and takes what comes to /new; how often each was asked."""
    asked = Counter[str]()

    async def take(request: web.Request) -> web.Response:
        asked[request.path] += 1
        return web.Response(status=410 if request.path == "/old-canary" else 204)

    app = web.Application()
    app.router.add_post("/{path}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def life(path: Path, url: str, *new: str) -> dict[str, tuple[str, str]]:
    """A life of the daemon's outbox with one endpoint there, until these messages are marked."""
    hook = {"name": "desk", "url": url, "secret": SECRET}
    given = path.with_name("bearwatch.yaml")
    given.write_text(yaml.safe_dump({"alerts": {"webhooks": [hook], "allow_hosts": ["127.0.0.1"]}}))
    config = load_config(given, {"HOME": "/nonexistent"})
    metrics = Metrics(CollectorRegistry())
    marked = asyncio.Event()
    with Store.open(path) as store:
        now = wall_clock()
        await store.commit_async(
            Effects(outbox=[OutboxRow(name, f"{name}@1#ab", "desk", "{}", now, now) for name in new])
        )
        times = DeliveryTimes(lambda endpoint, seconds: None, wall_clock)
        async with running_outbox(config, store, metrics, times) as outbox:
            outbox._observe = lambda endpoint, outcome: marked.set()
            serving = asyncio.create_task(outbox.run())
            async with asyncio.timeout(20):
                while store.read(queries.deliveries_pending):
                    await marked.wait()
                    marked.clear()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        return {each.id: (each.status, each.last_error) for each in store.read(queries.deliveries)}


def test_a_desk_that_has_moved_is_paged_once_its_new_address_is_configured(tmp_path: Path) -> None:
    path = tmp_path / "b.db"

    async def scenario() -> None:
        async with receiver() as (url, asked):
            assert await life(path, f"{url}/old-canary", "one") == {"one": ("dead", "http_410")}
            told = await life(path, f"{url}/old-canary", "two")  # a restart changes nothing
            assert (told["two"], asked) == (("dead", "gone"), {"/old-canary": 1})
            told = await life(path, f"{url}/new", "three")
            assert (told["three"], asked) == (("sent", ""), {"/old-canary": 1, "/new": 1})

    asyncio.run(scenario())
    # The address is remembered by a digest alone: it may hold a secret.
    assert b"canary" not in path.read_bytes()
