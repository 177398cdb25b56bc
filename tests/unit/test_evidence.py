"""What a person is told: what is new, what was denied, where the time went, what it was measured by."""

from __future__ import annotations

from dataclasses import replace

from monitor.fold import Fold
from monitor.instrument import Instrument
from monitor.memory import FoldSettings
from monitor.records import Alert
from tests.builders import NOON, article, prepared
from tests.unit.test_fold import SETTINGS, bad, quiet, warmed

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
    elsewhere = article("d:2", "Calder denies talk of merger", at=now, publisher="d.example", scope="general")
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
    assert measured(replace(SETTINGS, endpoints=("desk",), labels={"market": "Everything"})) == plain
    stricter = measured(replace(SETTINGS, detection=replace(SETTINGS.detection, false_pages_per_day=2.0)))
    assert stricter[1] != plain[1] and stricter[2] == plain[2]
    other = measured(replace(SETTINGS, instrument=Instrument("b" * 16, "w", 500_000)))
    assert other[0] == "b" * 16 and other[1:] == plain[1:]
    longer = measured(SETTINGS, hours=60)
    assert longer[:2] == plain[:2] and longer[2] != plain[2]
