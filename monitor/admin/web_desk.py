"""The desk as the web layer calls it: what clients send, checked and turned into requests; what stands, as JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select

from monitor.admin.desk import Desk
from monitor.admin.requests import Answer, Mute, Request, Unmute, Via
from monitor.alerts.evidence import iso_time
from monitor.errors import InputError, NotThereError, StoreUnavailableError
from monitor.storage import schema
from monitor.storage.answers import answers_of, require_alert, state_of
from monitor.storage.audit import audit_rows
from monitor.storage.mutes import MuteRow, muted_series, mutes, turn_of
from monitor.web.desk import DeskRefusal
from monitor.web.gate import Caller

# A duration or a time, and now (ms), to ms; raises ValueError.
Until = Callable[[str, int], int]
Words = Callable[[str], Awaitable[list[dict[str, Any]]]]


class WebDesk:
    """See `web.desk.DeskApi`. words: of an alert's worst headlines (`replay.words`); raises NotThereError."""

    def __init__(self, desk: Desk, until: Until, words: Words) -> None:
        self._desk = desk
        self._until = until
        self._words = words

    async def alert(self, alert_id: str) -> Mapping[str, Any]:
        with _refusing():
            return await self._desk.store.read_async(alert_record, alert_id, self._desk.clock())

    async def words(self, alert_id: str) -> Mapping[str, Any]:
        with _refusing():
            return {"headlines": await self._words(alert_id)}

    async def answer(self, alert_id: str, given: Mapping[str, Any], via: str, caller: Caller) -> Mapping[str, Any]:
        texts = _texts(given, ("kind",), ("value", "who", "note"))
        came: Via = "link" if via == "link" else "api"
        value, who, note = (texts.get(name, "") for name in ("value", "who", "note"))
        by = (came, caller.name, caller.address)
        return await self._perform(Answer(alert_id, texts["kind"], value, who, note, *by))

    async def mute(self, given: Mapping[str, Any], caller: Caller) -> Mapping[str, Any]:
        texts = _texts(given, ("series", "until", "who", "why"), ())
        try:
            until = self._until(texts["until"], self._desk.clock())
        except ValueError as error:
            raise DeskRefusal(f"until: {error}", 400) from None
        token, address = caller.name, caller.address
        return await self._perform(Mute(texts["series"], until, texts["who"], texts["why"], "api", token, address))

    async def unmute(self, series: str, who: str, caller: Caller) -> Mapping[str, Any]:
        return await self._perform(Unmute(series, who, "api", caller.name, caller.address))

    async def audit(self, limit: int) -> Mapping[str, Any]:
        with _refusing():
            rows = await self._desk.store.read_async(audit_rows, limit)
        return {"audit": [{**asdict(row), "at": iso_time(row.at)} for row in rows]}

    async def mutes(self) -> Mapping[str, Any]:
        with _refusing():
            rows = await self._desk.store.read_async(mutes, self._desk.clock())
        return {"mutes": [mute_record(row) for row in rows]}

    async def _perform(self, request: Request) -> Mapping[str, Any]:
        with _refusing():
            return await self._desk.perform(request)


def alert_record(connection: Connection, alert_id: str, now: int) -> dict[str, Any]:
    """An alert with all that was said of it, JSON-able. Raises NotThereError: there is no such alert."""
    require_alert(connection, alert_id)
    table = schema.alerts.c
    found = connection.execute(select(table.status, table.at, table.body).where(table.id == alert_id))
    rows = sorted(found, key=lambda row: turn_of(row.status))
    given = answers_of(connection, [alert_id]).get(alert_id, [])
    state = asdict(state_of(given))
    seen = state["acknowledged_at"]
    return {
        "alert": rows[-1].body,
        "transitions": [{"status": row.status, "at": iso_time(row.at)} for row in rows],
        "answers": [{**asdict(answer), "at": iso_time(answer.at)} for answer in given],
        "state": {**state, "acknowledged_at": None if seen is None else iso_time(seen)},
        "muted": rows[-1].body["series"] in muted_series(connection, now),
    }


def mute_record(row: MuteRow) -> dict[str, Any]:
    """A mute as the API and the command line show it."""
    times = {name: iso_time(value) for name in ("until", "at", "ended_at") if (value := getattr(row, name)) is not None}
    return {**asdict(row), **times}


def _texts(given: Mapping[str, Any], needed: tuple[str, ...], may: tuple[str, ...]) -> dict[str, str]:
    for name in needed:
        if name not in given:
            raise DeskRefusal(f"{name} is missing; give {', '.join(needed)}", 400)
    for name, value in given.items():
        if name not in (*needed, *may):
            raise DeskRefusal(f"{name[:40]!r} is not known here; known are {', '.join((*needed, *may))}", 400)
        if not isinstance(value, str):
            raise DeskRefusal(f"{name} should be a text", 400)
    return dict(given)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise DeskRefusal(str(error), 404 if isinstance(error, NotThereError) else 400) from None
    except StoreUnavailableError as error:
        raise DeskRefusal(str(error), 503) from None
