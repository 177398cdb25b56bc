"""The entity matcher: a table of headlines, and what its mentions carry."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ingest.canonical import clean_text
from monitor.ingest.entities import LEAD_RELEVANCE, TICKER_RELEVANCE, TITLE_RELEVANCE
from monitor.ingest.tickers import canonical_ticker
from tests.shipped import matcher
from tests.unit.entity_rows import ROWS


@pytest.mark.parametrize(("title", "expected", "rule"), ROWS, ids=[f"{rule}: {title}" for title, _, rule in ROWS])
def test_headline_names_exactly_these_entities(title: str, expected: str, rule: str) -> None:
    assert clean_text(title) == title, "the matcher is given canonical text"
    assert {mention.entity_id for mention in matcher().find(title)} == set(expected.split()), rule


def test_table_proves_at_least_150_rules_and_no_headline_twice() -> None:
    assert len(ROWS) >= 150
    assert len({title for title, _, _ in ROWS}) == len(ROWS)


def test_mention_in_title_carries_its_span_and_sector() -> None:
    title = "Profit at Crédit Agricole rises"
    (mention,) = matcher().find(title)
    assert title[mention.start : mention.end] == "Crédit Agricole"
    assert (mention.name, mention.kind, mention.sector) == ("Credit Agricole", "company", "banks")
    assert (mention.where, mention.relevance) == ("title", TITLE_RELEVANCE)


def test_span_stays_true_behind_typographic_apostrophes() -> None:
    title = "’Tis McDonald’s, says Nvidia’s chief"
    spans = {m.entity_id: title[m.start : m.end] for m in matcher().find(title)}
    assert spans == {"us.mcd": "McDonald’s", "us.nvda": "Nvidia’s"}


def test_sector_word_gives_a_mention_of_kind_sector() -> None:
    (mention,) = matcher().find("Lenders under pressure")
    assert (mention.entity_id, mention.kind, mention.sector) == ("sector.banks", "sector", "banks")


def test_title_goes_before_ticker_and_ticker_before_lead() -> None:
    mentions = matcher().find("Boeing wins order", "Rival Airbus lost out", ["NYSE:GE"])
    assert [(m.entity_id, m.where, m.relevance) for m in mentions] == [
        ("us.ba", "title", TITLE_RELEVANCE),
        ("us.ge", "ticker", TICKER_RELEVANCE),
        ("fr.air", "summary", LEAD_RELEVANCE),
    ]
    assert [(m.start, m.end) for m in mentions[1:]] == [(0, 0), (0, 0)]


def test_entity_seen_in_several_places_is_one_mention_at_the_best() -> None:
    (mention,) = matcher().find("Boeing says Boeing", "Boeing again (NYSE: BA)", ["BA"])
    assert (mention.where, mention.start) == ("title", 0)


def test_mentions_in_a_title_stand_in_reading_order() -> None:
    found = [m.entity_id for m in matcher().find("Tesla, Boeing and Nvidia fall")]
    assert found == ["us.tsla", "us.ba", "us.nvda"]


def test_context_in_the_lead_makes_an_alias_of_the_title_certain() -> None:
    assert matcher().find("Delta sees strong summer") == ()
    found = matcher().find("Delta sees strong summer", "The airline expects record demand.")
    assert "us.dal" in {m.entity_id for m in found}


@pytest.mark.parametrize("given", ["AAPL", "aapl", "$AAPL", "AAPL.O", "NASDAQ:AAPL", "nasdaq: aapl", "AAPL.OQ"])
def test_given_ticker_is_known_in_any_notation(given: str) -> None:
    assert [m.entity_id for m in matcher().find("", "", [given])] == ["us.aapl"]


@pytest.mark.parametrize("given", ["ZZZZZ", "", ":", ".", "$", "NYSE:", ".L", "FOO:BAR", "600519"])
def test_given_ticker_that_nobody_has_is_nobody(given: str) -> None:
    assert matcher().find("", "", [given]) == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [("600519.SH", "SSE:600519"), ("5.HK", "HKEX:0005"), ("brk-b.N", "NYSE:BRK.B"), ("M&M.NS", "NSE:M&M"), ("X", "X")],
)
def test_ticker_notations_become_one(given: str, expected: str) -> None:
    assert canonical_ticker(given) == expected


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=200), st.text(max_size=100), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_whatever_gives_mentions_with_true_spans_and_the_same_twice(
    raw: str, lead: str, tickers: list[str]
) -> None:
    title = clean_text(raw)
    mentions = matcher().find(title, clean_text(lead), tickers)
    assert mentions == matcher().find(title, clean_text(lead), tickers)
    assert len({m.entity_id for m in mentions}) == len(mentions)
    for mention in mentions:
        assert 0 <= mention.start <= mention.end <= len(title)
        assert (mention.where == "title") == (mention.end > 0)


def test_pathological_text_costs_little_time() -> None:
    hostile = [
        "$" * 400,
        "A.A" * 133,
        "Visa " * 80,
        "平安" * 200,
        "NYSE:" * 80,
        "A" * 400,
        "'" * 400,
        "Target Apple " * 30,
    ]
    matcher()
    started = time.perf_counter()
    for text in hostile:
        matcher().find(text[:400], text[:600])
    # A second is a hundred times what was seen: this guards against quadratic patterns, not against a slow machine.
    assert time.perf_counter() - started < 1.0
