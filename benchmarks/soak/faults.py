"""The faults, one function and one line of the table each.

A fault is a generator: it breaks something, yields how many seconds that is to last, and mends it when it is resumed,
or closed because the run ends.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from benchmarks.soak.plan import KILL
from benchmarks.soak.world import CACHE, DISK_SIZE, World

Fault = Callable[[World, float], Iterator[float]]

STOPPED_S = 20.0  # longer than any request waits, shorter than the group's session of 30 s
FULL_S = 20.0


@contextmanager
def _away(take: Callable[[], None], bring: Callable[[], None]) -> Iterator[None]:
    """Comes back however the run ends."""
    take()
    try:
        yield
    finally:
        bring()


def broker_killed(world: World, seconds: float) -> Iterator[float]:
    with _away(world.broker.kill, world.broker.start):
        yield seconds


def alertmanager_killed(world: World, seconds: float) -> Iterator[float]:
    """kill -9: what it held is gone, until it is sent again."""

    def start() -> None:
        world.alertmanager.start()
        world.alertmanager.wait_ready()

    with _away(world.alertmanager.kill, start):
        yield seconds


def feeds_down(world: World, seconds: float) -> Iterator[float]:
    with _away(world.feeds.stop, world.feeds.start):
        yield seconds


def webhook_down(world: World, seconds: float) -> Iterator[float]:
    with _away(world.hooks.stop, world.hooks.start):
        yield seconds


def webhook_hangs(world: World, seconds: float) -> Iterator[float]:
    yield from _mode(world, "hangs", seconds)


def webhook_fails(world: World, seconds: float) -> Iterator[float]:
    yield from _mode(world, "fails", seconds)


def _mode(world: World, mode: str, seconds: float) -> Iterator[float]:
    world.hooks.mode = mode
    try:
        yield seconds
    finally:
        world.hooks.mode = "ok"


def reloaded(world: World, seconds: float) -> Iterator[float]:
    """SIGHUP with another cache and a feed that comes and goes: no threshold, the oracle takes those for fixed."""
    world.reloads += 1
    feeds = [world.feed("wire"), *([world.feed("second")] if world.reloads % 2 else [])]
    world.configure(lambda given: given["model"].update(cache_entries=CACHE - 100 * (world.reloads % 2)))
    world.configure(lambda given: given["sources"]["rss"].update(feeds=feeds))
    world.daemon.signal(signal.SIGHUP)
    yield seconds


def daemon_stopped(world: World, seconds: float) -> Iterator[float]:
    """SIGSTOP: every clock has moved on when it goes on."""
    with _away(lambda: world.daemon.signal(signal.SIGSTOP), lambda: world.daemon.signal(signal.SIGCONT)):
        yield min(seconds, STOPPED_S)


def daemon_killed(world: World, seconds: float) -> Iterator[float]:
    """And started at once, as a supervisor does."""
    world.daemon.kill()
    world.daemon.start()
    yield 0.0


def disk_full(world: World, seconds: float) -> Iterator[float]:
    """The tmpfs is made as small as what it holds. Yields nothing where there is none: it needs root."""
    if (disk := world.small_disk) is None:
        return

    def resized(size: str) -> bool:
        command = ["mount", "-o", f"remount,size={size}", str(disk)]
        return not subprocess.run(command, capture_output=True, check=False).returncode

    def fill() -> None:
        for spare in (64, 256, 1_024, 4_096):  # KiB; refused where more than that was written meanwhile
            told = os.statvfs(disk)
            if resized(f"{(told.f_blocks - told.f_bfree) * told.f_frsize // 1_024 + spare}k"):
                return
        raise RuntimeError(f"{disk} could not be made small")

    with _away(fill, lambda: _ok(resized(DISK_SIZE))):
        yield min(seconds, FULL_S)


def _ok(well: bool) -> None:
    if not well:
        raise RuntimeError("the disk could not be made large again")


def snapshot_held(world: World, seconds: float) -> Iterator[float]:
    """Somebody else's reader in the middle of a transaction: the write-ahead log cannot begin anew."""
    with closing(sqlite3.connect(f"file:{world.daemon.path}?mode=ro", uri=True)) as db:
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM meta").fetchone()
        yield seconds


TABLE: dict[str, Fault] = {
    KILL: daemon_killed,
    "broker_killed": broker_killed,
    "alertmanager_killed": alertmanager_killed,
    "feeds_down": feeds_down,
    "webhook_down": webhook_down,
    "webhook_hangs": webhook_hangs,
    "webhook_fails": webhook_fails,
    "reloaded": reloaded,
    "daemon_stopped": daemon_stopped,
    "disk_full": disk_full,
    "snapshot_held": snapshot_held,
}
