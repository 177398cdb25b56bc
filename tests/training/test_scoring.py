"""Figures against scikit-learn, intervals against resampling by brute force."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, confusion_matrix, f1_score, log_loss, precision_recall_fscore_support

from training import scoring
from training.scoring import (
    Floats,
    Ints,
    brier,
    clusters,
    confusion,
    expected_calibration_error,
    from_confusion,
    intervals,
    mean_interval,
    negative_log_likelihood,
    resampled,
    scores,
    share_interval,
)

pytestmark = [pytest.mark.training, pytest.mark.slow]

LABELS = ("negative", "neutral", "positive")


def guesses(rows: int, seed: int = 3) -> tuple[Floats, Ints]:
    """Shares that are right more often than not, and overconfident."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, rows, p=[0.2, 0.5, 0.3])
    shares = rng.dirichlet([0.7, 0.7, 0.7], rows) + 0.6 * np.eye(3)[truth]
    return shares / shares.sum(axis=1, keepdims=True), truth


def plain_ece(shares: Floats, truth: Ints, bins: int = 15) -> float:
    """Equal-mass ECE as its definition reads: sort, cut into bins, compare means."""
    confidence, right = shares.max(1), shares.argmax(1) == truth
    parts = np.array_split(np.argsort(confidence, kind="stable"), min(bins, len(truth)))
    return sum(len(p) * abs(right[p].mean() - confidence[p].mean()) for p in parts) / len(truth)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(scoring).failed == 0
    assert doctest.testmod(scoring).attempted > 8


def test_every_figure_agrees_with_scikit_learn() -> None:
    shares, truth = guesses(700)
    predicted = shares.argmax(1)
    found = scores(shares, truth, LABELS)
    assert confusion(truth, predicted, 3).tolist() == confusion_matrix(truth, predicted).tolist()
    assert found["accuracy"] == pytest.approx((predicted == truth).mean(), abs=5e-5)
    assert found["macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro"), abs=5e-5)
    assert found["weighted_f1"] == pytest.approx(f1_score(truth, predicted, average="weighted"), abs=5e-5)
    assert negative_log_likelihood(shares, truth) == pytest.approx(log_loss(truth, shares))
    # Brier's own score of several classes is the sum of scikit-learn's, one class against the rest.
    assert brier(shares, truth) == pytest.approx(sum(brier_score_loss(truth == c, shares[:, c]) for c in range(3)))
    precision, recall, f1, rows = precision_recall_fscore_support(truth, predicted)
    for i, label in enumerate(LABELS):
        expected = {"precision": precision[i], "recall": recall[i], "f1": f1[i], "rows": rows[i]}
        assert found["classes"][label] == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("truth", "predicted"),
    [
        ([0, 0, 1], [0, 1, 1]),  # a class that is neither there nor called is left out
        ([0, 0, 2], [0, 1, 2]),  # one that is only called counts 0
        ([0, 1, 2], [0, 1, 1]),  # one that is only there counts 0
    ],
)
def test_macro_f1_treats_absent_classes_as_scikit_learn_does(truth: list[int], predicted: list[int]) -> None:
    found = from_confusion(confusion(np.array(truth), np.array(predicted), 3))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro", zero_division=0))


@pytest.mark.parametrize("rows", [1, 7, 15, 16, 400, 1009])
def test_calibration_error_is_that_of_sorted_equal_bins(rows: int) -> None:
    shares, truth = guesses(rows)
    assert expected_calibration_error(shares, truth) == pytest.approx(plain_ece(shares, truth))


def test_rows_with_whole_weights_count_as_if_they_were_repeated() -> None:
    shares, truth = guesses(200)
    times = np.random.default_rng(1).integers(0, 4, 200)
    repeated = plain_ece(np.repeat(shares, times, axis=0), np.repeat(truth, times))
    assert expected_calibration_error(shares, truth, weights=times.astype(float)) == pytest.approx(repeated)


def test_sources_of_unlike_size_can_count_alike() -> None:
    # 900 honest rows and 100 that boast by 0.4: alone together they are off by 0.04, each source alike by 0.2.
    honest, boasting = np.tile([0.75, 0.25], (900, 1)), np.tile([0.9, 0.1], (100, 1))
    truth = np.array([0, 0, 0, 1] * 225 + [0, 1] * 50)
    shares = np.vstack([honest, boasting])
    weights = np.array([1 / 900] * 900 + [1 / 100] * 100)
    assert expected_calibration_error(shares, truth, weights=weights) == pytest.approx(0.2, abs=0.01)
    assert expected_calibration_error(shares, truth) == pytest.approx(0.04, abs=0.01)


def test_an_interval_is_that_of_resampling_whole_groups_by_brute_force() -> None:
    shares, truth = guesses(240)
    groups = [f"g{i % 50}" if i < 200 else "" for i in range(240)]  # 50 groups of 4, 40 rows alone
    cluster = clusters(groups, 240)
    assert len(set(cluster.tolist())) == 90
    seen: dict[str, list[float]] = {"accuracy": [], "macro_f1": [], "weighted_f1": [], "ece": []}
    for drawn in resampled(cluster):
        rows = [i for i in range(240) for _ in range(drawn[cluster[i]])]
        s, t = shares[rows], truth[rows]
        # These three stand against scikit-learn above, which would take ten seconds over a thousand resamples.
        for name, value in from_confusion(confusion(t, s.argmax(1), 3)).items():
            seen[name].append(float(value))
        seen["ece"].append(plain_ece(s, t))
    found = intervals(shares, truth, groups)
    for name, values in seen.items():
        assert found[name] == pytest.approx(np.percentile(values, (2.5, 97.5)), abs=6e-5), name


def test_resamples_are_seeded_and_draw_as_many_groups_as_there_are() -> None:
    cluster = clusters(["a", "a", "b", ""], 4)
    drawn = resampled(cluster)
    assert (drawn.sum(axis=1) == 3).all()
    assert (drawn == resampled(cluster)).all()
    assert drawn.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.1)


def test_rows_that_stand_or_fall_together_widen_the_interval() -> None:
    values = np.repeat(np.random.default_rng(2).integers(0, 2, 40), 10).astype(float)
    low, high = mean_interval(values)
    together = mean_interval(values, [f"g{i // 10}" for i in range(400)])
    assert together[1] - together[0] > 2.5 * (high - low)


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(8)
    held = sum(low <= 0.8 <= high for low, high in (mean_interval((rng.random(300) < 0.8) * 1.0) for _ in range(150)))
    assert 0.90 <= held / 150 <= 0.99
    shares = [share_interval(int(hits), 300) for hits in rng.binomial(300, 0.8, 2000)]
    assert np.mean([low <= 0.8 <= high for low, high in shares]) >= 0.93


def test_a_share_of_all_or_none_still_has_a_width() -> None:
    assert share_interval(18, 18)[0] < 0.9
    assert share_interval(0, 18) == [0.0, pytest.approx(1 - share_interval(18, 18)[0], abs=1e-4)]
