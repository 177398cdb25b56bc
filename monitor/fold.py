"""The fold: the one sequential step that owns all keyed state. Pure: records in, `Effects` of one transaction out.

What it holds in memory is a function of the store alone (`restore` builds it again), so a kill at any instant loses
nothing but work. Fed the same records in the same order it gives the same stories, buckets, spikes and alerts, bit
for bit; nothing here reads a clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.aggregation.members import members
from monitor.aggregation.placement import Placement, add, place
from monitor.alerts import routes
from monitor.alerts.evidence import Circumstances, Ledger, alert_body
from monitor.detection.budget import Levels
from monitor.detection.silence import Turn
from monitor.detection.spikes import OpenSpike, WindowView
from monitor.ingest import past
from monitor.ingest.sourcing import Sources, more_news
from monitor.ingest.stories import title_companies
from monitor.instrument import Recount
from monitor.memory import FoldSettings, Memory
from monitor.records import (
    DAY_MS,
    HOUR_MS,
    Alert,
    Bucket,
    Development,
    Mode,
    PastText,
    Position,
    Prepared,
    Refusal,
    Spike,
    Standing,
    Story,
    Tick,
)
from monitor.storage.effects import ArticleRow, Effects, OutboxRow, Role, outbox_id

# Keys outlive 30 days (`store.retention.articles` has a greater least): what is told again within them is known.
# Whether an older article was counted before nobody can tell for ever, so it is shown and counts nowhere.
KEYS_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class Folded:
    """One batch's outcome: what to commit, and what only the counters want to know."""

    effects: Effects
    duplicates: int
    opened: tuple[Spike, ...]
    closed: tuple[Spike, ...]
    silences: tuple[Turn, ...] = ()


class Fold:
    """Takes records one by one; `take` hands out what they come to."""

    def __init__(self, settings: FoldSettings, memory: Memory | None = None) -> None:
        self.settings = settings
        self.memory = memory or Memory.empty(settings)
        self._keys: dict[str, list[tuple[str, str]]] = {}
        self._past: dict[int, PastText] = {}
        self._at = Ledger(-1)  # of the record that is being folded
        self._start_batch()

    def learn_keys(self, known: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """What the store knows of the coming batch's keys: key -> [(text_hash, story_id)]. Call before `article`."""
        self._keys = {key: list(entries) for key, entries in known.items()}

    def learn_past(self, texts: Mapping[int, PastText]) -> None:
        """What the store remembers of the coming batch's texts, by fingerprint. Call before `article`."""
        self._past = dict(texts)

    def article(self, prepared: Prepared, folded_at: int) -> None:
        """One article: duplicate, revision, copy or new; counted, judged."""
        memory, article = self.memory, prepared.article
        known = self._keys.setdefault(article.key, [])
        if any(text_hash == prepared.text_hash for text_hash, _ in known):
            self._duplicates += 1
            return
        standing = self._standing(prepared)
        role: Role = "revision"
        story_id = unit_id = known[0][1] if known else ""
        wider = False
        if not known:
            role, story_id, unit_id, wider = self._tell(prepared)
        known.append((prepared.text_hash, story_id))
        self._effects.articles.append(
            ArticleRow(memory.next_seq, prepared, standing, story_id, unit_id, role, folded_at)
        )
        memory.next_seq += 1
        self._at = Ledger(folded_at, article.published_at, article.received_at, prepared.scored_at, folded_at)
        if role != "revision":
            if standing is Standing.LIVE:
                memory.detector.hearing.article(article.source, article.event_time)
            self._count(prepared, standing, story_id, unit_id, wider=wider)

    def tick(self, tick: Tick) -> None:
        """A minute of the clock. One that goes back is dropped, unless it tells of an hour that nobody observed."""
        memory = self.memory
        hour = tick.at // HOUR_MS
        if tick.at <= memory.now:
            counts = memory.detector.baseline.counts
            if tick.mode is Mode.HISTORY and not counts.observed(hour) and counts.remembers(hour):
                self._effects.ticks.append((memory.next_seq, tick))
                memory.next_seq += 1
                counts.observe(hour)
            return
        self._effects.ticks.append((memory.next_seq, tick))
        memory.next_seq += 1
        if tick.mode is Mode.LIVE and memory.sources.began < 0:
            self._know(replace(memory.sources, began=tick.at))
        if tick.at // DAY_MS != memory.now // DAY_MS:
            self._forget_texts(tick.at - past.KEPT_MS)
        for unit_id in memory.stories.expire(tick.at):
            memory.placements.pop(unit_id, None)
        memory.detector.tick(tick)
        self._at = Ledger(tick.at)
        self._tell_people()

    def due(self) -> Recount | None:
        """The recount that admits the sources whose trial is over; to be done before anything else is taken."""
        memory = self.memory
        tried = memory.sources.tried(memory.now, self.settings.trial_ms)
        if not tried:
            return None
        # What they told may have joined what began so long before.
        since = min(memory.sources.heard[source] for source in tried) - 2 * self.settings.longest_story_ms
        return Recount(memory.now, since, memory.instrument, memory.instrument, tried)

    def recount(
        self, recount: Recount, rows: Iterable[ArticleRow], placed: Mapping[str, Mapping[str, Placement]]
    ) -> None:
        """Counts the past again with another instrument; nothing is judged by it, so that it pages nobody.

        Args:
            rows: the articles of `recount.since` and later, in sequence, as they are read now.
            placed: where their units are counted, by unit and series.
        """
        memory, detector = self.memory, self.memory.detector
        self._effects.recounts.append((memory.next_seq, recount))
        memory.next_seq += 1
        memory.instrument = recount.after
        # Whole hours in which the admitted sources were listened to.
        first = min((memory.sources.heard[source] for source in recount.admitted), default=memory.now) // HOUR_MS + 1
        self._know(memory.sources.admit(recount.admitted))
        before = detector.baseline.counts.volumes(first)
        for unit_id, again in self._placed_again(rows, recount.since + self.settings.longest_story_ms).items():
            held = placed.get(unit_id, {})
            for series in sorted(held.keys() | again.keys()):
                self._add_up(detector.recount(held.get(series), again.get(series)))
                if series not in again:
                    self._effects.unplaced.append((unit_id, series))
            changed = {series: after for series, after in again.items() if after != held.get(series)}
            if changed:
                self._placements.setdefault(unit_id, {}).update(changed)
            if memory.stories.unit(unit_id) is not None:
                memory.placements.pop(unit_id, None)
                if again:
                    memory.placements[unit_id] = dict(again)
        grown = more_news(before, detector.baseline.counts.volumes(first)) if recount.admitted else ()
        detector.recounted(dict.fromkeys(grown, first), read_again=recount.before != recount.after)
        self._effects.meta["instrument"] = str(recount.after)
        self._effects.meta["since"] = json.dumps(detector.baseline.counts.since)

    def _placed_again(self, rows: Iterable[ArticleRow], since: int) -> dict[str, dict[str, Placement]]:
        """Where the units that began since then are counted now, by unit and series."""
        trial = self.memory.sources.trial
        found: dict[str, dict[str, Placement]] = {}
        for row in rows:
            unit_id, source = row.unit_id, row.prepared.article.source
            if row.role in ("new", "development") and row.prepared.article.event_time >= since:
                found[unit_id] = {}
            if row.role == "revision" or unit_id not in found:
                continue
            admitted = row.standing is Standing.TRIAL and source not in trial
            standing = Standing.HISTORY if admitted else row.standing
            placed = found[unit_id]
            for series, member in members(row.prepared, standing, self.memory.instrument.tau):
                placed[series] = place(placed.get(series), unit_id, row.story_id, series, member)
        return found

    def _know(self, sources: Sources) -> None:
        self.memory.sources = sources
        self._effects.meta["sources"] = json.dumps(sources.to_json())

    def refusal(self, refusal: Refusal) -> None:
        self._effects.refusals.append(refusal)

    def position(self, position: Position) -> None:
        """The last one of each partition counts."""
        self._positions[position.source, position.partition] = position

    def views(self, series: str) -> tuple[WindowView, ...]:
        """Both windows of a series as they stand now."""
        return self.memory.detector.views(series)

    def levels(self, series: str) -> Levels:
        """The thresholds at which a series pages now."""
        return self.memory.detector.levels(series)

    def take(self) -> Folded:
        """Everything since the last `take`, for one transaction."""
        effects = self._effects
        effects.stories.extend(self._stories.values())
        effects.story_series.extend(p for placed in self._placements.values() for p in placed.values())
        effects.buckets.extend(b for b in self._buckets.values() if b != Bucket(b.series, b.minute))
        outcome = self.memory.detector.drain()
        effects.spikes.extend(outcome.spikes.values())
        effects.near_misses.extend(outcome.near_misses.values())
        effects.runs.update(outcome.runs)
        if outcome.fit is not None:
            effects.meta["fit"] = json.dumps(outcome.fit.to_json())
        if outcome.gap_ms is not None:
            effects.meta["gap_ms"] = str(outcome.gap_ms)
        if outcome.health is not None:
            effects.meta["health"] = json.dumps(outcome.health.to_json())
        silences, learnt = self.memory.detector.hearing.drain()
        effects.meta.update((name, json.dumps(value)) for name, value in learnt.items())
        effects.positions.extend(self._positions.values())
        effects.watermarks.update(self._watermarks)
        effects.texts.extend(self._texts.values())
        folded = Folded(effects, self._duplicates, tuple(self._opened), tuple(self._closed), tuple(silences))
        self._start_batch()
        return folded

    def _start_batch(self) -> None:
        self._effects = Effects()
        self._stories: dict[str, Story] = {}
        self._placements: dict[str, dict[str, Placement]] = {}
        self._buckets: dict[tuple[str, int], Bucket] = {}
        self._positions: dict[tuple[str, str], Position] = {}
        self._watermarks: dict[str, int] = {}
        self._texts: dict[int, PastText] = {}
        self._opened: list[Spike] = []
        self._closed: list[Spike] = []
        self._duplicates = 0

    def _standing(self, prepared: Prepared) -> Standing:
        article = prepared.article
        old = article.event_time < self.memory.now - KEYS_MS
        if article.mode is Mode.HISTORY and (
            old or self.memory.detector.baseline.counts.observed_live(article.event_time // HOUR_MS)
        ):
            return Standing.BACKLOG  # that hour's news was counted as it came, under its own sources' keys
        if article.mode is Mode.HISTORY:
            return Standing.HISTORY
        sources = self.memory.sources
        if article.source not in sources.heard:
            self._know(sources := sources.hear(article.source, self.memory.now, self.settings.trial_ms))
        if article.mode is Mode.BACKLOG or old:
            return Standing.BACKLOG
        watermark = self.memory.watermarks.get(article.source, 0)
        if article.event_time > watermark:
            self.memory.watermarks[article.source] = self._watermarks[article.source] = article.event_time
        if article.source in sources.trial:
            return Standing.TRIAL
        return Standing.LATE if article.event_time < watermark - self.settings.lateness_ms else Standing.LIVE

    def _add_up(self, deltas: Iterable[Bucket]) -> None:
        for delta in deltas:
            at = (delta.series, delta.minute)
            self._buckets[at] = add(self._buckets[at], delta) if at in self._buckets else delta

    def _tell(self, prepared: Prepared) -> tuple[Role, str, str, bool]:
        """What the article is to its story, that story, its unit, and whether it has been told in other words now."""
        stories, article = self.memory.stories, prepared.article
        story = stories.find(prepared.title, title_companies(prepared), article.event_time)
        role: Role = "copy"
        unit_id, before = article.key, 0
        stale = self._remember(prepared)
        if story is None:
            story, role = stories.open(self.memory.next_seq, prepared, stale=stale), "new"
        else:
            before = len(story.tellings)
            story, unit_id = stories.join(story, prepared, stale=stale)
            if unit_id == article.key:
                role = "development"
        self._stories[story.id] = story
        return role, story.id, unit_id, len(story.tellings) > before

    def _remember(self, prepared: Prepared) -> bool:
        """Takes the article's texts up into what has been told; says whether they were old news before it."""
        found, at, window = past.fingerprints(prepared), prepared.article.event_time, self.settings.story_window_ms
        stale = past.is_stale(prepared, [self._past[f] for f in found if f in self._past], window)
        for fingerprint in found:
            text = past.remember(self._past.get(fingerprint), fingerprint, at, window)
            self._past[fingerprint] = self._texts[fingerprint] = text
        return stale

    def _forget_texts(self, since: int) -> None:
        """Lets go of texts last told before then, in the store and in this batch."""
        self._effects.forget_texts(since)
        self._past = {f: text for f, text in self._past.items() if text.last_at >= since}
        self._texts = {f: text for f, text in self._texts.items() if text.last_at >= since}

    def _count(self, prepared: Prepared, standing: Standing, story_id: str, unit_id: str, *, wider: bool) -> None:
        memory = self.memory
        placed = memory.placements.get(unit_id, {})  # none for a unit that feeds no series
        for series, member in members(prepared, standing, memory.instrument.tau):
            before = placed.get(series)
            after = place(before, unit_id, story_id, series, member)
            if after == before:
                continue
            placed[series] = after
            memory.placements[unit_id] = placed
            self._placements.setdefault(unit_id, {})[series] = after
            self._add_up(memory.detector.place(before, after))
        if wider:
            story = memory.stories.get(story_id)
            for told in (story_id, *(turn.id for turn in story.developments)) if story else ():
                for placement in memory.placements.get(told, {}).values():
                    memory.detector.widened(placement)
        memory.detector.judge()
        self._tell_people()

    def _tell_people(self) -> None:
        """One alert for each transition since the last call, in order."""
        for held, status in self.memory.detector.transitions():
            spike = held.spike
            if status == "firing":
                self._opened.append(spike)
            elif status == "resolved":
                self._closed.append(spike)
            self._alert(held, status, self.memory.now)

    def _alert(self, held: OpenSpike, status: str, at: int) -> None:
        """One alert a transition, and one outbox row an endpoint; a spike under another's page sends none."""
        spike, memory, settings = held.spike, self.memory, self.settings
        if spike.headed_by:
            return
        about = Circumstances(
            at=at,
            label=settings.label(spike.series),
            stories=memory.stories.told(held.told.evidence),
            denials=self._denials(spike.series),
            ledger=self._at,
            model=memory.instrument.model,
            configuration=settings.hash,
            baseline=memory.detector.baseline_hash,
        )
        body = alert_body(held, status, about)
        alert = Alert(spike.id, status, at, spike.severity, body)
        self._effects.alerts.append(alert)
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        turn = held.updates + (status == "resolved")
        self._effects.outbox.extend(
            OutboxRow(outbox_id(alert, endpoint), alert.id, endpoint, text, at, at, turn)
            for endpoint in routes.told(settings.endpoints, spike.severity)
        )

    def _denials(self, series: str) -> list[Development]:
        """What was denied or corrected of the series in the last day."""
        memory, since = self.memory, self.memory.now - DAY_MS
        return [
            denial
            for story in memory.stories.denied()
            if any(
                series in memory.placements.get(unit, {}) for unit in (story.id, *(d.id for d in story.developments))
            )
            for denial in story.denials
            if denial.at >= since
        ]
