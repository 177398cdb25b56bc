"""Everything by series: the cumulative sum, gaps in the clock, and the budget's promise on quiet news."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchmarks.budget import kept
from benchmarks.null import START, World, draw
from monitor.aggregation.placement import Placement
from monitor.detection.baseline import Prediction
from monitor.detection.budget import threshold
from monitor.detection.cusum import BIN_MS, KAPPA, Run, end_bin, log_ratio
from monitor.detection.detector import Detector
from monitor.detection.spikes import DetectionSettings, OpenSpike
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket, Standing, Story, Tick

HOURLY = Prediction(2.0, 0.0, 50.0, 25.0, 1.0, 1.0, 0.0, 0.3, 0.1, 600)


@pytest.mark.parametrize("n", [0, 1, 4, 30])
@pytest.mark.parametrize(("mean", "dispersion"), [(0.01, 5.0), (0.5, 0.4), (8.0, 0.1)])
def test_the_sums_step_is_the_likelihood_ratio_of_scipys_negative_binomials(
    n: int, mean: float, dispersion: float
) -> None:
    def log_pmf(m: float) -> float:
        return float(stats.nbinom.logpmf(n, 1 / dispersion, 1 / (1 + m * dispersion)))

    assert log_ratio(n, mean, dispersion) == pytest.approx(log_pmf(KAPPA * mean) - log_pmf(mean), abs=1e-9)


def test_a_run_begins_above_zero_adds_up_and_ends_at_zero() -> None:
    first = end_bin(Run(pending=("a", "b", "c"), bin_stories=5), HOURLY, START + BIN_MS)
    assert (first.n, first.stories, first.since, first.evidence) == (3, 5, START, ("a", "b", "c"))
    assert first.expected == pytest.approx(0.5) and first.c > 0
    second = end_bin(replace(first, pending=("d",), bin_stories=1), HOURLY, START + 2 * BIN_MS)
    assert (second.n, second.stories, second.since) == (4, 6, START)
    assert second.expected == pytest.approx(1.0)
    silent = second
    for number in range(3, 99):
        silent = end_bin(silent, HOURLY, START + number * BIN_MS)
    assert silent == Run() and silent.empty


def test_a_bin_after_a_gap_is_held_against_the_news_of_the_gap() -> None:
    flood = Run(pending=tuple("abcde"), bin_stories=9)
    assert end_bin(flood, HOURLY, START + BIN_MS).c > 2
    assert end_bin(flood, HOURLY, START + BIN_MS, gap_ms=2 * HOUR_MS).c < 1


class Newsroom:
    """A detector of two series that was taught four stories an hour, one of them bad, for 28 days."""

    def __init__(self, rate: int = 1) -> None:
        self.told: dict[str, Story] = {}
        self.detector = Detector(DetectionSettings(), "UTC", lambda ids: [self.told[i] for i in ids if i in self.told])
        counts = self.detector.baseline.counts
        for hour in range(28 * 24):
            counts.observe(START // HOUR_MS + hour, live=True)
            counts.count(Bucket("entity:a", START // MINUTE_MS + 60 * hour, stories=4 * rate, negative=rate))
            counts.count(Bucket("market", START // MINUTE_MS + 60 * hour, stories=40, negative=rate))
        self.now = START + 28 * 24 * HOUR_MS
        self.detector.tick(Tick(self.now))

    def story(self, *, negative: bool, at: int | None = None) -> None:
        number = len(self.told)
        at = self.now if at is None else at
        who = f"p{number % 5}"
        told = Story(f"s{number}", 0, at, at, who, "", "", "", 0, (who,), (), None, tellings=(("", who),))
        self.told[told.id] = told
        placement = Placement(told.id, told.id, "entity:a", at, told.id, Standing.LIVE, who, 0)
        if negative:
            placement = replace(placement, negative_at=at, negative_key=told.id, negative_standing=Standing.LIVE)
        self.detector.place(None, placement)
        self.detector.judge()

    def minutes(self, count: int) -> None:
        for _ in range(count):
            self.now += MINUTE_MS
            self.detector.tick(Tick(self.now))

    def told_people(self) -> list[tuple[str, str]]:
        return [(held.spike.by, status) for held, status in self.detector.transitions()]


def hours(room: Newsroom, count: int, negative: int) -> Iterator[list[tuple[str, str]]]:
    """`count` hours with so many bad stories each, and three dull ones."""
    for _ in range(count):
        for minute in range(60):
            if minute % 60 < negative:
                room.story(negative=True)
            if minute in {10, 30, 50}:
                room.story(negative=False)
            room.minutes(1)
        yield room.told_people()


def test_a_rate_that_stays_raised_is_found_by_the_sum_where_no_window_stands_out() -> None:
    room = Newsroom()
    found = [told for hour in hours(room, 60, 2) for told in hour]
    assert found[0] == ("cusum", "firing")
    spike = room.detector.open_spikes["entity:a"].spike
    assert spike.cusum >= spike.cusum_threshold and spike.surprise < spike.threshold
    assert spike.n == len(spike.evidence) and spike.window >= 2 and spike.expected < spike.n
    assert spike.robust == "not applicable"


def test_one_spike_goes_with_a_surge_that_grows_and_closes_after_it() -> None:
    room = Newsroom()
    told: list[tuple[str, str]] = []
    for index, negative in enumerate([1, 1, 12, 24, 24, *[1] * 9, *[0] * 8]):
        del index
        told += [t for hour in hours(room, 1, negative) for t in hour]
    assert told[0][1] == "firing" and told[-1][1] == "resolved"
    assert [status for _, status in told[1:-1]] == [f"update-{k}" for k in range(1, len(told) - 1)]
    assert 1 <= len(told) - 2 <= 4
    assert room.detector.open_spikes == {} and room.detector.runs.get("entity:a", Run()).n < 5


def test_the_sum_rests_while_a_spike_is_open_and_begins_anew_after_it() -> None:
    room = Newsroom()
    list(hours(room, 1, 20))
    assert "entity:a" in room.detector.open_spikes and room.detector.runs == {}
    list(hours(room, 12, 1))
    assert room.detector.open_spikes == {} and room.detector.runs.get("entity:a", Run()).c < 4


def test_a_process_that_slept_two_hours_takes_the_flood_behind_it_for_what_it_is() -> None:
    room = Newsroom(rate=4)
    told = [t for hour in hours(room, 3, 4) for t in hour]
    room.now += 2 * HOUR_MS
    room.detector.tick(Tick(room.now))
    assert room.detector.gap_ms == 2 * HOUR_MS - MINUTE_MS
    for number in range(12):  # the news of the sleep, with its own times
        for _ in range(3):
            room.story(negative=False, at=room.now - 2 * HOUR_MS + number * 10 * MINUTE_MS)
        room.story(negative=True, at=room.now - 2 * HOUR_MS + number * 10 * MINUTE_MS)
    told += [t for hour in hours(room, 3, 4) for t in hour]
    assert told == [] and room.detector.gap_ms == 0


def test_a_rare_series_of_a_house_with_one_publisher_is_not_asked_for_a_second() -> None:
    room = Newsroom()
    day = START // DAY_MS + 27
    room.detector.publishers.load("entity:rare", "wire.example", day, 3)
    assert not room.detector.background("entity:rare").sole
    room.detector.publishers.load("market", "wire.example", day, 19)
    assert not room.detector.background("entity:rare").sole  # of so few stories nobody can tell
    room.detector.publishers.load("market", "wire.example", day, 1)
    assert room.detector.background("entity:rare").sole
    room.detector.publishers.load("entity:rare", "paper.example", day, 20)
    assert not room.detector.background("entity:rare").sole  # its own stories tell better


def test_thresholds_ask_for_more_where_fewer_false_pages_are_wanted_or_the_news_varies_more() -> None:
    rates = [0.3, 0.1, 0.01, 0.001, 1e-5]
    by_rate = [threshold(0.2, 0.25, rate) for rate in rates]
    assert [level.surprise for level in by_rate] == sorted(level.surprise for level in by_rate)
    assert [level.cusum for level in by_rate] == sorted(level.cusum for level in by_rate)
    assert threshold(5.0, 0.6, 0.01).cusum > threshold(5.0, 0.05, 0.01).cusum
    assert threshold(1e-9, 0.0, 0.01) == threshold(0.002, 0.05, 0.01)  # the table's edge
    assert math.isfinite(threshold(1e6, 99.0, 1e-9).surprise)


def test_drawn_news_has_the_rates_and_the_dispersion_that_were_asked_for() -> None:
    world = World(np.full(300, 0.5), excess=0.5, hour=0.2, day=0.0)
    news = draw(world, 28 * 24, np.random.default_rng(1))
    n = np.zeros((300, 28))
    np.add.at(n, (news.series[news.negative], np.minimum(news.minute[news.negative] // 1440, 27)), 1)
    assert n.mean() == pytest.approx(12, rel=0.05)
    assert len(news.minute) / news.negative.sum() == pytest.approx(4, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("mu", "alpha", "series", "days"), [(0.1, 0.3, 60, 21), (1.0, 0.15, 20, 21)])
def test_false_pages_come_no_oftener_than_promised(mu: float, alpha: float, series: int, days: int) -> None:
    came, promised = kept(mu, alpha, series, days, 1 / 15)
    assert stats.poisson.cdf(came, 1.25 * promised) < 0.999, f"{came} where {promised:.0f} were promised"
    assert came > 0.2 * promised  # and the alarm is not asleep


def test_an_open_spike_is_known_by_its_series() -> None:
    room = Newsroom()
    list(hours(room, 2, 12))
    held = room.detector.open_spikes["entity:a"]
    assert isinstance(held, OpenSpike) and held.spike.series == "entity:a"
