"""What is minimised: cross-entropy over the labels that a row has, and what is added to it."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax, softmax

from training.data import MISSING


def masked_loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Mean cross-entropy over the rows that have this label; 0 where none has."""
    if not bool((labels != MISSING).any()):
        return logits.sum() * 0.0
    return cross_entropy(logits.float(), labels, ignore_index=MISSING, label_smoothing=smoothing)


def soft_loss(logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """KL from the teacher's softened distribution, times temperature squared (Hinton et al. 2015).

    Args:
        teacher: the teachers' mean logits, [rows, classes].
    """
    student = log_softmax(logits.float() / temperature, -1)
    return kl_div(student, softmax(teacher / temperature, -1), reduction="batchmean") * temperature**2
