"""One round of one Alertmanager instance: read what stands, send it, mark the rows of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from monitor.alerts.alertmanager import Alertmanager, Refused
from monitor.alerts.protocol import DeliveryError, Outcome, Retryable
from monitor.alerts.standing_payload import FIRING_MS, in_order
from monitor.errors import StoreUnavailableError
from monitor.permit import ALWAYS, Permit
from monitor.records import MINUTE_MS, Alert

log = structlog.get_logger(__name__)

# After this an instance that never took the end has let go of the alert by itself: endsAt ran out after five minutes.
RESOLVED_MS = 15 * MINUTE_MS
_BATCH = 64  # alerts in one request; Prometheus sends as many
# Half of what lies between a firing alert's sending and its endsAt: beyond, alerts may soon arrive as resolved.
_CLOCKS_APART_S = FIRING_MS / 2_000

Observe = Callable[[str, str], None]


class StandingStore(Protocol):
    """The store behind it. Both raise StoreUnavailableError where it cannot now."""

    async def standing(self, endpoint: str, since: int) -> Sequence[tuple[Alert, str]]:
        """Every transition of the spikes that are open, or have a row of the endpoint that is pending or sent since.

        Each with the id of its own row for the endpoint while that is pending, else "". since: ms.
        """
        ...

    async def settle(
        self, rows: Sequence[str], status: str, at: int, *, due_at: int | None, last_status: int | None, error: str
    ) -> None:
        """Counts a try of these rows and marks them `sent`, `dead` or still `pending`, in one transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What an instance is to know of one spike.

    Attributes:
        alerts: as they are posted.
        ended: rows pending of its end. before: those of what came before its end.
    """

    spike: str
    alerts: tuple[Mapping[str, Any], ...]
    closed: bool
    ended: tuple[str, ...]
    before: tuple[str, ...]


@dataclass(slots=True)
class _Outcome:
    """What a round came to: rows by what becomes of them and why, and the last error."""

    sent: dict[int | None, list[str]] = field(default_factory=dict)
    dead: dict[str, list[str]] = field(default_factory=dict)
    failed: list[tuple[DeliveryError, list[str]]] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    error: DeliveryError | None = None

    def accept(self, batch: Sequence[Standing], answer: Outcome) -> None:
        sent = self.sent.setdefault(answer.status, [])
        for one in batch:
            self.settled.add(one.spike)
            sent += one.ended
            if not one.closed:
                sent += one.before
            elif one.before:
                self.dead.setdefault("resolved_first", []).extend(one.before)

    def fail(self, batch: Sequence[Standing], error: DeliveryError) -> None:
        """Of those that have no outcome yet."""
        self.error = error
        left = [one for one in batch if one.spike not in self.settled]
        self.settled.update(one.spike for one in left)
        self.failed.append((error, [row for one in left for row in (*one.before, *one.ended)]))


class Rounds:
    """The rounds of one instance: never more than one request in flight.

    A row becomes `sent` with the state that includes it; `dead` where the spike has ended and the instance has not
    taken that within 15 minutes (`not_taken`), or has taken the end alone (`resolved_first`): it never told anybody.
    While a spike is open none of its rows dies, however often a try fails.

    Args:
        clock: now in ms, as Alertmanager understands it.
        observe: told (endpoint, outcome) of each row once it is marked: `sent`, `retry` or `dead`.
        permit: waited for before each round, and looked at before each request of it.
    """

    def __init__(
        self,
        store: StandingStore,
        instance: Alertmanager,
        *,
        clock: Callable[[], int],
        observe: Observe,
        permit: Permit = ALWAYS,
    ) -> None:
        self.instance = instance
        self._store = store
        self._clock = clock
        self._observe = observe
        self._permit = permit
        # When we first saw a spike closed, ms. Its 15 minutes begin there: what closed while we were not there could be
        # told to nobody before, and by the demonstration's clock it may have closed days ago.
        self._closed: dict[str, int] = {}
        self._told: Sequence[tuple[Alert, str]] = ()
        self._apart: dict[str, str] = {}  # spike -> why the instance refused it: sent by itself, after the others
        self._clock_told = False

    async def round(self, retry_ms: int) -> DeliveryError | None:
        """Sends all that stands, or an empty list; marks the rows; gives the error where something was not taken.

        Args:
            retry_ms: when the next round comes where this one fails, for the rows' due_at.
        """
        name = self.instance.name
        await self._permit.wait()
        try:
            self._told = await self._store.standing(name, self._clock() - RESOLVED_MS)
        except StoreUnavailableError as error:
            # What stood before stands: silence would resolve it.
            log.warning("alerts_not_read", endpoint=name, error=str(error))
        outcome = _Outcome()
        standing = []
        now, known = self._clock(), self._closed
        self._closed = {}
        for one in self._standing():
            rows = [*one.before, *one.ended]
            if one.closed:
                self._closed[one.spike] = known.get(one.spike, now)
            if rows and one.closed and now > self._closed[one.spike] + RESOLVED_MS:
                outcome.dead.setdefault("not_taken", []).extend(rows)
            else:  # an end that was taken late is told again as long as any
                standing.append(one)
        await self._send(standing, outcome)
        try:
            await self._mark(outcome, retry_ms)
        except StoreUnavailableError as error:  # the next round finds the rows pending and marks them
            log.warning("deliveries_not_marked", endpoint=name, error=str(error))
        self._look_at_clock()
        return outcome.error

    def _standing(self) -> Iterator[Standing]:
        transitions: dict[str, list[Alert]] = {}
        rows: dict[str, dict[str, str]] = {}
        for alert, row in self._told:
            transitions.setdefault(alert.id, []).append(alert)
            if row:
                rows.setdefault(alert.id, {})[alert.status] = row
        for spike, told in transitions.items():
            steps = in_order(told)
            last, pending = steps[-1], rows.get(spike, {})
            yield Standing(
                spike,
                tuple(self.instance.postable(steps)),
                last.status == "resolved",
                tuple(row for status, row in pending.items() if status == "resolved"),
                tuple(row for status, row in pending.items() if status != "resolved"),
            )

    async def _send(self, standing: Sequence[Standing], outcome: _Outcome) -> None:
        self._apart = {one.spike: self._apart[one.spike] for one in standing if one.spike in self._apart}
        together = [one for one in standing if one.spike not in self._apart]
        alone = [one for one in standing if one.spike in self._apart]
        try:
            if not standing:  # says whether the instance is there and takes our login, before there is an alert
                await self._post([])
            for start in range(0, len(together), _BATCH):
                batch = together[start : start + _BATCH]
                try:
                    answer = await self._post([alert for one in batch for alert in one.alerts])
                    outcome.accept(batch, answer)
                except Refused:  # one of them is wrong; each by itself says which
                    alone = [*batch, *alone]
            for one in alone:
                try:
                    answer = await self._post(one.alerts)
                    self._apart.pop(one.spike, None)
                    outcome.accept([one], answer)
                except Refused as error:
                    self._set_apart(one, error)
                    outcome.fail([one], error)
        except DeliveryError as error:
            outcome.fail(standing, error)

    async def _post(self, alerts: Sequence[Mapping[str, Any]]) -> Outcome:
        # Not waited for here: what was read, and endsAt with it, would be of another time.
        if not self._permit.given():
            raise Retryable("no_lease")
        return await self.instance.post(alerts)

    def _set_apart(self, one: Standing, error: Refused) -> None:
        if self._apart.get(one.spike) != error.detail:  # told once
            log.error(
                "alert_refused",
                endpoint=self.instance.name,
                alert=one.spike,
                reason=error.reason,
                detail=error.detail,
            )
        self._apart[one.spike] = error.detail

    async def _mark(self, outcome: _Outcome, retry_ms: int) -> None:
        now = self._clock()
        groups: list[tuple[list[str], str, str, int | None, str]] = []
        groups += [(rows, "sent", "sent", status, "") for status, rows in outcome.sent.items()]
        groups += [(rows, "dead", "dead", None, why) for why, rows in outcome.dead.items()]
        groups += [(rows, "pending", "retry", error.status, error.reason) for error, rows in outcome.failed]
        for rows, status, shown, last_status, why in groups:
            if not rows:
                continue
            if status == "dead":
                log.error("alert_dead", endpoint=self.instance.name, messages=rows, reason=why)
            elif status == "sent":
                log.info("alert_delivered", endpoint=self.instance.name, messages=rows)
            due_at = now + retry_ms if status == "pending" else None
            await self._store.settle(rows, status, now, due_at=due_at, last_status=last_status, error=why)
            for _ in rows:
                self._observe(self.instance.name, shown)

    def _look_at_clock(self) -> None:
        ahead = self.instance.ahead_s
        apart = ahead is not None and abs(ahead) > _CLOCKS_APART_S
        if apart and not self._clock_told:
            log.error(
                "alertmanager_clock",
                endpoint=self.instance.name,
                ahead_s=round(ahead or 0),
                advice="set both clocks by NTP: an instance five minutes ahead takes every alert for resolved",
            )
        self._clock_told = apart
