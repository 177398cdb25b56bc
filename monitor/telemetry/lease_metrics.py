"""Who has the store, where a lease decides it. By store: two pairs of daemons may be one Prometheus job."""

from __future__ import annotations

from prometheus_client import Gauge

from monitor.telemetry.kafka_metrics import Declares


class LeaseMetrics:
    """Without a lease, on SQLite, there are no samples: no rule about one can fire."""

    def __init__(self, declare: Declares) -> None:
        self._standby = declare(
            Gauge,
            "standby",
            "1 while this process stands by for the store, 0 once it has it; of `run --standby`.",
            "store",
        )
        self._epoch = declare(
            Gauge, "lease_epoch", "Number of the lease on the store; grows with each holder.", "store"
        )
        self._expires = declare(
            Gauge,
            "lease_expires_timestamp_seconds",
            "When the lease ends unless it is renewed, by the database's clock; 0 where it was let go of.",
            "store",
        )

    def show_role(self, store: str, standing_by: bool) -> None:
        """Of a process that was told to stand by where another has the store."""
        self._standby.labels(store).set(standing_by)

    def show(self, store: str, epoch: int, expires: float) -> None:
        """expires: seconds since the Unix epoch."""
        self._epoch.labels(store).set(epoch)
        self._expires.labels(store).set(expires)
