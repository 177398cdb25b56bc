"""What an ONNX file asks for, read from its bytes without the onnx package.

Just enough of the protocol-buffers wire format (https://protobuf.dev/programming-guides/encoding/) to walk a
ModelProto (onnx.proto3): operator domains, model-local functions, data outside the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.errors import ModelError

ALLOWED_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})

# Field numbers of onnx.proto3.
_MODEL_GRAPH, _MODEL_OPSETS, _MODEL_FUNCTIONS = 7, 8, 25
_GRAPH_NODES, _GRAPH_TENSORS, _GRAPH_SPARSE = 1, 5, 15
_NODE_ATTRIBUTES, _NODE_DOMAIN = 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14
_DEEPEST = 16  # graphs within graphs; ours has none


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number is longer than ten bytes")


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, number or bytes) of one message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == 2:
            length, at = _varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + length > len(data):
            raise ValueError("a field ends past its message")
        yield number, data[at : at + length]
        at += length


def _text(value: int | memoryview) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview) else ""


def _check_tensor(tensor: memoryview) -> None:
    for number, value in _fields(tensor):
        if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value != 0):
            raise ModelError("model.onnx keeps weights in another file; all must stand in one")


def _check_attribute(attribute: memoryview, depth: int) -> None:
    for number, value in _fields(attribute):
        if isinstance(value, memoryview):
            if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
                _check_tensor(value)
            elif number in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
                _check_graph(value, depth + 1)


def _check_domain(domain: str) -> None:
    if domain not in ALLOWED_DOMAINS:
        raise ModelError(f"model.onnx uses operators of {domain!r}; only ai.onnx and com.microsoft are allowed")


def _check_graph(graph: memoryview, depth: int) -> None:
    if depth > _DEEPEST:
        raise ModelError("model.onnx nests graphs too deep")
    for number, value in _fields(graph):
        if not isinstance(value, memoryview):
            continue
        if number == _GRAPH_TENSORS:
            _check_tensor(value)
        elif number == _GRAPH_SPARSE:
            raise ModelError("model.onnx holds sparse weights, which no exporter of ours writes")
        elif number == _GRAPH_NODES:
            for field, part in _fields(value):
                if field == _NODE_DOMAIN:
                    _check_domain(_text(part))
                elif field == _NODE_ATTRIBUTES and isinstance(part, memoryview):
                    _check_attribute(part, depth)


def check_model(data: bytes) -> None:
    """Refuses a model that wants more than standard operators and its own bytes.

    Raises:
        ModelError: a foreign operator domain, a model-local function, weights in another file, or no ONNX at all.
    """
    graphs = 0
    try:
        for number, value in _fields(memoryview(data)):
            if number == _MODEL_FUNCTIONS:
                raise ModelError("model.onnx defines functions of its own, which no exporter of ours writes")
            if not isinstance(value, memoryview):
                continue
            if number == _MODEL_OPSETS:
                for field, part in _fields(value):
                    if field == 1:
                        _check_domain(_text(part))
            elif number == _MODEL_GRAPH:
                graphs += 1
                _check_graph(value, 0)
    except (ValueError, IndexError) as error:
        raise ModelError(f"model.onnx is no ONNX file: {error}") from error
    if graphs != 1:
        raise ModelError("model.onnx is no ONNX file: it holds no graph, or several")
