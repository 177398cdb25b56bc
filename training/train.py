"""Fine-tuning, top to bottom: rows -> token ids -> buckets of like length -> one loop. Run it again to resume."""

from __future__ import annotations

import json
import logging
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cross_entropy

from monitor.errors import BearwatchError, InputError
from training.data import MISSING, SENTIMENTS, Row, drop_cashtags, load
from training.model import Classifier, find_base
from training.recipe import Recipe

log = logging.getLogger("bearwatch.train")


class TrainingDiverged(BearwatchError):
    """The loss is no number; the message names step, batch and the texts in it."""


def load_tokenizer(base: str, max_tokens: int | None) -> Tokenizer:
    """The base's own tokenizer, without padding; truncating only where `max_tokens` says so."""
    path = Path(base) / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path)) if path.is_file() else Tokenizer.from_pretrained(base)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if max_tokens is not None:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer


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


def masked_loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Mean cross-entropy over the rows that have this label; 0 where none has."""
    if not bool((labels != MISSING).any()):
        return logits.sum() * 0.0
    return cross_entropy(logits.float(), labels, ignore_index=MISSING, label_smoothing=smoothing)


def one_cycle(step: int, steps: int, warm_up: float) -> float:
    """Share of the peak rate: up in a line, down in a line (Devlin et al. 2019), the last step near 0."""
    rise = max(1, int(steps * warm_up))
    return (step + 1) / rise if step < rise else max(0.0, (steps - step) / max(1, steps - rise))


def predict(model: Classifier, tokenizer: Tokenizer, texts: list[str]) -> tuple[Tensor, Tensor]:
    """Sentiment and topic logits in the texts' order, float32."""
    model.eval()
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    sentiment = torch.empty(len(ids), model.sentiment.out_features)
    topic = torch.empty(len(ids), model.topic.out_features)
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            sentiment[chosen], topic[chosen] = model(*pad([ids[i] for i in chosen]))
    return sentiment, topic


def batches_of(
    rows: list[Row], tokenizer: Tokenizer, recipe: Recipe, epoch: int
) -> Iterator[tuple[list[Row], Tensor, Tensor]]:
    """One epoch's batches; which cashtags go is drawn anew every epoch, from (seed, epoch) alone."""
    draw = random.Random(f"{recipe.seed} {epoch}")
    texts = [drop_cashtags(r.text) if draw.random() < recipe.train.cashtag_dropout else r.text for r in rows]
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    for chosen in buckets([len(i) for i in ids], recipe.train.batch, draw):
        yield [rows[i] for i in chosen], *pad([ids[i] for i in chosen])


def accuracy(model: Classifier, tokenizer: Tokenizer, rows: list[Row]) -> dict[str, float]:
    """Share of right answers by head and source, for the log."""
    sentiment, topic = predict(model, tokenizer, [r.text for r in rows])
    right: dict[str, list[bool]] = {}
    for row, s, t in zip(rows, sentiment.argmax(1).tolist(), topic.argmax(1).tolist(), strict=True):
        if row.sentiment != MISSING:
            right.setdefault(f"sentiment/{row.source}", []).append(s == row.sentiment)
        if row.topic != MISSING:
            right.setdefault(f"topic/{row.source}", []).append(t == row.topic)
    return {name: round(sum(hits) / len(hits), 4) for name, hits in sorted(right.items())}


def _note(metrics: TextIO, line: dict[str, float]) -> None:
    metrics.write(json.dumps(line) + "\n")
    metrics.flush()


def train(recipe: Recipe) -> Path:  # noqa: PLR0915 - one visible loop, read from top to bottom
    """Trains on the `fit` part; after every epoch a checkpoint, and the calibration part's accuracy in metrics.jsonl.

    Returns the file of the final weights, `weights.pt` in the run folder.

    Raises:
        InputError: `prepare` has not run. TrainingDiverged: the loss became NaN or infinite.
    """
    t = recipe.train
    torch.set_num_threads(t.threads)
    torch.manual_seed(recipe.seed)
    base = find_base(recipe.base)
    rows = load(recipe.run / "rows.jsonl")
    fit = [row for row in rows if row.part == "fit"]
    held = [row for row in rows if row.part == "calibration"]
    if not fit or not held:
        raise InputError(f"{recipe.run / 'rows.jsonl'}: nothing to fit or nothing to calibrate on")
    tokenizer = load_tokenizer(base, t.max_tokens)
    model = Classifier(base, len(SENTIMENTS), len(recipe.topics), t.dropout)
    if t.start:
        model.load_state_dict(torch.load(t.start, weights_only=True))
    # Fused: half of all weights stand in the embedding table, and the plain optimiser walks over it several times.
    optimizer = torch.optim.AdamW(model.parameters(), lr=t.peak_rate, weight_decay=t.weight_decay, fused=True)
    steps = t.epochs * math.ceil(len(fit) / t.batch)
    step, first = 0, 0

    checkpoint = recipe.run / "checkpoint.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        first, step = state["epoch"], state["step"]
        log.info("resuming after epoch %d", first)

    with (recipe.run / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
        for epoch in range(first, t.epochs):
            model.train()
            began, total, seen = time.monotonic(), 0.0, 0
            for number, (batch, ids, mask) in enumerate(batches_of(fit, tokenizer, recipe, epoch)):
                rate = t.peak_rate * one_cycle(step, steps, t.warm_up)
                for group in optimizer.param_groups:
                    group["lr"] = rate
                with torch.autocast("cpu", torch.bfloat16, enabled=t.bf16):
                    sentiment, topic = model(ids, mask)
                loss = masked_loss(sentiment, torch.tensor([r.sentiment for r in batch]), t.label_smoothing)
                loss = loss + masked_loss(topic, torch.tensor([r.topic for r in batch]), t.label_smoothing)
                if not math.isfinite(loss.item()):
                    texts = " | ".join(r.text for r in batch[:3])
                    raise TrainingDiverged(
                        f"loss {loss.item()} at epoch {epoch}, batch {number}, step {step}: {texts} ..."
                    )
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(model.parameters(), t.clip)
                optimizer.step()
                step, total, seen = step + 1, total + loss.item() * len(batch), seen + len(batch)
                if step % 50 == 0:
                    speed = seen / (time.monotonic() - began)
                    line = {
                        "step": step,
                        "of": steps,
                        "loss": round(total / seen, 4),
                        "rate": rate,
                        "rows_s": round(speed, 1),
                    }
                    metrics.write(json.dumps(line) + "\n")
                    metrics.flush()
                    log.info("step %d of %d, loss %.4f, %.0f headlines/s", step, steps, total / seen, speed)
            scores = accuracy(model, tokenizer, held)
            _note(metrics, {"epoch": epoch + 1, "seconds": round(time.monotonic() - began), **scores})
            log.info("epoch %d: %s", epoch + 1, scores)
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "rng": torch.get_rng_state()}
            # Written beside and renamed, so that a kill leaves the old checkpoint or the new one, never half of one.
            torch.save({**state, "epoch": epoch + 1, "step": step}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    weights = recipe.run / "weights.pt"
    torch.save(model.state_dict(), weights)
    return weights
