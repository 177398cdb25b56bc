"""Several teachers to one student (Hinton et al. 2015): their mean logits are learnt beside the labels.

Every fitted row teaches both heads, whichever labels it has: the teachers answer for the missing one. So headlines
with a sentiment alone teach topics too, and tweets with a topic alone teach sentiment.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from monitor.errors import InputError
from training.data import SENTIMENTS, Row, ever_fitted, load
from training.duplicates import near_any
from training.model import Classifier, from_run, run_tokenizer
from training.optimiser import layers_of
from training.predict import predict
from training.provenance import TRAINED, check_trained, sha256
from training.recipe import Recipe, read_recipe
from training.train import device_of, train
from training.vocabulary import cut_embedding, cut_tokenizer, kept_tokens

log = logging.getLogger("bearwatch.train")


def distil(recipe: Recipe) -> Path:
    """Trains the recipe's student on what its teachers say of the fit rows; returns its weights' file.

    Teachers that are not there are trained first, where the recipe says how. A killed step goes on where it was, with
    whichever of them it was about.

    Raises:
        InputError: no teachers, one of them untrained or trained on rows that the student is held to; a layer that the
            first teacher lacks. As `train` otherwise.
    """
    d, o = recipe.distil, recipe.train
    if not d.teachers:
        raise InputError("distil.teachers names no run folder")
    torch.set_num_threads(o.threads)
    rows = load(recipe.run / "rows.jsonl")
    teachers = [Path(folder) for folder in d.teachers]
    for number, teacher in enumerate(teachers, 1):
        if d.teacher and not (teacher / TRAINED).is_file():
            train_teacher(recipe, teacher, number)
        check_trained(replace(recipe, run=teacher))
        if d.teacher and sha256(teacher / "rows.jsonl") != sha256(recipe.run / "rows.jsonl"):
            log.warning(
                "teacher %s learnt other rows than the student will: remove it to have it trained anew", teacher
            )
        unseen(rows, load(teacher / "rows.jsonl"), teacher, recipe.data.duplicate_jaccard)
    fit = [row for row in rows if row.part == "fit"]
    return train(recipe, student=student(recipe, teachers[0], fit), soft=mean_logits(recipe, teachers, fit))


def train_teacher(recipe: Recipe, folder: Path, number: int) -> None:
    """Trains the teacher of this number on the student's own rows, which `distil` will then find unseen.

    Raises:
        InputError: its recipe has other topics, or teachers of its own. As `train` otherwise.
    """
    own = read_recipe(Path(recipe.distil.teacher))
    if own.topics != recipe.topics:
        raise InputError(f"distil.teacher {recipe.distil.teacher} has other topics than the student")
    log.info("training teacher %s", folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("rows.jsonl", "data.json"):
        shutil.copy(recipe.run / name, folder / name)
    # Far from the student's seed: other heads, another order, other dropout.
    train(replace(own, run=folder, seed=recipe.seed + 1000 * number))


def unseen(rows: list[Row], taught: list[Row], teacher: Path, threshold: float) -> None:
    """Raises InputError where a teacher was fitted on a row, or nearly, that this run holds out: it would tell it."""
    fitted = [row for row in taught if ever_fitted(row)]
    held = [row for row in rows if not ever_fitted(row)]
    for row in near_any(held, fitted, threshold):
        raise InputError(
            f"teacher {teacher} was fitted on rows that this run holds out ({row.part}, {row.source}): prepare "
            "both from the same sets, seed and shares"
        )


def mean_logits(recipe: Recipe, teachers: list[Path], fit: list[Row]) -> tuple[Tensor, Tensor]:
    """The teachers' mean logits of the fit rows: [rows, sentiments] and [rows, topics]."""
    total: tuple[Tensor, Tensor] | None = None
    for teacher in teachers:
        log.info("asking teacher %s", teacher)
        tokenizer = run_tokenizer(teacher, recipe.train.max_tokens)
        model = from_run(teacher, len(SENTIMENTS), len(recipe.topics)).to(device_of(recipe.train))
        sentiment, topic = predict(model, tokenizer, [row.text for row in fit])
        total = (sentiment, topic) if total is None else (total[0] + sentiment, total[1] + topic)
    assert total is not None
    return total[0] / len(teachers), total[1] / len(teachers)


def student(recipe: Recipe, teacher: Path, fit: list[Row]) -> tuple[Classifier, Tokenizer]:
    """The first teacher with the layers and tokens that the recipe keeps, heads included."""
    d = recipe.distil
    model = from_run(teacher, len(SENTIMENTS), len(recipe.topics))
    model.dropout = nn.Dropout(recipe.train.dropout)
    tokenizer = run_tokenizer(teacher, None)
    if d.layers:
        keep_layers(model, d.layers)
    if d.vocabulary and d.vocabulary < tokenizer.get_vocab_size():
        kept = kept_tokens(tokenizer, (row.text for row in fit), d.vocabulary)
        tokenizer = cut_tokenizer(tokenizer, kept)
        cut_embedding(model, kept)
    return model, tokenizer


def keep_layers(model: Classifier, chosen: tuple[int, ...]) -> None:
    """Leaves these blocks of the encoder, in place.

    Raises:
        InputError: a block that the encoder lacks, or one that cannot stand where it would.
    """
    blocks = layers_of(model.encoder)
    if not all(0 <= layer < len(blocks) for layer in chosen):
        raise InputError(f"distil.layers {list(chosen)}: the first teacher has layers 0 to {len(blocks) - 1}")
    (owner,) = [m for m in model.encoder.modules() if isinstance(m, nn.ModuleList) and list(m) == blocks]
    kept = [blocks[layer] for layer in chosen]
    while len(owner):
        owner.pop(-1)
    owner.extend(kept)
    config = model.encoder.config
    if getattr(config, "layer_types", None):  # ModernBERT: which layers see the whole text
        config.layer_types = [config.layer_types[layer] for layer in chosen]
    config.num_hidden_layers = len(kept)
    # ModernBERT's first block lacks a norm that all others have: a student without it would not load again.
    if AutoModel.from_config(config).state_dict().keys() != model.encoder.state_dict().keys():
        raise InputError(f"distil.layers {list(chosen)}: {config.model_type} cannot be built of these; keep layer 0")
