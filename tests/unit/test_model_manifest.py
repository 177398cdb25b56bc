"""What the manifest reader refuses, and in which words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ModelError
from monitor.inference.manifest import find_model, read_manifest

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
