"""Dumps of a small store as each version of Bearwatch left it, from which upgrades are tested.

    python -m tests.schemas

writes those of the version at hand, for SQLite and PostgreSQL, into tests/golden/schemas; run it when the schema has
changed and before a release. What a released version wrote is never written again.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, select, update

from monitor import __version__
from monitor.records import DAY_MS, Position
from monitor.storage import queries, schema
from monitor.storage.answers import AnswerRow, add_answer
from monitor.storage.audit import AuditRow, add_audit
from monitor.storage.deliveries import redrive
from monitor.storage.effects import Effects
from monitor.storage.endpoints import disable
from monitor.storage.mutes import add_mute
from monitor.storage.profiles import keep_profile
from monitor.storage.store import Store
from tests.builders import NOON
from tests.months import lived_through
from tests.postgresql import Cluster, programs

FOLDER = Path(__file__).parent / "golden" / "schemas"
DAYS, SURGES = 3, {1}  # the second day's alert has closed, its messages wait
KINDS = ("sqlite", "postgresql")


def file_of(version: str, kind: str) -> Path:
    return FOLDER / f"{version}.{kind}.sql"


def versions() -> list[str]:
    """All that there is a dump of, the oldest first."""
    found = {path.name.removesuffix(f".{kind}.sql") for kind in KINDS for path in FOLDER.glob(f"*.{kind}.sql")}
    return sorted(found, key=lambda version: [int(part) for part in re.findall(r"\d+", version)])


def load_sqlite(dump: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(dump.read_text("utf-8"))


def load_postgresql(dump: Path, cluster: Cluster, database: str) -> None:
    with cluster.connect(database) as db:
        db.execute(dump.read_text("utf-8").encode())


def fill(given: str | Path) -> None:
    """Days of news with alerts, and what people had done about them."""
    lived_through(given, DAYS, surges=SURGES)
    with Store.open(given) as store:
        store.commit(Effects(positions=[Position("wire", "0", {"offset": 7})]))
        alert = store.read(queries.alerts_recent, 1)[0].id

        def work(db: Connection) -> None:
            add_answer(db, alert, AnswerRow("mark", "true", "ann", NOON, "cli"))
            add_mute(db, "market", until=NOON + 1, who="ann", why="known", at=NOON, via="api")
            add_audit(db, AuditRow(0, NOON, "mute", "ann", "api", "desk", "127.0.0.1", {"series": "market"}))
            keep_profile(db, NOON // DAY_MS, "ab", {"scored": 3})
            disable(db, "gone", NOON)
            outbox = schema.outbox
            dead = db.execute(select(outbox.c.id).order_by(outbox.c.id).limit(1)).scalar_one()
            db.execute(update(outbox).where(outbox.c.id == dead).values(status="dead"))
            redrive(db, NOON, delivery_id=dead, who="ann")

        store.write_now(work)


def main() -> int:
    """Writes both dumps of the version at hand."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.db"
        fill(path)
        with closing(sqlite3.connect(path)) as db:
            file_of(__version__, "sqlite").write_text("\n".join(db.iterdump()) + "\n", "utf-8")
    cluster = Cluster()
    try:
        url = cluster.url(cluster.create())
        fill(url)
        options = ["--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=100"]
        command = [str(programs() / "pg_dump"), *options, url]
        dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        cluster.close()
    # Words to psql, and what differs from one version of pg_dump to the next.
    words = ("\\", "--", "SET ", "SELECT pg_catalog.set_config")
    kept = [line for line in dumped.splitlines() if line and not line.startswith(words)]
    file_of(__version__, "postgresql").write_text("\n".join(kept) + "\n", "utf-8")
    for kind in KINDS:
        print(f"{file_of(__version__, kind)}: {file_of(__version__, kind).stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
