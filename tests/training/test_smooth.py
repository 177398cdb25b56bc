"""Outliers of activations go into the weights: the same products, and int8 that loses less."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.smooth import smooth

pytestmark = [pytest.mark.training, pytest.mark.slow]

Array = np.ndarray[Any, np.dtype[np.float32]]


def graph(tables: dict[str, Array], products: list[tuple[str, str, str]]) -> onnx.ModelProto:
    """`x` times tables: (left, table, out) each."""
    nodes = [helper.make_node("MatMul", [left, table], [out], name=out) for left, table, out in products]
    outputs = [helper.make_tensor_value_info(out, TensorProto.FLOAT, None) for _, _, out in products]
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 8])],
        outputs,
        [numpy_helper.from_array(table, name) for name, table in tables.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answers(model: onnx.ModelProto, x: Array) -> list[Array]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [np.asarray(out) for out in session.run(None, {"x": x})]


@pytest.fixture
def x() -> Array:
    """Two of eight channels are a hundred times the others."""
    values = np.random.default_rng(1).normal(size=(64, 8)).astype(np.float32)
    values[:, [2, 5]] *= 100
    return values


def tables(count: int) -> dict[str, Array]:
    draw = np.random.default_rng(2)
    return {f"w{i}": draw.normal(size=(8, 4)).astype(np.float32) for i in range(count)}


def test_products_stay_what_they_were_and_no_channel_stands_out(x: Array) -> None:
    model = graph(tables(2), [("x", "w0", "a"), ("x", "w1", "b")])
    before = answers(model, x)
    smooth(model, [{"x": x[:32]}, {"x": x[32:]}])
    for mine, theirs in zip(answers(model, x), before, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-3)
    (divided,) = [node for node in model.graph.node if node.op_type == "Mul"]  # one for both that read `x`
    model.graph.output.append(helper.make_tensor_value_info(divided.output[0], TensorProto.FLOAT, None))
    largest = np.abs(answers(model, x)[-1]).max(axis=0)
    assert largest.max() / largest.min() < 0.1 * np.abs(x).max(axis=0).max() / np.abs(x).max(axis=0).min()


def test_eight_bits_lose_less_of_a_smoothed_product(x: Array) -> None:
    def eight_bits(values: Array) -> Array:
        step = (values.max() - values.min()) / 255
        rounded: Array = (np.rint(values / step) * step).astype(np.float32)
        return rounded

    model = graph(tables(1), [("x", "w0", "a")])
    (exact,) = answers(model, x)
    table = tables(1)["w0"]
    plain = np.abs(eight_bits(x) @ table - exact).mean()
    smooth(model, [{"x": x}])
    by_name = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    smoothed = np.abs(eight_bits(x * by_name["x_smoothing"]) @ by_name["w0"] - exact).mean()
    assert smoothed < plain / 2


def test_a_table_that_two_tensors_are_multiplied_with_is_left_alone(x: Array) -> None:
    square = {"w": np.eye(8, dtype=np.float32) * 2}
    model = graph(square, [("x", "w", "a"), ("a", "w", "b")])
    before = model.SerializeToString()
    smooth(model, [{"x": x}])
    assert model.SerializeToString() == before
