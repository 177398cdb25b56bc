"""The demo's news: what the daemon's acceptance tests and a person at the page rely on."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest

from monitor.demo.corpus import BUSY_DAY, DEFAULT_SHOCKS, demo_items, demo_news
from monitor.demo.grammar import expand, load
from monitor.demo.item import DemoItem, Shock
from monitor.demo.mix import ORDINARY
from monitor.demo.ordinary import base_words, lead
from monitor.demo.shocks import promised
from monitor.demo.world import COMPANIES, PUBLISHERS
from monitor.ingest.canonical import clean_text
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.stories import StoryIndex
from monitor.ingest.watchlist import load_watchlist
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Article, Prepared

# A Thursday, 15:42:07.123 UTC: the last day, the busy one and the shocks fall on weekdays.
END = int(datetime(2026, 11, 19, 15, 42, 7, tzinfo=UTC).timestamp()) * 1000 + 123
SEEDS = (1, pytest.param(2, marks=pytest.mark.slow))  # the second is there for luck, and costs as much
QUARTER = {"q": "first-quarter", "quarter": "first quarter"}
TOPICS = {
    *("Analyst Update", "Fed | Central Banks", "Company | Product News", "Treasuries | Corporate Debt", "Dividend"),
    *("Earnings", "Energy | Oil", "Financials", "Currencies", "General News | Opinion", "Gold | Metals | Materials"),
    *("IPO", "Legal | Regulation", "M&A | Investments", "Macro", "Markets", "Politics", "Personnel Change"),
    *("Stock Commentary", "Stock Movement"),
}


@cache
def corpus(seed: int, shocks: tuple[Shock, ...] = DEFAULT_SHOCKS) -> tuple[DemoItem, ...]:
    return tuple(demo_items(END, seed=seed, shocks=shocks))


def originals(seed: int) -> list[DemoItem]:
    return [item for item in corpus(seed) if not item.copy_of]


def day_of(item: DemoItem) -> int:
    return 9 - (END // 1000 * 1000 - item.published_ms) // DAY_MS


@cache
def three_words(title: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", title.lower())
    return frozenset(tuple(words[i : i + 3]) for i in range(len(words) - 2))


@cache
def five_letters(title: str) -> frozenset[str]:
    return frozenset(title.lower()[i : i + 5] for i in range(len(title) - 4))


def alike(a: str, b: str) -> float:
    """The greater Jaccard similarity of the two usual measures."""

    def share(measure: Callable[[str], frozenset[object]]) -> float:
        both = len(measure(a) & measure(b))
        return both / max(1, len(measure(a)) + len(measure(b)) - both)

    return max(share(three_words), share(five_letters))


def near_pairs(items: list[DemoItem], within_ms: int) -> Iterator[tuple[DemoItem, DemoItem]]:
    for i, item in enumerate(items):
        for other in items[i + 1 :]:
            if other.published_ms - item.published_ms > within_ms:
                break
            yield item, other


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_days_hold_about_five_thousand_items_in_order_and_the_last_ends_them(seed: int) -> None:
    items = corpus(seed)
    assert 4_500 <= len(items) <= 5_500
    assert all(a.published_ms <= b.published_ms for a, b in pairwise(items))
    assert items[-1].published_ms == END // 1000 * 1000
    assert items[-2].published_ms < items[-1].published_ms
    assert END - 10 * DAY_MS - 1000 <= items[0].published_ms <= END - 10 * DAY_MS + HOUR_MS
    assert len({item.id for item in items}) == len({item.url for item in items}) == len(items)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_news() -> None:
    assert json.dumps(demo_news(END, seed=1)) == json.dumps([item.line() for item in corpus(1)])
    titles = {item.title for item in corpus(1)}
    other = [item.title for item in originals(2)]
    assert sum(title in titles for title in other) < 0.2 * len(other)


def test_an_archive_line_has_the_documented_fields_and_reserved_addresses() -> None:
    lines = [item.line() for item in corpus(1)]
    required = {"id", "title", "url", "publisher", "published_at", "language"}
    for line in lines:
        assert required <= line.keys() <= required | {"summary", "tickers"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(line["published_at"]))
        assert re.match(r"https://www\.[a-z]+\.example/", str(line["url"]))
        assert clean_text(str(line["title"])) == line["title"]
        assert clean_text(str(line.get("summary", "")), 600) == line.get("summary", "")
    assert lines[-1]["published_at"] == "2026-11-19T15:42:07Z"


@pytest.mark.slow
def test_volume_follows_the_week_and_the_day_whatever_hour_it_ends_at() -> None:
    for end in (END, END + 3 * DAY_MS + 9 * HOUR_MS):
        items = demo_items(end, shocks=())
        by_day: defaultdict[bool, list[int]] = defaultdict(list)
        by_hour: Counter[int] = Counter()
        counts = Counter(i.published_ms // DAY_MS for i in items)
        for day, count in counts.items():
            whole = end - 10 * DAY_MS <= day * DAY_MS and (day + 1) * DAY_MS <= end - (9 - BUSY_DAY + 1) * DAY_MS
            if whole:
                by_day[datetime.fromtimestamp(day * 86_400, UTC).weekday() >= 5].append(count)
        weekend, weekday = (sum(by_day[key]) / len(by_day[key]) for key in (True, False))
        assert 0.2 < weekend / weekday < 0.4
        for item in items:
            by_hour[item.published_ms // HOUR_MS % 24] += 1
        night, busy = sum(by_hour[h] for h in range(5)), sum(by_hour[h] for h in range(12, 17))
        assert 0.1 < night / busy < 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_the_busy_day_has_about_twice_the_volume_and_the_ordinary_share_of_bad_news(seed: int) -> None:
    stories = [item for item in originals(seed) if not item.shock]
    busy = [item for item in stories if day_of(item) == BUSY_DAY]
    # Day 7 is a Tuesday, day 8 a Wednesday, day 9 a Thursday, each from 15:42 of the day before.
    beside = [item for item in stories if day_of(item) in (BUSY_DAY - 1, BUSY_DAY + 1)]
    assert 1.6 < len(busy) / (len(beside) / 2) < 2.4
    bad = sum(item.intended == "negative" for item in busy) / len(busy)
    assert 0.09 < bad < 0.17


@pytest.mark.parametrize("seed", SEEDS)
def test_ordinary_news_is_mostly_dull_with_one_bad_story_in_seven_spread_over_companies(seed: int) -> None:
    stories = [item for item in originals(seed) if not item.shock]
    share = {tone: n / len(stories) for tone, n in Counter(item.intended for item in stories).items()}
    assert 0.115 <= share["negative"] <= 0.155
    assert 0.2 <= share["positive"] <= 0.3
    bad = Counter(company for item in stories if item.intended == "negative" for company in item.companies)
    assert len(bad) >= 0.95 * len(COMPANIES)
    assert max(bad.values()) <= 13
    latest: dict[str, int] = {}
    for item in stories:
        for company in item.companies if item.intended == "negative" else ():
            assert item.published_ms - latest.get(company, 0) >= 14 * HOUR_MS
            latest[company] = item.published_ms


@pytest.mark.parametrize("seed", SEEDS)
def test_all_twenty_topics_occur_and_general_news_besides(seed: int) -> None:
    stories = originals(seed)
    topics = Counter(item.topic for item in stories)
    assert set(topics) == TOPICS
    assert min(topics.values()) >= 25
    assert 0.4 <= sum(bool(item.summary) for item in stories) / len(stories) <= 0.6
    assert {item.publisher for item in stories} == {publisher.name for publisher in PUBLISHERS}


@pytest.mark.parametrize("seed", SEEDS)
def test_copies_come_soon_from_another_address_with_the_same_or_a_like_text(seed: int) -> None:
    by_id = {item.id: item for item in corpus(seed)}
    copies = [item for item in corpus(seed) if item.copy_of]
    verbatim = 0
    for copy in copies:
        first = by_id[copy.copy_of]
        assert MINUTE_MS <= copy.published_ms - first.published_ms <= 90 * MINUTE_MS
        assert (copy.story, copy.summary, copy.intended) == (first.story, first.summary, first.intended)
        assert copy.url != first.url
        if copy.title == first.title:
            verbatim += 1
            assert copy.publisher != first.publisher
        else:
            grams = five_letters(copy.title), five_letters(first.title)
            assert len(grams[0] & grams[1]) / len(grams[0] | grams[1]) >= 0.6
    assert 0.15 <= len(copies) / len(corpus(seed)) <= 0.3
    assert 0.4 <= verbatim / len(copies) <= 0.7
    forms = " ".join(copy.title for copy in copies)
    assert all(mark in forms for mark in ("UPDATE 1-", "RPT-", " | ", " - ", " pct"))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_stories_of_a_day_about_one_company_are_near_duplicates(seed: int) -> None:
    by_company: defaultdict[tuple[str, ...], list[DemoItem]] = defaultdict(list)
    for item in originals(seed):
        by_company[item.companies].append(item)
    for items in by_company.values():
        for a, b in near_pairs(items, DAY_MS):
            assert alike(a.title, b.title) < 0.6, (a.title, b.title)


@pytest.mark.parametrize("kind", ["bank", "fraud", "trade"])
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4))])
def test_a_shock_tells_its_promised_stories_in_different_words_by_several_publishers(kind: str, seed: int) -> None:
    shock = next(s for s in DEFAULT_SHOCKS if s.kind == kind)
    items = [item for item in corpus(seed) if item.shock == f"{kind}0"]
    told = [item for item in items if not item.copy_of]
    stories, negative = promised(shock.kind)
    assert len(told) == stories
    assert sum(item.intended == "negative" for item in told) == negative >= {"bank": 24, "fraud": 15, "trade": 25}[kind]
    assert len({item.publisher for item in told}) >= 3
    assert len({item.publisher for item in items}) >= 6
    assert len(items) > len(told)
    assert all(day_of(item) == shock.day for item in told)
    for a, b in near_pairs(told, DAY_MS):
        assert alike(a.title, b.title) < 0.6, (a.title, b.title)


def test_a_shock_begins_slowly_and_then_builds() -> None:
    for shock in DEFAULT_SHOCKS:
        begun = END // 1000 * 1000 - (10 - shock.day) * DAY_MS + int(shock.hour * HOUR_MS)
        times = [i.published_ms for i in originals(1) if i.shock == f"{shock.kind}0"]
        assert times[0] == begun
        assert bisect_left(times, begun + HOUR_MS) <= 3
        assert bisect_left(times, begun + 3 * HOUR_MS) - bisect_left(times, begun + HOUR_MS) >= 10


def test_the_trade_shock_still_makes_news_in_the_last_hour() -> None:
    last = [i for i in originals(1) if i.shock == "trade0" and i.intended == "negative"][-1]
    assert END - last.published_ms < HOUR_MS


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_removing_the_shocks_leaves_every_other_item_as_it_was(seed: int) -> None:
    quiet = corpus(seed, ())
    assert [item for item in corpus(seed) if not item.shock] == list(quiet)
    assert not any(item.shock for item in quiet)


@pytest.mark.slow
def test_shocks_can_stand_at_other_times_and_several_of_a_kind_strike_different_companies() -> None:
    shocks = [Shock("fraud", 2, 5.25), Shock("fraud", 8, 20.0), Shock("bank", 0, 1.0)]
    items = demo_items(END, seed=5, shocks=shocks)
    first, second = ({c for i in items if i.shock == name for c in i.companies} for name in ("fraud0", "fraud1"))
    assert first and second and first != second
    assert {day_of(i) for i in items if i.shock == "bank0" and not i.copy_of} == {0}


def test_fewer_days_end_alike() -> None:
    items = demo_items(END, days=2)
    assert items[0].published_ms >= END - 2 * DAY_MS - 1000
    assert items[-1].published_ms == END // 1000 * 1000
    assert {item.shock for item in items} == {"", "trade0"}


def test_every_phrase_can_be_worded_for_every_sector() -> None:
    from random import Random

    rng = Random(7)
    for company in {c.sector: c for c in COMPANIES}.values():
        for section, phrases in load("company").items():
            for phrase in phrases:
                words = base_words(END, rng) | {"co": company.name, "short": company.short, **QUARTER}
                title = expand(phrase, rng, words, company.sector)
                assert company.short in title, phrase
                assert 3 <= len(title.split()) <= 18, title
                assert not re.search(r"[{}()]|\b(\w+) \1\b", title), title
                assert lead("company", section[-1], rng, words, company.sector)
    for file in ("market", "general"):
        for phrases in load(file).values():
            for phrase in phrases:
                title = expand(phrase, rng, base_words(END, rng))
                assert not re.search(r"[{}()]|\b(\w+) \1\b", title), title
    assert all(load(kind.file)[kind.section] for kind in ORDINARY[0])


@pytest.fixture(scope="module")
def matcher() -> EntityMatcher:
    from importlib.resources import as_file, files

    with as_file(files("monitor.demo") / "watchlist.csv") as path:
        return EntityMatcher(load_watchlist(path))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_real_company_is_named(seed: int) -> None:
    shipped = EntityMatcher(load_watchlist())
    for item in corpus(seed):
        named = [m.name for m in shipped.find(item.title, item.summary, item.tickers) if m.kind == "company"]
        assert not named, (named, item.title, item.summary)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_demo_watchlist_finds_exactly_the_companies_meant(seed: int, matcher: EntityMatcher) -> None:
    for item in corpus(seed):
        found = {m.entity_id for m in matcher.find(item.title) if m.kind == "company"}
        assert found == set(item.companies), item.title


@pytest.mark.parametrize("seed", SEEDS)
def test_the_story_index_counts_stories_as_they_were_meant(seed: int, matcher: EntityMatcher) -> None:
    index, meant = StoryIndex(DAY_MS), dict[str, str]()
    apart = 0
    for number, item in enumerate(corpus(seed)):
        at = item.published_ms
        article = Article(item.id, "demo", item.publisher.lower(), item.url, item.title, item.summary, "en", at, at, at)
        mentions = matcher.find(item.title, item.summary, item.tickers)
        prepared = Prepared(article, item.title, item.summary, "", mentions)
        companies = frozenset(m.entity_id for m in mentions if m.kind == "company" and m.where != "summary")
        story = index.find(item.title, companies, at)
        if story is None:
            meant[index.open(number, prepared).id] = item.story
            apart += bool(item.copy_of)
        else:
            assert meant[story.id] == item.story, (item.title, story.first_text)
            index.join(story, prepared)
    assert apart == 0
