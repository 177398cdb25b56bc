"""What a store costs over months: bytes by table, the restart, a sweep of retention beside commits.

python -m benchmarks.store [--days N] [--desks N] [--keep FILE]

The demonstration's news through the real fold into a store on disk, a tick a minute; scores are drawn by the words, as
only their number and length matter here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.table import Table

from monitor.committing import Committing
from monitor.config import load_config
from monitor.delivery import Delivery
from monitor.demo.corpus import demo_news
from monitor.fold import Fold
from monitor.ingest.targets import readings
from monitor.parts import DEMO_WATCHLIST, Parts, build_parts
from monitor.pipeline import prepare
from monitor.records import DAY_MS, MILLION, MINUTE_MS, Article, Mode, Prepared, Score, Tick
from monitor.restore import restore
from monitor.sink import StoreSink
from monitor.sources.archive import read_archive
from monitor.storage import retention
from monitor.storage.effects import Effects
from monitor.storage.retention import Ages
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics

END = 1_795_341_600_000
BATCH = 256
# Indices are told with their table.
_OWNERS = "SELECT name, tbl_name FROM sqlite_master WHERE type IN ('table', 'index')"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--desks", type=int, default=1, help="so many times the demonstration's 520 articles a day")
    parser.add_argument("--keep", type=Path, help="keep the store here, or measure the one that is here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bearwatch-bench-") as folder:
        path = options.keep or Path(folder) / "bearwatch.db"
        parts = build_parts(load_config(None, {}), [DEMO_WATCHLIST])
        console = Console(highlight=False)
        if not path.exists():
            began = time.perf_counter()
            count = fill(path, parts, Path(folder), options.days, options.desks)
            console.print(f"{count:,} articles, {options.days} days: written in {time.perf_counter() - began:.0f} s")
        sizes(console, path)
        restart(console, path, parts)
        sweep(console, path, options.days)


def fill(path: Path, parts: Parts, folder: Path, days: int, desks: int) -> int:
    """Writes the store; how many articles it holds."""
    fold = Fold(parts.settings)
    metrics = Metrics(CollectorRegistry())
    count = 0

    async def run() -> None:
        nonlocal count
        with Store.open(path) as store:
            end = Committing(
                fold, StoreSink(store), metrics, clock=lambda: fold.memory.now, on_folded=lambda folded: None
            )
            batch: list[Delivery] = []
            for delivery in records(parts, folder, days, desks):
                batch.append(delivery)
                count += isinstance(delivery.record, Prepared)
                if len(batch) == BATCH:
                    await end.take(batch)
                    batch = []
            await end.take(batch)

    asyncio.run(run())
    return count


def records(parts: Parts, folder: Path, days: int, desks: int) -> Iterator[Delivery]:
    """The demonstration's news and a tick a minute, in their order."""
    archive = folder / "news.jsonl"
    lines = [
        {**line, "id": f"{line['url']}?{seed}"}  # as most feeds have it
        for seed in range(1, desks + 1)
        for line in demo_news(END, seed=seed, days=days)
    ]
    lines.sort(key=lambda line: str(line["published_at"]))
    archive.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    minute = END - days * DAY_MS
    for line in read_archive(archive, "bench", mode=Mode.LIVE, now=END):
        article = line.record
        if not isinstance(article, Article):
            continue
        while minute <= article.event_time:
            yield Delivery(Tick(minute))
            minute += MINUTE_MS
        yield Delivery(_scored(parts, prepare(article, parts.matcher, parts.model.languages)))


def _scored(parts: Parts, prepared: Prepared) -> Prepared:
    """One score a reading, as the model gives them; a fifth is bad news."""
    rng = random.Random(prepared.title)
    asked = readings(prepared.title, prepared.lead, prepared.mentions, parts.model.target_token)

    def score(target: str | None) -> Score:
        bad = round(MILLION * rng.betavariate(0.3, 1.2))
        neutral = round((MILLION - bad) * rng.random())
        topics = tuple((name, 900_000) for name in rng.sample(parts.model.topics, rng.choice((0, 1, 1, 1, 2))))
        return Score(bad, neutral, MILLION - bad - neutral, topics, parts.model.hash, target)

    return replace(prepared, scores=tuple(score(reading.target) for reading in asked))


def sizes(console: Console, path: Path) -> None:
    """Prints bytes an article, by table with its indices."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        articles = int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
        owner = dict(db.execute(_OWNERS))
        rows: dict[str, list[int]] = {}
        for name, size in db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            table = owner.get(name, name)
            rows.setdefault(table, [0, 0])[name != table] += size
    table = Table(title=f"Bytes an article, of {articles:,}", title_justify="left")
    for column in ("table", "rows", "indices", "together"):
        table.add_column(column, justify="right" if column != "table" else "left")
    whole = sum(map(sum, rows.values()))
    for name, (own, indices) in sorted(rows.items(), key=lambda row: -sum(row[1])):
        if own + indices > whole / 200:
            table.add_row(name, *(f"{part / articles:,.0f}" for part in (own, indices, own + indices)))
    table.add_row("all", "", "", f"{whole / articles:,.0f}")
    console.print(table)
    console.print(f"{whole / articles * MILLION / 1e9:.2f} GB a million articles")


def restart(console: Console, path: Path, parts: Parts) -> None:
    """Prints how long the fold's memory takes to be read again."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with Store.open(path) as store:
            restore(store, parts.settings)
        took.append(time.perf_counter() - began)
    console.print(f"Store opened and memory restored, the model not counted: {_spread(took)}; aim 15 s at 90 days")


def sweep(console: Console, path: Path, days: int) -> None:
    """Deletes the older half of the days, with a commit every 20 ms beside it; prints how long commits took."""
    waited: list[float] = []
    steps: list[float] = []

    async def news(store: Store, over: asyncio.Event) -> None:
        while not over.is_set():
            began = time.perf_counter()
            await store.commit_async(Effects(meta={"beat": str(len(waited))}))
            waited.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)

    async def run(store: Store) -> int:
        ages = Ages(days * DAY_MS // 2, days * DAY_MS, days * DAY_MS)
        going = store.read(retention.begin, ages, 0)
        over = asyncio.Event()
        beside = asyncio.create_task(news(store, over))
        articles = 0
        while going is not None and going.stage is not None:
            began = time.perf_counter()
            going, gone = await store.write(partial(retention.step, sweep=going))
            steps.append(time.perf_counter() - began)
            articles += gone["articles"]
            await asyncio.sleep(steps[-1])
        over.set()
        await beside
        return articles

    with Store.open(path) as store:
        began = time.perf_counter()
        articles = asyncio.run(run(store))
        took = time.perf_counter() - began
    console.print(f"{articles:,} articles deleted in {took:.0f} s, {len(steps)} steps, half of the time at rest")
    console.print(f"A step: {_spread(steps)}; a commit beside it: {_spread(waited)}")


def _spread(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"p50 {1_000 * ordered[len(ordered) // 2]:.0f}, p99 {1_000 * p99:.0f}, most {1_000 * ordered[-1]:.0f} ms"


if __name__ == "__main__":
    main()
