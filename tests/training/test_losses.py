"""What is minimised, against the formula by hand, scipy and brute force."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from training.losses import masked_loss, soft_loss

pytestmark = [pytest.mark.training, pytest.mark.slow]


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(7, 3, generator=torch.Generator().manual_seed(1)) * 3


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
