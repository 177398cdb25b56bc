"""What a SIGHUP comes to: the next generation of the daemon, checked while this one runs on, or a refusal.

A reload is taken as a whole or not at all. What is built anew is everything but the process, the open store and the
listening socket: the next generation starts as the daemon does, so that nothing has two ways of beginning.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from monitor.config import Config
from monitor.errors import BearwatchError, InputError, StoreUnavailableError
from monitor.notify import ServiceManager
from monitor.parts import Parts
from monitor.telemetry.reload_metrics import ReloadMetrics

log = structlog.get_logger(__name__)

# What is not built anew, by section: another store is another daemon, another address another listening socket.
NEEDS_RESTART = (
    *(("store", name) for name in ("url", "password", "password_file", "folder", "lease")),
    *(("web", name) for name in ("host", "port")),
)
_ADVICE = "the configuration of before is still in force"


@dataclass(frozen=True, slots=True)
class Generation:
    """A configuration, and what was loaded from it."""

    config: Config
    parts: Parts


class Reloads:
    """The daemon's answer to SIGHUP, from its start to its end.

    Args:
        asked: set by SIGHUP, whatever the daemon is doing then.
        load: reads the configuration again and builds what it names, of the present generation what is the same, what
            is new after a trial; off the loop; raises InputError.
        check: tries what the start of a generation could fail on; raises InputError.
        past: reads the past again by another instrument, while the present one runs on.
        record: writes what a reload came to, and when, where it is kept; raises StoreUnavailableError: later.
        clock: ms, UTC.
        announce: what each generation calls with the page's address.
        path: of the configuration, "" where there is none.
    """

    def __init__(
        self,
        asked: asyncio.Event,
        load: Callable[[Generation], Awaitable[Generation]],
        *,
        check: Callable[[Generation], Awaitable[None]],
        past: Callable[[Generation], Awaitable[None]],
        record: Callable[[int, Mapping[str, Any]], Awaitable[None]],
        manager: ServiceManager,
        clock: Callable[[], int],
        announce: Callable[[str], None],
        path: str = "",
    ) -> None:
        self._path = path
        self._load = load
        self._check = check
        self._past = past
        self._record = record
        self._unrecorded: list[tuple[int, Mapping[str, Any]]] = []
        self.manager = manager
        self.announce = announce
        self._clock = clock
        self._asked = asked
        self._next: Generation | None = None
        self._before: Generation | None = None  # until the present one has got through its start
        self._told: tuple[bool, int] = (True, clock())
        self._metrics: ReloadMetrics | None = None
        self._stood_still: float | None = None
        self._count = 0
        self._over = 0  # the last that came to an end, and why it was refused, "" where it was taken
        self._why = ""
        self._present: Generation | None = None
        self._requested = self._by_request = False  # by `ask`, which has a row of its own in the audit log

    def ask(self) -> int:
        """As SIGHUP does; the number of the reload that follows, whatever is going on now."""
        self._requested = True
        self._asked.set()
        return self._count + 1

    def state(self) -> dict[str, Any]:
        """How the last reload went, and what is in force; JSON-able.

        Of reload n there is an outcome once `over` is n or more: `why` is empty where it was taken, and what is in
        force has got through its start.
        """
        settings = self._present.parts.settings if self._present else None
        return {
            "pid": os.getpid(),
            "config": self._path,
            "over": self._over,
            "why": self._why,
            "instrument": str(settings.instrument) if settings else "",
            "settings": settings.hash if settings else "",
        }

    def following(self, ended: Generation) -> Generation | None:
        """What comes after a generation that has ended; None where it ended for another reason than a reload."""
        found, self._next = self._next, None
        self._before = ended if found else None
        return found

    def back(self, error: InputError) -> Generation:
        """The generation before one that failed at its start, by what no trial finds out: a daemon that ran runs on.

        Raises the error where there is none, or where the start was over.
        """
        found, self._before = self._before, None
        if found is None:
            raise error
        self._stood_still = None
        self.refused(str(error))
        return found

    async def run(self, present: Generation, stop: Callable[[], None], metrics: ReloadMetrics) -> None:
        """Waits for SIGHUP; calls `stop` once the next generation can begin. Until cancelled."""
        self._before = None
        self._metrics = metrics
        metrics.show(*self._told)
        self._present = present
        if self._stood_still is not None:
            self._over, self._why = self._count, ""
            log.info("reloaded", reload=self._count, stood_still_s=round(time.monotonic() - self._stood_still, 3))
            self._stood_still = None
        while True:
            await self._write_down()
            await self._asked.wait()
            self._asked.clear()
            self._by_request, self._requested = self._requested, False
            self._count += 1
            self.manager.reloading()
            try:
                following = await self._load(present)
                changed = changed_options(present.config, following.config)
                refuse_where_a_restart_is_needed(changed)
                await self._check(following)
                if following.parts.settings.instrument != present.parts.settings.instrument:
                    await self._past(following)
            except BearwatchError as error:
                self.refused(str(error))
                self.manager.ready()
                continue
            except Exception:  # the trial's boundary: a fault of ours in it must not end a watch that works
                log.exception("reload_failed", reload=self._count, advice=_ADVICE)
                self._over, self._why = self._count, "an internal error, which the daemon's log has"
                self._outcome(False, {"why": self._why})
                self.manager.ready()
                continue
            before, now = present.parts.settings.instrument, following.parts.settings.instrument
            came_to = {"changed": changed, **({"instrument": f"{before} -> {now}"} if before != now else {})}
            self._next = following
            self._outcome(True, came_to)
            await self._write_down()
            log.info("reloading", reload=self._count, **came_to)
            self._stood_still = time.monotonic()
            stop()
            return

    def refused(self, why: str) -> None:
        """Says so; the present generation goes on."""
        # Numbered, so that the log holds none of them back: who asks twice is answered twice.
        log.error("reload_refused", reload=self._count, why=why, advice=_ADVICE)
        self._over, self._why = self._count, why
        self._outcome(False, {"why": why})

    async def _write_down(self) -> None:
        while self._unrecorded:
            try:
                await self._record(*self._unrecorded[0])
            except StoreUnavailableError as error:  # no reason not to reload; the next one writes it too
                log.warning("reload_unrecorded", error=str(error))
                return
            del self._unrecorded[0]

    def _outcome(self, well: bool, came_to: Mapping[str, Any]) -> None:
        if not self._by_request:
            self._unrecorded.append((self._clock(), {"outcome": "taken" if well else "refused", **came_to}))
        self._told = (well, self._clock() if well else self._told[1])
        if self._metrics is not None:
            self._metrics.show(*self._told)


def refuse_where_a_restart_is_needed(changed: list[str]) -> None:
    """Raises InputError, one line, where one of these options is not built anew."""
    fixed = [name for name in changed if any(name.split(".")[: len(f)] == list(f) for f in NEEDS_RESTART)]
    if fixed:
        raise InputError(
            f"{', '.join(fixed)} changed, which needs a restart; nothing of the new configuration was taken"
        )


def changed_options(before: Config, after: Config) -> list[str]:
    """Dotted names of what differs; lists as wholes. Never values: they may be secrets."""
    return list(_differences(before.model_dump(), after.model_dump(), ()))


def _differences(before: Any, after: Any, loc: tuple[str, ...]) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for name in before:
            yield from _differences(before[name], after[name], (*loc, str(name)))
    elif before != after:
        yield ".".join(loc)
