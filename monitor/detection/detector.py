"""All that is judged by series: windows, baselines, sums, open spikes. Pure: placements and ticks in, transitions out.

The fold tells it where stories are counted; the simulation of the budget feeds it synthetic ones. `restore` builds what
it holds again: windows, counts and publishers from placements and ticks, the fit, the sums and what is open as stored.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from monitor.aggregation.placement import Placement, deltas
from monitor.aggregation.publishers import PublisherShares
from monitor.aggregation.series import MARKET, counts_all
from monitor.aggregation.windows import WINDOWS, Windows
from monitor.detection import heads, health, spikes
from monitor.detection.baseline import Baseline
from monitor.detection.budget import Importance, Levels, part, threshold
from monitor.detection.cusum import BIN_MS, Run, end_bin
from monitor.detection.fit import Fit
from monitor.detection.health import Health
from monitor.detection.looks import Observer
from monitor.detection.silence import Hearing
from monitor.detection.spikes import Background, DetectionSettings, Evidence, NearMiss, OpenSpike, WindowView
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket, Mode, Standing, Story, Tick

_IDLE = Run()


@dataclass(slots=True)
class Outcome:
    """What a batch of placements and ticks came to.

    Attributes:
        spikes: each changed spike's last state. runs: each changed sum's. fit, health: a new one, or None.
        near_misses: of each (series, UTC day) the most surprising.
    """

    spikes: dict[str, OpenSpike] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    near_misses: dict[tuple[str, int], NearMiss] = field(default_factory=dict)
    fit: Fit | None = None
    gap_ms: int | None = None
    health: Health | None = None


class Detector:
    """Judges every series.

    Args:
        zone: of the news. told: the stories of these ids that are still known.
    """

    def __init__(
        self, settings: DetectionSettings, zone: str, told: Callable[[Sequence[str]], Sequence[Story]]
    ) -> None:
        self.settings = settings
        self.baseline = Baseline(zone)
        self.hearing = Hearing(zone)
        self.windows = Windows()
        self.publishers = PublisherShares()
        self.runs: dict[str, Run] = {}
        self.open_spikes: dict[str, OpenSpike] = {}
        self.now = -1
        # Minutes without a tick before the running bin: what came meanwhile is counted in it.
        self.gap_ms = 0
        self.health = Health()
        self._observer = Observer(self.baseline, self.windows)
        self._told = told
        self._moved: set[str] = set()
        self._levels: dict[str, Levels] = {}
        self._shares: Importance | None = None
        self._hashed: tuple[Fit, str] | None = None
        self._outcome = Outcome()
        self._transitions: list[tuple[OpenSpike, str]] = []

    def place(self, before: Placement | None, after: Placement) -> tuple[Bucket, ...]:
        """A story is counted, or counted elsewhere, in one series; gives what its buckets change by."""
        changed = deltas(before, after)
        for delta in changed:
            self.baseline.counts.count(delta)
        self.publishers.place(before, after)
        if self.windows.place(before, after):
            self._moved.add(after.series)
        was, seen = _live(before), _live(after)
        # While a spike is open its sum rests: what a crisis adds to it takes weeks to fall in a rare series.
        if seen != was and self.now >= 0 and after.series not in self.open_spikes:
            run = self.runs.get(after.series, _IDLE)
            new = (after.unit_id,) if seen[1] and not was[1] else ()
            self._keep_run(
                after.series,
                replace(run, pending=run.pending + new, bin_stories=run.bin_stories + (seen[0] and not was[0])),
            )
        return changed

    def recount(self, before: Placement | None, after: Placement | None) -> tuple[Bucket, ...]:
        """A unit is counted elsewhere because the instrument changed: nothing is judged; `recounted` ends it."""
        changed = deltas(before, after)
        for delta in changed:
            self.baseline.counts.count(delta)
        self.publishers.place(before, after)
        self.windows.place(before, after)
        return changed

    def recounted(self, since: Mapping[str, int], *, read_again: bool) -> None:
        """Takes the new counts for usual.

        Args:
            since: series -> epoch hour, of those that are counted in another way only from that hour on.
            read_again: by another model or watchlist, so that sums and health tell of what no longer counts.
        """
        self._moved.clear()
        self.baseline.counts.since.update(since)
        if read_again:
            for series in list(self.runs):
                self._keep_run(series, _IDLE)
            self.health = self._outcome.health = Health()
        if self.now >= 0:
            self._take_fit(self.baseline.refit())

    def widened(self, placement: Placement) -> None:
        """Another publisher carries the story, which a gate may have waited for."""
        if self.windows.holds_negative(placement):
            self._moved.add(placement.series)

    def judge(self) -> None:
        """Every series whose evidence moved since the last call, the narrowest first."""
        if self.now >= 0:
            for series in sorted(self._moved, key=_narrowest_first):
                self._judge(series)
        self._moved.clear()

    def tick(self, tick: Tick) -> None:
        """A later minute: windows move on, baselines learn, bins end, spikes close."""
        before, self.now = self.now, tick.at
        if tick.at // HOUR_MS != before // HOUR_MS:
            self._watch(before)
        self.windows.advance(tick.at)
        self.publishers.advance(tick.at)
        self.baseline.counts.observe(tick.at // HOUR_MS, live=tick.mode is Mode.LIVE)
        self.hearing.listen(tick.at, live=tick.mode is Mode.LIVE)
        if self.baseline.advance(tick.at):
            self._take_fit(self.baseline.fit)
            self.hearing.learn(self.baseline.counts, tick.at)
        if tick.at // BIN_MS != before // BIN_MS:
            self._end_bins()
            self.hearing.judge(self.baseline.counts, tick.at)
        if before >= 0 and tick.at - before > MINUTE_MS:
            self._set_gap(self.gap_ms + tick.at - before - MINUTE_MS)  # what was published meanwhile comes now
        for series in sorted(self.open_spikes):
            self._keep(spikes.tick(self.open_spikes[series], self.views(series), tick.at, self.settings))

    def views(self, series: str) -> tuple[WindowView, ...]:
        """Both windows of a series as they stand now."""
        return tuple(self._view(series, hours) for hours in WINDOWS)

    def levels(self, series: str) -> Levels:
        """The thresholds of a series until the next fit: its part of the budget, half to windows, half to the sum."""
        found = self._levels.get(series)
        if found is None:
            held, known = self.baseline.of_series(series), self.baseline.of_class(series)
            half = part(self.settings.false_pages_per_day, series, self._importance) / 2
            found = self._levels[series] = threshold(held.a / held.b, known.alpha[-1], half)
        return found

    @property
    def learned(self) -> bool:
        """Whether the fit taught as many hours as it takes to page."""
        return self.baseline.fit.hours >= self.settings.min_history_ms // HOUR_MS

    @property
    def expected_false_pages(self) -> float:
        """False pages a day that the thresholds in force allow: the parts of all series that the fit knows."""
        a_day, shares = self.settings.false_pages_per_day, self._importance
        return math.fsum(part(a_day, series, shares) for series in self.baseline.fit.series) if self.learned else 0.0

    @property
    def _importance(self) -> Importance:
        """The shares of the series that the fit knows."""
        if self._shares is None:
            self._shares = Importance.of(self.settings.importance, self.baseline.fit.series)
        return self._shares

    @property
    def baseline_hash(self) -> str:
        """16 hex digits over the fit in force."""
        fitted = self.baseline.fit
        if self._hashed is None or self._hashed[0] is not fitted:
            text = json.dumps(fitted.to_json(), sort_keys=True)
            self._hashed = fitted, hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        return self._hashed[1]

    def background(self, series: str) -> Background:
        held, publishers = self.baseline.of_series(series), self.publishers
        # Too few stories tell nothing of who writes a series: who writes the market then does.
        sole = publishers.sole(series if publishers.tells(series) else MARKET)
        share = self.baseline.of_class(series).share
        return Background(share, held.stories, held.negative, sole, counts_all(series))

    def evidence(self, series: str, view: WindowView) -> Evidence:
        """A window's count with its stories."""
        ids = self.windows.evidence(series, view.hours)
        told = tuple(self._told(ids))
        return Evidence("surprise", view.hours, view.n, view.count.stories, view.prediction.mean, ids, told)

    def transitions(self) -> list[tuple[OpenSpike, str]]:
        """(spike, status) since the last call, in order: `firing`, `update-<k>`, `resolved`."""
        told, self._transitions = self._transitions, []
        return told

    def drain(self) -> Outcome:
        """What came of everything since the last call."""
        outcome, self._outcome = self._outcome, Outcome()
        return outcome

    def contents(self) -> dict[str, object]:
        """All state, comparable."""
        return {
            "now": self.now,
            "gap": self.gap_ms,
            "windows": self.windows.contents(),
            "counts": self.baseline.counts.contents(),
            "fit": self.baseline.fit,
            "health": self.health,
            "publishers": self.publishers.contents(),
            "hearing": self.hearing.contents(),
            "runs": self.runs,
            "open_spikes": self.open_spikes,
        }

    def _view(self, series: str, hours: int) -> WindowView:
        count, market = self.windows.count(series, hours), self.windows.count(MARKET, hours)
        return WindowView(hours, count, self.baseline.predict(series, hours, market.stories, count.stories))

    def _judge(self, series: str) -> None:
        views, levels = self.views(series), self.levels(series)
        s, worst = spikes.worst(views)
        held = self.open_spikes.get(series)
        if held is not None:
            if spikes.grows(held, worst):
                evidence = self.evidence(series, worst)
                breadth = self._breadth(series, evidence, sole=self.background(series).sole)
                self._keep(spikes.update(held, evidence, worst, levels, breadth))
            return
        if worst.n < 2 or s < levels.surprise - spikes.NEAR_MARGIN:
            return
        self._try(series, self.evidence(series, worst), worst, self.runs.get(series, _IDLE), over=s >= levels.surprise)

    def _try(self, series: str, evidence: Evidence, worst: WindowView, run: Run, *, over: bool) -> None:
        """Opens a spike where the gates let it, else notes a near-miss."""
        levels, background = self.levels(series), self.background(series)
        gates = spikes.evidence_gates(evidence, worst.prediction.observed_hours, background, self.settings)
        failed = [gate.name for gate in gates if not gate.passed]
        if not over or failed:
            silent = failed[0] if over else "threshold"
            n, expected = evidence.n, evidence.expected
            self._miss(NearMiss(series, self.now, evidence.hours, n, expected, worst.surprise, levels.surprise, silent))
            return
        shares = {p: self.publishers.share(series, p) for p in {story.publisher for story in evidence.told}}
        held = spikes.opened(
            series,
            self.now,
            evidence,
            view=worst,
            run=run,
            levels=levels,
            gates=(*gates, *self.hearing.notes(series, self.now)),
            robust=spikes.robust(evidence, worst, background, self.settings, share_of=shares, least=levels.surprise),
            headed_by=self._head(series, evidence),
            breadth=self._breadth(series, evidence, sole=background.sole),
        )
        self.open_spikes[series] = held
        self._keep_run(series, _IDLE)
        self._outcome.spikes[held.spike.id] = held
        self._transitions.append((held, "firing"))

    def _breadth(self, series: str, evidence: Evidence, *, sole: bool) -> spikes.Breadth:
        struck = heads.struck(series, self.now, self.open_spikes, self.settings.sectors)
        return spikes.Breadth.of(evidence, self.settings, sole=sole, companies=len(struck))

    def _head(self, series: str, evidence: Evidence) -> str:
        """The id of the page that an opening goes under, or ""; a sector's spike that it makes a page is told first."""
        sectors = self.settings.sectors
        page = heads.sector_page(series, self.now, self.open_spikes, sectors)
        if page is None:
            alone = heads.heads_itself(series, self.now, self.open_spikes, sectors)
            told = partial(self.windows.evidence, hours=WINDOWS[-1])
            return "" if alone else heads.same_event(series, evidence.ids, self.now, self.open_spikes, told)
        if page.spike.headed_by:
            page = replace(page, spike=replace(page.spike, headed_by=""))
            self.open_spikes[page.spike.series] = self._outcome.spikes[page.spike.id] = page
            self._transitions.append((page, "firing"))
        return page.spike.id

    def _end_bins(self) -> None:
        for series in sorted(self.runs, key=_narrowest_first):
            hourly = self._view(series, WINDOWS[0]).prediction
            run = end_bin(self.runs[series], hourly, self.now, self.gap_ms)
            self._keep_run(series, run)
            if run.c < self.levels(series).cusum:
                continue
            evidence = Evidence(
                "cusum",
                spikes.run_hours(run, self.now),
                run.n,
                run.stories,
                run.expected,
                run.evidence,
                tuple(self._told(run.evidence)),
            )
            self._try(series, evidence, spikes.worst(self.views(series))[1], run, over=True)
        if self.gap_ms:
            self._set_gap(0)

    def _keep(self, held: OpenSpike) -> None:
        """The new state of an open spike; closed ones leave, and what a person should hear is noted."""
        spike = held.spike
        before = self.open_spikes[spike.series]
        if held == before:
            return
        self._outcome.spikes[spike.id] = held
        if spike.closed_at is not None:
            del self.open_spikes[spike.series]
            self._transitions.append((held, "resolved"))
            return
        self.open_spikes[spike.series] = held
        if held.updates > before.updates:
            self._transitions.append((held, f"update-{held.updates}"))

    def _take_fit(self, fitted: Fit) -> None:
        self._outcome.fit = fitted
        self._levels.clear()
        self._shares = None

    def _keep_run(self, series: str, run: Run) -> None:
        if run.empty:
            if self.runs.pop(series, None) is not None:
                self._outcome.runs[series] = run
        elif self.runs.get(series) != run:
            self.runs[series] = self._outcome.runs[series] = run

    def _watch(self, before: int) -> None:
        self.health = self._outcome.health = health.end_hour(
            self.health,
            self._observer,
            self.baseline.counts,
            paged=self.open_spikes,
            before=before,
            now=self.now,
            enough=self.learned and MARKET not in self.hearing.silent,
        )

    def _set_gap(self, gap_ms: int) -> None:
        self.gap_ms = self._outcome.gap_ms = gap_ms

    def _miss(self, miss: NearMiss) -> None:
        at = (miss.series, miss.at // DAY_MS)
        held = self._outcome.near_misses
        if at not in held or miss.surprise > held[at].surprise:
            held[at] = miss


def _narrowest_first(series: str) -> tuple[int, str]:
    """Of two series of one event the narrower opens first, and heads the page."""
    return heads.breadth(series), series


def _live(placement: Placement | None) -> tuple[bool, bool]:
    """Whether a story counts live, and as negative live."""
    if placement is None:
        return False, False
    return placement.first_standing is Standing.LIVE, placement.negative_standing is Standing.LIVE
