"""Each series as it is judged, as metrics; declared once, `docs/metrics.md` lists them with the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import Gauge

from monitor.telemetry.kafka_metrics import Declares


@dataclass(frozen=True, slots=True)
class Judged:
    """One window of one series. low, high: counts between which 95 % of such windows lie."""

    series: str
    hours: int
    stories: int
    low: int
    high: int
    surprise: float


class Replaced:
    """A gauge whose children are replaced as a whole: those that are told no more end."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._shown: set[tuple[str, ...]] = set()

    def show(self, values: Mapping[tuple[str, ...], float]) -> None:
        for ended in self._shown - values.keys():
            self._gauge.remove(*ended)
        for labels, value in values.items():
            self._gauge.labels(*labels).set(value)
        self._shown = set(values)


class SeriesMetrics:
    """What there is, what is usual, how surprising it is, and from where on it pages.

    At most a dozen series for each that is shown by name, and only for those: the others add up elsewhere.
    """

    def __init__(self, declare: Declares) -> None:
        def of(name: str, text: str, *labels: str) -> Replaced:
            return Replaced(declare(Gauge, f"series_{name}", text, *labels))

        window = ("series", "window")
        self._stories = of("stories", "New stories in the window, bad or not.", *window)
        self._low = of("expected_low_stories", "Lower end of the counts in which 95 % of such windows lie.", *window)
        self._high = of("expected_high_stories", "Upper end of the counts in which 95 % of such windows lie.", *window)
        self._surprise = of("surprise", "Surprise of the window's count, -log10 of its probability.", *window)
        self._threshold = of("surprise_threshold", "Surprise from which on the series pages.", "series")
        self._sentiment = of(
            "sentiment", "Mean P(positive) - P(negative) of the last hour's stories; absent where none.", "series"
        )
        self._open = of("open_spike", "1 while a page about the series is open.", "series", "severity")

    def show(
        self,
        judged: Iterable[Judged],
        *,
        thresholds: Mapping[str, float],
        sentiment: Mapping[str, float],
        spikes: Collection[tuple[str, str]],
    ) -> None:
        """Replaces what is shown. Give only series that are shown by name; spikes: (series, severity)."""
        rows = [((row.series, f"{row.hours}h"), row) for row in judged]
        self._stories.show({at: row.stories for at, row in rows})
        self._low.show({at: row.low for at, row in rows})
        self._high.show({at: row.high for at, row in rows})
        self._surprise.show({at: row.surprise for at, row in rows})
        self._threshold.show({(series,): value for series, value in thresholds.items()})
        self._sentiment.show({(series,): value for series, value in sentiment.items()})
        self._open.show(dict.fromkeys(spikes, 1.0))
