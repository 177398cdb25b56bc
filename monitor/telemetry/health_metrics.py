"""Metrics of how far the pages can be relied on, declared once; `docs/metrics.md` lists them with the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from prometheus_client import Gauge

from monitor.telemetry.kafka_metrics import Declares

SEVERITIES = ("warning", "critical")
MARKS = ("true", "false", "late", "unmarked")
PAGE_PERIODS = ("24h", "28d")
_WINDOWS = ("1h", "6h")
_SIDES = ("over", "under")
_SURPRISES = ("window", "least")


class HealthMetrics:
    """What is promised of pages and surprises, and what came."""

    def __init__(self, declare: Declares) -> None:
        self.expected_false_pages = declare(
            Gauge, "expected_false_pages_per_day", "False pages a day that the thresholds in force allow."
        )
        self.pages = declare(
            Gauge,
            "pages",
            "Pages opened in the period before now, by what a person has marked them as.",
            "period",
            "severity",
            "mark",
        )
        self.precision = declare(
            Gauge,
            "precision",
            "Part of the marked pages of 28 days that were real, late ones too; absent where none is marked.",
            "rule",
        )
        self.precision_low = declare(Gauge, "precision_low", "Lower end of the precision's 95 % interval.", "rule")
        self.precision_high = declare(Gauge, "precision_high", "Upper end of the precision's 95 % interval.", "rule")
        self.share = declare(
            Gauge,
            "surprise_share",
            "Part of the windows of 7 days whose surprise was at least so much; 0.1, 0.01, 0.001 are promised.",
            *_SURPRISES,
        )
        self.share_low = declare(Gauge, "surprise_share_low", "Lower end of the share's 95 % interval.", *_SURPRISES)
        self.share_high = declare(Gauge, "surprise_share_high", "Upper end of the share's 95 % interval.", *_SURPRISES)
        self.budget_unreliable = declare(
            Gauge,
            "budget_unreliable",
            "1 while windows have surprised too often (over) or too rarely (under) for 7 days in a row.",
            "window",
            "side",
        )
        self._shown: set[tuple[str, str]] = set()
        self._rules: set[str] = set()
        self.show_surprises((), ())
        for period in PAGE_PERIODS:
            self.show_pages(period, {})

    def show_pages(self, period: str, opened: Mapping[tuple[str, str], int]) -> None:
        """Shows the pages opened in one of PAGE_PERIODS, by (severity, mark); what is absent is none."""
        for severity in SEVERITIES:
            for mark in MARKS:
                self.pages.labels(period, severity, mark).set(opened.get((severity, mark), 0))

    def show_precision(self, rules: Mapping[str, tuple[float, float, float]]) -> None:
        """Replaces what is shown of rules: rule -> (precision, low, high); of what is absent nothing is shown."""
        gauges = (self.precision, self.precision_low, self.precision_high)
        for ended in self._rules - set(rules):
            for gauge in gauges:
                gauge.remove(ended)
        for rule, values in rules.items():
            for gauge, value in zip(gauges, values, strict=True):
                gauge.labels(rule).set(value)
        self._rules = set(rules)

    def show_surprises(
        self,
        rows: Iterable[tuple[int, int, tuple[float, float, float] | None]],
        unreliable: Collection[tuple[int, str]],
    ) -> None:
        """Replaces what is shown of how often windows surprised.

        Args:
            rows: (hours of the window, S, (share, low, high)); None where no window was judged, of which nothing is
                shown. unreliable: (hours of the window, `over` or `under`).
        """
        gauges = (self.share, self.share_low, self.share_high)
        told = {(f"{hours}h", str(least)): values for hours, least, values in rows if values is not None}
        for ended in self._shown - set(told):
            for gauge in gauges:
                gauge.remove(*ended)
        for at, values in told.items():
            for gauge, value in zip(gauges, values, strict=True):
                gauge.labels(*at).set(value)
        self._shown = set(told)
        for window in _WINDOWS:
            for side in _SIDES:
                self.budget_unreliable.labels(window, side).set((int(window[:-1]), side) in unreliable)
