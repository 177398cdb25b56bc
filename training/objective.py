"""The loss of one batch: both heads over the labels that there are, and what teachers say beside them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from training.data import Row
from training.losses import masked_loss, soft_loss
from training.model import Classifier
from training.recipe import Train


class Objective(nn.Module):
    """The loss of one batch.

    Attributes:
        soft: the teachers' mean logits of all rows, (sentiment, topic), or None.
    """

    sentiment: Tensor
    topic: Tensor

    def __init__(self, options: Train, rows: list[Row], soft: tuple[Tensor, Tensor] | None) -> None:
        super().__init__()
        self.options = options
        self.soft = soft
        self.register_buffer("sentiment", torch.tensor([row.sentiment for row in rows]))
        self.register_buffer("topic", torch.tensor([row.topic for row in rows]))

    def labelled(self, sentiment: Tensor, topic: Tensor, rows: Tensor) -> Tensor:
        """Cross-entropy of the two heads' logits over the labels of these rows."""
        smoothing = self.options.label_smoothing
        loss = masked_loss(sentiment, self.sentiment[rows], smoothing)
        return loss + masked_loss(topic, self.topic[rows], smoothing)

    def forward(self, model: Classifier, rows: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        o = self.options
        sentiment, topic = model(ids, mask)
        loss = self.labelled(sentiment, topic, rows)
        if self.soft is not None:
            teachers = [logits[rows.cpu()].to(rows.device) for logits in self.soft]
            taught = soft_loss(sentiment, teachers[0], o.soft_temperature)
            taught = taught + soft_loss(topic, teachers[1], o.soft_temperature)
            loss = (1 - o.soft_weight) * loss + o.soft_weight * taught
        return loss


MakeObjective = Callable[[Train, list[Row], tuple[Tensor, Tensor] | None], Objective]
