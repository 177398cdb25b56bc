"""What a reload came to is kept: when somebody can write it, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry

from monitor.errors import InputError, StoreUnavailableError
from monitor.notify import ServiceManager
from monitor.reload import Generation, Reloads
from monitor.telemetry.metrics import Metrics


def test_a_refusal_is_written_once_the_store_is_ours_and_what_a_command_asked_for_is_the_commands() -> None:
    present: Any = SimpleNamespace(parts=SimpleNamespace(settings=SimpleNamespace(instrument="one", hash="h")))
    kept: list[tuple[int, Mapping[str, Any]]] = []
    ours = False
    now = 0

    async def load(before: Generation) -> Generation:
        raise InputError("no such feed")

    async def well(_: Generation) -> None: ...

    async def record(at: int, what: Mapping[str, Any]) -> None:
        if not ours:
            raise StoreUnavailableError("the store is another process's")
        kept.append((at, what))

    async def scenario() -> None:
        nonlocal ours, now
        asked = asyncio.Event()
        reloads = Reloads(
            asked, load, check=well, past=well, record=record,
            manager=ServiceManager(), clock=lambda: now, announce=print,
        )  # fmt: skip
        metrics = Metrics(CollectorRegistry()).reload
        running = asyncio.create_task(reloads.run(present, lambda: None, metrics))

        async def over(number: int) -> None:
            async with asyncio.timeout(10):
                while reloads.state()["over"] < number or asked.is_set():  # noqa: ASYNC110  # its own state is all there is
                    await asyncio.sleep(0)

        for number in (1, 2):
            now = number
            asked.set()
            await over(number)
            await asyncio.sleep(0)
            assert len(kept) == (0, 2)[number - 1]
            ours = True
        assert reloads.ask() == 3
        await over(3)
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scenario())
    assert kept == [(number, {"outcome": "refused", "why": "no such feed"}) for number in (1, 2)]
