"""Opening and closing of spikes: evidence gate and hysteresis. Pure: a function of counts, baseline and the tick.

Openings are judged on every article, closings on ticks, so that silence closes a spike too. One spike at a time is
open in a series, under one id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from monitor.aggregation.windows import WindowCount
from monitor.detection.baseline import Prediction
from monitor.detection.surprise import least_count, surprise
from monitor.records import HOUR_MS, MINUTE_MS, Gate, Spike

WINDOWS = (1, 6)  # hours
# S below this in both windows is ordinary: one look in ten is as high.
CALM_SURPRISE = 1.0
# A surprise this far above the threshold, a hundredth of its probability, is critical.
CRITICAL_MARGIN = 2.0
# A near-miss: within a factor of ten of the threshold's probability, or over it and held back by a gate.
NEAR_MARGIN = 1.0
# A page whose evidence shares half its stories with one opened within this time is the same event.
SAME_EVENT_MS = 30 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """What the operator sets; times in milliseconds."""

    false_pages_per_day: float = 1.0
    min_history_ms: int = 24 * HOUR_MS
    close_after_ms: int = 60 * MINUTE_MS
    min_stories: int = 3
    min_publishers: int = 2


@dataclass(frozen=True, slots=True)
class WindowView:
    """One window of one series as judged."""

    hours: int
    count: WindowCount
    prediction: Prediction

    @property
    def n(self) -> int:
        return len(self.count.negative)

    @property
    def surprise(self) -> float:
        return surprise(self.n, self.prediction.mean, self.prediction.dispersion)

    def pages_at(self, threshold: float, at_least: int) -> int:
        """The least n at which this window would page, gates aside."""
        return least_count(self.prediction.mean, self.prediction.dispersion, threshold, at_least)


@dataclass(frozen=True, slots=True)
class OpenSpike:
    """An open spike and what closing it needs.

    Attributes:
        quiet_since: the tick from which both windows have been calm without a break, None while not calm.
        peak_n, peak_surprise: the greatest since the opening, for display.
    """

    spike: Spike
    quiet_since: int | None = None
    peak_n: int = 0
    peak_surprise: float = 0.0


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A surprise that came near a page, and what kept it silent."""

    series: str
    at: int
    window: int
    n: int
    expected: float
    surprise: float
    threshold: float
    kept_silent_by: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What judging a series came to: at most one of the two."""

    opened: OpenSpike | None = None
    near_miss: NearMiss | None = None


def judge(
    series: str,
    views: Sequence[WindowView],
    *,
    now: int,
    threshold: float,
    settings: DetectionSettings,
    publishers_of: Callable[[Sequence[str]], int],
    sole_publisher: bool,
    open_spikes: Sequence[OpenSpike],
    stale_of: Callable[[Sequence[str]], int] = lambda units: 0,
) -> Verdict:
    """Whether a series with no open spike opens one now.

    Args:
        views: its windows. now: the last tick, ms.
        publishers_of: independent publishers of the given units.
        sole_publisher: one publisher writes this series, so that a second cannot be asked for.
        open_spikes: those open in other series, for "the same event".
        stale_of: how many of the given units repeat old news.
    """
    worst = max(views, key=lambda v: v.surprise)
    s = worst.surprise
    if worst.n < 2 or s < threshold - NEAR_MARGIN:
        return Verdict()
    publishers = publishers_of(worst.count.negative)
    gates = evidence_gates(worst, settings, publishers, sole_publisher, stale_of(worst.count.negative))
    failed = [g for g in gates if not g.passed]
    if s < threshold or failed:
        silent = failed[0].name if s >= threshold else "threshold"
        return Verdict(
            near_miss=NearMiss(series, now, worst.hours, worst.n, worst.prediction.mean, s, threshold, silent)
        )
    evidence = worst.count.negative
    spike = Spike(
        id=spike_id(series, now, evidence),
        series=series,
        opened_at=now,
        closed_at=None,
        window=worst.hours,
        n=worst.n,
        expected=worst.prediction.mean,
        surprise=s,
        threshold=threshold,
        severity="critical" if s >= threshold + CRITICAL_MARGIN else "warning",
        gates=gates,
        evidence=evidence,
        publishers=publishers,
        headed_by=same_event(evidence, now, open_spikes),
        baseline=worst.prediction.parameters(),
    )
    return Verdict(opened=OpenSpike(spike, None, worst.n, s))


def evidence_gates(
    view: WindowView, settings: DetectionSettings, publishers: int, sole_publisher: bool, stale: int = 0
) -> tuple[Gate, ...]:
    """Every condition besides surprise, each with its outcome in words.

    Args:
        publishers: independent ones, of what is no old news. stale: negative units that repeat old news.
    """
    observed, wanted = view.prediction.observed_hours, settings.min_history_ms // HOUR_MS
    least = 1 if sole_publisher else settings.min_publishers
    why = ", one publisher writes this series" if sole_publisher else ""
    return (
        Gate("history", observed >= wanted, f"{observed} h observed of at least {wanted}"),
        Gate("stories", view.n >= settings.min_stories, f"{view.n} stories of at least {settings.min_stories}"),
        Gate("fresh", view.n - stale >= settings.min_stories, _fresh(view.n - stale, stale, settings.min_stories)),
        Gate("publishers", publishers >= least, f"{publishers} independent publishers of at least {least}{why}"),
    )


def _fresh(fresh: int, stale: int, least: int) -> str:
    old = f"; {stale} more repeat old news" if stale else ""
    return f"{fresh} fresh stories of at least {least}{old}"


def same_event(evidence: Sequence[str], now: int, open_spikes: Sequence[OpenSpike]) -> str:
    """The id of the page that already tells this: opened at most 30 minutes ago, sharing half the smaller evidence."""
    mine = set(evidence)
    for other in sorted(open_spikes, key=lambda o: (o.spike.opened_at, o.spike.id)):
        spike = other.spike
        if spike.headed_by or now - spike.opened_at > SAME_EVENT_MS:
            continue
        if 2 * len(mine.intersection(spike.evidence)) >= min(len(mine), len(spike.evidence)):
            return spike.id
    return ""


def update(held: OpenSpike, views: Sequence[WindowView]) -> OpenSpike:
    """The open spike after another article: only its peak moves."""
    worst = max(views, key=lambda v: v.surprise)
    return replace(held, peak_n=max(held.peak_n, worst.n), peak_surprise=max(held.peak_surprise, worst.surprise))


def tick(held: OpenSpike, views: Sequence[WindowView], now: int, settings: DetectionSettings) -> OpenSpike:
    """The spike after a tick: closed once both windows have been calm for the whole of `close_after`."""
    if any(v.surprise >= CALM_SURPRISE for v in views):
        return replace(held, quiet_since=None)
    since = now if held.quiet_since is None else held.quiet_since
    if now - since >= settings.close_after_ms:
        return replace(held, quiet_since=since, spike=replace(held.spike, closed_at=now))
    return replace(held, quiet_since=since)


def spike_id(series: str, now: int, evidence: Sequence[str]) -> str:
    """Deterministic: the same store in the same order gives the same id."""
    digest = hashlib.blake2b("\x1f".join(evidence).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{series}@{now // MINUTE_MS}#{digest}"
