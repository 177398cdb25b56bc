"""What a person is told: what is new, what was denied, where the time went, what it was measured by."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from monitor.alerts.routes import Endpoint
from monitor.fold import Fold
from monitor.instrument import Instrument
from monitor.memory import FoldSettings
from monitor.records import Alert, Scope
from monitor.replay.explain import recompute
from monitor.restore import restore
from monitor.storage.evidence_query import denials
from monitor.storage.store import Store
from tests.builders import NOON, article, prepared
from tests.postgresql import Place
from tests.unit.test_fold import SETTINGS, TITLES, bad, quiet, warmed

SECONDS = 1_000


def alerts(fold: Fold, series: str = "market") -> list[Alert]:
    return [alert for alert in fold.take().effects.alerts if alert.body["series"] == series]


def test_the_ledger_says_where_the_time_went_from_the_article_that_tipped_it() -> None:
    fold, now = warmed()
    fold.take()
    for index in range(5):
        item = bad(index, now + index, "ab"[index % 2] + ".example", received_at=now + 20 * SECONDS)
        fold.article(replace(item, scored_at=now + 21 * SECONDS), now + 22 * SECONDS)
    (firing,) = alerts(fold)
    ledger = firing.body["ledger"]
    assert ledger["published_at"] <= ledger["received_at"] < ledger["scored_at"] < ledger["committed_at"]
    assert ledger["detected_at"] == ledger["committed_at"] == "2023-11-17T12:00:22.000Z"
    quiet(fold, now + 60 * SECONDS, 9)
    *_, resolved = alerts(fold)
    assert resolved.status == "resolved"
    assert {name for name, at in resolved.body["ledger"].items() if at} == {"detected_at"}


def test_an_update_marks_what_is_new_and_counts_it() -> None:
    fold, now = warmed()
    fold.take()
    for index in range(3):
        fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
    (firing,) = alerts(fold)
    assert firing.body["new_stories"] == 0 and not any(h["new"] for h in firing.body["headlines"])
    words = ("quarry", "ferry", "tunnel", "harvest", "bridge", "orchard")
    for number, word in enumerate(words):
        title = f"{word.title()} number {number} shuts as {word} workers {word} away"
        item = article(f"c:{number}", title, at=now + 10 + number, publisher="c.example")
        fold.article(prepared(item, negative=0.8), 0)
    updates = alerts(fold)
    assert updates and all(update.status.startswith("update") for update in updates)
    assert sum(update.body["new_stories"] for update in updates) == updates[-1].body["n"] - firing.body["n"]
    told = {h["title"]: h["new"] for update in updates for h in update.body["headlines"] if h["new"]}
    assert len(told) == updates[-1].body["n"] - firing.body["n"]
    low, high = updates[-1].body["band"]
    assert low <= updates[-1].body["expected"] <= high + 1 < updates[-1].body["n"]


def test_a_denial_is_shown_beside_the_surge() -> None:
    fold, now = warmed()
    denial = article("d:1", "Harrow Bank denies report of withdrawals", at=now, publisher="d.example")
    fold.article(prepared(denial, negative=0.9), 0)
    elsewhere = article("d:2", "Calder denies talk of merger", at=now, publisher="d.example", scope=Scope.GENERAL)
    fold.article(prepared(elsewhere, negative=0.9), 0)
    for index in range(5):
        fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
    (firing,) = alerts(fold)
    assert [d["title"] for d in firing.body["denials"]] == ["Harrow Bank denies report of withdrawals"]
    assert all("denies" not in h["title"] for h in firing.body["headlines"])


def test_an_alert_names_what_it_was_measured_with() -> None:
    def measured(settings: FoldSettings, hours: int = 48) -> tuple[str, str, str]:
        fold = Fold(settings)
        now = quiet(fold, NOON, hours)
        for index in range(5):
            fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
        body = alerts(fold)[0].body
        return body["model"], body["configuration"], body["baseline"]

    plain = measured(SETTINGS)
    assert measured(replace(SETTINGS, endpoints=(Endpoint("desk"),), labels={"market": "Everything"})) == plain
    stricter = measured(replace(SETTINGS, detection=replace(SETTINGS.detection, false_pages_per_day=2.0)))
    assert stricter[1] != plain[1] and stricter[2] == plain[2]
    other = measured(replace(SETTINGS, instrument=Instrument("b" * 16, "w", 500_000)))
    assert other[0] == "b" * 16 and other[1:] == plain[1:]
    longer = measured(SETTINGS, hours=60)
    assert longer[:2] == plain[:2] and longer[2] != plain[2]


@pytest.fixture
def paged(place: Place) -> tuple[str, str]:
    """A store with an alert of long ago, and the alert's id."""
    path = place("paged")
    fold, now = warmed()
    with Store.open(path) as store:
        for index in range(5):
            fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
        folded = fold.take()
        store.commit(folded.effects)
        quiet(fold, now + 60 * SECONDS, 48)
        store.commit(fold.take().effects)
    return path, folded.opened[0].id


def explained(
    path: str, alert: str, settings: FoldSettings = SETTINGS, *, pinned_only: bool = False
) -> tuple[list[str], bool]:
    with closing(Store.open_readonly(path)) as store:
        report, well = recompute(store, settings, alert, pinned_only=pinned_only)
        return report["differs"], well


def altered(path: str, statement: str, **values: object) -> None:
    """Past the daemon, as somebody with the database's own tools would."""

    def work(db: Connection) -> None:
        assert db.execute(text(statement), values).rowcount == 1

    with Store.open(path) as store:
        store.write_now(work)


def test_an_altered_score_and_an_altered_bucket_are_both_named(paged: tuple[str, str]) -> None:
    path, alert = paged
    assert explained(path, alert) == ([], True)
    with Store.open_readonly(path) as store, store.reader() as db:
        seq = db.execute(text("SELECT seq FROM articles WHERE title = :title"), {"title": TITLES[2]}).scalar_one()
        minute = db.execute(text("SELECT minute FROM buckets WHERE series = 'market' AND negative > 0")).scalar_one()
    altered(path, "UPDATE scores SET negative = 940000, neutral = neutral + 10000 WHERE article_seq = :seq", seq=seq)
    fewer = "UPDATE buckets SET live_negative = live_negative - 1 WHERE series = 'market' AND minute = :at"
    altered(path, fewer, at=minute)
    differs, well = explained(path, alert)
    assert not well
    (score,) = [line for line in differs if line.startswith("score")]
    assert TITLES[2] in score and "0.950000" in score and "0.940000" in score
    (bucket,) = [line for line in differs if line.startswith("bucket")]
    assert "2023-11-17T12:00:00Z" in bucket and "live 5 and 4" in bucket and "live 5 and 5" in bucket


def test_a_score_that_no_longer_calls_it_bad_changes_n(paged: tuple[str, str]) -> None:
    path, alert = paged
    which = "article_seq = (SELECT seq FROM articles WHERE title = :title)"
    altered(path, f"UPDATE scores SET negative = 1, neutral = neutral + 949999 WHERE {which}", title=TITLES[2])
    differs, well = explained(path, alert)
    assert not well and "n: stored 3, its articles as the store has them give 2" in differs
    assert any(line.startswith("story ") and "not bad" in line for line in differs)
    assert differs[-1].startswith("the articles before it do not open this alert again")
    quick, _ = explained(path, alert, pinned_only=True)
    assert quick == differs[:-1]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE articles SET publisher = 'z.example' WHERE title = :title", "its text, times, publisher or standing"),
        ("UPDATE articles SET published_at = published_at - 1 WHERE title = :title", "its text, times, publisher"),
        ("DELETE FROM articles WHERE title = :title", "it is gone from the store"),
    ],
)
def test_an_altered_or_missing_article_is_named(paged: tuple[str, str], statement: str, named: str) -> None:
    path, alert = paged
    altered(path, statement, title=TITLES[1])
    differs, well = explained(path, alert)
    assert not well and any(named in line for line in differs)


def test_another_configuration_is_named_before_what_follows_from_it(paged: tuple[str, str]) -> None:
    path, alert = paged
    other = replace(SETTINGS, detection=replace(SETTINGS.detection, min_stories=4))
    differs, well = explained(path, alert, other)
    assert not well and differs[0].startswith("configuration: the alert was made with")


def test_the_document_names_every_field_of_a_body_and_no_other() -> None:
    fold, now = warmed()
    for index in range(5):
        fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
    body = alerts(fold)[0].body
    documented = (Path(__file__).parents[2] / "docs/alerts.md").read_text("utf-8")
    table = documented.partition("## The body")[2].partition("\n## ")[0]
    named = {
        name for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert named == {*body, "blind"}
    (row,) = [line for line in table.splitlines() if line.startswith("| `headlines`")]
    assert set(body["headlines"][0]) == set(re.findall(r"[a-z_]+", row.partition("first: ")[2]))


def test_the_page_shows_denials_of_the_series_and_of_no_other(paged: tuple[str, str]) -> None:
    path, _ = paged
    with Store.open(path) as store:
        fold = Fold(SETTINGS, restore(store, SETTINGS))
        now = fold.memory.now
        texts = ["Harrow Bank denies report of withdrawals", "Calder denies talk of a merger", "Harrow opens a branch"]
        for number, title in enumerate(texts):
            scope = Scope.GENERAL if number == 1 else Scope.FINANCE  # the first feeds no series
            item = article(f"d:{number}", title, at=now + number, publisher="d.example", scope=scope)
            fold.article(prepared(item), 0)
        store.commit(fold.take().effects)
        found = store.read(denials, "market", now - 1, now + 10, 5)
        assert [(turn.text, turn.publisher) for turn in found] == [(texts[0], "d.example")]
        assert store.read(denials, "market", now + 1, now + 10, 5) == []
