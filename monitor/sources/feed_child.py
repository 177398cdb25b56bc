"""The process in which feeds are parsed: hostile XML may take it, and only it, down.

Started by `feed.FeedParser` as a script with `python -I`; imports the standard library and feedparser, nothing of ours.
It lowers its own limits (memory, CPU per feed, no files, no forks, no sockets), then answers length-prefixed frames on
its standard streams until the input ends:

    request:  u32 length of head, u32 length of body, head (JSON: {"content_type"}), body (the feed's bytes)
    answer:   u32 length, JSON: {"feed": {...}, "entries": [...], "dropped": n} or {"error": [reason, detail]}

An empty answer object follows the start, when feedparser is loaded.
"""

from __future__ import annotations

import calendar
import codecs
import hashlib
import io
import json
import re
import resource
import struct
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

MEMORY_BYTES = 512 << 20
CPU_SECONDS = 3  # a feed; the largest honest ones take a tenth of it
MAX_ENTRIES = 500
MAX_ANSWER_BYTES = 3 << 20  # the daemon decodes it on its event loop: some 20 ms
TITLE_CHARS = 2_000
SUMMARY_CHARS = 6_000
LINK_CHARS = 2_000
MAX_ATTRIBUTES = 1_000  # feedparser's time grows with the square of an element's attributes and an item's categories
MAX_CATEGORIES = 500

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Without a BOM: what "<?" or "<r" looks like (XML 1.0, appendix F).
_UNMARKED = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
# The encodings of real feeds. Python knows more (utf-7, unicode_escape ...) that would hide things from the guard.
_ENCODINGS = re.compile(
    r"utf-?8|us-ascii|ascii|utf-?(16|32)([-_]?[lb]e)?|iso-?8859-?\d{1,2}|latin-?1|windows-?125\d|cp125\d|koi8-[ru]|"
    r"gb2312|gbk|gb18030|big5(-hkscs)?|shift[-_]jis|sjis|euc-(jp|kr)|iso-2022-(jp|kr)|tis-620|windows-874|macintosh",
    re.IGNORECASE,
)
# As the WHATWG Encoding standard reads them: supersets that publishers mean.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "macintosh": "mac-roman",
}
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]{0,500}>")
_DECLARED = re.compile(rb"""^\s*<\?xml\b[^>]{0,300}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_ENTITY_DECLARATION = re.compile(r"<!\s{0,100}ENTITY|<!DOCTYPE[^>\[]{0,2000}\[", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ENTRY_START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)\b", re.IGNORECASE)
_CATEGORY_START = re.compile(r"<(?:[\w.-]+:)?(?:category|subject|keywords?|tag)\b", re.IGNORECASE)
_STRAY_AMPERSAND = re.compile(r"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,30});)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PERIODS_S = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


class Refused(Exception):
    """A document that is not parsed at all: (reason, detail)."""


def decode(body: bytes, content_type: str) -> str:
    """The feed's text: by BOM, then the charset of the Content-Type, the XML declaration, UTF-8, Windows-1252.

    (RFC 7303 puts them in this order; the last is what mislabelled Western feeds turn out to be.)
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body.decode(encoding, "replace")
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    header = _CHARSET.search(content_type[:500])
    declared = _DECLARED.search(body[:1_000])
    names = [header[1]] if header else []
    names += [declared[1].decode("ascii")] if declared else []
    for name in [*names, "utf-8"]:
        lowered = name.lower()
        # A wide encoding would have shown itself above; a declaration readable as ASCII disproves it.
        if _ENCODINGS.fullmatch(lowered) and not lowered.startswith(("utf-16", "utf16", "utf-32", "utf32")):
            try:
                return body.decode(_SUPERSETS.get(lowered, lowered))
            except (UnicodeDecodeError, LookupError):
                continue
    return body.decode("cp1252", "replace")


def guard(text: str) -> None:
    """Refuses what would cost feedparser more than it is worth; linear in the text.

    Raises:
        Refused: `dtd` for a DTD with an internal subset or an entity declaration anywhere; `limits` for counts.
    """
    if _ENTITY_DECLARATION.search(text):
        raise Refused("dtd", "the feed declares entities (a DTD with an internal subset)")
    # Between two "<" lie one tag and the text after it, so no markup inside an attribute can split the count.
    if any(piece.count("=") > MAX_ATTRIBUTES for piece in text.split("<")):
        raise Refused("limits", f"an element has more than {MAX_ATTRIBUTES} attributes")
    for piece in _ENTRY_START.split(text):
        if sum(1 for _ in _CATEGORY_START.finditer(piece)) > MAX_CATEGORIES:
            raise Refused("limits", f"an item has more than {MAX_CATEGORIES} categories")


def parse(body: bytes, content_type: str, check: Callable[[str], None] = guard) -> dict[str, Any]:
    """The answer for one feed. Raises Refused."""
    text = decode(body, content_type)
    check(text)
    text = _NOT_XML.sub("", text)
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return _json_feed(text)
    if declaration := _XML_DECLARATION.match(text):  # its encoding is no longer true
        text = text[declaration.end() :].lstrip()
    if not text:
        raise Refused("not_a_feed", "the answer is empty")
    return _xml_feed(_escape_stray_ampersands(text))


def _escape_stray_ampersands(text: str) -> str:
    """ "AT&T" as many feeds write it; feedparser would make "AT&T;" of it. CDATA sections stay as they are."""
    mended = []
    at = 0
    while (start := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", start)) >= 0:
        mended += [_STRAY_AMPERSAND.sub("&amp;", text[at:start]), text[start : end + 3]]
        at = end + 3
    mended.append(_STRAY_AMPERSAND.sub("&amp;", text[at:]))
    return "".join(mended)


def _xml_feed(text: str) -> dict[str, Any]:
    import feedparser  # noqa: PLC0415  (the guard's tests need no parser)

    result = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),  # never a string, which feedparser would open as an address
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # all text is text to us; both walk hostile HTML at length
        resolve_relative_uris=False,
    )
    entries = result.entries
    if not entries and (result.bozo or not result.version):
        why = str(result.get("bozo_exception", "")) or "no feed element"
        raise Refused("not_a_feed", f"neither RSS nor Atom: {why[:200]}")
    feed = result.feed
    head = {
        "title": _text(feed.get("title"), TITLE_CHARS),
        "language": _text(feed.get("language"), 40),
        "ttl_s": _number(feed.get("ttl")) * 60,
        "update_s": _update_period(feed),
    }
    return _answer(head, (_xml_entry(entry) for entry in entries), len(entries))


def _xml_entry(entry: Any) -> dict[str, Any]:
    summary = _text(dict.get(entry, "summary"), SUMMARY_CHARS)
    content = dict.get(entry, "content")
    if not summary and content:
        summary = _text(content[0].get("value"), SUMMARY_CHARS)
    source = dict.get(entry, "source") or {}
    return {
        "guid": _guid(dict.get(entry, "id")),
        # feedparser offers a permalink guid as the link where there is none.
        "link": _text(entry.get("link"), LINK_CHARS),
        "title": _text(dict.get(entry, "title"), TITLE_CHARS),
        "summary": summary,
        # dict.get, because feedparser's own answers `updated` from `published` with a warning
        "published": _ms(dict.get(entry, "published_parsed")) or _ms(dict.get(entry, "created_parsed")),
        "updated": _ms(dict.get(entry, "updated_parsed")),
        "source": _text(source.get("href") or source.get("title"), 300),
    }


def _json_feed(text: str) -> dict[str, Any]:
    """JSON Feed 1.1 (jsonfeed.org)."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("not_a_feed", f"not JSON: {str(error)[:200]}") from error
    items = value.get("items")
    if not str(value.get("version", "")).startswith("https://jsonfeed.org/") or not isinstance(items, list):
        raise Refused("not_a_feed", "a JSON object, but no JSON Feed")
    items = [item for item in items if isinstance(item, dict)]
    head = {"title": _text(value.get("title"), TITLE_CHARS), "language": _text(value.get("language"), 40)}
    entries = (
        {
            "guid": _guid(str(item.get("id", ""))),
            "link": _text(item.get("url") or item.get("external_url"), LINK_CHARS),
            "title": _text(item.get("title"), TITLE_CHARS),
            "summary": _text(
                item.get("summary") or item.get("content_text") or item.get("content_html"), SUMMARY_CHARS
            ),
            "published_text": _text(item.get("date_published") or item.get("date_modified"), 64),
        }
        for item in items
    )
    return _answer({**head, "ttl_s": 0, "update_s": 0}, entries, len(items))


def _answer(head: dict[str, Any], entries: Any, total: int) -> dict[str, Any]:
    kept: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        size += sum(len(v.encode()) + 16 for v in entry.values() if isinstance(v, str))
        if len(kept) >= MAX_ENTRIES or size > MAX_ANSWER_BYTES - 100_000:
            break
        kept.append(entry)
    return {"feed": head, "entries": kept, "dropped": total - len(kept)}


def _text(value: object, limit: int) -> str:
    return _SURROGATE.sub("\ufffd", value[:limit]).strip() if isinstance(value, str) else ""


def _guid(value: object) -> str:
    text = _text(value, 100_000)
    return text if len(text) <= 1_000 else hashlib.sha256(text.encode()).hexdigest()


def _number(value: object) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _update_period(feed: Mapping[str, Any]) -> int:
    """Seconds by the syndication module (RDF Site Summary 1.0): period over frequency; 0 where it says nothing."""
    period = _PERIODS_S.get(str(feed.get("sy_updateperiod", "")).strip().lower(), 0)
    return period // max(1, _number(feed.get("sy_updatefrequency")))


def _ms(parsed: object) -> int | None:
    """ms UTC of feedparser's nine numbers; None for a day that no calendar has (30 February, the year 10000)."""
    if not isinstance(parsed, tuple) or len(parsed) < 6:
        return None
    try:
        seconds = calendar.timegm(parsed)
        same_day = time.gmtime(seconds)[:3] == tuple(parsed[:3])
    except (ValueError, OverflowError, TypeError, OSError):
        return None
    return seconds * 1000 if same_day else None


def lower_limits() -> None:
    """Memory for good, and everything that parsing does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    refused = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.")

    def refuse(event: str, _args: object) -> None:
        if event.startswith(refused):
            raise PermissionError(f"{event} is not for a feed parser")

    sys.addaudithook(refuse)


def allow_cpu(seconds: int) -> None:
    """Lets this process use so many more seconds of CPU, then SIGXCPU ends it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    # The limit counts whole seconds; one more, so that a feed never gets less than promised.
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, hard))


def serve(check: Callable[[str], None] = guard) -> int:
    """Answers requests until the input ends; returns the exit code. `check` may be another only in tests."""
    import feedparser  # noqa: F401, PLC0415  (before the memory limit, and before the first feed's clock runs)

    lower_limits()
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    _send(writer, {})
    while prefix := reader.read(8):
        head_size, body_size = struct.unpack(">II", prefix)
        head = json.loads(reader.read(head_size))
        body = reader.read(body_size)
        allow_cpu(CPU_SECONDS)
        try:
            _send(writer, parse(body, str(head.get("content_type", "")), check))
        except Refused as error:
            _send(writer, {"error": list(error.args)})
        except MemoryError:
            _send(writer, {"error": ["limits", f"parsing needs more than {MEMORY_BYTES >> 20} MB"]})
            return 1
        except Exception as error:  # the task's boundary: feedparser raises nearly anything on garbage
            _send(writer, {"error": ["not_a_feed", f"the parser failed: {type(error).__name__}: {str(error)[:200]}"]})
    return 0


def _send(writer: BinaryIO, answer: dict[str, Any]) -> None:
    data = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
    writer.write(struct.pack(">I", len(data)) + data)
    writer.flush()


if __name__ == "__main__":
    raise SystemExit(serve())
