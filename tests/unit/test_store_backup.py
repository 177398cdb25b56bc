"""A backup is whole or not there, never on top of anything, and of one moment though the daemon writes on."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from monitor.cli import run
from monitor.errors import InputError, OperatorError, StoreLockedError
from monitor.storage import rebuild
from monitor.storage.sqlite import backup as backups
from monitor.storage.store import Store
from tests.store_samples import whole_batch


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Store.open(tmp_path / "b.db") as opened:
        for number in range(40):
            opened.commit(whole_batch(1 + 10 * number))
        yield opened


def test_a_copy_is_of_one_moment_while_commits_go_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "STEP_PAGES", 8)
    committed = [40]
    told: list[tuple[int, int]] = []

    def progress(done: int, pages: int) -> None:
        told.append((done, pages))
        store.commit(whole_batch(1 + 10 * committed[0]))  # between any two steps
        committed[0] += 1

    with Store.open_readonly(store.beside) as beside:
        size = beside.backup(tmp_path / "copy.db", progress=progress)
    assert committed[0] > 50 and told[-1][0] == told[-1][1]
    assert size == (tmp_path / "copy.db").stat().st_size
    with Store.open_readonly(tmp_path / "copy.db") as copy:
        assert copy.read(rebuild.meta, "batch") == str(1 + 10 * 39), "not what stood when it began"
        with copy.reader() as db:
            assert db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_nothing_is_overwritten_unless_told(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(InputError, match=r"exists already.*--overwrite"):
        store.backup(target)
    assert target.read_text() == "precious"
    store.backup(target, overwrite=True)
    with Store.open_readonly(target) as copy:
        assert copy.read(rebuild.max_seq) == store.read(rebuild.max_seq)
    store.backup(target, overwrite=True)  # reading it has left nothing beside it
    assert sorted(file.name for file in tmp_path.glob("copy*")) == ["copy.db"]


def test_the_store_itself_a_folder_and_a_store_in_use_are_refused(store: Store, tmp_path: Path) -> None:
    for target, told in (
        (store.beside, "the store itself"),
        (store.beside.with_name("b.db-wal"), "the store itself"),
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "such.db", "No such file"),
    ):
        with pytest.raises(InputError, match=told):
            store.backup(target, overwrite=True)
    with Store.open(tmp_path / "other.db") as other:
        other.commit(whole_batch(1))
        with pytest.raises(InputError):  # its log lies beside it
            store.backup(other.beside, overwrite=True)
        other.write_now(lambda db: None)
    with Store.open(tmp_path / "third.db") as third, pytest.raises(StoreLockedError):
        third.beside.with_name("third.db-wal").write_bytes(b"")
        store.backup(third.beside, overwrite=True)


def test_what_cannot_be_finished_leaves_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(done: int, pages: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.backup(tmp_path / "copy.db", progress=interrupted)
    monkeypatch.setattr(backups.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1_000})())
    with pytest.raises(OperatorError, match="MB free"):
        store.backup(tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


def test_two_at_once_make_one_file_and_one_refusal(store: Store, tmp_path: Path) -> None:
    """The second to end finds the first's file: neither wrote into the other's."""
    target = tmp_path / "copy.db"
    refused: list[Exception] = []

    def other() -> None:
        try:
            with Store.open_readonly(store.beside) as beside:
                beside.backup(target)
        except InputError as error:
            refused.append(error)

    thread = threading.Thread(target=other)

    def once(done: int, pages: int) -> None:
        if thread.ident is None:
            thread.start()
            thread.join()

    with pytest.raises(InputError, match="exists already"):
        store.backup(target, progress=once)
    assert not refused
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_command(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "copy.db"
    assert run(["db", "backup", str(target), "--store", str(store.beside)]) == 0
    assert target.is_file() and capsys.readouterr().out == ""
    assert run(["db", "backup", str(target), "--store", str(store.beside)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert run(["db", "backup", str(target), "--overwrite", "--store", str(store.beside)]) == 0
