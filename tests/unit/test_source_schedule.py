"""When a feed is read again: the rule row by row."""

from __future__ import annotations

import pytest

from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS
from monitor.sources.schedule import (
    FeedState,
    Wishes,
    adapted_interval,
    backoff_delay,
    bounded_next_check,
    freshness_ms,
    header_value,
    next_poll_delay,
    retry_after_ms,
)
from tests.fakes_source import NOW

AT = "Tue, 14 Nov 2023 22:13:20 GMT"  # NOW
HOUR_LATER = "Tue, 14 Nov 2023 23:13:20 GMT"

RETRY_AFTER = [
    (None, 0),
    ("", 0),
    ("0", 0),
    ("120", 120_000),
    (" 120 ", 120_000),
    ("-5", 0),
    ("1.5", 0),
    ("soon", 0),
    ("９", 0),
    ("9" * 400, DAY_MS),
    (HOUR_LATER, HOUR_MS),
    ("Tuesday, 14-Nov-23 23:13:20 GMT", HOUR_MS),
    ("Tue Nov 14 23:13:20 2023", HOUR_MS),
    (AT, 0),
    ("Mon, 13 Nov 2023 22:13:20 GMT", 0),
    ("Thu, 01 Jan 9999 00:00:00 GMT", DAY_MS),
    ("Thu, 99 Foo 2023", 0),
]


@pytest.mark.parametrize(("value", "wait"), RETRY_AFTER)
def test_retry_after_is_read_in_both_forms_and_capped_at_a_day(value: str | None, wait: int) -> None:
    assert retry_after_ms(value, NOW) == wait


FRESHNESS = [
    ({}, 0),
    ({"cache-control": "max-age=600"}, 600_000),
    ({"cache-control": "public, MAX-AGE=600, must-revalidate"}, 600_000),
    ({"cache-control": "max-age=600", "age": "200"}, 400_000),
    ({"cache-control": "max-age=600", "age": "900"}, 0),
    ({"cache-control": "max-age=600", "age": "x"}, 600_000),
    ({"cache-control": "s-maxage=600"}, 0),
    ({"cache-control": "no-cache, max-age=600"}, 0),
    ({"cache-control": "no-store"}, 0),
    ({"cache-control": "max-age=-1"}, 0),
    ({"cache-control": "max-age=60", "expires": HOUR_LATER}, 60_000),
    ({"expires": HOUR_LATER}, HOUR_MS),
    ({"expires": HOUR_LATER, "date": "Tue, 14 Nov 2023 23:03:20 GMT"}, 10 * MINUTE_MS),
    ({"expires": "0"}, 0),
    ({"expires": "-1"}, 0),
    ({"expires": "Mon, 13 Nov 2023 22:13:20 GMT"}, 0),
]


@pytest.mark.parametrize(("headers", "fresh"), FRESHNESS)
def test_freshness_follows_rfc_9111(headers: dict[str, str], fresh: int) -> None:
    assert freshness_ms(headers, NOW) == fresh


DELAYS = [
    # interval, wishes -> delay
    (5 * MINUTE_MS, Wishes(), 5 * MINUTE_MS),
    (5 * MINUTE_MS, Wishes(ttl=HOUR_MS), HOUR_MS),
    (5 * MINUTE_MS, Wishes(ttl=HOUR_MS, max_age=2 * HOUR_MS), 2 * HOUR_MS),
    (5 * MINUTE_MS, Wishes(max_age=365 * DAY_MS), 6 * HOUR_MS),
    (12 * HOUR_MS, Wishes(ttl=HOUR_MS), 12 * HOUR_MS),
]


@pytest.mark.parametrize(("interval", "wishes", "delay"), DELAYS)
def test_the_longest_wish_wins_up_to_six_hours(interval: int, wishes: Wishes, delay: int) -> None:
    assert next_poll_delay(interval, wishes, 0.0) == delay


BACKOFFS = [
    (1, Wishes(), 5 * MINUTE_MS),
    (2, Wishes(), 10 * MINUTE_MS),
    (4, Wishes(), 40 * MINUTE_MS),
    (40, Wishes(), 6 * HOUR_MS),
    (10**9, Wishes(), 6 * HOUR_MS),
    (1, Wishes(retry_after=HOUR_MS), HOUR_MS),
    (1, Wishes(retry_after=DAY_MS), DAY_MS),
    (1, Wishes(retry_after=1), 5 * MINUTE_MS),
]


@pytest.mark.parametrize(("failures", "wishes", "delay"), BACKOFFS)
def test_errors_back_off_and_respect_retry_after(failures: int, wishes: Wishes, delay: int) -> None:
    assert backoff_delay(failures, 5 * MINUTE_MS, wishes, 0.0) == delay


RHYTHMS = [
    # times before now, hint -> interval
    ([], 0, HOUR_MS),
    ([], 20 * MINUTE_MS, 20 * MINUTE_MS),
    ([], DAY_MS, HOUR_MS),
    ([0], 0, HOUR_MS),
    ([0, 2 * MINUTE_MS, 4 * MINUTE_MS], 0, 5 * MINUTE_MS),
    ([0, 20 * MINUTE_MS, 40 * MINUTE_MS], 0, 10 * MINUTE_MS),
    ([0, DAY_MS, 2 * DAY_MS], 0, HOUR_MS),
    ([8 * DAY_MS, 9 * DAY_MS], 0, HOUR_MS),
    ([-MINUTE_MS, -HOUR_MS, 0], 0, HOUR_MS),
]


@pytest.mark.parametrize(("ago", "hint", "interval"), RHYTHMS)
def test_our_own_interval_is_half_the_feeds_mean_gap(ago: list[int], hint: int, interval: int) -> None:
    assert adapted_interval([NOW - a for a in ago], NOW, 5 * MINUTE_MS, HOUR_MS, hint) == interval


def test_a_next_check_saved_under_a_wrong_clock_is_not_waited_for() -> None:
    assert bounded_next_check(NOW + 3_650 * DAY_MS, NOW) < NOW + 2 * DAY_MS
    assert bounded_next_check(NOW + HOUR_MS, NOW) == NOW + HOUR_MS


def test_a_saved_state_of_another_version_is_read_as_far_as_it_goes() -> None:
    state = FeedState.from_dict({"etag": 'W/"1"', "failures": "3", "gone": 1, "unheard_of": True, "interval": 7})
    assert state == FeedState(etag='W/"1"', interval=7)


def test_a_header_too_long_to_send_back_is_not_kept() -> None:
    assert header_value("x" * 1_001) == ""
    assert header_value(None) == ""
    assert header_value(' W/"odd \t one" ') == ' W/"odd \t one" '
