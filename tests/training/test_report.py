"""What is measured of a model, and the table, card and page that say so; the model is a list of words."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from monitor.errors import InputError
from monitor.inference.manifest import FileFact, Head
from monitor.inference.model import Floats, calibrated
from training import speed, tables
from training.card import card
from training.data import MISSING, Row
from training.evaluate import (
    ALL_ALIKE,
    assess,
    by_target,
    calibration,
    held_out,
    judging,
    measure,
    probabilities,
    sets_of,
    uncalibrated,
)
from training.recipe import Data, DataSet, Export, Recipe, Train
from training.report import page
from training.tables import NO_TARGET, all_tables, markdown

pytestmark = [pytest.mark.training, pytest.mark.slow]

NEGATIVE, NEUTRAL, POSITIVE = range(3)
TOPICS = ("Macro", "Fed | Central Banks")
WORDS = {"falls": NEGATIVE, "fraud": NEGATIVE, "rises": POSITIVE, "wins": POSITIVE}
SECRET = "Sensex falls as tariffs bite"  # stands for a text of a public set


class WordModel:
    """As far as the trainer sees a model: logits of 2 for the word's class; the first word behind the token decides."""

    def __init__(self, token: str | None = None) -> None:
        head = Head(("negative", "neutral", "positive"), 1.6, (0.3, -0.1, -0.2))
        raw = {"created": "2026-01-01", "data": [], "target_token": token}
        files = {"model.onnx": FileFact("ab" * 32, 2_000_000)}
        self.manifest = SimpleNamespace(
            name="words & such",
            precision="fp32",
            sentiment=head,
            topic=Head(TOPICS, 0.7, (0.1, -0.1)),
            target_token=token,
            raw=raw,
            files=files,
        )
        self.hash, self.topics, self.tau = "0123456789abcdef", TOPICS, 0.5
        self.ran = 0

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        return [[number for word in text.lower().split() for number in word.encode()] for text in texts]

    def logits(self, text: str) -> tuple[list[float], list[float]]:
        behind = text.partition((self.manifest.target_token or "\0").lower())[2] or text
        said = min(((behind.find(w), label) for w, label in WORDS.items() if w in behind), default=(0, NEUTRAL))[1]
        return [2.0 * (said == label) for label in range(3)], [2.0 * ("fed" in text), 1.0]

    def probabilities(self, batch: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        self.ran += len(batch)
        found = [self.logits(bytes(tokens).decode()) for tokens in batch]
        sentiment, topic = np.array([s for s, _ in found]), np.array([t for _, t in found])
        return calibrated(sentiment, self.manifest.sentiment), calibrated(topic, self.manifest.topic)


def row(text: str, sentiment: int = MISSING, source: str = "sentfin", **other: Any) -> Row:
    return Row(text, sentiment, other.pop("topic", MISSING), source, part="report", **other)


ROWS = [
    row(SECRET, NEGATIVE),
    row("Acme wins order", POSITIVE),
    row("Acme opens office", NEUTRAL),
    row("Dextra fraud ignored", POSITIVE),
    row("$ACME rises to peak", POSITIVE, "twitter", topic=0),
    row("Dextra shuffles board", NEUTRAL, "twitter", topic=1),
    row("[TARGET] falls while Dextra rises", NEGATIVE, group="g", target="Acme"),
    row("Acme falls while [TARGET] rises", POSITIVE, group="g", target="Dextra"),
    row("[TARGET] and Dextra wins prizes", POSITIVE, group="h", target="Acme"),
    row("Acme and [TARGET] wins prizes", POSITIVE, group="h", target="Dextra"),
    replace(row("not held out falls", POSITIVE), part="fit"),
]


@pytest.fixture
def exams(tmp_path: Path) -> Path:
    files = {
        "meaning": 'sober\t-\tnegative\tBastion wins a "fraud" case & more\n',
        "general": "sport\tChelsea wins cup\n",
        "targets": "1\tAcme\tnegative\tAcme falls as Dextra wins\n1\tDextra\tpositive\tAcme falls as Dextra wins\n",
        "robust": "paraphrase\tAcme falls\tAcme goes down\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.tsv").write_text(text, encoding="utf-8")
    return tmp_path


def recipe_in(folder: Path) -> Recipe:
    data = Data((DataSet("sentfin", "x.jsonl", "MIT", "SEntFiN"),))
    return Recipe(folder, "base", "base", "MIT", "words", 1, TOPICS, data, Train(), Export())


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(tables).failed == 0


def test_calibration_can_be_taken_off_again() -> None:
    logits = np.random.default_rng(0).normal(0, 6, (500, 3))
    head = Head(("a", "b", "c"), 1.7, (0.4, -0.3, -0.1))
    plain = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(uncalibrated(calibrated(logits, head), head), plain, atol=1e-9)


def test_rows_by_target_are_a_set_of_their_own_and_asked_with_the_models_token() -> None:
    found = measure(WordModel("<t>"), ROWS)
    assert {name: found[name]["rows"] for name in found if "/" in name} == {
        "sentiment/sentfin": 4,
        "sentiment/sentfin-target": 4,
        "sentiment/twitter": 2,
        "topic/twitter": 2,
    }
    assert found["sentiment/sentfin"]["accuracy"] == 0.75
    assert found["sentiment/sentfin-target"]["accuracy"] == 1.0
    assert found["sentiment/sentfin"]["confusion"] == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert found["sentiment/sentfin"]["negative_at_tau"] == {"precision": 0.5, "recall": 1.0}


def test_without_a_token_no_row_by_target_is_asked_and_it_is_said() -> None:
    found = measure(WordModel(None), ROWS)
    assert not any("-target" in name for name in found)
    assert "by_target" not in found
    assert NO_TARGET in card(manifest_of(found, None))


def test_only_headlines_whose_entities_differ_are_compared() -> None:
    found = by_target(judging(WordModel("<t>")), ROWS, "<t>")
    assert found is not None
    assert (found["headlines"], found["rows"]) == (1, 2)
    assert (found["accuracy"], found["against"], found["difference"]) == (1.0, 0.5, 0.5)
    assert by_target(judging(WordModel("<t>")), ROWS[:6], "<t>") is None


def test_calibration_before_and_after_and_each_source_alike() -> None:
    rng = np.random.default_rng(1)
    rows = [row(f"Acme {'falls' if rng.random() < 0.8 else 'opens'} {i}", NEGATIVE) for i in range(300)]
    rows += [row(f"Acme wins {i}", POSITIVE if i % 2 else NEUTRAL, "twitter") for i in range(60)]
    sets, _ = sets_of(WordModel(), rows)
    found = calibration(sets)["sentiment"]
    for source in ("sentfin", "twitter"):
        answers = sets[f"sentiment/{source}"]
        before, after = found[source]["nll"]
        truth = np.arange(len(answers.truth)), answers.truth
        assert before == pytest.approx(-np.log(answers.raw[truth]).mean(), abs=1e-4)
        assert after == pytest.approx(-np.log(answers.shares[truth]).mean(), abs=1e-4)
    # 300 rows of one source weigh no more than 60 of the other.
    expected = [(a + b) / 2 for a, b in zip(found["sentfin"]["nll"], found["twitter"]["nll"], strict=True)]
    assert found[ALL_ALIKE]["nll"] == pytest.approx(expected, abs=1e-4)


def test_a_part_without_rows_or_of_no_name_is_refused() -> None:
    with pytest.raises(InputError, match="no row is in the part 'calibration'"):
        held_out(ROWS, "calibration")
    with pytest.raises(InputError, match="part 'test' is none of fit, calibration, report"):
        held_out(ROWS, "test")


def test_tokens_that_were_judged_are_not_run_again() -> None:
    model = WordModel()
    judge = judging(model)
    first = judge(["Acme FALLS", "acme falls", "Acme wins"])
    assert model.ran == 2
    np.testing.assert_array_equal(judge(["ACME FALLS", "ACME WINS"]), first[1:])
    assert model.ran == 2
    np.testing.assert_allclose(first, probabilities(model, ["Acme FALLS", "acme falls", "Acme wins"])[0])


def test_figures_are_json_and_fill_every_table(exams: Path) -> None:
    found = measure(WordModel("<t>"), ROWS, exams=exams)
    assert json.loads(json.dumps(found)) == found
    titles = [table.title for table in all_tables(found)]
    assert titles == ["By set", "By sentiment", "Calibration", "By target", "Exams", "Robustness", "By topic"]
    for table in all_tables(found):
        assert table.rows
        assert {len(line) for line in table.rows} == {len(table.columns)}
    assert r"| twitter | Fed \| Central Banks | 1 |" in markdown(all_tables(found)[-1])


def manifest_of(scores: dict[str, Any] | None, token: str | None) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "name": "words",
        "precision": "int8",
        "labels": {"topic": list(TOPICS)},
        "max_characters": 600,
        "max_tokens": 64,
        "target_token": token,
        "base": {"name": "base", "licence": "MIT"},
        "data": [
            {"name": "sentfin", "title": "SEntFiN 1.0", "rows": 5, "licence": "MIT", "sha256": "ab" * 32},
            {"name": "own-targets", "title": "Ours", "rows": 5, "licence": "Apache-2.0"},
        ],
    }
    return manifest if scores is None else {**manifest, "scores": scores}


def test_the_card_takes_its_limits_from_what_was_measured(exams: Path) -> None:
    text = card(manifest_of(measure(WordModel("<t>"), ROWS, exams=exams), "<t>"))
    assert "the target score is right for 100% of them (the whole headline's: 50%)" in text
    assert "Weak in the exams, share of headlines right: sober (0% of 1), sport (0% of 1)." in text
    assert "Of 1 general headlines, nobody's bad news, it counts 0.0% negative." in text
    assert "`own-targets`: made for this project" in text
    assert "publishers' word" in text
    assert "headlines of Indian markets" in text
    assert NO_TARGET not in text


def test_the_card_of_a_manifest_without_scores_exams_or_token_says_so() -> None:
    bare = manifest_of(None, None)
    del bare["target_token"]
    text = card(bare)
    assert "Nothing was measured." in text
    assert "No exam of meaning was taken" in text
    assert "A headline about two companies gets one sentiment." in text
    assert "was not measured" in card(manifest_of(None, "<t>"))


def test_the_card_reads_a_manifest_of_an_older_trainer() -> None:
    classes = {label: {"precision": 0.9, "recall": 0.8, "f1": 0.85, "rows": 3} for label in ("negative", "neutral")}
    old = {"rows": 6, "accuracy": 0.8629, "macro_f1": 0.8, "weighted_f1": 0.8, "ece": 0.04, "classes": classes}
    text = card(manifest_of({"sentiment/sentfin": old, "headlines_per_second": 597}, None))
    assert "| sentiment/sentfin | 6 | 0.863 | 0.800 | 0.800 | 0.040 | - | - |" in text


class Page(HTMLParser):
    """Which elements there are, which attributes point elsewhere, and whether all that opens closes."""

    VOID = frozenset({"meta", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action", "data"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


TIMED = [{"threads": n, "median": 500.0, "low": 480.0, "high": 510.0} for n in (1, 2)]


@pytest.mark.parametrize("token", [None, "<t>"])
def test_the_page_stands_alone_and_is_well_formed(tmp_path: Path, exams: Path, token: str | None) -> None:
    lines = [{"step": 50, "of": 100, "loss": 1.5, "rate": 1e-4}, {"epoch": 1, "seconds": 9, "sentiment/sentfin": 0.8}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    model = WordModel(token)
    text = page(recipe_in(tmp_path), model, assess(model, ROWS, exams=exams), TIMED)
    found = Page(text)
    assert found.open == []
    assert "script" not in found.seen
    assert found.seen.count("img") == 2
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in found.addresses)
    assert not re.search(r"https?://|@import|url\(", text)
    for anchor in (address for address in found.addresses if address.startswith("#")):
        assert f'id="{anchor[1:]}"' in text
    assert "<h1>Model words &amp; such</h1>" in text
    assert (NO_TARGET in text) == (token is None)


def test_the_page_lists_mistakes_of_our_exams_and_no_text_of_a_set(tmp_path: Path, exams: Path) -> None:
    model = WordModel()
    text = page(recipe_in(tmp_path), model, assess(model, ROWS, exams=exams), TIMED)
    assert "Bastion wins a &quot;fraud&quot; case &amp; more" in text
    assert "Acme falls → Acme goes down" in text
    assert SECRET not in text
    assert "Dextra fraud ignored" not in text  # a mistake, but not ours to show
    assert "no metrics.jsonl" in text


def test_the_page_without_exams_says_so(tmp_path: Path) -> None:
    model = WordModel()
    assert "No exam was taken" in page(recipe_in(tmp_path), model, assess(model, ROWS), TIMED)


def test_a_second_folder_makes_the_speed_a_ratio() -> None:
    paired = [{**line, "against": 250.0, "ratio": 2.0, "ratio_low": 1.9, "ratio_high": 2.1} for line in TIMED]
    assert "| 1 | 500 (480..510) | 250 | 2.00 (1.90..2.10) |" in markdown(tables.speed_table(paired))
    assert "| 2 | 500 (480..510) |" in markdown(tables.speed_table(TIMED))


def test_texts_to_time_by_come_from_the_whole_part() -> None:
    rows = [row(f"headline {i}", source="twitter" if i < 900 else "sentfin") for i in range(1000)]
    texts = speed.sample(rows)
    assert len(texts) == 128
    assert any(int(text.split()[1]) >= 890 for text in texts)
    assert speed.sample(rows[:5]) == [r.text for r in rows[:5]]
