"""Every number of an alert again, from the article rows; or what kept a series silent at a time."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Connection

from monitor.alerts.evidence import iso_time
from monitor.alerts.words import in_words
from monitor.detection.cusum import Run
from monitor.detection.spikes import WindowView, evidence_gates
from monitor.errors import InputError
from monitor.fold import Fold
from monitor.memory import FoldSettings
from monitor.records import Spike
from monitor.replay.pinned import compare
from monitor.replay.refold import refold
from monitor.storage import queries
from monitor.storage.retention import Cut, cut
from monitor.storage.store import Store


def recompute(
    store: Store, settings: FoldSettings, alert_id: str, *, pinned_only: bool = False
) -> tuple[dict[str, Any], bool]:
    """The alert's numbers as stored, by what it pinned, and as folded again from the articles before it.

    True where all agree. Where retention has taken the beginning of the sequence there is nothing to fold again from:
    then by what it pinned alone, which stays.

    Args:
        pinned_only: without the fold, which takes as long as the store is old.

    Raises InputError: no such alert.
    """
    with store.reader() as db:
        held = queries.spike(db, alert_id)
        if held is None:
            raise InputError(f"explain: there is no alert {alert_id!r} in {store.name}")
        stored = held.spike
        differs = _configured(db, settings, alert_id)
        differs += compare(db, stored, settings.longest_story_ms)
        gone = cut(db)
        if not pinned_only and not gone.numbers:
            steps = refold(db, settings, until=stored.opened_at)
            found = (spike for _, _, folded in steps for spike in folded.opened if spike.id == alert_id)
            differs += _differences(stored, next(found, None))
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
        "recomputed": not differs,
        "from": _from(gone, pinned_only=pinned_only),
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
            raise InputError(f"explain: {store.name} holds nothing before {iso_time(at)}")
        windows = [_window(view, last, series) for view in last.views(series)]
        gone = cut(db)
    detector = last.memory.detector
    levels = detector.levels(series)
    held, run = detector.open_spikes.get(series), detector.runs.get(series, Run())
    return {
        "series": series,
        "label": settings.label(series),
        "at": iso_time(last.memory.now),
        "from": f"what is kept, from {iso_time(gone.since)} on" if gone.numbers else "all that came before it",
        "threshold": levels.surprise,
        "cusum": {"c": run.c, "threshold": levels.cusum, "n": run.n, "expected": run.expected},
        "open_alert": held.spike.id if held else None,
        "windows": windows,
    }, True


def _from(gone: Cut, *, pinned_only: bool) -> str:
    if gone.numbers:
        return f"its articles; of what came before it, all before {iso_time(gone.since)} is past its retention"
    return "its articles" if pinned_only else "its articles, and all that came before it"


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


def _configured(db: Connection, settings: FoldSettings, alert_id: str) -> list[str]:
    """Whether the alert was made with another configuration than this: then other numbers are no fault of the store."""
    body = queries.alert_body(db, alert_id)
    made_with = str((body or {}).get("configuration", settings.hash))
    if made_with == settings.hash:
        return []
    return [
        f"configuration: the alert was made with {made_with}, this is {settings.hash}: give the one of then with -c"
    ]


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
