"""A dump is asked for when something is wrong already: it must not make anything worse."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.dump import dump
from monitor.storage.store import Store


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_a_dump_takes_hold_of_nothing_that_another_thread_is_still_making(tmp_path: Path) -> None:
    """`gc.get_objects()` did: the writer's half-made tuple could not grow any more, and the daemon ended."""
    over = threading.Event()
    failed: list[BaseException] = []

    def make() -> None:
        while not over.is_set():
            try:
                tuple(n for n in range(200))
            except SystemError as error:
                failed.append(error)

    maker = threading.Thread(target=make)
    with Store.open(tmp_path / "b.db") as store:
        maker.start()
        try:
            for _ in range(5):
                told = _dumped(store)
        finally:
            over.set()
            maker.join()
    assert not failed
    assert told["process"]["blocks"] > 1_000 and told["held"] == {"stories": 3}


def _dumped(store: Store) -> dict[str, dict[str, object]]:
    async def ask() -> dict[str, dict[str, object]]:
        config = load_config(None, {"store": {"url": f"sqlite:///{store.name}"}})
        return dump(config, store.facts(), model={}, depths={}, held={"stories": 3}, unready=[], sources=[])

    return asyncio.run(ask())
