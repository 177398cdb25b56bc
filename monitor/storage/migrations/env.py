"""Alembic's entry point: upgrades over the connection that `schema_version.upgrade` hands in."""

from __future__ import annotations

from alembic import context

from monitor.storage.schema import metadata

connection = context.config.attributes["connection"]
# SQLite's DDL is transactional once BEGIN is ours: a crash in the middle of a migration leaves the version before it.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
