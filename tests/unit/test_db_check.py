"""`db check` names what is wrong with a store: each kind of damage is done once, and found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.cli import run
from monitor.replay.check import violations
from monitor.storage.store import Store
from tests.months import SETTINGS, lived_through
from tests.postgresql import Place

pytestmark = pytest.mark.slow

LOSE_A_TICK = "DELETE FROM ticks WHERE seq = (SELECT seq FROM ticks ORDER BY seq DESC LIMIT 1 OFFSET 20)"
DAMAGES = [
    (LOSE_A_TICK, "sequence: 1 numbers are not there"),
    (LOSE_A_TICK, "are missing"),
    ("UPDATE ticks SET seq = (SELECT max(seq) FROM articles) WHERE seq = 1", "is given twice"),
    ("DELETE FROM stories WHERE first_seq = "
     "(SELECT min(first_seq) FROM stories WHERE copies = 0 AND first_seq > 100)",
     "the story of an article is not there"),
    ("DELETE FROM articles WHERE seq = (SELECT min(seq) FROM articles WHERE role = 'new')",
     "the first article of a story is not there"),
    ("DELETE FROM articles WHERE seq = (SELECT min(seq) FROM articles WHERE role = 'copy')", "articles by its row"),
    ("INSERT INTO scores SELECT 999999, read_from, read_until, ordinal, target, negative, neutral, positive, topics, "
     "model FROM scores LIMIT 1", "the article of a score is not there: 999999"),
    ("DELETE FROM pins WHERE alert_id = (SELECT id FROM spikes LIMIT 1)", "the pin of a spike is not there"),
    ("DELETE FROM pinned_articles WHERE alert_id = (SELECT min(id) FROM spikes)", "which it stands on, is pinned"),
    ("DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox WHERE id LIKE '%:resolved:desk')",
     "was told before and after it"),
    ("UPDATE outbox SET body = body || ' ' WHERE id = (SELECT min(id) FROM outbox)", "is not what the alert says"),
    ("DELETE FROM alerts WHERE id = (SELECT min(id) FROM alerts)", "there is no such alert"),
    ("UPDATE buckets SET negative = negative + 1 WHERE minute = (SELECT max(minute) FROM buckets)", "its stories give"),
    ("DELETE FROM buckets WHERE minute = (SELECT min(minute) FROM buckets)", "its stories give"),
    ("UPDATE scores SET negative = 900000, positive = 0 WHERE negative < 200000", "put it in different places"),
    ("DELETE FROM story_series WHERE series = 'market' AND unit_id = (SELECT min(unit_id) FROM story_series "
     "WHERE series = 'market')", "put it in different places"),
    ("UPDATE articles SET title = 'other' WHERE seq = (SELECT min(article_seq) FROM pinned_articles)", "that counted"),
]  # fmt: skip


@pytest.fixture(scope="module")
def days(places: Place) -> Place:
    lived_through(places("days"), 9, surges={3, 7})
    return places


def found(path: str) -> list[str]:
    with Store.open_readonly(path) as store, store.reader() as db:
        return list(violations(store, db, SETTINGS.longest_story_ms))


def test_a_store_that_was_lived_through_is_well(days: Place) -> None:
    assert found(days("days")) == []


@pytest.mark.parametrize(("damage", "told"), DAMAGES)
def test_damage_is_named(days: Place, damage: str, told: str) -> None:
    path = days.copied("days", "b")
    assert days.execute("b", damage) > 0
    lines = found(path)
    assert any(told in line for line in lines), lines
    assert all("\n" not in line for line in lines) and len(lines) < 200


def test_the_command_prints_a_line_for_each_and_exits_with_1(days: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = days.copied("days", "b")
    assert run(["db", "check", "--store", path]) == 0
    assert capsys.readouterr().out == ""
    days.execute("b", LOSE_A_TICK)
    assert run(["db", "check", "--store", path]) == 1
    assert "sequence: " in capsys.readouterr().out


def test_a_store_that_is_not_there_is_wrong_input(tmp_path: Path) -> None:
    assert run(["db", "check", "--store", str(tmp_path / "none.db")]) == 2


def test_a_page_that_was_overwritten_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    lived_through(path, 2, surges=set())
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_ticks_at'").fetchone()
    with path.open("r+b") as file:
        file.seek(page * 4_096 - 300)  # cells grow from a page's end
        file.write(b"\xff" * 300)
    assert any(line.startswith("the file: ") for line in found(str(path)))
