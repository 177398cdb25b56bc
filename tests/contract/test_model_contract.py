"""What every model promises, the word list and the shipped one alike."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from monitor.inference.batching import padded
from monitor.inference.manifest import find_model
from monitor.inference.model import TOPIC_FLOOR, Model, OnnxModel
from monitor.inference.scorer import score_texts
from monitor.records import MILLION, Score
from tests.fakes_model import LexiconModel

TEXTS = [
    "Regulator takes control of lender",
    "Company narrows loss",
    "Profit rises 4% in third quarter",
    "Bank fraud probe: police raid head office, shares plunge",
    "?",
    "",
    "央行下调存款准备金率",
    "\ud800 lone surrogate",
    "a\u0300" * 300,
    "tariff " * 400,
    "\x00\x01\x02",
    "🚀" * 50,
]


@pytest.fixture(scope="module", params=["lexicon", pytest.param("default", marks=pytest.mark.slow)])
def model(request: pytest.FixtureRequest) -> Iterator[Model]:
    yield LexiconModel() if request.param == "lexicon" else OnnxModel.load(find_model("default"), threads=1)


def test_it_names_itself(model: Model) -> None:
    assert len(model.hash) == 16
    assert set(model.hash) <= set("0123456789abcdef")
    assert "en" in model.languages
    assert 0 < model.tau <= 1
    assert len(set(model.topics)) == len(model.topics)


def test_any_text_at_all_gets_one_whole_score(model: Model) -> None:
    scores = model.infer(model.encode(TEXTS))
    assert len(scores) == len(TEXTS)
    for score in scores:
        assert score.negative + score.neutral + score.positive == MILLION
        assert min(score.negative, score.neutral, score.positive) >= 0
        assert score.model == model.hash
        assert score.target is None
        shares = [share for _, share in score.topics]
        assert shares == sorted(shares, reverse=True)
        assert all(share >= TOPIC_FLOOR for share in shares)
        assert {name for name, _ in score.topics} <= set(model.topics)


def test_no_batch_is_no_scores(model: Model) -> None:
    assert model.encode([]) == []
    assert model.infer([]) == []


def test_a_text_of_megabytes_costs_no_more_than_a_long_headline(model: Model) -> None:
    long = len(model.encode(["bank run " * 100])[0])
    huge = "bank run " * 1_000_000
    before = time.process_time()
    assert len(model.encode([huge])[0]) == long
    # Tokenising it all takes seconds; a hundredth of one is usual, and processor time does not mind a busy machine.
    assert time.process_time() - before < 0.5
    assert padded(long) <= 128


def _far(a: Score, b: Score) -> int:
    return max(abs(a.negative - b.negative), abs(a.neutral - b.neutral), abs(a.positive - b.positive))


def test_company_in_the_batch_changes_no_score(model: Model) -> None:
    alone = [model.infer(model.encode([text]))[0] for text in TEXTS]
    order = list(range(len(TEXTS)))
    for seed in range(3):
        random.Random(seed).shuffle(order)
        together = model.infer(model.encode([TEXTS[i] for i in order]))
        for index, score in zip(order, together, strict=True):
            assert _far(alone[index], score) <= 1_000


def test_the_same_text_twice_scores_the_same(model: Model) -> None:
    first, second = score_texts(model, ["Company narrows loss"] * 2)
    assert _far(first, second) <= 1


def test_plain_disaster_is_negative_and_plain_success_positive(model: Model) -> None:
    bad, good = score_texts(model, ["Bank collapses after fraud probe", "Profit rises to record on strong sales"])
    assert bad.negative > MILLION * model.tau
    assert good.positive > good.negative
