"""A store of each version before this one is brought to this one's schema, with every row that it had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from monitor import __version__
from monitor.fold import Fold
from monitor.replay.check import violations
from monitor.restore import restore
from monitor.storage import schema, schema_version
from monitor.storage.store import Store
from tests.months import SETTINGS
from tests.oracle import agrees, contents
from tests.postgresql import Cluster
from tests.schemas import KINDS, file_of, load_postgresql, load_sqlite, versions

REVISIONS = [s.revision for s in ScriptDirectory.from_config(schema_version._config()).walk_revisions()]
AGAIN = "run python -m tests.schemas"


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """table -> its rows by column, but for Alembic's own."""
    with engine.connect() as db:
        found = {}
        for name in inspect(db).get_table_names():
            if name != "alembic_version":
                held = [dict(row._mapping) for row in db.execute(text(f'SELECT * FROM "{name}"'))]
                found[name] = sorted(held, key=lambda row: [repr(value) for value in row.values()])
        return found


def engine_of(place: str) -> Engine:
    return create_engine(
        place.replace("postgresql:", "postgresql+psycopg:") if "://" in place else f"sqlite:///{place}"
    )


def loaded(version: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The dump as a store; its address."""
    if kind == "sqlite":
        load_sqlite(file_of(version, kind), tmp_path / f"{version}.db")
        return str(tmp_path / f"{version}.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    request.addfinalizer(lambda: cluster.drop(name))
    load_postgresql(file_of(version, kind), cluster, name)
    return cluster.url(name)


def revision(engine: Engine) -> str:
    with engine.connect() as db:
        return str(db.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def test_there_is_a_dump_of_this_version() -> None:
    for kind in KINDS:
        assert file_of(__version__, kind).is_file(), f"no dump of {__version__} on {kind}: {AGAIN}"
    assert all(file_of(version, kind).is_file() for version in versions() for kind in KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", versions())
def test_a_store_of_that_version_is_upgraded_with_its_rows(
    version: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place = loaded(version, kind, tmp_path, request)
    engine = engine_of(place)
    before, was = rows(engine), revision(engine)
    assert all(before[name] for name in before), "a table without a row proves nothing"
    with Store.open(place) as store, store.reader() as db:
        assert list(violations(store, db, SETTINGS.longest_story_ms)) == []
        assert len(contents(Fold(SETTINGS, restore(store, SETTINGS)))) > 0
    after = rows(engine)
    engine.dispose()
    for name, held in before.items():
        if name in after:  # of columns that are no longer there nothing can be said
            same = [column for column in held[0] if column in after[name][0]]
            assert _of(after[name], same) == _of(held, same), name
    if version == __version__:
        assert was == REVISIONS[0], f"the schema has changed since {version}'s dump was written: {AGAIN}"
        assert agrees(place, SETTINGS)["alerts"] >= 2


def _of(held: list[dict[str, Any]], columns: list[str]) -> list[tuple[Any, ...]]:
    # The token of the last commit is a session's own.
    return sorted((tuple(row[column] for column in columns) for row in held if row.get("key") != "committed"), key=repr)


@pytest.mark.slow
@pytest.mark.parametrize("version", versions())
def test_both_databases_remember_the_same(version: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    memories = []
    for kind in KINDS:
        with Store.open(loaded(version, kind, tmp_path, request)) as store:
            memories.append(contents(Fold(SETTINGS, restore(store, SETTINGS))))
    assert memories[0] == memories[1]


def upgraded(db: Connection, to: str) -> None:
    config = schema_version._config()
    config.attributes["connection"] = db
    command.upgrade(config, to)


def shape(engine: Engine) -> dict[str, Any]:
    """Columns, keys, constraints and indexes as the database has them."""
    with engine.connect() as db:
        look = inspect(db)
        found: dict[str, Any] = {}
        for name in look.get_table_names():
            if name == "alembic_version":
                continue
            columns = [
                (c["name"], str(c["type"]), getattr(c["type"], "collation", None), c["nullable"], c["default"],
                 bool(c.get("identity")))
                for c in look.get_columns(name)
            ]  # fmt: skip
            indexes = sorted(
                (i["name"], i["column_names"], bool(i["unique"]), {k: str(v) for k, v in i["dialect_options"].items()})
                for i in look.get_indexes(name)
            )
            key = look.get_pk_constraint(name)["constrained_columns"]
            unique = sorted((u["name"], u["column_names"]) for u in look.get_unique_constraints(name))
            found[name] = (columns, key, unique, str(indexes))
        return found


@pytest.mark.slow
@pytest.mark.parametrize("start", [None, *REVISIONS])
def test_from_each_revision_postgresql_comes_to_the_tables_of_the_code(
    cluster: Cluster, start: str | None, request: pytest.FixtureRequest
) -> None:
    made, coded = cluster.create(), cluster.create()
    for name in (made, coded):
        request.addfinalizer(lambda name=name: cluster.drop(name))
    by_migrations, by_code = engine_of(cluster.url(made)), engine_of(cluster.url(coded))
    for step in (start, "head"):
        if step is not None:
            with by_migrations.begin() as db:
                upgraded(db, step)
    schema.metadata.create_all(by_code)
    assert shape(by_migrations) == shape(by_code)
    kinds = {kind for columns, *_ in shape(by_code).values() for _, kind, *_ in columns}
    assert kinds == {"BIGINT", 'TEXT COLLATE "C"', "DOUBLE PRECISION"}
    assert {c for columns, *_ in shape(by_code).values() for _, kind, c, *_ in columns if "TEXT" in kind} == {"C"}
    for engine in (by_migrations, by_code):
        engine.dispose()


@pytest.mark.parametrize("start", REVISIONS)
def test_from_each_revision_sqlite_comes_to_the_tables_of_the_code(tmp_path: Path, start: str) -> None:
    by_migrations, by_code = engine_of(str(tmp_path / "made.db")), engine_of(str(tmp_path / "code.db"))
    for step in (start, "head"):
        with by_migrations.begin() as db:
            upgraded(db, step)
    schema.metadata.create_all(by_code)
    assert shape(by_migrations) == shape(by_code)
    for engine in (by_migrations, by_code):
        engine.dispose()
