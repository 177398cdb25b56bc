"""Before the labels: the base reads the texts themselves, or learns from a few rows which are alike."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import torch
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy, mse_loss

from benchmarks.levers.work import Work, bare, fitted
from monitor.errors import InputError
from training.batches import buckets, pad
from training.data import SENTIMENTS, Row
from training.model import Classifier
from training.optimiser import one_cycle
from training.recipe import Recipe

_WARM_UP = 0.1


def adapted(recipe: Recipe, rows: list[Row], seed: int, *, rate: float = 5e-5, masked: float = 0.15) -> Work:
    """One epoch of masked-language modelling over the fitted texts first (Gururangan et al. 2020).

    The decoder is the word table itself with a bias of its own; the base came without one.
    """
    model, tokenizer = bare(recipe)
    tokenizer.enable_truncation(recipe.train.max_tokens)
    draw, size = random.Random(seed), recipe.train.batch
    ids = [encoding.ids for encoding in tokenizer.encode_batch([row.text for row in fitted(rows)])]
    special = torch.tensor([i for i, t in tokenizer.get_added_tokens_decoder().items() if t.special])
    table = model.encoder.get_input_embeddings().weight
    bias = nn.Parameter(torch.zeros(len(table)))
    batches = buckets([len(i) for i in ids], size, draw)
    model.train()
    for chosen, step in zip(batches, steps([*model.encoder.parameters(), bias], rate, len(batches)), strict=True):
        tokens, mask = pad([ids[i] for i in chosen])
        given, hidden = masks(tokens, mask, special, mask_id(tokenizer), words=len(table), share=masked)
        if hidden.any():
            vectors = model.encoder(input_ids=given, attention_mask=mask).last_hidden_state[hidden]
            cross_entropy(vectors @ table.T + bias, tokens[hidden]).backward()  # type: ignore[no-untyped-call]
        step.step()
    return Work(recipe, rows, (model, tokenizer))


def mask_id(tokenizer: Tokenizer) -> int:
    """Raises InputError where the base's tokenizer has no mask token."""
    for name in ("[MASK]", "<mask>"):
        found = tokenizer.token_to_id(name)
        if found is not None:
            return int(found)
    raise InputError("the base's tokenizer has no mask token")


def masks(
    tokens: Tensor, mask: Tensor, special: Tensor, masking: int, *, words: int, share: float
) -> tuple[Tensor, Tensor]:
    """Ids as they are shown, and which of them are asked for: of those 80% masked, 10% another token, 10% kept."""
    asked = (torch.rand(tokens.shape) < share) & (mask == 1) & ~torch.isin(tokens, special)
    kind = torch.rand(tokens.shape)
    shown = tokens.where(~(asked & (kind < 0.8)), torch.tensor(masking))
    shown = shown.where(~(asked & (kind >= 0.8) & (kind < 0.9)), torch.randint(words, tokens.shape))
    return shown, asked


def few(recipe: Recipe, rows: list[Row], seed: int, *, shots: int = 16) -> Work:
    """Plain fine-tuning on so many headlines of each sentiment: what `setfit` is compared to."""
    return Work(recipe, [*few_rows(rows, seed, shots), *_judging(rows)], bare(recipe))


def setfit(
    recipe: Recipe, rows: list[Row], seed: int, *, shots: int = 16, rounds: int = 20, rate: float = 2e-5
) -> Work:
    """The same headlines, in pairs that are alike or not, then a logistic head (SetFit, Tunstall et al. 2022)."""
    model, tokenizer = bare(recipe)
    tokenizer.enable_truncation(recipe.train.max_tokens)
    chosen, draw, size = few_rows(rows, seed, shots), random.Random(seed), 16
    pairs = list(contrastive_pairs([row.sentiment for row in chosen], rounds, draw))
    draw.shuffle(pairs)
    ids = [encoding.ids for encoding in tokenizer.encode_batch([row.text for row in chosen])]
    model.train()
    count = math.ceil(len(pairs) / size)
    for number, step in enumerate(steps(list(model.encoder.parameters()), rate, count)):
        batch = pairs[number * size : (number + 1) * size]
        left, right = (pooled(model, *pad([ids[pair[side]] for pair in batch])) for side in (0, 1))
        alike = torch.tensor([float(pair[2]) for pair in batch])
        mse_loss(cosine_similarity(left, right), alike).backward()  # type: ignore[no-untyped-call]
        step.step()
    model.eval()
    with torch.inference_mode():
        vectors = pooled(model, *pad(ids)).numpy()
    head = LogisticRegression(max_iter=1000).fit(vectors, [row.sentiment for row in chosen])
    with torch.no_grad():
        model.sentiment.weight.copy_(torch.from_numpy(head.coef_))
        model.sentiment.bias.copy_(torch.from_numpy(head.intercept_))
    return Work(recipe, [*chosen, *_judging(rows)], (model, tokenizer), finished=True)


def few_rows(rows: list[Row], seed: int, shots: int) -> list[Row]:
    """So many whole headlines of each sentiment, drawn from the fitted rows; the same for every lever of a seed."""
    draw = random.Random(f"few {seed}")
    whole = [row for row in fitted(rows) if not row.target]
    return [
        row
        for label in range(len(SENTIMENTS))
        for row in draw.sample([row for row in whole if row.sentiment == label], shots)
    ]


def contrastive_pairs(labels: list[int], rounds: int, draw: random.Random) -> Iterator[tuple[int, int, bool]]:
    """For each row, `rounds` times, one of its class and one of another: (row, other, alike)."""
    for _ in range(rounds):
        for place, label in enumerate(labels):
            yield place, draw.choice([i for i, o in enumerate(labels) if o == label and i != place]), True
            yield place, draw.choice([i for i, o in enumerate(labels) if o != label]), False


def pooled(model: Classifier, ids: Tensor, mask: Tensor) -> Tensor:
    """What the heads are given; [rows, width]."""
    seen: list[Tensor] = []
    handle = model.sentiment.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    model(ids, mask)
    handle.remove()
    return seen[0]


def steps(parameters: list[nn.Parameter], rate: float, count: int) -> Iterator[torch.optim.Optimizer]:
    """An AdamW for each of `count` steps, its rate up and down as in training, its gradients empty."""
    optimiser = torch.optim.AdamW(parameters, lr=rate)
    for step in range(count):
        optimiser.param_groups[0]["lr"] = rate * one_cycle(step, count, _WARM_UP)
        optimiser.zero_grad(set_to_none=True)
        yield optimiser


def _judging(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.part != "fit"]
