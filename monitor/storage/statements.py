"""Inserts compiled once: SQLAlchemy writes the SQL, the rows go to SQLite as plain tuples.

SQLAlchemy's own processing of parameters took two fifths of a batch's time in the profiler (64 articles, 1,000 rows).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.sqlite import Insert, dialect, insert

from monitor.storage.columns import ForeignText, JsonText, encode_json, escape_text

_ENCODERS: dict[type, Callable[[Any], Any]] = {ForeignText: escape_text, JsonText: encode_json}


class BulkInsert:
    """One INSERT with its rule for conflicts, for rows given as sequences in `columns` order."""

    def __init__(self, statement: Insert, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect(paramstyle="qmark"), column_keys=list(columns))
        order = getattr(compiled, "positiontup", None)
        if order != list(columns):
            raise ValueError(f"{statement.table}: the columns must stand in the table's order, not {columns}")
        self._sql = str(compiled)
        encoders = [
            (place, _ENCODERS.get(type(statement.table.columns[name].type))) for place, name in enumerate(columns)
        ]
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
            connection.exec_driver_sql(self._sql, ready)


def names(table: Table, *without: str) -> tuple[str, ...]:
    """The table's columns in order, some left out."""
    return tuple(column.name for column in table.columns if column.name not in without)


def getter(columns: Iterable[str], **paths: str) -> Callable[[Any], tuple[Any, ...]]:
    """Reads a record's attributes in column order; `paths` names those that hide deeper, as `column="a.b"`."""
    return attrgetter(*(paths.get(column, column) for column in columns))


def replacing(table: Table) -> Insert:
    """An insert that overwrites every column beside the primary key."""
    statement, keys, others = _upsert(table)
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in others}
    )


def adding(table: Table) -> Insert:
    """An insert that adds to every column beside the primary key."""
    statement, keys, others = _upsert(table)
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: table.columns[name] + statement.excluded[name] for name in others}
    )


def greatest(table: Table, column: str) -> Insert:
    """An insert that replaces a row only where `column` grows."""
    statement, keys, others = _upsert(table)
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: statement.excluded[name] for name in others},
        where=statement.excluded[column] > table.columns[column],
    )


def _upsert(table: Table) -> tuple[Insert, list[str], list[str]]:
    keys = [column.name for column in table.primary_key]
    return insert(table), keys, [column.name for column in table.columns if column.name not in keys]
