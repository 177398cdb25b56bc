"""Surprise, baseline and spikes against scipy, brute force and tables of rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from monitor.aggregation.windows import WindowCount
from monitor.detection import spikes
from monitor.detection.baseline import A0, ALPHA, GUARD_HOURS, LEAST_CLASS_RATE, Baseline, Prediction, cell_of
from monitor.detection.budget import threshold
from monitor.detection.spikes import DetectionSettings, OpenSpike, WindowView, evidence_gates, judge
from monitor.detection.surprise import least_count, log_pmf, surprise
from monitor.records import HOUR_MS, MINUTE_MS, Bucket

MONDAY = 1_699_833_600_000  # 2023-11-13T00:00:00Z


@pytest.mark.parametrize("mean", [0.003, 0.4, 2.0, 37.0])
@pytest.mark.parametrize("dispersion", [0.0, 0.05, 0.3, 2.3])
def test_surprise_is_the_tail_of_scipys_negative_binomial(mean: float, dispersion: float) -> None:
    for n in (1, 2, 3, 7, 20, 60, 200):
        if dispersion:
            tail = stats.nbinom.logsf(n - 1, 1 / dispersion, 1 / (1 + mean * dispersion))
            mass = stats.nbinom.logpmf(n, 1 / dispersion, 1 / (1 + mean * dispersion))
        else:
            tail, mass = stats.poisson.logsf(n - 1, mean), stats.poisson.logpmf(n, mean)
        if tail < -600:  # scipy's own tail underflows there
            continue
        assert surprise(n, mean, dispersion) == pytest.approx(-tail / np.log(10), rel=1e-6, abs=1e-9)
        assert log_pmf(n, mean, dispersion) == pytest.approx(mass, rel=1e-7, abs=1e-9)


def test_surprise_grows_with_the_count_and_falls_with_the_mean() -> None:
    by_count = [surprise(n, 1.5, 0.3) for n in range(40)]
    assert by_count == sorted(by_count) and by_count[0] == 0
    by_mean = [surprise(5, m, 0.3) for m in (0.1, 0.5, 1, 2, 5, 20)]
    assert by_mean == sorted(by_mean, reverse=True)


@pytest.mark.parametrize(("mean", "dispersion", "level"), [(0.01, 2.3, 4.0), (0.8, 0.4, 3.2), (25.0, 0.3, 4.5)])
def test_least_count_is_the_first_that_reaches_the_threshold(mean: float, dispersion: float, level: float) -> None:
    n = least_count(mean, dispersion, level)
    assert surprise(n, mean, dispersion) >= level
    assert n == 1 or surprise(n - 1, mean, dispersion) < level
    assert least_count(mean, dispersion, level, at_least=n + 5) == n + 5


def test_the_union_bound_keeps_its_promise_on_independent_looks() -> None:
    s = threshold(400, 2.0)
    assert 400 * 56 * 10**-s == pytest.approx(2.0)
    assert threshold(400, 1.0) > s  # fewer false pages ask for more surprise
    assert threshold(3, 1.0) == threshold(100, 1.0)  # a young store does not page more readily


def test_hours_fall_into_cells_of_the_news_time_zone() -> None:
    assert cell_of(MONDAY // HOUR_MS, "UTC") == 0
    assert cell_of(MONDAY // HOUR_MS + 5 * 24 + 3, "UTC") == 24 + 3
    assert cell_of(MONDAY // HOUR_MS + 6 * 24 + 3, "UTC") == 48 + 3
    assert cell_of(MONDAY // HOUR_MS, "America/New_York") == 48 + 19  # Sunday evening there


def taught(counts: dict[str, int], hours: int, *, market: int = 4) -> Baseline:
    """A baseline that observed `hours` hours with `market` stories each, then moved past the guard."""
    baseline = Baseline()
    first = MONDAY // HOUR_MS
    for hour in range(first, first + hours):
        baseline.observe(hour)
        baseline.count(Bucket("market", hour * 60, stories=market))
    for series, n in counts.items():
        for i in range(n):
            baseline.count(Bucket(series, (first + i % hours) * 60 + i % 60, negative=1))
    baseline.advance((first + hours + GUARD_HOURS - 1) * HOUR_MS)
    return baseline


def test_posterior_mean_is_prior_plus_own_count_over_exposure() -> None:
    baseline = taught({"entity:a": 12, "entity:b": 4}, hours=48)
    predicted = baseline.predict("entity:a", 1)
    rate = (12 + 4) / 2 / predicted.exposure  # pooled over the class's series
    assert predicted.exposure == pytest.approx(48, rel=0.05)
    assert predicted.class_rate == pytest.approx(max(rate, LEAST_CLASS_RATE))
    assert predicted.a == A0 + 12
    assert predicted.b == pytest.approx(A0 / predicted.class_rate + predicted.exposure)
    assert predicted.dispersion == pytest.approx(ALPHA[1] + 1 / (A0 + 12))
    assert predicted.mean == pytest.approx(12.5 / predicted.b, rel=0.2)


def test_little_history_means_wide_bands() -> None:
    young, old = taught({"entity:a": 2}, hours=24), taught({"entity:a": 14}, hours=168)
    assert young.predict("entity:a", 1).dispersion > 3 * (old.predict("entity:a", 1).dispersion - ALPHA[1])
    assert surprise(4, young.predict("entity:a", 6).mean, young.predict("entity:a", 6).dispersion) < surprise(
        4, old.predict("entity:a", 6).mean, old.predict("entity:a", 6).dispersion
    )


def test_the_last_six_hours_and_the_running_one_do_not_teach() -> None:
    baseline = taught({"entity:a": 3}, hours=48)
    before = baseline.predict("entity:a", 1)
    hour = MONDAY // HOUR_MS + 48  # the first of the guarded hours
    baseline.observe(hour)
    baseline.count(Bucket("entity:a", hour * 60, negative=50))
    assert baseline.predict("entity:a", 1).learned == before.learned
    baseline.advance((hour + GUARD_HOURS) * HOUR_MS)
    assert baseline.predict("entity:a", 1).learned == before.learned + 50


def test_an_hour_without_a_tick_teaches_nothing_until_it_is_observed() -> None:
    baseline = taught({}, hours=48)
    hour = MONDAY // HOUR_MS - 5
    baseline.count(Bucket("entity:a", hour * 60, negative=7))
    assert baseline.predict("entity:a", 1).learned == 0
    baseline.observe(hour)
    assert baseline.predict("entity:a", 1).learned == 7
    baseline.count(Bucket("entity:a", hour * 60, negative=-2))  # a story moved away
    assert baseline.predict("entity:a", 1).learned == 5


def test_hours_older_than_28_days_are_forgotten() -> None:
    baseline = taught({"entity:a": 5}, hours=24)
    baseline.advance(MONDAY + (28 * 24 + 24 + GUARD_HOURS) * HOUR_MS)
    assert baseline.observed_hours == 0
    assert baseline.predict("entity:a", 1).learned == 0


def test_the_shape_of_the_day_moves_the_expectation() -> None:
    baseline = Baseline()
    first = MONDAY // HOUR_MS
    for hour in range(first, first + 7 * 24):
        baseline.observe(hour)
        busy = 8 <= hour % 24 < 18
        baseline.count(Bucket("market", hour * 60, stories=20 if busy else 2))
        baseline.count(Bucket("topic:x", hour * 60, negative=2 if busy else 0))
    noon = baseline_at(baseline, MONDAY + (8 * 24 + 12) * HOUR_MS)
    night = baseline_at(baseline, MONDAY + (9 * 24 + 3) * HOUR_MS)
    assert noon > 4 * night


def baseline_at(baseline: Baseline, now: int) -> float:
    baseline.advance(now)
    return baseline.predict("topic:x", 1).mean


def view(n: int, mean: float = 0.05, hours: int = 1, observed: int = 100) -> WindowView:
    prediction = Prediction(mean, 0.4, 10.0, 100.0, 100.0, 0.05, 10, observed)
    return WindowView(hours, WindowCount(n, tuple(f"s{i}" for i in range(n))), prediction)


def opened(n: int = 5, now: int = MONDAY, publishers: int = 3, **more: object) -> spikes.Verdict:
    arguments: dict[str, object] = {
        "now": now,
        "threshold": 3.5,
        "settings": DetectionSettings(),
        "publishers_of": lambda ids: publishers,
        "sole_publisher": False,
        "open_spikes": [],
        **more,
    }
    return judge("entity:a", [view(n), view(n, 0.3, 6)], **arguments)  # type: ignore[arg-type]


def test_a_surprise_past_threshold_and_gate_opens_one_spike_with_its_evidence() -> None:
    verdict = opened()
    assert verdict.opened is not None and verdict.near_miss is None
    spike = verdict.opened.spike
    assert (spike.window, spike.n, spike.evidence) == (1, 5, ("s0", "s1", "s2", "s3", "s4"))
    assert spike.surprise == pytest.approx(surprise(5, 0.05, 0.4))
    assert surprise(spike.n, spike.baseline["mean"], spike.baseline["dispersion"]) == spike.surprise
    assert all(gate.passed for gate in spike.gates)


@pytest.mark.parametrize(
    ("change", "silent_by"),
    [
        ({"publishers": 1}, "publishers"),
        ({"settings": DetectionSettings(min_stories=6)}, "stories"),
        ({"settings": DetectionSettings(min_history_ms=200 * HOUR_MS)}, "history"),
        ({"threshold": surprise(5, 0.05, 0.4) + 0.5}, "threshold"),
    ],
)
def test_what_keeps_a_near_miss_silent_is_named(change: dict[str, object], silent_by: str) -> None:
    verdict = opened(**change)  # type: ignore[arg-type]
    assert verdict.opened is None
    assert verdict.near_miss is not None and verdict.near_miss.kept_silent_by == silent_by


def test_a_series_of_one_publisher_is_not_asked_for_a_second() -> None:
    assert opened(publishers=1, sole_publisher=True).opened is not None


def test_one_story_alone_is_neither_spike_nor_near_miss() -> None:
    assert opened(n=1) == spikes.Verdict()


def test_gates_say_what_they_found() -> None:
    gates = evidence_gates(view(2, observed=5), DetectionSettings(), 1, False)
    names = [("history", False), ("stories", False), ("fresh", False), ("publishers", False)]
    assert [(g.name, g.passed) for g in gates] == names
    assert gates[0].detail == "5 h observed of at least 24"


def test_old_news_is_counted_and_taken_off_what_the_gate_asks_for() -> None:
    gates = {g.name: g for g in evidence_gates(view(5), DetectionSettings(), 2, False, stale=3)}
    assert gates["stories"].passed and not gates["fresh"].passed
    assert gates["fresh"].detail == "2 fresh stories of at least 3; 3 more repeat old news"


def test_a_wider_series_of_the_same_event_goes_under_the_first_page() -> None:
    first = opened().opened
    assert first is not None
    again = opened(now=MONDAY + 10 * MINUTE_MS, open_spikes=[first]).opened
    assert again is not None and again.spike.headed_by == first.spike.id
    later = opened(now=MONDAY + 31 * MINUTE_MS, open_spikes=[first]).opened
    assert later is not None and later.spike.headed_by == ""


def test_a_spike_under_another_page_heads_none_itself() -> None:
    first = opened().opened
    assert first is not None
    under = replace(first, spike=replace(first.spike, headed_by="market@1#ab"))
    held = opened(open_spikes=[under]).opened
    assert held is not None and held.spike.headed_by == ""


def test_another_event_at_the_same_time_has_its_own_page() -> None:
    first = opened().opened
    assert first is not None
    other = replace(first, spike=replace(first.spike, evidence=("x", "y", "s0")))
    held = opened(open_spikes=[other]).opened
    assert held is not None and held.spike.headed_by == ""


def test_a_spike_closes_after_an_unbroken_hour_of_calm_ticks_and_not_before() -> None:
    held = opened().opened
    assert held is not None
    settings = DetectionSettings()
    calm, loud = [view(0), view(0, 0.3, 6)], [view(4), view(4, 0.3, 6)]
    now = MONDAY
    for step in range(50):
        held = spikes.tick(held, calm, now + step * MINUTE_MS, settings)
    held = spikes.tick(held, loud, now + 50 * MINUTE_MS, settings)
    assert held.quiet_since is None
    for step in range(51, 111):
        held = spikes.tick(held, calm, now + step * MINUTE_MS, settings)
        assert held.spike.closed_at is None
    held = spikes.tick(held, calm, now + 111 * MINUTE_MS, settings)
    assert held.spike.closed_at == now + 111 * MINUTE_MS


def test_an_open_spikes_peak_only_rises() -> None:
    held = OpenSpike(spike=opened().opened.spike, peak_n=5, peak_surprise=4.0)  # type: ignore[union-attr]
    higher = spikes.update(held, [view(9), view(9, 0.3, 6)])
    assert higher.peak_n == 9
    assert spikes.update(higher, [view(2), view(2, 0.3, 6)]) == higher


def test_spike_ids_depend_on_series_minute_and_evidence_alone() -> None:
    assert spikes.spike_id("market", MONDAY, ["a", "b"]) == spikes.spike_id("market", MONDAY + 59_999, ["a", "b"])
    assert spikes.spike_id("market", MONDAY, ["a", "b"]) != spikes.spike_id("market", MONDAY, ["ab"])
