"""A model folder that is not what its manifest says never serves; each refusal is one line that names the fault."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from monitor.errors import ModelError
from monitor.inference.model import OnnxModel
from monitor.inference.verify import verify
from monitor.inference.wire import check_model
from tests.model_folders import resign

pytestmark = [pytest.mark.training, pytest.mark.slow]


def edit(folder: Path, change: Callable[[onnx.ModelProto], None]) -> None:
    """Changes the graph and signs the folder anew."""
    model = onnx.load(str(folder / "model.onnx"))
    change(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    resign(folder)


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained / "run" / "model", tmp_path / "model"))


def refused(folder: Path, words: str, device: str = "cpu") -> None:
    with pytest.raises(ModelError, match=words) as caught:
        OnnxModel.load(folder, threads=1, device=device)
    assert "\n" not in str(caught.value)
    if device == "cpu":
        assert verify(folder, []) == [str(caught.value)]


def test_an_untouched_copy_loads(folder: Path) -> None:
    assert OnnxModel.load(folder, threads=1).hash == OnnxModel.load(folder, threads=1).hash


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "golden.json"])
def test_one_flipped_byte_is_refused(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    refused(folder, rf"{name} is not the file of the manifest")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "golden.json", "manifest.json"])
def test_a_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refused(folder, rf"{name}: No such file")


def test_a_truncated_file_is_refused(folder: Path) -> None:
    os.truncate(folder / "model.onnx", 100)
    refused(folder, r"model\.onnx has 100 bytes, the manifest says")


def test_a_wrong_hash_in_the_manifest_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["files"]["model.onnx"]["sha256"] = "0" * 64
    path.write_text(json.dumps(raw), encoding="utf-8")
    refused(folder, r"model\.onnx is not the file of the manifest")


@pytest.mark.parametrize("location", ["../outside.bin", "/etc/hostname", "beside.bin"])
@pytest.mark.parametrize("link", ["file", "symlink", "hard link"])
def test_weights_outside_the_file_are_refused(folder: Path, location: str, link: str) -> None:
    secret = folder.parent / "secret"
    secret.write_bytes(b"\0" * 4096)
    target = folder / location
    if not location.startswith("/"):
        {"file": shutil.copyfile, "symlink": os.symlink, "hard link": os.link}[link](secret, target)

    def outward(model: onnx.ModelProto) -> None:
        tensor = next(t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT and t.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", location

    edit(folder, outward)
    refused(folder, "keeps weights in another file")
    # And the runtime itself refuses, being given bytes and no place.
    with pytest.raises(Exception, match=r"(?i)external|model_path|path"):
        onnxruntime.InferenceSession((folder / "model.onnx").read_bytes())


def test_a_foreign_operator_domain_is_refused(folder: Path) -> None:
    edit(folder, lambda model: model.opset_import.extend([helper.make_opsetid("ai.onnx.ml", 3)]))
    refused(folder, r"uses operators of 'ai\.onnx\.ml'")


def test_a_foreign_node_deep_in_a_branch_is_refused(folder: Path) -> None:
    def hide(model: onnx.ModelProto) -> None:
        inner = helper.make_graph([helper.make_node("Evil", [], ["y"], domain="evil.example")], "inner", [], [])
        model.graph.node.append(helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner))

    edit(folder, hide)
    refused(folder, r"uses operators of 'evil\.example'")


def test_functions_of_its_own_are_refused(folder: Path) -> None:
    def define(model: onnx.ModelProto) -> None:
        node = helper.make_node("Identity", ["x"], ["y"])
        function = helper.make_function("com.microsoft", "F", ["x"], ["y"], [node], [helper.make_opsetid("", 17)])
        model.functions.append(function)

    edit(folder, define)
    refused(folder, "defines functions of its own")


def test_other_weights_do_not_give_the_golden_outputs(folder: Path) -> None:
    def spoil(model: onnx.ModelProto) -> None:
        head = next(t for t in model.graph.initializer if t.name == "sentiment.bias")
        head.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(head)[::-1] * 3 + 1.5, head.name))
        head.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(head) * [1, 0, -1], head.name))

    def as_float32(model: onnx.ModelProto) -> None:
        spoil(model)
        head = next(t for t in model.graph.initializer if t.name == "sentiment.bias")
        head.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(head).astype("float32"), head.name))

    edit(folder, as_float32)
    refused(folder, r"golden\.json: .* is off by [01]\.\d+, more than 0\.01")


def test_wrong_golden_outputs_are_refused(folder: Path) -> None:
    path = folder / "golden.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["texts"][3]["sentiment"] = {"negative": 1 / 3, "neutral": 1 / 3, "positive": 1 / 3 + 0.5}
    path.write_text(json.dumps(raw), encoding="utf-8")
    resign(folder)
    refused(folder, r"golden\.json: .* is off by")


@pytest.mark.parametrize("text", ["[]", "{}", '{"texts": []}', '{"texts": [{"text": "a"}]}', "nonsense"])
def test_golden_outputs_in_no_known_form_are_refused(folder: Path, text: str) -> None:
    (folder / "golden.json").write_text(text, encoding="utf-8")
    resign(folder)
    refused(folder, r"golden\.json: (not in the form|holds no text)")


def test_labels_that_the_model_does_not_have_are_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["labels"]["topic"].append("Sport")
    raw["calibration"]["topic"]["bias"].append(0.0)
    path.write_text(json.dumps(raw), encoding="utf-8")
    refused(folder, r"model\.onnx: takes .* and gives .*'topic': 3.*, the manifest needs .*'topic': 4")


def test_more_tokens_than_the_model_has_positions_are_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["max_tokens"] = 4_000
    path.write_text(json.dumps(raw), encoding="utf-8")
    refused(folder, r"model\.onnx: words of tokenizer\.json, 4000 of them: ")


def test_a_word_beyond_the_models_words_is_refused_though_no_golden_text_has_it(folder: Path) -> None:
    path = folder / "tokenizer.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    golden = (folder / "golden.json").read_text(encoding="utf-8").lower()
    unused = next(word for word in raw["model"]["vocab"] if word.isalnum() and word not in golden)
    raw["model"]["vocab"][unused] = 1_000_000
    path.write_text(json.dumps(raw), encoding="utf-8")
    resign(folder)
    refused(folder, r"model\.onnx: words of tokenizer\.json")


@pytest.mark.parametrize(
    ("name", "data"), [("model.onnx", b""), ("model.onnx", b"not onnx"), ("tokenizer.json", b"{}")]
)
def test_rubbish_with_a_right_hash_is_refused(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    resign(folder)
    refused(folder, name.replace(".", r"\."))


def test_int8_on_a_gpu_is_refused_in_one_line(folder: Path) -> None:
    refused(folder, r"is int8, for processors; device cuda takes a float export", device="cuda")


def test_a_gpu_that_is_not_there_is_refused_and_never_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    path = folder / "manifest.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["precision"] = "fp32"
    path.write_text(json.dumps(raw), encoding="utf-8")
    refused(folder, "this onnxruntime has no CUDA support", device="cuda")
    refused(folder, "device 'tpu' is not known: cpu or cuda", device="tpu")


def test_mutated_models_pass_the_reader_or_are_refused_by_it(trained: Path) -> None:
    """The reader walks hostile bytes in plain Python: it may only accept or raise ModelError, never anything else."""
    data = (trained / "run" / "model" / "model.onnx").read_bytes()
    draw = random.Random(7)
    verdicts = []
    for _ in range(300):
        spoiled = bytearray(data)
        for _ in range(draw.randrange(1, 9)):
            # The structure stands around the nodes at the front; the weights behind are bytes without one.
            spoiled[draw.randrange(min(len(data), 20_000))] = draw.randrange(256)
        if draw.random() < 0.2:
            del spoiled[draw.randrange(len(spoiled)) :]
        try:
            check_model(bytes(spoiled))
            verdicts.append(True)
        except ModelError:
            verdicts.append(False)
    assert True in verdicts
    assert False in verdicts
