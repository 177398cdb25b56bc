"""A publisher changes its system: every id, every date is another one, and nothing of it is news."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.fold import Fold
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, FUTURE_TOLERANCE_MS, MINUTE_MS, Article, Mode, Scope, Standing, Tick
from monitor.restore import restore
from monitor.sink import StoreSink
from monitor.sources.feed import FeedOrigin, FeedParser, articles_of
from monitor.sources.wire import OLDEST_MS
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article, prepared
from tests.fakes_model import LexiconModel
from tests.oracle import agrees
from tests.quiet_news import A_DAY, in_loop, lived, pages, told

SETTINGS, DAYS = FoldSettings(), 9
NOW = NOON + DAYS * DAY_MS


@pytest.fixture(scope="module")
def nine_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nine days") / "s.db"

    async def live() -> None:
        with Store.open(path) as store:
            await lived(store, Fold(SETTINGS), LexiconModel(), range(DAYS), ["one"])
            assert pages(store) == []

    asyncio.run(live())
    return path


def everything() -> list[Article]:
    return [item for day in range(DAYS) for item in told("one", day)]


def another_id(item: Article) -> Article:
    return replace(item, key=f"one:new-{item.key}", url=f"https://new.example/{item.key}")


def another_date(item: Article) -> Article:
    return replace(item, published_at=NOW - 1, event_time=NOW - 1, received_at=NOW)


def both(item: Article) -> Article:
    return another_date(another_id(item))


def dressed(item: Article) -> Article:
    return replace(both(item), title=f"UPDATE 1-{item.title.upper()} - One Wire", publisher=f"new-{item.publisher}")


def never_told(item: Article) -> Article:
    return replace(both(item), title=item.title.replace("one", "two"))


async def sent_again(path: Path, items: list[Article]) -> tuple[list[str], int]:
    """The pages that opened in the three hours after, and how many bad stories the market had of it."""
    with Store.open(path) as store:
        fold, model = Fold(SETTINGS, restore(store, SETTINGS)), LexiconModel()
        metrics = Metrics(CollectorRegistry())
        end = Committing(fold, StoreSink(store), metrics, clock=lambda: NOW, on_folded=lambda folded: None)
        scores = model.infer(model.encode([item.title.lower() for item in items]))
        batch = [Delivery(replace(prepared(item), scores=(score,))) for item, score in zip(items, scores, strict=True)]
        await end.take([Delivery(Tick(NOW)), *batch[:200]])
        for first in range(200, len(batch), 256):
            await end.take(batch[first : first + 256])
        await end.take([Delivery(Tick(NOW + minute * MINUTE_MS)) for minute in range(1, 181)])
        return pages(store), fold.views("market")[1].n


def the_worst() -> list[Article]:
    """The bad stories alone: no good ones beside them keep their share down to what is usual."""
    return [item for item in everything() if item.title.endswith("collapse")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "sent"),
    [(another_id, everything), (another_date, everything), (both, the_worst), (dressed, the_worst)],
)
def test_an_archive_that_is_republished_pages_nobody(
    nine_days: Path, tmp_path: Path, change: Callable[[Article], Article], sent: Callable[[], list[Article]]
) -> None:
    path = Path(shutil.copy(nine_days, tmp_path / "s.db"))
    items = [change(item) for item in sent()]
    assert len(items) > 2 * A_DAY
    opened, bad = asyncio.run(sent_again(path, items))
    print(f"{change.__name__}: {len(items)} articles again, {bad} bad stories in 6 h, pages {opened}")
    assert opened == []
    if change is both:
        agrees(path, SETTINGS)


@pytest.mark.slow
def test_as_much_that_was_never_told_does_page(nine_days: Path, tmp_path: Path) -> None:
    """What makes the above say something."""
    path = Path(shutil.copy(nine_days, tmp_path / "s.db"))
    opened, bad = asyncio.run(sent_again(path, [never_told(item) for item in the_worst()]))
    assert [page.partition("@")[0] for page in opened] == ["market"] and bad > 100


HOSTILE_DATES = (
    *("Mon, 01 Jan 10000 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"),
    *("Fri, 30 Feb 2023 12:00:00 GMT", "Wed, 15 Nov 2023 12:00:00 +99:99", "Wed, 15 Nov 2023 12:00:00 +9999"),
    *("Wed, 15 Nov 2023 25:61:61 GMT", "-1", "0", "99999999999999999999", "Wed, 15 Nov 2023", "1e999", "NaN", "now"),
    *("2038-01-19T03:14:08Z", "2023-11-15T12:00:00+99:99", "2023-02-30T00:00:00Z", "10000-01-01T00:00:00Z"),
    *("0000-00-00T00:00:00Z", "2023-W46-3", "2023-11-15T12:00:60Z", "٢٠٢٣-١١-١٥", "", "T", "1" * 5_000),
)


def dated(form: str) -> bytes:
    items = "".join(form.format(number=number, date=date) for number, date in enumerate(HOSTILE_DATES))
    if "<entry>" in form:
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{items}</feed>'.encode()
    return f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()


FORMS = (
    "<item><title>Story {number} of hostile dates</title><guid>{number}</guid><pubDate>{date}</pubDate></item>",
    "<entry><title>Story {number} of hostile dates</title><id>{number}</id><updated>{date}</updated></entry>",
    '<item><title>Story {number} of hostile dates</title><guid>{number}</guid><dc:date xmlns:dc="http://purl.org/dc/'
    'elements/1.1/">{date}</dc:date></item>',
)


@pytest.fixture(scope="module")
def parsed() -> Iterator[list[Article]]:
    """Every such date in every form, through the real parser."""
    origin = FeedOrigin("wire", "https://news.example/", "", "", Scope.FINANCE)

    async def parse() -> list[Article]:
        parser, found = FeedParser(wall=30), []
        for form in FORMS:
            records = articles_of(await parser.parse(dated(form), ""), origin, Mode.LIVE, NOON, "w")
            found += [record for record in records if isinstance(record, Article)]
        await parser.close()
        return found

    yield asyncio.run(parse())


def test_no_date_of_a_feed_leads_out_of_what_can_be_believed(parsed: list[Article]) -> None:
    assert len(parsed) == len(FORMS) * len(HOSTILE_DATES)
    # The past is a hostile publisher's to claim, from 1990 on: it opens nothing. The future would poison a watermark.
    assert all(OLDEST_MS <= item.event_time <= NOON + FUTURE_TOLERANCE_MS for item in parsed)
    believed = {item.published_at for item in parsed if item.published_at is not None}
    assert believed and all(OLDEST_MS <= at <= NOON + DAY_MS for at in believed)


@in_loop
async def test_after_hostile_dates_the_next_story_is_live_and_on_time(parsed: list[Article]) -> None:
    fold = Fold(SETTINGS)
    for minute in range(60):
        fold.tick(Tick(NOON - (60 - minute) * MINUTE_MS))
    for item in parsed:
        fold.article(prepared(item), NOON)
    fold.tick(Tick(NOON))
    late = article("wire:x", "An ordinary story comes after it", at=NOON + 1, source="wire")
    fold.article(prepared(late), NOON)
    fold.tick(Tick(NOON + MINUTE_MS))
    row = next(row for row in fold.take().effects.articles if row.prepared.article.key == "wire:x")
    assert row.standing is Standing.LIVE
