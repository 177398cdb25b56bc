"""No library reports to its maker: ONNX Runtime would, from Linux too, since 1.29."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("the daemon's way to the model", "import monitor.parts"),
        pytest.param(
            "the trainer's", "import training.smooth; from monitor.inference import verify", marks=pytest.mark.training
        ),
    ],
)
def test_neither_an_id_nor_a_queue_of_reports_is_kept_for_the_models_runtime(
    tmp_path: Path, why: str, script: str
) -> None:
    env = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    env |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_STATE_HOME": str(tmp_path / "state")}
    load = "from monitor.inference.manifest import find_model; from monitor.inference.model import OnnxModel"
    loaded = f"{script}; {load}; OnnxModel.load(find_model('default'))"
    subprocess.run([sys.executable, "-c", loaded], env=env, check=True, timeout=120)
    kept = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in kept if "onnxruntime" in path], why
