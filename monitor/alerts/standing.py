"""What stands, told to every Alertmanager over and over: it keeps alerts in memory only, and forgets the silent ones.

What is sent is a function of the store: every spike that is open, and those closed until an instance has had their end
for 15 minutes. So a restart, of ours or of an instance, needs no memory of what was sent before.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import structlog

from monitor.alerts.alertmanager import Alertmanager
from monitor.alerts.standing_round import Observe, Rounds, StandingStore
from monitor.permit import ALWAYS, Permit

log = structlog.get_logger(__name__)

RESEND_S = 15.0  # an instance that was restarted, and has forgotten everything, knows again after so long
_FIRST_RETRY_S = 1.0  # doubled up to RESEND_S: one that was away is told within seconds of its return

_ADVICE = {
    "private_address": "its address is on a private network: name its host in alerts.allow_hosts",
    "http_401": "it asks for a login: give basic_auth or bearer_token",
    "http_404": "there is no /api/v2/alerts below its url; is a path prefix missing?",
}


class AlertmanagerSender:
    """One queue for each instance; `run` serves them until it is cancelled, and none waits for another.

    Args:
        clock: now in ms, as Alertmanager understands it: the wall's, whatever clock the news is played on.
        jitter: random numbers in [0, 1).
        observe: see `Rounds`. posted: told (endpoint, whether all was taken) of each round.
        resend_s: the pause between two rounds. permit: see `Rounds`.
    """

    def __init__(
        self,
        store: StandingStore,
        instances: Sequence[Alertmanager],
        *,
        clock: Callable[[], int],
        jitter: Callable[[], float] = random.random,
        observe: Observe = lambda endpoint, outcome: None,
        posted: Callable[[str, bool], None] = lambda endpoint, well: None,
        resend_s: float = RESEND_S,
        permit: Permit = ALWAYS,
    ) -> None:
        self.instances = list(instances)
        self._queues = [Rounds(store, instance, clock=clock, observe=observe, permit=permit) for instance in instances]
        self._jitter = jitter
        self._posted = posted
        self._resend_s = resend_s
        self._woken = {instance.name: asyncio.Event() for instance in instances}

    def wake(self) -> None:
        """To be called in the loop once new transitions are committed."""
        for event in self._woken.values():
            event.set()

    async def run(self) -> None:
        """Serves all instances; returns only by cancellation."""
        async with asyncio.TaskGroup() as group:
            for queue in self._queues:
                group.create_task(self._serve(queue), name=f"alertmanager {queue.instance.name}")

    async def _serve(self, queue: Rounds) -> None:
        name = queue.instance.name
        woken = self._woken[name]
        failures, reason = 0, ""
        while True:
            # Cleared before the read: a commit in between is seen by the read or by the wait.
            woken.clear()
            retry_s = min(_FIRST_RETRY_S * 2.0**failures, self._resend_s) * (1 + self._jitter()) / 2
            try:
                error = await queue.round(round(retry_s * 1_000))
                failed = "" if error is None else error.reason
            except Exception as fault:  # the queue's boundary: a fault in one must not stop the others
                log.exception("alertmanager_round", endpoint=name)
                failed = f"internal: {type(fault).__name__}"
            self._posted(name, not failed)
            if failed != reason:  # the same failure is told once
                if failed:
                    advice = {"advice": _ADVICE[failed]} if failed in _ADVICE else {}
                    log.warning("alertmanager_failing", endpoint=name, reason=failed, **advice)
                else:
                    log.info("alertmanager_answers_again", endpoint=name, ends="alertmanager_failing")
            failures, reason = min(failures + 1, 10) if failed else 0, failed
            try:
                async with asyncio.timeout(retry_s if failed else self._resend_s):
                    await woken.wait()
            except TimeoutError:
                continue
