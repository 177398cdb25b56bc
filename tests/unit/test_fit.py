"""The baseline's fit against what it was drawn from, and against scipy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import optimize

from monitor.detection import fit as fitting
from monitor.detection.baseline import Baseline
from monitor.detection.counts import GUARD_HOURS, HISTORY_HOURS, Counts
from monitor.detection.fit import ALPHA_PRIOR, EXCESS_PRIOR, Fit, fit, volume_ratio
from monitor.records import HOUR_MS, Bucket

MONDAY = 1_699_833_600_000  # 2023-11-13T00:00:00Z
FIRST = MONDAY // HOUR_MS
DAYS = 28


def counts_of(series: dict[str, tuple[np.ndarray, np.ndarray]], hours: int = HISTORY_HOURS) -> tuple[Counts, int]:
    """Counts that hold (N, n) by hour, and the first tick at which all of them teach."""
    counts = Counts()
    now = (FIRST + hours + GUARD_HOURS - 1) * HOUR_MS
    counts.advance(now)
    for hour in range(hours):
        counts.observe(FIRST + hour, live=True)
        for name, (stories, negative) in series.items():
            counts.count(Bucket(name, (FIRST + hour) * 60, stories=int(stories[hour]), negative=int(negative[hour])))
    return counts, now


def drawn(
    rng: np.random.Generator, rates: list[float], *, excess: float = 0.0, hour: float = 0.0, market: float = 40.0
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Series with a working day's shape; each event is a cluster of logarithmic size, the hour's rate a gamma."""
    shape = np.array([1.6 if 8 <= h % 24 < 20 else 0.4 for h in range(HISTORY_HOURS)])
    held = {}
    p = excess / (1 + excess)
    size = -p / ((1 - p) * np.log1p(-p)) if p else 1.0
    for i, rate in enumerate(rates):
        busy = rng.gamma(1 / hour, hour, HISTORY_HOURS) if hour else 1.0
        clusters = rng.poisson(rate * shape * busy / size)
        n = np.array([rng.logseries(p, c).sum() if p else c for c in clusters])
        held[f"entity:{i}"] = (n + rng.poisson(3 * rate * shape), n)
    held["market"] = (rng.poisson(market * shape), rng.poisson(shape))
    return held


def fitted(series: dict[str, tuple[np.ndarray, np.ndarray]]) -> Fit:
    counts, now = counts_of(series)
    return fit(counts, "UTC", now)


def test_the_hours_shape_and_the_rates_are_found_again() -> None:
    found = fitted(drawn(np.random.default_rng(1), [0.5, 1.0, 2.0, 4.0, 0.1, 0.2]))
    shape = found.classes["entity"].shape
    assert np.mean(shape[8:20]) / np.mean([*shape[:8], *shape[20:24]]) == pytest.approx(4, rel=0.1)
    rates = [found.series[f"entity:{i}"].a / found.series[f"entity:{i}"].b for i in range(6)]
    assert rates == pytest.approx([0.5, 1.0, 2.0, 4.0, 0.1, 0.2], rel=0.25)
    assert found.hours == HISTORY_HOURS and found.classes["entity"].beta < 0.6


@pytest.mark.parametrize(("excess", "hour"), [(0.0, 0.0), (1.0, 0.0), (0.0, 0.5), (0.5, 0.3)])
def test_clusters_and_busy_hours_are_told_apart(excess: float, hour: float) -> None:
    rates = [0.02] * 40 + [0.2] * 40 + [2.0] * 20
    found = fitted(drawn(np.random.default_rng(2), rates, excess=excess, hour=hour)).classes["entity"]
    assert found.excess[0] == pytest.approx(excess, abs=0.15)
    assert found.alpha[0] == pytest.approx(max(hour, 0.02), abs=0.12)
    assert found.alpha[1] < max(0.1, found.alpha[0])  # six hours' factors average


def test_little_data_leave_the_priors() -> None:
    hours = np.zeros(24, int)
    quiet = hours.copy()
    quiet[[3, 9]] = 1
    counts, now = counts_of({"entity:a": (quiet, quiet), "market": (hours + 2, hours)}, 24)
    found = fit(counts, "UTC", now)
    assert found.classes["entity"].excess[0] == pytest.approx(EXCESS_PRIOR, abs=0.1)
    assert found.classes["entity"].alpha[0] == pytest.approx(ALPHA_PRIOR, abs=0.1)
    one = found.series["entity:a"]
    assert 1 / one.a > 0.3  # two stories are two stories: wide bands


def test_a_count_that_varies_more_teaches_less_of_the_rate() -> None:
    def width(day: float) -> float:
        rng = np.random.default_rng(3)
        factor = np.repeat(rng.gamma(1 / day, day, DAYS), 24) if day else np.ones(HISTORY_HOURS)
        n = {f"entity:{i}": rng.poisson(0.5 * factor) for i in range(8)}
        found = fitted({**{name: (k, k) for name, k in n.items()}, "market": (n["entity:0"] + 20, n["entity:0"])})
        return 1 / found.series["entity:0"].a

    assert width(1.0) > 3 * width(0.0)


def test_a_crisis_of_a_day_does_not_become_the_usual() -> None:
    rng = np.random.default_rng(4)
    calm = {f"entity:{i}": rng.poisson(0.3, HISTORY_HOURS) for i in range(20)}
    calm["entity:0"][20 * 24 : 21 * 24] += 6
    found = fitted({**{name: (n, n) for name, n in calm.items()}, "market": (rng.poisson(40, HISTORY_HOURS),) * 2})
    plain = calm["entity:0"].sum() / HISTORY_HOURS
    held = found.series["entity:0"]
    assert plain > 0.5 and held.a / held.b < 0.36
    assert found.regimes == ()


def test_a_series_high_for_seven_days_has_a_new_level() -> None:
    rng = np.random.default_rng(5)
    levels = {f"entity:{i}": rng.poisson(0.3, HISTORY_HOURS) for i in range(20)}
    levels["entity:7"][-7 * 24 :] = rng.poisson(1.5, 7 * 24)
    levels["entity:8"][-6 * 24 :] = rng.poisson(1.5, 6 * 24)
    levels["entity:8"][-7 * 24 : -6 * 24] = 0
    levels["entity:8"][-3 * 24 : -2 * 24] = 0
    found = fitted({**{name: (n, n) for name, n in levels.items()}, "market": (rng.poisson(40, HISTORY_HOURS),) * 2})
    assert found.regimes == ("entity:7",)
    held = found.series["entity:7"]
    assert held.a / held.b == pytest.approx(1.5, rel=0.15)


def test_beta_follows_how_the_series_goes_with_the_other_news() -> None:
    rng = np.random.default_rng(6)
    day = np.repeat(rng.uniform(0.5, 2.0, DAYS), 24)
    market = rng.poisson(60 * day)
    along = {f"entity:{i}": rng.poisson(0.5 * day) for i in range(30)}
    apart = {f"topic:{i}": rng.poisson(0.5, HISTORY_HOURS) for i in range(30)}
    found = fitted({**{s: (n, n) for s, n in (along | apart).items()}, "market": (market, market)})
    assert found.classes["entity"].beta > 0.8 and found.classes["topic"].beta < 0.2
    assert found.classes["market"].beta == 0


def test_beta_is_the_maximum_that_scipy_finds() -> None:
    rng = np.random.default_rng(7)
    x = np.log(rng.uniform(0.5, 2.0, (6, 200)))
    f = rng.uniform(0.5, 1.5, 200)
    n = rng.poisson(2.0 * f * np.exp(0.6 * x)).astype(float)

    def cost(beta: float) -> float:
        e = f * np.exp(beta * x)
        rates = n.sum(axis=1) / e.sum(axis=1)
        mean = rates[:, None] * e
        likelihood = (n * np.log(mean) - mean).sum()
        return float(-likelihood + ((beta - fitting.BETA_PRIOR) / fitting.BETA_SPREAD) ** 2 / 2)

    best = optimize.minimize_scalar(cost, bounds=(0, 1), method="bounded")
    assert fitting._beta(n, np.tile(f, (6, 1)), x) == pytest.approx(best.x, abs=1e-3)


def test_the_residual_of_a_quasi_poisson_count_is_about_standard_normal() -> None:
    rng = np.random.default_rng(8)
    n = rng.negative_binomial(20 / 1.0, 1 / 2.0, 50_000).astype(float)  # mean 20, variance 40
    residual = fitting.anscombe(n, np.full(50_000, 20.0), 2.0)
    assert residual.mean() == pytest.approx(0, abs=0.1) and residual.std() == pytest.approx(1, abs=0.05)


def test_a_fit_comes_back_from_json_as_it_was() -> None:
    found = fitted(drawn(np.random.default_rng(9), [0.5, 0.01]))
    assert Fit.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(("seen", "usual", "ratio"), [(40, 40, 1.0), (0, 200, 0.5), (900, 100, 2.0), (3, 0, 1.3)])
def test_the_other_news_moves_an_expectation_by_half_to_double(seen: float, usual: float, ratio: float) -> None:
    assert volume_ratio(seen, usual) == pytest.approx(ratio)


def test_an_outage_of_all_news_lowers_what_is_expected_and_never_of_the_market_itself() -> None:
    rng = np.random.default_rng(10)
    day = np.repeat(rng.uniform(0.5, 2.0, DAYS), 24)
    n = {f"entity:{i}": rng.poisson(0.5 * day) for i in range(10)}
    counts, now = counts_of({**{s: (k, k) for s, k in n.items()}, "market": (rng.poisson(60 * day),) * 2})
    baseline = Baseline()
    baseline.counts = counts
    assert baseline.advance(now)
    usual, silent = (baseline.predict("entity:0", 1, market, 0) for market in (75, 0))
    assert silent.ratio == 0.5 and silent.mean < 0.7 * usual.mean
    assert baseline.predict("market", 1, 0, 0).mean == baseline.predict("market", 1, 75, 75).mean
    assert not baseline.advance(now + HOUR_MS)  # the next fit is six hours on
    assert baseline.advance(now + 6 * HOUR_MS)


def test_a_series_never_seen_is_expected_by_its_class() -> None:
    counts, now = counts_of(drawn(np.random.default_rng(11), [0.5] * 10))
    baseline = Baseline()
    baseline.counts = counts
    baseline.advance(now)
    never, known = baseline.predict("entity:new", 6, 240), baseline.predict("entity:0", 6, 240)
    assert never.dispersion > known.dispersion and never.mean > 0
