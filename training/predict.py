"""Logits of a classifier in torch, and the figure by which a run is steered."""

from __future__ import annotations

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.batches import pad
from training.data import MISSING, Row
from training.model import Classifier

_LOGITS = 64  # rows of one pass


def predict(model: Classifier, tokenizer: Tokenizer, texts: list[str]) -> tuple[Tensor, Tensor]:
    """Sentiment and topic logits in the texts' order, float32, on the processor; dropout off."""
    model.eval()
    device = model.sentiment.weight.device
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    sentiment = torch.empty(len(ids), model.sentiment.out_features)
    topic = torch.empty(len(ids), model.topic.out_features)
    with torch.inference_mode():
        for start in range(0, len(order), _LOGITS):
            chosen = order[start : start + _LOGITS]
            tokens, mask = pad([ids[i] for i in chosen])
            heads = model(tokens.to(device), mask.to(device))
            sentiment[chosen], topic[chosen] = (head.float().cpu() for head in heads)
    return sentiment, topic


def macro_f1(predicted: list[int], truth: list[int]) -> float:
    """Mean F1 over the classes that are there or predicted, 0 to 1."""
    guess, known = np.array(predicted), np.array(truth)
    hits = [
        (2 * ((guess == c) & (known == c)).sum(), (guess == c).sum() + (known == c).sum()) for c in {*guess, *known}
    ]
    return float(np.mean([both / all_of for both, all_of in hits]))


def macro_f1s(model: Classifier, tokenizer: Tokenizer, rows: list[Row]) -> dict[str, float]:
    """macro-F1 by head and source: `sentiment/<source>`, `topic/<source>`, `sentiment/<source>-target`."""
    sentiment, topic = predict(model, tokenizer, [r.text for r in rows])
    pairs: dict[str, list[tuple[int, int]]] = {}
    for row, s, t in zip(rows, sentiment.argmax(1).tolist(), topic.argmax(1).tolist(), strict=True):
        if row.sentiment != MISSING:
            name = f"sentiment/{row.source}-target" if row.target else f"sentiment/{row.source}"
            pairs.setdefault(name, []).append((s, row.sentiment))
        if row.topic != MISSING:
            pairs.setdefault(f"topic/{row.source}", []).append((t, row.topic))
    return {name: round(macro_f1(*map(list, zip(*p, strict=True))), 4) for name, p in sorted(pairs.items())}
