"""The last step: the trained run becomes a folder that the daemon loads, or fails with the reason.

Order: float ONNX -> int8 -> checked against torch -> golden outputs -> figures -> batch-invariance -> manifest and
card. The folder is built beside its place and moved there whole, so a failed export leaves the old one.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch

from monitor.errors import BearwatchError, InputError
from monitor.inference.manifest import CARD, FORMAT, GOLDEN, MODEL, TOKENIZER
from monitor.inference.model import OnnxModel
from monitor.inference.verify import INVARIANCE, invariance
from training.card import LICENCE, card
from training.data import MISSING, SENTIMENTS, Row, load, summary
from training.evaluate import exams_of, measure, probabilities
from training.model import from_run, run_tokenizer
from training.onnx_graph import export_float, quantize, to_half
from training.predict import predict
from training.profile import profile
from training.provenance import ROWS, check_calibrated, sha256
from training.recipe import Recipe
from training.retention import refusal
from training.targets import TARGET

log = logging.getLogger("bearwatch.train")

PARITY = 0.005  # accuracy that the export may lose against torch

GOLDEN_TEXTS = (
    "Regulator takes control of lender after deposit flight",
    "Company narrows loss",
    "Bad loans decline sharply",
    "Net sales rose to EUR 25.1 mn from EUR 20.3 mn",
    "Net sales fell to EUR 20.3 mn from EUR 25.1 mn",
    "Auditor resigns, refuses to sign accounts",
    "Tariffs of 40% imposed on steel imports",
    "Central bank leaves rates unchanged",
    "Company names new chief financial officer",
    "Chelsea crash out of cup",
    "$ACME - Acme Corp declares $0.10 dividend",
    "$SPY $QQQ $DIA",
    "Oil slides 4% as inventories build",
    "Gold steady ahead of Fed minutes",
    "Analysts raise price target on chipmaker to $120",
    "IPO priced at top of range",
    "央行下调存款准备金率，股市上涨",
    "Société Générale dément toute difficulté de trésorerie",
    "МВФ повысил прогноз роста",
    "🚀🚀 to the moon",
    "?",
    "A",
    "1.5% 2.5% -3.5% (0.4%)",
    "Profit warning " * 60,
    f"{TARGET} wins patent suit against rival",
    f"Chipmaker wins patent suit against {TARGET}",
)


class ExportError(BearwatchError):
    """The exported model is not what was trained, or breaks a promise; nothing was replaced."""


def _sha256(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _manifest(
    recipe: Recipe, rows: list[Row], folder: Path, precision: str, measured: dict[str, Any]
) -> dict[str, Any]:
    data = json.loads((recipe.run / "data.json").read_text(encoding="utf-8"))
    return {
        "format": FORMAT,
        "name": recipe.name,
        "created": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "precision": precision,
        "labels": {"sentiment": list(SENTIMENTS), "topic": list(recipe.topics)},
        "calibration": check_calibrated(recipe),
        "tau": recipe.export.tau,
        "max_characters": recipe.export.max_characters,
        "max_tokens": recipe.export.max_tokens,
        "languages": list(recipe.export.languages),
        "target_token": TARGET,
        "base": {"name": recipe.base_name, "licence": recipe.base_licence},
        "data": data["sets"],
        "rows": summary(rows),
        ROWS: sha256(recipe.run / "rows.jsonl"),
        "seed": recipe.seed,
        "notes": recipe.notes,
        "files": {p.name: _sha256(p) for p in sorted(folder.iterdir()) if p.name != "manifest.json"},
        **measured,
    }


def _parity(rows: list[Row], recipe: Recipe, model: OnnxModel) -> dict[str, float]:
    """Accuracy of torch and of the export on the held-out part, by head.

    Raises:
        ExportError: the export loses more than half a point (and more than two rows, for the smallest sets).
    """
    held = [row for row in rows if row.part == "report"]
    texts = [row.text for row in held]
    tokenizer = run_tokenizer(recipe.run, recipe.export.max_tokens)
    torch_heads = predict(from_run(recipe.run, len(SENTIMENTS), len(recipe.topics)), tokenizer, texts)
    calibration = check_calibrated(recipe)
    result: dict[str, float] = {}
    for head, logits, shares in zip(("sentiment", "topic"), torch_heads, probabilities(model, texts), strict=True):
        truth = np.array([getattr(row, head) for row in held])
        known = truth != MISSING
        scaled = logits.double().numpy() / calibration[head]["temperature"] + np.array(calibration[head]["bias"])
        mine, theirs = scaled.argmax(axis=1)[known], shares.argmax(axis=1)[known]
        lost = int((mine == truth[known]).sum()) - int((theirs == truth[known]).sum())
        result[f"{head}_torch"] = round(float((mine == truth[known]).mean()), 4)
        result[f"{head}_export"] = round(float((theirs == truth[known]).mean()), 4)
        result[f"{head}_same_label"] = round(float((mine == theirs).mean()), 4)
        if lost > max(2, PARITY * known.sum()):
            raise ExportError(f"{head}: the export loses {lost} of {known.sum()} rows against torch: {result}")
    return result


def _golden(model: OnnxModel) -> dict[str, Any]:
    sentiment, topic = probabilities(model, list(GOLDEN_TEXTS))
    return {
        "texts": [
            {
                "text": text,
                "sentiment": dict(zip(SENTIMENTS, np.round(s, 6).tolist(), strict=True)),
                "topic": dict(zip(model.topics, np.round(t, 6).tolist(), strict=True)),
            }
            for text, s, t in zip(GOLDEN_TEXTS, sentiment, topic, strict=True)
        ]
    }


def export(recipe: Recipe, target: Path, precision: str = "int8") -> Path:
    """Builds the model folder at `target`, replacing what stood there; returns it.

    Args:
        precision: `int8` for processors; `fp32`, or `fp16` for a GPU.

    Raises:
        InputError: an earlier step has not run, or the precision is unknown.
        ExportError: size, parity or batch-invariance is not met.
    """
    if precision not in ("int8", "fp16", "fp32"):
        raise InputError(f"precision {precision!r} is none of int8, fp16, fp32")
    if not (recipe.run / "data.json").is_file():
        raise InputError(f"{recipe.run / 'data.json'} is missing: run `bearwatch-train prepare` first")
    check_calibrated(recipe)
    refused = refusal(recipe.run)
    if refused:
        raise ExportError(refused)
    rows = load(recipe.run / "rows.jsonl")
    folder = target.with_name(f"{target.name}.new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    torch.set_num_threads(recipe.train.threads)
    tokenizer = run_tokenizer(recipe.run, recipe.export.max_tokens)
    floats = recipe.run / "float.onnx"
    export_float(from_run(recipe.run, len(SENTIMENTS), len(recipe.topics)), floats)
    if precision == "int8":
        fit = [row.text for row in rows if row.part == "fit"]
        sample = random.Random(recipe.seed).sample(fit, min(recipe.export.calibration_headlines, len(fit)))
        quantize(floats, folder / MODEL, tokenizer, sample)
    elif precision == "fp16":
        to_half(floats, folder / MODEL)
    else:
        shutil.copyfile(floats, folder / MODEL)
    tokenizer.no_truncation()  # limits stand in the manifest alone
    (folder / TOKENIZER).write_text(tokenizer.to_str(pretty=False), encoding="utf-8")
    (folder / "LICENSE").write_text(LICENCE, encoding="utf-8")
    _write_json(folder / GOLDEN, {"texts": []})
    _write_json(folder / "manifest.json", _manifest(recipe, rows, folder, precision, {}))

    model = OnnxModel.load(folder, threads=recipe.train.threads, golden=False)
    measured: dict[str, Any] = {
        "parity": _parity(rows, recipe, model),
        "scores": measure(model, rows, exams=exams_of(recipe)),
        "profile": profile(model, rows),
    }
    seen = invariance(model, sorted({row.text for row in rows if row.part != "calibration"})[:10_000])
    measured["batch_invariance"] = {"texts": seen.texts, "largest": round(seen.largest, 8), "changed": seen.changed}
    if precision != "fp16" and (seen.largest > INVARIANCE or seen.changed):
        raise ExportError(f"a text's result depends on its batch: {measured['batch_invariance']}")
    _write_json(folder / GOLDEN, _golden(model))
    (folder / CARD).write_text(card(_manifest(recipe, rows, folder, precision, measured)), encoding="utf-8")
    _write_json(folder / "manifest.json", _manifest(recipe, rows, folder, precision, measured))
    OnnxModel.load(folder, threads=recipe.train.threads)  # as the daemon will: hashes, golden outputs

    megabytes = sum(p.stat().st_size for p in folder.iterdir()) / 1e6
    if precision == "int8" and megabytes > recipe.export.size_limit_mb:
        raise ExportError(f"{folder} has {megabytes:.1f} MB, more than {recipe.export.size_limit_mb}")
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)
    log.info("%s: %.1f MB, %s, %s", target, megabytes, measured["parity"], measured["batch_invariance"])
    return target
