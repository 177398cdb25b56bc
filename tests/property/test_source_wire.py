"""Whatever bytes arrive, an article or a refusal comes of them, and either can be stored."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor.records import DAY_MS, Article, Mode, Refusal, Scope
from monitor.sources.wire import OLDEST_MS, WireContext, article_from_line, article_from_object, parse_time
from tests.fakes_source import NOW

LIVE = WireContext("desk", Scope.GENERAL, Mode.LIVE, NOW)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
fields = st.sampled_from(
    ["id", "title", "summary", "url", "publisher", "published_at", "received_at", "language", "tickers"]
)


def storable(record: Article | Refusal) -> None:
    if isinstance(record, Article):
        texts = [record.key, record.title, record.summary, record.url, record.publisher, record.language]
        assert "\0" not in "".join(texts)
        "".join(texts).encode()
        assert OLDEST_MS <= record.event_time <= NOW + DAY_MS
        assert record.received_at <= NOW
    else:
        (record.payload + record.detail + record.where).encode()


@given(st.dictionaries(fields, json_values))
def test_any_object_is_an_article_or_a_refusal(value: dict[str, object]) -> None:
    storable(article_from_object(value, LIVE, "w"))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_line_is_an_article_or_a_refusal(line: bytes) -> None:
    storable(article_from_line(line, LIVE, "w"))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.timezones() | st.just(UTC)))
def test_iso_times_agree_with_datetime(moment: datetime) -> None:
    assert abs(parse_time(moment.isoformat()) - moment.timestamp() * 1000) < 1.5
