"""What holds of the schedule whatever servers send."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from monitor.records import DAY_MS, HOUR_MS
from monitor.sources.schedule import (
    JITTER,
    FeedState,
    Wishes,
    adapted_interval,
    backoff_delay,
    freshness_ms,
    http_date,
    next_poll_delay,
    retry_after_ms,
)
from tests.fakes_source import NOW

intervals = st.integers(30_000, 7 * DAY_MS)
wishes = st.builds(Wishes, st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, DAY_MS))
jitters = st.floats(0, 1, exclude_max=True)
headers = st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "date"]), st.text(max_size=60))


@given(intervals, wishes, jitters)
def test_a_poll_is_never_early_and_never_later_than_the_cap(interval: int, wish: Wishes, jitter: float) -> None:
    delay = next_poll_delay(interval, wish, jitter)
    assert interval <= delay <= max(interval, 6 * HOUR_MS) * (1 + JITTER)
    assert delay >= min(wish.longest, 6 * HOUR_MS)


@given(st.integers(0, 10_000), intervals, wishes, jitters)
def test_backing_off_never_shortens(failures: int, interval: int, wish: Wishes, jitter: float) -> None:
    delay = backoff_delay(failures, interval, wish, 0.0)
    assert delay <= backoff_delay(failures + 1, interval, wish, jitter)
    assert max(interval, wish.retry_after) <= delay <= max(interval, 6 * HOUR_MS, wish.retry_after)


@given(st.text(max_size=80) | st.from_regex(r"[0-9]{1,30}"), st.integers(0, 10**13))
def test_any_retry_after_is_between_nothing_and_a_day(value: str, now: int) -> None:
    assert 0 <= retry_after_ms(value, now) <= DAY_MS


@given(headers, st.integers(0, 10**13))
def test_any_caching_header_gives_a_duration(sent: dict[str, str], now: int) -> None:
    assert freshness_ms(sent, now) >= 0


@given(st.text(max_size=60))
def test_any_text_is_an_http_date_or_none(text: str) -> None:
    assert http_date(text) is None or isinstance(http_date(text), int)


@given(st.lists(st.integers(NOW - 20 * DAY_MS, NOW + DAY_MS)), intervals, intervals, st.integers(0, 30 * DAY_MS))
def test_the_adapted_interval_keeps_its_bounds(times: list[int], a: int, b: int, hint: int) -> None:
    assert min(a, b) <= adapted_interval(times, NOW, min(a, b), max(a, b), hint) <= max(a, b)


states = st.builds(
    FeedState,
    etag=st.text(max_size=20),
    last_modified=st.text(max_size=20),
    next_check=st.integers(0, 10**14),
    gone=st.booleans(),
    first_poll_done=st.booleans(),
    failures=st.integers(0, 100),
)


@given(states)
def test_a_state_survives_its_way_through_the_store(state: FeedState) -> None:
    assert FeedState.from_dict(json.loads(json.dumps(state.to_dict()))) == state
