"""What answers come to: the latest mark counts, and a rule's precision says how little a few marks prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry
from scipy.stats import binomtest

from monitor.detection.precision import precision_of_rules, wilson
from monitor.errors import InputError, NotThereError
from monitor.records import DAY_MS
from monitor.storage import queries
from monitor.storage.answers import LINKED_MOST, AlertState, AnswerRow, add_answer, answers_of, marked_pages, state_of
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.fakes_desk import told
from tests.postgresql import Place
from tests.store_samples import NOON, spike_row


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store.open(place("b")) as opened:
        yield opened


def answer(store: Store, alert: str, kind: str, value: str = "", who: str = "ann") -> None:
    store.write_now(lambda db: add_answer(db, alert, AnswerRow(kind, value, who, NOON, "cli")))


def test_answers_are_only_added_and_the_latest_of_a_kind_counts(store: Store) -> None:
    alert = told(store)
    for kind, value, who in (
        ("mark", "false", "ann"), ("acknowledge", "", "ann"), ("assign", "bo", "ann"), ("mark", "late", "bo"),
        ("note", "was known at noon", "bo"), ("acknowledge", "", "cy"),
    ):  # fmt: skip
        answer(store, alert, kind, value, who)
    given = store.read(answers_of, [alert, "market@9#ab"])
    assert [row.kind for row in given.pop(alert)] == ["mark", "acknowledge", "assign", "mark", "note", "acknowledge"]
    assert given == {}
    state = state_of(store.read(answers_of, [alert])[alert])
    assert state == AlertState("cy", NOON, "bo", "late")
    assert state_of([]) == AlertState()


def test_an_alert_that_was_never_told_cannot_be_answered(store: Store) -> None:
    store.commit(Effects(spikes=[spike_row(5)]))  # a spike below another's page: no alert of its own
    with pytest.raises(NotThereError):
        answer(store, spike_row(5).spike.id, "mark", "true")


def test_a_link_that_leaked_cannot_fill_the_store_nor_keep_the_desk_from_answering(store: Store) -> None:
    alert = told(store)
    for _ in range(LINKED_MOST):
        store.write_now(lambda db: add_answer(db, alert, AnswerRow("mark", "true", "", NOON, "link")))
    with pytest.raises(InputError, match="100 answers by link"):
        store.write_now(lambda db: add_answer(db, alert, AnswerRow("mark", "true", "", NOON, "link")))
    answer(store, alert, "mark", "false")
    assert state_of(store.read(answers_of, [alert])[alert]).mark == "false"


def test_pages_are_counted_by_their_latest_mark_and_only_those_of_the_period(store: Store) -> None:
    one, two, three = (told(store, n, series=s) for n, s in ((1, "market"), (2, "entity:us.x"), (3, "entity:us.y")))
    headed = replace(spike_row(4).spike, headed_by=one)
    store.commit(Effects(spikes=[replace(spike_row(4), spike=headed)]))
    answer(store, one, "mark", "true")
    answer(store, two, "mark", "true")
    answer(store, two, "mark", "false")
    answer(store, three, "note", "false")
    assert store.read(queries.pages_opened, NOON) == {
        ("warning", "true"): 1,
        ("warning", "false"): 1,
        ("warning", "unmarked"): 1,
    }
    assert store.read(marked_pages, NOON) == {"market": {"true": 1}, "entity:us.x": {"false": 1}}
    assert store.read(marked_pages, NOON + 28 * DAY_MS) == {}


@pytest.mark.parametrize(("real", "marked"), [(0, 1), (1, 1), (0, 7), (7, 7), (3, 9), (49, 50), (500, 1_000)])
def test_the_interval_is_the_one_of_scipy(real: int, marked: int) -> None:
    wanted = binomtest(real, marked).proportion_ci(0.95, method="wilson")
    assert wilson(real, marked) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_a_late_page_was_real_and_rules_are_classes_of_series() -> None:
    found = precision_of_rules(
        {"entity:us.x": {"true": 2, "late": 1}, "entity:us.y": {"false": 1}, "market": {"false": 2}, "watch:a:b": {}}
    )
    assert {rule: (of.real, of.marked, of.precision) for rule, of in found.items()} == {
        "entity": (3, 4, 0.75),
        "market": (0, 2, 0.0),
    }


def test_a_rule_whose_marks_are_gone_is_gone_from_the_scrape() -> None:
    """A precision that nobody has given any more must not stand on a dashboard for ever."""
    metrics = Metrics(CollectorRegistry())
    assert b"bearwatch_precision{" not in metrics.render()
    metrics.health.show_precision({"entity": (0.75, 0.3, 0.95), "market": (1.0, 0.2, 1.0)})
    assert b'bearwatch_precision_low{rule="entity"} 0.3' in metrics.render()
    metrics.health.show_precision({"market": (1.0, 0.2, 1.0)})
    assert b'rule="entity"' not in metrics.render() and b'bearwatch_precision{rule="market"} 1.0' in metrics.render()
