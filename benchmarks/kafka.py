"""From a full topic: consumption alone, and through every stage into the store.

The broker is the tests' own, from its jars, on the same cores; KAFKA_BOOTSTRAP_SERVERS names another.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.stages import stages_into
from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.fold import Folded
from monitor.inference.scorer import Scorer
from monitor.kafka.connection import Connection
from monitor.kafka.handler import Group
from monitor.parts import Parts
from monitor.pipeline import Pipeline
from monitor.sink import StoreSink
from monitor.sources.kafka import KafkaSource
from monitor.sources.kafka_ledger import Reading
from monitor.storage.store import Store
from monitor.wiring import wall_clock
from tests.kafka.broker import Broker
from tests.kafka.fixtures import jars
from tests.kafka.oracle import Oracle, Record

CONSUMED = 100_000


@contextmanager
def broker(folder: Path) -> Iterator[tuple[str, str]]:
    """(bootstrap, "") of a running broker, or ("", why there is none)."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    found, why = (None, "") if given else jars()
    if given or found is None:
        yield given or "", why
        return
    own = Broker(folder / "kafka", found)
    own.start()
    try:
        yield own.bootstrap, ""
    finally:
        own.stop()


def filled(bootstrap: str, lines: Sequence[dict[str, object]], count: int) -> str:
    """A new topic of so many articles: the lines again and again, each under an id of its own."""
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    oracle = Oracle(bootstrap)
    oracle.create(topic)
    values = (json.dumps({**lines[n % len(lines)], "id": f"b{n}"}).encode() for n in range(count))
    oracle.produce(topic, (Record(value, partition=0) for value in values))
    return topic


def source(bootstrap: str, topic: str) -> KafkaSource:
    reading = Reading("bench", Connection((bootstrap,)), Group(f"group-{topic}", (topic,)), start="earliest")
    return KafkaSource(reading, positions={}, clock=wall_clock)


def consumed(bootstrap: str, topic: str, count: int) -> float:
    """Articles a second, decoded and acknowledged, with nothing behind; from the first to the last."""

    async def run() -> float:
        out: Channel[Delivery] = Channel(1_024)
        task = asyncio.create_task(source(bootstrap, topic).run(out))
        (await out.get()).ack()  # the beginning
        seen, began = 0, time.perf_counter()
        while seen < count:
            for delivery in await out.get_ready(256):
                delivery.ack()
                seen += 1
        rate = count / (time.perf_counter() - began)
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        return rate

    return asyncio.run(run())


def stored(parts: Parts, bootstrap: str, topic: str, count: int, store_path: Path) -> float:
    """Articles a second from the topic to committed in a store on disk; nothing is cached."""

    async def run() -> float:
        done = asyncio.Event()
        with Store.open(store_path) as store, closing(Scorer(parts.model, cache_entries=0)) as scorer:
            committed, began = 0, 0.0

            def on_folded(folded: Folded) -> None:
                nonlocal committed, began
                began = began or time.perf_counter()
                committed += len(folded.effects.articles)
                if committed >= count:
                    done.set()

            stages = stages_into(StoreSink(store), parts, scorer, on_folded)
            pipeline = Pipeline(stages, [source(bootstrap, topic)])
            running = asyncio.create_task(pipeline.run())
            await done.wait()
            rate = count / (time.perf_counter() - began)
            pipeline.stop()
            await asyncio.wait({running}, timeout=10)
            return rate

    return asyncio.run(run())
