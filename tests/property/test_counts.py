"""Placements, buckets and windows in any order of arrival, against brute force over all members."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.aggregation.placement import Member, Placement, add, contribution, deltas, place
from monitor.aggregation.publishers import DAYS, PublisherShares
from monitor.aggregation.windows import WindowCount, Windows
from monitor.detection.counts import GUARD_HOURS, HISTORY_HOURS, Counts
from monitor.detection.fit import fit
from monitor.records import DAY_MS, HOUR_MS, MILLION, MINUTE_MS, Bucket, Standing

START = 1_700_000_000_000

UNCOUNTED = (Standing.TRIAL, Standing.BACKLOG)

members = st.builds(
    Member,
    key=st.uuids().map(str),
    at=st.integers(0, 300).map(lambda m: START + m * 40_000),
    standing=st.sampled_from(Standing),
    publisher=st.sampled_from(["a.example", "b.example", "c.example"]),
    sentiment=st.none() | st.integers(-1_000_000, 1_000_000),
    negative=st.booleans(),
)
arrivals = st.lists(
    st.tuples(st.sampled_from(["s1", "s2", "s3"]), st.sampled_from(["market", "entity:x"]), members),
    max_size=25,
    unique_by=lambda a: a[2].key,
)


def rank(member: Member) -> tuple[int, int, str]:
    """Live members place a story before late ones, those before history, and a first poll's last."""
    return (["live", "late", "history", "trial", "backlog"].index(member.standing.value), member.at, member.key)


def placed(rows: Iterable[tuple[str, str, Member]]) -> tuple[dict[tuple[str, str], Placement], dict[object, Bucket]]:
    """Placements and buckets by increments, one arrival after another."""
    placements: dict[tuple[str, str], Placement] = {}
    buckets: dict[object, Bucket] = {}
    for story, series, member in rows:
        before = placements.get((story, series))
        after = placements[story, series] = place(before, story, story, series, member)
        for delta in deltas(before, after):
            at = (delta.series, delta.minute)
            buckets[at] = add(buckets.get(at, Bucket(delta.series, delta.minute)), delta)
    return placements, {at: b for at, b in buckets.items() if b != Bucket(b.series, b.minute)}


@given(arrivals, st.randoms())
def test_placements_and_buckets_do_not_depend_on_the_order_of_arrival(rows, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert placed(rows) == placed(shuffled)


@pytest.mark.slow
def test_ten_thousand_orders_of_one_days_members_give_the_same_buckets() -> None:
    rng = random.Random(20_080_915)
    rows = [
        (
            f"s{rng.randrange(8)}",
            rng.choice(["market", "entity:x"]),
            Member(
                f"k{number}",
                START + rng.randrange(300) * 40_000,
                rng.choice(list(Standing)),
                rng.choice("abc"),
                rng.choice([None, rng.randrange(-MILLION, MILLION)]),
                rng.random() < 0.4,
            ),
        )
        for number in range(40)
    ]
    expected = placed(rows)
    for _ in range(10_000):
        rng.shuffle(rows)
        assert placed(rows) == expected


@given(arrivals)
def test_buckets_are_what_counting_all_members_at_once_gives(rows: list[tuple[str, str, Member]]) -> None:
    groups: dict[tuple[str, str], list[Member]] = defaultdict(list)
    for story, series, member in rows:
        groups[story, series].append(member)
    expected: dict[object, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_, series), held in groups.items():
        first = min(held, key=rank)
        cell = expected[series, first.at // MINUTE_MS]
        cell["shown"] += 1
        cell["stories"] += first.standing not in UNCOUNTED
        cell["live_stories"] += first.standing is Standing.LIVE
        cell["scored"] += first.sentiment is not None
        cell["sentiment"] += first.sentiment or 0
        bad = [m for m in held if m.negative]
        if bad:
            worst = min(bad, key=rank)
            cell = expected[series, worst.at // MINUTE_MS]
            cell["negative"] += worst.standing not in UNCOUNTED
            cell["live_negative"] += worst.standing is Standing.LIVE
    _, buckets = placed(rows)
    want = {at: Bucket(*at, **cell) for at, cell in expected.items()}  # type: ignore[misc]
    assert buckets == {at: b for at, b in want.items() if b != Bucket(b.series, b.minute)}


@given(arrivals)
def test_n_never_exceeds_stories_by_series_over_all_minutes(rows: list[tuple[str, str, Member]]) -> None:
    placements, _ = placed(rows)
    total = [b for p in placements.values() for b in contribution(p)]
    assert sum(b.negative for b in total) <= sum(b.shown for b in total)


@given(arrivals, st.lists(st.integers(0, 700), max_size=5))
def test_windows_equal_brute_force_and_a_rebuild_after_any_ticks(
    rows: list[tuple[str, str, Member]], minutes: list[int]
) -> None:
    windows, placements, now = Windows(), dict[tuple[str, str], Placement](), -1
    ticks = sorted(START + m * MINUTE_MS for m in minutes)
    for index, (story, series, member) in enumerate(rows):
        if ticks and index % 5 == 0:
            now = ticks.pop(0)
            windows.advance(now)
        before = placements.get((story, series))
        after = placements[story, series] = place(before, story, story, series, member)
        windows.place(before, after)
    rebuilt = Windows()
    if now >= 0:
        rebuilt.advance(now)
    for placement in placements.values():
        rebuilt.place(None, placement)
    assert windows.contents() == rebuilt.contents()
    for hours in (1, 6) if now >= 0 else ():
        for series in ("market", "entity:x"):
            floor = now // MINUTE_MS - 60 * hours
            mine = [p for (_, s), p in placements.items() if s == series]
            bad = sorted(
                (p.negative_at // MINUTE_MS, p.unit_id)
                for p in mine
                if p.negative_at is not None
                and p.negative_standing is Standing.LIVE
                and p.negative_at // MINUTE_MS > floor
            )
            all_of = [p for p in mine if p.first_standing is Standing.LIVE and p.first_at // MINUTE_MS > floor]
            assert windows.evidence(series, hours) == tuple(story for _, story in bad)
            assert windows.count(series, hours) == WindowCount(len(all_of), len(bad))


hours = st.integers(0, 1_200)


@given(
    st.lists(st.tuples(hours, st.sampled_from(["market", "entity:x", "topic:y"]), st.integers(1, 3)), max_size=30),
    st.sets(hours, max_size=40),
    st.lists(hours, min_size=1, max_size=6).map(sorted),
    st.randoms(),
)
def test_counts_taught_in_any_order_equal_those_taught_at_once(counts, observed, ticks, random) -> None:  # type: ignore[no-untyped-def]
    first = START // HOUR_MS
    events = [("count", c) for c in counts] + [("observe", h) for h in observed]
    random.shuffle(events)
    # An hour can be observed only while it is within memory: a tick that tells of one older is not stored.
    taught, steps, kept = Counts(), list(ticks), set[int]()
    for index, (kind, value) in enumerate(events):
        if index % 7 == 3 and steps:
            taught.advance((first + steps.pop(0)) * HOUR_MS)
        if kind == "count":
            hour, series, n = value
            taught.count(Bucket(series, (first + hour) * 60, stories=n, negative=n))
        elif taught.remembers(first + value):
            kept.add(first + value)
            taught.observe(first + value)
    last = (first + ticks[-1]) * HOUR_MS
    taught.advance(last)

    oldest = last // HOUR_MS - GUARD_HOURS - HISTORY_HOURS + 1
    rebuilt = Counts()
    rebuilt.advance(last)
    for hour, series, n in counts:
        rebuilt.count(Bucket(series, (first + hour) * 60, stories=n, negative=n))
    for hour in kept:
        rebuilt.observe(hour)
    assert taught.contents() == rebuilt.contents()
    assert fit(taught, "UTC", last) == fit(rebuilt, "UTC", last)
    assert taught.taught() == sorted(h for h in kept if oldest <= h <= last // HOUR_MS - GUARD_HOURS)


@given(arrivals, st.lists(st.integers(0, 40), max_size=4).map(sorted))
def test_publisher_shares_equal_a_rebuild(rows: list[tuple[str, str, Member]], days: list[int]) -> None:
    shares, placements = PublisherShares(), dict[tuple[str, str], Placement]()
    for index, (story, series, member) in enumerate(rows):
        if days and index % 6 == 5:
            shares.advance(START + days.pop(0) * DAY_MS)
        before = placements.get((story, series))
        after = placements[story, series] = place(before, story, story, series, member)
        shares.place(before, after)
    last = START + (days[-1] if days else 40) * DAY_MS
    shares.advance(last)
    rebuilt = PublisherShares()
    rebuilt.advance(last)
    for p in placements.values():
        if p.first_standing not in UNCOUNTED and p.first_at // DAY_MS > last // DAY_MS - DAYS:
            rebuilt.load(p.series, p.first_publisher, p.first_at // DAY_MS, 1)
    assert {d: {s: c for s, c in held.items() if c} for d, held in shares.contents().items() if any(held.values())} == (
        rebuilt.contents()
    )


def test_one_publisher_of_twenty_stories_is_the_sole_one_and_of_nineteen_is_not() -> None:
    def stories(count: int, publisher: str = "wire.example") -> PublisherShares:
        shares = PublisherShares()
        shares.advance(START)
        for index in range(count):
            member = Member(f"k{index}", START, Standing.LIVE, publisher, None, False)
            shares.place(None, place(None, f"s{index}", f"s{index}", "market", member))
        return shares

    assert stories(20).sole("market")
    assert not stories(19).sole("market")
    mixed = stories(38)
    for index in range(3):
        member = Member(f"m{index}", START, Standing.LIVE, "b.example", None, False)
        mixed.place(None, place(None, f"m{index}", f"m{index}", "market", member))
    assert not mixed.sole("market")  # 38 of 41 is less than 95 %
