"""An alert in words and as the JSON that leaves the house. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor import __version__
from monitor.alerts.words import in_words
from monitor.detection.silence import BLIND
from monitor.detection.spikes import OpenSpike
from monitor.records import MILLION, Development, Spike, Story

_HEADLINES = 10  # what a person reads before acting; all of the evidence stays in the store
_DENIALS = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the time went from the article that tipped a transition to its being seen; ms, None where not known.

    What a tick brings about, silence or the cumulative sum, has no article: only `detected_at`.

    Attributes:
        committed_at: when it was counted and judged, in the transaction that then was committed.
    """

    detected_at: int
    published_at: int | None = None
    received_at: int | None = None
    scored_at: int | None = None
    committed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What there is to know of a transition besides its spike.

    Attributes:
        at: the transition, ms. label: the series' name for people.
        stories: the evidence as its units tell it, in any order; the most negative become the headlines.
        denials: what denies or corrects news of the series, of the last day, in any order.
        model, configuration, baseline: content hashes of what it was measured with.
    """

    at: int
    label: str
    stories: Sequence[Story]
    denials: Sequence[Development]
    ledger: Ledger
    model: str
    configuration: str
    baseline: str


def alert_body(held: OpenSpike, status: str, about: Circumstances) -> dict[str, Any]:
    """The body of an alert: complete in itself, JSON-able, the same for the same transition.

    Counts are those of the message: of the opening, of the update, and where it is over, of the last one that was told.

    Args:
        status: `firing`, `update-1` and so on, or `resolved`.
    """
    spike, told = held.spike, held.told
    blind = blind_words(spike)
    later = status.startswith("update")
    worst = sorted(about.stories, key=lambda story: (-(story.negative or 0), story.first_at, story.id))[:_HEADLINES]
    latest = sorted(about.denials, key=lambda denial: (-denial.at, denial.id))[:_DENIALS]
    return {
        "id": spike.id,
        "status": status,
        "severity": spike.severity,
        "escalated": later and told.escalated,
        "series": spike.series,
        "label": about.label,
        "at": iso_time(about.at),
        "by": spike.by,
        "window": told.window,
        "n": told.n,
        "stories": told.stories,
        "expected": _finite(told.expected),
        "band": list(told.usual),
        "surprise": _finite(told.surprise),
        "threshold": _finite(spike.threshold),
        "cusum": _finite(spike.cusum),
        "cusum_threshold": _finite(spike.cusum_threshold),
        "peak_n": held.peak_n,
        "peak_surprise": _finite(held.peak_surprise),
        "publishers": told.publishers,
        "robust": spike.robust,
        "opened_at": iso_time(spike.opened_at),
        "closed_at": None if spike.closed_at is None else iso_time(spike.closed_at),
        "in_words": in_words(told.n, told.window, told.expected),
        "gates": [
            {"name": gate.name, "passed": gate.passed, "detail": gate.detail}
            for gate in spike.gates
            if gate.name != BLIND
        ],
        **({"blind": blind} if blind else {}),
        "new_stories": len(told.news) if later else 0,
        "headlines": [_headline(story, new=later and story.id in told.news) for story in worst],
        "denials": [_denial(denial) for denial in latest],
        "ledger": {name: None if at is None else iso_time_ms(at) for name, at in asdict(about.ledger).items()},
        "model": about.model,
        "configuration": about.configuration,
        "baseline": about.baseline,
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


def iso_time_ms(ms: int) -> str:
    """RFC 3339 in UTC, to the millisecond.

    >>> iso_time_ms(1_700_000_000_999)
    '2023-11-14T22:13:20.999Z'
    """
    return f"{iso_time(ms)[:-1]}.{ms % 1_000:03d}Z"


def _headline(story: Story, *, new: bool) -> dict[str, Any]:
    return {
        "title": story.first_text,
        "publisher": story.publisher,
        "url": story.url,
        "published_at": iso_time(story.first_at),
        "p_negative": None if story.negative is None else story.negative / MILLION,
        "copies": story.copies,
        "publishers": len(story.publishers),
        "developments": len(story.developments),
        "stale": story.stale,
        "new": new,
    }


def _denial(denial: Development) -> dict[str, Any]:
    return {
        "title": denial.text,
        "publisher": denial.publisher,
        "url": denial.url,
        "published_at": iso_time(denial.at),
    }


def _finite(number: float) -> float | None:
    """JSON has no infinity: a count that is impossible under the baseline has no finite surprise."""
    return number if math.isfinite(number) else None
