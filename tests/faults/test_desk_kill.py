"""kill -9 while answers come in: what a command was told is done, is done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from monitor.admin.client import NoDaemon, ask
from monitor.admin.requests import Answer
from monitor.errors import OperatorError
from monitor.storage.answers import answers_of
from monitor.storage.store import Store
from tests.fakes_desk import told

KILLS = 100 if os.environ.get("BEARWATCH_FAULTS") == "long" else 6
SEED = int(os.environ.get("BEARWATCH_SEED", "11"))
DAEMON = """
    import asyncio, sys
    from pathlib import Path
    from tests.fakes_desk import serving_desk
    async def main():
        async with serving_desk(Path(sys.argv[1])):
            print("up", flush=True)
            await asyncio.Event().wait()
    asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_no_answer_that_was_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    """The desk marks a page false once; a mark that is gone after a crash is a precision that nobody can trust."""
    rng = random.Random(SEED)
    print(f"BEARWATCH_SEED={SEED}, {KILLS} kills")
    path = tmp_path / "b.db"
    with Store.open(path) as store:
        alert = told(store)
    acknowledged: list[str] = []
    asked = 0
    for _ in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(DAEMON), str(path)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None and child.stdout.readline() == b"up\n"
        timer = threading.Timer(rng.uniform(0.01, 0.3), child.send_signal, [signal.SIGKILL])
        timer.start()
        while True:
            asked += 1
            try:
                ask(path, Answer(alert, "note", str(asked)))
            except (NoDaemon, OperatorError):
                break
            acknowledged.append(str(asked))
        timer.join()
        child.communicate()
    with Store.open(path) as store:
        kept = [answer.value for answer in store.read(answers_of, [alert])[alert]]
    print(f"{asked} asked, {len(acknowledged)} acknowledged, {len(kept)} kept")
    assert len(acknowledged) > KILLS
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept)) <= len(acknowledged) + KILLS  # one may be written as the kill comes
