"""Fine-tuning: killed and resumed, refused, stopped; and what each option does to the weights."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
import yaml
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from monitor.errors import InputError
from tests.training.tiny import LATIN, TOPICS, tiny_base
from training.batches import epoch_batches
from training.checkpoint import fingerprint
from training.data import Row, load, save
from training.model import Classifier, base_tokenizer, from_base, from_run, run_tokenizer
from training.objective import Objective
from training.onnx_graph import export_float
from training.optimiser import layers_of, one_cycle, parameter_groups
from training.predict import macro_f1, predict
from training.recipe import Data, DataSet, Export, Recipe, Train, read_recipe
from training.train import TrainingDiverged, device_of, train
from training.tune import lora, merged

pytestmark = [pytest.mark.training, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
QUICK = Train(epochs=1, batch=16, peak_rate=0.003, threads=1, max_tokens=32, precision="fp32")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_base(tmp_path_factory.mktemp("bert") / "base"))


def labelled(fit: int, held: int = 12) -> list[Row]:
    """Rows with both labels, half of them with a ticker and a masthead that may be dropped; from two sources."""
    draw = random.Random(2)
    rows = []
    for number in range(fit + held):
        sentiment, topic = number % 3, draw.randrange(3)
        text = LATIN.headline(draw, (LATIN.bad, LATIN.dull, LATIN.good)[sentiment], topic)
        text = f"$ABC {text} - Reuters" if number % 2 else text
        part = "fit" if number < fit else "calibration"
        rows.append(Row(text, sentiment, topic, "ab"[number % 2], part=part))
    return rows


def recipe_of(folder: Path, base: str, options: Train, rows: list[Row] | None = None, seed: int = 3) -> Recipe:
    """A recipe whose rows are prepared."""
    sets = tuple(DataSet(name, f"{name}.jsonl", "MIT", name) for name in "ab")
    run = folder / "run"
    run.mkdir(parents=True)
    save(rows or labelled(64), run / "rows.jsonl")
    return Recipe(run, base, "tiny", "none", "tiny", seed, TOPICS, Data(sets), options, Export(max_tokens=32))


Weights = dict[str, torch.Tensor]


def weights_of(recipe: Recipe) -> Weights:
    found: Weights = torch.load(recipe.run / "weights.pt", weights_only=True)
    return found


def furthest(first: Weights, second: Weights) -> float:
    assert first.keys() == second.keys()
    return max(float((first[name] - second[name]).abs().max()) for name in first)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory, base: str) -> Recipe:
    """A short run of the defaults, which the others are compared with."""
    recipe = recipe_of(tmp_path_factory.mktemp("plain"), base, QUICK)
    train(recipe)
    return recipe


@contextmanager
def after_each_step(seen: Callable[[], None]) -> Iterator[None]:
    hook = register_optimizer_step_post_hook(lambda *_: seen())
    try:
        yield
    finally:
        hook.remove()


# ---- killed, refused, stopped


def test_run_killed_inside_an_epoch_resumes_to_the_same_weights_and_metrics(tmp_path: Path, base: str) -> None:
    options = replace(QUICK, epochs=3, batch=4, accumulate=2, checkpoint_steps=3, threads=1)
    rows = labelled(96)  # 12 steps an epoch
    whole, torn = (recipe_of(tmp_path / name, base, options, rows) for name in ("whole", "torn"))
    train(whole)

    # In step 20: after the checkpoint of step 18, in the middle of the second epoch.
    code = """
        import os, signal, sys, pathlib
        from torch.optim.optimizer import register_optimizer_step_post_hook
        from training.recipe import read_recipe
        from training.train import train
        steps = []
        def die(*_):
            steps.append(1)
            if len(steps) == 20:
                os.kill(os.getpid(), signal.SIGKILL)
        register_optimizer_step_post_hook(die)
        train(read_recipe(pathlib.Path(sys.argv[1])))
    """
    written = yaml.safe_load((whole.run / "recipe.yaml").read_text(encoding="utf-8"))
    (tmp_path / "torn.yaml").write_text(yaml.safe_dump({**written, "run": str(torn.run)}), encoding="utf-8")
    program = "\n".join(line.removeprefix("        ") for line in code.splitlines())
    command = [sys.executable, "-c", program, str(tmp_path / "torn.yaml")]
    killed = subprocess.run(command, cwd=ROOT, env=os.environ, check=False, timeout=250, stderr=subprocess.DEVNULL)
    assert killed.returncode == -signal.SIGKILL
    saved = torch.load(torn.run / "checkpoint.pt", weights_only=True)["progress"]
    assert (saved["epoch"], saved["batch"], saved["step"]) == (1, 12, 18)

    train(torn)
    assert furthest(weights_of(torn), weights_of(whole)) < 1e-6

    def metrics(recipe: Recipe) -> list[dict[str, Any]]:
        lines = map(json.loads, (recipe.run / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
        return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]

    assert metrics(torn) == metrics(whole)
    assert [line["epoch"] for line in metrics(whole)] == [1, 2, 3]


def test_what_was_noted_after_the_last_checkpoint_is_noted_once(tmp_path: Path, base: str) -> None:
    recipe = recipe_of(tmp_path, base, replace(QUICK, epochs=2))
    train(recipe)
    path = recipe.run / "metrics.jsonl"
    lines = path.read_text(encoding="utf-8")
    path.write_text(lines + '{"step": 50, "of": 60, "loss": 1.0}\n{"epoch": 3, "a": 1.0}\n{"ste', encoding="utf-8")
    train(recipe)
    assert path.read_text(encoding="utf-8") == lines


def test_finished_run_trains_no_further(plain: Recipe) -> None:
    before = (plain.run / "weights.pt").stat().st_mtime_ns
    with after_each_step(lambda: pytest.fail("another step")):
        train(plain)
    assert (plain.run / "weights.pt").stat().st_mtime_ns == before


def test_checkpoint_of_other_options_rows_or_seed_is_refused_in_one_line(tmp_path: Path, base: str) -> None:
    recipe = recipe_of(tmp_path, base, QUICK)
    train(recipe)
    folder = {p: p.read_bytes() for p in recipe.run.rglob("*") if p.is_file()}
    others = [replace(recipe, train=replace(QUICK, peak_rate=0.004)), replace(recipe, seed=4)]
    for other in others:
        with pytest.raises(InputError, match="made with other rows or options: remove it to start anew") as refused:
            train(other)
        assert "\n" not in str(refused.value)
    # Refused before anything of the earlier run was written over.
    assert {p: p.read_bytes() for p in recipe.run.rglob("*") if p.is_file()} == folder
    save(labelled(63), recipe.run / "rows.jsonl")
    with pytest.raises(InputError, match="made with other rows or options"):
        train(recipe)


def test_where_it_runs_and_how_often_it_is_saved_is_no_other_run(plain: Recipe) -> None:
    moved = replace(plain.train, device="cpu", threads=2, checkpoint_steps=7)
    assert fingerprint(replace(plain, train=moved)) == fingerprint(plain)


def test_loss_that_is_no_number_names_epoch_batch_and_texts(tmp_path: Path, base: str) -> None:
    recipe = recipe_of(tmp_path, base, replace(QUICK, peak_rate=1e30))
    with pytest.raises(TrainingDiverged, match=r"loss (nan|inf) at epoch 1, batch \d+: \S+ \S+.* \| ") as stopped:
        train(recipe)
    assert "\n" not in str(stopped.value)
    assert any(row.text in str(stopped.value) for row in load(recipe.run / "rows.jsonl"))


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nGPU 0 has ..."),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
            "allocate 400000000000 bytes. Error code 12 (Cannot allocate memory)"
        ),
    ],
)
def test_out_of_memory_says_which_option_to_lower(
    tmp_path: Path, base: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def forward(*_: object) -> None:
        raise error

    monkeypatch.setattr(Objective, "forward", forward)
    recipe = recipe_of(tmp_path, base, QUICK)
    with pytest.raises(InputError, match=r"at a batch of 16 texts of \d+ tokens: lower train.batch") as refused:
        train(recipe)
    assert "\n" not in str(refused.value)
    assert refused.value.__cause__ is error


def test_other_errors_of_torch_are_not_taken_for_a_lack_of_memory(
    tmp_path: Path, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(*_: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(Objective, "forward", forward)
    with pytest.raises(RuntimeError, match="shapes"):
        train(recipe_of(tmp_path, base, QUICK))


@pytest.mark.parametrize("device", ["gpu", "cuda:99"])
def test_device_that_is_not_there_is_one_line(device: str) -> None:
    with pytest.raises(InputError, match=f"train.device {device}: ") as refused:
        device_of(replace(QUICK, device=device))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "fp16"}, "train.precision is auto, fp32 or bf16, not 'fp16'"),
        ({"max_tokens": 67}, "max_tokens 67: base .* reads 66 at most"),
    ],
)
def test_option_that_means_nothing_is_refused(tmp_path: Path, base: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        train(recipe_of(tmp_path, base, replace(QUICK, **options)))


@pytest.mark.parametrize("computed", [True, False])
def test_auto_halves_the_precision_where_the_device_computes_it(
    tmp_path: Path, base: str, plain: Recipe, monkeypatch: pytest.MonkeyPatch, computed: bool
) -> None:
    monkeypatch.setattr("training.train.computes_bf16", lambda _: computed)
    recipe = recipe_of(tmp_path, base, replace(QUICK, precision="auto"), labelled(64))
    train(recipe)
    assert (furthest(weights_of(recipe), weights_of(plain)) > 1e-5) is computed


def test_early_stopping_keeps_the_best_epochs_weights_and_stops(
    tmp_path: Path, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([0.4, 0.7, 0.6, 0.7])
    seen: list[Weights] = []

    def judged(model: Classifier, *_: object) -> dict[str, float]:
        seen.append({name: value.clone() for name, value in model.state_dict().items()})
        return {"sentiment/a": next(figures)}

    monkeypatch.setattr("training.train.macro_f1s", judged)
    recipe = recipe_of(tmp_path, base, replace(QUICK, epochs=9, patience=2))
    train(recipe)
    assert len(seen) == 4
    assert furthest(weights_of(recipe), seen[1]) == 0
    assert furthest(weights_of(recipe), seen[3]) > 0
    train(recipe)  # once more: it has stopped for good
    assert len(seen) == 4


# ---- what each option does

OPTIONS: list[dict[str, Any]] = [
    {"peak_rate": 0.002},
    {"warm_up": 0.5},
    {"weight_decay": 0.5},
    {"clip": 0.01},
    {"dropout": 0.5},
    {"label_smoothing": 0.2},
    {"cashtag_dropout": 0.0},
    {"source_dropout": 0.0},
    {"lora_rank": 2},
    {"max_tokens": 5},
    {"precision": "bf16"},
    {"batch": 8},
    {"accumulate": 2},
    {"epochs": 2},
]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: "-".join(map(str, next(iter(option.items())))))
def test_every_option_reaches_the_weights(tmp_path: Path, base: str, plain: Recipe, option: dict[str, Any]) -> None:
    rows = labelled(64)
    recipe = recipe_of(tmp_path, base, replace(QUICK, **option), rows)
    train(recipe)
    found = weights_of(recipe)
    assert all(value.dtype == torch.float32 and value.isfinite().all() for value in found.values())
    assert furthest(found, weights_of(plain)) > 1e-5


def test_one_seed_gives_the_same_weights_and_another_others(tmp_path: Path, base: str, plain: Recipe) -> None:
    again = recipe_of(tmp_path / "again", base, replace(QUICK, checkpoint_steps=1))
    other = recipe_of(tmp_path / "other", base, QUICK, seed=4)
    train(again)
    train(other)
    assert furthest(weights_of(again), weights_of(plain)) == 0
    assert furthest(weights_of(other), weights_of(plain)) > 1e-3


def test_two_passes_of_16_train_as_one_of_32(tmp_path: Path, base: str) -> None:
    # 72 rows: the last step of an epoch has 8, which is one pass of 16 cut short.
    still = replace(QUICK, epochs=2, cashtag_dropout=0.0, source_dropout=0.0, dropout=0.0, peak_rate=1e-3)
    quiet = tiny_base(tmp_path / "quiet")
    config = json.loads((quiet / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (quiet / "config.json").write_text(json.dumps(config), encoding="utf-8")
    rows = labelled(72)
    found = []
    for name, batch, accumulate in (("one", 32, 1), ("two", 16, 2), ("three", 12, 3)):
        recipe = recipe_of(tmp_path / name, str(quiet), replace(still, batch=batch, accumulate=accumulate), rows)
        train(recipe)
        found.append(weights_of(recipe))
    # A bias of the keys moves no attention, so its gradient is rounding, which Adam takes for a direction.
    first, second = ({k: v for k, v in weights.items() if not k.endswith("key.bias")} for weights in found[:2])
    assert furthest(first, second) < 1e-5
    assert furthest(found[0], found[2]) > 1e-4  # 36 rows a step are another run


def test_passes_of_a_step_hold_its_rows_once_and_share_its_weight(base: str) -> None:
    rows = labelled(45)[:45]
    batches = list(epoch_batches(rows, base_tokenizer(base), replace(QUICK, batch=8, accumulate=3), 1, 0))
    assert sorted(row for batch in batches for row in batch.rows) == list(range(45))
    steps: list[float] = [0.0]
    for batch in batches:
        steps[-1] += batch.share
        if batch.last:
            steps.append(0.0)
    assert steps == [pytest.approx(1.0), pytest.approx(1.0), 0.0]


def test_decay_spares_biases_and_norms(base: str) -> None:
    model = from_base(base, base_tokenizer(base), 3, 3, 0.1)
    groups = parameter_groups(model, Objective(QUICK, labelled(6), None), replace(QUICK, weight_decay=0.03))
    found = {id(p): group for group in groups for p in group["params"]}
    named = dict(model.named_parameters())
    assert sum(len(group["params"]) for group in groups) == len(found) == len(named)
    norms = {f"{name}.weight" for name, module in model.named_modules() if isinstance(module, nn.LayerNorm)}
    assert len(norms) == 5
    for name, parameter in named.items():
        spared = name in norms or name.endswith(".bias")
        assert found[id(parameter)]["weight_decay"] == (0.0 if spared else 0.03), name


def test_rate_rises_over_the_warm_up_and_falls_to_almost_nothing() -> None:
    shares = [one_cycle(step, 100, 0.1) for step in range(100)]
    np.testing.assert_allclose(shares[:10], np.arange(1, 11) / 10)
    np.testing.assert_allclose(shares[10:], np.arange(90, 0, -1) / 90)


def test_layers_are_found_bottom_up(base: str) -> None:
    encoder = from_base(base, base_tokenizer(base), 3, 3, 0.0).encoder
    assert layers_of(encoder) == list(encoder.encoder.layer)


def test_adapter_trains_only_what_it_says_and_merges_into_the_same_answers(base: str) -> None:
    tokenizer = base_tokenizer(base)
    model = lora(from_base(base, tokenizer, 3, 3, 0.0), 2)
    free = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    heads = {"sentiment.weight", "sentiment.bias", "topic.weight", "topic.bias"}
    table = "encoder.base_model.model.embeddings.word_embeddings.weight"
    rest = free - heads - {table}
    assert heads | {table} <= free
    assert len(rest) == 2 * 2 * 6  # A and B; layers; linear maps of a layer
    assert all("lora_A" in name or "lora_B" in name for name in rest)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    texts = [row.text for row in labelled(20)]
    adapted, plain = predict(model, tokenizer, texts), predict(merged(model), tokenizer, texts)
    with model.encoder.disable_adapter():
        bare = predict(model, tokenizer, texts)
    torch.testing.assert_close(plain, adapted, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(bare[0], adapted[0], atol=1e-2)
    assert free == {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def test_adapter_exports_as_a_plain_model(tmp_path: Path, base: str) -> None:
    recipe = recipe_of(tmp_path, base, replace(QUICK, lora_rank=2, epochs=2))
    train(recipe)
    start = from_base(base, base_tokenizer(base), 3, 3, 0.0).state_dict()
    found = weights_of(recipe)
    assert found.keys() == start.keys()
    moved = {name for name in found if not torch.equal(found[name], start[name])}
    assert "encoder.encoder.layer.0.attention.self.query.weight" in moved
    assert not any("LayerNorm" in name or "position" in name for name in moved)
    assert not any("encoder" in name and name.endswith(".bias") for name in moved)

    export_float(from_run(recipe.run, 3, 3), tmp_path / "float.onnx")
    texts = [row.text for row in labelled(8)][:8]
    ids = [e.ids for e in run_tokenizer(recipe.run, 32).encode_batch(texts)]
    session = onnxruntime.InferenceSession(str(tmp_path / "float.onnx"), providers=["CPUExecutionProvider"])
    expected = predict(from_run(recipe.run, 3, 3), run_tokenizer(recipe.run, 32), texts)
    for number, row in enumerate(ids):
        given = np.array([row], np.int64)
        said = session.run(None, {"input_ids": given, "attention_mask": np.ones_like(given)})
        np.testing.assert_allclose(said[0][0], expected[0][number].numpy(), atol=1e-4)
        np.testing.assert_allclose(said[1][0], expected[1][number].numpy(), atol=1e-4)


def test_run_folder_holds_all_that_later_steps_and_people_need(plain: Recipe) -> None:
    held = {str(p.relative_to(plain.run)) for p in plain.run.rglob("*") if p.is_file()}
    assert {"encoder/config.json", "encoder/tokenizer.json", "versions.json", "recipe.yaml", "weights.pt"} <= held
    assert not any(name.endswith(".new") for name in held)
    assert json.loads((plain.run / "versions.json").read_text(encoding="utf-8"))["torch"] == version("torch")
    assert read_recipe(plain.run / "recipe.yaml") == plain
    lines = [json.loads(line) for line in (plain.run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    (epoch,) = [line for line in lines if "epoch" in line]
    assert {"epoch", "seconds", "sentiment/a", "sentiment/b", "topic/a", "topic/b"} == set(epoch)
    (events, *_) = sorted((plain.run / "tensorboard").iterdir())
    assert b"sentiment/a" in events.read_bytes()


def test_own_recipe_in_the_run_folder_keeps_its_comments(tmp_path: Path, base: str, plain: Recipe) -> None:
    recipe = recipe_of(tmp_path, base, QUICK)
    raw = yaml.safe_load((plain.run / "recipe.yaml").read_text(encoding="utf-8"))
    own = "# mine\n" + yaml.safe_dump({**raw, "run": str(recipe.run)})
    (recipe.run / "recipe.yaml").write_text(own, encoding="utf-8")
    train(recipe)
    assert (recipe.run / "recipe.yaml").read_text(encoding="utf-8") == own


def test_macro_f1_is_scikit_learns() -> None:
    from sklearn.metrics import f1_score

    draw = random.Random(0)
    truth, said = ([draw.randrange(4) for _ in range(60)] for _ in range(2))
    assert macro_f1(said, truth) == pytest.approx(f1_score(truth, said, average="macro"))
    assert macro_f1([0, 0], [0, 0]) == 1
