"""Who counts as a publisher of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ingest.originators import independent, originator
from monitor.ingest.stories import StoryIndex
from monitor.records import DAY_MS
from tests.builders import article, prepared

A = "Harrow Bank halts withdrawals after run on deposits at three branches"


@pytest.mark.parametrize(
    ("lead", "who"),
    [
        ("(Reuters) - Harrow Bank halted withdrawals.", "reuters"),
        ("LONDON, Sept 15 (Reuters) - Harrow Bank halted withdrawals.", "reuters"),
        ("NEW YORK (AP) — Harrow Bank halted withdrawals.", "ap"),
        ("By Jane Doe, Associated Press. Harrow Bank halted withdrawals.", "ap"),
        ("By JANE DOE of Bloomberg News", "bloomberg"),
        ("Harrow Bank halted withdrawals, people told (Reuters has the memo).", "a.example"),
        ("Harrow Bank halted withdrawals.", "a.example"),
        ("By the time that Harrow halted withdrawals, Reuters had told of it.", "a.example"),
        ("", "a.example"),
    ],
)
def test_a_lead_that_names_an_agency_is_the_agencys(lead: str, who: str) -> None:
    assert originator("a.example", lead) == who


def test_an_agencys_own_site_is_the_agency() -> None:
    assert originator("www.reuters.com", "") == originator("b.example", "(Reuters) - It fell.") == "reuters"


def test_one_title_under_three_mastheads_is_one_telling_and_other_words_are_a_second() -> None:
    index = StoryIndex(DAY_MS)
    story = index.open(1, prepared(article("t:1", A, publisher="a.example")))
    for number, publisher in enumerate(("b.example", "c.example"), 2):
        story = index.join(story, prepared(article(f"t:{number}", f"UPDATE 1-{A}", publisher=publisher))).story
    assert [set(who) for _, *who in story.tellings] == [{"a.example", "b.example", "c.example"}]
    story = index.join(story, prepared(article("t:4", f"{A}, sources say", publisher="c.example"))).story
    assert len(story.tellings) == 2
    assert independent(frozenset(who) for _, *who in story.tellings) == 1  # c may have had its own words of nobody else


groups = st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1), max_size=8)


@given(groups)
def test_the_count_is_of_texts_that_share_nobody_and_no_more_than_there_are_hands(
    tellings: list[frozenset[str]],
) -> None:
    count = independent(tellings)
    hands = frozenset().union(*tellings)
    assert (count == 0) == (not tellings)
    assert count <= min(len(hands), len(set(tellings)))
    assert independent([*tellings, *tellings]) == independent(tellings[::-1]) == count
    if tellings:
        assert independent([*tellings, hands]) == count  # what anyone may have written adds nobody


@given(groups)
def test_publishers_that_tell_in_their_own_words_all_count(tellings: list[frozenset[str]]) -> None:
    alone = {who for telling in tellings for who in telling}
    assert independent([*tellings, *(frozenset({who}) for who in alone)]) == len(alone)
