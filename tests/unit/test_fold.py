"""The fold's decisions: what counts, what judges, what a restart finds again."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.checks import require_past
from monitor.errors import InputError
from monitor.fold import Fold
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, HOUR_MS, MILLION, MINUTE_MS, Mention, Mode, Spike, Standing, Tick
from monitor.replay.explain import missed, recompute
from monitor.restore import restore
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from tests.builders import NOON, article, prepared
from tests.oracle import agrees, contents
from tests.postgresql import Place

SETTINGS = FoldSettings()
TITLES = [
    "Harrow Bank halts withdrawals at nine branches",
    "Regulator seizes control of Harrow subsidiary",
    "Depositors queue overnight as Harrow shares collapse",
    "Rating agency cuts Harrow debt deep into junk",
    "Harrow auditor resigns and refuses to sign accounts",
]


def quiet(fold: Fold, start: int, hours: int) -> int:
    """Ticks with one harmless story an hour; returns the last minute."""
    for minute in range(hours * 60 + 1):
        fold.tick(Tick(start + minute * MINUTE_MS))
        if minute % 60 == 30:
            at = start + minute * MINUTE_MS
            publisher = f"{'cd'[minute // 60 % 2]}.example"  # else one publisher would write the whole series
            item = article(f"dull:{at}", f"Word{at} one two three four five", at=at, publisher=publisher)
            fold.article(prepared(item), 0)
    return start + hours * HOUR_MS


def bad(index: int, at: int, publisher: str = "a.example", **more: object):  # type: ignore[no-untyped-def]
    item = article(f"{publisher}:{index}", TITLES[index], at=at, publisher=publisher, **more)
    return prepared(item, negative=0.95)


def warmed() -> tuple[Fold, int]:
    fold = Fold(SETTINGS)
    return fold, quiet(fold, NOON, 48)


def opened(fold: Fold) -> list[Spike]:
    return list(fold.take().opened)


def test_bad_stories_of_two_publishers_open_one_spike() -> None:
    fold, now = warmed()
    for index in range(5):
        fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
    spikes = opened(fold)
    assert [s.series for s in spikes] == ["market"]


@pytest.mark.parametrize(
    "rewritten",
    [
        "{0}",
        "RPT-{0}",
        "UPDATE 3-{0} (HRW.N)",
        "{0} - The Daily Wire",
        "{0}, sources say",
    ],
)
def test_two_hundred_copies_of_one_bad_story_are_one_story_and_page_nobody(rewritten: str) -> None:
    fold, now = warmed()
    for number in range(200):
        title = TITLES[0] if number % 2 else rewritten.format(TITLES[0])
        item = article(f"s{number}:0", title, at=now + number * 10_000, publisher=f"paper{number}.example")
        fold.article(prepared(item, negative=0.95), 0)
        if number % 6 == 5:
            fold.tick(Tick(now + (number // 6 + 1) * MINUTE_MS))
    folded = fold.take()
    assert folded.opened == () and fold.views("market")[0].n == 1
    assert [row.role for row in folded.effects.articles[-200:]].count("copy") == 199


def test_a_surge_that_grows_is_told_again_under_its_first_id_and_explained_to_the_digit(place: Place) -> None:
    fold, now = warmed()
    with Store.open(place("grown")) as store:
        store.commit(fold.take().effects)
        words = iter(range(10_000))
        for minute in range(60):
            for _ in range(2 if minute < 20 else 0):
                number = next(words)
                title = f"Wyvern{number} insolvent after Calder{number} collapse and Norwhistle{number} fraud"
                item = article(f"g:{number}", title, at=now, publisher=f"p{number % 7}.example")
                fold.article(prepared(item, negative=0.95), 0)
            now += MINUTE_MS
            fold.tick(Tick(now))
        for _ in range(9 * 60):
            now += MINUTE_MS
            fold.tick(Tick(now))
        folded = fold.take()
        store.commit(folded.effects)
        alerts = folded.effects.alerts
        assert len({alert.id for alert in alerts}) == 1
        told = [alert.status for alert in alerts]
        assert told == ["firing", *(f"update-{k}" for k in range(1, len(told) - 1)), "resolved"]
        assert 2 <= len(told) - 2 <= 5  # each at twice the count of the one before, or once critical
        peaks = [alert.body["peak_n"] for alert in alerts]
        assert peaks == sorted(peaks) and peaks[-1] == 40
        report, well = recompute(store, SETTINGS, alerts[0].id)
        assert well, report["differs"]
    agrees(place("grown"), SETTINGS)


def in_other_words(index: int, at: int, publisher: str):  # type: ignore[no-untyped-def]
    title = f"{TITLES[index]}, sources say"
    item = article(f"{publisher}:{index}'", title, at=at, publisher=publisher)
    return prepared(item, negative=0.95)


def test_a_second_publisher_in_its_own_words_opens_the_page_that_waited_for_it() -> None:
    fold, now = warmed()
    for index in range(5):
        fold.article(bad(index, now + index), 0)
    taken = fold.take()
    assert taken.opened == () and taken.effects.near_misses[0].kept_silent_by == "publishers"
    fold.article(in_other_words(0, now + MINUTE_MS, "b.example"), 0)
    assert [s.publishers for s in opened(fold)] == [2]


def test_the_same_words_under_other_mastheads_are_no_second_publisher() -> None:
    fold, now = warmed()
    for index in range(5):
        for publisher in ("a.example", "b.example", "c.example"):
            fold.article(bad(index, now + index, publisher), 0)
    taken = fold.take()
    assert taken.opened == ()
    assert {miss.kept_silent_by for miss in taken.effects.near_misses} == {"publishers"}
    assert fold.memory.stories.unit("a.example:0").publishers == ("a.example", "b.example", "c.example")  # type: ignore[union-attr]


def test_a_development_counts_anew_and_its_storys_second_publisher_counts_for_it() -> None:
    fold, now = warmed()
    for index in range(3):
        fold.article(bad(index, now + index), 0)
    words = "Selwyn Insurance meets its supervisor over reserves"
    for number, (title, negative) in enumerate([(words, 0.1), (f"{words}; chief resigns", 0.95)]):
        item = article(f"t:{number}", title, at=now + 10 + number)
        fold.article(prepared(item, negative=negative), 0)
    before = fold.take()
    assert [row.role for row in before.effects.articles[-2:]] == ["new", "development"]
    assert fold.memory.detector.windows.evidence("market", 1)[-1] == "t:1"
    assert before.effects.near_misses[0].kept_silent_by == "publishers"
    harmless = article("u:1", f"{words}, papers say", at=now + MINUTE_MS, publisher="b.example")
    fold.article(prepared(harmless, negative=0.1), 0)
    after = fold.take()
    (spike,) = after.opened
    assert (spike.n, spike.publishers, spike.evidence[-1]) == (4, 2, "t:1")
    titles = [headline["title"] for headline in after.effects.alerts[0].body["headlines"]]
    assert f"{words}; chief resigns" in titles and words not in titles


@pytest.mark.parametrize("mode", [Mode.BACKLOG, Mode.HISTORY, Mode.LIVE])
def test_an_earlier_copy_that_counts_for_less_takes_no_story_out_of_the_windows(mode: Mode) -> None:
    fold, now = warmed()
    fold.article(bad(0, now), 0)
    before = [view.n for view in fold.views("market")]
    older = now - 3 * HOUR_MS  # later than the lateness allows, where it is live
    fold.article(bad(0, older, "b.example", source="other", mode=mode), 0)
    assert [view.n for view in fold.views("market")][1] == before[1] == 1


def test_history_of_hours_that_were_watched_live_is_shown_and_not_counted_again() -> None:
    fold, now = warmed()
    fold.take()
    fold.article(bad(0, now - 30 * HOUR_MS, mode=Mode.HISTORY), 0)
    fold.article(bad(1, now - 60 * HOUR_MS, mode=Mode.HISTORY), 0)
    standings = [row.standing for row in fold.take().effects.articles]
    assert standings == [Standing.BACKLOG, Standing.HISTORY]


def test_an_article_older_than_watermark_less_lateness_is_late_and_opens_nothing() -> None:
    fold, now = warmed()
    fold.article(prepared(article("t:new", "Ordinary words of a newer story", at=now)), 0)
    for index in range(5):
        fold.article(bad(index, now - 3 * HOUR_MS, "ab"[index % 2] + ".example"), 0)
    folded = fold.take()
    assert {row.standing for row in folded.effects.articles[-5:]} == {Standing.LATE}
    assert folded.opened == ()


def test_after_a_restart_equal_names_are_one_string_as_they_were_before_it(place: Place) -> None:
    """Each row brings its own; tens of thousands of stories would hold them all."""
    fold, now = warmed()
    for index in range(5):
        fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
    with Store.open(place("shared")) as store:
        store.commit(fold.take().effects)
        memory = restore(store, SETTINGS)
    placed = [placement for own in memory.placements.values() for placement in own.values()]
    stories = [story for unit in memory.placements if (story := memory.stories.get(unit)) is not None]
    held = [name for p in placed for name in (p.unit_id, p.story_id, p.series, p.first_key, p.first_publisher)]
    held += [name for s in stories for name in (s.id, s.newest_unit, s.publisher, *s.publishers, *s.companies)]
    assert len(stories) > 5 and len(held) > 3 * len(set(held))
    assert len(set(map(id, held))) == len(set(held))


def test_a_story_older_than_the_window_is_found_again_after_a_restart_until_the_next_minute(place: Place) -> None:
    fold, now = warmed()
    fold.article(bad(0, now - 3 * DAY_MS), 0)
    with Store.open(place("late")) as store:
        store.commit(fold.take().effects)
        again = Fold(SETTINGS, restore(store, SETTINGS))
    assert contents(again) == contents(fold)
    copy = bad(0, now - 3 * DAY_MS + MINUTE_MS, "b.example")
    again.article(copy, 0)
    assert again.take().effects.articles[0].role == "copy"


def test_a_restart_in_the_middle_of_a_sum_a_gap_and_a_spike_goes_on_as_if_there_had_been_none(place: Place) -> None:
    fold, now = warmed()
    with Store.open(place("mid")) as store:
        for index in range(5):
            fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
        now += 25 * MINUTE_MS + HOUR_MS // 2  # half an hour slept through
        fold.tick(Tick(now))
        item = article("w:1", "Calder Motors collapses into bankruptcy", at=now, publisher="c.example")
        mention = Mention("us.calder", "Calder", "company", "autos", "title", 0, 6, MILLION)
        fold.article(prepared(item, mention, negative=0.95), 0)
        store.commit(fold.take().effects)
        detector = fold.memory.detector
        assert detector.runs["entity:us.calder"].pending == ("w:1",)
        assert detector.gap_ms > 0 and detector.open_spikes and detector.baseline.fit.series
        again = Fold(SETTINGS, restore(store, SETTINGS))
        assert contents(again) == contents(fold)
        for _ in range(40):
            now += MINUTE_MS
            for one in (fold, again):
                one.tick(Tick(now))
        assert contents(again) == contents(fold)
        assert again.take().effects == fold.take().effects


def test_a_clock_that_goes_back_moves_nothing_and_stores_nothing() -> None:
    fold, now = warmed()
    fold.take()
    fold.tick(Tick(now - HOUR_MS))
    assert fold.memory.now == now and fold.take().effects.ticks == []


@pytest.fixture
def surge(place: Place) -> tuple[Path, str, int]:
    """A store with one alert; its path, the alert's id and the minute before it opened."""
    path = place("surge")
    fold, now = warmed()
    with Store.open(path) as store:
        store.commit(fold.take().effects)
        for index in range(5):
            fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
        folded = fold.take()
        store.commit(folded.effects)
        # A copy that was published earlier and comes later moves its story back; then silence closes the spike.
        fold.article(bad(0, now - 30 * MINUTE_MS, "c.example"), 0)
        for minute in range(1, 9 * 60):
            fold.tick(Tick(now + minute * MINUTE_MS))
        store.commit(fold.take().effects)
        assert contents(Fold(SETTINGS, restore(store, SETTINGS))) == contents(fold)
    agrees(path, SETTINGS)
    return path, folded.opened[0].id, now


def test_an_alert_is_explained_to_the_digit_though_its_stories_have_moved_since(surge: tuple[Path, str, int]) -> None:
    path, alert, _ = surge
    with Store.open(path) as store:
        report, well = recompute(store, SETTINGS, alert)
        with pytest.raises(InputError, match="no alert"):
            recompute(store, SETTINGS, "market@1#00")
    assert well and report["recomputed"] and report["closed_at"] is not None


def test_what_kept_a_series_silent_is_told_of_the_minute_that_was_asked_for(surge: tuple[Path, str, int]) -> None:
    path, alert, now = surge
    with Store.open(path) as store:
        during, _ = missed(store, SETTINGS, "market", now + 30_000)
        before, _ = missed(store, SETTINGS, "market", now - MINUTE_MS)
        with pytest.raises(InputError, match="holds nothing before"):
            missed(store, SETTINGS, "market", NOON - DAY_MS)
    assert during["open_alert"] == alert and during["windows"][0]["n"] == 5
    assert before["open_alert"] is None and before["windows"][0]["n"] == 0
    assert any("below the threshold" in why for why in before["windows"][0]["kept_silent_by"])


def test_a_store_from_the_future_is_refused_in_one_line(place: Place) -> None:
    with Store.open(place("ahead")) as store:
        require_past(store, NOON)
        store.commit(Effects(ticks=[(1, Tick(NOON + DAY_MS))]))
        with pytest.raises(InputError, match="set the clock"):
            require_past(store, NOON)
        require_past(store, NOON + DAY_MS)
