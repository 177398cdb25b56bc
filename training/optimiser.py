"""The schedule of the rate, and which weights are decayed."""

from __future__ import annotations

from typing import Any

from torch import nn

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


def parameter_groups(model: nn.Module, objective: nn.Module, options: Train) -> list[dict[str, Any]]:
    """Groups for AdamW: what is decayed, and biases and norms, which are not."""
    learnt = [p for p in [*model.parameters(), *objective.parameters()] if p.requires_grad]
    decayed = {"params": [p for p in learnt if p.ndim > 1], "weight_decay": options.weight_decay}
    return [decayed, {"params": [p for p in learnt if p.ndim <= 1], "weight_decay": 0.0}]
