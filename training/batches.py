"""Rows to padded batches: what varies from epoch to epoch is drawn from (seed, epoch) alone, so a run can resume."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.data import Row, drop_cashtags
from training.recipe import Train

# " - Reuters", " | The Economic Times": what aggregators hang behind a headline. Never a lower-case word or a figure.
_SOURCE = re.compile(r"\s+[-–|]\s+(?:(?:The|of)\s+)?[A-Z][\w.&']*(?:\s+(?:of\s+)?[A-Z][\w.&']*){0,2}$")


Vary = Callable[[str, Row, random.Random], str]  # a row's text -> the text as one epoch sees it


@dataclass(frozen=True, slots=True)
class Batch:
    """One pass.

    Attributes:
        rows: places in the list that was batched. ids, mask: [batch, tokens] int64.
        share: of its step's rows, so that a step of several passes has their mean. last: of its step.
    """

    rows: list[int]
    ids: Tensor
    mask: Tensor
    share: float
    last: bool


def pad(ids: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Ids padded with 0 to the longest, and their mask; both [batch, tokens] int64."""
    width = max(map(len, ids))
    tokens = torch.tensor([row + [0] * (width - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
    return tokens, mask


def buckets(lengths: list[int], size: int, draw: random.Random) -> list[list[int]]:
    """Indices in batches of like length, in random order: shuffled, sorted within 50 batches, shuffled again."""
    order = list(range(len(lengths)))
    draw.shuffle(order)
    pool = 50 * size
    batches = []
    for start in range(0, len(order), pool):
        chunk = sorted(order[start : start + pool], key=lengths.__getitem__)
        batches += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    draw.shuffle(batches)
    return batches


def drop_source(text: str) -> str:
    """The text without the masthead that an aggregator hung behind it.

    >>> drop_source("ACME cuts outlook - Reuters"), drop_source("ACME - Q2 profit up 5%")
    ('ACME cuts outlook', 'ACME - Q2 profit up 5%')
    """
    bare = _SOURCE.sub("", text)
    return bare if bare.count(" ") >= 2 else text


def varied(text: str, options: Train, draw: random.Random) -> str:
    """The text as one epoch sees it: tickers and mastheads dropped at random, since feeds may or may not have them."""
    if draw.random() < options.cashtag_dropout:
        text = drop_cashtags(text)
    if draw.random() < options.source_dropout:
        text = drop_source(text)
    return text


def epoch_batches(
    rows: list[Row], tokenizer: Tokenizer, options: Train, seed: int, epoch: int, *, vary: Vary | None = None
) -> Iterator[Batch]:
    """All rows once, in steps of like length, each cut into passes: 2 passes of 16 have the rows of 1 pass of 32.

    `vary` has the last word on their texts.
    """
    draw = random.Random(f"{seed} {epoch}")
    texts = [varied(row.text, options, draw) for row in rows]
    if vary:
        texts = [vary(text, row, draw) for text, row in zip(texts, rows, strict=True)]
    ids = [e.ids for e in tokenizer.encode_batch(texts)]
    for step in buckets([len(i) for i in ids], options.batch * options.accumulate, draw):
        for start in range(0, len(step), options.batch):
            chosen = step[start : start + options.batch]
            last = start + options.batch >= len(step)
            yield Batch(chosen, *pad([ids[i] for i in chosen]), share=len(chosen) / len(step), last=last)
