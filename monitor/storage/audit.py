"""What people and programs had done, by whom and from where: rows that are only ever added.

Each is written in the transaction of what it tells of: neither is there without the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from monitor.storage import schema


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act.

    Attributes:
        seq: its number; of one that is to be added it counts for nothing.
        at: ms, by the machine's clock. action: one word, such as `mute`.
        who: as they named themselves. via: `cli`, `api`, `link` or `signal`.
        login: the name of the token that was shown; address: where the request came from. "" where there is none.
        what: what was asked for and what came of it; JSON-able, never a secret.
    """

    seq: int
    at: int
    action: str
    who: str
    via: str
    login: str
    address: str
    what: Mapping[str, Any]


def add_audit(connection: Connection, row: AuditRow) -> None:
    """Adds an act, in the caller's transaction."""
    values = asdict(row)
    del values["seq"]
    connection.execute(insert(schema.audit).values(values))


def audit_rows(connection: Connection, limit: int) -> list[AuditRow]:
    """The newest so many, the newest first."""
    table = schema.audit
    rows = connection.execute(select(table).order_by(table.c.seq.desc()).limit(limit))
    return [AuditRow(**row._mapping) for row in rows]
