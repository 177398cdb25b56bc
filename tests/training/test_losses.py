"""What is minimised, against the formula by hand, scipy and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from torch.nn.functional import cross_entropy

from training.losses import agreement, class_weights, log_prior, masked_loss, soft_loss

pytestmark = pytest.mark.training


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(7, 3, generator=torch.Generator().manual_seed(1)) * 3


def test_class_weights_are_the_inverse_effective_numbers_with_mean_1() -> None:
    # Cui et al. 2019: E(n) = (1 - beta^n) / (1 - beta). With beta = 0.9: E(1) = 1, E(2) = 1.9, E(0) counts as E(1).
    weights = class_weights([0, 1, 1], 3, beta=0.9)
    raw = [1 / 1, 1 / 1.9, 1 / 1]
    np.testing.assert_allclose(weights, [3 * w / sum(raw) for w in raw], rtol=1e-5)


def test_rare_class_weighs_more_but_never_more_than_its_rarity() -> None:
    weights = class_weights([0] * 9000 + [1] * 900 + [2] * 90, 3).tolist()
    assert weights[0] < weights[1] < weights[2] < 100 * weights[0]


def test_log_prior_counts_one_row_more_of_each_class() -> None:
    np.testing.assert_allclose(log_prior([0, 0, 0, 2], 3), np.log([4 / 7, 1 / 7, 2 / 7]), rtol=1e-6)


def test_logits_adjusted_by_the_prior_are_those_of_the_prior_where_the_head_knows_nothing() -> None:
    # Menon et al. 2021: softmax(f + log pi). A head of zeros then says the prior, and its loss is the labels' entropy.
    labels = [0] * 60 + [1] * 30 + [2] * 10
    prior = log_prior(labels, 3)
    loss = masked_loss(torch.zeros(100, 3) + prior, torch.tensor(labels), 0.0)
    assert float(loss) == pytest.approx(scipy.stats.entropy([0.6, 0.3, 0.1]), abs=1e-3)


def test_masked_loss_is_the_mean_over_the_rows_that_have_the_label(logits: torch.Tensor) -> None:
    labels = torch.tensor([0, -1, 2, -1, 1, -1, 0])
    known = labels != -1
    for smoothing in (0.0, 0.1):
        expected = cross_entropy(logits[known], labels[known], label_smoothing=smoothing)
        torch.testing.assert_close(masked_loss(logits, labels, smoothing), expected)


def test_masked_loss_of_no_label_at_all_is_0_and_moves_nothing(logits: torch.Tensor) -> None:
    logits.requires_grad_(True)
    loss = masked_loss(logits, torch.full((7,), -1), 0.1)
    loss.backward()
    assert float(loss.detach()) == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_agreement_is_scipys_symmetric_divergence(logits: torch.Tensor) -> None:
    other = logits.flip(0) * 0.5 + 1
    p, q = (scipy.special.softmax(x.double().numpy(), axis=1) for x in (logits, other))
    both = (scipy.stats.entropy(p, q, axis=1) + scipy.stats.entropy(q, p, axis=1)) / 2
    assert float(agreement(logits, other)) == pytest.approx(both.mean(), rel=1e-5)
    assert float(agreement(logits, logits + 5)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_soft_loss_is_the_divergence_from_the_teacher_times_temperature_squared(
    logits: torch.Tensor, temperature: float
) -> None:
    teacher = logits.roll(1, 0) * 2

    def soft(row: list[float]) -> list[float]:
        powers = [math.exp(value / temperature) for value in row]
        return [power / sum(powers) for power in powers]

    rows = zip(map(soft, teacher.tolist()), map(soft, logits.tolist()), strict=True)
    expected = sum(p * math.log(p / q) for taught, said in rows for p, q in zip(taught, said, strict=True)) / 7
    assert float(soft_loss(logits, teacher, temperature)) == pytest.approx(expected * temperature**2, rel=1e-4)


def test_soft_loss_of_the_teachers_own_logits_is_0(logits: torch.Tensor) -> None:
    assert float(soft_loss(logits, logits.clone(), 2.0)) == pytest.approx(0, abs=1e-6)
