"""Fine-tuning of few weights in place of all: low-rank updates (LoRA, Hu et al. 2021) through peft."""

from __future__ import annotations

import copy
import warnings

from torch import nn

from training.model import Classifier
from training.optimiser import layers_of

_SCALE = 2  # lora_alpha over rank, as in the paper's experiments


def lora(model: Classifier, rank: int) -> Classifier:
    """The classifier, its encoder frozen but for updates of this rank to the linear maps of its blocks; 0: as it is."""
    if not rank:
        return model
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - costs as long as torch, and is seldom wanted

    blocks = layers_of(model.encoder)
    linear = {id(m) for block in blocks for m in block.modules() if isinstance(m, nn.Linear)}
    names = [name for name, m in model.encoder.named_modules() if id(m) in linear]
    config = LoraConfig(r=rank, lora_alpha=_SCALE * rank, target_modules=names, bias="none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by names of its last version
        model.encoder = get_peft_model(model.encoder, config)
    # The one token that the base has never seen must be free to move.
    model.encoder.get_input_embeddings().weight.requires_grad_(True)
    return model


def merged(model: Classifier) -> Classifier:
    """The same classifier as a plain one, the updates added into the weights; the one given goes on training."""
    if not hasattr(model.encoder, "merge_and_unload"):
        return model
    plain = copy.deepcopy(model)
    plain.encoder = plain.encoder.merge_and_unload()
    return plain
