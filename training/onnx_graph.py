"""From torch to ONNX, and from float to int8 such that no text's result depends on its batch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16
from tokenizers import Tokenizer

from monitor.errors import InputError
from training.model import Classifier
from training.smooth import smooth

OPSET = 17


def export_float(model: Classifier, path: Path) -> None:
    """Writes the classifier with inputs input_ids and attention_mask [batch, tokens], outputs sentiment and topic.

    Raises:
        InputError: this architecture has operators that ONNX has not.
    """
    model.eval()
    model.encoder.set_attn_implementation("eager")  # the fused kernel does not trace into standard operators
    ids = torch.tensor([[1, 2, 3, 4], [4, 3, 2, 1]])
    axes = {0: "batch", 1: "tokens"}
    with _exportable(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every shape that it turns into a constant; parity is checked
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=["sentiment", "topic"],
            dynamic_axes={
                "input_ids": axes,
                "attention_mask": axes,
                "sentiment": {0: "batch"},
                "topic": {0: "batch"},
            },
        )


@contextmanager
def _exportable(model: Classifier) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # the root of the exporter's own errors
        kind, what = model.encoder.config.model_type, str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f"a base of the kind {kind} cannot be exported to ONNX: {what[0]}") from error


class _Headlines(CalibrationDataReader):  # type: ignore[misc]
    """One headline at a time, unpadded: padding would widen the ranges with values that nothing reads."""

    def __init__(self, tokenizer: Tokenizer, texts: list[str]) -> None:
        self._feeds = self._encode(tokenizer, texts)

    @staticmethod
    def _encode(tokenizer: Tokenizer, texts: list[str]) -> Iterator[dict[str, Any]]:
        for text in texts:
            ids = np.array([tokenizer.encode(text).ids], np.int64)
            yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)


def quantize_embedding(model: onnx.ModelProto) -> None:
    """Turns the largest gathered table into int8 rows with a float scale each, in place.

    Half of the weights stand there; a scale a row keeps rare words exact where one scale for all would not.
    """
    graph = model.graph
    gathered = {node.input[0]: node for node in graph.node if node.op_type == "Gather"}
    tables = [tensor for tensor in graph.initializer if tensor.name in gathered and len(tensor.dims) == 2]
    table = max(tables, key=lambda tensor: tensor.dims[0] * tensor.dims[1])
    node = gathered[table.name]
    values = numpy_helper.to_array(table)
    scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-8).astype(np.float32) / 127
    rows = np.rint(values / scale).astype(np.int8)
    name, ids, out = table.name, node.input[1], node.output[0]
    graph.initializer.remove(table)
    graph.initializer.extend(
        [numpy_helper.from_array(rows, f"{name}_int8"), numpy_helper.from_array(scale, f"{name}_scale")]
    )
    replacement = [
        helper.make_node("Gather", [f"{name}_int8", ids], [f"{out}_int8"], name=f"{node.name}_int8", axis=0),
        helper.make_node("Gather", [f"{name}_scale", ids], [f"{out}_scale"], name=f"{node.name}_scale", axis=0),
        helper.make_node(
            "Cast", [f"{out}_int8"], [f"{out}_float"], name=f"{node.name}_cast", to=onnx.TensorProto.FLOAT
        ),
        helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out], name=f"{node.name}_mul"),
    ]
    at = list(graph.node).index(node)
    graph.node.remove(node)
    for offset, new in enumerate(replacement):
        graph.node.insert(at + offset, new)


def quantize(source: Path, target: Path, tokenizer: Tokenizer, texts: list[str]) -> None:
    """Static int8: ranges measured once over `texts`, so the batch around a text moves nothing.

    Weights by channel with 7 bits: processors without VNNI add pairs of products in 16 bits, which 8-bit weights
    overflow, and a model must score alike on every machine. Products of two activations (attention), layer norms and
    the two heads stay float: they hold next to no weights, and their ranges are the hardest to know beforehand.
    """
    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    smoothed = onnx.load(str(prepared))
    smooth(smoothed, iter(_Headlines(tokenizer, texts).get_next, None))
    onnx.save(smoothed, str(prepared))
    quantize_static(
        str(prepared),
        str(target),
        _Headlines(tokenizer, texts),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"MatMulConstBOnly": True, "OpTypesToExcludeOutputQuantization": ["MatMul"]},
    )
    prepared.unlink()
    model = onnx.load(str(target))
    quantize_embedding(model)
    # The quantiser declares every domain it knows; the daemon refuses domains that a model has no need of.
    used = [opset for opset in model.opset_import if opset.domain in {"", *(n.domain for n in model.graph.node)}]
    del model.opset_import[:], model.metadata_props[:]
    model.opset_import.extend(used)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def to_half(source: Path, target: Path) -> None:
    """float16 weights and arithmetic; inputs and outputs keep their types."""
    onnx.save(convert_float_to_float16(onnx.load(str(source)), keep_io_types=True), str(target))
