"""What the fold's memory is shown as in the metrics, whenever the page is made anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.aggregation.series import MARKET
from monitor.aggregation.windows import WINDOWS
from monitor.detection import reliability
from monitor.detection.precision import precision_of_rules
from monitor.detection.spikes import WindowView
from monitor.detection.surprise import interval
from monitor.fold import Fold
from monitor.records import DAY_MS
from monitor.telemetry.metrics import OTHER, Metrics
from monitor.telemetry.series_metrics import Judged


def unreliable(fold: Fold) -> list[reliability.Verdict]:
    """What has been out of its probabilities for seven days."""
    detector = fold.memory.detector
    return reliability.verdicts(detector.health.days, detector.now // DAY_MS)


def show_gauges(
    metrics: Metrics,
    fold: Fold,
    topics: Iterable[str],
    *,
    pages: Mapping[str, Mapping[tuple[str, str], int]],
    marked: Mapping[str, Mapping[str, int]],
    pending: Mapping[str, int],
    oldest: Mapping[str, int],
    sentiment: Mapping[str, float],
) -> None:
    """Sets every gauge of series, silence, pages and endpoints.

    Args:
        topics: series shown though they are silent. pages: opened, by period and (severity, mark).
        marked: pages of 28 days that a person has marked, by series and mark.
        pending: alerts not yet delivered, by endpoint; oldest: when the oldest of them was decided, ms.
        sentiment: of the last hour, by series, -1 to 1; of some series, named or not.
    """
    detector = fold.memory.detector
    windows, hearing = detector.windows, detector.hearing
    named = {MARKET, *topics, *(s for s in windows.series() if metrics.named(s))}
    views = {name: fold.views(name) for name in named}
    rows = [(name, view.hours, view.n, view.prediction.mean) for name in named for view in views[name]]
    for name in windows.series() - named:  # they only add up: nothing is expected of them
        rows += [(name, hours, windows.count(name, hours).negative, 0.0) for hours in WINDOWS]
    metrics.show_series(rows)
    metrics.show_silence({key: key in hearing.silent for key in hearing.volumes.keys})
    open_pages = [held.spike for held in detector.open_spikes.values() if not held.spike.headed_by]
    for severity in ("warning", "critical"):
        metrics.open_spikes.labels(severity).set([page.severity for page in open_pages].count(severity))
    metrics.series.show(
        (
            Judged(name, view.hours, view.count.stories, *_usual(view), view.surprise)
            for name in named
            for view in views[name]
        ),
        thresholds={name: fold.levels(name).surprise for name in named},
        sentiment={name: mean for name, mean in sentiment.items() if metrics.named(name)},
        spikes={(page.series if metrics.named(page.series) else OTHER, page.severity) for page in open_pages},
    )
    for endpoint in fold.settings.endpoints:
        metrics.delivery.pending.labels(endpoint.name).set(pending.get(endpoint.name, 0))
    metrics.waiting.show_oldest([endpoint.name for endpoint in fold.settings.endpoints], oldest)
    _show_health(metrics, fold, pages)
    metrics.health.show_precision(
        {rule: (of.precision, of.low, of.high) for rule, of in precision_of_rules(marked).items()}
    )


def _usual(view: WindowView) -> tuple[int, int]:
    """Counts between which 95 % of such windows lie."""
    return interval(view.prediction.mean, view.prediction.dispersion)


def _show_health(metrics: Metrics, fold: Fold, pages: Mapping[str, Mapping[tuple[str, str], int]]) -> None:
    """How far the pages can be relied on; a page stays unmarked until a person says what it was."""
    detector, health = fold.memory.detector, metrics.health
    health.expected_false_pages.set(detector.expected_false_pages)
    for period, opened in pages.items():
        health.show_pages(period, opened)
    today = detector.now // DAY_MS
    shares = reliability.shares(detector.health.days, today - reliability.SHARE_DAYS + 1, today)
    health.show_surprises(
        (
            (hours, reliability.least_surprise(level), None if of.share is None else (of.share, of.low, of.high))
            for (hours, level), of in shares.items()
        ),
        {(verdict.hours, verdict.side) for verdict in unreliable(fold)},
    )
