"""What the page and `explain` read, against what was committed."""

from __future__ import annotations

import dataclasses

import pytest

from monitor.records import HOUR_MS, MILLION, MINUTE_MS, Alert, Bucket, Mention, Prepared, Refusal, Standing
from monitor.storage import evidence_query, queries
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.store import Store
from monitor.storage.views import Counts, Coverage, HourPoint
from tests.postgresql import Place
from tests.store_samples import NOON, article_row, part, prepared, score, spike_row, story_row, whole_batch


@pytest.fixture
def store(place: Place):  # type: ignore[no-untyped-def]
    with Store.open(place("b")) as opened:
        yield opened


def test_the_newest_stories_come_with_their_members_and_series(store: Store) -> None:
    first, copy, other = article_row(1), article_row(2, "rss:1"), article_row(3)
    told = story_row(first, copies=1, last_at=NOON + 50_000)
    store.commit(
        Effects(
            articles=[first, copy, other],
            stories=[told, story_row(other)],
            story_series=[part(first, "market"), part(first, "entity:us.bnk")],
        )
    )
    newest, older = store.read(queries.stories_newest, 10)
    assert newest.story == told
    assert [member.key for member in newest.members] == ["rss:1", "rss:2"]
    assert newest.series == ("entity:us.bnk", "market")
    assert (older.story.id, older.series) == ("rss:3", ())
    member = newest.members[1]
    assert (member.role, member.negative, member.neutral, member.positive) == ("copy", 800_000, 100_000, 100_000)
    assert [view.story.id for view in store.read(queries.stories_newest, 1)] == ["rss:1"]
    assert len(store.read(queries.stories_newest, 1, members=1)[0].members) == 1


def test_an_unscored_article_has_no_probabilities(store: Store) -> None:
    silent = dataclasses.replace(prepared(1), scores=(), unscored="unsupported_language")
    row = ArticleRow(1, silent, Standing.BACKLOG, "rss:1", "rss:1", "new", NOON)
    store.commit(Effects(articles=[row], stories=[story_row(article_row(1))]))
    (view,) = store.read(queries.stories_newest, 1)[0].members
    assert (view.negative, view.neutral, view.positive) == (None, None, None)
    assert (view.unscored, view.standing) == ("unsupported_language", Standing.BACKLOG)


def test_alerts_come_newest_first_each_transition_by_itself(store: Store) -> None:
    fired = [Alert(name, "firing", NOON + at, "warning", {"n": at}) for at, name in enumerate("ab")]
    store.commit(Effects(alerts=fired))
    store.commit(Effects(alerts=[Alert("a", "resolved", NOON + 9, "warning", {})]))
    assert [(alert.id, alert.status) for alert in store.read(queries.alerts_recent, 2)] == [
        ("a", "resolved"),
        ("b", "firing"),
    ]


def test_near_misses_refusals_and_counts(store: Store) -> None:
    batch = whole_batch(1)
    store.commit(batch)
    more = [Refusal("rss", reason, "w", "d", "p", NOON) for reason in ("no_title", "bad_date", "bad_date")]
    store.commit(Effects(refusals=more))
    at = batch.near_misses[0].at
    assert store.read(queries.near_misses, at) == batch.near_misses
    assert store.read(queries.near_misses, at + 1) == []
    assert store.read(queries.counts) == Counts(articles=4, stories=4, ticks=1, refusals=4, alerts=1)


def test_hourly_points_are_the_sums_of_their_minutes(store: Store) -> None:
    minutes = [Bucket(series, minute, 1, 1, 1, 1, 2, 1, -7) for series in ("a", "b", "c") for minute in range(55, 65)]
    store.commit(Effects(buckets=minutes))
    assert store.read(queries.hourly_points, ["b", "a", "nothing"], 57) == [
        HourPoint(series, hour, n, n, 2 * n, n, -7 * n) for series in ("a", "b") for hour, n in ((0, 3), (1, 5))
    ]


def test_coverage_counts_stories_once_and_publishers_once(store: Store) -> None:
    rows = [article_row(seq) for seq in (1, 2, 3)]
    stories = [
        story_row(rows[0], publishers=("x", "y")),
        story_row(rows[1], publishers=("x",)),
        story_row(rows[2], publishers=("z",)),
    ]
    parts = [part(rows[0], "market"), part(rows[1], "market"), part(rows[2], "other")]
    store.commit(Effects(stories=stories, story_series=parts))
    assert store.read(queries.coverage, NOON) == {
        "market": Coverage(2, 2, NOON + 2_000),
        "other": Coverage(1, 1, NOON + 3_000),
    }
    assert store.read(queries.coverage, NOON + HOUR_MS) == {}


def test_a_spike_is_found_by_its_id_open_or_closed(store: Store) -> None:
    spikes = [spike_row(1), spike_row(2, closed_at=NOON + MINUTE_MS)]
    store.commit(Effects(spikes=spikes))
    for row in spikes:
        assert store.read(queries.spike, row.spike.id) == row
    assert store.read(queries.spike, "nothing") is None
    assert store.read(queries.spikes_recent, NOON) == spikes[::-1]


def _told(number: int, whole: int, **targets: int) -> Prepared:
    """An article on two banks and a shop, with a score for each target."""
    companies = (("bank1", "banks"), ("bank2", "banks"), ("shop", "retail"))
    mentions = tuple(Mention(i, i, "company", sector, "title", 0, 1, MILLION) for i, sector in companies)
    scores = (score(whole), *(score(negative, target) for target, negative in targets.items()))
    return dataclasses.replace(prepared(number), mentions=mentions, scores=scores)


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ("market", 500_000),
        ("topic:banks", 500_000),
        ("entity:bank1", 100_000),
        ("entity:shop", 800_000),
        ("entity:elsewhere", 500_000),
        ("sector:banks", 300_000),
        ("sector:retail", 800_000),
        ("sector:energy", 500_000),
    ],
)
def test_evidence_shows_the_score_that_counts_in_its_series(store: Store, series: str, expected: int) -> None:
    told = _told(1, 500_000, bank1=100_000, bank2=300_000, shop=800_000)
    row = ArticleRow(1, told, Standing.LIVE, "rss:1", "rss:1", "new", 1)
    store.commit(Effects(articles=[row], stories=[story_row(row, copies=3)], story_series=[part(row, series)]))
    (found,) = store.read(evidence_query.evidence, series, ["rss:1", "rss:404"])
    assert (found.p_negative, found.copies, found.publishers) == (expected, 3, 1)


def test_top_evidence_is_the_most_negative_of_the_window(store: Store) -> None:
    rows = [article_row(seq, negative=negative) for seq, negative in ((1, 600_000), (2, 900_000), (3, 700_000))]
    harmless = article_row(4, negative=0)
    late = part(rows[2], "market", negative=False)
    parts = [part(rows[0], "market"), part(rows[1], "market"), late, part(harmless, "market", negative=False)]
    store.commit(
        Effects(articles=[*rows, harmless], stories=[story_row(r) for r in (*rows, harmless)], story_series=parts)
    )
    found = store.read(evidence_query.top_evidence, "market", NOON, NOON + HOUR_MS, 10)
    assert [e.story_id for e in found] == ["rss:2", "rss:1"]
    assert [e.story_id for e in store.read(evidence_query.top_evidence, "market", NOON, NOON + 1_500, 10)] == ["rss:1"]
    assert len(store.read(evidence_query.top_evidence, "market", NOON, NOON + HOUR_MS, 1)) == 1
