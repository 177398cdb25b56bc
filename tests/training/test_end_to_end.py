"""From labelled lines to a folder that the daemon loads, in small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from monitor.errors import InputError
from monitor.inference.model import OnnxModel, calibrated
from monitor.inference.verify import invariance, model_info, verify
from monitor.ingest.targets import readings, scores_by_headline
from monitor.records import MILLION, Mention
from tests.training.tiny import AHEAD, BAD, GOOD, tiny_recipe
from training.data import load
from training.evaluate import evaluate, probabilities
from training.export import export
from training.model import from_run, run_tokenizer
from training.predict import predict
from training.prepare import prepare
from training.recipe import Recipe, read_recipe
from training.targets import TARGET
from training.train import TrainingDiverged, train

pytestmark = [pytest.mark.training, pytest.mark.slow]


@pytest.fixture(scope="module")
def recipe(trained: Path) -> Recipe:
    return read_recipe(trained / "recipe.yaml")


@pytest.fixture(scope="module")
def texts(recipe: Recipe) -> list[str]:
    return [row.text for row in load(recipe.run / "rows.jsonl")]


def test_tiny_model_learns_its_words(recipe: Recipe) -> None:
    model = OnnxModel.load(recipe.run / "model", threads=1)
    scores = model.infer(model.encode([f"name1 {word} name2" for word in BAD + GOOD]))
    assert all(score.negative > 500_000 for score in scores[: len(BAD)])
    assert all(score.positive > 500_000 for score in scores[len(BAD) :])


def test_tiny_model_answers_by_target_what_the_daemon_asks(recipe: Recipe) -> None:
    model = OnnxModel.load(recipe.run / "model", threads=1)
    pairs = [(f"name{i}", f"name{119 - i}") for i in range(1, 40)]
    asked = []
    for first, second in pairs:
        title = f"{first} {AHEAD} {second} name0"
        mentions = [
            Mention(
                f"us.{name}", name, "company", "", "title", title.index(name), title.index(name) + len(name), MILLION
            )
            for name in (first, second)
        ]
        asked.append(readings(title, "", mentions, model.target_token))
    assert [reading.text for reading in asked[0]] == [
        f"name1 {AHEAD} name118 name0",
        f"{TARGET} {AHEAD} name118 name0",
        f"name1 {AHEAD} {TARGET} name0",
    ]
    told = scores_by_headline(asked, model.infer(model.encode([r.text for headline in asked for r in headline])))
    for (first, second), (whole, winner, loser) in zip(pairs, told, strict=True):
        assert (whole.target, winner.target, loser.target) == (None, f"us.{first}", f"us.{second}")
        assert winner.positive > 500_000 < loser.negative


def test_manifest_says_what_the_target_score_is_worth_against_the_headlines(recipe: Recipe) -> None:
    found = model_info(recipe.run / "model")["scores"]["by_target"]
    assert found["accuracy"] > 0.9
    assert found["against"] <= 0.5  # one answer cannot be right for both


def test_float_export_equals_torch(recipe: Recipe, texts: list[str], tmp_path: Path) -> None:
    model = OnnxModel.load(export(recipe, tmp_path / "fp32", "fp32"), threads=1)
    sentiment, topic = probabilities(model, texts)
    logits = predict(from_run(recipe.run, 3, 3), run_tokenizer(recipe.run, recipe.export.max_tokens), texts)
    np.testing.assert_allclose(sentiment, calibrated(logits[0].numpy(), model.manifest.sentiment), atol=1e-4)
    np.testing.assert_allclose(topic, calibrated(logits[1].numpy(), model.manifest.topic), atol=1e-4)


def test_half_precision_export_stays_near_single(recipe: Recipe, texts: list[str], tmp_path: Path) -> None:
    half = OnnxModel.load(export(recipe, tmp_path / "fp16", "fp16"), threads=1)
    sentiment, _ = probabilities(half, texts[:100])
    logits = predict(from_run(recipe.run, 3, 3), run_tokenizer(recipe.run, recipe.export.max_tokens), texts[:100])
    np.testing.assert_allclose(sentiment, calibrated(logits[0].numpy(), half.manifest.sentiment), atol=0.02)


def test_int8_weights_are_int8_and_mostly_agree_with_torch(recipe: Recipe, texts: list[str]) -> None:
    graph = onnx.load(str(recipe.run / "model" / "model.onnx")).graph
    floats = [t for t in graph.initializer if t.data_type == onnx.TensorProto.FLOAT and len(t.dims) == 2]
    # What is left in float: positions, token types and the two heads; never the word table or a layer.
    assert all(min(t.dims) <= 32 for t in floats)
    assert not any(t.dims[0] > 100 and t.dims[1] > 1 for t in floats)
    sentiment, _ = probabilities(OnnxModel.load(recipe.run / "model", threads=1), texts)
    logits, _ = predict(from_run(recipe.run, 3, 3), run_tokenizer(recipe.run, recipe.export.max_tokens), texts)
    assert (sentiment.argmax(1) == logits.argmax(1).numpy()).mean() > 0.97


def test_a_text_scores_alike_alone_shuffled_and_padded(recipe: Recipe, texts: list[str]) -> None:
    seen = invariance(OnnxModel.load(recipe.run / "model", threads=1), texts)
    assert seen.largest < 1e-3
    assert seen.changed == 0
    assert verify(recipe.run / "model", texts[:50]) == []


def test_manifest_says_what_was_measured(recipe: Recipe) -> None:
    info = model_info(recipe.run / "model")
    assert info["labels"]["sentiment"] == ["negative", "neutral", "positive"]
    assert info["scores"]["sentiment/tweets"]["accuracy"] > 0.9
    assert info["batch_invariance"]["changed"] == 0
    assert {"model.onnx", "tokenizer.json", "golden.json", "card.md", "LICENSE"} == set(info["files"])
    table = evaluate(recipe, recipe.run / "model")
    assert f"{info['scores']['topic/topics']['accuracy']:.3f}" in table
    card = (recipe.run / "model" / "card.md").read_text(encoding="utf-8")
    assert "| sentiment/tweets |" in card


def test_shipped_tokenizer_neither_pads_nor_truncates(recipe: Recipe) -> None:
    tokenizer = json.loads((recipe.run / "model" / "tokenizer.json").read_text(encoding="utf-8"))
    assert tokenizer["truncation"] is None
    assert tokenizer["padding"] is None


def test_parts_and_sets_share_no_text(recipe: Recipe) -> None:
    rows = load(recipe.run / "rows.jsonl")
    assert len({row.text for row in rows}) == len(rows)
    assert {row.part for row in rows} == {"fit", "calibration", "report"}
    assert not any("http" in row.text for row in rows)


def test_training_killed_after_an_epoch_resumes_to_the_same_weights(tmp_path: Path) -> None:
    whole = read_recipe(tiny_recipe(tmp_path, epochs=2))
    prepare(whole)
    train(whole)
    expected = torch.load(whole.run / "weights.pt", weights_only=True)

    # The same run in a process of its own, killed right after the first checkpoint.
    (whole.run / "weights.pt").unlink()
    (whole.run / "checkpoint.pt").unlink()
    code = (
        "import os, signal, sys, pathlib\n"
        "from training.recipe import read_recipe\n"
        "import training.train as t\n"
        "replace = pathlib.Path.replace\n"
        "def and_die(self, target):\n"
        "    replace(self, target)\n"
        "    if target.name == 'checkpoint.pt':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "pathlib.Path.replace = and_die\n"
        "t.train(read_recipe(pathlib.Path(sys.argv[1])))\n"
    )
    recipe_path = whole.run.parent / "recipe.yaml"
    killed = subprocess.run([sys.executable, "-c", code, str(recipe_path)], env=os.environ, check=False, timeout=120)
    assert killed.returncode == -9
    assert torch.load(whole.run / "checkpoint.pt", weights_only=True)["progress"]["epoch"] == 1
    train(whole)
    resumed = torch.load(whole.run / "weights.pt", weights_only=True)
    for name, values in expected.items():
        torch.testing.assert_close(resumed[name], values, atol=1e-5, rtol=1e-4)


def test_loss_that_is_no_number_stops_and_names_the_batch(tmp_path: Path) -> None:
    recipe = read_recipe(tiny_recipe(tmp_path, peak_rate=1e30))
    prepare(recipe)
    with pytest.raises(TrainingDiverged, match=r"loss (nan|inf) at epoch 1, batch \d+: .+"):
        train(recipe)


def test_every_step_says_which_step_must_come_first(tmp_path: Path) -> None:
    path = tiny_recipe(tmp_path)
    recipe = read_recipe(path)
    with pytest.raises(InputError, match="run `bearwatch-train prepare` first"):
        train(recipe)
    prepare(recipe)
    with pytest.raises(InputError, match="run `bearwatch-train calibrate` first"):
        export(recipe, tmp_path / "model")
    with pytest.raises(InputError, match="run `bearwatch-train train` first"):
        from_run(recipe.run, 3, 3)


def test_command_line_gives_one_line_and_code_2(tmp_path: Path) -> None:
    path = tiny_recipe(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
    command = [sys.executable, "-c", "from training.cli import main; main()", "prepare", "-c", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith(f"bearwatch-train: {path}: the recipe knows no option 'colour'")
    assert len(ran.stderr.splitlines()) == 1
