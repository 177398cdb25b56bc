"""The losses that were measured and left out: against the formula by hand, scipy, and what they are for."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.levers.objectives import (
    Balanced,
    RDrop,
    SourceResidual,
    agreement,
    class_weights,
    log_prior,
)
from training.data import MISSING, Row
from training.objective import Objective
from training.recipe import Train

pytestmark = [pytest.mark.training, pytest.mark.slow]

PLAIN = Train(label_smoothing=0.0)
ROWS = [
    Row(f"text {i}", (0, 1, 1, 2, MISSING)[i % 5], (0, 1, MISSING)[i % 3], "ab"[i % 2], part="fit") for i in range(30)
]


class Heads(nn.Module):
    """Logits by row, twice the same or, in training with dropout, not."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(3)
        self.sentiment = nn.Parameter(torch.randn(len(ROWS), 3, generator=draw))
        self.topic = nn.Parameter(torch.randn(len(ROWS), 2, generator=draw))
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        rows = ids[:, 0]
        return self.dropout(self.sentiment[rows]), self.dropout(self.topic[rows])


def loss_of(objective: Objective, model: nn.Module) -> Tensor:
    rows = torch.arange(len(ROWS))
    return objective(model, rows, rows[:, None], torch.ones(len(ROWS), 1))


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
    loss = cross_entropy(torch.zeros(100, 3) + prior, torch.tensor(labels))
    assert float(loss) == pytest.approx(scipy.stats.entropy([0.6, 0.3, 0.1]), abs=1e-3)


def test_agreement_is_scipys_symmetric_divergence(logits: torch.Tensor) -> None:
    other = logits.flip(0) * 0.5 + 1
    p, q = (scipy.special.softmax(x.double().numpy(), axis=1) for x in (logits, other))
    both = (scipy.stats.entropy(p, q, axis=1) + scipy.stats.entropy(q, p, axis=1)) / 2
    assert float(agreement(logits, other)) == pytest.approx(both.mean(), rel=1e-5)
    assert float(agreement(logits, logits + 5)) == pytest.approx(0, abs=1e-6)


def test_two_passes_that_agree_cost_what_one_costs_and_others_their_disagreement() -> None:
    plain = loss_of(Objective(PLAIN, ROWS, None), Heads())
    torch.testing.assert_close(loss_of(RDrop(PLAIN, ROWS, None, weight=5.0), Heads()), plain)
    model = Heads(dropout=0.5)
    torch.manual_seed(1)
    both = [model(torch.arange(len(ROWS))[:, None], torch.ones(1)) for _ in range(2)]
    objective = RDrop(PLAIN, ROWS, None, weight=5.0)
    hard = sum(objective.labelled(*one, torch.arange(len(ROWS))) for one in both) / 2
    expected = hard + 5 * (agreement(both[0][0], both[1][0]) + agreement(both[0][1], both[1][1]))
    torch.manual_seed(1)
    torch.testing.assert_close(loss_of(objective, model), expected)


def test_weights_alone_are_cross_entropys_and_no_balance_changes_topics() -> None:
    model, rows = Heads(), torch.arange(len(ROWS))
    sentiment = torch.tensor([row.sentiment for row in ROWS])
    topics = cross_entropy(model.topic, torch.tensor([row.topic for row in ROWS]), ignore_index=MISSING)
    labels = [row.sentiment for row in ROWS if row.sentiment != MISSING]
    weighed = cross_entropy(model.sentiment, sentiment, class_weights(labels, 3), ignore_index=MISSING)
    torch.testing.assert_close(loss_of(Balanced(PLAIN, ROWS, None, by="weights"), model), weighed + topics)
    raised = cross_entropy(model.sentiment + log_prior(labels, 3), sentiment, ignore_index=MISSING)
    torch.testing.assert_close(loss_of(Balanced(PLAIN, ROWS, None, by="logits"), model), raised + topics)
    unlabelled = Balanced(PLAIN, [replace(row, sentiment=MISSING) for row in ROWS], None, by="weights")
    torch.testing.assert_close(unlabelled.labelled(*model(rows[:, None], rows), rows), topics)


def test_what_a_source_means_by_the_labels_is_learnt_beside_the_shared_head() -> None:
    # One shared bias; what b calls positive, a calls neutral.
    draw = random.Random(0)
    rows = [Row(f"{draw.random()}", 1 + number % 2, MISSING, "ab"[number % 2], part="fit") for number in range(200)]
    objective = SourceResidual(PLAIN, rows, None, share=0.5)
    shared = nn.Parameter(torch.zeros(3))
    optimiser = torch.optim.Adam([shared, *objective.parameters()], lr=0.05)
    torch.manual_seed(1)
    for _ in range(300):
        optimiser.zero_grad()
        objective.labelled(shared.expand(200, 3), torch.zeros(200, 2), torch.arange(200)).backward()
        optimiser.step()
    a, b = objective.residual
    assert b[2] - b[1] > 1 > -1 > a[2] - a[1]
    assert abs(shared[1] - shared[2]) < 0.3
