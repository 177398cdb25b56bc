"""The column types that migrations write, alike on each kind of database. Revisions that are released use them: a type
is never changed here, another one gets a name of its own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

# 64 bits everywhere; plain INTEGER on SQLite, where only that spelling makes a primary key the row id.
INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Ordered and compared by bytes, as SQLite does.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# Of 8 bytes.
REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def only(where: str) -> dict[str, Any]:
    """The options of an index that holds only these rows."""
    return {f"{kind}_where": sa.text(where) for kind in ("sqlite", "postgresql")}
