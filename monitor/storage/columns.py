"""Column types that hold hostile text exactly, and how columns are written down.

SQLite refuses lone surrogates, PostgreSQL refuses NUL, and feed titles hold both. They are escaped on the way in and
restored on the way out, one to one, so that what is read equals what was given; all other text stands as it is.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import REAL, BigInteger, Column, Dialect, Double, Identity, Integer, MetaData, Text, text
from sqlalchemy.types import TypeDecorator

# U+241B, "symbol for escape", introduces four hex digits: printable, valid everywhere, and seen in no headline.
_ESCAPE = "\u241b"
_UNSAFE = re.compile(f"[\\x00\\ud800-\\udfff{_ESCAPE}]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")

metadata = MetaData()

# Ordered and compared by its bytes everywhere, as SQLite does; PostgreSQL would go by the database's language.
PlainText = Text().with_variant(Text(collation="C"), "postgresql")

# 64 bits everywhere; plain INTEGER on SQLite, where only that spelling makes a primary key the row id.
Int64 = BigInteger().with_variant(Integer(), "sqlite")


def escape_text(text: str) -> str:
    r"""Text that any database takes; `unescape_text` gives it back.

    >>> escape_text("a\x00b"), unescape_text(escape_text("a\x00b")) == "a\x00b"
    ('a␛0000b', True)
    """
    if text.isascii() and "\0" not in text:
        return text
    return _UNSAFE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def unescape_text(text: str) -> str:
    """The inverse of `escape_text`."""
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def encode_json(value: Any) -> str:
    """JSON that `JsonText` reads back."""
    return escape_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class ForeignText(TypeDecorator[str]):
    """Text that came from outside, or is made of such text (keys, ids, series)."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else escape_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unescape_text(value)


class JsonText(TypeDecorator[Any]):
    """JSON as text, foreign strings within it escaped; tuples come back as lists."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return encode_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(unescape_text(value))


def integer(name: str, **options: Any) -> Column[int]:
    return Column(name, Int64, nullable=options.pop("nullable", False), **options)


def numbered(name: str) -> Column[int]:
    """The primary key of rows that are numbered as they come; on PostgreSQL with gaps where one was taken back."""
    return Column(name, Int64, Identity(), primary_key=True, nullable=False)


def foreign(name: str, **options: Any) -> Column[str]:
    """Text that came from outside, or is made of such text."""
    return Column(name, ForeignText, nullable=options.pop("nullable", False), **options)


def word(name: str, **options: Any) -> Column[str]:
    """One of our own words: an enum's value, a hash."""
    return Column(name, PlainText, nullable=options.pop("nullable", False), **options)


def only(where: str) -> dict[str, Any]:
    """The options of an index that holds only these rows."""
    return {f"{kind}_where": text(where) for kind in ("sqlite", "postgresql")}


def json_text(name: str) -> Column[Any]:
    return Column(name, JsonText, nullable=False)


def real(name: str) -> Column[float]:
    return Column(name, Double().with_variant(REAL(), "sqlite"), nullable=False)
