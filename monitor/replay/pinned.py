"""An alert against what it pinned: which article, score or count is no longer what it stood on, each named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from monitor.aggregation.members import members
from monitor.aggregation.placement import Placement, add, contribution, place
from monitor.alerts.evidence import iso_time
from monitor.detection.surprise import surprise
from monitor.ingest.sourcing import Sources
from monitor.instrument import Instrument
from monitor.records import MILLION, MINUTE_MS, Bucket, Spike, Standing
from monitor.storage.effects import ArticleRow
from monitor.storage.pins import Pin, Pinned, buckets, pinned, placements, window_minutes
from monitor.storage.rebuild import max_seq, meta
from monitor.storage.sequence import articles_of_stories, recounts


def compare(db: Connection, spike: Spike, longest_story_ms: int) -> list[str]:
    """What differs, a line each: pinned articles and scores, the window's counts, n and S; none where all agree.

    Args:
        longest_story_ms: as in `FoldSettings`: a recount leaves stories that began so near its start as they were.
    """
    held = pinned(db, spike.id)
    if held is None:
        return ["nothing is pinned under this id: its articles cannot be told from altered ones"]
    past = Past.of(db, longest_story_ms)
    found = [line for article in held.articles for line in _article(article)]
    found += _counts(db, spike, past)
    found += _numbers(spike, held, past.tau_at(held.seq))
    return found


@dataclass(frozen=True, slots=True)
class Past:
    """What has been counted with what.

    Attributes:
        first: before any recount. later: (sequence number, since, unit's least event time, instrument) of each recount.
        trial: sources that do not count yet.
    """

    first: Instrument
    later: tuple[tuple[int, int, int, Instrument], ...]
    trial: frozenset[str]

    @classmethod
    def of(cls, db: Connection, longest_story_ms: int) -> Past:
        known = recounts(db, 0, max_seq(db) + 1)
        measured = str(known[0][1].before) if known else meta(db, "instrument")
        saved = meta(db, "sources")
        return cls(
            Instrument.parse(measured) if measured else Instrument("", "", MILLION // 2),
            tuple((seq, told.since, told.since + longest_story_ms, told.after) for seq, told in known),
            Sources.from_json(json.loads(saved)).trial if saved else frozenset(),
        )

    def tau_at(self, seq: int) -> int:
        """The tau that was counted with when that sequence number was given."""
        return next((after.tau for at, _, _, after in reversed(self.later) if at <= seq), self.first.tau)

    def tau_of(self, unit: Sequence[ArticleRow]) -> int | None:
        """The tau that a unit is counted with; None where a recount read a part of it again and counted none of it."""
        tau, began = self.first.tau, unit[0].prepared.article.event_time
        for seq, since, least, after in self.later:
            if began >= least or unit[0].seq > seq:
                tau = after.tau
            elif any(row.prepared.article.event_time >= since for row in unit):
                return None
        return tau


def _article(article: Pin) -> list[str]:
    if not article.now_digest:
        return [f"article {article.seq}: it is gone from the store"]
    named = f"article {article.seq} ({article.title[:60]!r})"
    found = []
    if article.now_digest != article.digest:
        found.append(f"{named}: its text, times, publisher or standing are not those that counted")
    before, after = ({target: p for target, *p in scores} for scores in (article.scores, article.now_scores))
    for target in sorted(before.keys() | after.keys()):
        if before.get(target) != after.get(target):
            of = f" for {target}" if target else ""
            found.append(
                f"score of {named}{of}: P(neg) was {_p(before.get(target))}, the store has {_p(after.get(target))}"
            )
    return found


def _counts(db: Connection, spike: Spike, past: Past) -> list[str]:
    """The buckets of its window against its stories' places, and those against their articles, as all stand now."""
    minutes = window_minutes(spike.opened_at, spike.window)
    placed = placements(db, spike.series, minutes)
    again = _placed_again(db, spike.series, placed, past)
    found = [
        f"story {placement.unit_id!r}: stored {_where(placement)}, by its articles {_where(other)}"
        for placement in placed
        if (other := again.get(placement.unit_id, placement)) != placement
    ]
    own: dict[int, Bucket] = {}
    for bucket in (bucket for placement in placed for bucket in contribution(placement)):
        own[bucket.minute] = add(own.get(bucket.minute, Bucket(spike.series, bucket.minute)), bucket)
    stored = buckets(db, spike.series, minutes)
    for minute in range(minutes[0], minutes[1] + 1):
        empty = Bucket(spike.series, minute)
        have, should = stored.get(minute, empty), own.get(minute, empty)
        if have != should:
            at = iso_time(minute * MINUTE_MS)
            found.append(f"bucket {spike.series} {at}: stored {_told(have)}, its stories give {_told(should)}")
    return found


def _placed_again(db: Connection, series: str, placed: Sequence[Placement], past: Past) -> dict[str, Placement | None]:
    """Where the articles of each unit put it; units that cannot be told are left out."""
    units: dict[str, list[ArticleRow]] = {placement.unit_id: [] for placement in placed}
    for row in articles_of_stories(db, [placement.story_id for placement in placed]):
        if row.unit_id in units:
            units[row.unit_id].append(row)
    found: dict[str, Placement | None] = {}
    for unit_id, rows in units.items():
        again = placed_by_articles(rows, past)
        if again is not None:
            found[unit_id] = again.get(series)
    return found


def placed_by_articles(unit: Sequence[ArticleRow], past: Past) -> dict[str, Placement] | None:
    """Where the articles of a unit, in sequence and without revisions, put it, by series; None where none can tell."""
    tau = past.tau_of(unit) if unit else past.first.tau
    if tau is None:
        return None
    found: dict[str, Placement] = {}
    for row in unit:
        admitted = row.standing is Standing.TRIAL and row.prepared.article.source not in past.trial
        standing = Standing.HISTORY if admitted else row.standing
        for series, member in members(row.prepared, standing, tau):
            found[series] = place(found.get(series), row.unit_id, row.story_id, series, member)
    return found


def _numbers(spike: Spike, held: Pinned, tau: int) -> list[str]:
    """n from the pinned articles, and S from n and the baseline's own parameters."""
    if spike.by != "surprise":
        return []  # a sum counts what came between two ticks: only the whole fold tells that
    found = []
    still = {pin.unit_id for pin in held.articles if pin.unit_id in spike.evidence and _bad(pin, spike.series, tau)}
    if len(still) != spike.n:
        found.append(f"n: stored {spike.n}, its articles as the store has them give {len(still)}")
    s = surprise(spike.n, spike.baseline["mean"], spike.baseline["dispersion"])
    if s != spike.surprise:
        found.append(f"surprise: stored {spike.surprise!r}, by the baseline's parameters {s!r}")
    return found


def _bad(pin: Pin, series: str, tau: int) -> bool:
    """Whether a pinned article counts as bad by the scores that the store has."""
    if not pin.now_digest:
        return False
    if pin.now_scores == pin.scores:
        return True
    kind, _, name = series.partition(":")
    own = {target: negative for target, negative, *_ in pin.now_scores}
    if kind == "sector":
        return any(negative >= tau for negative in own.values())
    return own.get(name if kind == "entity" else "", own.get("", 0)) >= tau


def _told(bucket: Bucket) -> str:
    return (
        f"{bucket.stories} stories and {bucket.negative} bad (live {bucket.live_stories} and {bucket.live_negative}; "
        f"{bucket.shown} shown, sentiment {bucket.sentiment} of {bucket.scored})"
    )


def _where(placement: Placement | None) -> str:
    if placement is None:
        return "nowhere"
    bad = "not bad" if placement.negative_at is None else f"bad {iso_time(placement.negative_at)}"
    return f"{iso_time(placement.first_at)}, {bad}"


def _p(score: list[int] | None) -> str:
    return "none" if score is None else f"{score[0] / MILLION:.6f}"
