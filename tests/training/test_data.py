"""Rows: cleaned as the daemon cleans, each once, split for good; written texts; the figures."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from monitor.errors import ConfigError, InputError
from training.data import MISSING, PARTS, SENTIMENTS, Row, drop_cashtags, load, save, split
from training.duplicates import shingles, without_duplicates, words
from training.recipe import read_recipe
from training.scoring import expected_calibration_error, scores
from training.targets import TARGET, entity_rows, unmarked
from training.written import expand, write

pytestmark = [pytest.mark.training, pytest.mark.slow]

DEFAULT = Path("training/configs/default.yaml")
NEGATIVE, NEUTRAL, POSITIVE = range(3)


def row(text: str, sentiment: int = MISSING, topic: int = MISSING, group: str = "", at: int | None = None) -> Row:
    return Row(text, sentiment, topic, "test", group, at=at)


def unique(rows: list[Row], threshold: float, exams: tuple[str, ...] = ()) -> list[Row]:
    return without_duplicates(rows, threshold, exams).rows


def named(text: str, entities: dict[str, int], **more: object) -> list[tuple[str, int, str]]:
    rows, _ = entity_rows(Row(text, MISSING, MISSING, "test", **more), entities)  # type: ignore[arg-type]
    return [(r.text, r.sentiment, r.target) for r in rows]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("$MANT - ManTech downgraded ahead of comps", "ManTech downgraded ahead of comps"),
        ("Shares of $AAPL and $BRK.B fall on Monday", "Shares of and fall on Monday"),
        ("$SPY $QQQ $DIA", "$SPY $QQQ $DIA"),  # nothing would be left
        ("Deal worth $4 billion signed in May", "Deal worth $4 billion signed in May"),  # money is no ticker
    ],
)
def test_cashtags_go_but_money_stays(given: str, expected: str) -> None:
    assert drop_cashtags(given) == expected


def test_a_table_of_rows_survives_its_file(tmp_path: Path) -> None:
    rows = [
        row("plain", NEGATIVE),
        Row(f"{TARGET} rises\u2028twice", POSITIVE, MISSING, "s", "s:1", "fit", 1_678_406_400_000, "Société\x85"),
    ]
    save(rows, tmp_path / "rows.jsonl")
    assert load(tmp_path / "rows.jsonl") == rows


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("Acme falls", {"Acme": NEGATIVE}, [("Acme falls", NEGATIVE, "")]),  # one entity: the headline's sentiment
        (
            "Boeing falls as Airbus wins",
            {"Boeing": NEGATIVE, "Airbus": POSITIVE},  # they differ: no label for the whole
            [
                ("[TARGET] falls as Airbus wins", NEGATIVE, "Boeing"),
                ("Boeing falls as [TARGET] wins", POSITIVE, "Airbus"),
            ],
        ),
        (
            "Gold and silver up",
            {"Gold": POSITIVE, "silver": POSITIVE},
            [
                ("Gold and silver up", POSITIVE, ""),
                ("[TARGET] and silver up", POSITIVE, "Gold"),
                ("Gold and [TARGET] up", POSITIVE, "silver"),
            ],
        ),
        ("Turmoil as oil and gas jump", {"oil": POSITIVE}, [("Turmoil as oil and gas jump", POSITIVE, "")]),
        (
            "Turmoil: oil up, gas down",
            {"oil": POSITIVE, "gas": NEGATIVE},  # whole words: not in turmoil
            [("Turmoil: [TARGET] up, gas down", POSITIVE, "oil"), ("Turmoil: oil up, [TARGET] down", NEGATIVE, "gas")],
        ),
        (
            "Tata Motors up, Tata down",
            {"Tata": NEGATIVE, "Tata Motors": POSITIVE},  # not inside the longer name
            [("Tata Motors up, [TARGET] down", NEGATIVE, "Tata"), ("[TARGET] up, Tata down", POSITIVE, "Tata Motors")],
        ),
        (
            "ACME AND BOLT SPLIT",
            {"Acme": NEGATIVE, "Bolt": POSITIVE},  # any case where the written one is not there
            [("[TARGET] AND BOLT SPLIT", NEGATIVE, "ACME"), ("ACME AND [TARGET] SPLIT", POSITIVE, "BOLT")],
        ),
        (
            "Nomura Holdings sees FTSE-Russell at 8",
            {"Nomura neutralings ": NEUTRAL, "FTSE-Rusnegative": POSITIVE},  # SEntFiN's artefacts
            [
                ("[TARGET] sees FTSE-Russell at 8", NEUTRAL, "Nomura Holdings"),
                ("Nomura Holdings sees [TARGET] at 8", POSITIVE, "FTSE-Russell"),
            ],
        ),
        (
            "Rio Tinto's profit falls, M&M's too",
            {"Rio Tinto's": NEGATIVE, "M&amp;M": NEUTRAL},  # cleaned; a possessive stays outside
            [
                ("[TARGET]'s profit falls, M&M's too", NEGATIVE, "Rio Tinto"),
                ("Rio Tinto's profit falls, [TARGET]'s too", NEUTRAL, "M&M"),
            ],
        ),
    ],
)
def test_each_entity_of_several_gets_a_row_with_its_name_replaced(
    text: str, entities: dict[str, int], expected: list[tuple[str, int, str]]
) -> None:
    assert named(text, entities) == expected


def test_a_name_that_its_headline_lacks_is_told_and_not_invented() -> None:
    rows, lost = entity_rows(row("NBFCs rally with banks"), {"NBFC": POSITIVE, "banks": POSITIVE})
    assert lost == ["NBFC"]
    assert [r.text for r in rows] == ["NBFCs rally with banks", f"NBFCs rally with {TARGET}"]


def test_rows_of_one_headline_share_a_group_and_the_plain_one_keeps_the_topic() -> None:
    rows, _ = entity_rows(row("Acme sues Bolt", topic=3), {"Acme": NEUTRAL, "Bolt": NEGATIVE})
    assert len({r.group for r in rows}) == 1
    assert rows[0].group
    assert [(r.sentiment, r.topic) for r in rows] == [(MISSING, 3), (NEUTRAL, MISSING), (NEGATIVE, MISSING)]
    given_group, _ = entity_rows(row("Acme sues Bolt", group="g"), {"Acme": NEUTRAL, "Bolt": NEGATIVE})
    assert {r.group for r in given_group} == {"g"}
    of_its_own, _ = entity_rows(row("Acme sues Bolt", NEGATIVE), {"Acme": NEUTRAL, "Bolt": POSITIVE})
    assert of_its_own[0].sentiment == NEGATIVE


WORDS = ["oil", "turmoil", "Acme", "Acme Bank", "acme", "Bolt's", "x-oil", "falls", "3%", "—", "Ünal", "(oil)"]


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), st.sets(st.sampled_from(WORDS), min_size=2, max_size=4)
)
def test_a_mark_takes_the_place_of_one_whole_name_and_of_nothing_else(text: list[str], names: set[str]) -> None:
    whole = row(" ".join(text))
    rows, lost = entity_rows(whole, dict.fromkeys(sorted(names), NEGATIVE))
    marked = [r for r in rows if r.target]
    assert len(marked) + len(lost) == len(names)
    for r in marked:
        assert unmarked(r) == whole.text
        assert r.text.count(TARGET) == 1
        before, _, behind = r.text.partition(TARGET)
        assert not before[-1:].isalnum()
        assert not behind[:1].isalnum()
        assert any(r.target.casefold() == name.removesuffix("'s").casefold() for name in names)
    for name in lost:  # an oracle without expressions: padded words
        assert f" {name} ".casefold() not in f" {whole.text} ".casefold()


def test_equal_texts_join_their_labels_and_near_ones_go() -> None:
    long = "Acme Corp declares a quarterly dividend of ten cents a share payable in May"
    done = without_duplicates(
        [
            row(f"$ACME {long}", sentiment=POSITIVE),
            row(long.upper(), topic=3),  # equal but for case and cashtag: lends its label
            row(long.replace("ten", "eleven")),  # one word in fourteen differs
            row("Acme Corp halts withdrawals"),
        ],
        threshold=0.7,
    )
    assert [(r.text, r.sentiment, r.topic) for r in done.rows] == [
        (f"$ACME {long}", POSITIVE, 3),
        ("Acme Corp halts withdrawals", MISSING, MISSING),
    ]
    assert done.dropped == {"test": 2}


def test_texts_without_latin_words_are_not_all_the_same() -> None:
    rows = [row("央行下调利率 5%"), row("МВФ повысил 5%"), row("🚀🚀"), row("📉"), row("央行下调利率 5%")]
    assert unique(rows, 0.8) == rows[:4]


def test_minimal_pairs_survive_each_other_within_their_group_alone() -> None:
    text = "Acme {} its annual net loss after it closed four plants in Oslo and Milan"
    pair = [row(text.format("narrows"), POSITIVE, group="a"), row(text.format("widens"), NEGATIVE, group="a")]
    assert unique(pair, 0.6) == pair
    assert unique([row(text.format("reports")), *pair], 0.6)[1:] == []
    stranger = row(text.format("trims"), group="b")  # another group may get another part
    assert unique([*pair, stranger], 0.6) == pair


def test_target_rows_are_compared_as_the_headline_that_they_were() -> None:
    text = "Goldman Sachs Group and Citi raise their forecast"
    rows, _ = entity_rows(row(text), {"Goldman Sachs Group": NEUTRAL, "Citi": POSITIVE})
    assert unique(rows, 0.8) == rows
    # Under the token little would be left in common.
    assert unique([row(f"{text} again"), *rows], 0.8) == [row(f"{text} again")]
    assert unique([*rows, row(f"{text} again")], 0.8) == rows
    assert unique([*rows, *rows], 0.8) == rows


def test_a_row_near_an_exam_goes_whatever_its_group() -> None:
    text = "Regulator takes control of Corvo Bank after depositors flee"
    rows = [row(text.upper()), row(f"{text} today", group="g"), row("Corvo Bank opens a branch")]
    done = without_duplicates(rows, 0.8, [text])
    assert done.rows == rows[2:]
    assert done.in_exams == {"test": 2}
    assert not done.dropped


HEADLINES = st.lists(st.sampled_from("acme bolt falls rises on loss profit the in may".split()), max_size=8).map(
    " ".join
)
ROWS = st.lists(st.tuples(HEADLINES, st.sampled_from(["", "", "a", "b"]), st.integers(0, 2)), max_size=14)


@settings(max_examples=300)
@given(ROWS, st.lists(HEADLINES, max_size=2), st.sampled_from([0.3, 0.5, 2 / 3, 0.8, 1.0]))
def test_no_two_rows_that_may_part_are_near_each_other(
    drawn: list[tuple[str, str, int]], exams: list[str], threshold: float
) -> None:
    rows = [row(text, sentiment, group=group) for text, group, sentiment in drawn]
    done = without_duplicates(rows, threshold, exams)

    def near(a: str, b: str) -> bool:
        one, other = shingles(words(a)), shingles(words(b))
        return len(one & other) / len(one | other) >= threshold

    for i, one in enumerate(done.rows):
        assert not any(near(one.text, exam) for exam in exams)
        for other in done.rows[:i]:
            assert not near(one.text, other.text) or (one.group == other.group != "" and one.text != other.text)
    # Nothing goes without a reason: brute force, first come, first kept.
    expected: list[Row] = []
    for r in rows:
        same_group = [k for k in expected if r.group and k.group == r.group]
        strangers = [k for k in expected if k not in same_group]
        if not (
            any(near(r.text, exam) for exam in exams)
            or any(near(r.text, k.text) for k in strangers)
            or any(r.text == k.text for k in same_group)
        ):
            expected.append(r)
    assert done.rows == expected
    assert done.dropped.total() + done.in_exams.total() == len(rows) - len(done.rows)


def test_a_row_keeps_its_part_when_other_rows_come() -> None:
    rows = [row(f"headline number {i}") for i in range(3000)]
    first = split(rows, 1, 0.07, 0.10)
    assert split(rows[::2], 1, 0.07, 0.10) == first[::2]
    shares = {part: sum(r.part == part for r in first) / len(first) for part in ("fit", "calibration", "report")}
    assert shares["calibration"] == pytest.approx(0.07, abs=0.015)
    assert shares["report"] == pytest.approx(0.10, abs=0.02)
    assert split(rows, 2, 0.07, 0.10) != first


def test_a_group_is_never_torn_between_parts() -> None:
    rows = split([row(f"text {i}", group=f"g{i % 40}") for i in range(800)], 1, 0.2, 0.2)
    for group in {r.group for r in rows}:
        assert len({r.part for r in rows if r.group == group}) == 1


def test_a_set_with_dates_is_split_by_time() -> None:
    order = list(range(1000))
    random.Random(4).shuffle(order)
    rows = split([row(f"text {i}", at=i * 1_000) for i in order], 1, 0.1, 0.2)
    ends = {part: [r.at for r in rows if r.part == part] for part in PARTS}
    assert [(min(ats), max(ats)) for ats in ends.values()] == [(0, 699_000), (700_000, 799_000), (800_000, 999_000)]
    undated = [row(f"other {i}") for i in range(50)]
    assert split([*rows, *undated], 1, 0.1, 0.2)[1000:] == split(undated, 1, 0.1, 0.2)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["", "", "a", "b", "c"])), min_size=1, max_size=40),
    st.sampled_from([0.0, 0.1, 0.3]),
    st.sampled_from([0.1, 0.4]),
)
def test_time_never_runs_back_from_one_part_to_an_earlier_one(
    drawn: list[tuple[int, str]], calibration: float, report: float
) -> None:
    rows = split([row(f"text {i}", group=g, at=at) for i, (at, g) in enumerate(drawn)], 1, calibration, report)
    newest: dict[str, int] = {}
    for r in rows:
        newest[r.group or r.text] = max(r.at or 0, newest.get(r.group or r.text, 0))
    moments = sorted((newest[r.group or r.text], PARTS.index(r.part)) for r in rows)
    parts = [part for _, part in moments]
    assert parts == sorted(parts)
    assert len({(when, part) for when, part in moments}) == len({when for when, _ in moments})  # a date is not torn
    assert parts[0] == 0  # something is always fitted


def test_the_grammar_grows_the_pairs_that_it_promises() -> None:
    recipe = read_recipe(DEFAULT)
    rows = write(Path(recipe.data.written), recipe.topics, recipe.seed)
    assert rows == write(Path(recipe.data.written), recipe.topics, recipe.seed)
    assert not any(set("{}|") & set(r.text) for r in rows)
    by_group: dict[str, set[int]] = {}
    for r in rows:
        by_group.setdefault(r.group, set()).add(r.sentiment)
    paired = [r for r in rows if by_group[r.group] == {NEGATIVE, POSITIVE}]
    assert len(paired) >= 1600  # 800 pairs
    general = [r for r in rows if r.topic >= 0 and recipe.topics[r.topic] in ("General News | Opinion", "Politics")]
    assert len(general) >= 300
    assert {r.sentiment for r in general} == {NEUTRAL}
    assert not any(NEUTRAL in labels and len(labels) > 1 for labels in by_group.values())


def test_the_grammar_refuses_unknown_and_endless_lists() -> None:
    with pytest.raises(InputError, match="no list of words is named 'colour'"):
        expand("{colour}", {}, random.Random(0))
    with pytest.raises(InputError, match="does not come to an end"):
        expand("{a}", {"a": ["{a}"]}, random.Random(0))


def test_figures_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    shares = rng.dirichlet([1, 1, 1], 500)
    truth = rng.integers(0, 3, 500)
    found = scores(shares, truth, SENTIMENTS)
    predicted = shares.argmax(1)
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, predicted), abs=1e-4)
    assert found["macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro"), abs=1e-4)
    assert found["weighted_f1"] == pytest.approx(f1_score(truth, predicted, average="weighted"), abs=1e-4)
    precision, recall, _, count = precision_recall_fscore_support(truth, predicted)
    for i, label in enumerate(SENTIMENTS):
        assert found["classes"][label]["precision"] == pytest.approx(precision[i], abs=1e-4)
        assert found["classes"][label]["recall"] == pytest.approx(recall[i], abs=1e-4)
        assert found["classes"][label]["rows"] == count[i]


def test_calibration_error_of_an_honest_and_of_a_boasting_classifier() -> None:
    rng = np.random.default_rng(5)
    sure = rng.uniform(0.5, 1, 20_000)
    shares = np.column_stack([sure, 1 - sure])
    honest = (rng.uniform(size=20_000) > sure).astype(np.int64)
    assert expected_calibration_error(shares, honest) < 0.015
    coin = rng.integers(0, 2, 20_000)
    assert expected_calibration_error(shares, coin) == pytest.approx(0.25, abs=0.02)


def test_the_default_recipe_is_read_and_names_twenty_topics() -> None:
    recipe = read_recipe(DEFAULT)
    assert len(recipe.topics) == 20
    assert recipe.export.tau == 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "a recipe is a mapping"),
        ("a: [", "not YAML"),
        ("run: x", "data.sets names no data set"),
        ("data: {sets: [{name: a, path: b, licence: c, title: d, colour: e}]}", "data.sets knows no option 'colour'"),
        ("data: {sets: [{name: a}]}", "missing 3 required positional arguments"),
        ("data: {sets: [a]}", "a set is a mapping, not 'a'"),
        ("data: {sets: [{columns: [a]}]}", "columns and labels are mappings"),
        ("data: {sets: [{columns: {titel: a}}]}", "columns knows no 'titel' .it knows text, sentiment, topic"),
        (
            "data: {sets: [{name: a, path: b, licence: c, title: d, on_fault: x}]}",
            "on_fault is refuse or skip, not 'x'",
        ),
        (
            "data: {written: w, sets: [{name: written, path: b, licence: c, title: d}]}",
            "two sets are named 'written'",
        ),
    ],
)
def test_a_wrong_recipe_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        read_recipe(path)
    assert "\n" not in str(caught.value)
