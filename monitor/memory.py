"""What the fold needs to know, and all keyed state that it holds: built again from the store alone by `restore`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

from monitor.aggregation.placement import Placement
from monitor.alerts.routes import Endpoint
from monitor.detection.detector import Detector
from monitor.detection.spikes import DetectionSettings
from monitor.ingest.sourcing import Sources
from monitor.ingest.stories import LONGEST_WINDOWS, StoryIndex
from monitor.ingest.wording import DEFAULT_OVERLAP
from monitor.instrument import Instrument
from monitor.records import DAY_MS, HOUR_MS


@dataclass(frozen=True)
class FoldSettings:
    """What the fold needs to know besides its input; times in milliseconds.

    Attributes:
        trial_ms: so long a source that joins a store of that age is shown and not counted.
    """

    instrument: Instrument = field(default_factory=lambda: Instrument("", "", 500_000))
    trial_ms: int = 7 * DAY_MS
    lateness_ms: int = 2 * HOUR_MS
    story_window_ms: int = 24 * HOUR_MS
    overlap: float = DEFAULT_OVERLAP
    zone: str = "UTC"
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    endpoints: tuple[Endpoint, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def hash(self) -> str:
        """16 hex digits over all that decides, but for the instrument, which has a hash of its own."""
        decides = {**asdict(self), "instrument": "", "endpoints": "", "labels": ""}
        return hashlib.blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=8).hexdigest()

    @property
    def longest_story_ms(self) -> int:
        """No two articles of one story are further apart, by event time."""
        return LONGEST_WINDOWS * self.story_window_ms

    def label(self, series: str) -> str:
        """What people call a series."""
        return self.labels.get(series, series)


@dataclass(slots=True)
class Memory:
    """All keyed state; placements are by unit, then series."""

    stories: StoryIndex
    detector: Detector
    instrument: Instrument
    sources: Sources = field(default_factory=Sources)
    next_seq: int = 1
    placements: dict[str, dict[str, Placement]] = field(default_factory=dict)
    watermarks: dict[str, int] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """The last tick in sequence, -1 before the first."""
        return self.detector.now

    def sizes(self) -> dict[str, int]:
        """How many of each are held: bounded by time, by the windows of stories and of detection."""
        return {
            "stories": len(self.stories),
            "units_placed": len(self.placements),
            "series": len(self.detector.windows.series()),
            "sums": len(self.detector.runs),
            "open_spikes": len(self.detector.open_spikes),
            "sources": len(self.watermarks),
        }

    @classmethod
    def empty(cls, settings: FoldSettings) -> Memory:
        stories = StoryIndex(settings.story_window_ms, settings.overlap)
        return cls(stories, Detector(settings.detection, settings.zone, stories.told), settings.instrument)
