"""The same store on SQLite and on PostgreSQL: commits, the restart and bytes, as ratios from one run.

python -m benchmarks.databases [--days N] [--desks N] [--batch N] [--url URL]

The demonstration's news is folded once; what the fold came to is then committed to both, batch by batch in turn: a busy
machine is busy for both. Without --url a server of its own, with fsync, on a Unix socket beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from prometheus_client import CollectorRegistry
from rich.console import Console

from benchmarks.store import records
from monitor.committing import Committing
from monitor.config import load_config
from monitor.delivery import Delivery
from monitor.fold import Fold
from monitor.parts import DEMO_WATCHLIST, Parts, build_parts
from monitor.restore import restore
from monitor.sink import StoreSink
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.postgresql import Cluster


class Recording(StoreSink):
    """Keeps what is committed, in its order."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.effects: list[Effects] = []

    async def commit(self, effects: Effects) -> None:
        await super().commit(effects)
        self.effects.append(effects)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.databases", description=__doc__)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--desks", type=int, default=1, help="so many times the demonstration's 520 articles a day")
    parser.add_argument("--batch", type=int, default=64, help="records of one transaction, ticks among them")
    parser.add_argument("--url", help="an empty PostgreSQL database; it is filled")
    options = parser.parse_args()
    console = Console(highlight=False)
    parts = build_parts(load_config(None, {}), [DEMO_WATCHLIST])
    with tempfile.TemporaryDirectory(prefix="bearwatch-bench-") as folder:
        effects = folded(parts, Path(folder), options.days, options.desks, options.batch)
        cluster = None if options.url else Cluster(fsync=True)
        try:
            url = options.url or (cluster.url(cluster.create()) if cluster else "")
            compared(console, parts, str(Path(folder) / "bearwatch.db"), url, effects)
        finally:
            if cluster is not None:
                cluster.close()


def folded(parts: Parts, folder: Path, days: int, desks: int, batch: int) -> list[Effects]:
    """What the fold commits for these days."""
    fold = Fold(parts.settings)

    async def run(store: Store) -> list[Effects]:
        sink = Recording(store)
        metrics = Metrics(CollectorRegistry())
        end = Committing(fold, sink, metrics, clock=lambda: fold.memory.now, on_folded=lambda folded: None)
        waiting: list[Delivery] = []
        for delivery in records(parts, folder, days, desks):
            waiting.append(delivery)
            if len(waiting) == batch:
                await end.take(waiting)
                waiting = []
        await end.take(waiting)
        return sink.effects

    with Store.open(folder / "first.db") as store:
        return asyncio.run(run(store))


def compared(console: Console, parts: Parts, path: str, url: str, effects: list[Effects]) -> None:
    """Prints what SQLite takes and how many times as much PostgreSQL does."""
    took: dict[str, list[float]] = {path: [], url: []}
    with Store.open(path) as one, Store.open(url) as other:
        stores = ((path, one), (url, other))
        for batch in effects:
            for place, store in stores:
                began = time.perf_counter()
                store.commit(batch)
                took[place].append(time.perf_counter() - began)
        sizes = {place: store.size() for place, store in stores}
    articles = sum(len(batch.articles) for batch in effects)
    restarts: dict[str, list[float]] = {path: [], url: []}
    for _ in range(3):
        for place, times in restarts.items():
            began = time.perf_counter()
            with Store.open(place) as store:
                restore(store, parts.settings)
            times.append(time.perf_counter() - began)
    console.print(f"{articles:,} articles in {len(effects):,} transactions")
    rows: tuple[tuple[str, float, float], ...] = (
        ("a commit, p50, ms", 1_000 * statistics.median(took[path]), 1_000 * statistics.median(took[url])),
        (
            "a commit, p99, ms",
            1_000 * statistics.quantiles(took[path], n=100)[98],
            1_000 * statistics.quantiles(took[url], n=100)[98],
        ),
        ("all commits, s", sum(took[path]), sum(took[url])),
        ("opened and memory restored, s", min(restarts[path]), min(restarts[url])),
        ("bytes an article", sizes[path] / max(articles, 1), sizes[url] / max(articles, 1)),
    )
    for name, sqlite, postgresql in rows:
        ratio = postgresql / sqlite
        console.print(f"{name:32} SQLite {sqlite:10,.2f}   PostgreSQL {postgresql:10,.2f}   {ratio:5.2f} times")


if __name__ == "__main__":
    main()
