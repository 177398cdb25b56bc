"""Moves the outliers of activations into the weights before int8 (SmoothQuant, Xiao et al. 2023).

A few channels of an encoder's activations are many times larger than the rest, and one scale for all of a tensor's
channels then leaves the others a few steps. Dividing a channel by what its weights are multiplied with changes no
product and evens both out. A layer norm feeds the residual path too, so the division is a node of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

# How much of the outliers goes into the weights. Of 0.25 to 1 this kept most labels of the default model's calibration
# part: 99.3 % and 98.7 % of the two heads', against 98.5 % and 98.0 % without.
_ALPHA = 0.8
_LEAST = 1e-5


def smooth(model: onnx.ModelProto, feeds: Iterable[Mapping[str, np.ndarray[Any, Any]]]) -> None:
    """Puts a division before every product with constant weights and multiplies those, in place.

    Args:
        feeds: inputs whose activations tell how large each channel gets.
    """
    graph = model.graph
    uses = Counter(name for node in graph.node for name in node.input)
    # A table that two tensors are multiplied with, or that is more than one, is left as it is.
    weights = {t.name: t for t in graph.initializer if len(t.dims) == 2 and uses[t.name] == 1}
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            users.setdefault(node.input[0], []).append(node)
    if not users:
        return
    largest = _largest(model, list(users), feeds)
    for name, nodes in users.items():
        tables = {node.input[1]: numpy_helper.to_array(weights[node.input[1]]) for node in nodes}
        rows = np.maximum(np.max([np.abs(table).max(axis=1) for table in tables.values()], axis=0), _LEAST)
        scale = np.maximum(largest[name], _LEAST) ** _ALPHA / rows ** (1 - _ALPHA)
        scale = np.maximum(scale, _LEAST).astype(np.float32)
        for given, table in tables.items():
            weights[given].CopyFrom(numpy_helper.from_array((table * scale[:, None]).astype(np.float32), given))
        graph.initializer.append(numpy_helper.from_array(1 / scale, f"{name}_smoothing"))
        first = min(list(graph.node).index(node) for node in nodes)
        divided = helper.make_node("Mul", [name, f"{name}_smoothing"], [f"{name}_smoothed"], name=f"{name}_smooth")
        for node in nodes:
            node.input[0] = f"{name}_smoothed"
        graph.node.insert(first, divided)


def _largest(
    model: onnx.ModelProto, names: list[str], feeds: Iterable[Mapping[str, np.ndarray[Any, Any]]]
) -> dict[str, np.ndarray[Any, Any]]:
    """The largest absolute value of each channel of these tensors, over all feeds."""
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    del seen.graph.output[:]
    seen.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(seen.SerializeToString(), providers=["CPUExecutionProvider"])
    found: dict[str, np.ndarray[Any, Any]] = {}
    for feed in feeds:
        for name, values in zip(names, session.run(None, dict(feed)), strict=True):
            most = np.abs(values).reshape(-1, values.shape[-1]).max(axis=0)
            found[name] = np.maximum(found[name], most) if name in found else most
    return found
