"""`bearwatch feeds check`: every feed tried once, as the daemon would, and what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.errors import FeedParseError, FetchError
from monitor.records import Article, Mode
from monitor.sources.feed import FeedOrigin, FeedParser, articles_of
from monitor.sources.feedlist import FeedSpec
from monitor.sources.fetch import FeedFetcher
from monitor.sources.protocol import Clock, masked_address

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """One feed's trial.

    Attributes:
        ok: it answered with a feed that has at least one usable entry.
        status: the HTTP status, None where there was no answer.
        content_type: as sent. newest: the newest item's time, ms UTC, None where no item is dated.
        moved: where permanent redirects lead, masked, or "".
        wrong: one line, "" when nothing is.
    """

    name: str
    address: str
    ok: bool
    status: int | None
    content_type: str
    items: int
    newest: int | None
    moved: str
    wrong: str


async def check_feeds(
    feeds: Sequence[FeedSpec], *, fetcher: FeedFetcher, parser: FeedParser, clock: Clock
) -> list[FeedCheck]:
    """Tries every feed once, some at a time; results in the order given."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(feed: FeedSpec) -> FeedCheck:
        async with slots:
            return await _check(feed, fetcher, parser, clock)

    return await asyncio.gather(*(one(feed) for feed in feeds))


async def _check(feed: FeedSpec, fetcher: FeedFetcher, parser: FeedParser, clock: Clock) -> FeedCheck:
    address = masked_address(feed.url)
    try:
        fetched = await fetcher.fetch(feed.url)
    except FetchError as error:
        status = getattr(error, "status", None)
        return FeedCheck(feed.name, address, False, status, "", 0, None, "", f"{error.reason}: {error.detail}")
    moved, kind = masked_address(fetched.moved), fetched.content_type
    try:
        parsed = await parser.parse(fetched.body, kind)
    except FeedParseError as error:
        wrong = f"{error.reason}: {error.detail}"
        return FeedCheck(feed.name, address, False, fetched.status, kind, 0, None, moved, wrong)
    origin = FeedOrigin(feed.name, fetched.moved or feed.url, feed.publisher, feed.language, feed.scope)
    records = articles_of(parsed, origin, Mode.LIVE, clock(), address)
    articles = [record for record in records if isinstance(record, Article)]
    newest = max((a.published_at for a in articles if a.published_at is not None), default=None)
    wrong = _complaint(len(records) - len(articles), articles, newest, moved)
    return FeedCheck(feed.name, address, bool(articles), fetched.status, kind, len(articles), newest, moved, wrong)


def _complaint(refused: int, articles: list[Article], newest: int | None, moved: str) -> str:
    complaints = []
    if not articles:
        complaints.append("no usable entry")
    if refused:
        complaints.append(f"{refused} entries refused")
    if articles and newest is None:
        complaints.append("no entry has a date")
    if moved:
        complaints.append(f"moved for good to {moved}")
    return "; ".join(complaints)
