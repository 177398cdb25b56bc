"""What the manifest reader refuses, and in which words."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import BPE, Model, Unigram, WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

from monitor.config import load_config
from monitor.errors import ModelError
from monitor.inference.manifest import find_model, read_manifest
from monitor.inference.model import OnnxModel

FILES = {"model.onnx": b"weights", "tokenizer.json": b"{}", "golden.json": b"{}"}


def raw_manifest() -> dict[str, Any]:
    head = {"temperature": 1.1, "bias": [0.1, 0.0, -0.1]}
    return {
        "format": 1,
        "name": "small",
        "precision": "int8",
        "labels": {"sentiment": ["negative", "neutral", "positive"], "topic": ["a", "b"]},
        "calibration": {"sentiment": head, "topic": {"temperature": 1, "bias": [0, 0]}},
        "tau": 0.5,
        "max_characters": 400,
        "max_tokens": 64,
        "languages": ["en"],
        "target_token": None,
        "files": {n: {"sha256": hashlib.sha256(d).hexdigest(), "size": len(d)} for n, d in FILES.items()},
    }


def folder_of(path: Path, raw: Any) -> Path:
    for name, data in FILES.items():
        (path / name).write_bytes(data)
    (path / "manifest.json").write_text(raw if isinstance(raw, str) else json.dumps(raw), encoding="utf-8")
    return path


def test_manifest_is_read_whole(tmp_path: Path) -> None:
    manifest = read_manifest(folder_of(tmp_path, raw_manifest()))
    assert manifest.sentiment.bias == (0.1, 0.0, -0.1)
    assert (manifest.tau, manifest.max_characters, manifest.max_tokens) == (0.5, 400, 64)
    assert manifest.languages == ("en",)
    assert manifest.target_token is None
    assert {name: manifest.read(name) for name in FILES} == FILES
    assert len(manifest.hash) == 16


def _set(*keys: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        for key in keys[:-1]:
            raw = raw[key]
        raw[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("format", value=2), r"format 2 is not known here \(this version reads format 1\)"),
        (_set("format", value=None), "format None is not known"),
        (_set("labels", "sentiment", value=["positive", "neutral", "negative"]), "must be negative, neutral, positive"),
        (_set("labels", "topic", value=["a", "a"]), "topic is no list of distinct names"),
        (_set("calibration", "sentiment", "temperature", value=0), "no usable number"),
        (_set("calibration", "sentiment", "temperature", value="warm"), "temperature is missing or no float"),
        (_set("calibration", "topic", "bias", value=[0]), "1 biases for 2 labels"),
        (_set("calibration", "topic", "bias", value=[0, float("nan")]), "no usable number"),
        (_set("precision", value="int4"), "precision 'int4' is none of int8, fp16, fp32"),
        (_set("tau", value=1.5), "out of range"),
        (_set("tau", value=True), "tau is missing or no float"),
        (_set("max_tokens", value=1), "out of range"),
        (_set("max_characters", value="many"), "max_characters is missing or no int"),
        (_set("files", "../weights.bin", value={"sha256": "0", "size": 1}), "no plain file name"),
        (_set("files", "/etc/passwd", value={"sha256": "0", "size": 1}), "no plain file name"),
        (_set("files", value={}), "files lacks model.onnx, tokenizer.json, golden.json"),
        (_set("languages", value="en"), "languages is missing or no list"),
        (_set("target_token", value=7), "target_token is missing or no str"),
        (_set("target_token", value=""), "target_token must be 1 to 32 printable ASCII characters without blanks"),
        (_set("target_token", value=" "), "target_token must be"),
        (_set("target_token", value="the target"), "target_token must be"),
        (_set("target_token", value="[\n]"), "target_token must be"),
        (_set("target_token", value="[TÄRGET]"), "target_token must be"),
        (_set("target_token", value="[" + "T" * 31 + "]"), "target_token must be"),
        (_set("name", value=None), "name is missing"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    raw = raw_manifest()
    change(raw)
    with pytest.raises(ModelError, match=words) as caught:
        read_manifest(folder_of(tmp_path, raw))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "\x00"])
def test_what_is_no_manifest_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json"):
        read_manifest(folder_of(tmp_path, text))


def test_a_missing_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json: No such file"):
        read_manifest(tmp_path)
    manifest = read_manifest(folder_of(tmp_path, raw_manifest()))
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json: No such file"):
        manifest.read("tokenizer.json")


def test_a_file_of_the_same_size_but_another_byte_is_refused(tmp_path: Path) -> None:
    manifest = read_manifest(folder_of(tmp_path, raw_manifest()))
    (tmp_path / "model.onnx").write_bytes(b"weighty")
    with pytest.raises(ModelError, match=r"model\.onnx is not the file of the manifest"):
        manifest.read("model.onnx")
    (tmp_path / "model.onnx").write_bytes(b"weights and more")
    with pytest.raises(ModelError, match=r"model\.onnx has 16 bytes, the manifest says 7"):
        manifest.read("model.onnx")


def test_the_hash_follows_what_decides_a_score_and_nothing_else(tmp_path: Path) -> None:
    first = read_manifest(folder_of(tmp_path, raw_manifest())).hash

    def changed(change: Callable[[dict[str, Any]], None]) -> bool:
        raw = raw_manifest()
        change(raw)
        return read_manifest(folder_of(tmp_path, raw)).hash != first

    assert changed(_set("calibration", "topic", "bias", value=[0.1, -0.1]))
    assert changed(_set("calibration", "sentiment", "temperature", value=1.2))
    assert changed(_set("max_tokens", value=32))
    assert changed(_set("labels", "topic", value=["a", "c"]))
    assert changed(_set("target_token", value="[TARGET]"))
    assert changed(_set("files", "model.onnx", "sha256", value="0" * 64))
    assert changed(_set("files", "tokenizer.json", "sha256", value="0" * 64))
    assert not changed(_set("name", value="other"))
    assert not changed(_set("tau", value=0.6))
    assert not changed(_set("files", "card.md", value={"sha256": "0" * 64, "size": 1}))


def test_a_model_is_found_by_folder_or_shipped_name(tmp_path: Path) -> None:
    assert find_model(tmp_path) == tmp_path
    assert find_model("default").name == "default"
    with pytest.raises(ModelError, match=r"no such folder, and no shipped model \(shipped: .*default"):
        find_model("../models/default2")
    with pytest.raises(ModelError, match="no shipped model"):
        find_model("nonesuch")


WORDS = {"[UNK]": 0, "bank": 1, "falls": 2}
NO_GRAPH = b"\x3a\x00"  # an ONNX file with an empty graph: all is well until a session is made of it


def words_of(model: Model, *added: str, normalized: bool = True) -> bytes:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.add_tokens([AddedToken(word, normalized=normalized) for word in added])
    return str(tokenizer.to_str()).encode()


def folder_with(path: Path, tokenizer: bytes, token: str | None) -> Path:
    raw = raw_manifest()
    raw["target_token"] = token
    for name, data in (("model.onnx", NO_GRAPH), ("tokenizer.json", tokenizer)):
        raw["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    folder = folder_of(path, raw)
    (folder / "model.onnx").write_bytes(NO_GRAPH)
    (folder / "tokenizer.json").write_bytes(tokenizer)
    return folder


def word_level() -> Model:
    return WordLevel(WORDS, unk_token="[UNK]")


@pytest.mark.parametrize(
    ("tokenizer", "token", "rule"),
    [
        (words_of(word_level()), "[TARGET]", "three unknown words"),
        (words_of(word_level()), "target", "one unknown word"),
        (words_of(word_level(), "[UNK]"), "[UNK]", "the unknown word itself"),
        (words_of(BPE({"t": 0, "a": 1, "[": 2}, [])), "[TA", "three letters"),
        (words_of(Unigram([("<u>", 0.0), ("bank", -1.0)], unk_id=0)), "TARGET", "unknown by its number"),
    ],
)
def test_a_target_token_that_the_tokenizer_does_not_know_as_one_word_is_refused_in_one_line(
    tmp_path: Path, tokenizer: bytes, token: str, rule: str
) -> None:
    folder = folder_with(tmp_path, tokenizer, token)
    words = rf"tokenizer\.json: the manifest's target_token {re.escape(repr(token))} is not one id of its own"
    with pytest.raises(ModelError, match=words) as caught:
        OnnxModel.load(folder)
    assert str(tmp_path) in str(caught.value), rule
    assert "\n" not in str(caught.value), rule


@pytest.mark.parametrize(
    ("tokenizer", "token"),
    [
        (words_of(word_level(), "[TARGET]"), "[TARGET]"),
        (words_of(word_level(), "[TARGET]", normalized=False), "[TARGET]"),
        (words_of(word_level()), None),
    ],
)
def test_a_tokenizer_that_knows_the_target_token_passes(tmp_path: Path, tokenizer: bytes, token: str | None) -> None:
    with pytest.raises(ModelError, match=r"model\.onnx") as caught:  # the next thing that is looked at
        OnnxModel.load(folder_with(tmp_path, tokenizer, token))
    assert "target_token" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "refused"), [(2, False), (10**6, True)])
def test_a_target_token_beyond_the_models_words_is_refused_and_one_within_them_scores(
    tmp_path: Path, number: int, refused: bool
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(find_model("default"), folder)  # whose golden texts hold a token of its own
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    tokenizer["model"]["vocab"].pop("[unused1]")
    tokenizer["model"]["vocab"]["[ENTITY]"] = number
    tokenizer["added_tokens"].append({"id": number, "content": "[ENTITY]", **flags, "special": True})
    tokenizer["added_tokens"].sort(key=lambda token: token["id"])
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    raw = json.loads((folder / "manifest.json").read_text("utf-8"))
    data = (folder / "tokenizer.json").read_bytes()
    raw["files"]["tokenizer.json"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    raw["target_token"] = "[ENTITY]"
    (folder / "manifest.json").write_text(json.dumps(raw), "utf-8")
    if refused:
        with pytest.raises(ModelError, match=r"model\.onnx: target_token") as caught:
            OnnxModel.load(folder, threads=1)
        assert "\n" not in str(caught.value)
        return
    model = OnnxModel.load(folder, threads=1)
    assert model.target_token == "[ENTITY]"
    (tokens,) = model.encode(["JPMorgan sues [ENTITY]'s broker"])
    assert list(tokens).count(number) == 1


def test_a_shipped_model_is_named_alike_on_the_command_line_and_in_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fast").mkdir()
    (tmp_path / "fast" / "manifest.json").write_text("{}")
    monkeypatch.setattr("monitor.inference.manifest.MODELS", tmp_path)
    written = tmp_path / "bearwatch.yaml"
    written.write_text("model: {path: fast}")
    assert load_config(written, {"HOME": str(tmp_path)}).model.path == "fast"
    assert find_model("fast") == tmp_path / "fast"
    with pytest.raises(ModelError, match=r"shipped: fast"):
        find_model("faster")
