"""The task that keeps the store from growing for ever: once an hour what is old leaves it, little by little.

It yields to the news: each step is one short transaction, and nine times as long it rests, so that commits find the
writer free, or wait for one step at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import structlog

from monitor.errors import StoreUnavailableError
from monitor.storage import retention
from monitor.storage.retention import Ages
from monitor.storage.store import Store
from monitor.telemetry.retention_metrics import RetentionMetrics

log = structlog.get_logger(__name__)

EVERY_S = 3_600.0
REST = 9  # of a step's time


class Retention:
    """Sweeps the store by these ages.

    Args:
        clock: ms, for the metric only: age is told by the store's own ticks.
    """

    def __init__(self, store: Store, ages: Ages, metrics: RetentionMetrics, clock: Callable[[], int]) -> None:
        self._store = store
        self._ages = ages
        self._metrics = metrics
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled: at once, then every hour."""
        while True:
            try:
                gone = await self.sweep()
            except StoreUnavailableError as error:
                log.warning("retention_put_off", error=str(error))
            else:
                if gone.total():
                    log.info("retention", **gone)
            await asyncio.sleep(EVERY_S)

    async def sweep(self) -> Counter[str]:
        """One round; rows by table. Raises StoreUnavailableError: what is left goes with the next one."""
        gone: Counter[str] = Counter()
        sweep = await self._store.read_async(retention.begin, self._ages)
        while sweep is not None and sweep.stage is not None:
            began = time.monotonic()
            sweep, rows = await self._store.write(partial(retention.step, sweep=sweep))
            self._metrics.gone(rows)
            gone.update(rows)
            await asyncio.sleep(REST * (time.monotonic() - began))
        pages = 1
        while pages:
            began = time.monotonic()
            pages = await self._store.give_back()
            await asyncio.sleep(REST * (time.monotonic() - began))
        self._metrics.last_run.set(self._clock() / 1_000)
        return +gone
