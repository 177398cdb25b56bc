"""What SQL each kind of database writes in its own way, as expressions that compile for both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, cast, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from monitor.storage.columns import Int64


def total(column: ColumnElement[int]) -> ColumnElement[int]:
    """The sum, as an integer: PostgreSQL's of 64 bits is a decimal number."""
    return cast(func.sum(column), Int64)


class json_items(FunctionElement[Any]):
    """The items of a list in a JSON column, a row each, as `value`; equal where they are equal as text."""

    inherit_cache = True
    name = "json_items"


@compiles(json_items, "sqlite")
def _on_sqlite(element: json_items, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(json_items, "postgresql")
def _on_postgresql(element: json_items, compiler: SQLCompiler, **options: Any) -> str:
    # json, not jsonb: that refuses an escaped NUL.
    return f"json_array_elements(({compiler.process(element.clauses, **options)})::json)"
