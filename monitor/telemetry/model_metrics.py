"""The model in use and what it is made to do, as metrics; `docs/metrics.md` lists them with the others."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from prometheus_client import Counter, Gauge

from monitor.telemetry.drift_metrics import DriftMetrics
from monitor.telemetry.kafka_metrics import Declares


class ModelMetrics:
    """Which model it is, why batches are released, and how much of a run is padding."""

    def __init__(self, declare: Declares) -> None:
        self.batches = declare(
            Counter,
            "batches",
            "Inference batches: full, or released because nothing more was waiting (drained).",
            "released",
        )
        self._tokens = declare(
            Counter,
            "inference_tokens",
            "Tokens that the model ran: those of the texts, and the padding between them.",
            "kind",
        )
        self._info = declare(Gauge, "model_info", "1; the labels name the model in use.", "name", "hash")
        self._created = declare(
            Gauge,
            "model_created_timestamp_seconds",
            "The day on which the model was exported; absent where unknown.",
            "name",
        )
        self.drift = DriftMetrics(declare)
        self._shown: tuple[str, str] | None = None
        self._told = {"text": 0, "padding": 0}
        for released in ("full", "drained"):
            self.batches.labels(released)
        for kind in self._told:
            self._tokens.labels(kind)

    def show(self, name: str, content_hash: str, created: str) -> None:
        """Shows the model in use in place of the one before. created: ISO 8601, or anything else where unknown."""
        if self._shown is not None:
            self._info.remove(*self._shown)
            self._created.clear()
        self._shown = (name, content_hash)
        self._info.labels(*self._shown).set(1)
        with contextlib.suppress(ValueError):  # a folder of one's own need not say it
            day = datetime.fromisoformat(created).replace(tzinfo=UTC)
            self._created.labels(name).set(day.timestamp())

    def show_tokens(self, text: int, padding: int) -> None:
        """Shows how many tokens the model has run since the start; both only ever grow."""
        for kind, total in (("text", text), ("padding", padding)):
            self._tokens.labels(kind).inc(total - self._told[kind])
            self._told[kind] = total
