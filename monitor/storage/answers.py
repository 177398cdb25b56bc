"""What people answered to alerts: rows that are only ever added, of which the latest of a kind counts.

Times are milliseconds since the epoch, UTC, by the clock of the machine: an answer is a person's act, also where the
news runs on a virtual clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Subquery, func, insert, select

from monitor.errors import InputError, NotThereError
from monitor.records import DAY_MS
from monitor.storage import schema
from monitor.storage.rebuild import chunks

KINDS = ("acknowledge", "assign", "note", "mark")
# `late`: a real event that the page told too late to act on; it is no false page.
MARKS = ("true", "false", "late")
VALUE_CHARS = 2_000  # a note is some sentences; what is longer belongs into the desk's own tools
WHO_CHARS = 100
# A link that leaked must not fill the disk; so many taps no desk gives one alert. The other ways are trusted.
LINKED_MOST = 100
PRECISION_MS = 28 * DAY_MS


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer.

    Attributes:
        kind: one of KINDS. value: the mark, the note's text, who it is assigned to; "" for acknowledge.
        who: as they named themselves, "" where they did not. via: `link`, `api` or `cli`.
    """

    kind: str
    value: str
    who: str
    at: int
    via: str


@dataclass(frozen=True, slots=True)
class AlertState:
    """What the answers to an alert come to; "" where nobody said."""

    acknowledged_by: str = ""
    acknowledged_at: int | None = None
    assigned_to: str = ""
    mark: str = ""


def check_answer(kind: str, value: str, who: str) -> None:
    """Raises InputError, one line, for what is no answer."""
    if kind not in KINDS:
        raise InputError(f"kind {kind[:40]!r} is no answer: give one of {', '.join(KINDS)}")
    if kind == "mark" and value not in MARKS:
        raise InputError(f"mark {value[:40]!r}: give one of {', '.join(MARKS)}")
    if kind in ("assign", "note") and not value.strip():
        raise InputError(f"{kind}: give {'a name' if kind == 'assign' else 'a text'}")
    if kind == "acknowledge" and value:
        raise InputError("acknowledge takes no value; a text is a note")
    if len(value) > (VALUE_CHARS if kind == "note" else WHO_CHARS):
        raise InputError(f"{kind}: at most {VALUE_CHARS if kind == 'note' else WHO_CHARS} characters")
    if len(who) > WHO_CHARS:
        raise InputError(f"who: at most {WHO_CHARS} characters")


def add_answer(connection: Connection, alert_id: str, answer: AnswerRow) -> int:
    """Adds a row; returns its number. Raises NotThereError: no such alert; InputError: no answer."""
    check_answer(answer.kind, answer.value, answer.who)
    require_alert(connection, alert_id)
    table = schema.answers
    if answer.via == "link":
        linked = select(func.count()).where(table.c.alert_id == alert_id, table.c.via == "link")
        if connection.execute(linked).scalar_one() >= LINKED_MOST:
            raise InputError(f"this alert has {LINKED_MOST} answers by link: no more are taken, only by other ways")
    values = {name: getattr(answer, name) for name in AnswerRow.__slots__}
    (seq,) = connection.execute(insert(table).values(alert_id=alert_id, **values).returning(table.c.seq)).one()
    return int(seq)


def require_alert(connection: Connection, alert_id: str) -> None:
    """Raises NotThereError where no page of that id was ever told."""
    known = select(schema.alerts.c.id).where(schema.alerts.c.id == alert_id).limit(1)
    if connection.execute(known).first() is None:
        raise NotThereError(f"there is no alert {alert_id[:200]!r} in this store")


def answers_of(connection: Connection, alert_ids: Iterable[str]) -> dict[str, list[AnswerRow]]:
    """alert id -> its answers, the first given first; alerts without one are absent."""
    table, found = schema.answers.c, dict[str, list[AnswerRow]]()
    wanted = (table.alert_id, *(table[name] for name in AnswerRow.__slots__))
    for chunk in chunks(sorted(set(alert_ids))):
        rows = connection.execute(select(*wanted).where(table.alert_id.in_(chunk)).order_by(table.seq))
        for alert_id, *values in rows:
            found.setdefault(alert_id, []).append(AnswerRow(*values))
    return found


def state_of(answers: Iterable[AnswerRow]) -> AlertState:
    """Where an alert stands after these answers, given in their order.

    >>> state_of([AnswerRow("mark", "true", "ann", 1, "cli"), AnswerRow("mark", "late", "", 2, "link")]).mark
    'late'
    """
    last = {answer.kind: answer for answer in answers}
    seen, assigned, mark = last.get("acknowledge"), last.get("assign"), last.get("mark")
    return AlertState(
        acknowledged_by=seen.who if seen else "",
        acknowledged_at=seen.at if seen else None,
        assigned_to=assigned.value if assigned else "",
        mark=mark.value if mark else "",
    )


def latest(kind: str) -> Subquery:
    """The latest answer of a kind to each alert, as (alert_id, value)."""
    table = schema.answers.c
    last = select(func.max(table.seq)).where(table.kind == kind).group_by(table.alert_id)
    return select(table.alert_id, table.value).where(table.seq.in_(last)).subquery()


def marked_pages(connection: Connection, since_ms: int) -> dict[str, Mapping[str, int]]:
    """series -> mark -> pages opened after then that a person has marked, by the latest mark."""
    spike, mark = schema.spikes.c, latest("mark")
    rows = connection.execute(
        select(spike.series, mark.c.value, func.count())
        .select_from(schema.spikes.join(mark, mark.c.alert_id == spike.id))
        .where(spike.opened_at > since_ms)
        .group_by(spike.series, mark.c.value)
    )
    found: dict[str, dict[str, int]] = {}
    for series, value, count in rows:
        found.setdefault(series, {})[value] = count
    return dict(found)
