"""Alembic's migrations, run by `Store.open`; there is no alembic.ini and no command to type."""
