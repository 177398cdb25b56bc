"""What may be asked, each as a record, and what it does to the store: the same with a daemon and without one.

The wire form is one JSON object a line, `{"action": ..., ...}` with the record's fields, answered by one line:
`{"result": {...}}`, or `{"error": "one line", "input": true where the asker is at fault}`.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal

import structlog
from sqlalchemy import Connection

from monitor.alerts.evidence import iso_time
from monitor.errors import InputError
from monitor.storage.answers import WHO_CHARS, AnswerRow, add_answer
from monitor.storage.audit import AuditRow, add_audit
from monitor.storage.deliveries import redrive
from monitor.storage.mutes import add_mute, end_mutes, is_known, release

log = structlog.get_logger(__name__)

MOST_BYTES = 64 * 1024  # a request: the longest note takes a tenth of it in any script

Via = Literal["link", "api", "cli"]
# Of every request: `who` as they named themselves, `via`, and, over HTTP, the name of the token that they showed
# (`login`: the log masks what is called a token) and the `address` that they came from.
_BY = {"action", "who", "via", "login", "address"}


@dataclass(frozen=True, slots=True)
class Redrive:
    """Dead deliveries sent on their way again: one by id, those of an endpoint, or all where both are ""."""

    id: str = ""
    endpoint: str = ""
    who: str = ""
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["redrive"] = "redrive"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of an alert; see `storage.answers`. note: a text kept beside it, as an answer of its own."""

    alert: str
    kind: str
    value: str = ""
    who: str = ""
    note: str = ""
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class Mute:
    """A series' alerts are not sent until then (ms)."""

    series: str
    until: int
    who: str
    why: str
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["mute"] = "mute"


@dataclass(frozen=True, slots=True)
class Unmute:
    """All mutes of a series end now."""

    series: str
    who: str = ""
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["unmute"] = "unmute"


@dataclass(frozen=True, slots=True)
class Dump:
    """What the daemon is doing; there is nothing to do it without one."""

    who: str = ""
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["dump"] = "dump"


@dataclass(frozen=True, slots=True)
class Reload:
    """The configuration is read again, as by SIGHUP. because: what for. Answered at once with its number."""

    because: str = ""
    who: str = ""
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["reload"] = "reload"


@dataclass(frozen=True, slots=True)
class Reloading:
    """How the last reload went, and what is in force: by which file, instrument and settings."""

    who: str = ""
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["reloading"] = "reloading"


@dataclass(frozen=True, slots=True)
class Promotion:
    """A candidate has taken the live one's place, or the one before it has again, or was refused; for the audit log.

    Attributes:
        file: the configuration. kept: what it was before. before, after: instruments. changed: options, by comma.
        outcome: `taken` or `refused`. why: of a refusal; or what was passed over by force.
    """

    file: str
    kept: str
    before: str
    after: str
    changed: str
    outcome: str
    why: str = ""
    who: str = ""
    via: Via = "cli"
    login: str = ""
    address: str = ""
    action: Literal["promote", "rollback"] = "promote"


Request = Redrive | Answer | Mute | Unmute | Dump | Reload | Reloading | Promotion
Result = dict[str, Any]

_RECORDS: dict[str, type[Request]] = {
    "redrive": Redrive,
    "answer": Answer,
    "mute": Mute,
    "unmute": Unmute,
    "dump": Dump,
    "reload": Reload,
    "reloading": Reloading,
    "promote": Promotion,
    "rollback": Promotion,
}


def encode(request: Request) -> bytes:
    """One line; ASCII, so that no terminator of a foreign text can break it."""
    return json.dumps(asdict(request), ensure_ascii=True).encode("ascii") + b"\n"


def decode(line: bytes) -> Request:
    """Raises InputError, one line, for what is no request. Any text is taken, half a surrogate pair too."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("no request: not JSON") from None
    record = _RECORDS.get(str(given.get("action"))) if isinstance(given, dict) else None
    if record is None:
        raise InputError(f"no request: give an object with an action, one of {', '.join(_RECORDS)}")
    for name, value in given.items():
        wanted = int if name == "until" else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise InputError(f"no request: {name[:40]!r} should be {'a number' if wanted is int else 'a text'}")
    try:
        return record(**given)
    except TypeError as error:  # a field is missing or unknown
        raise InputError(f"no request: {str(error).partition(') ')[2][:100] or error}") from None


def perform(connection: Connection, request: Request, now: int, endpoints: Collection[str] | None = None) -> Result:
    """Does it, in the caller's transaction; returns JSON-able facts of what was done.

    Args:
        now: ms, by the machine's clock.
        endpoints: names of those that are told; None where that is not known, beside no daemon.

    Raises InputError: there is no such alert, delivery or mute, or the request makes no sense; nothing is written.
    """
    if len(request.who) > WHO_CHARS:
        raise InputError(f"who: at most {WHO_CHARS} characters")
    result = _perform(connection, request, now, endpoints)
    what = {name: value for name, value in asdict(request).items() if name not in _BY and value != ""}
    by = AuditRow(0, now, request.action, request.who, request.via, request.login, request.address, {**what, **result})
    add_audit(connection, by)
    return result


def _perform(connection: Connection, request: Request, now: int, endpoints: Collection[str] | None) -> Result:
    match request:
        case Redrive():
            count = redrive(
                connection,
                now,
                delivery_id=request.id,
                endpoint=request.endpoint,
                who=request.who,
                via=request.via,
                known=endpoints,
            )
            return {"redriven": count}
        case Answer():
            rows = [AnswerRow(request.kind, request.value, request.who, now, request.via)]
            if request.note:
                rows.append(AnswerRow("note", request.note, request.who, now, request.via))
            return {"answers": [add_answer(connection, request.alert, row) for row in rows], "at": iso_time(now)}
        case Mute():
            mute = add_mute(
                connection,
                request.series,
                until=request.until,
                who=request.who,
                why=request.why,
                at=now,
                via=request.via,
            )
            return {"mute": mute, "until": iso_time(request.until), "known": is_known(connection, request.series)}
        case Unmute():
            ended = end_mutes(connection, request.series, request.who, now)
            return {"ended": ended, "released": release(connection, now)}
        case Reload() | Promotion():
            return {}
        case Dump() | Reloading():
            raise InputError("only the running daemon can say that")


def audit(request: Request, result: Result) -> None:
    """Logs what was done and by whom, once it is durable; the rows say the same."""
    told = {name: value for name, value in asdict(request).items() if name != "action" and value != ""}
    log.info(f"asked_{request.action}", **told, **{f"did_{name}": value for name, value in result.items()})
