"""The article object: what is taken, what is refused, and by which word."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from monitor.records import DAY_MS, MINUTE_MS, Article, Mode, Refusal, Scope
from monitor.sources.wire import (
    MAX_OBJECT_BYTES,
    SUMMARY_CHARS,
    TITLE_CHARS,
    WireContext,
    article_from_line,
    article_from_object,
    parse_time,
)
from tests.fakes_source import NOW

LIVE = WireContext("desk", Scope.FINANCE, Mode.LIVE, NOW)
HISTORY = WireContext("archive", Scope.GENERAL, Mode.HISTORY, NOW)
FULL = {
    "id": "x-1",
    "title": "Shares fall",
    "summary": "A summary",
    "url": "https://www.news.example/a",
    "publisher": "The News",
    "published_at": "2023-11-14T20:00:00Z",
    "received_at": "2023-11-14T20:00:30+00:00",
    "language": "en-GB",
    "tickers": ["aapl", "600519.SS", "AAPL"],
    "unheard_of": {"a": 1},
}
PUBLISHED = NOW - 8_000_000  # 20:00:00


def article(context: WireContext = LIVE, **changes: Any) -> Article:
    made = article_from_object({**FULL, **changes}, context, "here")
    assert isinstance(made, Article), made
    return made


def refused(context: WireContext = LIVE, **changes: Any) -> str:
    made = article_from_object({**FULL, **changes}, context, "here")
    assert isinstance(made, Refusal), made
    assert made.where == "here"
    assert made.source == context.source
    assert "\n" not in made.detail
    return made.reason


def test_a_full_object_becomes_an_article() -> None:
    assert article() == Article(
        key="desk:x-1",
        source="desk",
        publisher="the news",
        url="https://www.news.example/a",
        title="Shares fall",
        summary="A summary",
        language="en",
        published_at=PUBLISHED,
        received_at=PUBLISHED + 30_000,
        event_time=PUBLISHED,
        tickers=("AAPL", "600519.SS"),
        scope=Scope.FINANCE,
        mode=Mode.LIVE,
    )


def test_the_least_object_takes_the_rest_from_its_source() -> None:
    made = article_from_object({"title": "央行下调利率"}, LIVE, "here")
    assert isinstance(made, Article)
    assert (made.publisher, made.url, made.language) == ("desk", "", "zh")
    assert (made.published_at, made.received_at, made.event_time) == (None, NOW, NOW)


def test_in_history_what_was_published_was_received_then() -> None:
    assert article(HISTORY, received_at=None).received_at == PUBLISHED
    assert article(HISTORY).received_at == PUBLISHED + 30_000
    assert refused(HISTORY, published_at=None, received_at=None) == "no_date"


def test_a_received_time_in_our_future_is_now() -> None:
    made = article(received_at=NOW + 3_600_000, published_at=NOW + 3_600_000)
    assert (made.received_at, made.event_time) == (NOW, NOW)
    assert article(published_at=NOW + 4 * MINUTE_MS, received_at=None).event_time == NOW + 4 * MINUTE_MS


TIMES = [
    ("2023-11-14T20:00:00Z", PUBLISHED),
    ("2023-11-14T20:00:00z", PUBLISHED),
    ("2023-11-14T21:30:00+01:30", PUBLISHED),
    ("2023-11-14T20:00:00", PUBLISHED),
    ("2023-11-14 20:00:00", PUBLISHED),
    ("2023-11-14T20:00:00.250Z", PUBLISHED + 250),
    ("20231114T200000Z", PUBLISHED),
    ("2023-11-14", PUBLISHED - 72_000_000),
    (PUBLISHED, PUBLISHED),
    (PUBLISHED // 1000, PUBLISHED),
    (PUBLISHED / 1000, PUBLISHED),
    (str(PUBLISHED // 1000), PUBLISHED),
    (f" {PUBLISHED} ", PUBLISHED),
]


@pytest.mark.parametrize(("given", "ms"), TIMES)
def test_times_come_as_iso_8601_or_epoch_numbers(given: object, ms: int) -> None:
    assert parse_time(given) == ms


BAD_TIMES: list[Any] = [
    "yesterday",
    "2023-02-30T00:00:00Z",
    "2023-11-14T20:00:00+99:99",
    "10000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:00",
    "0001-01-01T00:00:00+23:00",
    "1969-12-31",
    "1889",
    True,
    [],
    {},
    0,
    -1,
    10**18,
    NOW + 2 * DAY_MS,
    float("nan"),
    float("inf"),
    "٢٠٢٣-١١-١٤",
]


@pytest.mark.parametrize("given", BAD_TIMES, ids=repr)
def test_a_time_that_cannot_be_is_refused(given: Any) -> None:
    assert refused(published_at=given) == "bad_date"
    assert refused(received_at=given) == "bad_date"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": None}, "no_title"),
    ({"title": ""}, "no_title"),
    ({"title": " \u200b\n "}, "no_title"),
    ({"title": "<b></b>"}, "no_title"),
    ({"title": "https://only.example/a-link"}, "no_title"),
    ({"title": 7}, "bad_type"),
    ({"title": ["x"]}, "bad_type"),
    ({"summary": {}}, "bad_type"),
    ({"url": 1}, "bad_type"),
    ({"id": 1.5}, "bad_type"),
    ({"id": True}, "bad_type"),
    ({"id": 10**40}, "bad_type"),
    ({"tickers": {"a": 1}}, "bad_type"),
    ({"tickers": [1]}, "bad_type"),
    ({"language": 3}, "bad_type"),
    ({"publisher": []}, "bad_type"),
]


@pytest.mark.parametrize(("changes", "reason"), REFUSED, ids=repr)
def test_what_cannot_be_used_is_refused_by_a_stable_word(changes: dict[str, Any], reason: str) -> None:
    assert refused(**changes) == reason


LINES = [
    (b"", "not_json"),
    (b"{", "not_json"),
    (b"Shares fall", "not_json"),
    (b"{'title': 'x'}", "not_json"),
    (b"[" * 100_000, "not_json"),
    (b'{"a":' * 50_000, "not_json"),
    (b'{"published_at": ' + b"9" * 6_000 + b"}", "not_json"),
    (b"[]", "not_object"),
    (b'"title"', "not_object"),
    (b"null", "not_object"),
    (b"12", "not_object"),
    (b'{"title": "\xff\xfe"}', "bad_utf8"),
    (b'{"title": "' + b"x" * MAX_OBJECT_BYTES + b'"}', "too_long"),
    (b"{}", "no_title"),
]


@pytest.mark.parametrize(("line", "reason"), LINES, ids=[reason + str(i) for i, (_, reason) in enumerate(LINES)])
def test_a_line_that_is_no_article_says_which_way(line: bytes, reason: str) -> None:
    made = article_from_line(line, LIVE, "f:3")
    assert isinstance(made, Refusal)
    assert (made.reason, made.where, made.at) == (reason, "f:3", NOW)
    assert len(made.payload) <= 2_000


@pytest.mark.parametrize("url", ["javascript:alert(1)", "JAVASCRIPT:x", "//x", "http://", "x" * 9_000, "http://[::1"])
def test_an_address_that_is_no_link_is_left_out(url: str) -> None:
    assert article(url=url).url == ""


def test_without_an_id_the_same_object_has_the_same_key_at_any_time() -> None:
    later = WireContext("desk", Scope.FINANCE, Mode.LIVE, NOW + 9 * MINUTE_MS)
    for changes in ({}, {"published_at": None}, {"published_at": NOW + 3_600_000}):
        nameless = {"id": None, "received_at": None, **changes}
        assert article(**nameless).key == article(later, **nameless).key
    assert article(id=None).key != article(id=None, title="Shares rise").key
    assert article(id=7).key == "desk:7"


def test_ids_that_differ_only_far_behind_stay_apart() -> None:
    assert article(id="x" * 5_000 + "a").key != article(id="x" * 5_000 + "b").key


HUGE = [
    "x" * 900_000,
    "e\u0301" * 300_000,
    "汉" * 300_000,
    "\0" * 150_000 + "Shares fall",
    "<b>" * 300_000 + "x",
    "&amp;" * 180_000,
]


@pytest.mark.parametrize("text", HUGE, ids=lambda text: repr(text[:4]))
def test_huge_text_is_cut_and_costs_little(text: str) -> None:
    line = json.dumps({"title": "T " + text, "summary": text}).encode()[:MAX_OBJECT_BYTES]
    value = {"title": "T " + text, "summary": text, "publisher": text, "language": text, "tickers": text}
    started = time.process_time()
    made = article_from_object(value, LIVE, "here")
    article_from_line(line, LIVE, "here")
    assert time.process_time() - started < 0.25  # the bar is 50 ms; five times that for a busy machine
    assert isinstance(made, Article)
    assert len(made.title) <= TITLE_CHARS
    assert len(made.summary) <= SUMMARY_CHARS
    assert len(made.publisher) <= 200


def test_lone_surrogates_and_nul_become_storable() -> None:
    made = article_from_line(rb'{"title": "a\ud800b\u0000c", "id": "\udfff", "summary": "\ud83d"}', LIVE, "here")
    assert isinstance(made, Article)
    (made.title + made.key + made.summary).encode()
    assert made.title == "a\ufffdbc"
    refusal = article_from_object({"title": 1, "x": "\ud800"}, LIVE, "here")
    assert isinstance(refusal, Refusal)
    refusal.payload.encode()
