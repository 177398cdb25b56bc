"""What a shadow shows of itself, in a registry of its own: it is another process than the daemon, with another scrape.

`docs/shadow.md` lists these; a test holds the two together.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)


class ShadowMetrics:
    """Declared once. registry: a fresh one for each shadow."""

    def __init__(self, registry: CollectorRegistry) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry
        self.declared: list[tuple[str, str, tuple[str, ...], str]] = []
        self.lag_seconds = self._gauge(
            "lag_seconds", "By how much the last minute judged is behind the last one that the live watch committed."
        )
        self.lag_records = self._gauge("lag_records", "Articles and minutes of the live store not yet judged.")
        self.last_tick = self._gauge("last_tick_timestamp_seconds", "The last minute judged.")
        self.articles = self._counter("articles", "Articles judged by the candidate.")
        self.pages = self._counter("pages", "Pages that it would have opened, told to nobody.", "severity")
        self.expected = self._gauge("expected_false_pages_per_day", "False pages a day that its thresholds allow.")
        self.missing = self._gauge(
            "missing_records", "Records of the live store that retention took before they were read."
        )
        self.stalled = self._gauge("stalled", "1 while it waits for room on the disk, or for its store.")
        self.model = self._gauge("model_info", "1; the labels name the candidate's model.", "name", "hash")
        for severity in ("warning", "critical"):
            self.pages.labels(severity)
        ProcessCollector(registry=registry)

    def render(self) -> bytes:
        """The text exposition, for `GET /metrics`."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self.declared.append((f"bearwatch_shadow_{name}", "gauge", labels, text))
        return Gauge(f"bearwatch_shadow_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        self.declared.append((f"bearwatch_shadow_{name}_total", "counter", labels, text))
        return Counter(f"bearwatch_shadow_{name}", text, labels, registry=self.registry)
