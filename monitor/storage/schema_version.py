"""Brings a store to the schema of this code, or says in one line why it cannot."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from monitor.errors import InputError

LEASE = "bearwatch_lease"
_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: Connection, name: str) -> None:
    """Creates or migrates, in the caller's transaction; `refuse` must have let it pass."""
    config = _config()
    if _revision(connection, name) != _head(config):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check(connection: Connection, name: str) -> None:
    """For readers, which cannot migrate.

    Raises:
        InputError: the file is another program's database, or its schema is newer or older than this code's.
    """
    config = _config()
    revision = refuse(connection, name)
    if revision != _head(config):
        raise InputError(f"the store {name} has an older schema ({revision or 'none'}): let `bearwatch run` migrate it")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _head(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()


def _revision(connection: Connection, name: str) -> str | None:
    # A lease is there before the first migration.
    tables = [name for name in inspect(connection).get_table_names() if name != LEASE]
    if "alembic_version" not in tables:
        if tables:
            raise InputError(f"{name} is a database, but no Bearwatch store (it holds a table {tables[0]!r})")
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def refuse(connection: Connection, name: str) -> str | None:
    """The store's revision, None in an empty file.

    Raises:
        InputError: the file is another program's database, or its schema is newer than this code's.
    """
    revision = _revision(connection, name)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise InputError(
            f"the store {name} was written by a newer Bearwatch (schema {revision}): upgrade, or use another store"
        )
    return revision
