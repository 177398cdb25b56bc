"""What one transaction holds: pure data that the fold builds and `transaction.apply` writes, all or nothing.

Times are milliseconds since the epoch, UTC; minutes and hours are whole ones since the epoch. An `Effects` is never
changed once it is handed over, so that a transaction which failed for a passing reason is tried again bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from monitor.aggregation.placement import Placement
from monitor.detection.cusum import Run
from monitor.detection.spikes import NearMiss, OpenSpike
from monitor.instrument import Recount
from monitor.records import Alert, Bucket, PastText, Position, Prepared, Refusal, Standing, Story, Tick

Role = Literal["new", "copy", "development", "revision"]


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article as it was folded.

    Attributes:
        seq: its place in the one sequence that articles and ticks share.
        unit_id: the story or development that it counts in. role: `new` opened its story, `copy` joined one,
            `development` joined one and counts anew, `revision` is a known key with changed text and counts nowhere.
        committed_at: the fold's `now`, not the disk's.
    """

    seq: int
    prepared: Prepared
    standing: Standing
    story_id: str
    unit_id: str
    role: Role
    committed_at: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One alert for one endpoint, sent until it is delivered or dead.

    Attributes:
        id: `<alert id>:<status>:<endpoint>` (see `outbox_id`): the same after every restart and replay.
        body: the JSON text to send, byte for byte the same at every try.
        due_at: not to be sent earlier.
        turn: the place of the transition among its alert's; an endpoint gets those of one alert in this order.
    """

    id: str
    alert_id: str
    endpoint: str
    body: str
    created_at: int
    due_at: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that one batch changes.

    Attributes:
        ticks: (sequence number, tick). recounts: (sequence number, recount); one that read the articles again makes
            the staged readings stand.
        staged: (an article's sequence number, it as another model and watchlist read it): kept beside what stands.
        unstage: whatever was staged before is to go.
        unplaced: (unit, series) that it is no longer counted in.
        buckets: deltas, added to what stands; merged beforehand to at most one for each (series, minute).
        near_misses: of each (series, UTC day of `at`) the most surprising one is kept.
        stories, story_series, spikes: whole rows, replacing what stands; at most one for each key.
        runs: series -> its cumulative sum, replacing what stands.
        positions: replace what stands under (source, partition).
        watermarks: source -> ms; a smaller value than what stands changes nothing.
        meta: key -> value, replacing.
        texts: whole rows, replacing; at most one for each fingerprint.
        texts_since: ms; before `texts` are written, those last told before it are deleted. Empty or one value.
    """

    articles: list[ArticleRow] = field(default_factory=list)
    ticks: list[tuple[int, Tick]] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    story_series: list[Placement] = field(default_factory=list)
    buckets: list[Bucket] = field(default_factory=list)
    spikes: list[OpenSpike] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    near_misses: list[NearMiss] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    positions: list[Position] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    watermarks: dict[str, int] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    texts: list[PastText] = field(default_factory=list)
    texts_since: list[int] = field(default_factory=list)
    recounts: list[tuple[int, Recount]] = field(default_factory=list)
    staged: list[tuple[int, Prepared]] = field(default_factory=list)
    unstage: bool = False
    unplaced: list[tuple[str, str]] = field(default_factory=list)

    def forget_texts(self, since: int) -> None:
        """Texts last told before `since` are to go; the last call of a batch counts."""
        self.texts_since[:] = [since]


def outbox_id(alert: Alert, endpoint: str) -> str:
    """The deterministic id of one delivery: receivers drop a second arrival of it.

    >>> outbox_id(Alert("market@1#ab", "firing", 0, "warning", {}), "desk")
    'market@1#ab:firing:desk'
    """
    return f"{alert.id}:{alert.status}:{endpoint}"
