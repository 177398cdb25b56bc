"""Metrics of what leaves the house, declared once; `docs/metrics.md` lists them with the others."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

from monitor.telemetry.kafka_metrics import Declares


class DeliveryMetrics:
    """Attempts, what waits, and whether each Alertmanager is there."""

    def __init__(self, declare: Declares) -> None:
        self.attempts = declare(Counter, "deliveries", "Attempts to deliver an alert.", "endpoint", "outcome")
        self.last_success = declare(
            Gauge,
            "delivery_last_success_timestamp_seconds",
            "When the endpoint last took what it was sent; an Alertmanager is asked every 15 s, 0 where it never did.",
            "endpoint",
        )
        self.rounds = declare(
            Counter,
            "alertmanager_rounds",
            "Times that all that stands was sent to an Alertmanager.",
            "endpoint",
            "outcome",
        )
        self.pending = declare(Gauge, "outbox_pending", "Alerts not yet delivered.", "endpoint")

    def tried(self, endpoint: str, outcome: str) -> None:
        """Counts an attempt to deliver an alert: `sent`, `retry` or `dead`."""
        self.attempts.labels(endpoint, outcome).inc()
        if outcome == "sent":
            self.last_success.labels(endpoint).set_to_current_time()

    def begin(self, alertmanager: str) -> None:
        """Shows an instance from the start: one that never answers must not be absent."""
        self.last_success.labels(alertmanager).set(0)
        for outcome in ("ok", "failed"):
            self.rounds.labels(alertmanager, outcome)

    def round_done(self, alertmanager: str, well: bool) -> None:
        """Counts a round. well: whether all of it was taken."""
        self.rounds.labels(alertmanager, "ok" if well else "failed").inc()
        if well:
            self.last_success.labels(alertmanager).set_to_current_time()
