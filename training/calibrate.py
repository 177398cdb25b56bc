"""Calibration: one temperature and one bias a class for each head, fitted on the calibration part alone."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from monitor.errors import InputError
from training.data import MISSING, SENTIMENTS, Row, load
from training.model import Classifier, find_base
from training.recipe import Recipe
from training.train import load_tokenizer, predict

log = logging.getLogger("bearwatch.train")

_PULL = 0.02  # holds the biases of classes that the calibration part hardly knows near 0


def load_trained(recipe: Recipe) -> Classifier:
    """The classifier with the run's final weights.

    Raises:
        InputError: `train` has not run, or ran with other topics.
    """
    weights = recipe.run / "weights.pt"
    if not weights.is_file():
        raise InputError(f"{weights} is missing: run `bearwatch-train train` first")
    torch.set_num_threads(recipe.train.threads)
    model = Classifier(find_base(recipe.base), len(SENTIMENTS), len(recipe.topics), recipe.train.dropout)
    try:
        model.load_state_dict(torch.load(weights, weights_only=True))
    except RuntimeError as error:
        raise InputError(f"{weights} was not made by this recipe: {str(error).splitlines()[-1].strip()}") from error
    return model.eval()


def fit(logits: Tensor, labels: Tensor, weights: Tensor) -> tuple[float, list[float]]:
    """Temperature and biases that minimise the weighted log loss of softmax(logits / temperature + bias).

    Guo et al. 2017, with a bias ("vector scaling" without the vector). Biases sum to 0. Convex in (1/temperature,
    bias), so L-BFGS from (1, 0) finds the one optimum.
    """
    inverse = torch.ones((), dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(logits.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([inverse, bias], max_iter=200, line_search_fn="strong_wolfe")
    share = (weights / weights.sum()).double()

    def loss() -> Tensor:
        optimizer.zero_grad()
        rows = cross_entropy(logits.double() * inverse + bias, labels, reduction="none")
        value = (rows * share).sum() + _PULL * bias.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    # Beyond these a head knows nothing, or the calibration part is far too small.
    temperature = 1 / min(max(float(inverse.detach()), 0.1), 10.0)
    centred = bias.detach() - bias.detach().mean()
    return round(temperature, 6), [round(b, 6) for b in centred.tolist()]


def _weights(rows: list[Row]) -> Tensor:
    """Every source weighs the same, however many rows it has: the daemon's news is like none of them."""
    counts = Counter(row.source for row in rows)
    return torch.tensor([1 / counts[row.source] for row in rows])


def calibrate(recipe: Recipe) -> Path:
    """Writes `calibration.json` to the run folder: {"sentiment" and "topic": {"temperature", "bias"}}.

    Raises:
        InputError: `prepare` or `train` has not run.
    """
    rows = [row for row in load(recipe.run / "rows.jsonl") if row.part == "calibration"]
    tokenizer = load_tokenizer(find_base(recipe.base), recipe.export.max_tokens)
    sentiment, topic = predict(load_trained(recipe), tokenizer, [row.text for row in rows])
    result = {}
    for head, logits, labels in (
        ("sentiment", sentiment, [row.sentiment for row in rows]),
        ("topic", topic, [row.topic for row in rows]),
    ):
        known = [i for i, label in enumerate(labels) if label != MISSING]
        if not known:
            raise InputError(f"{recipe.run / 'rows.jsonl'}: the calibration part has no {head} labels")
        truth = torch.tensor([labels[i] for i in known])
        temperature, bias = fit(logits[known], truth, _weights([rows[i] for i in known]))
        result[head] = {"temperature": temperature, "bias": bias}
        log.info("%s: temperature %.3f, biases %s", head, temperature, [round(b, 2) for b in bias])
    path = recipe.run / "calibration.json"
    path.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return path
