"""Where in the live store's sequence a shadow begins, what it has to know by then, and whether it may go on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.alerts.evidence import iso_time
from monitor.errors import InputError
from monitor.ingest.sourcing import Sources
from monitor.memory import FoldSettings
from monitor.records import DAY_MS
from monitor.shadow.candidate import Candidate, Given
from monitor.shadow.follow import LIVE, start
from monitor.storage import schema, sequence
from monitor.storage.effects import Effects
from monitor.storage.rebuild import last_tick, max_seq, meta, positions
from monitor.storage.retention import cut
from monitor.storage.store import Store

# The 28 days that teach what is usual, and a day that may not teach yet.
WARM_MS = 29 * DAY_MS
_META = "shadow"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a shadow's store says of itself; times in ms.

    Attributes:
        live: the live store's file. seq: the number in its sequence that was read first; at: its time.
        warm_at: from here on the shadow knows as much of what is usual as the live watch.
        given: how the candidate was named. instrument, settings: what it is, as `FoldSettings` says it.
        digests: of both configuration files, when this candidate was first tried.
        budget: its false pages a day.
    """

    live: str
    seq: int
    at: int
    warm_at: int
    given: Given
    instrument: str
    settings: str
    digests: dict[str, str]
    budget: float

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def parse(cls, text: str) -> Beginning:
        """Back from `to_json`."""
        value: dict[str, Any] = json.loads(text)
        return cls(**{**value, "given": Given(**value["given"])})


def beginning_of(store: Store) -> Beginning:
    """Of a shadow's store. Raises InputError: it is none."""
    saved = store.read(meta, _META)
    if saved is None:
        raise InputError(f"{store.name} is no shadow's store: bearwatch shadow run makes one")
    return Beginning.parse(saved)


def refuse_other_stores(own: Path, live: Path) -> None:
    """Before anything is written. Raises InputError: the file is the live store's, or another that is no shadow's."""
    if not own.exists():
        return
    if live.exists() and own.samefile(live):
        raise InputError(f"{own} is the live store: name another file for the shadow's")
    held = Store.open_readonly(own)
    try:
        if held.read(max_seq):
            beginning_of(held)
    finally:
        held.close()


def begin(own: Store, live: Store, candidate: Candidate, settings: FoldSettings, past_ms: int) -> Beginning:
    """The first start: notes where it begins, and what the live watch knew of its sources then; in one transaction."""
    with live.reader() as db:
        now = last_tick(db)
        first = _first_tick(db, now[1].at - past_ms) if now else None
        seq, at = first or (1, 0)
        whole = first is None or (first == _first_tick(db, -(2**62)) and not cut(db).numbers)
        seq = 1 if whole else seq
        sources = Sources() if whole else _sources_at(db, seq, at)
    found = Beginning(
        live=live.name,
        seq=seq,
        at=at,
        warm_at=at if whole else at + WARM_MS,
        given=candidate.given,
        instrument=str(settings.instrument),
        settings=settings.hash,
        digests=candidate.digests(),
        budget=settings.detection.false_pages_per_day,
    )
    own.commit(
        Effects(
            meta={
                _META: found.to_json(),
                "instrument": found.instrument,
                **({} if whole else {"sources": json.dumps(sources.to_json())}),
            },
            positions=[start(seq)],
        )
    )
    return found


def go_on(own: Store, live: Store, candidate: Candidate, settings: FoldSettings) -> Beginning:
    """A later start.

    Raises InputError: it was another candidate, or another live store; counts of both in one store would tell nothing.
    """
    found = beginning_of(own)
    if (found.instrument, found.settings) != (str(settings.instrument), settings.hash):
        raise InputError(
            f"{own.name} holds what another candidate would have done ({found.given}, {found.instrument}): remove it, "
            "or name another with --store"
        )
    position = own.read(positions, LIVE)[""]
    _same_sequence(live, int(position["seq"]), position["article"])
    digests = candidate.digests()
    # Where only the live file changed it stays on record: promoting would undo that change.
    again = replace(found, digests=digests) if digests["candidate"] != found.digests["candidate"] else found
    again = replace(again, live=live.name, given=candidate.given)
    if again != found:
        own.commit(Effects(meta={_META: again.to_json()}))
    return again


def _same_sequence(live: Store, seq: int, article: Sequence[Any] | None) -> None:
    """Whether the live store is the one that was read so far. article: the last one's number, and its text's hash."""
    number, text_hash = article or (0, "")
    with live.reader() as db:
        row, last, gone = sequence.articles(db, number, number + 1), max_seq(db), cut(db).last
    if seq > last:
        raise InputError(
            f"{live.name} ends at number {last} of its sequence, and {seq} have been read of it: it is another one, or "
            "restored from a backup; begin anew with another --store"
        )
    if article and (row[0].prepared.text_hash != text_hash if row else number > gone):
        raise InputError(f"{live.name} is not the store that was read so far: begin anew with another --store")


def _first_tick(db: Connection, since_ms: int) -> tuple[int, int] | None:
    """The least number of a tick at or after that time, and its time; None where there is nothing before it."""
    tick = schema.ticks.c
    first = db.execute(select(func.min(tick.seq)).where(tick.at >= max(since_ms, cut(db).since or since_ms))).scalar()
    at = db.execute(select(tick.at).where(tick.seq == first)).scalar()
    return None if first is None or at is None else (int(first), int(at))


def _sources_at(db: Connection, seq: int, at: int) -> Sources:
    """What the live watch knew of its sources when that number was given: who was heard, who was on trial."""
    saved = meta(db, "sources")
    if saved is None:
        return Sources()
    now = Sources.from_json(json.loads(saved))
    heard = {source: since for source, since in now.heard.items() if since < at}
    later = {source for _, told in sequence.recounts(db, seq, max_seq(db) + 1) for source in told.admitted}
    return Sources(now.began if now.began < at else -1, heard, frozenset((now.trial | later) & heard.keys()))


def describe(found: Beginning) -> str:
    """One line for the log."""
    return f"{found.given} beside {found.live}, from {iso_time(found.at)} on, comparable from {iso_time(found.warm_at)}"
