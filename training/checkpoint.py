"""What a killed run goes on from: written beside and renamed, so a kill leaves the old one or the new one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from monitor.errors import InputError
from training.recipe import Recipe

CHECKPOINT = "checkpoint.pt"


class Stateful(Protocol):
    """A module or an optimiser."""

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any], /) -> Any: ...


@dataclass(slots=True)
class Progress:
    """How far a run is.

    Attributes:
        epoch, batch: epochs done, and batches done of the one under way; step: steps of the optimiser, over all.
        loss: its running mean. best: the best mean figure of an epoch; worse: epochs since.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss: float = 0.0
    best: float = -1.0
    worse: int = 0

    def better(self, figure: float) -> bool:
        """Takes an epoch's figure; whether it is the best so far."""
        better = figure > self.best
        self.best, self.worse = (figure, 0) if better else (self.best, self.worse + 1)
        return better


def _write(state: Any, path: Path) -> None:
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def save_weights(model: nn.Module, path: Path) -> None:
    """The weights alone, as float32 on the processor."""
    _write({name: tensor.detach().float().cpu() for name, tensor in model.state_dict().items()}, path)


def fingerprint(recipe: Recipe) -> str:
    """16 hex digits over what a run's weights depend on: its rows, its options, its seed."""
    # Where it runs, and how often it is saved, changes nothing that it learns.
    options = {k: v for k, v in asdict(recipe.train).items() if k not in ("device", "threads", "checkpoint_steps")}
    facts = [options, asdict(recipe.distil), recipe.seed, recipe.base]
    hashed = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    hashed.update((recipe.run / "rows.jsonl").read_bytes())
    for teacher in recipe.distil.teachers:  # one that was trained anew teaches something else
        hashed.update((Path(teacher) / "trained.json").read_bytes())
    return hashed.hexdigest()[:16]


def save_checkpoint(recipe: Recipe, progress: Progress, parts: Mapping[str, Stateful]) -> None:
    """Everything that the next batch depends on: weights, moments, random state, progress."""
    state = {name: part.state_dict() for name, part in parts.items()}
    random = {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}
    made_by = {"fingerprint": fingerprint(recipe)}
    _write({"parts": state, "random": random, "progress": asdict(progress), **made_by}, recipe.run / CHECKPOINT)


def restore(recipe: Recipe, parts: Mapping[str, Stateful]) -> Progress:
    """Puts the last checkpoint's state back, where there is one; returns how far the run is.

    Raises:
        InputError: the checkpoint belongs to other rows or other options.
    """
    path = recipe.run / CHECKPOINT
    if not path.is_file():
        return Progress()
    saved = torch.load(path, weights_only=True, map_location="cpu")
    if saved["fingerprint"] != fingerprint(recipe):
        raise InputError(f"{path} was made with other rows or options: remove it to start anew, or change `run`")
    for name, part in parts.items():
        part.load_state_dict(saved["parts"][name])
    torch.set_rng_state(saved["random"]["cpu"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all(saved["random"]["cuda"])
    return Progress(**saved["progress"])
