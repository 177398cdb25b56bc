"""Where a story is counted in a series: in the minute of its earliest member. Pure, and free of order.

What is placed is a unit: a story, or a development of one, with the articles that count in it. N counts it in the
event-time minute of its earliest member, n in that of its earliest negative member; an earlier arrival moves it back.
Members that may count for more go first (live, late, history, trial, backlog): a copy that came late, or with a new
feed's first poll, must not take a unit out of the count that was told live. Ties are broken by key, so any order of
arrival ends in the same placement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.records import MINUTE_MS, Bucket, Standing

_STANDINGS = (Standing.LIVE, Standing.LATE, Standing.HISTORY, Standing.TRIAL, Standing.BACKLOG)


@dataclass(frozen=True, slots=True)
class Member:
    """One article as a member of a story in one series.

    Attributes:
        at: event time, ms. sentiment: P(pos) - P(neg) in millionths, None where unscored.
        negative: whether P(neg) reached tau.
    """

    key: str
    at: int
    standing: Standing
    publisher: str
    sentiment: int | None
    negative: bool

    def rank(self) -> tuple[int, int, str]:
        """The smallest places the story."""
        return _rank(self.standing, self.at, self.key)


@dataclass(frozen=True, slots=True)
class Placement:
    """A unit's place in one series: its earliest member, and its earliest negative one.

    Attributes:
        unit_id: the story's id for the story itself, a development's own for it. story_id: what it belongs to.
    """

    unit_id: str
    story_id: str
    series: str
    first_at: int
    first_key: str
    first_standing: Standing
    first_publisher: str
    sentiment: int | None
    negative_at: int | None = None
    negative_key: str | None = None
    negative_standing: Standing | None = None


def place(before: Placement | None, unit_id: str, story_id: str, series: str, member: Member) -> Placement:
    """The unit's placement once `member` is known."""
    if before is None or member.rank() < _rank(before.first_standing, before.first_at, before.first_key):
        base = Placement(
            unit_id,
            story_id,
            series,
            member.at,
            member.key,
            member.standing,
            member.publisher,
            member.sentiment,
            before.negative_at if before else None,
            before.negative_key if before else None,
            before.negative_standing if before else None,
        )
    else:
        base = before
    if member.negative and (
        base.negative_at is None
        or base.negative_standing is None
        or member.rank() < _rank(base.negative_standing, base.negative_at, base.negative_key or "")
    ):
        base = replace(base, negative_at=member.at, negative_key=member.key, negative_standing=member.standing)
    return base


def _rank(standing: Standing, at: int, key: str) -> tuple[int, int, str]:
    return (_STANDINGS.index(standing), at, key)


def contribution(placement: Placement) -> tuple[Bucket, ...]:
    """What a placed unit adds to the buckets of its series: one bucket, or two where n falls in another minute."""
    at = placement.first_at // MINUTE_MS
    counted = placement.first_standing.counted
    live = placement.first_standing is Standing.LIVE
    first = Bucket(
        placement.series,
        at,
        stories=int(counted),
        live_stories=int(live),
        shown=1,
        scored=int(placement.sentiment is not None),
        sentiment=placement.sentiment or 0,
    )
    if placement.negative_at is None:
        return (first,)
    negative = int(placement.negative_standing is not None and placement.negative_standing.counted)
    live_negative = int(placement.negative_standing is Standing.LIVE)
    if placement.negative_at // MINUTE_MS == at:
        return (replace(first, negative=negative, live_negative=live_negative),)
    other = Bucket(placement.series, placement.negative_at // MINUTE_MS, negative=negative, live_negative=live_negative)
    return (first, other)


def add(a: Bucket, b: Bucket, sign: int = 1) -> Bucket:
    """a + sign * b of one series and minute."""
    return Bucket(
        a.series,
        a.minute,
        a.stories + sign * b.stories,
        a.negative + sign * b.negative,
        a.live_stories + sign * b.live_stories,
        a.live_negative + sign * b.live_negative,
        a.shown + sign * b.shown,
        a.scored + sign * b.scored,
        a.sentiment + sign * b.sentiment,
    )


def deltas(before: Placement | None, after: Placement | None) -> tuple[Bucket, ...]:
    """What the buckets must change by when a placement does; None is nowhere. Buckets of no change are left out."""
    if before == after:
        return ()
    changed: dict[int, Bucket] = {b.minute: b for b in contribution(after)} if after else {}
    for old in contribution(before) if before else ():
        changed[old.minute] = add(changed.get(old.minute, Bucket(old.series, old.minute)), old, -1)
    return tuple(b for b in changed.values() if b != Bucket(b.series, b.minute))
