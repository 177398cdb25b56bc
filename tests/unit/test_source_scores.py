"""The record between scorer and watcher: whole as it was scored, and believed as little as any other source's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ingest.canonical import digest
from monitor.pipeline import prepare
from monitor.records import DAY_MS, MILLION, Mode, Prepared, Refusal, Scope, Score
from monitor.sources.scores import from_record, to_record
from monitor.sources.wire import MAX_OBJECT_BYTES, WireContext
from tests.builders import NOON, article
from tests.shipped import matcher

MATCHER = matcher()
CONTEXT = WireContext("scores", Scope.GENERAL, Mode.LIVE, NOON)
WHOLE = Score(700_000, 200_000, 100_000, (("Fed", 900_000), ("M&A", 50_001)), "0123456789abcdef")


def scored(title: str = "Boeing falls as Airbus wins order", **given: Any) -> Prepared:
    prepared = prepare(replace(article("t:1", title, at=NOON - 1_000), source="t"), MATCHER, ("en",))
    return replace(prepared, **{"scores": (WHOLE, replace(WHOLE, target="us.ba")), **given})


def read(data: bytes) -> Prepared | Refusal:
    return from_record(data, CONTEXT, "scores/0@7")


def test_a_record_gives_back_what_was_scored_bit_for_bit() -> None:
    assert read(to_record(scored())) == scored()
    assert read(to_record(scored(scores=(), unscored="unsupported_language"))) == scored(
        scores=(), unscored="unsupported_language"
    )


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)


@given(TEXT, TEXT, st.integers(0, MILLION), st.integers(0, MILLION))
def test_any_text_and_any_score_comes_back(title: str, summary: str, one: int, two: int) -> None:
    low, high = sorted((one, two))
    item = replace(article("t:1", "x", at=NOON), source="t", title=title, summary=summary)
    score = Score(low, high - low, MILLION - high, (), "0123456789abcdef")
    prepared = replace(prepare(item, MATCHER, ("en",)), scores=(score,), unscored="")
    assert read(to_record(prepared)) == prepared


def test_what_a_newer_scorer_adds_is_left_aside() -> None:
    record = json.loads(to_record(scored()))
    record["shadow"] = {"model": "x"}
    record["article"]["region"] = "us"
    assert read(json.dumps(record).encode()) == scored()


def test_a_scorer_s_clock_that_is_ahead_is_set_back_to_ours() -> None:
    early = scored()
    ahead = replace(early, article=replace(early.article, published_at=None, received_at=NOON + 60_000))
    found = read(to_record(replace(ahead, article=replace(ahead.article, event_time=NOON + 60_000))))
    assert isinstance(found, Prepared)
    assert (found.article.received_at, found.article.event_time) == (NOON, NOON)


def changed(**given: Any) -> Callable[[Prepared], Prepared]:
    return lambda prepared: replace(prepared, **given)


def with_article(**given: Any) -> Callable[[Prepared], Prepared]:
    return lambda prepared: replace(prepared, article=replace(prepared.article, **given))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_article(key="other:1"), "the key is not its source's"),
        (with_article(mode=Mode.HISTORY), "it is no live article"),
        (with_article(event_time=0), "a time lies before 1990"),
        (with_article(published_at=NOON + 2 * DAY_MS), "a time lies before 1990 or more than a day ahead"),
        (with_article(publisher="p" * 501), "a name is longer"),
        (with_article(summary="s" * 8_001), "a text is longer"),
        (with_article(tickers=("A\0",)), "a text holds NUL"),
        (with_article(url="javascript:alert(1)"), "the address is none"),
        (changed(title="Another headline"), "text_hash is another text's"),
        (lambda p: replace(p, mentions=(replace(p.mentions[0], end=4_000),)), "a mention lies outside"),
        (changed(scores=()), "neither scores nor why there are none"),
        (changed(unscored="empty"), "neither scores nor why there are none"),
        (changed(scores=(replace(WHOLE, target="us.ba"),)), "the whole headline's score is not first"),
        (changed(scores=(replace(WHOLE, positive=100_001),)), "probabilities do not sum"),
        (changed(scores=(replace(WHOLE, negative=-100_000, positive=900_000),)), "probabilities do not sum"),
        (changed(scores=(replace(WHOLE, topics=(("Fed", MILLION + 1),)),)), "a share lies outside"),
        (lambda p: replace(p, mentions=(replace(p.mentions[0], relevance=-1),)), "a share lies outside"),
    ],
)
def test_what_no_scorer_would_have_written_is_refused(change: Callable[[Prepared], Prepared], said: str) -> None:
    found = read(to_record(change(scored())))
    assert isinstance(found, Refusal)
    assert found.reason == "bad_scores" and said in found.detail
    assert (found.source, found.where) == ("scores", "scores/0@7")


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (b"\xff\xfe", "not_json", "JSON"),
        (b"{", "not_json", "JSON"),
        (b"[" * 100_000, "not_json", "JSON"),
        (b"[]", "bad_type", "object"),
        (b'{"title": 3}', "bad_type", "article"),
        (to_record(scored()).replace(b'"negative":700000', b'"negative":"700000"', 1), "bad_type", "scores.0.negative"),
        (to_record(scored()).replace(b'"negative":700000', b'"negative":0.7', 1), "bad_type", "scores.0.negative"),
        (b" " * (MAX_OBJECT_BYTES + 1), "too_long", "bytes"),
    ],
)
def test_what_is_no_record_is_refused_with_its_place(data: bytes, reason: str, said: str) -> None:
    found = read(data)
    assert isinstance(found, Refusal)
    assert found.reason == reason and said in found.detail and "\n" not in found.detail


def test_the_hash_is_that_of_the_canonical_text() -> None:
    assert scored().text_hash == digest(scored().title, scored().lead)
