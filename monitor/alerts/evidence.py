"""An alert in words and as the JSON that leaves the house. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor import __version__
from monitor.detection.silence import BLIND
from monitor.detection.spikes import OpenSpike
from monitor.records import MILLION, Spike, Story

_HEADLINES = 10  # what a person reads before acting; all of the evidence stays in the store
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_words(n: int, window: int, expected: float) -> str:
    """A surge in plain words.

    Args:
        n: bad stories seen in the last `window` hours; from two days on told in days. expected: the baseline's mean for
            as long.

    >>> in_words(9, 1, 1 / 6)
    '9 bad stories in 1 h, usually 1 in 6 h'
    >>> in_words(12, 6, 2.4)
    '12 bad stories in 6 h, usually 2.4'
    >>> in_words(19, 95, 3.4)
    '19 bad stories in 4 days, usually 3.4'
    """
    stories = "1 bad story" if n == 1 else f"{n} bad stories"
    span = f"{window} h" if window < 48 else f"{window / 24:.0f} days"
    return f"{stories} in {span}, usually {_usual(window, expected)}"


def _usual(window: int, expected: float) -> str:
    if expected >= 9.5:
        return f"{expected:.0f}"
    if expected >= 0.95:
        return f"{expected:.1f}".removesuffix(".0")
    # Below that, how long one story takes says more than a fraction of a story.
    hours = window / expected if expected > 0 else math.inf
    if hours < 48:
        return f"1 in {hours:.0f} h"
    if hours < 24 * 14:
        return f"1 in {hours / 24:.0f} days"
    if hours < 24 * 7 * 26:
        return f"1 in {hours / 24 / 7:.0f} weeks"
    return "next to none"


def alert_body(
    held: OpenSpike, *, status: str, at: int, label: str, stories: Sequence[Story], model: str
) -> dict[str, Any]:
    """The body of an alert: complete in itself, JSON-able, the same for the same transition.

    Args:
        status: `firing`, `update-1` and so on, or `resolved`. at: the transition, ms.
        label: the series' name for people.
        stories: the evidence as its units tell it, in any order; the most negative become the headlines.
        model: the model folder's content hash.
    """
    spike = held.spike
    blind = blind_words(spike)
    worst = sorted(stories, key=lambda story: (-(story.negative or 0), story.first_at, story.id))[:_HEADLINES]
    return {
        "id": spike.id,
        "status": status,
        "severity": spike.severity,
        "series": spike.series,
        "label": label,
        "at": iso_time(at),
        "by": spike.by,
        "window": spike.window,
        "n": spike.n,
        "stories": spike.stories,
        "expected": _finite(spike.expected),
        "surprise": _finite(spike.surprise),
        "threshold": _finite(spike.threshold),
        "cusum": _finite(spike.cusum),
        "cusum_threshold": _finite(spike.cusum_threshold),
        "peak_n": held.peak_n,
        "peak_surprise": _finite(held.peak_surprise),
        "robust": spike.robust,
        "opened_at": iso_time(spike.opened_at),
        "closed_at": None if spike.closed_at is None else iso_time(spike.closed_at),
        "in_words": in_words(spike.n, spike.window, spike.expected),
        "gates": [
            {"name": gate.name, "passed": gate.passed, "detail": gate.detail}
            for gate in spike.gates
            if gate.name != BLIND
        ],
        **({"blind": blind} if blind else {}),
        "headlines": [_headline(story) for story in worst],
        "model": model,
        "version": __version__,
    }


def blind_words(spike: Spike) -> list[str]:
    """What could not be heard when it opened, a line each."""
    return [gate.detail for gate in spike.gates if gate.name == BLIND]


def iso_time(ms: int) -> str:
    """RFC 3339 in UTC, to the second; years outside 1 to 9999 are clamped.

    >>> iso_time(1_700_000_000_999)
    '2023-11-14T22:13:20Z'
    """
    try:
        moment = _EPOCH + timedelta(seconds=ms // 1_000)
    except OverflowError:
        moment = datetime.max if ms > 0 else datetime.min
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}Z"


def _headline(story: Story) -> dict[str, Any]:
    return {
        "title": story.first_text,
        "publisher": story.publisher,
        "url": story.url,
        "published_at": iso_time(story.first_at),
        "p_negative": None if story.negative is None else story.negative / MILLION,
        "copies": story.copies,
        "publishers": len(story.publishers),
        "stale": story.stale,
    }


def _finite(number: float) -> float | None:
    """JSON has no infinity: a count that is impossible under the baseline has no finite surprise."""
    return number if math.isfinite(number) else None
