"""Tries a model folder in a process of its own, before it may take the place of one that serves.

Hashes say that a folder is what its packer made, not that it is harmless: a graph may ask for all memory there is or
never end, and native code may die of it. At a start nothing is lost by that but the start; at a reload it would be the
watch.

    python -c ... FOLDER DEVICE    answers with one line of JSON: {"tried": digest} or {"refused": why}
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import sys
from pathlib import Path

from monitor.errors import ModelError
from monitor.inference.model import OnnxModel

# The shipped model takes 0.8 s on an idle core and 170 MB; a float export of a large encoder some 10 s and 2 GB.
WALL_S = 60.0
_MEMORY_BYTES, _MEMORY_PER_BYTE = 2 << 30, 8
_SAID_CHARS = 1_000
# The paths that this process imports from, and nothing else of where and how it was started.
_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[3]); from monitor.inference.trial import main; main()"


async def try_model(folder: Path, *, device: str = "cpu", wall_s: float = WALL_S) -> str:
    """Loads the folder as `OnnxModel.load` does, in a child with limits of memory and time; ends it when cancelled.

    Returns the digest of the manifest, for `OnnxModel.load` to hold on to.

    Raises:
        ModelError: what the child said of the folder, or how it ended.
    """
    child = await asyncio.create_subprocess_exec(
        *_command(folder, device),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # No secrets; one thread: the watch that goes on has the cores.
        env={k: v for k, v in os.environ.items() if not k.startswith("BEARWATCH_")} | {"OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,  # a Ctrl-C at the terminal is for the daemon alone
    )
    assert child.stdout is not None
    try:
        async with asyncio.timeout(wall_s):
            said = await child.stdout.readline()
            code = await child.wait()
    except TimeoutError as error:
        raise ModelError(f"model {folder}: its trial took more than {wall_s:g} s and was ended") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    try:
        answer = json.loads(said)
    except ValueError as error:
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        raise ModelError(f"model {folder}: the process of its trial ended {how}") from error
    if "refused" in answer:
        raise ModelError(str(answer["refused"]))
    return str(answer["tried"])


def _command(folder: Path, device: str) -> tuple[str, ...]:
    return sys.executable, "-I", "-c", _CHILD, str(folder.resolve()), device, json.dumps(sys.path)


def lower_limits(folder: Path, device: str) -> None:
    """Memory by the size of the files; and whoever runs out of it, this process goes first."""
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    if device == "cpu":  # CUDA maps more addresses than there is memory
        limit = _MEMORY_BYTES + _MEMORY_PER_BYTE * size
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cpu = int(WALL_S)  # should nobody be left to end it
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    with contextlib.suppress(OSError):  # Linux only, and it may only be raised
        Path("/proc/self/oom_score_adj").write_text("1000")


def main() -> None:
    """The child."""
    folder, device = Path(sys.argv[1]), sys.argv[2]
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    try:
        lower_limits(folder, device)
        tried = OnnxModel.load(folder, threads=1, device=device).manifest.digest
    except ModelError as error:
        answer = {"refused": str(error)[:_SAID_CHARS]}  # names in a graph may be as long as the file
    except OSError as error:
        answer = {"refused": f"model {folder}: {error.strerror}"}
    except MemoryError:
        answer = {"refused": f"model {folder}: takes more memory than a model of its size may"}
    else:
        answer = {"tried": tried}
    print(json.dumps(answer), file=said, flush=True)
