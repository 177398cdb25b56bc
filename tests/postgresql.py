"""A real PostgreSQL server for the tests: a cluster of their own in a folder of their own, gone at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from monitor.storage.store import Store
from tests.missing import lacking

_NUMBERS = itertools.count()


def programs() -> Path:
    """The folder of initdb and pg_ctl: Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    if not found and beside is None:
        lacking("initdb is missing: apt install postgresql")
    return found[-1].parent if found else Path(str(beside)).parent


class Cluster:
    """A server on a Unix socket and on a port of 127.0.0.1, where the role `desk` shows a password.

    Args:
        fsync: whether commits outlive the machine; tests have no need of it.

    Attributes:
        folder: the socket's. port: both of the socket's name and of 127.0.0.1.
    """

    PASSWORD = "a1!:@/%secret"

    def __init__(self, *, fsync: bool = False) -> None:
        self._programs = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="bearwatch-pg-"))
        # The server refuses to be root, and so does initdb.
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self._data = self.folder / "data"
        self._run("initdb", "-A", "trust", "-U", "bearwatch", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        with (self._data / "postgresql.conf").open("a") as config:
            config.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = '{self.folder}'\n"
                "max_connections = 200\nautovacuum_naptime = 5s\n"
            )
            if not fsync:
                config.write("fsync = off\nfull_page_writes = off\n")
        rules = "local all all trust\nhost all desk 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        (self._data / "pg_hba.conf").write_text(rules)
        self._watched = self._watch()
        self.start()
        with self.connect("postgres") as db:
            db.execute(psycopg.sql.SQL("CREATE ROLE desk LOGIN PASSWORD {}").format(self.PASSWORD))

    def _watch(self) -> subprocess.Popen[bytes]:
        """Whoever kills this process leaves no server behind: the pipe ends with it, and the server with the pipe."""
        end = f"cat >/dev/null; '{self._programs}/pg_ctl' -D '{self._data}' -m immediate stop; rm -rf '{self.folder}'"
        return subprocess.Popen(
            ["/bin/sh", "-c", end],
            **{"cwd": "/", "stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL},
            **self._user,
            start_new_session=True,
        )

    def start(self) -> None:
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"))

    def stop(self, mode: str) -> None:
        """mode: smart, fast or immediate."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def restart(self, mode: str) -> None:
        self._run("pg_ctl", "restart", "-w", "-m", mode, "-l", str(self.folder / "log"))

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database), autocommit=True)

    def url(self, database: str) -> str:
        return f"postgresql://bearwatch@/{database}?host={self.folder}&port={self.port}"

    def tcp(self, database: str, port: int | None = None, user: str = "bearwatch") -> str:
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def create(self, template: str = "template0") -> str:
        """A new database; its name. Its order of texts is a language's, as on most servers, and not that of bytes."""
        name = f"store_{os.getpid()}_{next(_NUMBERS)}"
        language = " LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" if template == "template0" else ""
        with self.connect("postgres") as db:
            db.execute(f"CREATE DATABASE {name} TEMPLATE {template}{language}")
        return name

    def drop(self, database: str) -> None:
        with self.connect("postgres") as db:
            db.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def close(self) -> None:
        self._watched.communicate(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)  # a folder in /tmp is only its owner's to remove

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        done = subprocess.run(
            command, cwd="/", capture_output=program != "pg_ctl", text=True, check=False, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL if program == "pg_ctl" else None, **self._user,
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program}: {done.stderr} {log.read_text()[-2_000:] if log.exists() else ''}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One server for all tests of this process."""
    made = Cluster()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def empty_store(cluster: Cluster) -> str:
    """A database with a new store's tables, to make others from."""
    name = cluster.create()
    Store.open(cluster.url(name)).close()
    return name


@pytest.fixture
def database(cluster: Cluster, empty_store: str) -> Iterator[str]:
    """A new store's database; its name."""
    name = cluster.create(empty_store)
    yield name
    cluster.drop(name)


class Place:
    """Stores by name, each in a database of its own, of one kind; the same name is the same store.

    Args:
        folder: for files. cluster: for databases, made from `template`; None for files.
    """

    def __init__(self, folder: Path, cluster: Cluster | None = None, template: str = "") -> None:
        self._folder = folder
        self._cluster = cluster
        self._template = template
        self._made: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The store's address; nothing is in it until it is opened."""
        if self._cluster is None:
            return str(self._folder / f"{name}.db")
        if name not in self._made:
            self._made[name] = self._cluster.create(self._template)
        return self._cluster.url(self._made[name])

    def copied(self, name: str, to: str) -> str:
        """Copies a store that nobody has open; returns the copy's address."""
        if self._cluster is None:
            with Store.open_readonly(self(name)) as store:
                store.backup(Path(self(to)), overwrite=True)
        else:
            if to in self._made:
                self._cluster.drop(self._made[to])
            self._made[to] = self._cluster.create(self._made[name])
        return self(to)

    def execute(self, name: str, statement: str) -> int:
        """One statement past the store; how many rows it changed."""
        if self._cluster is None:
            with closing(sqlite3.connect(self(name))) as db, db:
                return db.execute(statement).rowcount
        with self._cluster.connect(self._made[name]) as db:
            return db.execute(statement).rowcount

    def close(self) -> None:
        for name in self._made.values():
            if self._cluster is not None:
                self._cluster.drop(name)


KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


def place_on(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    if kind == "sqlite":
        made = Place(folder)
    else:
        made = Place(folder, request.getfixturevalue("cluster"), request.getfixturevalue("empty_store"))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where the test's stores are, on each kind of database."""
    yield from place_on(request.param, request, tmp_path)


@pytest.fixture(scope="module", params=KINDS)
def places(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The same for all tests of a module, which share a store."""
    yield from place_on(request.param, request, tmp_path_factory.mktemp("places"))
