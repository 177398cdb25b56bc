"""When the service manager is told what: at each beat of the daemon's heart."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from monitor.notify import ServiceManager
from monitor.web.board import Board

# A start that waits for a broker, or reads the past again, asks for so long anew each time that it got on: the unit's
# TimeoutStartSec, for the longest single step (a large store opened, 28 days counted again).
STEP_S = 120.0
# The manager tells others of every new status: not at each article.
STATUS_EVERY_S = 10.0

_NAMED = 3  # of the failing sources: the page has them all


def in_a_line(board: Board) -> str:
    """What a person at a terminal wants to know first."""
    critical = sum(alert.severity == "critical" for alert in board.open_alerts)
    failing = [feed.source for feed in board.feeds if feed.state == "failing"]
    parts = [
        f"alerts open: {len(board.open_alerts)}" + (f" ({critical} critical)" if critical else ""),
        f"articles: {board.articles:,} in {board.stories:,} stories",
        f"sources: {len(board.feeds) - len(failing)} of {len(board.feeds)} well",
    ]
    if failing:
        parts[-1] += f", failing: {', '.join(failing[:_NAMED])}{' and more' if len(failing) > _NAMED else ''}"
    return "; ".join(parts)


class Report:
    """Tells the service manager that the daemon is ready, then that it is alive, and in between how it fares.

    Args:
        unready: why the daemon is not ready, a line each; as /readyz says it.
        status: how it fares, in one line.
    """

    def __init__(
        self,
        manager: ServiceManager,
        unready: Callable[[], Sequence[str]],
        status: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manager = manager
        self._unready = unready
        self._status = status
        self._clock = clock
        self._address = ""
        self._ready = False
        self._alive_at = float("-inf")
        self._told: tuple[str, bool, float] = ("", False, float("-inf"))

    def announcing(self, on_ready: Callable[[str], None]) -> Callable[[str], None]:
        """What the web server is to call with its address, once the page (or a scorer's metrics) can be asked for."""

        def answers(address: str) -> None:
            self._address = address
            on_ready(address)

        return answers

    def beat(self) -> None:
        """Called in the loop about once a second: nobody else says that it is alive."""
        now = self._clock()
        reasons = list(self._unready()) if self._address else ["its page does not answer yet"]
        if not self._ready:
            self._ready = not reasons and self._manager.ready()
            if not self._ready:
                # Nothing is stuck, a broker is away: systemd's patience must not become a restart a minute.
                self._manager.extend(STEP_S)
        # Half of the time it gives, as sd_watchdog_enabled(3) advises: one late beat kills nobody.
        if self._manager.watchdog_s and now - self._alive_at >= self._manager.watchdog_s / 2:
            self._alive_at = now
            self._manager.alive()
        if self._address:
            text = f"not ready: {'; '.join(reasons)}" if reasons else f"{self._status()}; {self._address}"
            self._tell(now, text, well=not reasons)

    def _tell(self, now: float, text: str, *, well: bool) -> None:
        before, was_well, at = self._told
        if text != before and (well != was_well or now - at >= STATUS_EVERY_S):
            self._told = (text, well, now)
            self._manager.status(text)
