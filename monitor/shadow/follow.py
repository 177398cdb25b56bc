"""The live store's sequence as a source: read beside the daemon, a little at a time, and never written to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, func, select

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.errors import OperatorError, StoreUnavailableError
from monitor.inference.model import Model
from monitor.ingest.entities import EntityMatcher
from monitor.pipeline import read
from monitor.records import Position, Prepared
from monitor.sources.protocol import SourceHealth
from monitor.storage import schema, sequence
from monitor.storage.effects import ArticleRow
from monitor.storage.rebuild import chunks, last_tick, max_seq
from monitor.storage.retention import cut
from monitor.storage.sequence import Recorded
from monitor.storage.store import Store

log = structlog.get_logger(__name__)

LIVE = "live"  # the source's name in the shadow's positions
# Numbers of the sequence that one snapshot reads, in some 20 ms: the live store's log cannot shrink for as long.
PAGE = 500
# Another process's commits wake nobody here. A look is two lookups in an index.
LOOK_S = 1.0
RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Page:
    """What was read of the sequence.

    Attributes:
        rows: in sequence. end: the number up to which, itself not included. missing: those that are not there, sorted.
        gone: the last number that retention took. first: of each key of a revision among them, its first number.
    """

    rows: Sequence[Recorded]
    end: int
    missing: Sequence[int]
    gone: int
    first: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the live store has come: its last tick (ms, -1 before one), and the last number of its sequence."""

    at: int
    seq: int


class Follower:
    """Hands on every article, tick and recount of the live store from a number on, in its order.

    An article comes with the candidate's entities, and with the stored scores where the very model gave them.

    Args:
        began: the first number that is read at all; a changed text of an article before it is left out, as its story is
            not known here. position: how far it was read, as `start` makes one and every record moves it on.
        stop_at_end: ends with what there is.
    """

    name = LIVE

    def __init__(
        self,
        live: Store,
        matcher: EntityMatcher,
        model: Model,
        *,
        began: int,
        position: Mapping[str, Any],
        stop_at_end: bool,
    ) -> None:
        self._live = live
        self._matcher = matcher
        self._model = model
        self._began = began
        self._at = int(position["seq"])
        self._article: list[Any] | None = position["article"]
        self._stop_at_end = stop_at_end
        self._file = _inode(live.beside)
        self.missing = int(position["missing"])

    async def run(self, out: Channel[Delivery]) -> None:
        """See `Source.run`. Raises OperatorError: the live store is not what it was."""
        caught_up = False
        while True:
            page = await self._page(self._at + 1)
            if page is None:
                if self._stop_at_end:
                    return
                if not caught_up:
                    log.info("caught_up", seq=self._at)
                caught_up = True
                await asyncio.sleep(LOOK_S)
                continue
            if page.missing:
                self._count_missing(page)
            for row in page.rows:
                delivery = self._delivery(row, page.first)
                if delivery is not None:
                    await out.put(delivery)
            self._at = page.end - 1

    def pause(self) -> None:
        """Nothing to hold back: `put` waits."""

    def resume(self) -> None:
        """See `pause`."""

    def health(self) -> list[SourceHealth]:
        return []

    async def _page(self, first: int) -> Page | None:
        """None where nothing has come. A store that cannot be read now is asked again."""
        while True:
            if _inode(self._live.beside) != self._file:
                raise OperatorError(f"{self._live.name} was replaced while it was read: start again")
            try:
                page = await self._live.read_async(read_page, first)
            except StoreUnavailableError as error:
                log.warning("live_store_unavailable", error=str(error), retry_s=RETRY_S)
                await asyncio.sleep(RETRY_S)
            else:
                return page

    def _delivery(self, row: Recorded, first: Mapping[str, int]) -> Delivery | None:
        if isinstance(row, ArticleRow):
            self._article = [row.seq, row.prepared.text_hash]
        value: dict[str, Any] = {"seq": sequence.number(row), "article": self._article, "missing": self.missing}
        position = Position(LIVE, "", value)
        if not isinstance(row, ArticleRow):
            return Delivery(row[1], position)
        if first.get(row.prepared.article.key, self._began) < self._began:
            return Delivery(None, position)
        value["at"] = row.committed_at
        return Delivery(self._read(row.prepared), position)

    def _read(self, before: Prepared) -> Prepared:
        again = read(before, self._matcher, self._model.languages)
        same_model = bool(before.scores) and before.scores[0].model == self._model.hash
        return replace(again, scores=before.scores) if same_model and again.mentions == before.mentions else again

    def _count_missing(self, page: Page) -> None:
        lost = [number for number in page.missing if number > page.gone]
        if lost:
            raise OperatorError(
                f"{self._live.name}: {len(lost)} numbers of the sequence from {lost[0]} on are missing, and not by "
                "their age: look with bearwatch db check"
            )
        log.warning("outrun", missing=len(page.missing), why="retention took them before they were read")
        self.missing += len(page.missing)


def read_page(db: Connection, start: int) -> Page | None:
    """The next numbers from `start` on; None where there are none."""
    last = max_seq(db)
    if last < start:
        return None
    end = min(start + PAGE, last + 1)
    rows = sequence.between(db, start, end)
    revised = {r.prepared.article.key for r in rows if isinstance(r, ArticleRow) and r.role == "revision"}
    article, first = schema.articles.c, dict[str, int]()
    for chunk in chunks(sorted(revised)):
        least = select(article.key, func.min(article.seq)).where(article.key.in_(chunk)).group_by(article.key)
        first.update((key, seq) for key, seq in db.execute(least))
    there = {sequence.number(row) for row in rows}
    missing = [number for number in range(start, end) if number not in there]
    return Page(rows, end, missing, cut(db).last, first)


def start(seq: int) -> Position:
    """Before that number was read.

    Its value has `seq`, the last number that was read; `article`, number and text's hash of the last article, by which
    the store is known again; `missing`, how many numbers the live store no longer had by then.
    """
    return Position(LIVE, "", {"seq": seq - 1, "article": None, "missing": 0})


def lag(db: Connection) -> Lag:
    """How far the live store has come."""
    last = last_tick(db)
    return Lag(last[1].at if last else -1, max_seq(db))


def _inode(path: Path) -> int:
    """Of the live store's file; -1 where there is none, as with a database of a server."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return -1
