"""What is minimised: cross-entropy over the labels that a row has, and what is added to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax, softmax

from training.data import MISSING


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


def masked_loss(logits: Tensor, labels: Tensor, smoothing: float, weights: Tensor | None = None) -> Tensor:
    """Mean cross-entropy over the rows that have this label; 0 where none has."""
    if not bool((labels != MISSING).any()):
        return logits.sum() * 0.0
    return cross_entropy(logits.float(), labels, weights, ignore_index=MISSING, label_smoothing=smoothing)


def agreement(first: Tensor, second: Tensor) -> Tensor:
    """Mean symmetric KL divergence of two passes' distributions, the R of R-Drop (Liang et al. 2021)."""
    p, q = log_softmax(first.float(), -1), log_softmax(second.float(), -1)
    both = kl_div(p, q, reduction="batchmean", log_target=True) + kl_div(q, p, reduction="batchmean", log_target=True)
    return both / 2


def soft_loss(logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """KL from the teacher's softened distribution, times temperature squared (Hinton et al. 2015).

    Args:
        teacher: the teachers' mean logits, [rows, classes].
    """
    student = log_softmax(logits.float() / temperature, -1)
    return kl_div(student, softmax(teacher / temperature, -1), reduction="batchmean") * temperature**2
