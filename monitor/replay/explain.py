"""Every number of an alert again, from the article rows; or what kept a series silent at a time."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from monitor.alerts.evidence import in_words, iso_time
from monitor.detection.cusum import Run
from monitor.detection.spikes import WindowView, evidence_gates
from monitor.errors import InputError
from monitor.fold import Fold
from monitor.memory import FoldSettings
from monitor.records import Spike
from monitor.replay.refold import refold
from monitor.storage import queries
from monitor.storage.store import Store


def recompute(store: Store, settings: FoldSettings, alert_id: str) -> tuple[dict[str, Any], bool]:
    """The alert's numbers as stored and as folded again from the articles before it; True where all agree.

    Raises InputError: no such alert.
    """
    with store.reader() as db:
        held = queries.spike(db, alert_id)
        if held is None:
            raise InputError(f"explain: there is no alert {alert_id!r} in {store.path}")
        stored = held.spike
        again: Spike | None = None
        for _, _, folded in refold(db, settings, until=stored.opened_at):
            again = next((s for s in folded.opened if s.id == alert_id), None)
            if again is not None:
                break
        differs = _differences(stored, again)
    report = {
        "id": stored.id,
        "series": stored.series,
        "label": settings.label(stored.series),
        "in_words": in_words(stored.n, stored.window, stored.expected),
        "opened_at": iso_time(stored.opened_at),
        "closed_at": None if stored.closed_at is None else iso_time(stored.closed_at),
        "by": stored.by,
        "window_hours": stored.window,
        "n": stored.n,
        "of_stories": stored.stories,
        "expected": stored.expected,
        "surprise": stored.surprise,
        "threshold": stored.threshold,
        "cusum": stored.cusum,
        "cusum_threshold": stored.cusum_threshold,
        "robust": stored.robust,
        "severity": stored.severity,
        "headed_by": stored.headed_by or None,
        "gates": [{"name": g.name, "passed": g.passed, "detail": g.detail} for g in stored.gates],
        "baseline": stored.baseline,
        "evidence": list(stored.evidence),
        "recomputed": again is not None and not differs,
        "differs": differs,
    }
    return report, not differs


def missed(store: Store, settings: FoldSettings, series: str, at: int) -> tuple[dict[str, Any], bool]:
    """What a series' windows, threshold and gates were at a time (ms), from the article rows.

    Raises InputError: the store holds nothing before that time.
    """
    last: Fold | None = None
    with store.reader() as db:
        for _, fold, _ in refold(db, settings, until=at):
            last = fold
        if last is None or last.memory.now < 0:
            raise InputError(f"explain: {store.path} holds nothing before {iso_time(at)}")
        windows = [_window(view, last, series) for view in last.views(series)]
    detector = last.memory.detector
    levels = detector.levels(series)
    held, run = detector.open_spikes.get(series), detector.runs.get(series, Run())
    return {
        "series": series,
        "label": settings.label(series),
        "at": iso_time(last.memory.now),
        "threshold": levels.surprise,
        "cusum": {"c": run.c, "threshold": levels.cusum, "n": run.n, "expected": run.expected},
        "open_alert": held.spike.id if held else None,
        "windows": windows,
    }, True


def _window(view: WindowView, fold: Fold, series: str) -> dict[str, Any]:
    detector, settings = fold.memory.detector, fold.settings.detection
    level = detector.levels(series).surprise
    gates = evidence_gates(
        detector.evidence(series, view), view.prediction.observed_hours, detector.background(series), settings
    )
    silent = [] if view.surprise >= level else [f"surprise {view.surprise:.2f} is below the threshold {level:.2f}"]
    silent += [f"{g.name}: {g.detail}" for g in gates if not g.passed]
    return {
        "hours": view.hours,
        "n": view.n,
        "in_words": in_words(view.n, view.hours, view.prediction.mean),
        "expected": view.prediction.mean,
        "surprise": view.surprise,
        "pages_at": view.pages_at(level, settings.min_stories),
        "baseline": view.prediction.parameters(),
        "gates": [{"name": g.name, "passed": g.passed, "detail": g.detail} for g in gates],
        "kept_silent_by": silent,
    }


def _differences(stored: Spike, again: Spike | None) -> list[str]:
    if again is None:
        return ["the articles before it do not open this alert again (other scores, rows or settings)"]
    # What the opening fixed; a spike that grew is critical by what came after, and a sector's may have got a page.
    names = [f.name for f in fields(Spike) if f.name not in ("closed_at", "severity", "headed_by")]
    return [
        f"{name}: stored {getattr(stored, name)!r}, recomputed {getattr(again, name)!r}"
        for name in names
        if getattr(stored, name) != getattr(again, name)
    ]
