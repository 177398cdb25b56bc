"""Which sources the counts know: one that joins later is tried before it counts. Pure.

A feed added to a store with a past brings news that the baseline has never seen: counted at once, it would be a surge
of its own. For its trial it is shown and not counted; then the past is counted again with it, and a series that it
feeds learns what is usual from that time alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

# A source feeds a series where it brings a tenth more stories, and more than chance would: two stories.
MORE_SHARE, MORE_STORIES = 0.1, 2


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known of the live sources; times are ticks in ms.

    Attributes:
        began: the store's first live tick, -1 before it.
        heard: source -> the tick at which it was first heard. trial: those that do not count yet.
    """

    began: int = -1
    heard: dict[str, int] = field(default_factory=dict)
    trial: frozenset[str] = frozenset()

    def hear(self, source: str, now: int, trial_ms: int) -> Sources:
        """With a source that was not heard before, at the tick `now`: on trial where the store is older than that."""
        heard = {**self.heard, source: now}
        late = self.began >= 0 and now - self.began >= trial_ms
        return replace(self, heard=heard, trial=self.trial | {source} if late else self.trial)

    def tried(self, now: int, trial_ms: int) -> tuple[str, ...]:
        """Those whose trial is over at the tick `now`, sorted."""
        return tuple(sorted(source for source in self.trial if now - self.heard[source] >= trial_ms))

    def admit(self, sources: tuple[str, ...]) -> Sources:
        """With these counted from now on."""
        return replace(self, trial=self.trial - set(sources))

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "trial": sorted(self.trial)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Sources:
        return cls(value["began"], dict(value["heard"]), frozenset(value["trial"]))


def more_news(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[str, ...]:
    """Series that have so many more stories in the same time that their past without them is another's."""
    return tuple(
        sorted(
            series
            for series, stories in after.items()
            if stories - before.get(series, 0) > max(MORE_STORIES, MORE_SHARE * before.get(series, 0))
        )
    )
