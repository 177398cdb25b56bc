"""Exams and changes that must not matter, judged by judges whose answers are known beforehand."""

from __future__ import annotations

import doctest
import random
from pathlib import Path

import numpy as np
import pytest

from monitor.errors import InputError
from training import exams, robustness
from training.data import MISSING, Row
from training.exams import Judge, Taken, take
from training.robustness import CHANGES, NAME_SWAPPED, pairs, typo
from training.robustness import robustness as measured
from training.scoring import Floats

pytestmark = [pytest.mark.training, pytest.mark.slow]

NEGATIVE, NEUTRAL, POSITIVE = range(3)
LINES = ["Regulator halts withdrawals", "$ACME - Acme wins award", "Profit of 12345 falls", "Rates of a year"]


def by_word(**labels: int) -> Judge:
    """Says the label of the first known word with 0.8, else neutral; case matters to it."""

    def judge(texts: list[str]) -> Floats:
        said = [next((labels[word] for word in text.split() if word in labels), NEUTRAL) for text in texts]
        return np.full((len(texts), 3), 0.1) + 0.7 * np.eye(3)[said]

    return judge


def row(text: str, sentiment: int, target: str = "", source: str = "sentfin") -> Row:
    return Row(text, sentiment, MISSING, source, part="report", target=target)


def folder_of(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.tsv").write_text(text.replace(" / ", "\t"), encoding="utf-8")
    return tmp_path


def exam(tmp_path: Path, judge: Judge, token: str | None = None, **files: str) -> Taken:
    return take(folder_of(tmp_path, **files), judge, tau=0.5, token=token)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(robustness).failed == 0
    assert doctest.testmod(exams).failed == 0


@pytest.mark.parametrize("seed", range(40))
def test_a_typo_is_one_slip_in_one_long_word(seed: int) -> None:
    text = "$ACMES says 12345 crores and [TARGET] narrows its loss"
    changed = typo(text, random.Random(seed))
    assert changed != text
    assert typo(text, random.Random(seed)) == changed
    differing = [(a, b) for a, b in zip(text.split(), changed.split(), strict=True) if a != b]
    assert len(differing) == 1
    old, new = differing[0]
    assert old in {"crores", "narrows"}
    assert abs(len(new) - len(old)) <= 1
    assert set(new) <= set(old)


def test_a_text_without_long_words_or_of_one_letter_is_survived() -> None:
    assert typo("Up 5% as oil ebbs", random.Random(0)) == "Up 5% as oil ebbs"
    assert all(typo("aaaaa", random.Random(seed)) in {"aaaa", "aaaaaa"} for seed in range(20))


@pytest.mark.parametrize(
    ("change", "text", "expected"),
    [
        ("lower case", "ACME Wins", "acme wins"),
        ("upper case", "ACME Wins", "ACME WINS"),
        ("publisher behind", "Acme wins", "Acme wins - Reuters"),
        ("publisher behind", "Acme wins - Bloomberg", "Acme wins - Bloomberg"),
        ("cashtag in front", "Acme wins", "$ABCD - Acme wins"),
        ("cashtag in front", "Acme $ACME wins", "Acme $ACME wins"),
        ("cashtag in front", "Acme wins $5 million", "$ABCD - Acme wins $5 million"),
        ("cashtags gone", "$ACME - Acme wins an award", "Acme wins an award"),
    ],
)
def test_changes_do_what_they_say(change: str, text: str, expected: str) -> None:
    assert CHANGES[change](text, random.Random(0)) == expected


def test_a_row_is_changed_alike_whatever_rows_stand_around_it() -> None:
    rows = [row(text, NEUTRAL) for text in LINES]
    for change in CHANGES:
        assert sorted(pairs(rows, change)) == sorted(pairs(rows[::-1], change))
    assert pairs(rows, "upper case", limit=2) == pairs(rows, "upper case", limit=2)
    assert len(pairs(rows, "upper case", limit=2)) == 2


def test_only_companies_are_renamed_and_only_where_they_stood() -> None:
    rows = [
        row("[TARGET] beats Dextra", POSITIVE, "Norvane"),
        row("Norvane beats [TARGET]", NEGATIVE, "Dextra"),
        row("[TARGET] slips as stocks fall", NEGATIVE, "Bank Nifty"),
        row("[TARGET] up as traders buy", POSITIVE, "gold"),
        row("[TARGET] and Dextra beat forecasts", POSITIVE, "Norvane"),
    ]
    found = pairs(rows, NAME_SWAPPED)
    assert [text for text, _, _ in found] == [
        "Norvane beats Dextra",
        "Norvane beats Dextra",
        "Norvane and Dextra beat forecasts",
    ]
    assert found[0][1].endswith(" beats Dextra") and not found[0][1].startswith("Norvane")
    assert found[1][1].startswith("Norvane beats ") and not found[1][1].endswith("Dextra")
    # The whole headline has no label where its entities differ.
    assert [label for _, _, label in found] == [MISSING, MISSING, POSITIVE]


def test_a_judge_that_heeds_case_is_found_out() -> None:
    rows = [row(f"Acme loss of {i}", NEGATIVE) for i in range(8)] + [
        row(f"Acme opens shop {i}", NEUTRAL) for i in range(2)
    ]
    found = measured(by_word(loss=NEGATIVE), rows)
    assert found["lower case"] == {
        "rows": 10,
        "share": 1.0,
        "interval": [pytest.approx(0.7225, abs=1e-3), 1.0],
        "move": 0.0,
        "accuracy": [1.0, 1.0],
    }
    assert found["upper case"]["share"] == 0.2
    assert found["upper case"]["move"] == pytest.approx(0.8 * 0.7)
    assert found["upper case"]["accuracy"] == [1.0, 0.2]
    assert "cashtags gone" not in found  # no row has any
    assert NAME_SWAPPED not in found


def test_pairs_count_only_where_both_are_right(tmp_path: Path) -> None:
    text = (
        "kind / pair / label / text\n# a comment\n"
        "direction / a / positive / Acme narrows loss\ndirection / a / negative / Acme widens loss\n"
        "direction / b / positive / Acme trims loss\ndirection / b / negative / Acme swells loss\n"
        "sober /  / neutral / Acme opens shop\nsober / - / neutral / Acme opens\nsober / - / neutral / Acme shuts\n"
    )
    taken = exam(tmp_path, by_word(narrows=POSITIVE, loss=NEGATIVE), meaning=text)
    found = taken.figures["meaning"]
    assert (found["rows"], found["share"]) == (7, round(6 / 7, 4))
    assert (found["pairs"]["rows"], found["pairs"]["share"]) == (2, 0.5)
    assert {kind: (f["rows"], f["share"]) for kind, f in found["kinds"].items()} == {
        "direction": (4, 0.75),
        "sober": (3, 1.0),
    }
    assert [(m.text, m.expected, m.said, m.confidence) for m in taken.mistakes] == [
        ("Acme trims loss", "positive", "negative", pytest.approx(0.8))
    ]


def test_general_news_is_counted_by_tau_and_by_label(tmp_path: Path) -> None:
    def judge(texts: list[str]) -> Floats:
        unsure = {"crash": [0.45, 0.30, 0.25], "dies": [0.9, 0.05, 0.05]}
        return np.array([next((s for w, s in unsure.items() if w in t), [0.1, 0.8, 0.1]) for t in texts])

    text = "sport / Chelsea crash out\nsport / Chelsea win\nobituary / Actor dies\nscience / Comet seen\n"
    found = exam(tmp_path, judge, general=text).figures["general"]
    assert found["negative"]["share"] == 0.25  # only `dies` reaches tau
    assert found["not_neutral"]["share"] == 0.5
    assert found["kinds"]["sport"]["share"] == 0.5


def test_negation_must_turn_a_verdict_and_paraphrase_must_keep_a_label(tmp_path: Path) -> None:
    text = (
        "negation / Acme defaults / Acme never defaults\n"
        "negation / Acme sinks / Acme floats\n"
        "negation / Acme opens shop / Acme opens no shop\n"  # no verdict that could turn
        "paraphrase / Acme sinks / Acme drowns\nparaphrase / Acme opens shop / A shop of Acme's opens\n"
    )
    taken = exam(tmp_path, by_word(defaults=NEGATIVE, sinks=NEGATIVE), robust=text)
    found = taken.figures["robust"]
    assert (found["negation"]["rows"], found["negation"]["share"]) == (2, 0.5)
    assert (found["paraphrase"]["rows"], found["paraphrase"]["share"]) == (2, 0.5)
    assert [(m.expected, m.text) for m in taken.mistakes] == [
        ("not negative", "Acme defaults → Acme never defaults"),
        ("negative", "Acme sinks → Acme drowns"),
    ]


TARGETS = (
    "id / target / label / text\n"
    "t1 / Norvane / positive / Norvane beats Dextra\n"
    "t1 / Dextra / negative / Norvane beats [TARGET]\n"
)


def test_each_target_is_asked_with_the_models_own_token_in_its_place(tmp_path: Path) -> None:
    asked: list[str] = []

    def judge(texts: list[str]) -> Floats:
        asked.extend(texts)
        said = [POSITIVE if t.startswith(("<t>", "Norvane beats Dextra")) else NEGATIVE for t in texts]
        return np.full((len(texts), 3), 0.1) + 0.7 * np.eye(3)[said]

    found = exam(tmp_path, judge, token="<t>", targets=TARGETS).figures["targets"]
    assert {"<t> beats Dextra", "Norvane beats <t>", "Norvane beats Dextra"} == set(asked)
    assert (found["headlines"], found["rows"], found["accuracy"], found["against"]) == (1, 2, 1.0, 0.5)
    assert found["difference"] == 0.5


def test_without_a_token_only_whole_headlines_are_asked(tmp_path: Path) -> None:
    found = exam(tmp_path, by_word(beats=POSITIVE), targets=TARGETS).figures["targets"]
    assert found["by_target"] is False
    assert found["against"] == 0.5
    assert "accuracy" not in found


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no exam is here"),
        ({"general": "sport\n"}, r"general\.tsv:1: 1 columns, not kind, text"),
        ({"meaning": "a / b / bad / c\n"}, r"meaning\.tsv:1: 'bad' is none of negative, neutral, positive"),
        ({"robust": "typo / b / c\n"}, r"robust\.tsv:1: 'typo' is none of negation, paraphrase"),
        ({"targets": "1 / Acme / neutral / Dextra wins\n"}, r"targets\.tsv:1: the text does not name 'Acme'"),
    ],
)
def test_a_wrong_exam_is_named_by_file_and_line(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        exam(tmp_path, by_word(), **files)
