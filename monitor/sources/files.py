"""Archives as a source: `backfill`, `replay`, and files that are read once by the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from os import fspath
from pathlib import Path
from typing import Any

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.records import Article, Mode, Position, Scope
from monitor.sources.archive import ArchiveLine, read_archive
from monitor.sources.protocol import Clock, SourceHealth, SourceState

_CHUNK_LINES = 256  # a hop to a thread and back costs as much as a few lines


class FileSource:
    """Archives as a finite source: one file after the other; a file is a partition, `{"line": n}` its position.

    Args:
        positions: by path as given.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        name: str,
        positions: Mapping[str, Mapping[str, Any]],
        clock: Clock,
        scope: Scope = Scope.GENERAL,
        mode: Mode = Mode.HISTORY,
    ) -> None:
        self.name = name
        self._paths = list(paths)
        self._clock = clock
        self._scope = scope
        self._mode = mode
        self._running = asyncio.Event()
        self._running.set()
        self._lines = {fspath(path): _saved_line(positions.get(fspath(path), {})) for path in paths}
        self._items = dict.fromkeys(self._lines, 0)
        self._newest: dict[str, int] = {}
        self._done: set[str] = set()

    async def run(self, out: Channel[Delivery]) -> None:
        """Returns after the last line of the last file. Raises InputError as `read_archive` does."""
        for path in self._paths:
            await self._read(path, out)

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    def health(self) -> list[SourceHealth]:
        return [
            SourceHealth(
                source=self.name,
                partition=partition,
                state=self._state(partition),
                last_item=self._newest.get(partition),
                items=self._items[partition],
                address=partition,
            )
            for partition in self._lines
        ]

    def _state(self, partition: str) -> SourceState:
        if partition in self._done:
            return SourceState.STOPPED
        return SourceState.OK if self._items[partition] and self._running.is_set() else SourceState.WAITING

    async def _read(self, path: Path, out: Channel[Delivery]) -> None:
        partition = fspath(path)
        lines = read_archive(
            path,
            self.name,
            mode=self._mode,
            now=self._clock(),
            scope=self._scope,
            start=self._lines[partition],
        )
        while True:
            await self._running.wait()
            # Decompressing and parsing leave the loop free.
            chunk = await asyncio.to_thread(lambda: list(islice(lines, _CHUNK_LINES)))
            if not chunk:
                break
            for line in chunk[:-1]:
                await out.put(Delivery(line.record))
            await out.put(self._last_of(partition, chunk))
        self._done.add(partition)

    def _last_of(self, partition: str, chunk: list[ArchiveLine]) -> Delivery:
        articles = [line.record for line in chunk if isinstance(line.record, Article)]
        last = chunk[-1]

        def committed() -> None:
            self._lines[partition] = last.number
            self._items[partition] += len(articles)
            if articles:
                newest = max(article.event_time for article in articles)
                self._newest[partition] = max(self._newest.get(partition, 0), newest)

        return Delivery(last.record, Position(self.name, partition, {"line": last.number}), committed)


def _saved_line(value: Mapping[str, Any]) -> int:
    line = value.get("line", 0)
    return line if isinstance(line, int) and line > 0 else 0
