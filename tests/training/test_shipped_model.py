"""The shipped models, judged by headlines that no training set and no grammar of ours holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from monitor.inference.manifest import find_model
from monitor.inference.model import OnnxModel
from monitor.inference.scorer import score_texts
from monitor.inference.verify import model_info, verify
from monitor.ingest.canonical import clean_text
from monitor.records import MILLION

pytestmark = pytest.mark.slow

MEANING = Path(__file__).with_name("meaning.tsv")


LARGEST = {"default": 25_000_000, "fast": 15_000_000}


@pytest.fixture(scope="module", params=LARGEST)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(name: str) -> OnnxModel:
    return OnnxModel.load(find_model(name), threads=1)


@pytest.fixture(scope="module")
def meant() -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in MEANING.read_text(encoding="utf-8").splitlines()]
    return [(label, clean_text(text)) for label, text in rows]


def test_meaning_is_mostly_understood(model: OnnxModel, meant: list[tuple[str, str]]) -> None:
    scores = score_texts(model, [text for _, text in meant])
    right: Counter[str] = Counter()
    for (label, _), score in zip(meant, scores, strict=True):
        shares = {"negative": score.negative, "neutral": score.neutral, "positive": score.positive}
        right[label] += max(shares, key=lambda name: shares[name]) == label
    total = Counter(label for label, _ in meant)
    # Floors a little under what was measured (default 26 of 32, 18 of 18, 11 of 18; fast 25, 17, 11): they catch a
    # broken export or a worse retraining. Good news in unusual words is their weak side; no aim but where they stand.
    assert right["negative"] >= 24, (right, total)
    assert right["neutral"] >= 16, (right, total)
    assert right["positive"] >= 10, (right, total)


def test_dull_and_general_news_is_hardly_ever_counted_negative(model: OnnxModel, meant: list[tuple[str, str]]) -> None:
    dull = [text for label, text in meant if label == "neutral"]
    counted = [s for s in score_texts(model, dull) if s.negative >= MILLION * model.tau]
    assert len(counted) <= 1


def test_the_folder_is_as_promised(name: str, meant: list[tuple[str, str]]) -> None:
    folder = find_model(name)
    assert verify(name, [text for _, text in meant]) == []
    assert sum(p.stat().st_size for p in folder.iterdir()) <= LARGEST[name]
    info = model_info(name)
    assert info["batch_invariance"]["changed"] == 0
    assert info["batch_invariance"]["texts"] >= 10_000
    assert info["languages"] == ["en"]
    assert info["target_token"] == "[TARGET]"


def test_the_card_warns_and_names_its_sources(name: str) -> None:
    card = (find_model(name) / "card.md").read_text(encoding="utf-8")
    for needed in ("Twitter Financial News", "SEntFiN", "publishers' word", "Known limits", "all-MiniLM-L6-v2"):
        assert needed in card


def test_a_winner_and_a_loser_in_one_headline_are_told_apart(model: OnnxModel) -> None:
    won, lost = score_texts(
        model, ["[TARGET] wins patent suit against Korvane", "Norvane wins patent suit against [TARGET]"]
    )
    assert won.positive > won.negative
    assert lost.negative > won.negative


def test_fast_says_nearly_what_default_says_and_in_half_the_arithmetic() -> None:
    default, fast = (model_info(name) for name in LARGEST)
    for figure in ("sentiment/twitter", "sentiment/sentfin", "topic/topics"):
        # What was measured on the report part: 0.6, 2.5 and 0.8 points.
        assert default["scores"][figure]["accuracy"] - fast["scores"][figure]["accuracy"] <= 0.03
    assert fast["scores"]["headlines_per_second"] > default["scores"]["headlines_per_second"]
