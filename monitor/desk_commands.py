"""What operators and the desk do about alerts from the command line: deliveries, answers, mutes."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

from monitor.admin.client import NoDaemon, ask, ask_or_do
from monitor.admin.requests import Answer, Dump, Mute, Redrive, Request, Result, Unmute
from monitor.admin.web_desk import alert_record, mute_record
from monitor.alerts.evidence import iso_time
from monitor.config import Config
from monitor.endpoints import answer_links
from monitor.errors import InputError, OperatorError
from monitor.place import store_address
from monitor.storage import mutes as stored
from monitor.storage import queries
from monitor.storage.database import database_of
from monitor.storage.store import Store
from monitor.storage.views import DeliveryView
from monitor.wiring import until_of, wall_clock


def deliveries(
    config: Config, store: str | None, *, endpoint: str, status: str, alert: str, limit: int
) -> list[dict[str, Any]]:
    """What was handed to endpoints, the last first, JSON-able; nothing of what was in it but its digest."""
    with _reading(config, store) as own:
        rows = own.read(queries.deliveries, limit, endpoint=endpoint, status=status, alert=alert)
    return [_delivery(row) for row in rows]


def redrive(config: Config, store: str | None, *, delivery: str, endpoint: str, all_dead: bool) -> int:
    """Dead deliveries on their way again; returns how many. Raises InputError: not exactly one choice is given."""
    if (bool(delivery), bool(endpoint), all_dead).count(True) != 1:
        raise InputError("deliveries redrive: give --id ID, --endpoint NAME or --all-dead, one of them")
    return int(_ask(config, store, Redrive(delivery, endpoint, login()))["redriven"])


def answer(config: Config, store: str | None, given: Answer) -> Result:
    """Records an answer; see `storage.answers`."""
    return _ask(config, store, given)


def show(config: Config, store: str | None, alert_id: str) -> dict[str, Any]:
    """An alert with its answers, and the links by which it can be answered."""
    with _reading(config, store) as own:
        found = own.read(alert_record, alert_id, wall_clock())
    return {**found, "links": answer_links(config)(alert_id)}


def mute(config: Config, store: str | None, *, series: str, until: str, who: str, why: str) -> Result:
    """Mutes a series until a duration from now, or a time."""
    try:
        ends = until_of(until, wall_clock())
    except ValueError as error:
        raise InputError(f"--until {error}") from error
    return _ask(config, store, Mute(series, ends, who, why))


def unmute(config: Config, store: str | None, series: str) -> Result:
    """Ends all mutes of a series."""
    return _ask(config, store, Unmute(series, login()))


def mutes(config: Config, store: str | None, *, ended: bool) -> list[dict[str, Any]]:
    """Mutes in force, or all that ever were."""
    with _reading(config, store) as own:
        return [mute_record(row) for row in own.read(stored.mutes, wall_clock(), ended=ended)]


def debug_dump(config: Config, store: str | None) -> Result:
    """What the running daemon is doing. Raises OperatorError: none runs, or it does not answer."""
    given = store_address(config, store)
    try:
        return ask(given, Dump())
    except NoDaemon as error:
        raise OperatorError(f"no daemon runs on {database_of(given).name}: {error}") from None


def printed(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """JSON lines."""
    return (json.dumps(row, ensure_ascii=False) for row in rows)


def login() -> str:
    """Who asks, where they do not say: the account's name, "" where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a uid without a name, as containers have; KeyError before Python 3.13
        return ""


def _ask(config: Config, store: str | None, request: Request) -> Result:
    return ask_or_do(store_address(config, store), request, wall_clock())


def _reading(config: Config, store: str | None) -> closing[Store]:
    return closing(Store.open_readonly(store_address(config, store)))


def _delivery(row: DeliveryView) -> dict[str, Any]:
    shown = asdict(row)
    shown["alert"], shown["mute"] = shown.pop("alert_id"), shown.pop("mute_id")
    for name in ("created_at", "due_at", "updated_at"):
        shown[name] = iso_time(shown[name])
    return shown
