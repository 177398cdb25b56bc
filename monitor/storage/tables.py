"""What every table is made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import REAL, Column, MetaData, Text

from monitor.storage.columns import ForeignText, Int64, JsonText

metadata = MetaData()


def integer(name: str, **options: Any) -> Column[int]:
    return Column(name, Int64, nullable=options.pop("nullable", False), **options)


def foreign(name: str, **options: Any) -> Column[str]:
    return Column(name, ForeignText, nullable=options.pop("nullable", False), **options)


def word(name: str, **options: Any) -> Column[str]:
    """One of our own words: an enum's value, a hash."""
    return Column(name, Text, nullable=options.pop("nullable", False), **options)


def json_text(name: str) -> Column[Any]:
    return Column(name, JsonText, nullable=False)


def real(name: str) -> Column[float]:
    return Column(name, REAL, nullable=False)
