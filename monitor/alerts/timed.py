"""How long alerts take from their commit to their endpoint, measured around the notifiers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from monitor.alerts.protocol import Notifier, OutboxMessage, Outcome

# Messages whose commit is remembered: far more than are ever pending. One that is forgotten counts from its decision.
MOST = 10_000


class DeliveryTimes:
    """Remembers when messages were committed, until their endpoint has them.

    Args:
        observe: told (endpoint, seconds) of each delivery. One that was committed before this process started, or that
            is redriven, counts from the tick that decided it: a minute too long at most, beside a restart.
        clock: now in ms, by which messages' `created_at` are stamped too.
    """

    def __init__(self, observe: Callable[[str, float], None], clock: Callable[[], int]) -> None:
        self._observe = observe
        self._clock = clock
        self._committed: OrderedDict[str, int] = OrderedDict()

    def committed(self, message_ids: Iterable[str]) -> None:
        """To be called in the loop once new messages are committed."""
        now = self._clock()
        self._committed.update(dict.fromkeys(message_ids, now))
        while len(self._committed) > MOST:
            self._committed.popitem(last=False)

    def delivered(self, message: OutboxMessage) -> None:
        since = self._committed.pop(message.id, message.created_at)
        self._observe(message.endpoint, (self._clock() - since) / 1_000)

    def of(self, notifier: Notifier) -> Notifier:
        """The notifier, timed."""
        return _Timed(notifier, self)


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
