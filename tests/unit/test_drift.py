"""Drift: said where news or answers moved, and not where chance alone would say so."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from scipy.stats import chi2

from monitor.detection.drift import ALL, DAYS_NOW, Profile, drift, enough, profile_of, psi, split
from monitor.drift import DriftWatch, parsed
from monitor.records import DAY_MS, Score
from monitor.storage import schema
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.store_samples import NOON, article_row

TODAY = NOON // DAY_MS + 1
MODEL = article_row(1).prepared.scores[0].model


def test_psi_is_the_symmetric_divergence_of_both_shares() -> None:
    reference, now = Counter(a=300, b=600, c=100), Counter(a=400, b=400, c=200)
    p, q = np.array([300.5, 600.5, 100.5]) / 1001.5, np.array([400.5, 400.5, 200.5]) / 1001.5
    both_ways = float((p * np.log(p / q)).sum() + (q * np.log(q / p)).sum())
    assert psi(reference, now) == pytest.approx(both_ways) == pytest.approx(psi(now, reference))


@pytest.mark.parametrize("bins", [2, 3, 8, 20])
def test_two_samples_of_one_population_seem_to_differ_at_most_once_in_some_hundred_times(bins: int) -> None:
    """As few as are enough, with even shares: what chance makes of it stays below what is shown as no change."""
    rng = np.random.default_rng(bins)
    n = next(n for n in range(1, 10_000) if enough(bins, n, n))
    assert n == pytest.approx(chi2.isf(0.001, bins - 1) * 2 / 0.1, rel=0.05)

    def sample() -> Counter[str]:
        return Counter({str(i): int(c) for i, c in enumerate(rng.multinomial(n, [1 / bins] * bins))})

    assert sum(psi(sample(), sample()) > 0.1 for _ in range(2_000)) <= 10


def test_headlines_count_by_length_confidence_label_and_topic() -> None:
    bad = Score(900_000, 60_000, 40_000, (("Macro", 700_000), ("Fed", 300_000)), "m")
    calm = Score(100_000, 500_000, 400_000, (), "m")
    found = profile_of([("x" * 45, bad), ("y" * 200, calm)], 500_000)
    assert found.counts["label"] == {ALL: Counter(negative=1, neutral=1), "Macro": Counter(negative=1)}
    assert found.counts["topic"] == {ALL: Counter(Macro=1)}
    assert found.counts["confidence"][ALL] == Counter({"4": 1, "0": 1})
    assert found.counts["length"] == {ALL: Counter({"3": 1, "10": 1}), "Macro": Counter({"3": 1})}
    assert parsed(found.counts) == found


def test_too_few_say_nothing() -> None:
    few, many = Profile(), Profile()
    for profile, times in ((few, 50), (many, 500)):
        for _ in range(times):
            profile.add("a headline", Score(900_000, 60_000, 40_000, (), "m"), 500_000)
            profile.add("another", Score(10_000, 960_000, 30_000, (), "m"), 500_000)
    assert drift(few, few) == {}
    assert drift(many, many)["label", ALL] == pytest.approx(0)


@pytest.mark.parametrize(
    ("days", "before", "now"),
    [
        (range(0), 0, 0),
        (range(TODAY - 13, TODAY + 1), 0, 0),  # six and a week
        (range(TODAY - 14, TODAY + 1), 7, 7),
        (range(TODAY - 90, TODAY), 28, 7),
        ([*range(TODAY - 90, TODAY - 60), TODAY - 2], 28, 1),
    ],
)
def test_the_last_week_is_compared_with_the_first_four(days: Sequence[int], before: int, now: int) -> None:
    reference, week = split(days, TODAY)
    assert (len(reference), len(week)) == (before, now)
    assert not week or max(reference) < TODAY - DAYS_NOW <= min(week) < TODAY
    assert not reference or reference[0] == days[0]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "b.db") as opened:
        yield opened


def fill(store: Store, day: int, count: int, negative: int) -> None:
    """So many articles of that day, one in ten with P(neg) 0.8 and the others with this."""
    first = day * 10_000
    rows = [article_row(first + i, at=day * DAY_MS + i, negative=negative if i % 10 else 800_000) for i in range(count)]
    store.commit(Effects(articles=rows, stories=[]))


def shown(metrics: Metrics) -> dict[tuple[str, str, str], float]:
    (family,) = metrics.model.drift.psi.collect()
    return {(s.labels["of"], s.labels["topic"], s.labels["reference"]): s.value for s in family.samples}


def test_a_week_of_other_answers_shows_against_the_first_weeks_and_outlives_the_articles(store: Store) -> None:
    for day in range(TODAY - 21, TODAY - 7):
        fill(store, day, 60, 100_000)
    for day in range(TODAY - 7, TODAY + 1):
        fill(store, day, 60, 100_000)
    metrics = Metrics(CollectorRegistry())
    watch = DriftWatch(store, metrics.model.drift, model=MODEL, tau=0.5, card=None, clock=lambda: NOON)
    asyncio.run(watch.look(TODAY))
    assert shown(metrics)["label", ALL, "own"] == pytest.approx(0, abs=1e-3)

    # Two weeks later: the articles of the first weeks are gone, the answers are others.
    store.write_now(lambda db: db.execute(schema.articles.delete()))
    for day in range(TODAY + 7, TODAY + 14):
        fill(store, day, 60, 700_000)
    asyncio.run(watch.look(TODAY + 14))
    assert shown(metrics)["label", ALL, "own"] > 1
    # The week is over, and nothing came: nothing is said.
    asyncio.run(watch.look(TODAY + 40))
    assert shown(metrics) == {}


def test_another_models_days_are_its_own(store: Store) -> None:
    for day in range(TODAY - 21, TODAY):
        fill(store, day, 60, 100_000)
    metrics = Metrics(CollectorRegistry())
    watch = DriftWatch(store, metrics.model.drift, model="another", tau=0.5, card=None, clock=lambda: NOON)
    asyncio.run(watch.look(TODAY))
    assert shown(metrics) == {}


def test_the_card_is_a_reference_from_the_first_day_on(store: Store) -> None:
    fill(store, TODAY - 1, 500, 100_000)
    card = Profile()
    for _ in range(500):
        card.add("x" * 300, Score(900_000, 60_000, 40_000, (), "m"), 500_000)
        card.add("x" * 10, Score(10_000, 960_000, 30_000, (), "m"), 500_000)
    metrics = Metrics(CollectorRegistry())
    watch = DriftWatch(store, metrics.model.drift, model=MODEL, tau=0.5, card=card.counts, clock=lambda: NOON)
    asyncio.run(watch.look(TODAY))
    assert shown(metrics)["label", ALL, "card"] > 0.25
