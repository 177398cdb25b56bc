"""Any encoder: whatever base the recipe names goes through every step, and answers in the daemon as in torch."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from transformers import AutoModel, CanineConfig

from monitor.errors import InputError
from monitor.inference.model import OnnxModel, calibrated
from monitor.inference.verify import invariance
from tests.training.tiny import LATIN, TOPICS, WORLDS, tiny_base, tiny_recipe
from training.calibrate import calibrate
from training.data import load
from training.evaluate import probabilities
from training.export import export
from training.model import Classifier, base_tokenizer, find_base, from_base, from_run, run_tokenizer
from training.onnx_graph import export_float
from training.predict import predict
from training.prepare import prepare
from training.recipe import Recipe, read_recipe
from training.targets import TARGET
from training.train import longest, train

pytestmark = [pytest.mark.training, pytest.mark.slow]

# BERT with whole words is the base of `trained`, which test_end_to_end judges.
KINDS = ("wordpiece", "roberta", "distilbert", "deberta", "modernbert", "multilingual", "chinese")


@dataclass(frozen=True, slots=True)
class Made:
    """A base that went through every step, its exports loaded."""

    kind: str
    recipe: Recipe
    texts: list[str]
    fp32: OnnxModel
    int8: OnnxModel


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Every step with the network out of reach."""
    folder = tmp_path_factory.mktemp(request.param)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a base in a folder needs no network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        recipe = read_recipe(tiny_recipe(folder, kind=request.param, rows=40, epochs=2))
        prepare(recipe)
        train(recipe)
        shutil.rmtree(folder / "base")  # the run alone is what later steps need
        calibrate(recipe)
        fp32, int8 = (OnnxModel.load(export(recipe, folder / p, p), threads=1) for p in ("fp32", "int8"))
    texts = [row.text for row in load(recipe.run / "rows.jsonl")][::3]
    yield Made(request.param, recipe, [*texts, "x", TARGET, f"{texts[0]} {TARGET}"], fp32, int8)


def test_export_answers_as_torch_does(made: Made) -> None:
    logits = predict(from_run(made.recipe.run, 3, len(TOPICS)), run_tokenizer(made.recipe.run, 32), made.texts)
    found = probabilities(made.fp32, made.texts)
    for said, expected, head in zip(
        found, logits, (made.fp32.manifest.sentiment, made.fp32.manifest.topic), strict=True
    ):
        np.testing.assert_allclose(said, calibrated(expected.numpy(), head), atol=1e-4)


def test_int8_stays_near_the_float_export(made: Made) -> None:
    whole, small = (probabilities(model, made.texts)[0] for model in (made.fp32, made.int8))
    assert np.abs(whole - small).mean() < 0.03
    size = {p: (made.recipe.run.parent / p / "model.onnx").stat().st_size for p in ("fp32", "int8")}
    assert size["int8"] < size["fp32"]


def test_a_text_answers_alike_alone_shuffled_and_padded(made: Made) -> None:
    for model in (made.fp32, made.int8):
        seen = invariance(model, made.texts)
        assert seen.changed == 0
        assert seen.largest < (1e-4 if model is made.fp32 else 1e-3)


def test_padding_with_zeros_moves_no_answer_whatever_the_base_pads_with(made: Made) -> None:
    tokens = made.fp32.encode(made.texts)
    for ids in tokens[:8]:
        narrow, wide = made.fp32.probabilities([ids]), made.fp32.probabilities([ids], width=64)
        np.testing.assert_allclose(narrow[0], wide[0], atol=1e-5)
        np.testing.assert_allclose(narrow[1], wide[1], atol=1e-5)


def test_target_token_is_one_id_of_its_own_wherever_it_stands(made: Made) -> None:
    tokenizer = run_tokenizer(made.recipe.run, None)
    known = tokenizer.token_to_id(TARGET)
    word = WORLDS.get(made.kind, LATIN).good[0]
    for text in (TARGET, f"{TARGET}'s {word}", f"{word} {TARGET}", f"{word}{TARGET}, {word}"):
        assert tokenizer.encode(text).ids.count(known) == 1
    assert made.fp32.target_token == TARGET
    assert known == tokenizer.get_vocab_size() - 1
    alone = tokenizer.encode(TARGET, add_special_tokens=False).ids
    assert alone == [known]


def test_words_of_the_base_are_known(made: Made) -> None:
    tokenizer = run_tokenizer(made.recipe.run, None)
    raw = json.loads(tokenizer.to_str())["model"]
    unknown = raw["unk_id"] if raw["type"] == "Unigram" else tokenizer.token_to_id(raw.get("unk_token") or "")
    for word in WORLDS.get(made.kind, LATIN).words():
        assert unknown not in tokenizer.encode(word).ids


# ---- bases that lack something


def test_base_without_a_fast_file_but_with_a_word_list_works(tmp_path: Path) -> None:
    whole = tiny_base(tmp_path / "whole", "wordpiece")
    bare = shutil.copytree(whole, tmp_path / "bare")
    expected = base_tokenizer(str(whole))
    words = sorted(base_tokenizer(str(bare)).get_vocab().items(), key=lambda item: item[1])
    (bare / "tokenizer.json").unlink()
    (bare / "vocab.txt").write_text("".join(f"{word}\n" for word, _ in words if word != TARGET), encoding="utf-8")
    found = base_tokenizer(str(bare))
    for text in (*LATIN.words(), f"{TARGET}'s Profit, {TARGET}"):
        assert found.encode(text).ids == expected.encode(text).ids
    assert found.padding is None
    assert found.truncation is None


def test_base_without_a_fast_tokenizer_is_refused_in_one_line(tmp_path: Path) -> None:
    CanineConfig().save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "CanineTokenizer"}', encoding="utf-8")
    with pytest.raises(InputError, match="has no fast tokenizer") as refused:
        base_tokenizer(str(tmp_path))
    assert "\n" not in str(refused.value)


def test_base_without_any_tokenizer_is_refused_in_one_line(tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "base", "multilingual")
    (base / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=f"base {base}: ") as refused:
        base_tokenizer(str(base))
    assert "\n" not in str(refused.value)


def test_base_without_weights_is_refused_in_one_line(tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "base")
    (base / "model.safetensors").unlink()
    with pytest.raises(InputError, match=f"base {base}: no model: ") as refused:
        from_base(str(base), base_tokenizer(str(base)), 3, 3, 0.1)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "package:no_such_package"])
def test_base_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"base {name}: "):
        find_base(name)


def test_base_stored_in_half_precision_trains_in_single(tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "base")
    tokenizer = base_tokenizer(str(base))
    from_base(str(base), tokenizer, 3, 3, 0.1).encoder.half().save_pretrained(base)
    assert "float16" in (base / "config.json").read_text(encoding="utf-8")
    model = from_base(str(base), tokenizer, 3, 3, 0.1)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


class _Unheard(nn.Module):
    """An encoder with an operator that ONNX has not."""

    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=4, model_type="unheard-of")
        self.table = nn.Embedding(10, 4)

    def set_attn_implementation(self, _: str) -> None: ...

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        hidden = self.table(input_ids)
        return SimpleNamespace(last_hidden_state=hidden + torch.linalg.matrix_exp(hidden @ hidden.mT) @ hidden)


def test_base_that_cannot_be_exported_is_named_in_one_line(tmp_path: Path) -> None:
    model = Classifier(_Unheard(), 3, 3, 0.0)
    with pytest.raises(InputError, match="a base of the kind unheard-of cannot be exported to ONNX: ") as refused:
        export_float(model, tmp_path / "float.onnx")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", ["bert", "roberta", "multilingual", "distilbert"])
def test_the_longest_text_that_a_base_reads_is_known_to_the_token(tmp_path: Path, kind: str) -> None:
    encoder = AutoModel.from_pretrained(tiny_base(tmp_path / "base", kind=kind)).eval()
    most = longest(encoder)
    assert most is not None

    def read(tokens: int) -> None:
        encoder(input_ids=torch.full((1, tokens), 5), attention_mask=torch.ones(1, tokens, dtype=torch.int64))

    read(most)
    with pytest.raises((IndexError, RuntimeError)):
        read(most + 1)
