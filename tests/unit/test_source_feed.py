"""Feed bytes to articles: the corpus, the child's limits, and the adaptation."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import FeedParseError
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Article, Mode, Refusal, Scope
from monitor.sources import feed_child
from monitor.sources.feed import Feed, FeedEntry, FeedOrigin, FeedParser, articles_of
from tests.fakes_source import NOW
from tests.feeds import NOT_FEEDS, SAMPLES, Sample

# The real child with its real limits, but without the guard in front of the parser.
UNGUARDED = """
import sys
sys.path.insert(0, sys.argv[1])
import feed_child
raise SystemExit(feed_child.serve(lambda text: None))
"""
ORIGIN = FeedOrigin("wire", "https://news.example/rss", "", "", Scope.GENERAL)


def unguarded() -> FeedParser:
    return FeedParser([sys.executable, "-I", "-c", UNGUARDED, str(Path(feed_child.__file__).parent)])


def with_parser(scenario: Callable[[FeedParser], Awaitable[None]], parser: FeedParser | None = None) -> None:
    async def run() -> None:
        used = parser or FeedParser()
        try:
            await scenario(used)
        finally:
            await used.close()

    asyncio.run(run())


def failure(body: bytes, parser: FeedParser | None = None) -> FeedParseError:
    caught: list[FeedParseError] = []

    async def scenario(used: FeedParser) -> None:
        with pytest.raises(FeedParseError) as info:
            await used.parse(body, "text/xml")
        caught.append(info.value)
        # Whatever happened, the next feed is read.
        assert (await used.parse(SAMPLES[0].body, "")).entries[0].title == SAMPLES[0].entries[0][0]

    with_parser(scenario, parser)
    return caught[0]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_corpus_is_read_as_meant(sample: Sample) -> None:
    answer = feed_child.parse(sample.body, sample.content_type)
    found = [(e["title"], e["link"]) for e in answer["entries"]]
    assert found == [(title, link) for title, link, _ in sample.entries]
    published = [e.get("published") or e.get("updated") for e in answer["entries"] if "published_text" not in e]
    assert published == [at for _, _, at in sample.entries if "JSON" not in sample.name]


def test_the_corpus_reads_alike_through_the_child_process() -> None:
    async def scenario(parser: FeedParser) -> None:
        for sample in SAMPLES:
            feed = await parser.parse(sample.body, sample.content_type)
            assert [(e.title, e.link, e.published or e.updated) for e in feed.entries] == list(sample.entries)

    with_parser(scenario)


@pytest.mark.parametrize("body", NOT_FEEDS)
def test_what_is_no_feed_says_so(body: bytes) -> None:
    with pytest.raises(feed_child.Refused) as caught:
        feed_child.parse(body, "")
    assert caught.value.args[0] == "not_a_feed"


ENTITY_FEED = (
    '<!DOCTYPE rss [\n<!ENTITY a "{}">\n]><rss version="2.0"><channel><title>t</title><item><title>{}</title></item>'
    "</channel></rss>"
)
# One entity of 50,000 characters, 20,000 references: a gigabyte of title out of 110 KB.
BOMB = ENTITY_FEED.format("x" * 50_000, "&a;" * 20_000)
SMALL_BOMB = ENTITY_FEED.format("x", "&a;")
DTDS = [
    SMALL_BOMB.encode(),
    b"\xef\xbb\xbf" + SMALL_BOMB.encode(),
    b"junk before it" + SMALL_BOMB.encode(),
    SMALL_BOMB.encode("utf-16"),
    SMALL_BOMB.encode("utf-16-be"),
    SMALL_BOMB.encode("utf-32"),
    SMALL_BOMB.lower().encode(),
    SMALL_BOMB.replace("<!ENTITY", "<!\n ENTITY").encode(),
    SMALL_BOMB.replace("[", "SYSTEM 'http://evil.example/x.dtd' [").encode(),
    b'<rss version="2.0"><channel><item><title>late <!ENTITY b "c"></title></item></channel></rss>',
    ("\x01" + SMALL_BOMB).encode(),
]


@pytest.mark.parametrize("body", DTDS)
def test_a_dtd_with_entities_is_refused_in_any_encoding(body: bytes) -> None:
    with pytest.raises(feed_child.Refused) as caught:
        feed_child.parse(body, "text/xml")
    assert caught.value.args[0] == "dtd"


def test_an_encoding_that_would_hide_a_dtd_is_not_believed() -> None:
    hidden = SMALL_BOMB.encode("utf-7").replace(b"<!", b"+ADwAIQ-").replace(b"<", b"+ADw-")
    for declared in ("utf-7", "unicode_escape", "zlib", "rot13", "idna"):
        with pytest.raises(feed_child.Refused):
            feed_child.parse(f'<?xml version="1.0" encoding="{declared}"?>'.encode() + hidden, "text/xml")


MANY_ATTRIBUTES = (
    b'<rss version="2.0"><channel><item><title>t</title><x '
    + b" ".join(b"a%d='1'" % i for i in range(100_000))
    + b"/></item></channel></rss>"
)
MANY_CATEGORIES = (
    b'<rss version="2.0"><channel><item><title>t</title>'
    + b"".join(b"<category>c%d</category>" % i for i in range(40_000))
    + b"</item></channel></rss>"
)


def test_attributes_and_categories_beyond_measure_are_refused_at_once() -> None:
    started = time.monotonic()
    assert failure(MANY_ATTRIBUTES).reason == "limits"
    assert failure(MANY_CATEGORIES).reason == "limits"
    assert failure(BOMB.encode()).reason == "dtd"
    assert time.monotonic() - started < 30  # feedparser takes 135 s and 31 s of CPU


@pytest.mark.slow
@pytest.mark.parametrize("body", [MANY_ATTRIBUTES, MANY_CATEGORIES], ids=["attributes", "categories"])
def test_past_the_guard_the_wall_limit_kills_the_child_and_not_the_daemon(body: bytes) -> None:
    assert failure(body, unguarded()).reason == "killed"


@pytest.mark.slow
def test_past_the_guard_nested_entities_take_the_child_down_at_its_memory_limit() -> None:
    async def scenario(parser: FeedParser) -> None:
        task = asyncio.create_task(parser.parse(BOMB.encode(), "text/xml"))
        most = 0
        while not task.done():
            if parser.pid is not None:
                most = max(most, resident_mib(parser.pid))
            await asyncio.sleep(0.005)
        with pytest.raises(FeedParseError) as caught:
            await task
        assert caught.value.reason in ("limits", "killed")
        assert most <= feed_child.MEMORY_BYTES >> 20

    with_parser(scenario, unguarded())


@pytest.mark.slow
def test_the_cpu_limit_ends_a_child_that_nobody_watches() -> None:
    async def scenario() -> None:
        patient = FeedParser([sys.executable, "-I", "-c", UNGUARDED, str(Path(feed_child.__file__).parent)], wall=60)
        started = time.monotonic()
        with pytest.raises(FeedParseError) as caught:
            await patient.parse(MANY_ATTRIBUTES, "text/xml")
        assert caught.value.reason == "killed"
        assert time.monotonic() - started < 40
        await patient.close()

    asyncio.run(scenario())


def child_environment(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/environ").read_bytes().rstrip(b"\0").split(b"\0")


def resident_mib(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") >> 20 if len(fields) > 1 else 0


def test_the_child_has_no_environment_and_none_of_our_modules() -> None:
    async def scenario(parser: FeedParser) -> None:
        await parser.parse(SAMPLES[0].body, "")
        assert parser.pid is not None
        assert child_environment(parser.pid) == [b"LC_ALL=C.UTF-8"]

    os.environ["BEARWATCH_CANARY"] = "secret"
    try:
        with_parser(scenario)
    finally:
        del os.environ["BEARWATCH_CANARY"]
    source = Path(feed_child.__file__).read_text()
    assert "import monitor" not in source
    assert "from monitor" not in source


def test_one_child_serves_many_feeds_and_a_cancelled_one_is_replaced() -> None:
    async def scenario(parser: FeedParser) -> None:
        await parser.parse(SAMPLES[0].body, "")
        first = parser.pid
        await parser.parse(SAMPLES[1].body, "")
        assert parser.pid == first
        task = asyncio.create_task(parser.parse(SAMPLES[0].body * 1_000, ""))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        feeds = await asyncio.gather(*(parser.parse(sample.body, sample.content_type) for sample in SAMPLES))
        assert [len(feed.entries) for feed in feeds] == [len(sample.entries) for sample in SAMPLES]
        assert parser.pid != first

    with_parser(scenario)


def test_a_child_that_cannot_start_is_an_error_of_the_feed() -> None:
    async def scenario() -> None:
        with pytest.raises(FeedParseError) as caught:
            await FeedParser([sys.executable, "-c", "raise SystemExit(1)"]).parse(b"", "")
        assert caught.value.reason == "killed"

    asyncio.run(scenario())


def test_entries_and_fields_are_capped_and_what_was_left_out_is_counted() -> None:
    items = "".join(
        f"<item><title>{'t' * 5_000}</title><description>{'d' * 20_000}</description></item>" for _ in range(160)
    )
    answer = feed_child.parse(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), "")
    assert len(answer["entries"][0]["title"]) == feed_child.TITLE_CHARS
    assert len(answer["entries"][0]["summary"]) == feed_child.SUMMARY_CHARS
    short = "".join(f"<item><title>{i}</title></item>" for i in range(620))
    answer = feed_child.parse(f'<rss version="2.0"><channel>{short}</channel></rss>'.encode(), "")
    assert (len(answer["entries"]), answer["dropped"]) == (500, 120)


def test_an_answer_never_grows_past_its_cap() -> None:
    item = f"<item><title>{'汉' * 2_000}</title><description>{'字' * 6_000}</description></item>"
    answer = feed_child.parse(f'<rss version="2.0"><channel>{item * 190}</channel></rss>'.encode(), "")
    assert 0 < len(answer["entries"]) < 190
    assert len(answer["entries"]) + answer["dropped"] == 190
    assert (
        sum(len(e["title"].encode() + e["summary"].encode()) for e in answer["entries"]) < feed_child.MAX_ANSWER_BYTES
    )


def test_ttl_and_update_period_come_along() -> None:
    head = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title>'
        "<ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"
        "<language>de-CH</language></channel></rss>"
    )
    feed = feed_child.parse(head.encode(), "")["feed"]
    assert (feed["ttl_s"], feed["update_s"], feed["language"]) == (1_800, 21_600, "de-CH")


def entry(**changes: object) -> FeedEntry:
    usual = FeedEntry("id-1", "/a", "Title", "Summary", NOW - HOUR_MS, None, "")
    return replace(usual, **changes)  # type: ignore[arg-type]


def adapted(
    *entries: FeedEntry, origin: FeedOrigin = ORIGIN, language: str = "", now: int = NOW
) -> list[Article | Refusal]:
    return articles_of(Feed("t", language, 0, 0, entries, 0), origin, Mode.LIVE, now, "https://news.example/rss")


def one(changed: FeedEntry, **options: object) -> Article:
    (article,) = adapted(changed, **options)  # type: ignore[arg-type]
    assert isinstance(article, Article)
    return article


def test_an_entry_becomes_an_article() -> None:
    assert one(entry()) == Article(
        key="wire:id-1",
        source="wire",
        publisher="news.example",
        url="https://news.example/a",
        title="Title",
        summary="Summary",
        language="",
        published_at=NOW - HOUR_MS,
        received_at=NOW,
        event_time=NOW - HOUR_MS,
        scope=Scope.GENERAL,
        mode=Mode.LIVE,
    )


DATES = [
    # published, updated -> published_at, event_time
    (NOW - DAY_MS, None, NOW - DAY_MS, NOW - DAY_MS),
    (None, NOW - DAY_MS, NOW - DAY_MS, NOW - DAY_MS),
    (NOW + 4 * MINUTE_MS, None, NOW + 4 * MINUTE_MS, NOW + 4 * MINUTE_MS),
    (NOW + HOUR_MS, None, NOW + HOUR_MS, NOW),
    (NOW + 2 * DAY_MS, None, None, NOW),
    (NOW + 2 * DAY_MS, NOW - DAY_MS, NOW - DAY_MS, NOW - DAY_MS),
    (0, None, None, NOW),
    (253_402_300_799_000, None, None, NOW),  # 9999-12-31
    (None, None, None, NOW),
]


@pytest.mark.parametrize(("published", "updated", "published_at", "event_time"), DATES)
def test_dates_are_clamped(
    published: int | None, updated: int | None, published_at: int | None, event_time: int
) -> None:
    article = one(entry(published=published, updated=updated))
    assert (article.published_at, article.event_time) == (published_at, event_time)


@pytest.mark.parametrize("published", [NOW + HOUR_MS, NOW - HOUR_MS, NOW + 2 * DAY_MS, None])
def test_an_entry_without_id_keeps_its_key_from_poll_to_poll(published: int | None) -> None:
    first = one(entry(guid="", published=published))
    second = one(entry(guid="", published=published), now=NOW + 7 * MINUTE_MS)
    assert first.key == second.key


def test_an_id_that_stands_for_several_entries_identifies_none() -> None:
    records = adapted(
        entry(guid="0", title="A", link="/a"),
        entry(guid="0", title="B", link="/b"),
        entry(guid="1", title="C", link="/c"),
    )
    keys = {record.title: record.key for record in records if isinstance(record, Article)}
    assert len(set(keys.values())) == 3
    assert keys["C"] == "wire:1"
    assert "wire:0" not in keys.values()


def test_the_same_entry_twice_in_a_feed_is_one() -> None:
    assert len(adapted(entry(), entry(), entry(guid="2"))) == 2


def test_entries_come_oldest_first() -> None:
    records = adapted(*(entry(guid=str(i), published=NOW - i * MINUTE_MS) for i in range(5)))
    assert [r.key for r in records if isinstance(r, Article)] == [f"wire:{i}" for i in (4, 3, 2, 1, 0)]


def test_a_post_without_title_takes_it_from_its_text_and_one_without_both_is_refused() -> None:
    assert one(entry(title="", summary="<p>Shares <b>fall</b></p>")).title == "Shares fall"
    (refused,) = adapted(entry(title=" <br/> ", summary="<img src='x'/>"))
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.where) == ("no_title", "https://news.example/rss entry 1")


PUBLISHERS = [
    ("", "https://www.example.org/a", "", "example.org"),
    ("", "https://agg.example/a", "https://www.Paper.example/", "paper.example"),
    ("", "https://agg.example/a", "The Paper", "the paper"),
    ("Bank.Example", "https://agg.example/a", "https://paper.example/", "bank.example"),
    ("", "", "", "wire"),
]


@pytest.mark.parametrize(("configured", "link", "source", "publisher"), PUBLISHERS)
def test_the_publisher_is_the_configured_the_named_or_the_host(
    configured: str, link: str, source: str, publisher: str
) -> None:
    assert one(entry(link=link, source=source), origin=replace(ORIGIN, publisher=configured)).publisher == publisher


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "http://[::1", "mailto:a@b.example"])
def test_a_link_that_is_no_web_address_is_dropped(link: str) -> None:
    assert one(entry(link=link)).url == ""


def test_text_that_no_database_takes_is_mended() -> None:
    article = one(entry(guid="a\0\ud800", title="T\0itle \udfff", summary="x\ud83d"))
    assert (article.key, article.title, article.summary) == ("wire:a\ufffd", "Title \ufffd", "x\ufffd")
    article.title.encode()


def test_what_was_left_out_of_a_feed_is_a_refusal() -> None:
    records = articles_of(Feed("t", "", 0, 0, (entry(),), 7), ORIGIN, Mode.LIVE, NOW, "w")
    assert [r.reason for r in records if isinstance(r, Refusal)] == ["too_many_entries"]
