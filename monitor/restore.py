"""The fold's memory built again from the store, equal to what it was before the restart."""

from __future__ import annotations

import json

from sqlalchemy import Connection

from monitor.aggregation.windows import LONGEST_MINUTES
from monitor.detection.counts import GUARD_HOURS, HISTORY_HOURS
from monitor.detection.detector import Detector
from monitor.detection.fit import Fit
from monitor.detection.health import Health
from monitor.detection.silence import SPANS
from monitor.detection.volume import SOURCE
from monitor.ingest.sourcing import Sources
from monitor.instrument import Instrument
from monitor.memory import FoldSettings, Memory
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket
from monitor.storage import rebuild
from monitor.storage.store import Store


def restore(store: Store, settings: FoldSettings) -> Memory:
    """Everything the fold holds, read in one snapshot.

    Stories are held from the last tick that moved the clock on: those whose last article is within the window before
    it, and those touched since.
    """
    memory, share = Memory.empty(settings), rebuild.sharing()
    with store.reader() as db:
        memory.next_seq = rebuild.max_seq(db) + 1
        measured = rebuild.meta(db, "instrument")
        if measured is not None:
            memory.instrument = Instrument.parse(measured)
        last = rebuild.last_tick(db)
        tick_seq, now = (last[0], last[1].at) if last else (0, -1)
        active = {s.id: s for s in rebuild.active_stories(db, now - settings.story_window_ms, share)}
        active.update((s.id, s) for s in rebuild.touched_since(db, tick_seq, share))
        for story in sorted(active.values(), key=lambda s: s.first_seq):
            memory.stories.restore(story)
        memory.placements = rebuild.placements_of_units(db, rebuild.units_of(active.values()), share)

        detector = memory.detector
        detector.now = now
        if now >= 0:
            detector.windows.advance(now)
            detector.publishers.advance(now)
        for placement in rebuild.placements_since(db, now // MINUTE_MS - LONGEST_MINUTES, share):
            detector.windows.place(None, placement)
        first_day = now // DAY_MS - 28
        for series, publisher, day, stories in rebuild.publisher_counts(db, (first_day + 1) * DAY_MS):
            detector.publishers.load(series, publisher, day, stories)

        if now >= 0:
            detector.baseline.resume(now)
        oldest = now // HOUR_MS - GUARD_HOURS - HISTORY_HOURS + 1
        for series, hour, stories, negative in rebuild.hour_counts(db, oldest * 60):
            detector.baseline.counts.count(Bucket(series, hour * 60, stories=stories, negative=negative))
        for hour, live in rebuild.observed_hours(db, oldest * HOUR_MS).items():
            detector.baseline.counts.observe(hour, live=live)
        fitted = rebuild.meta(db, "fit")
        if fitted is not None:
            detector.baseline.fit = Fit.from_json(json.loads(fitted))
        detector.baseline.counts.since = json.loads(rebuild.meta(db, "since") or "{}")
        known = rebuild.meta(db, "sources")
        if known is not None:
            memory.sources = Sources.from_json(json.loads(known))
        _restore_hearing(db, detector, oldest)
        detector.gap_ms = int(rebuild.meta(db, "gap_ms") or 0)
        health = rebuild.meta(db, "health")
        if health is not None:
            detector.health = Health.from_json(json.loads(health))
        detector.runs = rebuild.runs(db)
        detector.open_spikes = {s.spike.series: s for s in rebuild.open_spikes(db)}
        memory.watermarks = rebuild.watermarks(db)
    return memory


def _restore_hearing(db: Connection, detector: Detector, oldest: int) -> None:
    """Volumes by source since the epoch hour `oldest`, the minutes listened to, what is usual and what is silent."""
    hearing, now = detector.hearing, detector.now
    if now >= 0:
        hearing.resume(now)
    for source, hour, articles in rebuild.source_hours(db, oldest * HOUR_MS):
        hearing.sources.count(Bucket(SOURCE + source, hour * 60, stories=articles))
    hearing.minutes = rebuild.live_minutes(db, (now // HOUR_MS - SPANS[-1]) * HOUR_MS)
    volumes, silent = rebuild.meta(db, "volumes"), rebuild.meta(db, "silent")
    hearing.load(json.loads(volumes or "null"), json.loads(silent or "null"))
