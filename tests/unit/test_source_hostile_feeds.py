"""Hostile documents through the real child: whatever they hold, the daemon stays quick and the next feed is read.

RELIABILITY S2: the child at most 512 MB and 3 s, the loop's lag small.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import FeedParseError
from monitor.records import FUTURE_TOLERANCE_MS, Article, Mode, Scope
from monitor.sources import feed_child
from monitor.sources.feed import _FEEDS_PER_CHILD, FeedOrigin, FeedParser, articles_of
from monitor.sources.wire import OLDEST_MS, SUMMARY_CHARS, TITLE_CHARS
from tests.fakes_source import NOW
from tests.feeds import NOT_FEEDS, SAMPLES

MIB = 1 << 20
MUTANTS = 100_000 if os.environ.get("BEARWATCH_FAULTS") == "long" else 1_000
SEED = int(os.environ.get("BEARWATCH_SEED", "2"))
LAG_S = 0.05
REASONS = {"not_a_feed", "dtd", "limits", "killed"}


def rss(inner: str, head: str = "") -> str:
    return f'{head}<rss version="2.0"><channel><title>t</title><item>{inner}</item></channel></rss>'


def entities(*declared: str, use: str) -> str:
    return rss(f"<title>{use}</title>", "<!DOCTYPE rss [\n" + "\n".join(declared) + "\n]>")


ATTACKS: dict[str, str] = {
    "quadratic entities": entities(f'<!ENTITY a "{"x" * 50_000}">', use="&a;" * 20_000),
    "nested entities": entities(
        '<!ENTITY a0 "xxxxxxxxxx">', *(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)), use="&a11;"
    ),
    "recursive entities": entities('<!ENTITY a "&b;">', '<!ENTITY b "&a;">', use="&a;"),
    "external entity": entities('<!ENTITY a SYSTEM "file:///etc/passwd">', use="&a;"),
    "external parameter entity": entities('<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd">', "%a;", use="x"),
    "entity in an attribute default": entities('<!ATTLIST rss a CDATA "x">', use="x"),
    "lower-case doctype": entities('<!ENTITY a "b">', use="&a;").lower(),
    "junk before the doctype": "junk\n" + entities(f'<!ENTITY a "{"x" * 50_000}">', use="&a;" * 20_000),
    "two doctypes": "<!DOCTYPE a>" + entities('<!ENTITY a "b">', use="&a;"),
    "many attributes": rss("<x " + " ".join(f'a{i}="1"' for i in range(100_000)) + "/>"),
    "one attribute many times": rss("<x " + 'a="1" ' * 100_000 + "/>"),
    "attributes across raw brackets": rss("<x " + " ".join(f'a{i}=">"' for i in range(50_000)) + "/>"),
    "many attributes in many elements": rss(("<x " + " ".join(f'a{i}="1"' for i in range(900)) + "/>") * 300),
    "many categories": rss("<category>c</category>" * 40_000),
    "many links": rss('<link rel="self" href="x"/>' * 40_000),
    "many enclosures": rss('<enclosure url="x" length="1" type="y"/>' * 40_000),
    "many authors": rss("<author>a (b)</author>" * 40_000),
    "many content elements": rss("<content:encoded>x</content:encoded>" * 30_000),
    "many items": '<rss version="2.0"><channel>' + "<item><title>x</title></item>" * 100_000,
    "deep nesting": rss("<a>" * 200_000),
    "deep balanced nesting": rss("<a>" * 50_000 + "</a>" * 50_000),
    "deep markup in a title": rss(f"<title type='xhtml'>{'<b>' * 50_000}</title>"),
    "a huge title": rss(f"<title>{'x' * (4 * MIB)}</title>"),
    "a huge title of entities": rss(f"<title>{'&amp;' * 800_000}</title>"),
    "a huge tag name": f"<{'a' * (4 * MIB)}>",
    "a huge attribute": rss(f'<x a="{"y" * (4 * MIB)}"/>'),
    "a huge guid": rss(f"<title>x</title><guid>{'g' * MIB}</guid>"),
    "a huge date": rss(f"<title>x</title><pubDate>{'1' * MIB}</pubDate>"),
    "a date of blanks": rss(f"<title>x</title><pubDate>{' ' * MIB}</pubDate>"),
    "open brackets": "<" * (4 * MIB),
    "open tags without end": rss("<a " * 400_000),
    "open comments": rss("<!--" * 400_000),
    "open CDATA": rss("<![CDATA[" * 300_000),
    "open declarations": rss("<!DOCTYPE" * 300_000),
    "open instructions": rss("<?x " * 400_000),
    "ampersands": rss("<title>" + "&" * (2 * MIB) + "</title>"),
    "half references": rss("<title>" + "&#" * MIB + "</title>"),
    "huge references": rss("<title>&#999999999999;&#xFFFFFFFF;&#0;&#xD800;&#1114112;</title>"),
    "blanks": " " * (4 * MIB),
    "blanks inside": rss(" " * (4 * MIB)),
    "newlines inside": rss("\n" * (4 * MIB)),
    "namespaces": rss("".join(f'<n{i}:x xmlns:n{i}="u{i}"/>' for i in range(20_000))),
    "quotes": rss("<x a='" + "\"'" * MIB),
    "script in a title": rss("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title><link>javascript:alert(1)</link>"),
    "surrogates and NUL": rss("<title>&#xD83D;\x00\ufffe x</title>"),
    "JSON of brackets": "[" * MIB,
    "JSON of braces": '{"a":' * 200_000,
    "JSON feed of a million numbers": '{"version": "https://jsonfeed.org/version/1", "items": [' + "1," * MIB + "1]}",
    "JSON feed with wrong types": '{"version": "https://jsonfeed.org/version/1", "title": [], "items": '
    '[{"id": {}, "title": 1}]}',
    "a plain zero": "\0" * MIB,
}
ENCODINGS = ("utf-8", "utf-16")


def documents() -> Iterator[tuple[str, bytes]]:
    for name, text in ATTACKS.items():
        for encoding in ENCODINGS:
            body = text.encode(encoding, "replace")
            if len(body) <= 5 * MIB:
                yield f"{name} ({encoding})", body
    for name in ("quadratic entities", "external entity", "many attributes", "script in a title"):
        text = ATTACKS[name]
        for encoding in ("utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1"):
            yield f"{name} ({encoding})", text.encode(encoding, "replace")
        yield f"{name} (declared)", b'<?xml version="1.0" encoding="utf-7"?>' + text.encode()
        yield f"{name} (blank first)", b"\r\n\t " + text.encode()
    yield from ((f"no feed {i}", body) for i, body in enumerate(NOT_FEEDS))


def resident_mib(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") >> 20 if len(fields) > 1 else 0


class Watch:
    """The loop's lag and the child's memory while a block runs; what was seen stays afterwards."""

    def __init__(self, parser: FeedParser) -> None:
        self._parser = parser
        self.lags, self.mib, self.children = [0.0], 0, set[int]()

    async def __aenter__(self) -> Watch:
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            self.lags.append(time.monotonic() - before - 0.01)
            if (pid := self._parser.pid) is not None:
                self.mib = max(self.mib, resident_mib(pid))
                self.children.add(pid)

    def judge(self) -> str:
        """Asserts what RELIABILITY S2 asks of them, five times the lag on a busy machine; says what they were."""
        p99 = sorted(self.lags)[int(len(self.lags) * 0.99)]
        assert self.mib <= feed_child.MEMORY_BYTES >> 20
        assert p99 < 5 * LAG_S
        return f"{len(self.children)} children, at most {self.mib} MiB, lag p99 {p99 * 1000:.0f} ms"


ORIGIN = FeedOrigin("wire", "https://news.example/", "", "", Scope.GENERAL)


async def read(parser: FeedParser, body: bytes, content_type: str = "text/xml") -> str:
    """How a document ended: `articles`, where all that it holds can be carried, or the reason of its refusal."""
    try:
        feed = await parser.parse(body, content_type)
    except FeedParseError as error:
        assert error.detail and "\n" not in error.detail
        return error.reason
    for record in articles_of(feed, ORIGIN, Mode.LIVE, NOW, "w"):
        if isinstance(record, Article):
            assert 0 < len(record.title) <= TITLE_CHARS and len(record.summary) <= SUMMARY_CHARS
            assert OLDEST_MS <= record.event_time <= NOW + FUTURE_TOLERANCE_MS
            (record.title + record.summary + record.key + record.url).encode("utf-8")
        else:
            assert record.reason in ("no_title", "too_many_entries") and record.detail
    return "articles"


async def is_well(parser: FeedParser) -> bool:
    """Whether the next good feed is read, in a new child where the last one is gone."""
    return len((await parser.parse(SAMPLES[0].body, "")).entries) == 1


@pytest.mark.slow
def test_no_crafted_document_harms_the_daemon() -> None:
    async def scenario() -> list[str]:
        # A third of the real limit, to be done in half a minute; `test_source_feed` proves the real ones.
        parser, troubles, outcomes = FeedParser(wall=1.0), [], Counter[str]()
        async with Watch(parser) as watch:
            for name, body in documents():
                started = time.monotonic()
                outcome = await read(parser, body)
                outcomes[outcome] += 1
                if time.monotonic() - started > 5:
                    troubles.append(f"{name}: {time.monotonic() - started:.1f} s")
                if outcome == "killed":
                    assert await is_well(parser), name
        assert await is_well(parser)
        await parser.close()
        assert outcomes.total() >= 120
        assert {"articles", "not_a_feed", "dtd", "limits"} <= set(outcomes) <= REASONS | {"articles"}
        print(f"{outcomes.total()} documents: {dict(outcomes)}; {watch.judge()}")
        return troubles

    assert asyncio.run(scenario()) == []


def mutated(bodies: list[bytes], rng: random.Random) -> bytes:
    """One of the bodies with one to eleven bytes or pieces changed, lost, repeated or taken from another."""
    body = bytearray(rng.choice(bodies))
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(body))
        match rng.randrange(4):
            case 0:
                body[at] = rng.randrange(256)
            case 1:
                del body[at : at + rng.randrange(1, 20)]
            case 2:
                piece = bytes(body[at : at + rng.randrange(1, 40)])
                body[at:at] = piece * rng.randrange(1, 50)
            case _:
                other = rng.choice(bodies)
                start = rng.randrange(len(other))
                body[at:at] = other[start : start + rng.randrange(60)]
        if not body:
            body += b"<"
    return bytes(body)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(7_200)
def test_mutated_feeds_are_articles_or_a_refusal_with_its_reason() -> None:
    print(f"BEARWATCH_SEED={SEED}, {MUTANTS} feeds")
    bodies = [sample.body for sample in SAMPLES if sample.body]
    bodies += [body for name, body in documents() if len(body) < 20_000 and not name.startswith("no feed")]

    async def scenario() -> None:
        parser, outcomes, slowest = FeedParser(), Counter[str](), 0.0
        async with Watch(parser) as watch:
            for number in range(MUTANTS):
                body, began = mutated(bodies, random.Random(f"{SEED}/{number}")), time.monotonic()
                outcome = await read(parser, body)
                slowest = max(slowest, time.monotonic() - began)
                outcomes[outcome] += 1
                if outcome == "killed" or number % 500 == 0:
                    assert await is_well(parser), number
                if number % 10_000 == 9_999:
                    print(f"{number + 1} feeds: {dict(outcomes)}", flush=True)
        await parser.close()
        assert set(outcomes) <= REASONS | {"articles"}
        assert outcomes["articles"] > MUTANTS / 10 and outcomes["not_a_feed"]
        print(f"{MUTANTS} feeds: {dict(outcomes)}, the slowest {slowest:.1f} s; {watch.judge()}")
        assert len(watch.children) >= MUTANTS // _FEEDS_PER_CHILD

    asyncio.run(scenario())
