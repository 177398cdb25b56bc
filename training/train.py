"""Fine-tuning: one visible loop from the prepared rows to `weights.pt`."""

from __future__ import annotations

import json
import logging
import math
import platform
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import yaml
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from monitor.errors import BearwatchError, ConfigError, InputError
from training.batches import Batch, Vary, epoch_batches
from training.checkpoint import Progress, Stateful, restore, save_checkpoint, save_weights
from training.data import SENTIMENTS, load
from training.model import Classifier, base_tokenizer, find_base, from_base, save_encoder
from training.objective import MakeObjective, Objective
from training.optimiser import one_cycle, parameter_groups
from training.predict import macro_f1s
from training.provenance import note_trained
from training.recipe import Recipe, Train, read_recipe
from training.tune import lora, merged

log = logging.getLogger("bearwatch.train")

_VERSIONS = ("torch", "transformers", "peft", "tokenizers", "numpy")


class TrainingDiverged(BearwatchError):
    """The loss is no number; the message names epoch, batch and the texts in it."""


def device_of(options: Train) -> torch.device:
    """The device that the recipe asks for.

    Raises:
        InputError: it asks for one that torch does not see.
    """
    if options.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(1, device=options.device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"train.device {options.device}: {str(error).splitlines()[0]}") from error
    return torch.device(options.device)


def computes_bf16(device: torch.device) -> bool:
    """Whether the device has bfloat16 arithmetic of its own; emulated, it is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    known = torch.cpu.get_capabilities()
    return device.type == "cpu" and any(known.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def longest(encoder: Any) -> int | None:
    """The most tokens that the encoder reads; None where its positions need no table."""
    places: int | None = getattr(encoder.config, "max_position_embeddings", None)
    # RoBERTa and its kin count from behind the padding's own row, so that two places of 514 are never used.
    tables = (m for name, m in encoder.named_modules() if name.endswith("position_embeddings"))
    padding = next((getattr(table, "padding_idx", None) for table in tables), None)
    return places if places is None or padding is None else places - padding - 1


def check(recipe: Recipe, model: Classifier) -> None:
    """Raises InputError for an option that would else be taken for its default, or fail far into the run."""
    if recipe.train.precision not in ("auto", "fp32", "bf16"):
        raise InputError(f"train.precision is auto, fp32 or bf16, not {recipe.train.precision!r}")
    most = longest(model.encoder)
    asked = max(recipe.train.max_tokens, recipe.export.max_tokens)
    if most and asked > most:
        raise InputError(f"max_tokens {asked}: base {recipe.base} reads {most} at most")


def write_down(recipe: Recipe) -> None:
    """Leaves the recipe and the versions of the libraries in the run folder, for whoever asks what made it."""
    path = recipe.run / "recipe.yaml"
    try:
        known = read_recipe(path)  # the user's own file may stand there, with comments
    except ConfigError:
        known = None
    if known != recipe:
        plain = json.loads(json.dumps(asdict(recipe), default=str))
        path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), encoding="utf-8")
    versions = {"python": platform.python_version(), **{name: version(name) for name in _VERSIONS}}
    (recipe.run / "versions.json").write_text(json.dumps(versions, indent=1), encoding="utf-8")


@contextmanager
def enough_memory(batch: Batch) -> Iterator[None]:
    """Out of memory says which option to lower; torch's own words stay behind it as the cause."""
    try:
        yield
    except RuntimeError as error:  # torch.OutOfMemoryError is one; a processor's allocator raises the bare class
        if isinstance(error, torch.OutOfMemoryError) or "allocate" in str(error):
            raise InputError(
                f"out of memory at a batch of {batch.ids.shape[0]} texts of {batch.ids.shape[1]} tokens: lower "
                "train.batch (and raise train.accumulate as much, which trains alike), then train.max_tokens"
            ) from error
        raise


def train(  # noqa: PLR0912, PLR0915 - one visible loop, read from top to bottom
    recipe: Recipe,
    *,
    student: tuple[Classifier, Tokenizer] | None = None,
    soft: tuple[Tensor, Tensor] | None = None,
    vary: Vary | None = None,
    make_objective: MakeObjective = Objective,
) -> Path:
    """Trains on the `fit` part; goes on from the last checkpoint where the run was killed.

    Every epoch the calibration part's macro-F1s go to metrics.jsonl and to TensorBoard (`RUN/tensorboard`).

    Args:
        student: a classifier and its tokenizer in place of the base's. soft: the teachers' logits of the fit rows.
        vary, make_objective: what benchmarks/levers tries on texts and loss; no part of the checkpoint's fingerprint.

    Returns the file of the final weights, `weights.pt` in the run folder.

    Raises:
        InputError: `prepare` has not run, out of memory, no such device.
        TrainingDiverged: the loss became NaN or infinite.
    """
    o = recipe.train
    torch.set_num_threads(o.threads)
    torch.manual_seed(recipe.seed)
    device = device_of(o)
    halved = o.precision == "bf16" or (o.precision == "auto" and computes_bf16(device))
    rows = load(recipe.run / "rows.jsonl")
    fit = [row for row in rows if row.part == "fit"]
    held = [row for row in rows if row.part == "calibration"]
    if not fit or not held:
        raise InputError(f"{recipe.run / 'rows.jsonl'}: nothing to fit or nothing to calibrate on")
    if student is None:
        if recipe.distil.teachers:
            raise InputError("this recipe names teachers: run `bearwatch-train distil` in place of train")
        tokenizer = base_tokenizer(find_base(recipe.base))
        model = from_base(find_base(recipe.base), tokenizer, len(SENTIMENTS), len(recipe.topics), o.dropout)
    else:
        model, tokenizer = student
    check(recipe, model)
    model = lora(model, o.lora_rank).to(device)
    objective = make_objective(o, fit, soft).to(device)
    optimiser = torch.optim.AdamW(parameter_groups(model, objective, o), fused=True)
    parts: dict[str, Stateful] = {"model": model, "objective": objective, "optimiser": optimiser}
    state = restore(recipe, parts)
    # Not before the checkpoint is known to be this recipe's: another run's folder stays as it is.
    save_encoder(model, tokenizer, recipe.run)
    write_down(recipe)
    tokenizer.enable_truncation(o.max_tokens)
    steps = o.epochs * math.ceil(len(fit) / (o.batch * o.accumulate))

    began = time.monotonic()
    with closing(Log(recipe.run, state)) as metrics:
        for epoch in range(state.epoch, o.epochs):
            if o.patience and state.worse >= o.patience:
                log.info("no better for %d epochs: stopped after epoch %d", state.worse, epoch)
                break
            model.train()
            batches = epoch_batches(fit, tokenizer, o, recipe.seed, epoch, vary=vary)
            bar = tqdm(
                batches, total=math.ceil(len(fit) / o.batch), desc=f"epoch {epoch + 1} of {o.epochs}", disable=None
            )
            for number, batch in enumerate(bar):
                if number < state.batch:
                    continue  # done before the kill
                ids, mask, chosen = batch.ids.to(device), batch.mask.to(device), torch.tensor(batch.rows, device=device)
                with enough_memory(batch):
                    with torch.autocast(device.type, torch.bfloat16, enabled=halved):
                        loss = objective(model, chosen, ids, mask)
                    if not math.isfinite(loss.item()):
                        texts = " | ".join(fit[i].text for i in batch.rows[:3])
                        raise TrainingDiverged(f"loss {loss.item()} at epoch {epoch + 1}, batch {number}: {texts} ...")
                    (loss * batch.share).backward()
                state.batch = number + 1
                state.loss = 0.98 * state.loss + 0.02 * loss.item() if state.step else loss.item()
                if not batch.last:
                    continue
                for group in optimiser.param_groups:
                    group["lr"] = o.peak_rate * one_cycle(state.step, steps, o.warm_up)
                nn.utils.clip_grad_norm_(model.parameters(), o.clip)
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
                state.step += 1
                if state.step % 50 == 0:
                    rate = o.peak_rate * one_cycle(state.step - 1, steps, o.warm_up)
                    metrics.note(
                        state.step, {"step": state.step, "of": steps, "loss": round(state.loss, 4), "rate": rate}
                    )
                if state.step % o.checkpoint_steps == 0:
                    save_checkpoint(recipe, state, parts)
            kept = merged(model)
            scores = macro_f1s(kept, tokenizer, held)
            metrics.note(state.step, {"epoch": epoch + 1, "seconds": round(time.monotonic() - began), **scores})
            state.epoch, state.batch = epoch + 1, 0
            if state.better(sum(scores.values()) / len(scores)) or not o.patience:
                save_weights(kept, recipe.run / "weights.pt")
            save_checkpoint(recipe, state, parts)
    note_trained(recipe)
    return recipe.run / "weights.pt"


class Log:
    """metrics.jsonl, TensorBoard and the log: the same figures, three readers.

    Args:
        state: where the run goes on from; what was noted after it, before a kill, is forgotten.
    """

    def __init__(self, run: Path, state: Progress) -> None:
        path = run / "metrics.jsonl"
        known = path.read_text(encoding="utf-8").splitlines(keepends=True) if state.step and path.is_file() else []
        lines = ((line, json.loads(line)) for line in known if line.endswith("\n"))
        kept = [s for s, line in lines if line.get("step", 0) <= state.step and line.get("epoch", 0) <= state.epoch]
        self._file = path.open("w", encoding="utf-8")
        self._file.writelines(kept)
        self._board = SummaryWriter(str(run / "tensorboard"), purge_step=state.step + 1)

    def note(self, step: int, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        for name, value in line.items():
            if name not in ("step", "of", "epoch"):
                self._board.add_scalar(name, value, step)
        log.info("%s", line)

    def close(self) -> None:
        self._file.close()
        self._board.close()
