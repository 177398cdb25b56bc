"""RSS, Atom, RDF and JSON feeds, polled: each feed is one partition, its `FeedState` the position."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.errors import FeedParseError, FetchError
from monitor.records import HOUR_MS, Article, Mode, Position, Refusal
from monitor.sources.feed import Feed, FeedOrigin, FeedParser, articles_of
from monitor.sources.feedlist import FeedSpec
from monitor.sources.fetch import FeedFetcher, Fetched, StatusError
from monitor.sources.protocol import Clock, SourceHealth, SourceState, masked_address
from monitor.sources.schedule import (
    FeedState,
    Wishes,
    adapted_interval,
    backoff_delay,
    bounded_next_check,
    next_poll_delay,
)
from monitor.sources.wire import WireContext, refusal

MOST_INTERVAL_MS = HOUR_MS // 2  # a silent central bank must still be heard within half an hour
_POLLS_AT_ONCE = 8
_LONGEST_WAIT_S = 30.0  # then the clock is asked again: it may have been set, or the machine may have slept
# Parse failures that the same bytes would repeat; `killed` may come from a starved machine and is tried again.
_LASTING = frozenset({"dtd", "limits", "not_a_feed"})

log = structlog.get_logger(__name__)

Timer = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _Watched:
    """A feed between polls. `state` and `seen` are as of the last acknowledged poll."""

    spec: FeedSpec
    state: FeedState
    seen: frozenset[str] = frozenset()
    items: int = 0
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _Poll:
    """What one poll brought, and the state to take on once it is committed."""

    records: list[Article | Refusal]
    state: FeedState
    seen: frozenset[str]


class RssSource:
    """Polls feeds for ever; a source of its own name, whose articles carry each feed's.

    A feed that fails is tried again later and shown in `health`; nothing of it is raised. The items of a feed's first
    poll have mode `backlog`. ETag, Last-Modified and the next-check time move on only when the poll that brought them
    has been acknowledged, and a feed is not polled again before that.

    Args:
        positions: by feed address; each a `FeedState` as a dict.
        max_interval: ms; the longest that our own interval grows for a feed that publishes seldom.
        timer: sleeps for so many seconds by `clock`; another one only in tests.
        jitter: uniform in [0, 1).
    """

    def __init__(
        self,
        feeds: Sequence[FeedSpec],
        *,
        positions: Mapping[str, Mapping[str, Any]],
        clock: Clock,
        fetcher: FeedFetcher,
        parser: FeedParser,
        name: str = "rss",
        max_interval: int = MOST_INTERVAL_MS,
        timer: Timer = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._clock = clock
        self._fetcher = fetcher
        self._parser = parser
        self._max_interval = max_interval
        self._timer = timer
        self._jitter = jitter
        self._running = asyncio.Event()
        self._running.set()
        self._slots = asyncio.Semaphore(_POLLS_AT_ONCE)
        self._feeds = [_Watched(spec, FeedState.from_dict(positions.get(spec.url, {}))) for spec in feeds]

    async def run(self, out: Channel[Delivery]) -> None:
        """Runs until cancelled, or until every feed is gone."""
        async with asyncio.TaskGroup() as group:
            for feed in self._feeds:
                group.create_task(self._watch(feed, out), name=f"feed:{feed.spec.name}")

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    def health(self) -> list[SourceHealth]:
        return [self._health(feed) for feed in self._feeds]

    async def _watch(self, feed: _Watched, out: Channel[Delivery]) -> None:
        while not feed.state.gone:
            await self._until(feed.state.next_check)
            async with self._slots:
                await self._running.wait()  # inside the slot: a pause may come while we stand in line for it
                poll = await self._poll(feed)
                # Inside the slot: while the channel is full, no more than these few polls are held in memory.
                await self._hand_over(feed, poll, out)
            await feed.acknowledged.wait()

    async def _until(self, at: int) -> None:
        """Waits until the clock says `at`; bounded at every look, since the clock may be set back while we wait."""
        while True:
            now = self._clock()
            at = bounded_next_check(at, now)
            if at <= now:
                return
            await self._timer(min((at - now) / 1000, _LONGEST_WAIT_S))

    async def _hand_over(self, feed: _Watched, poll: _Poll, out: Channel[Delivery]) -> None:
        feed.acknowledged.clear()

        def committed() -> None:
            feed.state, feed.seen = poll.state, poll.seen
            feed.items += sum(isinstance(record, Article) for record in poll.records)
            feed.acknowledged.set()

        position = Position(self.name, feed.spec.url, poll.state.to_dict())
        for record in poll.records[:-1]:
            await out.put(Delivery(record))
        await out.put(Delivery(poll.records[-1] if poll.records else None, position, committed))

    async def _poll(self, feed: _Watched) -> _Poll:
        state, address = feed.state, feed.state.moved or feed.spec.url
        try:
            fetched = await self._fetcher.fetch(address, state.etag, state.last_modified)
        except FetchError as error:
            return _Poll([], self._failed(feed, error), feed.seen)
        return await self._read(feed, address, fetched)

    async def _read(self, feed: _Watched, address: str, fetched: Fetched) -> _Poll:
        now, state = self._clock(), feed.state
        hashed = hashlib.blake2b(fetched.body, digest_size=16).hexdigest() if fetched.status == 200 else state.body_hash
        if hashed == state.refused_hash != "":
            return _Poll([], self._failed(feed, FetchError(state.refused_reason, "unchanged")), feed.seen)
        if fetched.status == 304 or hashed == state.body_hash:
            same = replace(state, moved=fetched.moved or state.moved)
            return _Poll([], self._well(feed, fetched, same), feed.seen)
        try:
            parsed = await self._parser.parse(fetched.body, fetched.content_type)
        except FeedParseError as error:
            return self._unreadable(feed, error, hashed)
        where = masked_address(address)
        mode = Mode.LIVE if state.first_poll_done else Mode.BACKLOG
        found = articles_of(parsed, _origin(feed.spec, fetched.moved or address), mode, now, where)
        # What stood in the last committed poll, word for word, would only be found again to be a copy.
        seen = frozenset(_fingerprint(record) for record in found)
        records = [record for record in found if _fingerprint(record) not in feed.seen]
        times = [r.event_time for r in found if isinstance(r, Article) and r.published_at is not None]
        after = replace(
            state,
            body_hash=hashed,
            moved=fetched.moved or state.moved,
            first_poll_done=True,
            ttl=parsed.ttl_ms,
            interval=self._interval(feed.spec, parsed, times, now),
            last_item=max([state.last_item, *times]),
        )
        return _Poll(records, self._well(feed, fetched, after), seen)

    def _interval(self, spec: FeedSpec, parsed: Feed, times: list[int], now: int) -> int:
        return adapted_interval(times, now, spec.interval, max(self._max_interval, spec.interval), parsed.update_ms)

    def _well(self, feed: _Watched, fetched: Fetched, state: FeedState) -> FeedState:
        now = self._clock()
        if feed.state.reason:
            log.info("feed_recovered", feed=feed.spec.name, after=feed.state.reason, ends="feed_failing")
        interval = max(state.interval, feed.spec.interval)
        kept = fetched.status == 304  # a 304 need not repeat the validators; what it does send is newer
        return replace(
            state,
            etag=fetched.etag or (state.etag if kept else ""),
            last_modified=fetched.last_modified or (state.last_modified if kept else ""),
            next_check=now + next_poll_delay(interval, Wishes(state.ttl, fetched.fresh_ms), self._jitter()),
            failures=0,
            reason="",
            last_ok=now,
        )

    def _failed(self, feed: _Watched, error: FetchError | FeedParseError) -> FeedState:
        state = feed.state
        if error.reason != state.reason:
            address = masked_address(state.moved or feed.spec.url)
            log.warning("feed_failing", feed=feed.spec.name, address=address, reason=error.reason, detail=error.detail)
        failures = state.failures + 1
        gone = error.reason == "http_410" and not state.moved
        # The address that a redirect led to has died: ask the configured one again, before any long wait.
        fallen_back = bool(state.moved) and (error.reason in ("http_404", "http_410") or failures >= 3)
        wishes = Wishes(retry_after=error.retry_after if isinstance(error, StatusError) else 0)
        delay = backoff_delay(1 if fallen_back else failures, feed.spec.interval, wishes, self._jitter())
        return replace(
            state,
            moved="" if fallen_back else state.moved,
            gone=gone,
            failures=failures,
            reason=error.reason,
            next_check=self._clock() + delay,
        )

    def _unreadable(self, feed: _Watched, error: FeedParseError, hashed: str) -> _Poll:
        """A body that is no feed: kept as a refusal once, not at every poll of the same bytes."""
        now, where = self._clock(), masked_address(feed.state.moved or feed.spec.url)
        after = replace(self._failed(feed, error), etag="", last_modified="")
        lasting = error.reason in _LASTING
        if lasting:
            after = replace(after, refused_hash=hashed, refused_reason=error.reason)
        context = WireContext(feed.spec.name, feed.spec.scope, Mode.LIVE, now)
        repeated = feed.state.reason == error.reason and not lasting
        records: list[Article | Refusal] = [] if repeated else [refusal(error.reason, error.detail, context, where, "")]
        return _Poll(records, after, feed.seen)

    def _health(self, feed: _Watched) -> SourceHealth:
        state = feed.state
        if state.gone:
            shown = SourceState.STOPPED
        elif state.failures:
            shown = SourceState.FAILING
        else:
            shown = SourceState.OK if state.last_ok and self._running.is_set() else SourceState.WAITING
        return SourceHealth(
            source=feed.spec.name,
            partition=masked_address(feed.spec.url),
            state=shown,
            last_ok=state.last_ok or None,
            last_item=state.last_item or None,
            next_check=None if state.gone else state.next_check,
            failures=state.failures,
            reason=state.reason,
            items=feed.items,
            address=masked_address(state.moved or feed.spec.url),
        )


def _origin(spec: FeedSpec, url: str) -> FeedOrigin:
    return FeedOrigin(spec.name, url, spec.publisher, spec.language, spec.scope)


def _fingerprint(record: Article | Refusal) -> str:
    if isinstance(record, Article):
        text = f"{record.key}\0{record.title}\0{record.summary}"
    else:
        text = f"{record.reason}\0{record.payload}\0{record.detail}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
