"""`bearwatch alert test`: a marked sample to one endpoint, straight through its notifier, without the store."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import Any

from monitor import __version__
from monitor.alerts.evidence import iso_time, iso_time_ms
from monitor.alerts.protocol import DeliveryError, Notifier, Retryable
from monitor.alerts.words import in_words
from monitor.config import Config
from monitor.endpoints import alertmanagers, notifiers
from monitor.errors import InputError
from monitor.records import MINUTE_MS
from monitor.wiring import wall_clock

_HEADLINES = (
    ("SAMPLE: Harrow Bank halts withdrawals at nine branches", "wire.example", 0.97),
    ("SAMPLE: Regulator seizes control of Harrow subsidiary", "post.example", 0.95),
    ("SAMPLE: Depositors queue overnight as Harrow shares collapse", "journal.example", 0.94),
)


@dataclass(frozen=True, slots=True)
class _Sample:
    """As `protocol.OutboxMessage`."""

    id: str
    alert_id: str
    endpoint: str
    body: str
    created_at: int
    tries: int = 0


async def send_sample(config: Config, name: str) -> tuple[dict[str, Any], bool]:
    """What came of it, JSON-able, and whether the endpoint took it.

    Raises InputError: no endpoint is called so.
    """
    async with contextlib.AsyncExitStack() as stack:
        known: dict[str, Notifier] = {each.name: each for each in await notifiers(config, stack)}
        known |= {each.name: each for each in await alertmanagers(config, stack)}
        if name not in known:
            names = ", ".join(sorted(known)) or "none: give some under alerts"
            raise InputError(f"alert test: there is no endpoint {name!r} in the configuration; known: {names}")
        now = wall_clock()
        body = sample_body(now)
        alert_id = str(body["id"])
        message = _Sample(f"{alert_id}:firing:{name}", alert_id, name, json.dumps(body, sort_keys=True), now)
        told = {"endpoint": name, "id": message.id}
        try:
            outcome = await known[name].send(message)
        except DeliveryError as error:
            again = isinstance(error, Retryable)
            return {
                **told,
                "outcome": "retry" if again else "dead",
                "reason": error.reason,
                "status": error.status,
            }, False
        return {**told, "outcome": "sent", "status": outcome.status, "sha256": outcome.digest}, True


def sample_body(now: int) -> dict[str, Any]:
    """A body that says of itself that nothing has happened; as `evidence.alert_body`, and `sample`."""
    return {
        "sample": True,
        "id": f"entity:sample@{now // MINUTE_MS}#00000000",
        "status": "firing",
        "severity": "warning",
        "escalated": False,
        "series": "entity:sample",
        "label": "SAMPLE, nothing has happened: Harrow Bank",
        "at": iso_time(now),
        "by": "surprise",
        "window": 1,
        "n": 3,
        "stories": 4,
        "expected": 0.02,
        "band": [0, 1],
        "surprise": 5.1,
        "threshold": 3.2,
        "cusum": 2.0,
        "cusum_threshold": 5.5,
        "peak_n": 3,
        "peak_surprise": 5.1,
        "publishers": 3,
        "robust": "yes",
        "opened_at": iso_time(now),
        "closed_at": None,
        "in_words": in_words(3, 1, 0.02),
        "gates": [],
        "new_stories": 0,
        "headlines": [
            {
                "title": title,
                "publisher": publisher,
                "url": f"https://{publisher}/sample",
                "published_at": iso_time(now - MINUTE_MS * place),
                "p_negative": p_negative,
                "copies": place,
                "publishers": place + 1,
                "developments": 0,
                "stale": False,
                "new": False,
            }
            for place, (title, publisher, p_negative) in enumerate(_HEADLINES)
        ],
        "denials": [],
        "ledger": dict.fromkeys(
            ("published_at", "received_at", "scored_at", "committed_at", "detected_at"), iso_time_ms(now)
        ),
        "model": "",
        "configuration": "",
        "baseline": "",
        "version": __version__,
    }
