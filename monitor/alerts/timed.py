"""How long alerts take from their commit to their endpoint, measured around the notifiers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from monitor.alerts.protocol import Notifier, OutboxMessage, Outcome
from monitor.alerts.standing_round import StandingStore
from monitor.records import Alert

# Messages whose commit is remembered: far more than are ever pending. One that is forgotten counts from its decision.
MOST = 10_000


class Committed(Protocol):
    """A message for one endpoint that the store has."""

    @property
    def id(self) -> str: ...
    @property
    def endpoint(self) -> str: ...


class DeliveryTimes:
    """Remembers when messages were committed, until their endpoint has them.

    Args:
        observe: told (endpoint, seconds) of each delivery. One that was committed before this process started, or that
            is redriven, counts from the tick that decided it, a minute too long at most; one to an Alertmanager does
            not count.
        clock: now in ms, by which messages' `created_at` are stamped too.
    """

    def __init__(self, observe: Callable[[str, float], None], clock: Callable[[], int]) -> None:
        self._observe = observe
        self._clock = clock
        self._committed: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def committed(self, messages: Iterable[Committed]) -> None:
        """To be called in the loop once new messages are committed."""
        now = self._clock()
        self._committed.update({message.id: (message.endpoint, now) for message in messages})
        while len(self._committed) > MOST:
            self._committed.popitem(last=False)

    def delivered(self, message: OutboxMessage) -> None:
        _, since = self._committed.pop(message.id, ("", message.created_at))
        self._observe(message.endpoint, (self._clock() - since) / 1_000)

    def of(self, notifier: Notifier) -> Notifier:
        """The notifier, timed."""
        return _Timed(notifier, self)

    def of_standing(self, store: StandingStore) -> StandingStore:
        """The store behind Alertmanagers, timed where it marks a row as sent."""
        return _TimedStanding(store, self)

    def taken(self, message_ids: Iterable[str]) -> None:
        for endpoint, since in [self._committed.pop(i) for i in message_ids if i in self._committed]:
            self._observe(endpoint, (self._clock() - since) / 1_000)


class _Timed:
    """Satisfies `Notifier`; adds nothing to what the timed one does or raises."""

    def __init__(self, notifier: Notifier, times: DeliveryTimes) -> None:
        self._notifier = notifier
        self._times = times

    @property
    def name(self) -> str:
        return self._notifier.name

    async def send(self, message: OutboxMessage) -> Outcome:
        outcome = await self._notifier.send(message)
        self._times.delivered(message)
        return outcome


class _TimedStanding:
    """Satisfies `StandingStore`; adds nothing to what the timed one does or raises."""

    def __init__(self, store: StandingStore, times: DeliveryTimes) -> None:
        self._store = store
        self._times = times

    async def standing(self, endpoint: str, since: int) -> Sequence[tuple[Alert, str]]:
        return await self._store.standing(endpoint, since)

    async def settle(
        self, rows: Sequence[str], status: str, at: int, *, due_at: int | None, last_status: int | None, error: str
    ) -> None:
        await self._store.settle(rows, status, at, due_at=due_at, last_status=last_status, error=error)
        if status == "sent":
            self._times.taken(rows)
