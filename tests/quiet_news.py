"""Days of news in which nothing happens, committed as the daemon commits them."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any

from prometheus_client import CollectorRegistry

from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.fold import Fold
from monitor.records import DAY_MS, MINUTE_MS, Article, Scope, Tick
from monitor.sink import StoreSink
from monitor.storage import queries
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article, prepared
from tests.fakes_model import LexiconModel

A_DAY = 96  # stories of one source


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**given: Any) -> None:
        asyncio.run(test(**given))

    return run


def told(source: str, day: int, *, negative: float = 0.3, seed: int = 1) -> Iterator[Article]:
    """A day of one source's own stories, at random times, of three publishers; the titles say how bad they are."""
    rng = random.Random(f"{source}/{day}/{seed}")
    for number in range(A_DAY):
        at = NOON + day * DAY_MS + rng.randrange(DAY_MS)
        draw = rng.random()
        word = "collapse" if draw < negative else "worry" if draw < 1.5 * negative else "meeting"
        name = f"{source}{day}n{number}"
        title = f"{name}a of {name}b holds {name}c {word}"
        publisher = f"{source}{number % 3}.example"
        yield article(
            f"{source}:{name}", title, at=at, source=source, publisher=publisher, scope=Scope.FINANCE, language="en"
        )


async def lived(
    store: Store,
    fold: Fold,
    model: LexiconModel,
    days: range,
    sources: Sequence[str],
    *,
    ahead: int = 0,
    heard: Callable[[int], bool] = lambda at: True,
) -> None:
    """Those days of the sources, committed as the daemon commits them.

    Args:
        ahead: ms that the daemon's clock is ahead of the news. heard: the minutes in which it ran; what was published
            in others comes with the next one.
    """
    metrics = Metrics(CollectorRegistry())
    end = Committing(fold, StoreSink(store), metrics, clock=lambda: fold.memory.now, on_folded=lambda folded: None)
    for day in days:
        news = sorted((item for source in sources for item in told(source, day)), key=lambda item: item.event_time)
        scores = model.infer(model.encode([item.title for item in news]))
        records: list[tuple[int, int, Delivery]] = [
            (item.event_time, 1, Delivery(replace(prepared(item), scores=(score,))))
            for item, score in zip(news, scores, strict=True)
        ]
        start = NOON + day * DAY_MS
        minutes = [at for at in range(start, start + DAY_MS, MINUTE_MS) if heard(at)]
        records += [(at, 0, Delivery(Tick(at + ahead))) for at in minutes]
        records = [
            (at if heard(at) else min(m for m in (*minutes, start + DAY_MS) if m > at), *r) for at, *r in records
        ]
        records.sort(key=lambda record: record[:2])
        for first in range(0, len(records), 256):
            await end.take([delivery for *_, delivery in records[first : first + 256]])


def pages(store: Store) -> list[str]:
    return [held.spike.id for held in store.read(queries.spikes_recent, 0)]
