"""Rows: cleaned as the daemon cleans, each once, split for good; written texts; the figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from monitor.errors import ConfigError, InputError
from monitor.ingest.canonical import clean_text
from training.data import MISSING, SENTIMENTS, Row, drop_cashtags, read_set, sentiment_of, split, without_duplicates
from training.recipe import read_recipe
from training.scoring import expected_calibration_error, scores
from training.written import expand, write

pytestmark = [pytest.mark.training, pytest.mark.slow]

DEFAULT = Path("training/configs/default.yaml")
NEGATIVE, NEUTRAL, POSITIVE = range(3)


def row(text: str, sentiment: int = MISSING, topic: int = MISSING, group: str = "") -> Row:
    return Row(text, sentiment, topic, "test", group)


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


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"sentiment": "positive"}, POSITIVE),
        ({"entities": {"A": "negative", "B": "negative"}}, NEGATIVE),
        ({"entities": {"A": "negative", "B": "neutral"}}, MISSING),  # who is meant is not said
        ({"entities": {}}, MISSING),
        ({}, MISSING),
    ],
)
def test_a_headline_of_several_entities_counts_only_where_all_agree(record: dict[str, object], expected: int) -> None:
    assert sentiment_of(record) == expected


def test_texts_are_cleaned_exactly_as_the_daemon_cleans(tmp_path: Path) -> None:
    raw = "Profit &amp;amp; loss: <b>ACME</b>  falls https://t.co/x1"
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps({"text": raw, "sentiment": "negative"}) + "\n", encoding="utf-8")
    assert [r.text for r in read_set(path, "s", ("A",))] == [clean_text(raw)] == ["Profit & loss: ACME falls"]


@pytest.mark.parametrize(
    "line",
    ["{", '{"sentiment": "negative"}', '{"text": "a", "sentiment": "bad"}', '["a"]', '{"text": "a", "topic": "B"}'],
)
def test_a_wrong_line_is_named_by_file_and_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "good", "sentiment": "neutral"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"set\.jsonl:2: not a labelled headline"):
        list(read_set(path, "s", ("A",)))


def test_equal_texts_join_their_labels_and_near_ones_go() -> None:
    long = "Acme Corp declares a quarterly dividend of ten cents a share payable in May"
    rows = without_duplicates(
        [
            row(f"$ACME {long}", sentiment=POSITIVE),
            row(long.upper(), topic=3),  # equal but for case and cashtag: lends its label
            row(long.replace("ten", "eleven")),  # one word in fourteen differs
            row("Acme Corp halts withdrawals"),
        ],
        threshold=0.7,
    )
    assert [(r.text, r.sentiment, r.topic) for r in rows] == [
        (f"$ACME {long}", POSITIVE, 3),
        ("Acme Corp halts withdrawals", MISSING, MISSING),
    ]


def test_minimal_pairs_of_the_grammar_survive_each_other_but_not_a_public_row() -> None:
    text = "Acme {} its annual net loss after it closed four plants in Oslo and Milan"
    pair = [row(text.format("narrows"), POSITIVE, group="a"), row(text.format("widens"), NEGATIVE, group="a")]
    assert without_duplicates(pair, 0.6) == pair
    assert without_duplicates([row(text.format("reports")), *pair], 0.6)[1:] == []


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
    import random

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
    ],
)
def test_a_wrong_recipe_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        read_recipe(path)
    assert "\n" not in str(caught.value)
