"""How long alerts wait for their endpoints, declared once; `docs/metrics.md` lists these with the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from prometheus_client import Counter, Gauge, Histogram

from monitor.telemetry.kafka_metrics import Declares

# A delivery takes a fraction of a second; one that is tried again may take three days.
_WAITS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400)
OUTCOMES = ("sent", "retry", "dead", "muted")


class DeclaresHistogram(Protocol):
    """Declares a histogram: its name without prefix, what it says, its buckets, its labels."""

    def __call__(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram: ...


class WaitingMetrics:
    """The last hop of an alert, and what has not made it yet."""

    def __init__(self, declare: Declares, declare_histogram: DeclaresHistogram) -> None:
        self.seconds = declare_histogram(
            "delivery_seconds", "From an alert's commit until its endpoint had it.", _WAITS, "endpoint"
        )
        self.oldest = declare(
            Gauge,
            "outbox_oldest_pending_timestamp_seconds",
            "When the oldest alert not yet delivered was decided; absent where none is pending.",
            "endpoint",
        )
        self._shown: set[str] = set()

    def begin(self, endpoint: str, attempts: Counter) -> None:
        """Shows an endpoint from the start: a rate over a series that just appeared is blind to its first value."""
        self.seconds.labels(endpoint)
        for outcome in OUTCOMES:
            attempts.labels(endpoint, outcome)

    def delivered(self, endpoint: str, seconds: float) -> None:
        """Observes one delivery."""
        self.seconds.labels(endpoint).observe(max(0.0, seconds))

    def show_oldest(self, endpoints: Collection[str], oldest: Mapping[str, int]) -> None:
        """Replaces what is shown of the oldest pending alert of each configured endpoint; times in ms."""
        told = {endpoint: at for endpoint, at in oldest.items() if endpoint in endpoints}
        for ended in self._shown - told.keys():
            self.oldest.remove(ended)
        for endpoint, at in told.items():
            self.oldest.labels(endpoint).set(at / 1_000)
        self._shown = set(told)
