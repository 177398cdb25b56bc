"""Model folders that are spoiled and signed: what verifies may still be hostile, and the daemon outlives it (S5)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from monitor.errors import ModelError
from monitor.inference.model import OnnxModel
from monitor.inference.trial import try_model
from tests.model_folders import panicking, resign

pytestmark = [pytest.mark.training, pytest.mark.slow]

MUTANTS = 10_000 if os.environ.get("BEARWATCH_FAULTS") == "long" else 200
SEED = int(os.environ.get("BEARWATCH_SEED", "5"))


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained / "run" / "model", tmp_path / "model"))


@pytest.mark.faults
@pytest.mark.timeout(3_600)
def test_a_spoiled_model_with_right_hashes_is_refused_in_one_line_or_serves_every_headline(
    trained: Path, tmp_path: Path
) -> None:
    print(f"BEARWATCH_SEED={SEED}, {MUTANTS} mutants")
    command = [sys.executable, "-m", "tests.training.mutants", str(trained / "run" / "model"), str(SEED), str(MUTANTS)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=True, env=environment)
    *attempts, totals = [json.loads(line) for line in done.stdout.splitlines()]
    print(totals)
    assert len(attempts) == MUTANTS
    outcomes = Counter(attempt["outcome"] for attempt in attempts)
    assert [attempt for attempt in attempts if attempt["outcome"] not in ("accepted", "refused")] == []
    assert outcomes["accepted"] and outcomes["refused"] > MUTANTS / 2
    assert totals["longest_s"] < 15
    assert totals["largest_mib"] < 1_024


def tried(folder: Path, wall_s: float = 60.0) -> str:
    """What comes of its trial: the refusal, or the digest."""
    try:
        return asyncio.run(try_model(folder, wall_s=wall_s))
    except ModelError as error:
        assert "\n" not in str(error) and str(folder) in str(error)
        return str(error)


def with_node(folder: Path, *nodes: onnx.NodeProto, constants: dict[str, np.ndarray]) -> None:  # type: ignore[type-arg]
    """Adds to the sentiment, as floats, the sum of what the nodes give as `extra`."""
    model = onnx.load(str(folder / "model.onnx"))
    last = next(node for node in model.graph.node if "sentiment" in node.output)
    last.output[list(last.output).index("sentiment")] = "before"
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    model.graph.node.extend(
        [
            *nodes,
            helper.make_node("Cast", ["extra"], ["float"], to=TensorProto.FLOAT),
            helper.make_node("ReduceSum", ["float"], ["sum"], keepdims=0),
            helper.make_node("Add", ["before", "sum"], ["sentiment"]),
        ]
    )
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    resign(folder)


def endless(folder: Path) -> None:
    inner = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["still"]), helper.make_node("Add", ["x", "one"], ["y"])],
        "inner",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.INT64, []),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.INT64, []),
        ],
        [numpy_helper.from_array(np.int64(1), "one")],
    )
    constants = {"turns": np.array(2**62), "go": np.array(True), "nil": np.array(0)}
    with_node(folder, helper.make_node("Loop", ["turns", "go", "nil"], ["extra"], body=inner), constants=constants)


def greedy(folder: Path) -> None:
    nodes = [helper.make_node("ConstantOfShape", ["huge"], ["extra"])]
    with_node(folder, *nodes, constants={"huge": np.array([2**31])})  # 8 GiB of float, which machines have


def test_a_sound_folder_passes_its_trial_and_is_then_what_is_loaded(folder: Path) -> None:
    digest = tried(folder)
    assert OnnxModel.load(folder, threads=1, tried=digest).manifest.digest == digest
    raw = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**raw, "name": "swapped"}), encoding="utf-8")
    with pytest.raises(ModelError, match="has changed since it was tried"):
        OnnxModel.load(folder, threads=1, tried=digest)


def test_a_graph_that_never_ends_is_ended(folder: Path) -> None:
    endless(folder)
    began = time.monotonic()
    assert "its trial took more than 5 s and was ended" in tried(folder, wall_s=5)
    assert time.monotonic() - began < 15


def test_a_graph_that_asks_for_more_memory_than_there_is_gets_none(folder: Path) -> None:
    greedy(folder)
    assert "Failed to allocate memory" in tried(folder)


def test_a_panic_in_the_tokenizer_is_one_line_in_the_trial_and_at_a_start(folder: Path) -> None:
    words = panicking(folder)
    assert words in tried(folder)
    with pytest.raises(ModelError, match=words):
        OnnxModel.load(folder, threads=1)


def test_a_name_as_long_as_the_file_is_told_in_short(folder: Path) -> None:
    model = onnx.load(str(folder / "model.onnx"))
    model.graph.node[0].domain = "x" * 200_000
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    resign(folder)
    with pytest.raises(ModelError, match="uses operators of 'xxx") as refused:
        asyncio.run(try_model(folder))
    assert len(str(refused.value)) <= 1_000


def test_a_pipe_in_a_files_place_is_not_waited_for(folder: Path) -> None:
    for name in ("golden.json", "manifest.json"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
        assert f"{name} is no regular file" in tried(folder, wall_s=20)


def test_a_trial_that_dies_by_a_signal_is_a_refusal(folder: Path) -> None:
    endless(folder)

    async def scenario() -> str:
        trial = asyncio.create_task(try_model(folder, wall_s=60))
        child = None
        while child is None:
            await asyncio.sleep(0.05)
            child = next(iter(trials_of(folder)), None)
        os.kill(child, signal.SIGSEGV)
        with pytest.raises(ModelError) as refused:
            await trial
        return str(refused.value)

    assert asyncio.run(scenario()).endswith(f"the process of its trial ended by signal {signal.SIGSEGV.value}")


def trials_of(folder: Path) -> list[int]:
    """Processes that have the folder on their command line."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and str(folder).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


def test_a_cancelled_trial_leaves_no_child(folder: Path) -> None:
    endless(folder)

    async def scenario() -> None:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await try_model(folder, wall_s=60)
        assert time.monotonic() - began < 10

    asyncio.run(scenario())
    assert trials_of(folder) == []
