"""Who is told: an endpoint for critical alerts is left in peace until an alert is one, and hears of its end."""

from __future__ import annotations

from dataclasses import replace

from monitor.alerts.routes import Endpoint, told
from monitor.fold import Fold
from monitor.records import MINUTE_MS, Tick
from tests.builders import NOON, article, prepared
from tests.unit.test_fold import SETTINGS, quiet


def test_severities_are_a_ladder() -> None:
    both = [Endpoint("log"), Endpoint("pager", "critical"), Endpoint("desk", "warning")]
    assert told(both, "warning") == ("log", "desk")
    assert told(both, "critical") == ("log", "pager", "desk")
    assert told([], "critical") == ()


def test_what_becomes_critical_is_told_to_the_pager_from_then_on_and_its_end_too() -> None:
    fold = Fold(replace(SETTINGS, endpoints=(Endpoint("log"), Endpoint("pager", "critical"))))
    now = quiet(fold, NOON, 48)
    fold.take()
    for number in range(40):
        title = f"Wyvern{number} insolvent after Calder{number} collapse and Norwhistle{number} fraud"
        item = article(f"g:{number}", title, at=now, publisher=f"p{number % 7}.example")
        fold.article(prepared(item, negative=0.95), 0)
        if number % 2:
            now += MINUTE_MS
            fold.tick(Tick(now))
    for _ in range(9 * 60):
        now += MINUTE_MS
        fold.tick(Tick(now))
    effects = fold.take().effects
    alerts = [(alert.status, alert.severity) for alert in effects.alerts]
    rows = [(row.endpoint, row.id.split(":")[-2]) for row in effects.outbox]
    assert alerts[0] == ("firing", "warning") and alerts[-1] == ("resolved", "critical")
    assert [status for endpoint, status in rows if endpoint == "log"] == [status for status, _ in alerts]
    assert [status for endpoint, status in rows if endpoint == "pager"] == [
        status for status, severity in alerts if severity == "critical"
    ]
