"""How the last reading of the configuration went, under the names that Prometheus itself has for it."""

from __future__ import annotations

from prometheus_client import Gauge

from monitor.telemetry.kafka_metrics import Declares


class ReloadMetrics:
    """Shown from the start, which is the first success."""

    def __init__(self, declare: Declares) -> None:
        self.successful = declare(
            Gauge, "config_last_reload_successful", "1 where the configuration was last read well, 0 where refused."
        )
        self.success_at = declare(
            Gauge,
            "config_last_reload_success_timestamp_seconds",
            "When the configuration in force was read.",
        )
        self.successful.set(1)
        self.success_at.set_to_current_time()

    def show(self, well: bool, at: int) -> None:
        """at: ms, UTC, of the last success."""
        self.successful.set(well)
        self.success_at.set(at / 1_000)
