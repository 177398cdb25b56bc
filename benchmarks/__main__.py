"""`make bench`: ratios from one run over the same work. Machines are noisy: read the ratios, not the times.

python -m benchmarks [--articles N] [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import kafka, latency
from benchmarks.stages import BATCH, stages_into
from monitor.config import load_config
from monitor.demo.corpus import demo_news
from monitor.fold import Fold
from monitor.inference.scorer import Scorer, score_texts
from monitor.ingest.canonical import LEAD_CHARS, clean_text, model_text
from monitor.ingest.past import fingerprints
from monitor.ingest.wording import wording
from monitor.parts import DEMO_WATCHLIST, Parts, build_parts
from monitor.pipeline import Pipeline, prepare
from monitor.records import Article, Mode, PastText, Prepared, Tick
from monitor.sink import MemorySink, StoreSink
from monitor.sources.archive import read_archive
from monitor.storage.store import Store
from monitor.ticks import Played
from monitor.wiring import archive_source

END = 1_795_341_600_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--articles", type=int, default=3_000, help="of the demo's news")
    parser.add_argument("--rounds", type=int, default=3, help="bare session and daemon in turn, so often")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bearwatch-bench-") as folder:
        measure(Path(folder), options.articles, options.rounds)


def measure(folder: Path, count: int, rounds: int) -> None:
    """Prints the tables."""
    archive = folder / "news.jsonl"
    lines = demo_news(END)[:count]
    archive.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    parts = build_parts(load_config(None, {}), [DEMO_WATCHLIST])
    articles = [
        line.record
        for line in read_archive(archive, "bench", mode=Mode.HISTORY, now=END)
        if isinstance(line.record, Article)
    ]
    prepared = [prepare(article, parts.matcher, parts.model.languages) for article in articles]
    texts = [model_text(p.title, p.lead) for p in prepared]
    console = Console(highlight=False)

    bare, whole, replays = [], [], []
    score_texts(parts.model, texts[:256])  # warm: memory arena and thread pool
    for number in range(rounds):
        bare.append(per_second(len(texts), lambda: bare_session(parts, texts)))
        whole.append(per_second(len(texts), partial(through_the_daemon, parts, archive, folder / f"{number}.db")))
        replays.append(per_second(len(texts), lambda: replayed(parts, archive)))
    table = Table(title=f"End to end, {len(texts)} articles, {rounds} rounds in turn", title_justify="left")
    for column in ("", "articles/s (median)", "of the bare session: median (least .. most)"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("bare session, the same batches", f"{statistics.median(bare):.0f}", "1")
    for name, rates in (("archive to committed in the store", whole), ("archive replayed, no score known", replays)):
        ratios = [w / b for w, b in zip(rates, bare, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"
        table.add_row(name, f"{statistics.median(rates):.0f}", spread)
    console.print(table)

    from_kafka(console, parts, lines, folder, rounds)

    scores = score_texts(parts.model, texts)
    scored = [with_score(p, s) for p, s in zip(prepared, scores, strict=True) if s]
    stages: list[tuple[str, Callable[[], object]]] = [
        ("archive line to article", lambda: list(read_archive(archive, "bench", mode=Mode.HISTORY, now=END))),
        ("canonical text", lambda: [(clean_text(a.title), clean_text(a.summary, LEAD_CHARS)) for a in articles]),
        ("entities", lambda: [parts.matcher.find(p.title, p.lead, p.article.tickers) for p in prepared]),
        ("tokens", lambda: [parts.model.encode(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]),
        ("wording", lambda: [wording.__wrapped__(p.title) for p in prepared]),
        ("fold (stories, counts, detection, ticks)", lambda: folded(parts, scored)),
    ]
    table = Table(title="Stages alone, one core", title_justify="left")
    for column in ("stage", "articles/s", "of an article's time in the session"):
        table.add_column(column, justify="right" if column != "stage" else "left")
    for name, work in stages:
        rate = per_second(len(articles), work)
        table.add_row(name, f"{rate:,.0f}", f"{statistics.median(bare) / rate:.1%}")
    console.print(table)
    latency.measure(console, folder)
    console.print(f"Peak memory of the daemon over the whole demonstration: {peak_memory_mb(folder):.0f} MB")


def from_kafka(console: Console, parts: Parts, lines: Sequence[dict[str, object]], folder: Path, rounds: int) -> None:
    """Prints what comes from a full topic; one line where no broker can be had."""
    texts = [model_text(clean_text(str(n["title"])), clean_text(str(n.get("summary", "")), LEAD_CHARS)) for n in lines]
    with kafka.broker(folder) as (bootstrap, why):
        if not bootstrap:
            console.print(f"From Kafka: not measured, {why}")
            return
        topic = kafka.filled(bootstrap, lines, len(texts))
        ratios = []
        for number in range(rounds):
            bare = per_second(len(texts), lambda: bare_session(parts, texts))
            ratios.append(kafka.stored(parts, bootstrap, topic, len(texts), folder / f"kafka-{number}.db") / bare)
        alone = kafka.consumed(bootstrap, kafka.filled(bootstrap, lines, kafka.CONSUMED), kafka.CONSUMED)
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} .. {max(ratios):.2f})"
    console.print(f"From a full Kafka topic (its broker on the same cores) to the store: {spread} of the bare session")
    console.print(f"Consumption alone: {alone:,.0f} articles/s")


def bare_session(parts: Parts, texts: Sequence[str]) -> None:
    """The model alone over the batches that the daemon would form under load."""
    for start in range(0, len(texts), BATCH):
        score_texts(parts.model, texts[start : start + BATCH])


def through_the_daemon(parts: Parts, archive: Path, store_path: Path) -> None:
    """The same articles through every stage into a store on disk; nothing is cached."""

    async def run() -> None:
        with Store.open(store_path) as store, closing(Scorer(parts.model, cache_entries=0)) as scorer:
            await Pipeline(
                stages_into(StoreSink(store), parts, scorer),
                [Played(archive_source([archive], "bench", Mode.HISTORY))],
            ).run()

    asyncio.run(run())


def replayed(parts: Parts, archive: Path) -> None:
    """The same articles as `bearwatch replay` takes them, live and in memory; nothing is cached."""

    async def run() -> None:
        played = Played(
            archive_source([archive], "bench", Mode.HISTORY), adapt=lambda article: replace(article, mode=Mode.LIVE)
        )
        with closing(Scorer(parts.model, cache_entries=0)) as scorer:
            await Pipeline(stages_into(MemorySink(), parts, scorer), [played]).run()

    asyncio.run(run())


def folded(parts: Parts, scored: Sequence[Prepared]) -> None:
    fold = Fold(parts.settings)
    texts: dict[int, PastText] = {}
    minute = scored[0].article.received_at // 60_000 * 60_000
    for number, prepared in enumerate(scored):
        while minute <= prepared.article.received_at:
            fold.tick(Tick(minute))
            minute += 60_000
        fold.article(prepared, 0)
        if number % BATCH == 0:
            texts.update((text.fingerprint, text) for text in fold.take().effects.texts)
            fold.learn_keys({})
            coming = (f for p in scored[number + 1 : number + 1 + BATCH] for f in fingerprints(p))
            fold.learn_past({f: texts[f] for f in coming if f in texts})


def with_score(prepared: Prepared, score: object) -> Prepared:
    return Prepared(
        prepared.article,
        prepared.title,
        prepared.lead,
        prepared.text_hash,
        prepared.mentions,
        (score,),  # type: ignore[arg-type]
    )


def per_second(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def peak_memory_mb(folder: Path) -> float:
    """Greatest resident size of `bearwatch demo` from start to end, page and metrics included (getrusage(2))."""
    command = [
        sys.executable,
        "-m",
        "monitor",
        "demo",
        "--store",
        str(folder / "demo"),
        "--minutes",
        "0",
        "--stop-at-end",
    ]
    process = subprocess.Popen(
        command,
        env={**os.environ, "BEARWATCH_WEB__PORT": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(process.stderr.read().decode()[-2_000:] if process.stderr else "")
    return usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
