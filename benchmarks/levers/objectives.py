"""Other losses, measured and left out of the trainer: each is the trainer's own and something more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax

from benchmarks.levers.work import Work, bare
from training.data import MISSING, SENTIMENTS, Row
from training.losses import masked_loss
from training.model import Classifier
from training.objective import Objective
from training.recipe import Recipe, Train

Soft = tuple[Tensor, Tensor] | None


def r_drop(recipe: Recipe, rows: list[Row], seed: int, *, weight: float = 1.0) -> Work:
    """A second pass of the same batch differs by dropout alone, and should agree (R-Drop, Liang et al. 2021)."""
    return Work(recipe, rows, bare(recipe), make_objective=partial(RDrop, weight=weight))


def source_residual(recipe: Recipe, rows: list[Row], seed: int, *, share: float = 0.5) -> Work:
    """A row's sentiment may lean on what its source means by the labels, so that the head learns what all mean."""
    return Work(recipe, rows, bare(recipe), make_objective=partial(SourceResidual, share=share))


def balanced(recipe: Recipe, rows: list[Row], seed: int, *, by: str) -> Work:
    """Rare sentiments count more: by `weights`, or by `logits` adjusted by the prior (Menon et al. 2021)."""
    return Work(recipe, rows, bare(recipe), make_objective=partial(Balanced, by=by))


class RDrop(Objective):
    """Both passes' mean loss, and `weight` times their disagreement."""

    def __init__(self, options: Train, rows: list[Row], soft: Soft, *, weight: float) -> None:
        super().__init__(options, rows, soft)
        self.weight = weight

    def forward(self, model: Classifier, rows: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        first: tuple[Tensor, Tensor] = model(ids, mask)
        second: tuple[Tensor, Tensor] = model(ids, mask)
        loss = (self.labelled(*first, rows) + self.labelled(*second, rows)) / 2
        return loss + self.weight * sum(agreement(a, b) for a, b in zip(first, second, strict=True))


class SourceResidual(Objective):
    """The sentiments' logits of a share of the rows are moved by what is learnt of their source.

    Attributes:
        residual: what a source means by the labels over what all mean, [sources, sentiments]; never exported.
    """

    source: Tensor

    def __init__(self, options: Train, rows: list[Row], soft: Soft, *, share: float) -> None:
        super().__init__(options, rows, soft)
        sources = sorted({row.source for row in rows})
        self.share = share
        self.residual = nn.Parameter(torch.zeros(len(sources), len(SENTIMENTS)))
        self.register_buffer("source", torch.tensor([sources.index(row.source) for row in rows]))

    def labelled(self, sentiment: Tensor, topic: Tensor, rows: Tensor) -> Tensor:
        lean = torch.rand(len(rows), 1, device=rows.device) < self.share
        return super().labelled(sentiment + lean * self.residual[self.source[rows]], topic, rows)


class Balanced(Objective):
    """The sentiments weighed by how rare they are, or their logits raised by how common."""

    prior: Tensor
    weights: Tensor

    def __init__(self, options: Train, rows: list[Row], soft: Soft, *, by: str) -> None:
        super().__init__(options, rows, soft)
        labels = [row.sentiment for row in rows if row.sentiment != MISSING]
        zero, one = torch.zeros(len(SENTIMENTS)), torch.ones(len(SENTIMENTS))
        self.register_buffer("prior", log_prior(labels, len(SENTIMENTS)) if by == "logits" else zero)
        self.register_buffer("weights", class_weights(labels, len(SENTIMENTS)) if by == "weights" else one)

    def labelled(self, sentiment: Tensor, topic: Tensor, rows: Tensor) -> Tensor:
        smoothing, labels = self.options.label_smoothing, self.sentiment[rows]
        loss = masked_loss(topic, self.topic[rows], smoothing)
        if not bool((labels != MISSING).any()):
            return loss
        adjusted = sentiment + self.prior
        return loss + cross_entropy(adjusted, labels, self.weights, ignore_index=MISSING, label_smoothing=smoothing)


def agreement(first: Tensor, second: Tensor) -> Tensor:
    """Mean symmetric KL divergence of two passes' distributions."""
    p, q = log_softmax(first.float(), -1), log_softmax(second.float(), -1)
    both = kl_div(p, q, reduction="batchmean", log_target=True) + kl_div(q, p, reduction="batchmean", log_target=True)
    return both / 2


def log_prior(labels: Sequence[int], classes: int) -> Tensor:
    """log of each class's share among the known labels, one row added to each class; [classes]."""
    counts = Counter(labels)
    shares = torch.tensor([counts[c] + 1.0 for c in range(classes)])
    return (shares / shares.sum()).log()


def class_weights(labels: Sequence[int], classes: int, beta: float = 0.999) -> Tensor:
    """Weights by the effective number of rows, (1 - beta) / (1 - beta^n), mean 1 (Cui et al. 2019); [classes]."""
    counts = Counter(labels)
    weights = torch.tensor([(1 - beta) / (1 - beta ** max(counts[c], 1)) for c in range(classes)])
    return weights / weights.mean()
