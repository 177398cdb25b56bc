"""The demo's source: seven days of fictional news as history, three more played on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.demo.corpus import demo_news
from monitor.records import DAY_MS, MINUTE_MS, Article, Mode, Position, Refusal, Scope
from monitor.sources.protocol import Clock, SourceHealth, SourceState
from monitor.sources.wire import WireContext, article_from_object

SOURCE = "demo"
PLAYED_MS = 3 * DAY_MS
# How long the played part lasts: a surge within two minutes, and time to look at it.
DEFAULT_PLAY_MS = 6 * MINUTE_MS


class DemoClock:
    """Virtual time that meets the wall clock at the end of the news, and is the wall clock from then on.

    Args:
        wall: ms UTC. end: the time of the last item, ms. play_ms: how long the played part should last where the
            end is not ahead any more; 0 plays as fast as the daemon can.
    """

    def __init__(self, wall: Clock, end: int, play_ms: int = DEFAULT_PLAY_MS) -> None:
        self._wall = wall
        self.end = end
        self.play_ms = play_ms
        self._reached = end - 10 * DAY_MS
        self._began: tuple[int, int, float] | None = None

    @property
    def speed(self) -> float:
        """Virtual milliseconds a real one; 1 once the present is reached."""
        if self._reached >= self.end:
            return 1.0
        return self._began[2] if self._began else 0.0

    def now(self) -> int:
        """ms UTC, virtual until the end of the news."""
        if self._reached >= self.end:
            return max(self._wall(), self.end)
        if self._began is None or not self.play_ms:
            return self._reached
        wall, virtual, speed = self._began
        return min(self.end, virtual + int((self._wall() - wall) * speed))

    async def pace(self, at: int) -> None:
        """Waits until the virtual clock has come to `at`; history is not waited for."""
        if at > self.end - PLAYED_MS and self.play_ms and at <= self.end:
            if self._began is None:
                self._began = self._begin(at)
            wall, virtual, speed = self._began
            due = wall + (at - virtual) / speed
            await asyncio.sleep(max(0.0, (due - self._wall()) / 1_000))
        self._reached = max(self._reached, at)

    def _begin(self, at: int) -> tuple[int, int, float]:
        wall = self._wall()
        left = self.end - at
        # On time, the rest of the news fits before the present; started again later, it takes its usual pace.
        usual = PLAYED_MS / self.play_ms
        speed = left / (self.end - wall) if self.end - wall > 1_000 else usual
        return wall, at, min(max(speed, 1.0), 20 * usual)


class DemoSource:
    """The bundled news from a saved position on; ends with it.

    Args:
        end: time of the last item, ms; kept in the store so that a second start continues the first.
        news: archive lines, `demo_news(end)` unless a test brings its own.
    """

    name = SOURCE

    def __init__(
        self,
        end: int,
        positions: Mapping[str, Mapping[str, Any]],
        *,
        news: Sequence[Mapping[str, object]] | None = None,
    ) -> None:
        self._end = end
        self._news = demo_news(end) if news is None else news
        self._done = int(positions.get(SOURCE, {}).get("done", 0))

    async def run(self, out: Channel[Delivery]) -> None:
        for index in range(self._done, len(self._news)):
            self._done = index + 1
            await out.put(Delivery(self._article(index), Position(SOURCE, SOURCE, {"done": index + 1})))

    def pause(self) -> None:
        """Nothing to hold back: `put` waits."""

    def resume(self) -> None:
        """See `pause`."""

    def health(self) -> list[SourceHealth]:
        played = self._done >= len(self._news)
        return [SourceHealth(SOURCE, SOURCE, SourceState.STOPPED if played else SourceState.OK, items=self._done)]

    def mode(self, at: int) -> Mode:
        """History for the first seven days, live for the last three."""
        return Mode.LIVE if at > self._end - PLAYED_MS else Mode.HISTORY

    def _article(self, index: int) -> Article:
        context = WireContext(SOURCE, Scope.FINANCE, Mode.HISTORY, now=self._end)
        article = article_from_object(self._news[index], context, f"demo news, item {index + 1}")
        if isinstance(article, Refusal):
            raise ValueError(f"{article.where}: {article.detail}")
        return replace(article, mode=self.mode(article.received_at))
