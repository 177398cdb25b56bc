"""A store on PostgreSQL: what is refused in which words, whose password is shown to nobody, in what order rows come."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.cli import run
from monitor.config import load_config
from monitor.errors import InputError, StoreLockedError, StoreUnavailableError
from monitor.place import store_address
from monitor.records import Bucket
from monitor.storage import queries, rebuild
from monitor.storage.address import Address
from monitor.storage.effects import Effects
from monitor.storage.sequence import in_sequence
from monitor.storage.store import Store
from tests.postgresql import Cluster, Place, programs
from tests.store_samples import whole_batch

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("address", "kind", "told"),
    [
        ("postgresql://bearwatch@127.0.0.1:{port}/nowhere", InputError, 'database "nowhere" does not exist'),
        ("postgresql://nobody@127.0.0.1:{port}/{database}", InputError, 'role "nobody" does not exist'),
        ("postgresql://desk@127.0.0.1:{port}/{database}", InputError, "no password supplied"),
        ("postgresql://bearwatch@127.0.0.1:{port}/{database}?sslmode=require", InputError, "does not support SSL"),
        ("postgresql://bearwatch@127.0.0.1:{port}/{database}?sslmod=require", InputError, "none that libpq reads"),
        ("postgresql://bearwatch@127.0.0.1:{port}/", InputError, "names no database"),
        ("postgresql://u:canary@127.0.0.1:{port}/{database}", InputError, "holds a password"),
        ("postgresql://u@127.0.0.1:{port}/{database}?password=canary", InputError, "holds a password"),
        ("postgresql://u@127.0.0.1:1/{database}", StoreUnavailableError, "Connection refused"),
        ("mysql://u@h/db", InputError, "store address mysql://...: give"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(
    cluster: Cluster, database: str, address: str, kind: type[Exception], told: str
) -> None:
    given = address.format(port=cluster.port, database=database)
    for way in (Store.open, Store.open_readonly):
        with pytest.raises(kind, match=told) as refused:
            way(given)
        assert "\n" not in str(refused.value) and "canary" not in str(refused.value)


def test_a_command_says_in_one_line_that_the_server_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["deliveries", "list"], ["alert", "ack", "x"], ["explain", "x"]):
        assert run([*argv, "--store", "postgresql://u@127.0.0.1:1/x"]) == 1
        told = capsys.readouterr().err
        assert "Connection refused" in told and len(told.splitlines()) == 1


def test_a_password_reaches_the_server_and_nobody_else(cluster: Cluster, tmp_path: Path) -> None:
    name = cluster.create()
    with cluster.connect("postgres") as db:
        db.execute(f"ALTER DATABASE {name} OWNER TO desk")
    (tmp_path / "password").write_text(cluster.PASSWORD + "\n")
    (tmp_path / "b.yaml").write_text(
        f"store: {{url: '{cluster.tcp(name, user='desk')}', password_file: password, folder: run}}"
    )
    address = store_address(load_config(tmp_path / "b.yaml", {}))
    assert cluster.PASSWORD not in repr(address)
    with Store.open(address, holder="bearwatch run") as store:
        assert cluster.PASSWORD not in f"{store.name} {store.facts()}"
        assert store.name == f"postgresql://desk@127.0.0.1:{cluster.port}/{name}"
        assert store.beside.parent == tmp_path / "run"
        with pytest.raises(StoreLockedError, match=rf"process {os.getpid()} on ") as refused:
            Store.open(address)
        assert cluster.PASSWORD not in str(refused.value)
    with pytest.raises(InputError, match="password authentication failed") as refused_too:
        Store.open(Address(address.url, "wr0ng-canary", tmp_path))
    assert "canary" not in str(refused_too.value)
    cluster.drop(name)


def test_libpqs_own_password_file_serves(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = cluster.create()
    with cluster.connect("postgres") as db:
        db.execute(f"ALTER DATABASE {name} OWNER TO desk")
    passfile = tmp_path / "pgpass"
    escaped = cluster.PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    passfile.write_text(f"127.0.0.1:*:{name}:desk:{escaped}\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    with Store.open(cluster.tcp(name, user="desk")) as store:
        assert store.read(rebuild.max_seq) == 0
    cluster.drop(name)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE TABLE recipes (name text)", "no Bearwatch store"),
        (
            "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('9999')",
            r"newer Bearwatch \(schema 9999\)",
        ),
    ],
)
def test_another_programs_database_is_left_alone(cluster: Cluster, statement: str, told: str) -> None:
    name = cluster.create()
    with cluster.connect(name) as db:
        db.execute(statement)
        for way in (Store.open, Store.open_readonly):
            with pytest.raises(InputError, match=told):
                way(cluster.url(name))
        tables = db.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (1,)
    cluster.drop(name)


def test_a_database_of_another_encoding_is_refused(cluster: Cluster) -> None:
    with cluster.connect("postgres") as db:
        db.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with pytest.raises(InputError, match="has the encoding SQL_ASCII: make it with ENCODING 'UTF8'"):
        Store.open(cluster.url("ascii"))
    cluster.drop("ascii")


def test_without_its_driver_one_line_says_how_to_get_it() -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from monitor.cli import run\n"
        "sys.exit(run(['deliveries', 'list', '--store', 'postgresql://u@h/db']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("psycopg is not installed: pip install 'bearwatch[postgresql]'")
    assert len(done.stderr.strip().splitlines()) == 1


def test_rows_come_in_the_order_of_their_bytes(place: Place) -> None:
    """PostgreSQL's own order goes by the database's language: there "b" comes before "B", and "é" beside "e"."""
    names = ["b", "B", "a", "é", "e", "Z", "_", "zz", "z z", "ab", "a-b", "a_b", "銀行", "\U0001f4c9", "\uffee"]
    with Store.open(place("b")) as store:
        store.commit(Effects(buckets=[Bucket(name, 7, 1) for name in names], watermarks=dict.fromkeys(names, 1)))
        wanted = sorted(names, key=lambda name: name.encode())
        assert [bucket.series for bucket in store.read(rebuild.buckets, 0)] == wanted
        assert list(store.read(rebuild.watermarks)) == wanted
        points = store.read(queries.hourly_points, names, 0)
        assert [point.series for point in points] == wanted
        assert {type(value) for point in points for value in astuple(point)[1:]} == {int}


def test_the_server_says_what_the_store_takes(cluster: Cluster, database: str) -> None:
    with Store.open(cluster.url(database)) as store:
        assert store.facts()["bytes"] is None
        before = store.size()
        for number in range(20):
            store.commit(whole_batch(10 * number + 1))
        with cluster.connect(database) as db:
            assert store.size() == db.execute("SELECT pg_database_size(current_database())").fetchone()[0]  # type: ignore[index]
        assert store.facts()["bytes"] == store.size() > before > 1_000_000


def test_a_dump_that_is_restored_is_the_same_store(cluster: Cluster, database: str, tmp_path: Path) -> None:
    """As docs/postgresql.md has it, beside the daemon that writes."""
    again = cluster.create()
    with Store.open(cluster.url(database)) as store:
        fill(store)
        dump = [programs() / "pg_dump", "--format=custom", f"--file={tmp_path / 'b.dump'}", cluster.url(database)]
        subprocess.run(dump, check=True, timeout=60)
        with store.reader() as db:
            before = list(in_sequence(db))
    restore = [programs() / "pg_restore", "--no-owner", f"--dbname={cluster.url(again)}", tmp_path / "b.dump"]
    subprocess.run(restore, check=True, timeout=60)
    with Store.open(cluster.url(again)) as store, store.reader() as db:
        assert list(in_sequence(db)) == before and len(before) == 10
        store.commit(whole_batch(30))  # numbered rows go on where they were
    cluster.drop(again)


def fill(store: Store) -> None:
    for number in (1, 10):
        store.commit(whole_batch(number))


def test_a_plan_goes_by_the_partial_index(cluster: Cluster, database: str) -> None:
    """What is still to be sent is found without its history, as on SQLite."""
    with Store.open(cluster.url(database)) as store, store.reader() as db:
        db.execute(text("SET LOCAL enable_seqscan = off"))
        plan = db.execute(
            text("EXPLAIN SELECT id FROM outbox WHERE endpoint = 'a' AND status = 'pending' AND due_at < 5")
        ).scalars()
        assert any("ix_outbox_pending" in line for line in plan)
