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
from training.data import MISSING, SENTIMENTS, load
from training.model import from_run, run_tokenizer
from training.predict import predict
from training.prepare import WRITTEN
from training.provenance import check_trained
from training.recipe import Recipe

log = logging.getLogger("bearwatch.train")

OWN = "own"  # the family of the texts that were written for the project
_PULL = 0.02  # holds the biases of classes that the calibration part hardly knows near 0


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


def alike(sources: list[str], recipe: Recipe) -> Tensor:
    """Weights by which every source counts the same, however many rows it has: the daemon's news is like none of them.

    Sets of one family (our own texts) are one source, the grammar's texts with them. [rows]
    """
    families = {WRITTEN: OWN, **{entry.name: entry.family or entry.name for entry in recipe.data.sets}}
    names = [families.get(source, source) for source in sources]
    counts = Counter(names)
    return torch.tensor([1 / counts[name] for name in names])


def calibrate(recipe: Recipe) -> Path:
    """Writes `calibration.json` to the run folder: {"sentiment" and "topic": {"temperature", "bias"},
    "weights": their sha256}.

    Fitted once and frozen: never on live data, where a crisis would be taken for a wrong prior.

    Raises:
        InputError: `prepare` or `train` has not run; the calibration part lacks a head's labels.
    """
    weights = check_trained(recipe)
    torch.set_num_threads(recipe.train.threads)
    rows = [row for row in load(recipe.run / "rows.jsonl") if row.part == "calibration"]
    tokenizer = run_tokenizer(recipe.run, recipe.export.max_tokens)
    model = from_run(recipe.run, len(SENTIMENTS), len(recipe.topics))
    result = {}
    for head, logits in zip(("sentiment", "topic"), predict(model, tokenizer, [row.text for row in rows]), strict=True):
        known = [i for i, row in enumerate(rows) if getattr(row, head) != MISSING]
        if not known:
            raise InputError(f"{recipe.run / 'rows.jsonl'}: the calibration part has no {head} labels")
        truth = torch.tensor([getattr(rows[i], head) for i in known])
        temperature, bias = fit(logits[known], truth, alike([rows[i].source for i in known], recipe))
        result[head] = {"temperature": temperature, "bias": bias}
        log.info("%s: temperature %.3f, biases %s", head, temperature, [round(b, 2) for b in bias])
    path = recipe.run / "calibration.json"
    path.write_text(json.dumps({**result, "weights": weights}, indent=1), encoding="utf-8")
    return path
