"""Inserts compiled once for each kind of database: SQLAlchemy writes the SQL, the driver is given plain tuples.

SQLAlchemy's own processing of parameters took two fifths of a batch's time in the profiler (64 articles, 1,000 rows).
On PostgreSQL psycopg sends a statement's rows in one go (its pipeline mode).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Literal

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg

from monitor.storage.columns import ForeignText, JsonText, encode_json, escape_text

Insert = sqlite.Insert | postgresql.Insert
Conflict = Literal["", "keep", "replace", "add", "greatest"]

_ENCODERS: dict[type, Callable[[Any], Any]] = {ForeignText: escape_text, JsonText: encode_json}
_DIALECTS: dict[str, Callable[[], Dialect]] = {
    "sqlite": lambda: sqlite.dialect(paramstyle="qmark"),
    "postgresql": lambda: psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]
}


class BulkInsert:
    """One INSERT with its rule for conflicts, for rows given as sequences in `columns` order.

    Args:
        conflict: what becomes of a row whose primary key is there; see `inserting`.
    """

    def __init__(self, table: Table, columns: Sequence[str], conflict: Conflict = "", greatest: str = "") -> None:
        self._compiled = partial(_compiled, table=table, columns=columns, conflict=conflict, greatest=greatest)
        self._sql: dict[str, str] = {}
        encoders = [(place, _ENCODERS.get(type(table.columns[name].type))) for place, name in enumerate(columns)]
        self._encoders = [(place, encode) for place, encode in encoders if encode is not None]

    def run(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Executes for all rows, in their order; none is no statement at all."""
        encoders = self._encoders
        ready = []
        for row in rows:
            values = list(row)
            for place, encode in encoders:
                value = values[place]
                if value is not None:
                    values[place] = encode(value)
            ready.append(tuple(values))
        if ready:
            kind = connection.dialect.name
            if kind not in self._sql:
                self._sql[kind] = self._compiled(kind)
            connection.exec_driver_sql(self._sql[kind], ready)


def _compiled(kind: str, table: Table, columns: Sequence[str], conflict: Conflict, greatest: str) -> str:
    statement = inserting(kind, table, conflict, greatest).inline()
    compiled = statement.compile(dialect=_DIALECTS[kind](), column_keys=list(columns))
    if getattr(compiled, "positiontup", None) != list(columns):
        raise ValueError(f"{table}: the columns must stand in the table's order, not {columns}")
    return str(compiled)


def inserting(kind: str, table: Table, conflict: Conflict = "", greatest: str = "") -> Insert:
    """An insert, and what it does where the row's primary key is there already.

    Args:
        kind: the dialect's name, `connection.dialect.name`.
        conflict: "" fails, `keep` leaves what stands, `replace` overwrites every column beside the key, `add` adds to
            every one, `greatest` replaces the row where the column `greatest` grows.
    """
    statement: Insert = postgresql.insert(table) if kind == "postgresql" else sqlite.insert(table)
    if not conflict:
        return statement
    keys = [column.name for column in table.primary_key]
    if conflict == "keep":
        return statement.on_conflict_do_nothing(index_elements=keys)
    new, old = statement.excluded, table.columns
    others = [column.name for column in table.columns if column.name not in keys]
    values = {name: old[name] + new[name] if conflict == "add" else new[name] for name in others}
    where = new[greatest] > old[greatest] if conflict == "greatest" else None
    return statement.on_conflict_do_update(index_elements=keys, set_=values, where=where)


def names(table: Table, *without: str) -> tuple[str, ...]:
    """The table's columns in order, some left out."""
    return tuple(column.name for column in table.columns if column.name not in without)


def getter(columns: Iterable[str], **paths: str) -> Callable[[Any], tuple[Any, ...]]:
    """Reads a record's attributes in column order; `paths` names those that hide deeper, as `column="a.b"`."""
    return attrgetter(*(paths.get(column, column) for column in columns))
