"""What the daemon takes, every ten seconds: from /proc, from its metrics, and, seldom, from its own dump."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.soak.around import fetched
from benchmarks.soak.verdict import Series
from benchmarks.soak.world import World
from monitor.admin.client import ask
from monitor.admin.requests import Dump
from monitor.errors import BearwatchError

MB = 1 << 20
DUMP_EVERY = 3  # samples: it is a person's tool, and costs the loop some milliseconds
DUMP_S = 5.0


@dataclass(slots=True)
class Sample:
    """One look; NaN where it could not be had. Sizes in MiB, `at` in seconds since the run began.

    Attributes:
        life: which process it was, by number. fault: what was in progress. phase: past, steady, burst, after.
        series: time series in the scrape. blocks: that Python has allocated. held: what the daemon keeps by right.
    """

    at: float
    life: int
    phase: str
    fault: str
    rss: float = math.nan
    pss: float = math.nan
    anonymous: float = math.nan
    descriptors: float = math.nan
    threads: float = math.nan
    children: float = math.nan
    cpu_s: float = math.nan
    wal: float = math.nan
    store: float = math.nan
    lag: float = math.nan
    series: float = math.nan
    tasks: float = math.nan
    blocks: float = math.nan
    held: dict[str, int] = field(default_factory=dict)


class Sampler:
    """A thread that looks, and writes each sample to a file at once: a run that is cut off has its samples.

    Args:
        now: seconds since the run began.
    """

    def __init__(self, world: World, every_s: float, file: Path, now: Callable[[], float]) -> None:
        self.samples: list[Sample] = []
        self.phase, self.fault = "past", ""
        self.scrapes_failed = 0
        self._world, self._every_s, self._file, self._now = world, every_s, file, now
        self._lives: dict[int, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def series(self, name: str, *phases: str, faults: bool = True) -> Series:
        """One quantity over these phases; without those taken during a fault where `faults` is false."""
        kept = [s for s in self.samples if s.phase in phases and (faults or not s.fault)]
        return Series([s.at for s in kept], [s.life for s in kept], [getattr(s, name) for s in kept])

    def _run(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due = max(due + self._every_s, time.monotonic())
            sample = self._look()
            self.samples.append(sample)
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(sample)) + "\n")

    def _look(self) -> Sample:
        daemon = self._world.daemon
        pid = daemon.pid
        life = self._lives.setdefault(pid, len(self._lives))
        sample = Sample(round(self._now(), 1), life, self.phase, self.fault)
        try:
            _of_process(sample, Path(f"/proc/{pid}"))
        except (OSError, ValueError):
            return sample  # it is being killed
        sample.wal = _size(daemon.path.with_name(daemon.path.name + "-wal"))
        sample.store = _size(daemon.path)
        sample.lag = self._world.lag()
        if self.fault == "daemon_stopped":
            return sample  # it would not answer
        if text := fetched(daemon.port, "metrics"):
            sample.series = sum(len(family.samples) for family in text_string_to_metric_families(text))
        else:
            self.scrapes_failed += 1
        if len(self.samples) % DUMP_EVERY == 0:
            _of_dump(sample, daemon.path)
        return sample


def _of_process(sample: Sample, proc: Path) -> None:
    """See proc(5)."""
    held = dict(re.findall(r"^(\w+):\s+(\d+) kB$", (proc / "smaps_rollup").read_text("ascii"), re.MULTILINE))
    sample.rss, sample.pss, sample.anonymous = (int(held[name]) / 1_024 for name in ("Rss", "Pss", "Anonymous"))
    sample.descriptors = len(list((proc / "fd").iterdir()))
    sample.threads = len(list((proc / "task").iterdir()))
    children = (task / "children" for task in (proc / "task").iterdir())
    sample.children = sum(len(path.read_text("ascii").split()) for path in children)
    fields = (proc / "stat").read_text("ascii").rpartition(")")[2].split()
    sample.cpu_s = (int(fields[11]) + int(fields[12])) / 100


def _of_dump(sample: Sample, store: Path) -> None:
    try:
        found: dict[str, Any] = ask(store, Dump(), DUMP_S)
    except BearwatchError:
        return  # it starts, or a fault keeps it from answering
    sample.tasks, sample.blocks, sample.held = len(found["tasks"]), found["process"]["blocks"], found["held"]


def _size(path: Path) -> float:
    try:
        return path.stat().st_size / MB
    except OSError:
        return 0.0
