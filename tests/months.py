"""Weeks of news in a store, with everything in it that retention must tell apart."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from prometheus_client import CollectorRegistry

from monitor.alerts.routes import Endpoint
from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.detection.spikes import DetectionSettings
from monitor.fold import Fold
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Article, Mode, Refusal, Scope, Tick
from monitor.restore import restore
from monitor.sink import StoreSink
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article, company, prepared

TICK_MS = 15 * MINUTE_MS
SETTINGS = FoldSettings(
    detection=DetectionSettings(min_history_ms=DAY_MS), endpoints=(Endpoint("desk"), Endpoint("sre")), trial_ms=0
)


def news(seed: int, day: int, stories: int = 30, *, surge: bool = False, again: bool = True) -> Iterator[Article]:
    """A day of it: stories of a source of their own names, copies, revisions, a late and an old one; or a surge too."""
    rng = random.Random(f"{seed}/{day}")
    start = NOON + day * DAY_MS

    def item(name: str, number: int, at: int, bad: bool, **more: object) -> Article:
        title = f"{name}a of {name}b holds {name}c {'collapse' if bad else 'meeting'}"
        publisher = f"{'abc'[number % 3]}.example"
        return article(f"wire:{name}", title, at=at, source="wire", publisher=publisher, scope=Scope.FINANCE, **more)

    for number in range(stories):
        at, name = start + rng.randrange(DAY_MS), f"d{day}n{number}"
        first = item(name, number, at, rng.random() < 0.2)
        yield first
        if rng.random() < 0.3:  # a copy elsewhere
            later = at + rng.randrange(6 * HOUR_MS)
            yield replace(first, key=f"{first.key}c", publisher="z.example", event_time=later, published_at=later)
        if rng.random() < 0.1:  # the same key with changed words
            yield replace(first, title=f"{first.title} again", received_at=at + HOUR_MS)
    for number in (0, 7, 14) if again and day >= 35 else ():  # weeks after, under the same key
        yield item(f"d{day - 35}n{number}", number, start + number * HOUR_MS, bad=False)
    old = start - rng.randrange(20, 90) * DAY_MS
    yield item(f"old{day}", 1, old, True, received_at=start + HOUR_MS, mode=Mode.BACKLOG)
    yield item(f"late{day}", 2, start - 5 * HOUR_MS, True, received_at=start + HOUR_MS)
    for number in range(12 if surge else 0):
        yield item(f"surge{day}n{number}", number, start + 20 * HOUR_MS + number * MINUTE_MS, True)


async def _live(store: Store, fold: Fold, days: range, surges: set[int], seed: int, *, again: bool) -> None:
    metrics = Metrics(CollectorRegistry())
    end = Committing(fold, StoreSink(store), metrics, clock=lambda: fold.memory.now, on_folded=lambda folded: None)
    for day in days:
        start = NOON + day * DAY_MS
        records: list[tuple[int, int, Delivery]] = []
        for number, item in enumerate(news(seed, day, surge=day in surges, again=again)):
            bad = "collapse" in item.title
            arrives = max(item.received_at, item.event_time)
            named = (company(f"c{number % 7}"),) if number % 2 else ()
            records.append((arrives, 1, Delivery(prepared(item, *named, negative=0.8 if bad else 0.1, topic="banks"))))
        records += [(at, 0, Delivery(Tick(at))) for at in range(start, start + DAY_MS, TICK_MS)]
        records.append((start, 2, Delivery(Refusal("wire", "no_title", f"line {day}", "", "", start))))
        records.sort(key=lambda record: record[:2])
        for first in range(0, len(records), 256):
            await end.take([delivery for *_, delivery in records[first : first + 256]])


def lived_through(path: Path | str, days: int, *, surges: set[int], seed: int = 1, again: bool = True) -> None:
    """Makes the store at `path`, or goes on with it, from where its days ended.

    Args:
        again: whether keys of 35 days before come again with other words.
    """
    with Store.open(path) as store:
        fold = Fold(SETTINGS, restore(store, SETTINGS))
        first = 0 if fold.memory.now < 0 else (fold.memory.now - NOON) // DAY_MS + 1
        asyncio.run(_live(store, fold, range(first, first + days), surges, seed, again=again))
