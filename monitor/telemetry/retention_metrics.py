"""What retention does, declared once; `docs/metrics.md` lists these with the others."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge

from monitor.telemetry.kafka_metrics import Declares


class RetentionMetrics:
    """Rows that left the store by age, and when it was last gone through."""

    def __init__(self, declare: Declares) -> None:
        self.rows = declare(Counter, "retention_rows", "Rows deleted because of their age.", "table")
        self.last_run = declare(
            Gauge,
            "retention_last_run_timestamp_seconds",
            "When the store was last gone through to its end for old rows.",
        )

    def gone(self, rows: Mapping[str, int]) -> None:
        """Counts rows by table."""
        for table, count in rows.items():
            self.rows.labels(table).inc(count)
