"""Takes what is due from the durable outbox to its endpoints: at least once, each endpoint for itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from monitor.alerts.protocol import DeliveryError, Notifier, OutboxMessage, OutboxStore, Retryable
from monitor.alerts.retry import next_delay_ms
from monitor.errors import StoreUnavailableError
from monitor.permit import ALWAYS, Permit

log = structlog.get_logger(__name__)

_BATCH = 20  # rows read at once for one endpoint; one is sent at a time
_SEND_S = 30.0  # beyond the notifier's own timeouts: whatever hangs, the queue goes on
# While something is pending, a wait ends after so long at the latest: timers do not see a clock that was set, nor the
# hours of a suspended machine.
_LONGEST_WAIT_S = 300.0
_STORE_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)

T = TypeVar("T")
Observe = Callable[[str, str], None]
Delays = Callable[[int, float, float | None], int | None]

GONE = 410  # an endpoint that says so is not asked again (Standard Webhooks; RFC 9110, 15.5.11)


class Outbox:
    """One queue for each notifier; `run` serves them until it is cancelled.

    A message is marked in the store after it was sent, so that a crash in between sends it again under the same id.
    The store's rows are the only state: a new Outbox over the same store goes on where the last one ended.

    Args:
        clock: now in ms, by which rows become due.
        jitter: random numbers in [0, 1).
        delays: as `retry.next_delay_ms`. permit: waited for before each try.
        observe: told (endpoint, outcome) of each try once it is marked; outcome is `sent`, `retry` or `dead`; and
            `muted` of what a mute kept from being tried.
    """

    def __init__(
        self,
        store: OutboxStore,
        notifiers: Sequence[Notifier],
        *,
        clock: Callable[[], int],
        jitter: Callable[[], float] = random.random,
        observe: Observe = lambda endpoint, outcome: None,
        delays: Delays = next_delay_ms,
        permit: Permit = ALWAYS,
    ) -> None:
        names = [notifier.name for notifier in notifiers]
        if len(set(names)) != len(names):
            raise ValueError(f"two endpoints of one name: {names}")
        self._store = store
        self._notifiers = list(notifiers)
        self._clock = clock
        self._jitter = jitter
        self._observe = observe
        self._delays = delays
        self._permit = permit
        self._woken = {name: asyncio.Event() for name in names}
        self._told_gone: set[str] = set()

    def wake(self) -> None:
        """To be called in the loop once new rows are committed."""
        for event in self._woken.values():
            event.set()

    async def run(self) -> None:
        """Serves all endpoints; returns only by cancellation, or raises what the store raised on reading."""
        async with asyncio.TaskGroup() as group:
            for notifier in self._notifiers:
                group.create_task(self._serve(notifier), name=f"outbox {notifier.name}")

    async def _serve(self, notifier: Notifier) -> None:
        woken = self._woken[notifier.name]
        while True:
            # Cleared before the read: a commit in between is seen by the read or by the wait.
            woken.clear()
            try:
                messages = await self._store.due(notifier.name, self._clock(), _BATCH)
                gone = bool(messages) and await self._store.gone(notifier.name)
                for message in messages:
                    if gone:
                        await self._gone(notifier.name, message)
                    elif await self._deliver(notifier, message) == GONE:
                        gone = True
                        self._tell_gone(notifier.name)
                if not messages:
                    await self._wait(notifier.name, woken)
            except StoreUnavailableError as error:
                log.warning("outbox_not_read", endpoint=notifier.name, error=str(error))
                await asyncio.sleep(_STORE_PAUSES_S[-1])

    async def _wait(self, endpoint: str, woken: asyncio.Event) -> None:
        due = await self._store.next_due(endpoint)
        seconds = None if due is None else min(max(due - self._clock(), 0) / 1_000, _LONGEST_WAIT_S)
        try:
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            return

    async def _deliver(self, notifier: Notifier, message: OutboxMessage) -> int | None:
        """The status of an answer that failed."""
        mute = await self._store.mute_over(message.id, self._clock())
        if mute is not None:
            if await self._record(lambda: self._store.mark_muted(message.id, self._clock())):
                log.info("alert_muted", endpoint=notifier.name, alert=message.alert_id, message=message.id, mute=mute)
                self._observe(notifier.name, "muted")
            return None  # else it is due still, and goes out with the next look
        # Before the deadline: what waits for the lease is no failed try.
        await self._permit.wait()
        try:
            async with asyncio.timeout(_SEND_S):
                outcome = await notifier.send(message)
        except DeliveryError as error:
            failed = error
        except TimeoutError:
            failed = Retryable("timeout")
        except Exception as error:  # the queue's boundary: a fault in one notifier must not stop the others
            log.exception("notifier_failed", endpoint=notifier.name, alert=message.alert_id, message=message.id)
            failed = Retryable(f"internal: {type(error).__name__}")
        else:
            await self._record(lambda: self._store.mark_sent(message.id, self._clock(), outcome.status, outcome.digest))
            self._observe(notifier.name, "sent")
            told = {"endpoint": notifier.name, "alert": message.alert_id, "message": message.id}
            log.info("alert_delivered", **told, tries=message.tries + 1, ends="alert_retry")
            self._told_gone.discard(notifier.name)
            return None
        await self._failed(notifier.name, message, failed)
        return failed.status

    async def _failed(self, endpoint: str, message: OutboxMessage, error: DeliveryError) -> None:
        tries = message.tries + 1
        retry_after = error.retry_after if isinstance(error, Retryable) else None
        delay = self._delays(tries, self._jitter(), retry_after) if isinstance(error, Retryable) else None
        now = self._clock()
        if delay is None:
            told = {"endpoint": endpoint, "alert": message.alert_id, "message": message.id}
            log.error("alert_dead", **told, reason=error.reason, tries=tries)
            await self._record(lambda: self._store.mark_dead(message.id, now, error.status, error.reason))
            self._observe(endpoint, "dead")
            return
        due = now + delay
        told = {"endpoint": endpoint, "alert": message.alert_id, "message": message.id}
        log.warning("alert_retry", **told, reason=error.reason, tries=tries, retry_s=round(delay / 1_000))
        await self._record(lambda: self._store.mark_retry(message.id, now, due, error.status, error.reason))
        self._observe(endpoint, "retry")

    async def _gone(self, endpoint: str, message: OutboxMessage) -> None:
        self._tell_gone(endpoint)
        if await self._record(lambda: self._store.mark_gone(message.id, self._clock())):
            log.debug("alert_dead", endpoint=endpoint, message=message.id, reason="gone", tries=message.tries)
            self._observe(endpoint, "dead")

    def _tell_gone(self, endpoint: str) -> None:
        """Once a life of the process: each message that dies by it stands in the store, and is counted."""
        if endpoint not in self._told_gone:
            self._told_gone.add(endpoint)
            advice = f"give its new address, or ask it again: bearwatch deliveries redrive --endpoint {endpoint}"
            log.error("endpoint_gone", endpoint=endpoint, advice=advice)

    async def _record(self, mark: Callable[[], Awaitable[T]]) -> T:
        """Marks until the store takes it: to go on unmarked would send the same message again at once."""
        failures = 0
        while True:
            try:
                return await mark()
            except StoreUnavailableError:
                await asyncio.sleep(_STORE_PAUSES_S[min(failures, len(_STORE_PAUSES_S) - 1)])
                failures += 1
