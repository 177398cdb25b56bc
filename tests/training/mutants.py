"""Spoiled model folders whose manifest agrees with them, and what comes of loading each in a process of its own.

`python -m tests.training.mutants FOLDER SEED COUNT WORK` spoils a sound folder COUNT times, one file each time, signs
it anew, loads it in a forked child under limits, and prints a JSON line an attempt and a line of totals.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from monitor.errors import ModelError
from monitor.inference.model import OnnxModel
from tests.model_folders import resign

MEMORY_BYTES = 3 << 30
WALL_S = 20
ACCEPTED, REFUSED, OTHER, POISON = 0, 3, 4, 5
NUMBERS = (-1, 0, 1, 2, 7, -(2**31), 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, -(2**63), 2**63 - 1)
OPERATORS = (
    *(
        "Add",
        "Mul",
        "MatMul",
        "Gather",
        "Reshape",
        "Slice",
        "Concat",
        "Expand",
        "Range",
        "ConstantOfShape",
        "Transpose",
    ),
    *(
        "Unsqueeze",
        "Squeeze",
        "Where",
        "Softmax",
        "Gemm",
        "Cast",
        "Shape",
        "ReduceSum",
        "Tile",
        "Pad",
        "Resize",
        "Conv",
    ),
    *("GatherND", "ScatterND", "ScatterElements", "OneHot", "TopK", "Split", "Loop", "If", "Scan", "LSTM", "Einsum"),
    *(
        "QuantizeLinear",
        "DequantizeLinear",
        "NonZero",
        "Identity",
        "Flatten",
        "Clip",
        "DepthToSpace",
        "MaxPool",
        "Nope",
    ),
)
TEXTS = ("", "x" * 100_000, "\0", "(a+)+$", "(x|x)*y", "[", "\ud7ff", "nan", "-1")


def spoiled_bytes(data: bytes, draw: random.Random, within: int) -> bytes:
    """Some bytes of the first `within` changed, sometimes a piece cut out, doubled, or the end lost."""
    spoiled = bytearray(data)
    for _ in range(draw.randrange(1, 9)):
        at = draw.randrange(min(len(spoiled), within))
        match draw.randrange(5):
            case 0:
                spoiled[at] ^= 1 << draw.randrange(8)
            case 1 | 2:
                spoiled[at] = draw.randrange(256)
            case 3:
                del spoiled[at : at + draw.randrange(1, 9)]
            case _:
                spoiled[at:at] = spoiled[at : at + draw.randrange(1, 40)]
    if draw.random() < 0.05:
        del spoiled[draw.randrange(len(spoiled)) :]
    return bytes(spoiled)


def spoiled_graph(data: bytes, draw: random.Random) -> bytes:
    """The graph read, one to three of its parts given another meaning, and written again."""
    model = onnx.load_from_string(data)
    for _ in range(draw.randrange(1, 4)):
        draw.choice(GRAPH_MOVES)(model.graph, draw)
    if draw.random() < 0.03:
        model.opset_import[0].version = draw.choice((0, 1, 7, 11, 13, 21, 99, 2**31))
    return model.SerializeToString()


def _node(graph: Any, draw: random.Random) -> Any:
    return draw.choice(graph.node)


def _names(graph: Any) -> list[str]:
    return [*(name for node in graph.node for name in node.output), *(t.name for t in graph.initializer), "input_ids"]


def _other_operator(graph: Any, draw: random.Random) -> None:
    _node(graph, draw).op_type = draw.choice(OPERATORS)


def _other_input(graph: Any, draw: random.Random) -> None:
    node = _node(graph, draw)
    if node.input:
        node.input[draw.randrange(len(node.input))] = draw.choice([*_names(graph), "", "nowhere"])


def _fewer_or_more_inputs(graph: Any, draw: random.Random) -> None:
    node = _node(graph, draw)
    if node.input and draw.random() < 0.5:
        del node.input[draw.randrange(len(node.input))]
    else:
        node.input.append(draw.choice(_names(graph)))


def _other_output(graph: Any, draw: random.Random) -> None:
    node = _node(graph, draw)
    node.output[0] = draw.choice(_names(graph))


def _other_attribute(graph: Any, draw: random.Random) -> None:
    nodes = [node for node in graph.node if node.attribute]
    attribute = draw.choice(draw.choice(nodes).attribute)
    if attribute.ints:
        attribute.ints[draw.randrange(len(attribute.ints))] = draw.choice(NUMBERS)
    else:
        attribute.i = draw.choice(NUMBERS)
    if draw.random() < 0.2:
        attribute.type = draw.randrange(15)


def _new_attribute(graph: Any, draw: random.Random) -> None:
    name = draw.choice(
        ("axis", "axes", "perm", "to", "allowzero", "keepdims", "block_size", "saturate", "start", "end")
    )
    _node(graph, draw).attribute.append(onnx.helper.make_attribute(name, draw.choice(NUMBERS)))


def _other_constant(graph: Any, draw: random.Random) -> None:
    """Shapes, indices, axes: small whole numbers that decide how much memory is asked for, and what is read."""
    whole = [t for t in graph.initializer if t.data_type == TensorProto.INT64 and len(t.raw_data) < 200]
    tensor = draw.choice(whole)
    values = numpy_helper.to_array(tensor).copy()
    if values.size:
        values.reshape(-1)[draw.randrange(values.size)] = draw.choice(NUMBERS)
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _other_dimensions(graph: Any, draw: random.Random) -> None:
    tensor = draw.choice(graph.initializer)
    match draw.randrange(4):
        case 0 if tensor.dims:
            tensor.dims[draw.randrange(len(tensor.dims))] = draw.choice(NUMBERS)
        case 1:
            tensor.dims.append(draw.choice(NUMBERS))
        case 2 if tensor.dims:
            del tensor.dims[:]
        case _:
            # The same number of values in another form: what the loader counts agrees, what the operators expect not.
            size = int(np.prod(tensor.dims)) if tensor.dims else 1
            del tensor.dims[:]
            tensor.dims.extend([size, 1] if draw.random() < 0.5 else [size])


def _other_type(graph: Any, draw: random.Random) -> None:
    draw.choice(graph.initializer).data_type = draw.randrange(26)


def _fewer_weights(graph: Any, draw: random.Random) -> None:
    tensor = draw.choice(graph.initializer)
    tensor.raw_data = tensor.raw_data[: draw.randrange(len(tensor.raw_data) + 1)]


def _other_weights(graph: Any, draw: random.Random) -> None:
    tensor = draw.choice(graph.initializer)
    data = bytearray(tensor.raw_data)
    for _ in range(min(len(data), 64)):
        data[draw.randrange(len(data))] = draw.choice((0, 0x7F, 0x80, 0xFF, draw.randrange(256)))
    tensor.raw_data = bytes(data)


def _other_signature(graph: Any, draw: random.Random) -> None:
    value = draw.choice([*graph.input, *graph.output, *graph.value_info])
    kind = value.type.tensor_type
    match draw.randrange(3):
        case 0:
            kind.elem_type = draw.randrange(20)
        case 1 if kind.shape.dim:
            kind.shape.dim[draw.randrange(len(kind.shape.dim))].dim_value = draw.choice(NUMBERS)
        case _:
            value.name = draw.choice(_names(graph))


def _node_lost_moved_or_doubled(graph: Any, draw: random.Random) -> None:
    at = draw.randrange(len(graph.node))
    node = onnx.NodeProto()
    node.CopyFrom(graph.node[at])
    if draw.random() < 0.7:
        del graph.node[at]
    if draw.random() < 0.5:
        graph.node.append(node)


GRAPH_MOVES: tuple[Callable[[Any, random.Random], None], ...] = (
    *(_other_operator, _other_input, _fewer_or_more_inputs, _other_output, _other_attribute, _new_attribute),
    *(_other_constant, _other_constant, _other_dimensions, _other_type, _fewer_weights, _other_weights),
    *(_other_signature, _node_lost_moved_or_doubled),
)


def spoiled_json(text: str, draw: random.Random, *, keep: tuple[str, ...] = ()) -> str:
    """One to three values anywhere in it, but for `keep` at the top, replaced by others, or lost."""
    raw = json.loads(text)
    for _ in range(draw.randrange(1, 4)):
        holder, key = raw, draw.choice([name for name in raw if name not in keep])
        while isinstance(holder[key], dict | list) and holder[key] and draw.random() < 0.85:
            holder = holder[key]
            key = draw.choice(list(holder)) if isinstance(holder, dict) else draw.randrange(len(holder))
        match draw.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = draw.choice((*NUMBERS, 1e-300, 1e300, float("nan"), float("inf"), 0.5))
            case 2:
                holder[key] = draw.choice(TEXTS)
            case 3:
                holder[key] = draw.choice((None, True, [], {}, [[]], {"": 0}))
            case _:
                holder[key] = [holder[key]] * draw.choice((1, 2, 1_000))
    return json.dumps(raw)


PATTERNS = ("(a+)+$", "(x|x)*y", "([a-zA-Z]+)*@", "(.*)*z", "\\p{L}+", "(?=a)*", "[", "(?:a{1,1000}){1,1000}")


def evil_pattern(text: str, draw: random.Random) -> str:
    """A tokenizer that splits or rewrites by a regular expression of the packer's choice."""
    raw = json.loads(text)
    pattern = {"Regex": draw.choice(PATTERNS)}
    if draw.random() < 0.5:
        raw["pre_tokenizer"] = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
    else:
        raw["normalizer"] = {"type": "Replace", "pattern": pattern, "content": "a" * draw.choice((0, 1, 10_000))}
    return json.dumps(raw)


def spoil(folder: Path, draw: random.Random) -> str:
    """Spoils one file of a sound folder and signs it; says which file, and how."""
    way = draw.choices(("model bytes", "model graph", "tokenizer", "pattern", "manifest"), (30, 45, 14, 1, 10))[0]
    model, tokenizer, manifest = folder / "model.onnx", folder / "tokenizer.json", folder / "manifest.json"
    if way == "model bytes":
        data = model.read_bytes()
        model.write_bytes(spoiled_bytes(data, draw, len(data) if draw.random() < 0.2 else 20_000))
    elif way == "model graph":
        model.write_bytes(spoiled_graph(model.read_bytes(), draw))
    elif way == "tokenizer":
        text = tokenizer.read_text(encoding="utf-8")
        if draw.random() < 0.3:
            tokenizer.write_bytes(spoiled_bytes(text.encode(), draw, len(text)))
        else:
            tokenizer.write_text(spoiled_json(text, draw), encoding="utf-8", errors="replace")
    elif way == "pattern":
        tokenizer.write_text(evil_pattern(tokenizer.read_text(encoding="utf-8"), draw), encoding="utf-8")
    resign(folder)
    if way == "manifest":
        text = manifest.read_text(encoding="utf-8")
        if draw.random() < 0.3:
            manifest.write_bytes(spoiled_bytes(text.encode(), draw, len(text)))
        else:
            manifest.write_text(spoiled_json(text, draw, keep=("files",)), encoding="utf-8", errors="replace")
    return way


def attempt(folder: Path) -> dict[str, Any]:
    """Loads the folder in a forked child; how that ended, the seconds and the MiB that it took."""
    read, write = os.pipe()
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        code = OTHER
        try:
            os.close(read)
            os.dup2(write, 2)  # what native code says as it dies is part of the outcome
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.alarm(WALL_S)
            model = OnnxModel.load(folder, threads=1)
            code = POISON  # what serves must take every headline
            model.infer(model.encode(headlines(model)))
            code = ACCEPTED
        except ModelError as error:
            os.write(write, str(error).encode("utf-8", "replace")[:500])
            code = REFUSED if "\n" not in str(error) else OTHER
        except BaseException as error:  # whatever else it raises is a finding
            os.write(write, repr(error).encode("utf-8", "replace")[:500])
            code = POISON if code == POISON else OTHER
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as words:
        said = words.read(4_000).decode("utf-8", "replace")
    _, status, usage = os.wait4(pid, 0)
    return {
        "outcome": _outcome(status),
        "seconds": round(time.monotonic() - began, 3),
        "mib": usage.ru_maxrss >> 10,
        "said": said[:300],
    }


def headlines(model: OnnxModel) -> list[str]:
    """All words of the tokenizer, twenty to a headline, and odd texts."""
    words = sorted(model._tokenizer.get_vocab())
    return [*(" ".join(words[at : at + 20]) for at in range(0, len(words), 20)), *TEXTS, "bank " * 5_000]


def _outcome(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "hung" if number == signal.SIGALRM else signal.Signals(number).name
    return {ACCEPTED: "accepted", REFUSED: "refused", POISON: "poison"}.get(os.WEXITSTATUS(status), "other")


def main(sound: Path, seed: int, count: int, work: Path) -> None:
    totals: Counter[str] = Counter()
    longest, largest = 0.0, 0
    for number in range(count):
        draw = random.Random(f"{seed}/{number}")
        folder = work / "mutant"
        shutil.copytree(sound, folder)
        way = spoil(folder, draw)
        found = attempt(folder)
        shutil.rmtree(folder)
        totals[f"{way}: {found['outcome']}"] += 1
        longest, largest = max(longest, found["seconds"]), max(largest, found["mib"])
        print(json.dumps({"number": number, "way": way, **found}), flush=True)
    print(
        json.dumps({"totals": dict(sorted(totals.items())), "longest_s": longest, "largest_mib": largest}), flush=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
