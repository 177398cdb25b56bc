"""Too little news: which keys can tell of their silence, when they do, and what a restart finds again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from scipy import stats

from monitor.alerts.evidence import blind_words, iso_time
from monitor.detection.counts import Counts
from monitor.detection.silence import Hearing, Turn, lower_tail, verdict
from monitor.detection.volume import Volumes
from monitor.fold import Fold
from monitor.gauges import show_gauges
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket, Tick
from monitor.replay.html import render
from monitor.replay.report import build_report
from monitor.restore import restore
from monitor.sink import MemorySink
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.view import BoardMaker, Now
from monitor.web.changes import Changes
from tests.builders import NOON, article, prepared
from tests.oracle import agrees, contents

MONDAY = 1_699_833_600_000 // HOUR_MS  # 2023-11-13T00:00:00Z
WIRE = "source:wire"
Rate = Callable[[int], float]


@pytest.mark.parametrize("n", [0, 1, 7, 60, 900])
@pytest.mark.parametrize(("mean", "dispersion"), [(0.3, 2.0), (12.0, 0.1), (80.0, 0.5), (3_000.0, 0.1), (40.0, 0.0)])
def test_the_lower_tail_is_that_of_scipys_negative_binomial(n: int, mean: float, dispersion: float) -> None:
    if dispersion:
        expected = stats.nbinom.cdf(n, 1 / dispersion, 1 / (1 + mean * dispersion))
    else:
        expected = stats.poisson.cdf(n, mean)
    assert lower_tail(n, mean, dispersion) == pytest.approx(float(expected), rel=1e-8)


def test_a_longer_span_does_not_excuse_a_short_one_that_is_low() -> None:
    busy = [(5, 40.0, 0.1), (150, 280.0, 0.1), (570, 750.0, 0.1)]  # the last hour is low, the day before it was well
    assert lower_tail(*busy[1]) > 1e-2 and verdict(busy) is None
    assert verdict([(0, 40.0, 0.1), *busy[1:]]) is not None


class Room:
    """Keys that were taught `days` days of their hourly rates, from a Monday on, and then go on by minutes."""

    def __init__(self, rates: Mapping[str, Rate], days: int = 28) -> None:
        self.rates = dict(rates)
        self.series, self.hearing = Counts(), Hearing("UTC")
        self.hour = MONDAY + 24 * days
        for hour in range(MONDAY, self.hour):
            self.series.observe(hour, live=True)
            self.hearing.minutes[hour] = 60
            for key, rate in self.rates.items():
                self._count(key, hour * 60, round(rate(hour)))

    def hours(self, count: int, *, without: frozenset[str] = frozenset(), listening: bool = True) -> list[Turn]:
        """So many hours, news spread evenly over each; what began or ended in them."""
        for hour in range(self.hour, self.hour + count):
            for minute in range(60):
                now = hour * HOUR_MS + minute * MINUTE_MS
                if listening:
                    self._tick(now)
                for key, rate in self.rates.items():
                    n = round(rate(hour))
                    if key not in without and listening:
                        self._count(key, now // MINUTE_MS, (minute + 1) * n // 60 - minute * n // 60)
        self.hour += count
        return self.hearing.drain()[0]

    def _tick(self, now: int) -> None:
        self.series.observe(now // HOUR_MS, live=True)
        self.series.advance(now)
        self.hearing.listen(now, live=True)
        if now % (6 * HOUR_MS) == 0:
            self.hearing.learn(self.series, now)
        if now % (15 * MINUTE_MS) == 0:
            self.hearing.judge(self.series, now)

    def _count(self, key: str, minute: int, n: int) -> None:
        (self.hearing.sources if key.startswith("source:") else self.series).count(Bucket(key, minute, stories=n))


def told(turns: list[Turn]) -> list[tuple[str, str]]:
    return [(turn.key, turn.became) for turn in turns]


@pytest.mark.parametrize("key", [WIRE, "market"])
def test_a_busy_key_that_stops_is_silent_within_two_hours_and_heard_within_two(key: str) -> None:
    room = Room({key: lambda hour: 40, "topic:other": lambda hour: 40})
    assert room.hours(30) == []
    gone = room.hours(20, without=frozenset({key}))
    assert told(gone) == [(key, "silent")] and gone[0].at <= (room.hour - 20 + 2) * HOUR_MS
    back = room.hours(20)
    assert told(back) == [(key, "heard")] and back[0].at <= (room.hour - 20 + 2) * HOUR_MS
    assert room.hearing.silent == {}


def test_a_source_that_is_quiet_every_night_and_every_weekend_is_not_silent() -> None:
    def office(hour: int) -> float:
        day, hour_of_day = divmod(hour - MONDAY, 24)
        return 60 if day % 7 < 5 and 8 <= hour_of_day < 18 else 0

    room = Room({WIRE: office})
    assert room.hours(14 * 24) == []
    assert WIRE in room.hearing.volumes.keys
    monday = room.hours(12, without=frozenset({WIRE}))
    assert told(monday) == [(WIRE, "silent")]
    assert monday[0].at <= (room.hour - 12 + 10) * HOUR_MS


def test_a_rare_company_is_never_silent() -> None:
    room = Room({"entity:rare": lambda hour: hour % 8 == 0, "market": lambda hour: 20})
    assert room.hours(20 * 24, without=frozenset({"entity:rare"})) == []
    assert "entity:rare" not in room.hearing.volumes.keys


def test_hours_in_which_nobody_listened_are_not_missed() -> None:
    room = Room({WIRE: lambda hour: 40})
    assert room.hours(3) == []
    assert room.hours(9, listening=False) == []
    assert room.hours(12) == []


@pytest.mark.parametrize("part", [0.6, 0.31])
def test_a_market_that_is_quiet_on_a_holiday_is_not_silent(part: float) -> None:
    room = Room({"market": lambda hour: 25})
    assert room.hours(24) == []
    room.rates["market"] = lambda hour: 25 * part
    assert room.hours(24) == []


def test_before_seven_days_nothing_can_tell() -> None:
    room = Room({WIRE: lambda hour: 40}, days=6)
    assert room.hours(20, without=frozenset({WIRE})) == []


def test_a_source_that_stays_away_is_forgotten_after_two_weeks_and_not_before() -> None:
    room = Room({WIRE: lambda hour: 40})
    room.hours(6)
    assert told(room.hours(13 * 24, without=frozenset({WIRE}))) == [(WIRE, "silent")]
    assert told(room.hours(2 * 24, without=frozenset({WIRE}))) == [(WIRE, "forgotten")]
    assert room.hours(14 * 24, without=frozenset({WIRE})) == []


def test_what_the_store_keeps_comes_back_as_it_was() -> None:
    room = Room({WIRE: lambda hour: 37 + hour % 3, "market": lambda hour: 9})
    room.hours(6)
    _, kept = Hearing("UTC").drain()
    assert kept == {}
    volumes = room.hearing.volumes
    assert Volumes.from_json(json.loads(json.dumps(volumes.to_json()))) == volumes


SETTINGS = FoldSettings(trial_ms=10**15)  # sources that join late count at once


def news(fold: Fold, start: int, minutes: int, *, silent: bool = False) -> int:
    """A tick a minute, and a harmless story every twelve; returns the next minute."""
    for minute in range(minutes):
        now = start + minute * MINUTE_MS
        fold.tick(Tick(now))
        if minute % 12 == 5 and not silent:
            item = article(
                f"dull:{now}", f"Word{now} one two three four five", at=now, publisher=f"{now // 7 % 5}.example"
            )
            fold.article(prepared(item), 0)
    return start + minutes * MINUTE_MS


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A store of nine days, of whose last twelve hours nothing was heard; the next minute."""
    path = tmp_path_factory.mktemp("deaf") / "deaf.db"
    fold = Fold(SETTINGS)
    with Store.open(path) as store:
        now = news(fold, NOON, 9 * 24 * 60)
        now = news(fold, now, 12 * 60, silent=True)
        folded = fold.take()
        assert told(list(folded.silences)) == [("market", "silent"), ("source:test", "silent")]
        store.commit(folded.effects)
        assert contents(Fold(SETTINGS, restore(store, SETTINGS))) == contents(fold)
    return path, now


def test_a_restart_in_the_middle_of_a_silence_goes_on_as_if_there_had_been_none(deaf: tuple[Path, int]) -> None:
    path, now = deaf
    with Store.open_readonly(path) as store:
        one, again = Fold(SETTINGS, restore(store, SETTINGS)), Fold(SETTINGS, restore(store, SETTINGS))
    news(one, now, 7 * 60)
    for part in range(7):
        news(again, now + part * HOUR_MS, 60)
    assert contents(one) == contents(again)
    assert {turn.became for turn in one.take().silences} == {"heard"}
    assert one.memory.detector.hearing.silent == {}


@pytest.mark.slow
def test_a_silence_is_what_the_oracle_finds_in_the_stores_rows(deaf: tuple[Path, int]) -> None:
    agrees(deaf[0], SETTINGS)


def test_revisions_and_late_articles_are_not_what_a_source_brings() -> None:
    fold = Fold(SETTINGS)
    fold.tick(Tick(NOON))
    fold.article(prepared(article("t:1", "Some ordinary words of a story", at=NOON)), 0)
    fold.article(prepared(article("t:1", "Some ordinary words of a changed story", at=NOON)), 0)
    fold.article(prepared(article("t:1", "Some ordinary words of a story", at=NOON)), 0)
    fold.article(prepared(article("t:2", "A story that comes three hours late", at=NOON - 3 * HOUR_MS)), 0)
    sources = fold.memory.detector.hearing.sources
    assert sources.at(NOON // HOUR_MS) == {"source:test": (1, 0)} and sources.at(NOON // HOUR_MS - 3) == {}


def test_a_page_says_what_could_not_be_heard_when_it_opened(deaf: tuple[Path, int]) -> None:
    path, now = deaf
    with Store.open_readonly(path) as store:
        fold = Fold(SETTINGS, restore(store, SETTINGS))
    titles = ["Harrow Bank halts withdrawals", "Regulator seizes a lender", "Depositors queue all night long"]
    titles += ["Agency cuts debt deep into junk", "Auditor resigns and signs nothing", "Court freezes every account"]
    for index, title in enumerate(titles):
        item = article(f"bad:{index}", title, at=now + index, publisher=f"{'ab'[index % 2]}.example", source="other")
        fold.article(prepared(item, negative=0.95), 0)
    folded = fold.take()
    words = blind_words(folded.opened[0])
    assert [line.partition(" since")[0] for line in words] == ["market silent", "source:test silent"]
    body = folded.effects.alerts[0].body
    assert body["blind"] == words and "blind" not in {gate["name"] for gate in body["gates"]}
    assert DAY_MS > now - fold.memory.detector.hearing.silent["market"].since > 0


def test_the_page_and_the_metrics_say_what_is_silent(deaf: tuple[Path, int]) -> None:
    path, now = deaf
    metrics = Metrics(CollectorRegistry())
    with Store.open(path) as store:
        maker = BoardMaker(
            fold=Fold(SETTINGS, restore(store, SETTINGS)),
            store=store,
            sources=[],
            metrics=metrics,
            changes=Changes(),
            clock=lambda: Now(now),
            model_name="test",
            topics=["topic:any"],
            notes=lambda: ["an old SQLite"],
        )
        show_gauges(metrics, maker._fold, ["topic:any"], pages={}, marked={}, pending={}, oldest={}, sentiment={})
    board = maker.board
    assert board.market.stale.startswith("silent since 2023-11-2")
    assert ": 0 stories in 6 h, usually 29" in board.market.stale
    assert board.topics[0].stale == ""
    assert [note.partition(" since")[0] for note in board.notes] == [
        "an old SQLite",
        "market: silent",
        "source test: silent",
    ]
    shown = metrics.render().decode()
    assert 'bearwatch_source_silent{source="test"} 1.0' in shown
    assert 'bearwatch_series_silent{series="market"} 1.0' in shown
    metrics.show_silence({"market": False, "entity:unnamed": True})
    shown = metrics.render().decode()
    assert 'bearwatch_series_silent{series="market"} 0.0' in shown
    assert "source_silent{" not in shown and "unnamed" not in shown


def test_a_replays_report_lists_every_silence_from_its_beginning_to_its_end(deaf: tuple[Path, int]) -> None:
    path, now = deaf
    with Store.open_readonly(path) as store:
        silent = restore(store, SETTINGS).detector.hearing.silent
    turns = [Turn(key, held.since, held, "silent") for key, held in sorted(silent.items())]
    turns.append(Turn("market", now, silent["market"], "heard"))
    report = build_report([], MemorySink(), SETTINGS, watchlist="w", first=NOON, last=now, silences=turns)
    market, source = report["blind"]
    assert (market["key"], market["from"], market["to"]) == ("market", iso_time(turns[0].at), iso_time(now))
    assert (source["key"], source["to"], source["n"]) == (WIRE.replace("wire", "test"), None, 0)
    page = render(report, {}, {})
    assert "<h2>Blind</h2>" in page and "source:test" in page and "the end" in page
