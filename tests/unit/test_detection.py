"""Surprise and shares against scipy, spikes against tables of rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from monitor.aggregation.windows import WindowCount
from monitor.detection import spikes
from monitor.detection.baseline import Prediction
from monitor.detection.budget import Levels
from monitor.detection.counts import cell_of
from monitor.detection.cusum import Run
from monitor.detection.heads import same_event
from monitor.detection.share import beta_prior, tail
from monitor.detection.spikes import Background, Breadth, DetectionSettings, Evidence, OpenSpike, WindowView
from monitor.detection.surprise import interval, least_count, log_pmf, surprise
from monitor.records import HOUR_MS, MINUTE_MS, Gate, Story

MONDAY = 1_699_833_600_000  # 2023-11-13T00:00:00Z
LEVELS = Levels(3.5, 8.0)
IDLE = Run()
BACKGROUND = Background(share=0.2, stories=100, negative=20, sole=False)


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


@pytest.mark.parametrize(
    ("n", "stories", "a", "b"), [(0, 9, 1.0, 4.0), (3, 5, 2.0, 8.0), (40, 60, 20.0, 80.0), (7, 7, 0.3, 9)]
)
def test_the_share_is_judged_by_scipys_beta_binomial(n: int, stories: int, a: float, b: float) -> None:
    assert tail(n, stories, a, b) == pytest.approx(stats.betabinom.sf(n - 1, stories, a, b), rel=1e-9)


def test_a_long_past_weighs_no_more_than_a_hundred_stories() -> None:
    a, b = beta_prior(0.2, 5_000, 2_500)
    assert a + b == pytest.approx(100) and a / (a + b) == pytest.approx(0.5, abs=0.01)


def test_hours_fall_into_cells_of_the_news_time_zone() -> None:
    assert cell_of(MONDAY // HOUR_MS, "UTC") == 0
    assert cell_of(MONDAY // HOUR_MS + 5 * 24 + 3, "UTC") == 24 + 3
    assert cell_of(MONDAY // HOUR_MS + 6 * 24 + 3, "UTC") == 48 + 3
    assert cell_of(MONDAY // HOUR_MS, "America/New_York") == 48 + 19  # Sunday evening there


def prediction(mean: float, observed: int = 100) -> Prediction:
    return Prediction(mean, 0.4, 10.0, 100.0, 1.0, 1.0, 0.5, 0.1 * mean, 0.2, observed)


def view(n: int, mean: float = 0.05, hours: int = 1, stories: int | None = None) -> WindowView:
    return WindowView(hours, WindowCount(n if stories is None else stories, n), prediction(mean))


def views(n: int) -> list[WindowView]:
    return [view(n), view(n, 0.3, 6)]


def story(number: int, *publishers: str) -> Story:
    tellings = tuple((str(i), publisher) for i, publisher in enumerate(publishers))
    fixed = ("", "", "", 0, publishers, (), None)
    return Story(f"s{number}", number, MONDAY, MONDAY, publishers[0], *fixed, tellings=tellings)


def evidence(n: int = 5, publishers: str = "abc", stories: int | None = None) -> Evidence:
    told = tuple(story(i, publishers[i % len(publishers)]) for i in range(n))
    ids = tuple(s.id for s in told)
    return Evidence("surprise", 1, n, n if stories is None else stories, 0.05, ids, told)


WIDE = Breadth(publishers=3, enough=3)


def opened(
    given: Evidence | None = None, now: int = MONDAY, others: tuple[OpenSpike, ...] = (), run: Run = IDLE
) -> OpenSpike:
    given = given or evidence()
    return spikes.opened(
        "entity:a",
        now,
        given,
        view=view(given.n),
        run=run,
        levels=LEVELS,
        gates=(Gate("stories", True, ""),),
        robust="yes",
        headed_by=same_event("entity:a", given.ids, now, {str(number): held for number, held in enumerate(others)}),
        breadth=WIDE,
    )


def test_a_spike_carries_what_its_surprise_is_computed_from() -> None:
    spike = opened().spike
    assert (spike.window, spike.n, spike.evidence) == (1, 5, ("s0", "s1", "s2", "s3", "s4"))
    assert spike.surprise == pytest.approx(surprise(5, 0.05, 0.4))
    assert surprise(spike.n, spike.baseline["mean"], spike.baseline["dispersion"]) == spike.surprise
    assert (spike.threshold, spike.cusum_threshold, spike.severity) == (3.5, 8.0, "critical")


GATES = [  # evidence, hours observed, background, which gates say no
    (evidence(), 100, BACKGROUND, None),
    (evidence(2), 100, BACKGROUND, "stories,fresh"),
    (evidence(publishers="a"), 100, BACKGROUND, "publishers"),
    (evidence(publishers="a"), 100, replace(BACKGROUND, sole=True), None),
    (evidence(), 23, BACKGROUND, "history"),
    (evidence(5, stories=30), 100, BACKGROUND, "share"),  # a fifth of them is bad, as ever: only more news
    (evidence(5, stories=30), 100, replace(BACKGROUND, negative=1), None),  # of this series hardly any is bad
    (evidence(3, stories=4), 100, replace(BACKGROUND, negative=90), None),  # too few to tell
]


@pytest.mark.parametrize(("given", "observed", "background", "silent"), GATES)
def test_what_the_evidence_gate_lets_through(
    given: Evidence, observed: int, background: Background, silent: str | None
) -> None:
    gates = spikes.evidence_gates(given, observed, background, DetectionSettings())
    assert [gate.name for gate in gates if not gate.passed] == (silent.split(",") if silent else [])


def test_gates_say_what_they_found() -> None:
    gates = spikes.evidence_gates(evidence(5, stories=8), 5, BACKGROUND, DetectionSettings())
    assert gates[0].detail == "5 h observed of at least 24"
    assert gates[4].detail == "5 of 8 stories are bad, usually 20%: p = 0.013, below 0.1"
    assert spikes.share_gate(3, 1, BACKGROUND).detail == "skipped: 3 stories in all, fewer than 5"


def test_old_news_is_counted_and_taken_off_what_the_gate_asks_for() -> None:
    told = tuple(replace(s, stale=i < 3) for i, s in enumerate(evidence().told))
    gates = {
        g.name: g for g in spikes.evidence_gates(replace(evidence(), told=told), 100, BACKGROUND, DetectionSettings())
    }
    assert gates["stories"].passed and not gates["fresh"].passed
    assert gates["fresh"].detail == "2 fresh stories of at least 3; 3 more repeat old news"
    assert gates["publishers"].detail.startswith("2 independent publishers")


def robust(given: Evidence, *, least: float = 2.0, sole: bool = False, shares: dict[str, float] | None = None) -> str:
    background = replace(BACKGROUND, sole=sole)
    return spikes.robust(given, view(given.n), background, DetectionSettings(), share_of=shares or {}, least=least)


def test_a_spike_is_robust_where_it_stands_without_its_largest_publisher_and_story() -> None:
    assert robust(evidence(9, "abc")) == "yes"
    assert robust(evidence(4, "abcd"), least=surprise(4, 0.05, 0.4) - 0.1) == "no"  # one story less is too few
    assert robust(evidence(9, "aaaaaaabc")) == "no"  # two stories are left
    assert robust(evidence(9, "ab")) == "no"  # one publisher is left
    assert robust(evidence(9, "a"), sole=True) == "not applicable"
    assert robust(replace(evidence(9), by="cusum")) == "not applicable"


def test_without_the_publisher_that_wrote_most_less_is_usual() -> None:
    without = surprise(6, 0.05, 0.1 + 0.2 + 0.1)
    assert robust(evidence(9, "abc"), least=without + 0.5) == "no"
    assert robust(evidence(9, "abc"), least=without + 0.5, shares={"a": 0.8}) == "yes"


def test_a_wider_series_of_the_same_event_goes_under_the_first_page() -> None:
    first = opened()
    assert opened(now=MONDAY + 10 * MINUTE_MS, others=(first,)).spike.headed_by == first.spike.id
    few = Evidence("surprise", 1, 3, 3, 0.05, ("s0", "s1", "x"), evidence(3).told)
    many = Evidence("surprise", 1, 9, 9, 0.05, ("s0", "s1", "s2", *"uvwxyz"), evidence(9).told)
    assert opened(few, MONDAY + 10 * MINUTE_MS, (first,)).spike.headed_by == first.spike.id
    assert opened(many, MONDAY + 10 * MINUTE_MS, (first,)).spike.headed_by == first.spike.id  # most of the first's
    assert opened(many, MONDAY + 31 * MINUTE_MS, (first,)).spike.headed_by == ""  # two thirds of it are news


def test_a_page_that_is_still_open_is_not_sent_again_for_a_story_half_told() -> None:
    first = opened()
    assert opened(now=MONDAY + 300 * MINUTE_MS, others=(first,)).spike.headed_by == first.spike.id


def test_a_spike_under_another_page_heads_none_itself() -> None:
    under = replace(opened(), spike=replace(opened().spike, headed_by="market@1#ab"))
    assert opened(others=(under,)).spike.headed_by == ""


def test_another_event_at_the_same_time_has_its_own_page() -> None:
    other = replace(opened(), spike=replace(opened().spike, evidence=("x", "y", "s0")))
    assert opened(others=(other,)).spike.headed_by == ""


def test_a_spike_closes_after_an_unbroken_hour_of_calm_ticks_and_not_before() -> None:
    def ticked(held: OpenSpike, seen: list[WindowView], minute: int) -> OpenSpike:
        return spikes.tick(held, seen, MONDAY + minute * MINUTE_MS, DetectionSettings())

    held = opened()
    for minute in range(50):
        held = ticked(held, views(0), minute)
    held = ticked(held, views(4), 50)
    assert held.quiet_since is None
    for minute in range(51, 111):
        held = ticked(held, [view(0), view(1, 3.0, 6)], minute)
        assert held.spike.closed_at is None
    held = ticked(held, views(0), 111)
    assert held.spike.closed_at == MONDAY + 111 * MINUTE_MS


def grown(held: OpenSpike, n: int, levels: Levels = LEVELS, breadth: Breadth = WIDE) -> OpenSpike:
    return spikes.update(held, evidence(n), view(n), levels, breadth)


def test_a_person_is_told_again_when_n_doubles_and_not_when_it_creeps() -> None:
    held = replace(opened(), peak_n=5, peak_surprise=99.0)
    creeping = grown(held, 9)
    assert (creeping.peak_n, creeping.updates, creeping.told) == (9, 0, held.told)
    doubled = grown(creeping, 10)
    assert (doubled.updates, doubled.told.n) == (1, 10)
    assert grown(doubled, 12).updates == 1
    assert not spikes.grows(doubled, view(3)) and spikes.grows(doubled, view(11))  # a peak only rises


def test_an_update_tells_what_there_is_now_and_which_stories_are_new() -> None:
    first = opened()
    assert (first.told.n, first.told.evidence, first.told.news) == (5, first.spike.evidence, first.spike.evidence)
    doubled = grown(first, 10)
    assert doubled.told.evidence == tuple(f"s{number}" for number in range(10))
    assert doubled.told.news == ("s5", "s6", "s7", "s8", "s9")
    assert doubled.told.surprise == pytest.approx(surprise(10, 0.05, 0.4))
    assert doubled.spike.n == 5  # what it opened by is what `explain` compares


def test_a_warning_that_becomes_critical_is_told_once() -> None:
    high = Levels(surprise(5, 0.05, 0.4) - 1, 8.0)
    held = opened()
    held = replace(held, peak_n=3, peak_surprise=3.0, spike=replace(held.spike, severity="warning"))
    assert grown(held, 5, high).spike.severity == "warning"
    critical = grown(held, 8, high)
    assert (critical.spike.severity, critical.updates) == ("critical", 1)
    assert grown(critical, 9, high).updates == 1


def test_what_few_publishers_tell_is_a_warning_however_surprising_and_five_companies_are_critical_however_dull() -> (
    None
):
    assert spikes.severity(99.0, LEVELS, Breadth(2, 3)) == "warning"
    assert spikes.severity(99.0, LEVELS, Breadth(3, 3)) == "critical"
    assert spikes.severity(3.6, LEVELS, Breadth(3, 3)) == "warning"
    assert spikes.severity(3.6, LEVELS, Breadth(2, 3, companies=5)) == "critical"
    assert Breadth.of(evidence(), DetectionSettings(), sole=True).enough == 1
    assert Breadth.of(evidence(), DetectionSettings(), sole=False).enough == 3


@pytest.mark.parametrize(("mean", "dispersion"), [(0.02, 2.0), (0.7, 0.5), (4.0, 0.2), (60.0, 0.1), (3.0, 0.0)])
def test_the_band_of_what_is_usual_is_the_central_interval_of_the_distribution(mean: float, dispersion: float) -> None:
    known = stats.poisson(mean) if dispersion == 0 else stats.nbinom(1 / dispersion, 1 / (1 + mean * dispersion))
    assert interval(mean, dispersion) == (known.ppf(0.025), known.ppf(0.975))
