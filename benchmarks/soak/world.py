"""The daemon as a child process with all that it talks to: broker, feeds, Alertmanager, webhooks, readers."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import yaml

from benchmarks.soak.around import FeedServer, Hooks, Readers
from benchmarks.soak.load import Load
from benchmarks.soak.news import Newsroom, watchlist
from tests.alertmanagers import Instance, Sink, quick
from tests.kafka.broker import Broker
from tests.kafka.daemon import Daemon
from tests.kafka.fixtures import jars
from tests.kafka.oracle import Oracle

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy/alertmanager/alertmanager.example.yml"
SOURCE = "newsroom"
TOPIC, IDLE, DEAD = "soak", "soak-idle", "soak-dead"
DISK_SIZE = "8g"  # the most that the small disk may take of memory: 8 hours hold 0.2 GB
CACHE = 2_000  # scores: full within minutes
SECRET = "whsec_" + "QmVhcndhdGNoIHNvYWsgb25seSAtIDMyIGJ5dGVzISE="


class World:
    """Everything, started; `close` ends it. The store lies on a tmpfs of its own where that can be mounted (root).

    Attributes:
        small_disk: the mounted folder, None where none could be had.
        reloads: changed configurations so far.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._stack = ExitStack()
        self.reloads = 0
        try:
            self._build(folder, seed)
        except BaseException:  # a port taken, a program missing: what was started is ended
            self.close()
            raise

    def _build(self, folder: Path, seed: int) -> None:
        found, why = jars()
        if found is None:
            raise RuntimeError(f"no broker: {why}")
        self.broker = Broker(folder / "kafka", found)
        self._stack.callback(self.broker.kill)
        self.broker.start()
        oracle = Oracle(self.broker.bootstrap)
        for name in (TOPIC, IDLE, DEAD):
            oracle.create(name)
        self.feeds, self.hooks, self.told = FeedServer(), Hooks(), Sink()
        for server in (self.feeds, self.hooks):
            self._stack.callback(server.stop)
        self._stack.callback(self.told.close)
        config = quick(SHIPPED, folder / "alertmanager.yml", self.told.url)
        self.alertmanager = Instance(folder, config, "am")
        self._stack.callback(self.alertmanager.close)
        self.alertmanager.start()
        self.alertmanager.wait_ready()
        self.small_disk = self._mounted(folder / "disk")
        self.daemon = Daemon(
            folder / "daemon",
            self.broker.bootstrap,
            TOPIC,
            topics=[TOPIC, IDLE],
            group="soak",
            dead_letters=DEAD,
            scope="finance",
            feeds=[self.feed("wire")],
        )
        if self.small_disk:  # the store alone: logs go elsewhere, as under systemd
            self.daemon.path = self.small_disk / "news.db"
        self.configure(lambda given: _settle(given, self, watchlist(folder / "companies.csv")))
        self._stack.callback(self.daemon.close)
        self.load = Load(self.broker.bootstrap, TOPIC, Newsroom(seed, SOURCE))
        self._stack.callback(self.load.abandon)
        self.readers = Readers(self.daemon.port)
        self._stack.callback(self.readers.stop)

    def feed(self, name: str) -> dict[str, Any]:
        return {"name": name, "url": f"http://127.0.0.1:{self.feeds.port}/{name}"}

    def configure(self, change: Any) -> None:
        """Rewrites the daemon's configuration; `change` is given what it holds now, to be altered."""
        given = yaml.safe_load(self.daemon.config.read_text("utf-8"))
        change(given)
        self.daemon.config.write_text(yaml.safe_dump(given), encoding="utf-8")

    def position(self) -> int:
        """The offset up to which the store holds the busy topic; 0 where nothing is there yet. For any thread."""
        where = (SOURCE, f"{TOPIC}/0")
        try:
            with closing(sqlite3.connect(f"file:{self.daemon.path}?mode=ro", uri=True, timeout=2)) as db:
                row = db.execute("SELECT value FROM positions WHERE source = ? AND partition = ?", where).fetchone()
        except sqlite3.OperationalError:
            return 0
        return int(json.loads(row[0])["offset"]) if row else 0

    def lag(self) -> int:
        """Records that the broker has taken and the store does not hold."""
        return self.load.books.end - self.position()

    def close(self) -> None:
        self._stack.close()

    def _mounted(self, where: Path) -> Path | None:
        where.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE}", "bearwatch-soak", str(where)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        self._stack.callback(subprocess.run, ["umount", "--lazy", str(where)], check=False)
        return where


def _settle(given: dict[str, Any], world: World, companies: Path) -> None:
    """As a desk would have it, but that what fills up is full within the warm-up, and that surges page and end."""
    given["store"]["url"] = f"sqlite:///{world.daemon.path}"
    given["model"] = {"cache_entries": CACHE}
    given["stories"] = {"window": "6h"}
    given["detection"] = {"min_history": "0s", "close_after": "5m", "false_pages_per_day": 1}
    given["watchlist"] = {"files": [str(companies)]}
    given["sources"]["rss"] |= {"min_interval": "1m", "max_interval": "2m"}
    given["alerts"] = {
        "allow_hosts": ["127.0.0.1"],
        "alertmanagers": [{"name": "am", "url": world.alertmanager.url}],
        "webhooks": [{"name": "desk", "url": f"http://127.0.0.1:{world.hooks.port}/", "secret": SECRET}],
    }
