"""Metrics of the HTTP interface, declared once; `docs/metrics.md` lists them with the others."""

from __future__ import annotations

from prometheus_client import Counter

from monitor.telemetry.kafka_metrics import Declares

# `rate`: a client's connections are read more slowly, or its wrong tokens no longer looked at.
REASONS = ("connections", "host", "no_token", "rate", "scope", "site", "size", "slow", "streams", "timeout", "token")


class HttpMetrics:
    """What was turned away."""

    def __init__(self, declare: Declares) -> None:
        self.refusals = declare(
            Counter, "http_refusals", "Requests, connections and streams that were turned away or held back.", "reason"
        )
        for reason in REASONS:
            self.refusals.labels(reason)

    def refused(self, reason: str) -> None:
        """Counts one; `reason` is one of REASONS."""
        self.refusals.labels(reason).inc()
