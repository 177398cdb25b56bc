"""Which weight learns how fast: the schedule, and the rate by layer."""

from __future__ import annotations

from typing import Any

from torch import nn

from training.model import Classifier
from training.recipe import Train


def one_cycle(step: int, steps: int, warm_up: float) -> float:
    """Share of the peak rate: up in a line, down in a line (Devlin et al. 2019), the last step near 0."""
    rise = max(1, int(steps * warm_up))
    return (step + 1) / rise if step < rise else max(0.0, (steps - step) / max(1, steps - rise))


def layers_of(encoder: Any) -> list[nn.Module]:
    """The encoder's blocks from the bottom: the one list of modules that is as long as the configuration says."""
    depth = encoder.config.num_hidden_layers
    found = [m for m in encoder.modules() if isinstance(m, nn.ModuleList) and len(m) == depth]
    return list(found[0]) if found else []


def parameter_groups(model: Classifier, objective: nn.Module, options: Train) -> list[dict[str, Any]]:
    """Groups for AdamW: each layer at layer_decay of the one above it (Howard & Ruder 2018), heads at the peak.

    Biases and norms are not decayed. `share` is a group's share of the peak rate.
    """
    depth: dict[int, int] = {}
    blocks = layers_of(model.encoder)
    for level, block in enumerate(blocks):
        depth.update({id(p): len(blocks) - level for p in block.parameters()})
    lowest = {id(p): len(blocks) + 1 for p in model.encoder.parameters() if id(p) not in depth}
    depth.update(lowest)
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    for parameter in [*model.parameters(), *objective.parameters()]:
        if not parameter.requires_grad:
            continue
        share = options.layer_decay ** depth.get(id(parameter), 0)
        decay = options.weight_decay if parameter.ndim > 1 else 0.0
        group = groups.setdefault((share, decay), {"params": [], "share": share, "weight_decay": decay})
        group["params"].append(parameter)
    return [{**group, "lr": group["share"] * options.peak_rate} for group in groups.values()]
