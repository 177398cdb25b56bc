"""Other weights, other gradients: biases alone, prefixes alone, embeddings pushed where it hurts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from peft import PrefixTuningConfig, TaskType, get_peft_model
from torch import Tensor, nn

from benchmarks.levers.work import Work, bare
from training.data import SENTIMENTS, Row
from training.model import Classifier
from training.objective import Objective
from training.optimiser import layers_of
from training.recipe import Recipe, Train


def bitfit(recipe: Recipe, rows: list[Row], seed: int) -> Work:
    """Only biases and the heads learn (Ben Zaken et al. 2022); the target token stays the mean of all tokens."""
    model, tokenizer = bare(recipe)
    for name, parameter in model.encoder.named_parameters():
        parameter.requires_grad_(name.endswith("bias"))
    return Work(recipe, rows, (model, tokenizer))


def prefix(recipe: Recipe, rows: list[Row], seed: int, *, tokens: int = 16) -> Work:
    """Only keys and values in front of every layer's, and the heads, learn (Li & Liang 2021); through peft."""
    model, tokenizer = bare(recipe)
    # peft hands the prefixes over as a cache, one entry a layer: the layers that were kept are numbered anew.
    for place, block in enumerate(layers_of(model.encoder)):
        for module in block.modules():
            if hasattr(module, "layer_idx"):
                module.layer_idx = place  # type: ignore[assignment]
    config = PrefixTuningConfig(task_type=TaskType.FEATURE_EXTRACTION, num_virtual_tokens=tokens)
    encoder = get_peft_model(model.encoder, config)
    # A new classifier, which sees that this encoder takes no token types.
    return Work(
        recipe, rows, (Classifier(encoder, len(SENTIMENTS), len(recipe.topics), recipe.train.dropout), tokenizer)
    )


def adversarial(recipe: Recipe, rows: list[Row], seed: int, *, epsilon: float = 1.0) -> Work:
    """The loss of the texts, and that of the same texts pushed by epsilon (FGM, Miyato et al. 2017)."""
    return Work(recipe, rows, bare(recipe), make_objective=partial(Adversarial, epsilon=epsilon))


def push(gradient: Tensor, epsilon: float) -> Tensor:
    """Along the gradient, of norm epsilon over a text's tokens together; [rows, tokens, width]."""
    norm = gradient.flatten(1).norm(dim=1).clamp(min=1e-12)
    pushed: Tensor = epsilon * gradient / norm[:, None, None]
    return pushed


class Adversarial(Objective):
    """The objective on the texts as they are, plus the objective on their word vectors pushed along its gradient."""

    def __init__(self, options: Train, rows: list[Row], soft: tuple[Tensor, Tensor] | None, *, epsilon: float) -> None:
        super().__init__(options, rows, soft)
        self.epsilon = epsilon

    def forward(self, model: Classifier, rows: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        words: nn.Module = model.encoder.get_input_embeddings()
        seen: list[Tensor] = []
        with looking(words, seen.append):
            loss = super().forward(model, rows, ids, mask)
        (gradient,) = torch.autograd.grad(loss, seen[0], retain_graph=True)
        pushed = push(gradient, self.epsilon)
        with looking(words, lambda vectors: vectors + pushed):
            return loss + super().forward(model, rows, ids, mask)


@contextmanager
def looking(module: nn.Module, at: Callable[[Tensor], Tensor | None]) -> Iterator[None]:
    """Shows the module's output, or puts what is returned in its place."""

    def hook(_: nn.Module, given: Any, output: Tensor) -> Tensor | None:
        return at(output)

    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()
