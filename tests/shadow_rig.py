"""A live store with some days of the bundled news in it, a shadow beside it, and what a test asks of both."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from prometheus_client import CollectorRegistry

from monitor.committing import Committing
from monitor.config import load_config
from monitor.demo.corpus import demo_news
from monitor.inference.scorer import Scorer
from monitor.parts import DEMO_WATCHLIST, build_parts
from monitor.pipeline import Pipeline, Stages
from monitor.records import HOUR_MS, Mode
from monitor.rescore import Reader, open_fold
from monitor.sink import StoreSink
from monitor.sources.wire import parse_time
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.ticks import Played
from monitor.wiring import archive_source

ROOT = Path(__file__).parents[1]
END = 1_795_003_200_000
HOURS = 26  # of the news before END: a trade shock is in them
# Of these a shadow's store says other things than the live one: how far it has read, and that it tells nobody.
OWN_TABLES = {"positions", "outbox", "endpoints", "alembic_version"}
OWN_META = {"shadow", "demo_end", "instance", "schema"}


def options(folder: Path, model: str, **more: Any) -> dict[str, Any]:
    """A configuration over `folder/live.db`, JSON-able, which is YAML."""
    secret = "whsec_" + "QmVhcndhdGNoIHRlc3RzIG9ubHkgLSAzMiBieXRlcyE="
    return {
        "store": {"url": f"sqlite:///{folder}/live.db"},
        "model": {"path": model},
        "watchlist": {"files": [str(DEMO_WATCHLIST)]},
        "detection": {"min_history": "0s", "false_pages_per_day": 20},  # pages within a day
        "alerts": {"webhooks": [{"name": "desk", "url": "https://hooks.example/", "secret": secret}]},
        "web": {"port": 0},
        "log": {"format": "json"},
        **more,
    }


def written(path: Path, given: dict[str, Any]) -> Path:
    path.write_text(json.dumps(given, indent=1), encoding="utf-8")
    return path


async def lived(path: Path, hours: int = HOURS) -> None:
    """That many hours of news through the daemon's stages into the configured store, tick by tick."""
    config = load_config(path, {})
    parts = build_parts(config)
    archive = path.with_name("news.jsonl")
    lines = [line for line in demo_news(END) if parse_time(str(line["published_at"])) > END - hours * HOUR_MS]
    archive.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    # As a replay reads it: received when it was published.
    read = archive_source([archive], "wire", Mode.HISTORY)
    news = Played(read, adapt=lambda article: replace(article, mode=Mode.LIVE))
    counted = Metrics(CollectorRegistry())
    with Store.open(config.store.url) as store, closing(Scorer(parts.model)) as scorer:
        fold = await open_fold(store, parts.settings, Reader(parts.matcher, scorer, 64))
        assert fold is not None
        # Not the minute's: what a shadow says of when a record was committed, it must have from here.
        end = Committing(fold, StoreSink(store), counted, lambda: fold.memory.now + 1_234, lambda folded: None)
        stages = Stages(parts.matcher, scorer, 64, parts.model.languages, end, counted)
        await Pipeline(stages, [news]).run()


def child(*argv: str | Path, stderr: IO[str] | int = subprocess.PIPE) -> subprocess.Popen[str]:
    """`bearwatch` with these arguments."""
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", *map(str, argv)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def ran(*argv: str | Path, code: int = 0, timeout: float = 120) -> tuple[str, str]:
    """stdout and stderr of a command that ends with that code."""
    process = child(*argv)
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == code, f"{process.returncode}: {err[-2_000:]}"
    return out, err


def shadowed(config: Path, *argv: str | Path) -> None:
    """A shadow over all that the live store holds."""
    ran("shadow", "run", "-c", config, *argv, "--stop-at-end")


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a store, but for what is a shadow's own."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        names = sorted(tables - OWN_TABLES - {name for name in tables if name.startswith("sqlite_")})
        found = {name: sorted(db.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}
    # A pin says at which number it was read, and that goes by the batch.
    found["pins"] = [(alert, updates) for alert, _, updates in found["pins"]]
    found["pinned_articles"] = [(alert, seq, *rest) for alert, seq, _, *rest in found["pinned_articles"]]
    found["meta"] = [row for row in found["meta"] if row[0] not in OWN_META]
    return found


def count(path: Path, table: str) -> int:
    """Rows; 0 while the store is not there."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
