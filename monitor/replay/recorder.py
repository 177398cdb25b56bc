"""What a replay's timelines are drawn from: bad stories by hour, and what was usual then."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.detection.reliability import Tally
from monitor.detection.silence import Turn
from monitor.fold import Fold, Folded
from monitor.records import HOUR_MS


@dataclass(slots=True)
class Timeline:
    """One series.

    Attributes:
        n: bad stories by epoch hour. usual: mean and dispersion of an hour's count, where a story was near.
    """

    n: dict[int, int] = field(default_factory=dict)
    usual: dict[int, tuple[float, float]] = field(default_factory=dict)


class Recorder:
    """Notes each batch; once an hour what is usual of every series that had a story in the last six."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._hour = -1
        self.series: dict[str, Timeline] = {}
        self._days: dict[int, Tally] = {}
        self.silences: list[Turn] = []

    def tallies(self) -> dict[int, Tally]:
        """How often windows surprised, by every UTC day of the replay."""
        return {**self._days, **self._fold.memory.detector.health.days}

    def folded(self, folded: Folded) -> None:
        """Called after each commit."""
        self.silences += folded.silences
        for bucket in folded.effects.buckets:
            if bucket.negative:
                held = self.series.setdefault(bucket.series, Timeline()).n
                hour = bucket.minute // 60
                held[hour] = held.get(hour, 0) + bucket.negative
        detector = self._fold.memory.detector
        hour = detector.now // HOUR_MS
        if hour == self._hour:
            return
        self._hour = hour
        self._days.update(detector.health.days)
        for name in detector.windows.series():
            prediction = detector.views(name)[0].prediction
            self.series.setdefault(name, Timeline()).usual[hour] = (prediction.mean, prediction.dispersion)
