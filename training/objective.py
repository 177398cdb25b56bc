"""The loss of one batch, as the recipe asks for it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from training.data import MISSING, SENTIMENTS, Row
from training.losses import agreement, class_weights, log_prior, masked_loss, soft_loss
from training.model import Classifier
from training.recipe import Train


class Objective(nn.Module):
    """The loss of one batch: both heads over the labels that there are, and what the recipe adds.

    Attributes:
        residual: what a source means by the labels over what all mean, [sources, sentiments]. A row leans on it with
            probability `source_residual`, so that the head which is shipped learns the meaning that all share.
        soft: the teachers' mean logits of all rows, (sentiment, topic), or None.
    """

    source: Tensor
    sentiment: Tensor
    topic: Tensor
    prior: Tensor
    weights: Tensor

    def __init__(self, options: Train, rows: list[Row], soft: tuple[Tensor, Tensor] | None) -> None:
        super().__init__()
        self.options = options
        self.soft = soft
        sources = sorted({row.source for row in rows})
        labels = [row.sentiment for row in rows if row.sentiment != MISSING]
        self.residual = nn.Parameter(torch.zeros(len(sources), len(SENTIMENTS)))
        self.register_buffer("source", torch.tensor([sources.index(row.source) for row in rows]))
        self.register_buffer("sentiment", torch.tensor([row.sentiment for row in rows]))
        self.register_buffer("topic", torch.tensor([row.topic for row in rows]))
        self.register_buffer("prior", log_prior(labels, len(SENTIMENTS)))
        self.register_buffer("weights", class_weights(labels, len(SENTIMENTS)))

    def _hard(self, sentiment: Tensor, topic: Tensor, rows: Tensor) -> Tensor:
        o = self.options
        if o.source_residual:
            lean = torch.rand(len(rows), 1, device=rows.device) < o.source_residual
            sentiment = sentiment + lean * self.residual[self.source[rows]]
        if o.balance == "logits":
            sentiment = sentiment + self.prior
        weights = self.weights if o.balance == "weights" else None
        loss = masked_loss(sentiment, self.sentiment[rows], o.label_smoothing, weights)
        return loss + masked_loss(topic, self.topic[rows], o.label_smoothing)

    def forward(self, model: Classifier, rows: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        o = self.options
        sentiment, topic = model(ids, mask)
        loss = self._hard(sentiment, topic, rows)
        if o.r_drop:  # a second pass of the same batch differs by dropout alone
            sentiment2, topic2 = model(ids, mask)
            loss = (loss + self._hard(sentiment2, topic2, rows)) / 2
            loss = loss + o.r_drop * (agreement(sentiment, sentiment2) + agreement(topic, topic2))
        if self.soft is not None:
            teachers = [logits[rows.cpu()].to(rows.device) for logits in self.soft]
            taught = soft_loss(sentiment, teachers[0], o.soft_temperature)
            taught = taught + soft_loss(topic, teachers[1], o.soft_temperature)
            loss = (1 - o.soft_weight) * loss + o.soft_weight * taught
        return loss


MakeObjective = Callable[[Train, list[Row], tuple[Tensor, Tensor] | None], Objective]
