"""What an article must bring to count anew within its story."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ingest.developments import MOST, MOST_AN_HOUR, told
from monitor.ingest.figures import figures, new_figures, rounds
from monitor.ingest.stories import StoryIndex
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Mention, Story
from tests.builders import NOON, article, prepared

BANK = "Harrow Bank halts withdrawals after run on deposits at three branches"
BLAST = "Blast at Calder refinery in Marlow Bay kills eight"
TALKS = "Harrow Bank in rescue talks with rivals over deposits"


def named(title: str, *names: str) -> tuple[Mention, ...]:
    """Mentions as the matcher gives them: the id is the name in lower case."""
    return tuple(
        Mention(f"x.{n.lower()}", n, "company", "banks", "title", title.find(n), title.find(n) + len(n), 1_000_000)
        for n in names
    )


def role(
    first: str, second: str, *, names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()), stale: bool = False
) -> str:
    """`copy`, `development`, or `apart` where the second does not join the first's story."""
    index = StoryIndex(DAY_MS)
    one = prepared(article("t:1", first), *named(first, *names[0]))
    two = prepared(article("t:2", second, at=NOON + 2 * HOUR_MS), *named(second, *names[1]))
    index.open(1, one)
    story = index.find(two.title, frozenset(m.entity_id for m in two.mentions), two.article.event_time)
    if story is None:
        return "apart"
    return "development" if index.join(story, two, stale=stale).unit == "t:2" else "copy"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (BANK, f"UPDATE 3-{BANK}"),
        (BANK, f"RPT-{BANK}"),
        (BANK, BANK.upper().replace("AFTER", "- AFTER")),
        (BANK, f"{BANK} (HRRW.L)"),
        (BANK, f"UPDATE 2-{BANK.replace('three', 'several')}"),
        (BANK, f"{BANK} in 2009"),
        (BANK, f"{BANK} on Sept 15"),
        (f"{BANK}, 1.49 bln gone", f"{BANK} as 1.5 billion gone"),
        (f"{BANK}, owes 4,982 people", f"{BANK}: owes 5,000 people"),
        ("Calder chief executive Ines Marlow dies", "Calder chief executive Ines Marlow dies aged 78"),
        (BLAST, f"CORRECTED-{BLAST.replace('eight', 'nine')}"),
        (BLAST, f"RPT-UPDATE 1-{BLAST.replace('eight', 'nine')}"),
        (f"{BANK}, arrest made", f"{BANK}, chief arrested"),
        ("Calder recalls 400,000 cars over faulty brakes", "Calder recalled 400,000 cars over faulty brakes"),
    ],
)
def test_what_is_sent_again_or_said_in_other_words_is_a_copy(first: str, second: str) -> None:
    assert role(first, second) == "copy"


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (BLAST, BLAST.replace("eight", "nine"), "one more victim"),
        (BLAST, f"UPDATE 2-{BLAST.replace('eight', '19')}", "more victims"),
        ("Harrow to buy Calder refinery unit", "UPDATE 1-Harrow to buy Calder refinery unit for $470 mln", "money"),
        ("Harrow shares fall on withdrawal fears", "Harrow shares fall 14 pct on withdrawal fears", "a share"),
        ("Harrow Bank files accounts late", "Harrow Bank files for bankruptcy, accounts late", "an event"),
        (BANK, f"{BANK}; chief executive resigns", "an event"),
        (BANK, f"UPDATE 4-{BANK}, head of treasury arrested", "an event"),
    ],
)
def test_a_new_figure_or_event_is_a_development(first: str, second: str, why: str) -> None:
    assert role(first, second) == "development", why


@pytest.mark.parametrize(
    ("first", "second", "names", "made"),
    [
        (TALKS, TALKS.replace("rivals", "Calder"), (("Harrow",), ("Harrow", "Calder")), "development"),
        (TALKS, TALKS.replace("rivals", "Calder"), ((), ("Calder",)), "copy"),  # it is only told more exactly
        (TALKS, f"{TALKS} (CLDR.N)", (("Harrow",), ("Harrow", "CLDR")), "copy"),  # a ticker alone
        (TALKS, f"{TALKS} - Calder News", (("Harrow",), ("Harrow", "Calder")), "copy"),  # a masthead
        (TALKS, TALKS.replace("rivals", "peers"), (("Harrow",), ("Harrow",)), "copy"),
    ],
)
def test_a_company_beside_those_named_before_is_a_development(
    first: str, second: str, names: tuple[tuple[str, ...], tuple[str, ...]], made: str
) -> None:
    assert role(first, second, names=names) == made


def test_what_repeats_old_news_develops_nothing() -> None:
    assert role(BLAST, BLAST.replace("eight", "nine"), stale=True) == "copy"


def told_in_turn(*titles: str, apart_ms: int = HOUR_MS) -> tuple[StoryIndex, Story, list[str]]:
    """The index, the story, and each article's unit; article t:1 is the first."""
    index = StoryIndex(DAY_MS)
    story = index.open(1, prepared(article("t:1", titles[0])))
    units = ["t:1"]
    for number, title in enumerate(titles[1:], 2):
        at = NOON + (number - 1) * apart_ms
        story, unit = index.join(story, prepared(article(f"t:{number}", title, at=at)))
        units.append(unit)
    return index, story, units


def deaths(number: int) -> str:
    return f"Blast at Calder refinery in Marlow Bay kills {number}"


def test_a_development_is_new_to_the_whole_story_and_not_to_its_last_text() -> None:
    _, story, units = told_in_turn(deaths(8), deaths(12), f"Calder refinery: {deaths(12)}", f"{deaths(8)} workers")
    assert units == ["t:1", "t:2", "t:2", "t:1"]
    assert [d.id for d in story.developments] == ["t:2"]


def test_a_copy_counts_in_the_unit_of_the_text_that_it_is_likest() -> None:
    first, turn = "Harrow Bank halts withdrawals", "Harrow Bank halts withdrawals, treasury chief arrested at airport"
    _, _, units = told_in_turn(first, turn, turn, first, f"{turn} tonight", "Harrow Bank halts its withdrawals")
    assert units == ["t:1", "t:2", "t:2", "t:1", "t:2", "t:1"]


def test_one_story_alone_opens_two_units_an_hour_besides_itself_however_often_it_is_rewritten() -> None:
    _, story, units = told_in_turn(*(deaths(n) for n in range(8, 40)), apart_ms=MINUTE_MS)
    assert len(story.developments) == MOST_AN_HOUR == 2
    assert set(units) == {"t:1", "t:2", "t:3"}
    _, story, _ = told_in_turn(*(deaths(n) for n in range(8, 8 + 3 * MOST)), apart_ms=HOUR_MS)
    assert len(story.developments) == MOST


def test_a_unit_tells_its_own_title_and_goes_with_its_story() -> None:
    index, _, _ = told_in_turn(deaths(8), deaths(12))
    turn = index.unit("t:2")
    assert turn is not None and (turn.first_text, turn.first_at) == (deaths(12), NOON + HOUR_MS)
    assert index.unit("t:1") == index.get("t:1") and index.unit("t:9") is None
    assert sorted(index.expire(NOON + 3 * DAY_MS)) == ["t:1", "t:2"]
    assert index.unit("t:2") is None


def test_a_restored_story_develops_as_the_one_before() -> None:
    titles = [deaths(8), deaths(12), f"{BLAST}, chief resigns"]
    index, story, _ = told_in_turn(*titles)
    again = StoryIndex(DAY_MS)
    again.restore(story)
    for title in (*titles, deaths(13), deaths(12) + " people", f"{BLAST}; chief resigned", "Blast at Calder refinery"):
        item = prepared(article("t:9", title, at=NOON + 9 * HOUR_MS))
        fresh = StoryIndex(DAY_MS)
        fresh.restore(story)
        assert again.join(story, item) == fresh.join(story, item)
        again.restore(story)
    assert index.unit("t:2") == again.unit("t:2")


@pytest.mark.parametrize(
    ("title", "telling"),
    [
        ("Harrow cuts 1,500 jobs in 14 countries", {"1500"}),
        ("Harrow to close 12 branches by 2012", {"12"}),
        ("Harrow Q2 profit falls 63 pct to $1.2 bln", {"63", "1200000000"}),
        ("UPDATE 4-Harrow Bank <HRW.N> loses £3m", {"3000000"}),
        ("Twelve killed in 2 bombings", {"12"}),
        ("Harrow to raise A$452 mln", {"452000000"}),
        ("Fed lifts rate by 25 basis points", {"25"}),
        ("Windows 7 on 64-bit chips, says 6-year-old", set()),
        ("Man, 60, dies at 3 pm on Feb. 7, 2023", set()),
        ("G20, F-16, 3rd DDG-1000 and 28th conference", set()),
    ],
)
def test_figures_are_money_shares_and_counts(title: str, telling: set[str]) -> None:
    assert figures(title)[1] == telling


@given(st.integers(1, 10**9), st.integers(0, 3))
def test_a_figure_rounded_to_two_digits_or_more_is_not_new(value: int, places: int) -> None:
    exact = f"{value / 10**places:.{places}f}"
    digits = len(str(value))
    for kept in range(2, digits):
        rounded = f"{float(f'{value / 10**places:.{kept - 1}e}'):.{places}f}"
        if float(exact) >= 100:  # below, whole numbers are exact
            assert rounds(exact, rounded), (exact, rounded)


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_rounding_is_symmetric_and_ends_at_a_tenth(a: int, b: int) -> None:
    assert rounds(str(a), str(b)) == rounds(str(b), str(a))
    if min(a, b) < 0.9 * max(a, b):
        assert not rounds(str(a), str(b))
    assert new_figures({str(a)}, {str(a)}) == frozenset()


def test_every_phrase_of_the_lexicon_is_found_in_a_headline() -> None:
    assert told("Harrow trading halted, chief steps down").events == {"halt", "resignation"}
    assert told("Harrow ok'd").hints >= {"approval"} and not told("Harrow ok'd").events
