"""Opening, growing and closing of spikes: evidence gate and hysteresis. Pure: a function of counts, baseline and tick.

Openings by a window and growth are judged on every article; openings by the sum and closing on ticks, so that silence
closes a spike too. One spike at a time is open in a series, under one id.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.aggregation.windows import WINDOWS, WindowCount
from monitor.detection.baseline import Prediction
from monitor.detection.budget import Levels
from monitor.detection.cusum import Run
from monitor.detection.share import beta_prior, tail
from monitor.detection.surprise import interval, least_count, surprise
from monitor.ingest.originators import independent
from monitor.records import HOUR_MS, MINUTE_MS, Gate, Spike, Story

# S below this in both windows is ordinary: one look in ten is as high.
CALM_SURPRISE = 1.0
# A surprise this far above the threshold, a hundredth of its probability, is critical; never one above 10**-5.
CRITICAL_MARGIN, CRITICAL_LEAST = 2.0, 5.0
# ... and only what is told widely: by one publisher more than opens a page. So many companies of a sector at once are
# critical by themselves.
CRITICAL_MORE_PUBLISHERS, CRITICAL_COMPANIES = 1, 5
# A near-miss: within a factor of ten of the threshold's probability, or over it and held back by a gate.
NEAR_MARGIN = 1.0
# The part of the stories that is negative must itself be unusual; of fewer stories it tells nothing.
SHARE_P, SHARE_LEAST_STORIES = 0.1, 5


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """What the operator sets, and the watchlist; times in milliseconds.

    Attributes:
        sectors: series of a company -> that of its sector.
        importance: series -> its share of the budget beside 1, which every other series has.
    """

    false_pages_per_day: float = 1.0
    min_history_ms: int = 24 * HOUR_MS
    close_after_ms: int = 60 * MINUTE_MS
    min_stories: int = 3
    min_publishers: int = 2
    sectors: Mapping[str, str] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WindowView:
    """One window of one series as judged."""

    hours: int
    count: WindowCount
    prediction: Prediction

    @property
    def n(self) -> int:
        return self.count.negative

    @property
    def surprise(self) -> float:
        return surprise(self.n, self.prediction.mean, self.prediction.dispersion)

    def pages_at(self, threshold: float, at_least: int) -> int:
        """The least n at which this window would page, gates aside."""
        return least_count(self.prediction.mean, self.prediction.dispersion, threshold, at_least)


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of a series besides its counts.

    Attributes:
        share: class's share of negative stories; stories, negative: the series' own in 28 days.
        sole: one publisher writes this series, so that a second cannot be asked for.
        counts_all: every story of it counts as bad, so that the share of bad ones tells nothing.
    """

    share: float
    stories: int
    negative: int
    sole: bool
    counts_all: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is about to open a spike: a window's count, or a run of the cumulative sum.

    Attributes:
        by, hours, n, stories, expected, ids: as in `records.Spike`.
        told: those of the stories that are still active. A run of several days may have let go of its first ones:
            what the gate counts of publishers and of old news is then less than there was.
    """

    by: str
    hours: int
    n: int
    stories: int
    expected: float
    ids: tuple[str, ...]
    told: tuple[Story, ...]

    @property
    def stale(self) -> int:
        """How many of them repeat old news."""
        return sum(story.stale for story in self.told)

    @property
    def publishers(self) -> int:
        """How many publishers told these of their own accord; what repeats old news does not count."""
        return _independent(self.told)


@dataclass(frozen=True, slots=True)
class Told:
    """What a person was last told of an open spike: at its opening, or at an update.

    Attributes:
        window, n, stories, expected, surprise, publishers, evidence: as in `records.Spike`, at that time.
        usual: the counts between which 95 % of such windows lie.
        news: those of the evidence that the message before did not have.
        escalated: it became critical with this message.
    """

    window: int = WINDOWS[0]
    n: int = 0
    stories: int = 0
    expected: float = 0.0
    surprise: float = 0.0
    usual: tuple[int, int] = (0, 0)
    publishers: int = 0
    evidence: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class OpenSpike:
    """An open spike and what closing and growing need.

    Attributes:
        quiet_since: the tick from which it has been calm without a break, None while not calm.
        peak_n, peak_surprise: the greatest since the opening. updates: how often a person was told since.
    """

    spike: Spike
    quiet_since: int | None = None
    peak_n: int = 0
    peak_surprise: float = 0.0
    updates: int = 0
    told: Told = Told()


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


def evidence_gates(
    evidence: Evidence, observed_hours: int, background: Background, settings: DetectionSettings
) -> tuple[Gate, ...]:
    """Every condition besides surprise, each with its outcome in words."""
    wanted = settings.min_history_ms // HOUR_MS
    publishers = evidence.publishers
    least = 1 if background.sole else settings.min_publishers
    why = ", one publisher writes this series" if background.sole else ""
    return (
        Gate("history", observed_hours >= wanted, f"{observed_hours} h observed of at least {wanted}"),
        Gate("stories", evidence.n >= settings.min_stories, f"{evidence.n} stories of at least {settings.min_stories}"),
        fresh_gate(evidence.n, evidence.stale, settings.min_stories),
        Gate("publishers", publishers >= least, f"{publishers} independent publishers of at least {least}{why}"),
        share_gate(evidence.n, evidence.stories, background),
    )


def fresh_gate(n: int, stale: int, least: int) -> Gate:
    """Whether enough of the stories are no old news under a new date."""
    old = f"; {stale} more repeat old news" if stale else ""
    return Gate("fresh", n - stale >= least, f"{n - stale} fresh stories of at least {least}{old}")


def share_gate(n: int, stories: int, background: Background) -> Gate:
    """Whether the news is worse than the series' own, not only more of it: beta-binomial, one-sided."""
    if background.counts_all:
        return Gate("share", True, "skipped: every story of this series counts")
    stories = max(n, stories)  # a story that became negative later than it was first told may lie alone in the window
    if stories < SHARE_LEAST_STORIES:
        return Gate("share", True, f"skipped: {stories} stories in all, fewer than {SHARE_LEAST_STORIES}")
    a, b = beta_prior(background.share, background.stories, background.negative)
    p = tail(n, stories, a, b)
    return Gate(
        "share",
        p < SHARE_P,
        f"{n} of {stories} stories are bad, usually {a / (a + b):.0%}: p = {p:.2g}, below {SHARE_P}",
    )


def opened(
    series: str,
    now: int,
    evidence: Evidence,
    *,
    view: WindowView,
    run: Run,
    levels: Levels,
    gates: tuple[Gate, ...],
    robust: str,
    headed_by: str,
    breadth: Breadth,
) -> OpenSpike:
    """The spike that opens at the tick `now` (ms)."""
    s = view.surprise
    told = _told(evidence, view, ())
    spike = Spike(
        id=spike_id(series, now, evidence.ids),
        series=series,
        opened_at=now,
        closed_at=None,
        by=evidence.by,
        window=evidence.hours,
        n=evidence.n,
        stories=told.stories,
        expected=evidence.expected,
        surprise=s,
        threshold=levels.surprise,
        cusum=run.c,
        cusum_threshold=levels.cusum,
        severity=severity(s, levels, breadth),
        gates=gates,
        evidence=evidence.ids,
        publishers=evidence.publishers,
        robust=robust,
        headed_by=headed_by,
        baseline=view.prediction.parameters(),
    )
    return OpenSpike(spike, None, evidence.n, s, told=told)


def _told(evidence: Evidence, view: WindowView, before: tuple[str, ...]) -> Told:
    known = set(before)
    return Told(
        window=evidence.hours,
        n=evidence.n,
        stories=max(evidence.stories, evidence.n),
        expected=evidence.expected,
        surprise=view.surprise,
        usual=interval(evidence.expected, view.prediction.dispersion_at(evidence.expected)),
        publishers=evidence.publishers,
        evidence=evidence.ids,
        news=tuple(unit for unit in evidence.ids if unit not in known),
    )


@dataclass(frozen=True, slots=True)
class Breadth:
    """How widely it is told.

    Attributes:
        publishers: independent ones; enough: so many make it wide. companies: those of the sector that are struck too.
    """

    publishers: int
    enough: int
    companies: int = 0

    @classmethod
    def of(cls, evidence: Evidence, settings: DetectionSettings, *, sole: bool, companies: int = 0) -> Breadth:
        enough = 1 if sole else settings.min_publishers + CRITICAL_MORE_PUBLISHERS
        return cls(evidence.publishers, enough, companies)


def severity(s: float, levels: Levels, breadth: Breadth) -> str:
    """`critical` from a hundredth of the threshold's probability on, of what is rare by any measure and told widely.

    >>> severity(9.0, Levels(4.0, 9.0), Breadth(publishers=2, enough=3))
    'warning'
    >>> severity(4.0, Levels(4.0, 9.0), Breadth(publishers=2, enough=3, companies=5))
    'critical'
    """
    high = s >= max(levels.surprise + CRITICAL_MARGIN, CRITICAL_LEAST) and breadth.publishers >= breadth.enough
    return "critical" if high or breadth.companies >= CRITICAL_COMPANIES else "warning"


def robust(
    evidence: Evidence,
    view: WindowView,
    background: Background,
    settings: DetectionSettings,
    *,
    share_of: Mapping[str, float],
    least: float,
) -> str:
    """Whether a window's opening stands without its largest publisher, and without its largest story.

    Args:
        share_of: the publishers' parts of the series' stories in 28 days: without one, so much less is usual.
        least: S that opens.
    """
    if background.sole or evidence.by != "surprise":
        return "not applicable"
    wrote = Counter(story.publisher for story in evidence.told)
    if not wrote:
        return "not applicable"
    largest = min(wrote, key=lambda publisher: (-wrote[publisher], publisher))
    prediction = view.prediction
    usual = prediction.mean * max(0.0, 1 - share_of.get(largest, 0.0))
    publishers = _independent([story for story in evidence.told if story.publisher != largest], without=largest)
    without_publisher = evidence.n - wrote[largest]
    stands = without_publisher >= settings.min_stories and publishers >= settings.min_publishers
    if stands and usual > 0:
        stands = surprise(without_publisher, usual, prediction.dispersion_at(usual)) >= least
    without_story = evidence.n - 1
    stands = stands and without_story >= settings.min_stories
    stands = stands and surprise(without_story, prediction.mean, prediction.dispersion) >= least
    return "yes" if stands else "no"


def _independent(told: Sequence[Story], without: str = "") -> int:
    """Publishers that told these of their own accord, leaving one out."""
    wrote = (frozenset(who) - {without} for story in told if not story.stale for _, *who in story.tellings)
    return independent(who for who in wrote if who)


def worst(views: Sequence[WindowView]) -> tuple[float, WindowView]:
    """The greatest surprise of a series' windows, and the window: the shorter one where both are alike."""
    surprises = [view.surprise for view in views]
    s = max(surprises)
    return s, views[surprises.index(s)]


def grows(held: OpenSpike, view: WindowView) -> bool:
    """Whether the worst window is now beyond all that the spike has seen."""
    return view.n > held.peak_n or view.surprise > held.peak_surprise


def update(held: OpenSpike, evidence: Evidence, view: WindowView, levels: Levels, breadth: Breadth) -> OpenSpike:
    """The spike that has grown: its peak moves; a person is told again where n doubled or it became critical.

    Args:
        view: its worst window, evidence: what that holds.
    """
    s, spike = view.surprise, held.spike
    higher = spike.severity != "critical" and severity(s, levels, breadth) == "critical"
    told = held.told
    if higher or view.n >= 2 * told.n:
        told = replace(_told(evidence, view, told.evidence), escalated=higher)
    return replace(
        held,
        spike=replace(spike, severity="critical") if higher else spike,
        peak_n=max(held.peak_n, view.n),
        peak_surprise=max(held.peak_surprise, s),
        updates=held.updates + (told is not held.told),
        told=told,
    )


def tick(held: OpenSpike, views: Sequence[WindowView], now: int, settings: DetectionSettings) -> OpenSpike:
    """The spike after a tick: closed once both windows have been calm for the whole of `close_after`."""
    if any(v.surprise >= CALM_SURPRISE for v in views):
        return held if held.quiet_since is None else replace(held, quiet_since=None)
    since = now if held.quiet_since is None else held.quiet_since
    if now - since >= settings.close_after_ms:
        return replace(held, quiet_since=since, spike=replace(held.spike, closed_at=now))
    return replace(held, quiet_since=since)


def run_hours(run: Run, now: int) -> int:
    """How long the run is, in hours, rounded up."""
    return max(WINDOWS[0], math.ceil((now - run.since) / HOUR_MS))


def spike_id(series: str, now: int, evidence: Sequence[str]) -> str:
    """Deterministic: the same store in the same order gives the same id."""
    digest = hashlib.blake2b("\x1f".join(evidence).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{series}@{now // MINUTE_MS}#{digest}"
