"""Hostile documents through the real child: whatever they hold, the daemon stays quick and the next feed is read.

RELIABILITY S2: the child at most 512 MB and 3 s, the loop's lag small.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import FeedParseError
from monitor.records import Mode, Scope
from monitor.sources import feed_child
from monitor.sources.feed import FeedOrigin, FeedParser, articles_of
from monitor.sources.wire import SUMMARY_CHARS, TITLE_CHARS
from tests.fakes_source import NOW
from tests.feeds import NOT_FEEDS, SAMPLES

MIB = 1 << 20


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


@pytest.mark.slow
def test_no_crafted_document_harms_the_daemon() -> None:
    origin = FeedOrigin("wire", "https://news.example/", "", "", Scope.GENERAL)

    async def scenario() -> list[str]:
        # A third of the real limit, to be done in half a minute; `test_source_feed` proves the real ones.
        parser, troubles, lags, memory = FeedParser(wall=1.0), [], [0.0], [0]
        stop = asyncio.Event()

        async def watch() -> None:
            while not stop.is_set():
                before = time.monotonic()
                await asyncio.sleep(0.01)
                lags.append(time.monotonic() - before - 0.01)
                if parser.pid is not None:
                    memory.append(resident_mib(parser.pid))

        watcher = asyncio.create_task(watch())
        count = 0
        for name, body in documents():
            count += 1
            started = time.monotonic()
            try:
                feed = await parser.parse(body, "text/xml")
                for record in articles_of(feed, origin, Mode.LIVE, NOW, "w"):
                    assert len(getattr(record, "title", "")) <= TITLE_CHARS
                    assert len(getattr(record, "summary", "")) <= SUMMARY_CHARS
            except FeedParseError:
                pass
            if time.monotonic() - started > 5:
                troubles.append(f"{name}: {time.monotonic() - started:.1f} s")
        stop.set()
        await watcher
        assert (await parser.parse(SAMPLES[0].body, "")).entries
        await parser.close()
        assert count >= 120
        assert max(memory) <= feed_child.MEMORY_BYTES >> 20
        lags.sort()
        print(
            f"{count} documents, child at most {max(memory)} MiB, lag p99 {lags[int(len(lags) * 0.99)] * 1000:.0f} ms"
        )
        assert lags[int(len(lags) * 0.99)] < 0.25  # the bar is 50 ms; five times that on a busy machine
        return troubles

    assert asyncio.run(scenario()) == []


@pytest.mark.slow
def test_mutated_feeds_are_read_or_refused() -> None:
    """A short form of the 100,000 of `make soak`; the seed is printed."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    bodies = [sample.body for sample in SAMPLES if sample.body]

    def mutated() -> bytes:
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

    async def scenario() -> None:
        parser = FeedParser()
        for _ in range(1_500):
            try:
                await parser.parse(mutated(), "text/xml")
            except FeedParseError as error:
                assert error.reason in ("not_a_feed", "dtd", "limits"), error.detail
        await parser.close()

    asyncio.run(scenario())
