"""A feed's bytes -> entries -> articles. The parsing itself happens in a killable child (`feed_child`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from monitor.errors import FeedParseError
from monitor.ingest.canonical import article_key, clean_text, publisher_of
from monitor.records import Article, Mode, Refusal, Scope
from monitor.sources.wire import (
    SUMMARY_CHARS,
    TITLE_CHARS,
    Reason,
    WireContext,
    believable_time,
    event_time_of,
    language_of,
    parse_time,
    plain_text,
    refusal,
    web_url,
)

WALL_SECONDS = 3.0
_START_SECONDS = 30.0  # loading feedparser takes 0.3 s on an idle machine, much longer on a starving one
_FEEDS_PER_CHILD = 500  # then a fresh one: whatever a parser leaks goes with it
_ANSWER_BYTES = 4 << 20
_CHILD = Path(__file__).with_name("feed_child.py")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry as the feed gives it, in the child's wire form. Times are ms UTC or None, not yet believed."""

    guid: str
    link: str
    title: str
    summary: str
    published: int | None
    updated: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A parsed feed. ttl_ms and update_ms are what it asks for, 0 where it says nothing.

    Attributes:
        dropped: entries beyond the caps, which nobody has read.
    """

    title: str
    language: str
    ttl_ms: int
    update_ms: int
    entries: tuple[FeedEntry, ...]
    dropped: int


@dataclass(frozen=True, slots=True)
class FeedOrigin:
    """What an article takes from its feed's configuration.

    Attributes:
        name: the article's source. url: the address that relative links are resolved against.
        publisher: "" where each entry is asked (an aggregator names it in <source>, else the link's host).
    """

    name: str
    url: str
    publisher: str
    language: str
    scope: Scope


class FeedParser:
    """Parses feeds one at a time in a child process that is started when needed and replaced when killed.

    Args:
        command: the child's command line; another one only in tests.
        wall: seconds that one feed may take before the child is killed.
    """

    def __init__(self, command: Sequence[str] | None = None, wall: float = WALL_SECONDS) -> None:
        # -I: neither the working folder nor PYTHON* variables choose what the child imports.
        self._command = tuple(command) if command else (sys.executable, "-I", str(_CHILD))
        self._wall = wall
        self._child: asyncio.subprocess.Process | None = None
        self._parsed = 0
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The running child's process id, None before the first feed and after a kill."""
        return self._child.pid if self._child is not None else None

    async def parse(self, body: bytes, content_type: str) -> Feed:
        """Parses one feed of at most a few MiB (the fetcher's cap).

        Raises:
            FeedParseError: `dtd`, `limits`, `not_a_feed`, or `killed` when the child went past its limits and died.
        """
        async with self._turn:
            child = await self._ready_child()
            answered = False
            try:
                async with asyncio.timeout(self._wall):
                    answer = await _ask(child, body, content_type)
                answered = True
            except TimeoutError as error:
                raise FeedParseError(
                    "killed", f"parsing took more than {self._wall:g} s; the parser was killed"
                ) from error
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise FeedParseError("killed", "the parser went past its limits and died") from error
            finally:
                # Cancelled in the middle, the stream is out of step too.
                self._parsed += 1
                if not answered or self._parsed >= _FEEDS_PER_CHILD:
                    await self._end_child()
        if refused := answer.get("error"):
            raise FeedParseError(str(refused[0]), str(refused[1]))
        return _feed(answer)

    async def close(self) -> None:
        """Ends the child. Idempotent."""
        async with self._turn:
            await self._end_child()

    async def _ready_child(self) -> asyncio.subprocess.Process:
        if self._child is not None and self._child.returncode is None:
            return self._child
        await self._end_child()
        # Spawned, never forked from this process; an empty environment holds no secrets.
        self._child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,  # a Ctrl-C at the terminal is for the daemon alone
        )
        self._parsed = 0
        try:
            async with asyncio.timeout(_START_SECONDS):
                await _read_answer(self._child)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await self._end_child()
            raise FeedParseError("killed", "the parser process did not start") from error
        except asyncio.CancelledError:
            await self._end_child()
            raise
        return self._child

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def articles_of(feed: Feed, origin: FeedOrigin, mode: Mode, now: int, where: str) -> list[Article | Refusal]:
    """Adapts a feed's entries, oldest first, since feeds put the newest on top and stories grow forward in time.

    Args:
        now: ms UTC; received_at of every entry.
        where: the feed's address, masked, for refusals.
    """
    context = WireContext(origin.name, origin.scope, mode, now)
    reused = _reused_guids(feed.entries)
    found: dict[str, Article | Refusal] = {}
    for index, entry in enumerate(feed.entries):
        usable = replace(entry, guid="") if entry.guid in reused else entry
        record = _adapt(usable, feed.language, origin, context, f"{where} entry {index + 1}")
        found.setdefault(record.key if isinstance(record, Article) else f"#{index}", record)
    records = sorted(found.values(), key=lambda r: r.event_time if isinstance(r, Article) else 0)
    if feed.dropped:
        detail = f"{feed.dropped} entries beyond the first {len(feed.entries)} were not read"
        records.append(refusal("too_many_entries", detail, context, where, ""))
    return records


def _adapt(entry: FeedEntry, language: str, origin: FeedOrigin, context: WireContext, where: str) -> Article | Refusal:
    # Short posts have no title; their text is one.
    title = entry.title if clean_text(entry.title) else clean_text(entry.summary, 200)
    if not title:
        return refusal(Reason.NO_TITLE, "neither title nor summary", context, where, entry.link or entry.guid)
    published = believable_time(entry.published, context.now)
    if published is None:
        published = believable_time(entry.updated, context.now)
    url = _absolute(origin.url, entry.link)
    return Article(
        # Never the minute of this poll (event_time may be that): every poll would make the entry anew.
        key=article_key(origin.name, plain_text(entry.guid, len(entry.guid)), url, title, published or 0),
        source=origin.name,
        publisher=origin.publisher.lower() or _publisher(entry.source) or publisher_of(url) or origin.name,
        url=url,
        title=plain_text(title, TITLE_CHARS),
        summary=plain_text(entry.summary, SUMMARY_CHARS),
        language=language_of(origin.language, "") or language_of(language, title),
        published_at=published,
        received_at=context.now,
        event_time=event_time_of(published, context.now),
        scope=context.scope,
        mode=context.mode,
    )


def _reused_guids(entries: Sequence[FeedEntry]) -> frozenset[str]:
    """Ids that stand for several entries at once ("0", the feed's own address): they identify nothing."""
    distinct = {(e.guid, e.link, e.title) for e in entries if e.guid}
    times = Counter(guid for guid, _, _ in distinct)
    return frozenset(guid for guid, count in times.items() if count > 1)


def _absolute(base: str, link: str) -> str:
    try:
        return web_url(urljoin(base, link)) if link else ""
    except ValueError:
        return ""


def _publisher(source: str) -> str:
    return publisher_of(source) or plain_text(source, 200).lower()


async def _ask(child: asyncio.subprocess.Process, body: bytes, content_type: str) -> dict[str, Any]:
    assert child.stdin is not None
    head = json.dumps({"content_type": content_type[:500]}).encode()
    child.stdin.write(struct.pack(">II", len(head), len(body)) + head)
    child.stdin.write(body)
    await child.stdin.drain()
    return await _read_answer(child)


async def _read_answer(child: asyncio.subprocess.Process) -> dict[str, Any]:
    assert child.stdout is not None
    (size,) = struct.unpack(">I", await child.stdout.readexactly(4))
    if size > _ANSWER_BYTES:
        raise asyncio.IncompleteReadError(b"", size)
    answer: dict[str, Any] = json.loads(await child.stdout.readexactly(size))
    return answer


def _feed(answer: dict[str, Any]) -> Feed:
    head = answer["feed"]
    return Feed(
        title=head["title"],
        language=head["language"],
        ttl_ms=int(head["ttl_s"]) * 1000,
        update_ms=int(head["update_s"]) * 1000,
        entries=tuple(_entry(item) for item in answer["entries"]),
        dropped=int(answer["dropped"]),
    )


def _entry(item: dict[str, Any]) -> FeedEntry:
    published = item.get("published")
    if text := item.get("published_text"):  # JSON Feed: RFC 3339, as in our own wire form
        with contextlib.suppress(ValueError):
            published = parse_time(text)
    return FeedEntry(
        guid=item["guid"],
        link=item["link"],
        title=item["title"],
        summary=item["summary"],
        published=published,
        updated=item.get("updated"),
        source=item.get("source", ""),
    )
