"""The soak's verdicts on series whose truth is known: a leak under noise is found, what is flat passes."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import theilslopes

from benchmarks.soak.accounts import compared
from benchmarks.soak.around import FeedServer
from benchmarks.soak.faults import TABLE
from benchmarks.soak.news import Newsroom
from benchmarks.soak.plan import KILL, Plan, burst_rate, schedule
from benchmarks.soak.report import write
from benchmarks.soak.run import Outcome
from benchmarks.soak.samples import Sample
from benchmarks.soak.verdict import (
    Line,
    Series,
    judge_count,
    judge_memory,
    judge_most,
    judge_none,
    levels,
    passed,
    slope,
    warmed,
)

WARM_S = 480.0
EVERY_S = 10.0


def memory(hours: float, *, leak: float = 0.0, noise: float = 2.0, seed: int = 1, base: float = 400.0) -> Series:
    """MB, every ten seconds: 60 MB of warm-up, then a trend under noise that remembers itself for minutes.

    noise: standard deviation; what a garbage collection or a batch more leaves is given back over some three minutes.
    """
    draw = np.random.default_rng(seed)
    at = np.arange(0, hours * 3_600, EVERY_S)
    kept, shocks = 0.95, draw.normal(size=len(at))
    wander = np.zeros(len(at))
    for n in range(1, len(at)):
        wander[n] = kept * wander[n - 1] + math.sqrt(1 - kept**2) * shocks[n]
    warm = 60 * np.minimum(at / WARM_S, 1.0)
    return Series(list(at), [0] * len(at), list(base + warm + leak * at / 3_600 + noise * wander))


def then(first: Series, second: Series) -> Series:
    """Another life of the process, behind the first."""
    begins = first.at[-1] + EVERY_S
    at = [*first.at, *(begins + a for a in second.at)]
    return Series(at, [*first.life, *(1 for _ in second.at)], [*first.value, *second.value])


def verdicts(lines: list[Line]) -> list[str]:
    return [line.verdict for line in lines]


@pytest.mark.parametrize("seed", range(5))
def test_a_leak_of_two_megabytes_an_hour_under_noise_is_found_in_eight_hours(seed: int) -> None:
    lines = judge_memory("memory", memory(8, leak=2.0, seed=seed), WARM_S)
    assert verdicts(lines) == ["FAIL", "PASS"], lines  # 16 MB are less than 5 %: the slope alone finds it
    assert not passed(lines)


@pytest.mark.parametrize("seed", range(5))
def test_flat_memory_under_noise_passes_in_half_an_hour_and_in_eight(seed: int) -> None:
    assert "FAIL" not in verdicts(judge_memory("memory", memory(0.5, seed=seed), WARM_S))
    assert verdicts(judge_memory("memory", memory(8, seed=seed), WARM_S)) == ["PASS", "PASS"]


def test_the_warm_up_of_each_life_is_left_out() -> None:
    grows = memory(0.5, noise=0.1)
    assert (
        judge_count("memory", grows, 0.0, 20).verdict == "FAIL"
        and judge_count("memory", grows, WARM_S, 1).verdict == "PASS"
    )
    assert abs(slope(warmed(grows, WARM_S)).per_hour) < 1
    twice = warmed(then(grows, memory(0.5, noise=0.1, seed=2)), WARM_S)
    assert {at // 1_800 for at in twice.at if at % 1_800 < WARM_S} == set()
    assert abs(slope(twice).per_hour) < 1


def test_a_restart_at_another_level_is_no_trend() -> None:
    lower = then(memory(1, noise=0.5, base=500), memory(2, noise=0.5, base=300, seed=2))
    assert verdicts(judge_memory("memory", lower, WARM_S)) == ["PASS", "PASS"]
    assert levels(warmed(lower, WARM_S)) == pytest.approx((360, 360), abs=2)  # of the longer life


def test_a_step_of_six_percent_fails_by_its_level() -> None:
    series = memory(2, noise=0.5)
    stepped = Series(
        series.at, series.life, [v + (28 if at > 5_400 else 0) for at, v in zip(series.at, series.value, strict=True)]
    )
    assert verdicts(judge_memory("memory", stepped, WARM_S))[1] == "FAIL"


def test_a_run_too_short_to_tell_says_so_and_judges_by_the_level() -> None:
    assert verdicts(judge_memory("memory", memory(0.16), WARM_S)) == ["OPEN"]
    lines = judge_memory("memory", memory(0.5, leak=3.0, noise=4.0, seed=3), WARM_S)
    assert verdicts(lines) == ["OPEN", "PASS"] and passed(lines)
    assert verdicts(judge_memory("memory", memory(0.5, leak=200.0), WARM_S)) == ["FAIL", "FAIL"]


def test_the_slope_is_scipys_and_an_outlier_in_five_does_not_move_it() -> None:
    series = warmed(memory(2, leak=5.0, noise=0.5), WARM_S)
    minutes = sorted({at // 60 for at in series.at})
    middle = [
        (
            np.median([a for a in series.at if a // 60 == m]),
            np.median([v for a, v in zip(series.at, series.value, strict=True) if a // 60 == m]),
        )
        for m in minutes
    ]
    theirs = theilslopes([v for _, v in middle], [a for a, _ in middle]).slope * 3_600
    found = slope(series)
    assert found.per_hour == pytest.approx(theirs, abs=1e-5)
    assert found.low < 5.0 < found.high
    draw = np.random.default_rng(1)
    struck = Series(series.at, series.life, [v + (90 if draw.random() < 0.2 else 0) for v in series.value])
    assert slope(struck).per_hour == pytest.approx(found.per_hour, abs=1.0)


def test_the_interval_covers_the_truth_though_neighbours_are_alike() -> None:
    """An interval for independent samples covers it half as often; ours need not be exact, only honest."""
    found = [slope(warmed(memory(1, leak=4.0, seed=seed), WARM_S)) for seed in range(40)]
    covered = sum(s.low <= 4.0 <= s.high for s in found)
    naive = 0
    for seed in range(40):
        series = warmed(memory(1, leak=4.0, seed=seed), WARM_S)
        told = theilslopes(series.value, series.at)
        naive += told.low_slope * 3_600 <= 4.0 <= told.high_slope * 3_600
    print(f"covered {covered} of 40; taken for independent {naive} of 40")
    assert covered >= 34 and naive <= 20


def test_counts_are_flat_or_they_fail() -> None:
    at = [EVERY_S * n for n in range(360)]
    life = [0] * len(at)
    flat = Series(at, life, [40.0 + n % 3 for n in range(360)])
    assert judge_count("descriptors", flat, WARM_S, 8).verdict == "PASS"
    leaking = Series(at, life, [40.0 + n // 10 for n in range(360)])
    assert judge_count("descriptors", leaking, WARM_S, 8).verdict == "FAIL"
    gone = Series(at, life, [math.nan] * 360)
    assert judge_count("tasks", gone, WARM_S, 8).verdict == "OPEN"


def test_what_must_not_be_there_and_what_must_stay_below() -> None:
    assert judge_most("log", [1.0, math.nan, 3.0], 3, "MiB").verdict == "PASS"
    assert judge_most("log", [1.0, 3.1], 3, "MiB").verdict == "FAIL"
    assert judge_none("lost", [], "10").verdict == "PASS"
    line = judge_none("lost", ["a", "b"], "10")
    assert (line.verdict, line.figure) == ("FAIL", "2 of 10, the first of them a")
    assert compared(Counter(a=1, b=1, c=2), Counter(a=1, c=3)) == (["b"], ["c"])


def test_every_fault_comes_once_a_round_and_the_daemons_kill_not_among_them() -> None:
    short = schedule(list(TABLE), 30, 30 / len(TABLE), seed=1)
    assert {fault.name for fault in short} == set(TABLE) - {KILL}
    assert all(a.minute < b.minute < 30 for a, b in pairwise(short))
    long = [fault.name for fault in schedule(list(TABLE), 480, 10, seed=1)]
    assert len(long) == 48 and min(Counter(long).values()) >= 4
    assert long == [fault.name for fault in schedule(list(TABLE), 480, 10, seed=1)]
    assert long != [fault.name for fault in schedule(list(TABLE), 480, 10, seed=2)]
    assert schedule([], 30, 2.5, seed=1) == ()


def test_a_burst_is_ten_times_the_load_or_more_than_the_daemon_takes() -> None:
    assert burst_rate(2, 50) == 62.5
    assert burst_rate(20, 50) == 200


def test_the_news_is_of_every_kind_and_the_same_for_the_same_seed() -> None:
    room, again = Newsroom(7, "src"), Newsroom(7, "src")
    items = [room.write(1_700_000_000.0) for _ in range(3_000)]
    assert items == [again.write(1_700_000_000.0) for _ in range(3_000)]
    texts = Counter(item.key for item in items if item.new)
    lines = [json.loads(item.value) for item in items if item.key]
    assert max(texts.values()) > 1, "no revision"
    assert any(not item.key for item in items) and any(item.key and not item.new for item in items)
    assert {line["language"] for line in lines} == {"en", "de", "zh", "ar", "fr"}
    lengths = [len(item.value) for item in items if item.key]
    assert max(lengths) > 10_000 and min(len(line["title"].split()) for line in lines if line["language"] == "en") == 3
    # What the books take for a text of its own is one: the store must hold as many.
    assert all(
        count == len({(line["title"], line["summary"]) for line in lines if f"src:{line['id']}" == key})
        for key, count in texts.most_common(5)
    )


def test_a_feed_keeps_the_books_of_what_was_read() -> None:
    server = FeedServer()
    try:
        assert server.served("wire") == set()
        handler = type("Handler", (), {"path": "/wire"})
        _, kind, body = server.answer(handler)  # type: ignore[arg-type]
        (title,) = server.served("wire")
        assert title.encode() in body and kind == "application/rss+xml"
    finally:
        server.stop()


def test_the_report_is_json_though_some_things_could_not_be_looked_at(tmp_path: Path) -> None:
    plan = Plan(1, 2, 0, 0, 0, 1, 1, 1, schedule(list(TABLE), 30, 2.5, seed=1))
    outcome = Outcome(
        [Line("x", "FAIL", "1", "0")], ["NaN in a note stays"], [Sample(1.0, 0, "steady", "", rss=math.nan)]
    )
    write(tmp_path / "soak.json", plan, outcome)
    told = json.loads((tmp_path / "soak.json").read_text(), parse_constant=pytest.fail)
    assert told["passed"] is False and told["samples"][0]["rss"] is None and told["notes"] == ["NaN in a note stays"]
