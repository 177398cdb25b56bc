"""However much of the news is hostile, a scrape stays small (R15): 20 x configured + 300 series, 200 ms."""

from __future__ import annotations

import asyncio
import os
import random
import time
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from monitor.alerts.outbox import Outbox
from monitor.alerts.protocol import Final, OutboxMessage, Retryable
from monitor.alerts.routes import Endpoint
from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.fold import Fold
from monitor.gauges import show_gauges
from monitor.ingest.watchlist import load_watchlist
from monitor.memory import FoldSettings
from monitor.records import MINUTE_MS, Mention, Prepared, Refusal, Tick
from monitor.sink import MemorySink
from monitor.sources.scores import from_record, to_record
from monitor.sources.wire import WireContext, article_from_object
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article, prepared
from tests.fakes_model import LexiconModel
from tests.fakes_notifier import MemoryNotifier, MemoryOutboxStore, Message

ITEMS = 1_000_000 if os.environ.get("BEARWATCH_FAULTS") == "long" else 5_000
SEED = int(os.environ.get("BEARWATCH_SEED", "15"))
A_FOLD = 500  # items that one fold gets: its own memory of a million series is not what is measured
SCRAPE_S = 0.2
ENDPOINTS = ("desk", "chat", "am")
SOURCES = tuple(f"wire{n}" for n in range(30))


def hostile(number: int, rng: random.Random, at: int) -> Prepared:
    """Every name in it is its own: as who writes the scorers' topic could send it, through that topic's reader."""
    name = f"{number:x}{rng.choice('xyz')}"
    source = rng.choice(SOURCES) if rng.random() < 0.9 else f"source{name}"
    item = article(
        f"{source}:{name}",
        f"{name} {name}b {name}c {name}d {name}e",  # of like ones the fold would make stories, which takes its time
        at=at,
        source=source,
        publisher=f"{name}.example",
        language=rng.choice(("en", "", name[:3])),
        tickers=tuple(f"{name}{n}".upper() for n in range(3)),
    )
    kinds = (("company", f"us.{name}", name), ("hazard", f"hz.{name}", ""), ("sector", f"sector.{name}", name))
    kind, entity, sector = rng.choice(kinds)
    mention = Mention(entity, name, kind, sector, "title", 0, 1, 1_000_000)
    found = prepared(item, mention, negative=rng.choice((0.1,) * 30 + (0.9,)), topic=f"Topic {name}")
    if rng.random() < 0.2:
        found = replace(found, scores=(), unscored=f"because of {name}")
    read = from_record(to_record(found), WireContext("scores", item.scope, item.mode, at), "scores/0@7")
    assert isinstance(read, Prepared)
    return read


def refused(number: int, rng: random.Random, at: int) -> Refusal:
    values = (
        {"title": "", "id": str(number)},
        [number],
        {"title": "x", "published_at": str(number)},
        {"title": number},
    )
    found = article_from_object(rng.choice(values), WireContext(rng.choice(SOURCES), *_SCOPE, at), f"w:{number}")
    return found if isinstance(found, Refusal) else Refusal(found.source, f"http_{number % 900 + 100}", "", "", "", at)


_SCOPE = (article().scope, article().mode)


def series_in(scrape: bytes) -> int:
    return sum(not line.startswith(b"#") for line in scrape.splitlines())


async def answered(metrics: Metrics, rng: random.Random, messages: int) -> None:
    """Endpoints that answer whatever they like, through the outbox."""

    def answer(message: OutboxMessage) -> None:
        reason = f"http_{rng.randrange(100, 1_000)} {message.id}"
        raise rng.choice((Retryable(reason), Final(reason)))

    store = MemoryOutboxStore()
    store.add(*(Message(f"m{n}", endpoint=rng.choice(ENDPOINTS)) for n in range(messages)))
    outbox = Outbox(
        store, [MemoryNotifier(name, answer) for name in ENDPOINTS], clock=lambda: 0, observe=metrics.delivery.tried
    )
    serving = asyncio.create_task(outbox.run())
    async with asyncio.timeout(60):
        while any(not row.message.tries for row in store.rows.values()):
            store.marked.clear()
            await store.marked.wait()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(7_200)
def test_a_scrape_stays_small_whatever_the_news_and_the_endpoints_say() -> None:
    print(f"BEARWATCH_SEED={SEED}, {ITEMS} items")
    rng, watchlist, model = random.Random(SEED), load_watchlist(), LexiconModel()
    labels = {
        "market": "",
        **{f"topic:{name.lower()}": name for name in model.topics},
        **{f"sector:{slug}": label for slug, label in watchlist.sectors.items()},
    }
    own = [f"entity:{e}" for e in list(watchlist.entities)[:20]]
    settings = FoldSettings(endpoints=tuple(Endpoint(name) for name in ENDPOINTS), labels=labels)
    metrics = Metrics(CollectorRegistry(), own, series=labels, sources=SOURCES)
    for name in ENDPOINTS:
        metrics.waiting.begin(name, metrics.delivery.attempts)
    configured = len(own) + len(labels) + len(SOURCES) + len(ENDPOINTS)
    sizes, scrapes, number, at = [], [], 0, NOON

    async def scenario() -> None:
        nonlocal number, at
        while number < ITEMS:
            fold = Fold(settings)
            end = Committing(fold, MemorySink(), metrics, clock=lambda: NOON, on_folded=lambda folded: None)
            for _ in range(A_FOLD // 500):
                at += MINUTE_MS
                batch = [Delivery(hostile(number + n, rng, at - n)) for n in range(490)]
                batch += [Delivery(refused(number + n, rng, at)) for n in range(490, 500)]
                number += 500
                await end.take([*batch, Delivery(Tick(at))])
            show_gauges(
                metrics,
                fold,
                [name for name in labels if name.startswith("topic:")],
                pages={},
                marked={},
                pending={f"endpoint{n}": n for n in range(100)},
                oldest={f"endpoint{n}": n for n in range(100)},
                sentiment={f"topic:{n}": 0.5 for n in range(1_000)},
            )
            if not sizes:
                await answered(metrics, rng, 300)
            for _ in range(5):
                began = time.thread_time()
                scrape = metrics.render()
                scrapes.append(time.thread_time() - began)
            sizes.append(series_in(scrape))

    asyncio.run(scenario())
    scrapes.sort()
    p99 = scrapes[int(len(scrapes) * 0.99)]
    bound = 20 * configured + 300
    print(f"{number} items: {sizes[-1]} series of at most {bound}, {sizes[0]} at first; scrape p99 {p99 * 1e3:.0f} ms")
    assert max(sizes) <= bound
    assert sizes[-1] <= sizes[0] + 20  # flat: nothing of the news stays in the registry
    assert p99 < 5 * SCRAPE_S
