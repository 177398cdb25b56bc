"""What the benches of injected shocks are made of: swapped names, offsets, intervals, forks."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks.replayed import TEACH_MS, Replayed, near
from benchmarks.rivals import NOW, delay, gain
from benchmarks.swaps import Donor, Shock, known_as, offsets, retold, surge_offsets, swapped
from benchmarks.texts import forked, merged, suffer, wilson
from monitor.delivery import Delivery
from monitor.detection.fit import Fit, SeriesFit
from monitor.ingest.watchlist import Alias, Entity, Need
from monitor.memory import FoldSettings
from monitor.records import HOUR_MS, MINUTE_MS, Prepared, Tick
from tests.builders import NOON, article, company, prepared


def told(title: str, lead: str = "", *, received_at: int = 0) -> Prepared:
    return prepared(article("a", title, summary=lead, at=received_at))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Ford cuts jobs", "Boeing cuts jobs"),
        ("Why Ford's shares fell, and Ford-made cars", "Why Boeing's shares fell, and Boeing-made cars"),
        ("Fordham, Oxford, Clifford", "Fordham, Oxford, Clifford"),
    ],
)
def test_a_name_is_swapped_where_it_stands_as_a_word(text: str, after: str) -> None:
    assert swapped(text, "Ford", "Boeing") == after


def test_a_name_to_swap_is_no_pattern_and_neither_is_the_other() -> None:
    assert swapped("A+B. falls; A+B. again; AAB.", "A+B.", r"\1 & Co") == r"\1 & Co falls; \1 & Co again; AAB."


def test_a_headline_is_told_of_another_company_throughout() -> None:
    donor = Donor(told("Shares: Ford sinks as Ford cuts", "Ford Motor said so."), "us.f", 8, 12)
    assert retold(donor, "Boeing") == ("Shares: Boeing sinks as Boeing cuts", "Boeing Motor said so.")


def test_a_lead_that_does_not_name_the_company_is_left_out() -> None:
    donor = Donor(told("Ford sinks", "The maker of cars said so."), "us.f", 0, 4)
    assert retold(donor, "Boeing") == ("Boeing sinks", "")


def test_a_target_is_called_by_a_name_that_needs_nothing_beside_it() -> None:
    shell = Entity(
        "gb.shel", "Shell", "company", aliases=(Alias("Shell", Need.CAPITAL), Alias("Royal Dutch", surname=True))
    )
    assert known_as(shell) == "Shell"  # none is certain
    assert known_as(Entity("us.x", "X Corp", "company", aliases=(Alias("Xco"), Alias("X Corp")))) == "X Corp"
    assert known_as(Entity("us.x", "X Corp", "company", aliases=(Alias("X Corp", Need.CONTEXT), Alias("Xco")))) == "Xco"


def test_offsets_come_from_surges_of_three_and_more() -> None:
    minutes = [[0, 10, 50, 61, 70], [0, 30], [200, 5, 40, 30]]
    times = [[m * MINUTE_MS for m in own] for own in minutes]
    assert surge_offsets(times, HOUR_MS).tolist() == [10, 50, 25, 35]


def test_a_shock_begins_at_once_and_keeps_to_the_offsets_of_the_archive() -> None:
    pool = np.array([5.0, 7.0, 59.0])
    found = offsets(pool, 10, np.random.default_rng(1))
    assert len(found) == 10 and found[0] == 0 and set(found[1:].tolist()) <= {5, 7, 59}
    assert found.tolist() == sorted(found.tolist())
    assert offsets(pool, 0, np.random.default_rng(1)).tolist() == []


@pytest.mark.parametrize(("found", "of"), [(0, 10), (3, 10), (10, 10), (57, 60)])
def test_wilsons_interval_is_scipys(found: int, of: int) -> None:
    theirs = binomtest(found, of).proportion_ci(method="wilson")
    assert wilson(found, of) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_of_nothing_wilsons_interval_is_everything() -> None:
    assert wilson(0, 0) == (0, 1)


def test_a_headline_comes_before_the_first_later_tick() -> None:
    ticks = [Delivery(Tick(m * MINUTE_MS)) for m in (1, 2, 3)]
    own = Delivery(told("of the archive", received_at=MINUTE_MS + 1))
    late, early = told("late", received_at=2 * MINUTE_MS), told("early", received_at=MINUTE_MS)
    records = [d.record for d in merged([ticks[0], own, *ticks[1:]], [late, early])]
    assert records == [ticks[0].record, own.record, early, ticks[1].record, late, ticks[2].record]


def test_what_a_fork_does_to_the_state_is_lost() -> None:
    state = [1]

    def work() -> list[int]:
        state.append(2)
        return state

    assert forked(work) == [1, 2]
    assert state == [1]


@pytest.mark.slow
def test_a_shock_is_counted_in_a_fork_and_leaves_the_replay_as_it_was() -> None:
    replayed = Replayed(FoldSettings(trial_ms=10**15), lambda fit: ())  # its source is first heard after a month
    ticks = [Delivery(Tick(NOON - NOON % MINUTE_MS + m * MINUTE_MS)) for m in range(-TEACH_MS // MINUTE_MS, 361)]
    begin = -361 + len(ticks)
    at = ticks[begin].record.at  # type: ignore[union-attr]
    replayed.take(ticks[: begin + 1])
    before = repr(replayed.fold.memory.detector.contents())
    titles = (
        "Boeing fined over jet fasteners",
        "Boeing strike halts Seattle plant",
        "Regulator grounds Boeing freighter",
    )
    items = [article(f"shock:{i}", title, at=at + 10 * i * MINUTE_MS) for i, title in enumerate(titles)]
    added = [
        prepared(items[0], company("us.ba"), negative=0.9),
        prepared(items[1], company("us.ba"), negative=0.2),  # the model thinks otherwise
        prepared(items[2], negative=0.9),  # the matcher does not know it
    ]
    shock = Shock("entity:us.ba", 0, 0, at, "+3", 1, tuple(items))
    found = forked(partial(suffer, replayed, shock, added, ticks[begin + 1 :]))
    assert (found.named, found.negative, found.counted) == (2, 1, 1)
    assert [row[0] for row in found.looks] == [1] * 11 + [0] * 61
    assert (found.page, replayed.now) == (math.inf, at)
    assert repr(replayed.fold.memory.detector.contents()) == before


def test_the_nearest_series_stand_in_where_none_is_near() -> None:
    rates = {"a": 0.5, "b": 0.11, "c": 0.05, "d": 2.7}
    fit = Fit(0, 0, {}, {name: SeriesFit(rate, 1.0, 0.0, 0, 0) for name, rate in rates.items()})
    assert near(fit, 0.3, rates) == ["a"]
    assert near(fit, 0.3, rates, least=2) == ["a", "b"]
    assert near(fit, 1.3, rates) == ["d", "a"]
    assert near(fit, 20, rates) == []


def test_a_delay_is_that_of_the_first_look_over_the_threshold() -> None:
    score = np.zeros(len(NOW))
    assert delay(score, 1.0) == math.inf
    score[3:] = 1
    assert delay(score, 1.0) == 20


def test_one_series_gives_no_interval() -> None:
    rng = np.random.default_rng(0)
    assert gain([[5.0, math.inf]], [[math.inf, math.inf]], rng) == "+0.50 (one series)"
    assert gain([[5.0], []], [[5.0], []], rng) == "+0.00 (one series)"
    assert gain([[]], [[]], rng) == "-"
