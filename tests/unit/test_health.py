"""How often windows surprised: randomised p-values, shares with intervals, and when the budget is unreliable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from scipy import stats

from monitor.aggregation.placement import Placement
from monitor.aggregation.windows import WINDOWS, Windows
from monitor.detection import health
from monitor.detection.baseline import Baseline
from monitor.detection.chance import draws, p_values, seeds
from monitor.detection.counts import Counts
from monitor.detection.detector import Detector
from monitor.detection.health import Health, Watch
from monitor.detection.looks import Looks, Observer
from monitor.detection.reliability import TOLERANCE, Tally, _student, in_words, share, shares, verdicts
from monitor.detection.spikes import DetectionSettings
from monitor.fold import Fold
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket, Standing, Tick
from monitor.replay.health import health_report
from monitor.replay.html import _health
from monitor.restore import restore
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.view import BoardMaker, Now
from monitor.web.changes import Changes
from tests.oracle import agrees, contents
from tests.unit.test_fold import SETTINGS, bad, warmed
from tests.unit.test_metrics import values

START = 1_699_833_600_000  # 2023-11-13T00:00:00Z, a Monday
DAY = START // DAY_MS


@pytest.mark.parametrize(("mean", "dispersion"), [(0.01, 60.0), (0.3, 2.0), (4.0, 0.3), (60.0, 0.05), (900.0, 0.02)])
def test_p_values_are_scipys_tail_and_a_part_of_its_step(mean: float, dispersion: float) -> None:
    believed = stats.nbinom(1 / dispersion, 1 / (1 + mean * dispersion))
    n = np.asarray([0, 0, 1, 2, 5, round(mean), round(3 * mean)])
    u = np.asarray([0.01, 0.99, 0.3, 0.5, 0.7, 0.2, 0.9])
    found = p_values(n, np.full(7, mean), np.full(7, dispersion), u)
    np.testing.assert_allclose(found, believed.sf(n) + u * believed.pmf(n), atol=1e-11)


def test_p_values_of_counts_drawn_as_believed_are_uniform_however_rare_the_series() -> None:
    rng = np.random.default_rng(1)
    names = [f"entity:{i}" for i in range(300)]
    mean, dispersion = 10 ** rng.uniform(-3, 1.5, 300), rng.uniform(0.05, 3, 300)
    found = []
    for hour in range(60):
        n = rng.negative_binomial(1 / dispersion, 1 / (1 + mean * dispersion))
        found.append(p_values(n, mean, dispersion, draws(seeds(names), hour, 1)))
    assert stats.kstest(np.concatenate(found), "uniform").pvalue > 0.01
    rare = np.stack(found)[:, mean < 0.01].ravel()
    assert stats.kstest(rare, "uniform").pvalue > 0.01


def test_draws_are_uniform_the_same_in_every_process_and_differ_by_series_time_and_length() -> None:
    names = [f"entity:{i}" for i in range(100)]
    table = np.stack([draws(seeds(names), hour, hours) for hour in range(200) for hours in WINDOWS])
    assert stats.kstest(table.ravel(), "uniform").pvalue > 0.01
    assert len(np.unique(table)) == table.size and table.min() > 0 and table.max() < 1
    correlation = np.corrcoef(table.T)[np.triu_indices(100, 1)]
    assert abs(correlation.mean()) < 0.005 and stats.kstest(correlation * np.sqrt(400), "norm").pvalue > 0.001
    assert draws(seeds(["market"]), 472_176, 6).tolist() == pytest.approx([0.7990869126087747])


@pytest.mark.parametrize("df", [1, 2, 3, 4, 6, 27, 48])
def test_students_points_are_scipys(df: int) -> None:
    assert _student(df) == pytest.approx(stats.t.ppf(0.975, df), rel=0.005)


def test_the_interval_holds_the_true_share_where_days_move_together() -> None:
    rng = np.random.default_rng(2)
    held = plain = 0
    for _ in range(400):
        busy = 0.1 * rng.gamma(20, 1 / 20, 7)
        days = [(500, int(over)) for over in rng.binomial(500, busy)]
        found = share(days, 0.1)
        held += found.low <= 0.1 <= found.high
        over = sum(over for _, over in days)
        half = 1.96 * np.sqrt(found.share * (1 - found.share) / 3500)  # type: ignore[operator]
        plain += abs(over / 3500 - 0.1) <= half
    assert held / 400 >= 0.92 and plain / 400 < 0.9


def test_no_windows_no_share_one_day_no_interval_and_a_few_silent_days_prove_nothing() -> None:
    assert share([(0, 0)], 0.1).share is None
    assert (share([(50, 50)], 0.1).low, share([(50, 50)], 0.1).high) == (0.0, 1.0)
    assert share([(24, 0)] * 7, 0.001).side == ""
    assert share([(24_000, 0)] * 7, 0.001).side == "under"


@dataclass
class Believing:
    """Looks at counts that are drawn for each window, by predictions that stay as they are."""

    real: float = 0.5  # dispersion of the counts
    believed: float = 0.5
    names: tuple[str, ...] = tuple(f"entity:{i}" for i in range(200))
    surge: Callable[[int], int] = lambda end: 0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))

    def look(self, end: int, hours: int) -> Looks:
        mean = np.geomspace(0.02, 4, len(self.names)) * hours
        real, believed = np.full(len(mean), self.real), np.full(len(mean), self.believed)
        n = self.rng.negative_binomial(1 / real, 1 / (1 + mean * real))
        n[: self.surge(end)] += 40
        return Looks(self.names, mean, believed, p_values(n, mean, believed, draws(seeds(self.names), end, hours)))


def watched(observer: Any, days: int, paged: tuple[str, ...] = ()) -> Iterator[tuple[int, Health]]:
    """(UTC day, health) at each midnight, ticks falling at the first and the last minute of every hour."""
    counts, held, before = Counts(), Health(), -1
    for hour in range(24 * days + 1):
        for now in (START + hour * HOUR_MS, START + (hour + 1) * HOUR_MS - MINUTE_MS):
            if now // HOUR_MS != before // HOUR_MS:
                held = health.end_hour(held, observer, counts, paged=paged, before=before, now=now, enough=True)
            counts.observe(now // HOUR_MS, live=True)
            before = now
        if hour and hour % 24 == 0:
            yield DAY + hour // 24, held


def told(held: Health, today: int) -> set[tuple[int, str]]:
    return {(verdict.hours, verdict.side) for verdict in verdicts(held.days, today)}


def test_where_the_model_is_right_shares_lie_about_their_promise_and_nobody_is_told() -> None:
    for today, held in watched(Believing(), 28):
        assert told(held, today) == set()
    for found in shares(held.days, DAY, today).values():
        assert found.low <= found.promised <= found.high and found.judged > 1_000


def test_four_times_the_believed_dispersion_makes_the_budget_unreliable_after_seven_days_and_not_before() -> None:
    first = None
    for number, (today, held) in enumerate(watched(Believing(real=2.0), 14), 1):
        if number < 7:
            assert told(held, today) == set()
        if first is None and told(held, today):
            first = number
    assert first in {8, 9, 10}
    assert {(1, "over"), (6, "over")} <= told(held, today)
    words = in_words(verdicts(held.days, today)[0])
    assert "unreliable" in words and "more false pages" in words


def test_a_quarter_of_the_believed_dispersion_is_told_as_deafness() -> None:
    *_, (today, held) = watched(Believing(real=0.5, believed=4.0), 14)
    assert told(held, today) == {(1, "under"), (6, "under")}
    assert "silent" in in_words(verdicts(held.days, today)[0])


@pytest.mark.parametrize("hours", [6, 24])
def test_one_busy_event_moves_the_share_of_its_week_and_tells_nobody(hours: int) -> None:
    begins = START // HOUR_MS + 8 * 24 + 4

    def surge(end: int) -> int:
        return 60 if begins < end <= begins + hours else 0

    most = 0.0
    for today, held in watched(Believing(surge=surge), 28):
        assert told(held, today) == set()
        week = shares(held.days, today - 6, today)
        most = max(most, *(found.share / found.promised for found in week.values() if found.share is not None))
    assert most > TOLERANCE


def test_a_series_with_an_open_page_is_not_judged_until_it_closes() -> None:
    busy = Believing(surge=lambda end: 5)
    today, held = list(watched(busy, 8))[-1]
    assert any(found.side for found in shares(held.days, DAY, today).values())
    today, held = list(watched(busy, 8, paged=busy.names[:5]))[-1]
    assert not any(found.side for found in shares(held.days, DAY, today).values())


def test_days_without_a_window_neither_count_nor_end_a_row_and_a_day_within_does_end_it() -> None:
    wild = Tally(((100, 1_000, 9_000),) * 2, ((30, 60, 70),) * 2)
    calm = Tally(((100, 1_000, 9_000),) * 2, ((10, 10, 9),) * 2)
    days = {DAY + at: wild for at in (*range(4), *range(6, 10))}
    assert not verdicts(days, DAY + 9)  # the tenth day is not over
    assert {(v.hours, v.side, v.days) for v in verdicts(days, DAY + 10)} == {(1, "over", 7), (6, "over", 7)}
    broken = {**days, **{DAY + at: calm for at in (2, 3, 4)}}
    assert not verdicts(broken, DAY + 10)
    assert verdicts({**days, DAY + 10: calm}, DAY + 10) == verdicts(days, DAY + 10)  # the day is not over


def test_windows_that_were_not_watched_from_start_to_end_are_not_judged() -> None:
    counts, observer = Counts(), Believing()
    for hour in range(24):
        counts.observe(START // HOUR_MS + hour, live=True)

    def judged(watch: Watch, before: int, *, enough: bool = True) -> int:
        at = Health(watches=(watch, Watch()))
        after = health.end_hour(
            at, observer, counts, paged=(), before=START + before, now=START + 10 * HOUR_MS, enough=enough
        )  # type: ignore[arg-type]
        return sum(tally.judged[0][0] for tally in after.days.values())

    nine = Watch(START // HOUR_MS + 9)
    last = 10 * HOUR_MS - MINUTE_MS
    assert judged(nine, last) > 0
    assert judged(nine, last, enough=False) == 0
    assert judged(Watch(START // HOUR_MS + 8), last) == 0  # its start was slept through
    assert judged(nine, last - 10 * MINUTE_MS) == 0  # its end was
    assert judged(nine, last - HOUR_MS) == 0


def test_all_series_are_looked_at_by_the_prediction_that_each_one_has() -> None:
    rng = np.random.default_rng(5)
    baseline, windows = Baseline(), Windows()
    kinds = ["market", *(f"{kind}:{i}" for kind in ("topic", "sector", "entity") for i in range(4))]
    for hour in range(14 * 24):
        baseline.counts.observe(START // HOUR_MS + hour, live=True)
        for name in kinds:
            stories = int(rng.poisson(6 if name == "market" else 1))
            delta = Bucket(name, START // MINUTE_MS + hour * 60, stories=stories, negative=min(stories, 1))
            baseline.counts.count(delta)
    now = START + 14 * DAY_MS + 17 * HOUR_MS + 59 * MINUTE_MS
    baseline.advance(now)
    windows.advance(now)
    for number in range(40):
        at = now - int(rng.integers(0, 360)) * MINUTE_MS
        series = kinds[int(rng.integers(0, len(kinds) - 3))]
        key = f"s{number}"
        windows.place(None, Placement(key, key, series, at, key, Standing.LIVE, "p", 0, at, key, Standing.LIVE))
    for hours in WINDOWS:
        looks = Observer(baseline, windows).look((now + MINUTE_MS) // HOUR_MS, hours)
        assert set(looks.names) == set(kinds)
        market = windows.count("market", hours).stories
        for name, mean, dispersion in zip(looks.names, looks.mean, looks.dispersion, strict=True):
            alone = baseline.predict(name, hours, market, windows.count(name, hours).stories)
            assert (mean, dispersion) == (pytest.approx(alone.mean), pytest.approx(alone.dispersion))


def test_a_detector_without_a_single_series_looks_at_nothing() -> None:
    detector = Detector(DetectionSettings(min_history_ms=0), "UTC", lambda ids: [])
    for minute in range(26 * 60):
        detector.tick(Tick(START + minute * MINUTE_MS))
    assert detector.health.days[DAY] == Tally()
    assert detector.expected_false_pages == 0.0


def test_the_false_pages_allowed_are_the_parts_of_all_series_that_the_fit_knows_once_it_may_page() -> None:
    detector = Detector(DetectionSettings(false_pages_per_day=2.0), "UTC", lambda ids: [])
    for hour in range(48):
        detector.baseline.counts.observe(START // HOUR_MS + hour, live=True)
        for number in range(50):
            detector.baseline.counts.count(Bucket(f"entity:{number}", START // MINUTE_MS + 60 * hour, 1, 1))
    detector.tick(Tick(START + 20 * HOUR_MS))
    assert detector.expected_false_pages == 0.0  # 14 h taught
    detector.tick(Tick(START + 48 * HOUR_MS))
    assert detector.expected_false_pages == pytest.approx(1.0)  # 50 of the 100 series that share the 2


def test_health_is_what_it_was_after_a_restart_in_the_middle_of_a_window(tmp_path: Path) -> None:
    fold, now = warmed()
    with Store.open(tmp_path / "health.db") as store:
        for index in range(5):
            fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
        for minute in range(1, 15 * 60):
            fold.tick(Tick(now + minute * MINUTE_MS))
        store.commit(fold.take().effects)
        held = fold.memory.detector.health
        assert sum(tally.judged[0][2] for tally in held.days.values()) > 10
        assert any(watch.since >= 0 for watch in held.watches)
        assert Health.from_json(json.loads(json.dumps(held.to_json()))) == held
        again = Fold(SETTINGS, restore(store, SETTINGS))
        assert contents(again) == contents(fold)
        for minute in range(15 * 60, 30 * 60):
            for one in (fold, again):
                one.tick(Tick(now + minute * MINUTE_MS))
        assert again.memory.detector.health == fold.memory.detector.health != held
        store.commit(fold.take().effects)
    agrees(tmp_path / "health.db", SETTINGS)


def test_page_and_metrics_say_what_came_what_was_promised_and_that_it_is_unreliable(tmp_path: Path) -> None:
    fold, now = warmed()
    with Store.open(tmp_path / "board.db") as store:
        for index in range(5):
            fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
        store.commit(fold.take().effects)
        detector, metrics = fold.memory.detector, Metrics(CollectorRegistry())
        today = detector.now // DAY_MS
        detector.health = Health({today - at: Tally(((900,) * 3,) * 2, ((90, 90, 90),) * 2) for at in range(1, 9)})
        later = now + 2 * DAY_MS  # the page lies before the last 24 h by then

        def shown_at(at: int) -> tuple[tuple[str, ...], dict[str, float]]:
            heard = Heard()
            maker = BoardMaker(
                fold=fold, store=store, sources=(), metrics=metrics, changes=heard, clock=lambda: Now(at),
                model_name="m", topics=(), notes=lambda: ("an old library",),
            )  # fmt: skip
            asyncio.run(asyncio.wait_for(once(maker, heard), 10))
            return maker.board.notes, values(metrics)

        notes, seen = shown_at(now)
        assert notes[0] == "an old library" and len(notes) == 2
        assert "budget unreliable for 7 days: 1 h windows reached a surprise of 3 in 10.00%" in notes[1]
        assert seen['bearwatch_budget_unreliable{side="over",window="1h"}'] == 1
        assert seen['bearwatch_surprise_share{least="3",window="6h"}'] == pytest.approx(0.1)
        assert seen["bearwatch_expected_false_pages_per_day"] == detector.expected_false_pages > 0
        pages = 'bearwatch_pages{{mark="unmarked",period="{}",severity="warning"}}'
        assert (seen[pages.format("24h")], seen[pages.format("28d")]) == (1, 1)
        _, seen = shown_at(later)
        assert (seen[pages.format("24h")], seen[pages.format("28d")]) == (0, 1)


class Heard(Changes):
    """Sets `board` once a board was made and shown."""

    def __init__(self) -> None:
        super().__init__()
        self.board = asyncio.Event()

    def publish(self, kind: str, data: Any) -> None:
        self.board.set()


async def once(maker: BoardMaker, heard: Heard) -> None:
    """One board by the maker's own loop."""
    task = asyncio.create_task(maker.run())
    await heard.board.wait()
    task.cancel()


def test_a_replays_report_names_the_shares_and_the_days_on_which_the_budget_was_unreliable() -> None:
    *_, (_, held) = watched(Believing(real=2.0), 14)
    report = health_report(held.days)
    assert len(report["shares"]) == 6 and all(row["share"] > row["promised"] for row in report["shares"][1:3])
    found = report["budget_unreliable"]
    assert {(row["window_hours"], row["side"]) for row in found} >= {(1, "over")}
    assert all("2023-11-20" < row["from"] <= row["to"] == "2023-11-27T00:00:00Z" for row in found)
    page = _health(report)
    assert page.count("<tr>") == 7 and "Budget unreliable from 2023-11-" in page
    assert health_report({})["budget_unreliable"] == [] and _health(health_report({}))
    json.dumps(report)
