"""Looks once a day how far the news and the model's answers have moved, and shows it in the metrics."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog

from monitor.detection.drift import DAYS_NOW, DAYS_REFERENCE, Profile, drift, profile_of, split
from monitor.errors import StoreUnavailableError
from monitor.records import DAY_MS, MILLION
from monitor.storage.profiles import days_to_count, keep_profile, profiles, scored_on
from monitor.storage.store import Store
from monitor.telemetry.drift_metrics import DriftMetrics

log = structlog.get_logger(__name__)

_LOOK_S = 5.0  # a comparison of two numbers; in the demonstration a day lasts a minute
_DAYS = DAYS_REFERENCE + DAYS_NOW


class DriftWatch:
    """Counts each finished day once, and compares.

    Args:
        model, tau: the model's hash and its least P(neg) of a negative headline.
        card: what the model was measured on, from its manifest; None where that says nothing.
        clock: ms, UTC, by which days end.
    """

    def __init__(
        self,
        store: Store,
        metrics: DriftMetrics,
        *,
        model: str,
        tau: float,
        card: Mapping[str, Any] | None,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._model = model
        self._tau = round(tau * MILLION)
        self._card = None if card is None else parsed(card)
        self._clock = clock
        self._day = -1

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            today = self._clock() // DAY_MS
            if today != self._day:
                try:
                    await self.look(today)
                    self._day = today
                except StoreUnavailableError as error:
                    log.warning("drift_not_measured", error=str(error))
            await asyncio.sleep(_LOOK_S)

    async def look(self, today: int) -> None:
        """Counts the days that have ended since the last time, and shows the last week against both references."""
        for day in await self._store.read_async(days_to_count, self._model, today, _DAYS):
            counted = await self._store.read_async(partial(_counted, day=day, model=self._model, tau=self._tau))
            await self._store.write(partial(keep_profile, day=day, model=self._model, counts=counted.counts))
        days = {day: parsed(counts) for day, counts in (await self._store.read_async(profiles, self._model)).items()}
        before, now = split([day for day, profile in days.items() if profile.counts], today)
        week = _sum(days, now or [day for day in days if today - DAYS_NOW <= day < today])
        found = {}
        if before:
            found = {(*key, "own"): value for key, value in drift(_sum(days, before), week).items()}
        if self._card is not None:
            found |= {(*key, "card"): value for key, value in drift(self._card, week).items()}
        self._metrics.show(found)


def parsed(counts: Mapping[str, Any]) -> Profile:
    """A profile as JSON holds it."""
    return Profile({what: {topic: Counter(bins) for topic, bins in topics.items()} for what, topics in counts.items()})


def _counted(connection: Any, *, day: int, model: str, tau: int) -> Profile:
    return profile_of(scored_on(connection, day, model), tau)


def _sum(days: Mapping[int, Profile], chosen: list[int]) -> Profile:
    total = Profile()
    for day in chosen:
        total += days[day]
    return total
