"""What a replay found, as a JSON-able object: the same bytes for the same archive, model and configuration."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from monitor.alerts.evidence import iso_time
from monitor.alerts.words import in_words
from monitor.detection.silence import Turn
from monitor.detection.spikes import OpenSpike
from monitor.memory import FoldSettings
from monitor.records import MILLION
from monitor.sink import MemorySink

NEAR_MISSES_MOST = 100


def build_report(
    archives: Sequence[Path],
    sink: MemorySink,
    settings: FoldSettings,
    *,
    watchlist: str,
    first: int,
    last: int,
    silences: Sequence[Turn] = (),
) -> dict[str, Any]:
    """The report of one replay.

    Args:
        watchlist: its content hash. first, last: ms of the first and last tick; 0 where there was none.
        silences: those that began or ended, in order.
    """
    under: dict[str, list[str]] = {}
    for held in sink.spikes.values():
        if held.spike.headed_by:
            under.setdefault(held.spike.headed_by, []).append(held.spike.series)
    pages = sorted(
        (held for held in sink.spikes.values() if not held.spike.headed_by),
        key=lambda held: (held.spike.opened_at, held.spike.id),
    )
    misses = sorted(sink.near_misses.values(), key=lambda m: (-m.surprise, m.at, m.series))
    days = (last - first) / 86_400_000
    return {
        "archives": [{"name": path.name, "sha256": _sha256(path)} for path in archives],
        "from": iso_time(first) if first else None,
        "to": iso_time(last) if last else None,
        "model": settings.instrument.model,
        "watchlist": watchlist,
        "settings": {
            "tau": settings.instrument.tau / MILLION,
            "false_pages_per_day": settings.detection.false_pages_per_day,
            "min_stories": settings.detection.min_stories,
            "min_publishers": settings.detection.min_publishers,
            "news_time_zone": settings.zone,
        },
        "articles": sink.articles,
        "stories": len(sink.stories),
        "copies": sink.articles - len(sink.stories),
        "developments": sum(len(story.developments) for story in sink.stories.values()),
        "stale": sum(story.stale for story in sink.stories.values()),
        "unscored": sink.unscored,
        "refused": dict(sorted(Counter(reason for _, reason in sink.refused).items())),
        "pages_per_day": round(len(pages) / days, 4) if days > 0 else None,
        "alerts": [_alert(held, under.get(held.spike.id, []), settings, sink) for held in pages],
        "blind": _blind(silences, settings),
        "near_misses": [
            {
                "series": miss.series,
                "at": iso_time(miss.at),
                "window_hours": miss.window,
                "n": miss.n,
                "expected": miss.expected,
                "surprise": miss.surprise,
                "threshold": miss.threshold,
                "kept_silent_by": miss.kept_silent_by,
            }
            for miss in misses[:NEAR_MISSES_MOST]
        ],
    }


def _alert(held: OpenSpike, under: Sequence[str], settings: FoldSettings, sink: MemorySink) -> dict[str, Any]:
    spike = held.spike
    return {
        "id": spike.id,
        "series": spike.series,
        "label": settings.label(spike.series),
        "opened_at": iso_time(spike.opened_at),
        "closed_at": None if spike.closed_at is None else iso_time(spike.closed_at),
        "severity": spike.severity,
        "in_words": in_words(spike.n, spike.window, spike.expected),
        "by": spike.by,
        "window_hours": spike.window,
        "n": spike.n,
        "of_stories": spike.stories,
        "expected": spike.expected,
        "surprise": spike.surprise,
        "threshold": spike.threshold,
        "cusum": spike.cusum,
        "cusum_threshold": spike.cusum_threshold,
        "robust": spike.robust,
        "peak_n": held.peak_n,
        "peak_surprise": held.peak_surprise,
        "stories": len(spike.evidence),
        "publishers": spike.publishers,
        "also_in": sorted(under),
        "gates": [{"name": g.name, "passed": g.passed, "detail": g.detail} for g in spike.gates],
        "evidence": [
            {"id": unit_id, "title": told.first_text, "publisher": told.publisher, "stale": told.stale}
            for unit_id, told in ((unit_id, sink.unit(unit_id)) for unit_id in spike.evidence)
        ],
    }


def _blind(silences: Sequence[Turn], settings: FoldSettings) -> list[dict[str, Any]]:
    """Every silence from the tick that found it to the one that ended it, or none."""
    found: list[dict[str, Any]] = []
    still: dict[str, dict[str, Any]] = {}
    for turn in silences:
        if turn.became != "silent":
            still.pop(turn.key)["to"] = iso_time(turn.at)
            continue
        held = turn.silence
        still[turn.key] = {
            "key": turn.key,
            "label": settings.label(turn.key),
            "from": iso_time(turn.at),
            "to": None,
            "window_hours": held.hours,
            "n": held.n,
            "usual": held.usual,
        }
        found.append(still[turn.key])
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
