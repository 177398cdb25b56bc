"""From logits to the integer millionths that are stored."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from monitor.inference.manifest import Head
from monitor.inference.model import TOPIC_FLOOR, OnnxModel, as_score, calibrated, millionths
from monitor.records import MILLION

logit_rows = st.lists(st.floats(-60, 60), min_size=1, max_size=20)


@settings(deadline=None)
@given(logit_rows)
def test_millionths_sum_to_a_million_and_stay_within_one(logits: list[float]) -> None:
    shares = softmax(np.array(logits)).tolist()
    found = millionths(shares)
    assert sum(found) == MILLION
    assert all(abs(m - s * MILLION) < 1 for m, s in zip(found, shares, strict=True))
    assert all(m >= 0 for m in found)


@settings(deadline=None)
@given(st.lists(logit_rows.filter(lambda r: len(r) == 3), min_size=1, max_size=5), st.floats(0.2, 5))
def test_calibration_is_a_softmax_of_scaled_and_shifted_logits(rows: list[list[float]], temperature: float) -> None:
    bias = (0.3, -0.1, -0.2)
    logits = np.array(rows)
    expected = softmax(logits / temperature + np.array(bias), axis=1)
    found = calibrated(logits, Head(("a", "b", "c"), temperature, bias))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_huge_logits_do_not_overflow() -> None:
    found = calibrated(np.array([[1e30, -1e30, 0.0]]), Head(("a", "b", "c"), 1.0, (0.0, 0.0, 0.0)))
    assert found.tolist() == [[1.0, 0.0, 0.0]]


def test_what_is_no_number_leaves_the_other_texts_of_its_run_alone() -> None:
    head, well = Head(("a", "b", "c"), 2.0, (0.0, 0.1, 0.0)), [1.0, 2.0, 3.0]
    logits = np.array([well, [np.nan, 0, 0], [np.inf, 0, 0], well, [-np.inf] * 3])
    model = OnnxModel.__new__(OnnxModel)  # as it is after its session has run
    model.manifest = SimpleNamespace(topic=head, hash="m")  # type: ignore[assignment]
    model.probabilities = lambda batch, width=0: (calibrated(logits, head),) * 2  # type: ignore[method-assign]
    found = model.infer([[1]] * 5)
    assert [score is None for score in found] == [False, True, True, False, True]
    (alone,) = calibrated(np.array([well]), head).tolist()
    assert found[0] == found[3] == as_score(alone, alone, head.labels, "m")


def test_topics_are_the_probable_ones_highest_first() -> None:
    score = as_score([0.2, 0.3, 0.5], [0.04, 0.3, 0.6, 0.06], ("a", "b", "c", "d"), "m")
    assert score.topics == (("c", 600_000), ("b", 300_000), ("d", 60_000))
    assert all(m >= TOPIC_FLOOR for _, m in score.topics)
    assert (score.negative, score.neutral, score.positive) == (200_000, 300_000, 500_000)
    assert score.sentiment == 300_000


def test_a_model_without_topics_gives_none() -> None:
    assert as_score([1.0, 0.0, 0.0], [], (), "m").topics == ()


def test_equal_topics_keep_the_labels_order() -> None:
    assert [n for n, _ in as_score([1, 0, 0], [0.25] * 4, ("d", "a", "c", "b"), "m").topics] == ["d", "a", "c", "b"]


@pytest.mark.parametrize("shares", [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1e-9, 1 - 2e-9, 1e-9]])
def test_certain_shares_stay_certain(shares: list[float]) -> None:
    assert millionths(shares) == [round(s * MILLION) for s in shares]
