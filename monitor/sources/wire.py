"""The article object that archives, HTTP push and Kafka share: from its JSON form to an `Article`, or a `Refusal`.

    {"id"?, "title", "summary"?, "url"?, "publisher"?, "published_at", "received_at"?, "language"?, "tickers"?}

Times are ISO 8601 with an offset or `Z` (without one: UTC), or numbers since the epoch: seconds, or milliseconds
from 100,000,000,000 on (that is 1973 in ms, the year 5138 in seconds). Unknown names are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from monitor.ingest.canonical import article_key, clean_text, guess_language, publisher_of
from monitor.records import DAY_MS, FUTURE_TOLERANCE_MS, Article, Mode, Refusal, Scope

MAX_OBJECT_BYTES = 1 << 20
TITLE_CHARS = 2_000  # raw; canonical text is cut further, markup and entities make raw text longer
SUMMARY_CHARS = 8_000
URL_CHARS = 2_000
MAX_TICKERS = 32
OLDEST_MS = 631_152_000_000  # 1990-01-01; what claims to be older is a zero or a default, not news
_PAYLOAD_CHARS = 2_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_TICKER = re.compile(r"[A-Z0-9.^=:_-]{1,20}")


class Reason(StrEnum):
    """Why something became no article; the same word in metrics, the store and the answer to a push."""

    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    BAD_UTF8 = "bad_utf8"
    TOO_LONG = "too_long"
    NO_TITLE = "no_title"
    NO_DATE = "no_date"
    BAD_DATE = "bad_date"
    BAD_TYPE = "bad_type"
    NO_VALUE = "no_value"
    BAD_SCORES = "bad_scores"


class _Unusable(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class WireContext:
    """What an article takes from its source, not from the object.

    Attributes:
        now: ms UTC; the bound on what can be believed.
        received: ms UTC, where the object does not say: Kafka's record timestamp; None for `now`.
    """

    source: str
    scope: Scope
    mode: Mode
    now: int
    received: int | None = None


def plain_text(text: str, limit: int) -> str:
    """A string that every later stage can carry: cut, without NUL and lone surrogates, which no database takes."""
    text = text[:limit]
    return (text if text.isascii() else _SURROGATE.sub("\ufffd", text)).replace("\0", "").strip()


def web_url(url: str) -> str:
    """The address where it is http(s) with a host, else "": it becomes a link on the page, so no `javascript:`."""
    url = plain_text(url, URL_CHARS + 1)
    if len(url) > URL_CHARS:
        return ""
    try:
        parts = urlsplit(url)
        return url if parts.scheme.lower() in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


def event_time_of(published_at: int | None, received_at: int) -> int:
    """published_at, or received_at where that is missing or more than 5 minutes in the future (see `records`)."""
    if published_at is None or published_at > received_at + FUTURE_TOLERANCE_MS:
        return received_at
    return published_at


def believable_time(ms: int | None, now: int) -> int | None:
    """The time where it lies in 1990 .. now + 1 day, else None: one item of the year 9999 poisons a watermark."""
    return ms if ms is not None and OLDEST_MS <= ms <= now + DAY_MS else None


def language_of(declared: str, title: str) -> str:
    """The primary subtag, lower case; the script decides where none is given, or where "en" is plainly wrong.

    >>> language_of("en-US", "央行下调利率"), language_of("pt_BR", "Juros"), language_of("", "Rates")
    ('zh', 'pt', '')
    """
    tag = re.split(r"[-_]", declared.strip().lower()[:20], maxsplit=1)[0]
    tag = tag if _LANGUAGE.fullmatch(tag) else ""
    return (guess_language(title[:400]) or tag) if tag in ("", "en") else tag


def parse_time(value: object) -> int:
    """ms UTC of an ISO 8601 text or an epoch number; see the module's text.

    Raises:
        ValueError: it is neither.

    >>> parse_time("2023-01-01T00:00:30Z"), parse_time(1672531230), parse_time("2023-01-01T01:00:30+01:00")
    (1672531230000, 1672531230000, 1672531230000)
    """
    if isinstance(value, str):
        text = value.strip()[:64]
        if not (text.isascii() and text.isdigit() and 9 <= len(text) <= 14):
            return _iso_time(text)
        value = int(text)  # CSV has no numbers
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
        raise ValueError(f"{value!r:.40} is no time")
    return int(value) if abs(value) >= 1e11 else int(value * 1000)


def _iso_time(text: str) -> int:
    moment = datetime.fromisoformat(text.upper())  # RFC 3339 allows "t" and "z", Python does not
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error


def parse_object(data: bytes | str) -> object:
    """The JSON value of one line, or raises `ValueError` whose text is for people; deep nesting is a ValueError too."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def article_from_line(data: bytes, context: WireContext, where: str) -> Article | Refusal:
    """An article from one JSON object in UTF-8.

    Args:
        where: for the refusal: `file:line`, `topic/partition@offset`, or an index.
    """
    if len(data) > MAX_OBJECT_BYTES:
        detail = f"{len(data)} bytes, at most {MAX_OBJECT_BYTES} are taken"
        return refusal(Reason.TOO_LONG, detail, context, where, data[:_PAYLOAD_CHARS])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return refusal(Reason.BAD_UTF8, f"no UTF-8 at byte {error.start}", context, where, data)
    try:
        value = parse_object(text)
    except ValueError as error:
        return refusal(Reason.NOT_JSON, f"not JSON: {error}", context, where, text)
    return article_from_object(value, context, where)


def article_from_object(value: object, context: WireContext, where: str) -> Article | Refusal:
    """An article from a parsed object; never raises for what the object holds."""
    if not isinstance(value, Mapping):
        return refusal(Reason.NOT_OBJECT, f"a JSON object is needed, not {_kind(value)}", context, where, value)
    try:
        return _article(value, context)
    except _Unusable as error:
        return refusal(error.reason, error.detail, context, where, value)


def refusal(reason: str, detail: str, context: WireContext, where: str, payload: object) -> Refusal:
    """A `Refusal` whose text is short and safe to store and to print on one line."""
    if isinstance(payload, bytes):
        shown = payload[: _PAYLOAD_CHARS * 4].decode("utf-8", "replace")
    else:
        shown = payload if isinstance(payload, str) else _shown(payload)
    line = " ".join(plain_text(detail, 300).split())
    return Refusal(context.source, str(reason), where, line, plain_text(shown, _PAYLOAD_CHARS), context.now)


def _article(value: Mapping[str, Any], context: WireContext) -> Article:
    title = plain_text(_text(value, "title"), TITLE_CHARS)
    if not clean_text(title):
        raise _Unusable(Reason.NO_TITLE, "title is missing or empty")
    published_at = _time(value, "published_at", context.now)
    received_at = _time(value, "received_at", context.now)
    if context.mode is Mode.HISTORY:
        received_at = received_at if received_at is not None else published_at
        if received_at is None:
            raise _Unusable(Reason.NO_DATE, "published_at is missing")
        received_at = min(received_at, context.now)  # a date ahead must not carry the virtual clock past the present
    else:
        # A given time may lie in the past (a relay's), never in our future: lateness is judged by it.
        first = context.received if context.received is not None else context.now
        received_at = min(first if received_at is None else received_at, context.now)
    url = web_url(_text(value, "url"))
    publisher = plain_text(_text(value, "publisher"), 200).lower() or publisher_of(url) or context.source
    # Where the publisher gives no time, an address identifies by itself: a second delivery comes at another minute.
    key_time = published_at if published_at is not None else 0 if url else received_at
    return Article(
        key=article_key(context.source, _identity(value), url, title, key_time),
        source=context.source,
        publisher=publisher,
        url=url,
        title=title,
        summary=plain_text(_text(value, "summary"), SUMMARY_CHARS),
        language=language_of(_text(value, "language"), title),
        published_at=published_at,
        received_at=received_at,
        event_time=event_time_of(published_at, received_at),
        tickers=_tickers(value.get("tickers")),
        scope=context.scope,
        mode=context.mode,
    )


def _text(value: Mapping[str, Any], name: str) -> str:
    given = value.get(name)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise _Unusable(Reason.BAD_TYPE, f"{name} must be a string, not {_kind(given)}")
    return given


def _identity(value: Mapping[str, Any]) -> str:
    given = value.get("id")
    if isinstance(given, int) and not isinstance(given, bool):
        if abs(given) >= 10**30:
            raise _Unusable(Reason.BAD_TYPE, "id is a number of more than 30 digits")
        return str(given)
    text = _text(value, "id")
    return plain_text(text, len(text))  # whole: `article_key` hashes what is long


def _time(value: Mapping[str, Any], name: str, now: int) -> int | None:
    given = value.get(name)
    if given is None or given == "":
        return None
    try:
        ms = parse_time(given)
    except ValueError as error:
        raise _Unusable(Reason.BAD_DATE, f"{name} {given!r:.60} is neither ISO 8601 nor an epoch number") from error
    if believable_time(ms, now) is None:
        raise _Unusable(Reason.BAD_DATE, f"{name} {given!r:.60} lies before 1990 or more than a day in the future")
    return ms


def _tickers(given: object) -> tuple[str, ...]:
    if given is None or given == "":
        return ()
    if isinstance(given, str):
        given = re.split(r"[;,\s]+", given[:1_000])  # CSV has no lists
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given[:MAX_TICKERS]):
        raise _Unusable(Reason.BAD_TYPE, "tickers must be a list of strings")
    upper = (item.strip().upper() for item in given[:MAX_TICKERS])
    return tuple(dict.fromkeys(item for item in upper if _TICKER.fullmatch(item)))


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _shown(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return str(type(value).__name__)
