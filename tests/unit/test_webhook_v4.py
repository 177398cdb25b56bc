"""Our webhook in Alertmanager's shape, by what a receiver does with it; `acceptance` has it beside the real one."""

from __future__ import annotations

from monitor.alerts.standing_payload import Style
from monitor.alerts.webhook_v4 import version_4
from tests.alert_bodies import RICH

OPENING = {**RICH, "status": "firing", "severity": "warning"}
GROWN = {**RICH, "status": "update-1", "severity": "critical", "escalated": True}
OVER = {**RICH, "status": "resolved", "severity": "critical", "closed_at": "2026-03-02T04:00:00Z"}


def test_a_receiver_that_keys_on_the_fingerprint_resolves_what_became_critical() -> None:
    open_alerts = {}
    for body in (OPENING, GROWN, OVER):
        payload = version_4(body, "desk", Style({"site": "london"}))
        assert payload["groupKey"] == version_4(OPENING, "desk", Style())["groupKey"]
        for alert in payload["alerts"]:
            open_alerts[alert["fingerprint"]] = alert
    (last,) = open_alerts.values()
    assert (last["status"], last["labels"]["severity"]) == ("resolved", "critical")


def test_two_spikes_of_a_series_have_two_fingerprints() -> None:
    of = [
        version_4({**OPENING, "id": spike}, "desk", Style())["alerts"][0]["fingerprint"] for spike in ("m@1#a", "m@2#a")
    ]
    assert of[0] != of[1]
