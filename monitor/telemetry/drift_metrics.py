"""How far the news and the model's answers have moved, declared once; `docs/metrics.md` lists it with the others."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Gauge

from monitor.telemetry.kafka_metrics import Declares


class DriftMetrics:
    """Population stability by what is looked at, topic and reference."""

    def __init__(self, declare: Declares) -> None:
        self.psi = declare(
            Gauge,
            "drift_psi",
            "Population stability index of the last 7 days against a reference; absent where too few to tell.",
            "of",
            "topic",
            "reference",
        )
        self._shown: set[tuple[str, str, str]] = set()

    def show(self, found: Mapping[tuple[str, str, str], float]) -> None:
        """Replaces what is shown: (of, topic, reference) -> PSI."""
        for ended in self._shown - found.keys():
            self.psi.remove(*ended)
        for labels, value in found.items():
            self.psi.labels(*labels).set(value)
        self._shown = set(found)
