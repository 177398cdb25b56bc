"""Old news under a new date: known again, counted, shown, and no page by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.fold import Fold
from monitor.ingest.past import KEPT_MS, dateline, fingerprints, is_stale, remember
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Mode, PastText, Prepared, Tick
from monitor.replay.explain import missed, recompute
from monitor.restore import restore
from monitor.storage import rebuild
from monitor.storage.store import Store
from tests.builders import NOON, article, prepared
from tests.oracle import agrees, contents

SETTINGS = FoldSettings()
OLD = "United Wyvern files for bankruptcy as fuel costs and fares bite"
LEAD = (
    "United Wyvern, the second biggest carrier of the country, sought protection from its creditors before dawn, after "
    "lenders refused to put more money into an airline that loses millions every day"
)
REPOSTS = [  # one old story, found again by five sites; the last three have the text under titles of their own
    (OLD, ""),
    (f"UPDATE 1-{OLD.upper()}", ""),
    ("Wyvern bankrupt", LEAD),
    ("Airline goes to court to hold off lenders this morning", LEAD),
    ("Shares to watch: Wyvern after filing for protection", LEAD),
]
FRESH = [
    "Harrow Bank halts withdrawals at nine branches",
    "Regulator seizes control of Calder subsidiary",
    "Depositors queue overnight as Marlow shares collapse",
    "Rating agency cuts Selwyn debt deep into junk",
]


def told(at: int, before: tuple[int, ...] = (), days: tuple[int, ...] = ()) -> PastText:
    return PastText(1, before, days or (at // DAY_MS,), at)


def item(title: str, at: int = NOON, lead: str = "", **more: object) -> Prepared:
    return prepared(
        article(f"{more.get('publisher', 'a.example')}:{title}", title, at=at, summary=lead, **more), negative=0.95
    )


@pytest.mark.parametrize(
    ("past", "stale"),
    [
        ([], False),
        ([told(NOON - DAY_MS)], False),  # within the window of stories
        ([told(NOON - DAY_MS - 1)], True),
        ([told(NOON - 300 * DAY_MS)], True),
        ([told(NOON - 2 * DAY_MS, (1,))], True),
        ([told(NOON - 2 * DAY_MS, (1, 2))], False),  # on three days before: a form that recurs
        ([told(NOON - 2 * DAY_MS, (), (1, 2, 3))], False),
        ([told(NOON - MINUTE_MS, (1, 2))], True),  # another site was a minute earlier with the same old news
        ([told(NOON - MINUTE_MS, (1,), (2, 3, 4))], True),  # and goes on with it for days
        ([told(NOON - MINUTE_MS, (1, 2, 3))], False),
        ([told(NOON + 9 * DAY_MS)], False),  # an archive read after the news of today
    ],
)
def test_a_text_told_before_the_window_is_stale_unless_it_recurs(past: list[PastText], stale: bool) -> None:
    assert is_stale(item(OLD), past, DAY_MS) is stale


def test_a_text_that_comes_every_day_is_no_old_news_and_one_that_comes_every_week_is_a_form_from_the_fourth() -> None:
    def verdicts(apart_ms: int) -> list[bool]:
        text, found = None, []
        for number in range(6):
            one = item(OLD, NOON + number * apart_ms)
            found.append(is_stale(one, [text] if text else [], DAY_MS))
            text = remember(text, 1, one.article.event_time, DAY_MS)
        return found

    assert verdicts(DAY_MS) == [False] * 6
    assert verdicts(7 * DAY_MS) == [False, True, True, False, False, False]


def test_an_archive_read_after_the_news_makes_it_old_news_all_the_same() -> None:
    text = remember(remember(None, 1, NOON, DAY_MS), 1, NOON - 200 * DAY_MS, DAY_MS)
    assert (text.days, text.last_at) == ((NOON // DAY_MS,), NOON)
    assert text.before == (NOON // DAY_MS - 200,)
    assert is_stale(item("Wyvern", NOON + HOUR_MS), [text], DAY_MS)


def test_titles_are_known_again_by_their_words_and_short_ones_and_forms_are_not() -> None:
    (one,) = fingerprints(item(OLD))
    assert fingerprints(item(f"RPT-{OLD.lower()}! (UWYV.O)")) == (one,)
    assert fingerprints(item("Oil prices fall on demand")) == ()
    assert fingerprints(item("REG-Harrow Fund plc Net Asset Value as of today")) == ()
    assert fingerprints(item("央行宣布下调")) == ()
    assert len(fingerprints(item(OLD, lead=LEAD))) == 2
    assert set(fingerprints(item("Wyvern", lead=LEAD))) < set(fingerprints(item(OLD, lead=LEAD)))


@pytest.mark.parametrize(
    ("lead", "day"),
    [
        ("CHICAGO, Dec. 9, 2002 (Tribune) - United Wyvern filed for protection", 1_039_392_000_000),
        ("NEW YORK - December 9, 2002 - United Wyvern filed", 1_039_392_000_000),
        ("United Wyvern, which filed on Dec. 9, 2002, for protection", None),
        ("CHICAGO (Tribune) - United Wyvern filed", None),
        ("CHICAGO, June 31, 2002 (Tribune) - United Wyvern filed", None),
        ("", None),
    ],
)
def test_a_dateline_tells_when_a_text_was_written(lead: str, day: int | None) -> None:
    assert dateline(lead) == day
    assert is_stale(item(OLD, lead=lead), [], DAY_MS) is (day is not None)


def put(fold: Fold, store: Store, one: Prepared) -> None:
    """One article as the daemon folds it: what the store remembers first, one transaction after."""
    fold.learn_keys({})
    fold.learn_past(store.read(rebuild.past_texts, fingerprints(one)))
    fold.article(one, 0)


def commit(fold: Fold, store: Store) -> list[str]:
    """Commits; gives the pages that opened."""
    folded = fold.take()
    store.commit(folded.effects)
    return [spike.id for spike in folded.opened]


@pytest.fixture
def watched(tmp_path: Path) -> tuple[Path, int]:
    """A store that has the old story from an archive and two ordinary days since; its path and the last minute."""
    path = tmp_path / "watched.db"
    fold = Fold(SETTINGS)
    with Store.open(path) as store:
        put(fold, store, item(OLD, NOON - 200 * DAY_MS, LEAD, publisher="paper.example", mode=Mode.HISTORY))
        commit(fold, store)
        for minute in range(48 * 60 + 1):
            at = NOON + minute * MINUTE_MS
            fold.tick(Tick(at))
            if minute % 60 == 30:
                publisher = f"{'cd'[minute // 60 % 2]}.example"
                dull = prepared(article(f"dull:{at}", f"Word{at} one two three four five", at=at, publisher=publisher))
                put(fold, store, dull)
        commit(fold, store)
    return path, NOON + 48 * HOUR_MS


def again(path: Path, now: int, fresh: int) -> tuple[list[str], Fold]:
    """The old story reposted by five sites, `fresh` other bad stories beside it, of two publishers."""
    pages = []
    with Store.open(path) as store:
        fold = Fold(SETTINGS, restore(store, SETTINGS))
        for number, (title, lead) in enumerate(REPOSTS):
            put(fold, store, item(title, now + number, lead, publisher=f"site{number}.example"))
            pages += commit(fold, store)
        for number, title in enumerate(FRESH[:fresh]):
            put(fold, store, item(title, now + 100 + number, publisher=f"{'ab'[number % 2]}.example"))
            pages += commit(fold, store)
        for minute in range(1, 5):
            fold.tick(Tick(now + minute * MINUTE_MS))
        pages += commit(fold, store)
        assert contents(Fold(SETTINGS, restore(store, SETTINGS))) == contents(fold)
    agrees(path, SETTINGS)
    return pages, fold


def test_an_archived_story_reposted_under_a_new_date_by_five_sites_pages_nobody(watched: tuple[Path, int]) -> None:
    path, now = watched
    pages, fold = again(path, now, fresh=0)
    assert pages == []
    n = fold.views("market")[0].n
    assert n == 4  # it counts: two of the five are one story
    with Store.open_readonly(path) as store:
        report, _ = missed(store, SETTINGS, "market", now + 2 * MINUTE_MS)
        stories = store.read(rebuild.active_stories, now)
    assert sum(story.stale for story in stories) == 4
    silent = report["windows"][0]["kept_silent_by"]
    assert silent[0] == "fresh: 0 fresh stories of at least 3; 4 more repeat old news", silent


def test_fresh_bad_stories_beside_it_page_and_show_it(watched: tuple[Path, int]) -> None:
    path, now = watched
    pages, fold = again(path, now, fresh=4)
    assert [page.partition("@")[0] for page in pages] == ["market"]
    spike = fold.memory.detector.open_spikes["market"].spike
    assert spike.publishers == 2
    assert {gate.name: gate.passed for gate in spike.gates}["fresh"]
    assert set(spike.evidence) > {f"a.example:{FRESH[0]}", f"b.example:{FRESH[1]}", f"site0.example:{OLD}"}
    with Store.open_readonly(path) as store:
        assert recompute(store, SETTINGS, pages[0])[1]


def test_two_fresh_stories_are_too_few_however_much_old_news_stands_beside_them(watched: tuple[Path, int]) -> None:
    path, now = watched
    assert again(path, now, fresh=2)[0] == []


def test_texts_are_forgotten_after_400_days(tmp_path: Path) -> None:
    fold = Fold(SETTINGS)
    with Store.open(tmp_path / "old.db") as store:
        put(fold, store, item(OLD))
        fold.tick(Tick(NOON + KEPT_MS - DAY_MS))
        put(fold, store, item(FRESH[0] + " in the north", NOON + KEPT_MS - DAY_MS))
        commit(fold, store)
        kept = fingerprints(item(OLD)) + fingerprints(item(FRESH[0] + " in the north"))
        assert set(store.read(rebuild.past_texts, kept)) == set(kept)
        fold.tick(Tick(NOON + KEPT_MS + DAY_MS))
        commit(fold, store)
        put(fold, store, item(OLD, NOON + KEPT_MS + DAY_MS, publisher="b.example"))
        assert commit(fold, store) == []
        assert not store.read(rebuild.active_stories, NOON + KEPT_MS)[-1].stale
        assert store.read(rebuild.past_texts, kept)[kept[0]].before == ()
    agrees(tmp_path / "old.db", SETTINGS)
