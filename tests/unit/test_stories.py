"""Which articles tell one story."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor.ingest.wording
from monitor.ingest.stories import StoryIndex
from monitor.ingest.text_index import TextIndex
from monitor.ingest.wording import likeness, weight, wording
from monitor.ingest.words import words
from monitor.records import DAY_MS, HOUR_MS, Story
from tests.builders import NOON, article, company, prepared

A = "Harrow Bank halts withdrawals after run on deposits at three branches"

COPIES = [
    ("verbatim", A),
    ("desk prefix", f"UPDATE 3-{A}"),
    ("repeat", f"RPT-{A}"),
    ("shouting and punctuation", "HARROW BANK HALTS WITHDRAWALS, AFTER RUN ON DEPOSITS AT THREE BRANCHES!"),
    ("ticker added", f"{A} (HRRW.L)"),
    ("masthead behind a dash", f"{A} - The Daily Ledger"),
    ("one word changed", A.replace("three", "several")),
    ("curly apostrophe", A.replace("Bank", "Bank’s")),
]
OTHERS = [
    ("another event of the company", "Harrow Bank names Ines Calder chief financial officer"),
    ("another subject", "Oil settles higher as producers extend supply cuts"),
    ("a follow-up in other words", "Regulator steps in at Harrow Bank as depositors queue for a second day"),
]


def joined(first: str, second: str, later: int = HOUR_MS, about: tuple[str, str] | None = None) -> bool:
    index = StoryIndex(DAY_MS)
    one = prepared(article("t:1", first), *([company(about[0])] if about else []))
    two = prepared(article("t:2", second, at=NOON + later), *([company(about[1])] if about else []))
    index.open(1, one)
    mine = frozenset(m.entity_id for m in two.mentions)
    return index.find(two.title, mine, two.article.event_time) is not None


@pytest.mark.parametrize("text", [t for _, t in COPIES], ids=[n for n, _ in COPIES])
def test_a_copy_joins_its_story(text: str) -> None:
    assert joined(A, text)


@pytest.mark.parametrize("text", [t for _, t in OTHERS], ids=[n for n, _ in OTHERS])
def test_another_text_begins_its_own_story(text: str) -> None:
    assert not joined(A, text)


def test_the_same_template_about_another_company_is_another_story() -> None:
    first, second = "Harrow declares quarterly dividend of 12 cents", "Calder declares quarterly dividend of 12 cents"
    assert not joined(first, second)  # the names tell, also where no watchlist has them
    told = "Blast at Calder refinery after Harrow maintenance"
    assert joined(told, told)
    assert not joined(told, told, about=("x.harrow", "x.calder"))


@pytest.mark.parametrize(
    ("later", "same"), [(DAY_MS, True), (DAY_MS + 1, False), (-DAY_MS, True), (-DAY_MS - 1, False)]
)
def test_a_copy_joins_within_the_window_of_the_last_article_on_either_side(later: int, same: bool) -> None:
    assert joined(A, A, later) is same


def test_a_headline_that_comes_every_day_is_not_one_story_for_ever() -> None:
    index = StoryIndex(DAY_MS)
    opened = 0
    for number in range(50):
        item = prepared(article(f"t:{number}", "Oil prices fall on demand worries", at=NOON + number * 20 * HOUR_MS))
        found = index.find(item.title, frozenset(), item.article.event_time)
        opened += found is None
        if found is None:
            index.open(number + 1, item)
        else:
            index.join(found, item)
    assert opened == 13  # each lasts three windows


def test_chains_of_small_changes_do_not_tie_unlike_texts_together() -> None:
    index = StoryIndex(DAY_MS)
    tokens = A.split()
    story = index.open(1, prepared(article("t:1", A)))
    for step in range(len(tokens)):
        tokens[step] = f"changed{step}"
        text = " ".join(tokens)
        found = index.find(text, frozenset(), NOON)
        if found is None:
            break
        story = index.join(found, prepared(article(f"t:{step + 2}", text))).story
    # The first text stays what it was, so the middle of the chain is like first or newest, and its end is not
    # like a member that is neither.
    middle = " ".join(["changed0", "changed1", *A.split()[2:]])
    assert story.first_text == A
    assert story.newest_text != middle


def test_titles_too_short_to_judge_stand_alone() -> None:
    assert not joined("Market wrap", "Market wrap")


def test_chinese_titles_are_compared_by_character() -> None:
    assert joined("央行宣布下调存款准备金率0.5个百分点", "快讯:央行宣布下调存款准备金率0.5个百分点")
    assert not joined("央行宣布下调存款准备金率0.5个百分点", "两市成交额连续三日突破万亿元")


def test_expired_stories_are_let_go_and_named() -> None:
    index = StoryIndex(DAY_MS)
    index.open(1, prepared(article("t:1", A)))
    found = index.find(A, frozenset(), NOON)
    assert found is not None
    story = index.join(found, prepared(article("t:2", A, at=NOON + HOUR_MS))).story
    assert index.expire(NOON + DAY_MS + HOUR_MS) == []
    assert index.expire(NOON + DAY_MS + HOUR_MS + 1) == [story.id]
    assert index.find(A, frozenset(), NOON + HOUR_MS) is None
    assert len(index) == 0


def test_a_story_remembers_publishers_companies_and_the_worst_member() -> None:
    index = StoryIndex(DAY_MS)
    story = index.open(1, prepared(article("t:1", A), company("x.harrow"), negative=0.4))
    story = index.join(
        story, prepared(article("t:2", A, publisher="b.example"), company("x.other"), negative=0.9)
    ).story
    assert story.publishers == ("a.example", "b.example")
    assert story.companies == ("x.harrow", "x.other")
    assert story.negative == 900_000
    assert story.copies == 1


# Common words, names, figures and a form of the desks, so that texts share much, little and what ties nothing.
texts = st.lists(
    st.sampled_from("the to of shares fall reports quarter results harrow calder wyvern 12 3,000 REG - TABLE".split()),
    min_size=1,
    max_size=9,
).map(" ".join)


@given(st.lists(texts, min_size=1, max_size=12), texts)
def test_the_index_leaves_out_nothing_that_is_like(held: list[str], probe: str) -> None:
    index = TextIndex()
    for number, text in enumerate(held):
        index.add(str(number), wording(text))
    found = set(index.near(wording(probe)))
    assert found >= {str(n) for n, text in enumerate(held) if likeness(wording(probe), wording(text), 0.3)}
    for number, text in enumerate(held):
        index.remove(str(number), wording(text))
    assert len(index) == 0


@given(texts, texts)
def test_likeness_is_symmetric_and_whole_for_the_same_words(a: str, b: str) -> None:
    one, other = wording(a), wording(b)
    assert likeness(one, other) == likeness(other, one) <= 1 + 1e-9
    if one.words and one.words == other.words and one.figures == other.figures and one.notice == other.notice == False:  # noqa: E712
        assert likeness(one, other) == pytest.approx(1)


def test_the_examples_hold() -> None:
    assert doctest.testmod(monitor.ingest.wording).failed == 0


def test_a_word_weighs_the_more_the_rarer_it_is_in_headlines() -> None:
    assert weight("to") < weight("quarter") < weight("lehman") <= weight("wyvernhold") == 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Reg - Harrow Fund - Net Asset Value(s)", "REG-Calder Fund: Net Asset Value(s)", False),
        ("REG - Harrow Fund - Net Asset Value(s)", "REG-Harrow Fund: Net Asset Value(s)", True),
        ("Hershey reports fourth quarter results", "Revlon reports fourth quarter results", False),
        (
            "Blast at Calder refinery in Marlow Bay kills eight",
            "Blast at Calder refinery in Marlow Bay kills nine",
            True,
        ),
        ("Spotify to cut 6% of its staff", "Spotify to cut 6% of its workforce", True),  # the figure is the tie
        ("Norwhistle Airways bonds slump on fears", "Norwhistle Airways names executive committee", False),
        (
            "Crypto lender Genesis files for bankruptcy",
            "Crypto lender Genesis files for bankruptcy in blow to DCG",
            True,
        ),
    ],
)
def test_forms_filled_in_again_are_no_copies_and_new_figures_of_one_event_are(
    first: str, second: str, same: bool
) -> None:
    assert joined(first, second) is same


def test_a_restored_index_answers_as_the_one_before() -> None:
    index, again = StoryIndex(DAY_MS), StoryIndex(DAY_MS)
    story: Story = index.open(1, prepared(article("t:1", A)))
    story = index.join(story, prepared(article("t:2", f"{A} - at last"))).story
    again.restore(story)
    for text in (A, f"{A} - at last", A.replace("three", "several"), "Oil settles higher"):
        assert index.find(text, frozenset(), NOON) == again.find(text, frozenset(), NOON)


def test_desk_prefixes_tickers_and_mastheads_are_no_words_of_a_story() -> None:
    assert words("WRAPUP 2-Oil falls 3.5% (BRENT) - The Wire") == ["oil", "falls", "3.5", "the", "wire"]
    assert words("UPDATE 1-RPT-Oil falls again on supply glut fears | Harbour News") == (
        ["oil", "falls", "again", "on", "supply", "glut", "fears"]
    )


def test_headlines_share_the_words_that_they_have_in_common() -> None:
    first, second = wording("Alphaville cuts 40 jobs"), wording("Betatown and Alphaville merge")
    (mine,), (its,) = ({word for word in text.shingles if word == "alphaville"} for text in (first, second))
    assert mine is its
