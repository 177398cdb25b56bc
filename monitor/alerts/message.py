"""An alert as a message for people, in no format yet: what every chat format is rendered from. Pure.

Texts are plain: each format escapes them its own way. Headlines, publishers and addresses come from strangers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from monitor.alerts import words
from monitor.alerts.words import PHRASES, Language

# Longer than any headline that is one; short enough that a line fits into the smallest message, WeCom's 4,096 bytes,
# whatever it is written in: 300 characters are at most 1,200 bytes.
_TITLE_CHARS = 300
_NAME_CHARS = 50  # of a series or publisher; a title with it stays under the 150 characters of Slack's header
_LINE_CHARS = 300
_ID_CHARS = 200
# An address longer than this is left out, and its headline told without: half of WeCom's message.
_URL_CHARS = 1_500
# Controls, invisible characters and direction overrides, surrogates, private use and unassigned ones: nothing that a
# person reads, and what makes a line read otherwise than it is.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BREAKS = frozenset({"Zl", "Zp"})
# RFC 3986's reserved characters, without those that end a link in some format (brackets, parentheses, quotes) and
# without the semicolon that would make a character entity of what follows an ampersand.
_URL_SAFE = ":/?#@!$&*+,=%~"
_BLIND_LINES = 5  # a net that is down silences every source at once, and all of them read alike


@dataclass(frozen=True, slots=True)
class Item:
    """A headline or a denial. url: http(s) and ASCII, "" where there is none; about: publisher, time and marks."""

    title: str
    url: str
    about: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a person is told of one transition.

    Attributes:
        title: one line that says it all, 140 characters at most; a number of parts is added behind it.
        severity: `warning` or `critical`. over: whether this is the end of it.
        lines: sentences, in order. headlines, denials: each under its heading, "" where there are none.
        links: (what it is called, its address), in order.
        footer: which alert it is.
    """

    title: str
    severity: str
    over: bool
    lines: tuple[str, ...]
    headlines_heading: str
    headlines: tuple[Item, ...]
    denials_heading: str
    denials: tuple[Item, ...]
    links: tuple[tuple[str, str], ...]
    footer: str
    language: Language = "en"

    def numbered(self, part: int, parts: int) -> str:
        """The title of one of several parts, the first being 1; the title itself where there is but one."""
        if parts == 1:
            return self.title
        return self.title + PHRASES[self.language].numbered.format(part=part, parts=parts)

    def without_links(self) -> Message:
        """The same without addresses of headlines and denials."""
        return replace(
            self,
            headlines=tuple(replace(item, url="") for item in self.headlines),
            denials=tuple(replace(item, url="") for item in self.denials),
        )


def message_of(body: Mapping[str, Any], *, language: Language, zone: str, links: Mapping[str, str]) -> Message:
    """The message of an alert's stored body (docs/alerts.md); a field that it lacks is left out.

    Args:
        zone: IANA name of the zone that times are told in.
        links: name -> address of our own pages: the first of them `page`, others as in `words`.
    """
    say = PHRASES[language]
    teller = _Teller(body, language, zone)
    headlines = tuple(teller.headline(given) for given in _list(body, "headlines"))
    denials = tuple(teller.denial(given) for given in _list(body, "denials"))
    shown = [(words.link_words(name, language), web_address(url)) for name, url in links.items()]
    return Message(
        title=teller.title(),
        severity="critical" if body.get("severity") == "critical" else "warning",
        over=body.get("status") == "resolved",
        lines=tuple(line for line in teller.lines() if line),
        headlines_heading=say.headlines if headlines else "",
        headlines=headlines,
        denials_heading=say.denials if denials else "",
        denials=denials,
        links=tuple((name, url) for name, url in shown if url),
        footer=say.alert_id.format(plain(body.get("id"), _ID_CHARS)),
        language=language,
    )


class _Teller:
    """The parts of one message; `at` the body's own time."""

    def __init__(self, body: Mapping[str, Any], language: Language, zone: str) -> None:
        self._body = body
        self._language = language
        self._zone_name = zone
        self._zone = ZoneInfo(zone)
        self._say = PHRASES[language]

    def title(self) -> str:
        body, say = self._body, self._say
        status, severity = str(body.get("status", "firing")), str(body.get("severity", "warning"))
        # Until the body says which update it was, the first that is critical cannot be told from the next.
        escalated = bool(body.get("escalated", status.startswith("update") and severity == "critical"))
        what = words.status_words(status, severity, escalated=escalated, language=self._language)
        label = str(body.get("label") or body.get("series") or "")
        name = plain(words.series_words(str(body.get("series", "")), label, self._language), _NAME_CHARS)
        return f"{what}{say.dot}{name}{say.colon}{self._in_words()}"

    def lines(self) -> list[str]:
        say, body = self._say, self._body
        return [
            say.sample if body.get("sample") is True else "",
            self._counts(),
            self._told(words.robust_words(str(body.get("robust")), self._language)),
            self._news(),
            self._strength(),
            *(self._told(say.blind.format(line)) for line in self._blind()),
            self._told(self._times()),
        ]

    def headline(self, given: Mapping[str, Any]) -> Item:
        say = self._say
        tellers, turns = _count(given, "publishers"), _count(given, "developments")
        marks = [
            say.told_by.format(tellers) if tellers > 1 else "",
            say.development if turns == 1 else say.developments.format(turns) if turns else "",
            say.new if given.get("new") is True else "",
            say.stale if given.get("stale") is True else "",
        ]
        return self._item(given, [mark for mark in marks if mark])

    def denial(self, given: Mapping[str, Any]) -> Item:
        return self._item(given, [])

    def _item(self, given: Mapping[str, Any], marks: Sequence[str]) -> Item:
        say = self._say
        source = [plain(given.get("publisher"), _NAME_CHARS), self._clock(given.get("published_at"))]
        about = [say.comma.join(part for part in source if part), *marks]
        told = say.semicolon.join(part for part in about if part)
        title = plain(given.get("title"), _TITLE_CHARS) or say.untitled
        return Item(title, web_address(given.get("url")), say.bracketed.format(told) if told else "")

    def _in_words(self) -> str:
        body = self._body
        expected = _number(body, "expected")
        return words.in_words(_count(body, "n"), max(1, _count(body, "window")), expected or 0.0, self._language)

    def _counts(self) -> str:
        body, say = self._body, self._say
        publishers, band = _count(body, "publishers"), body.get("band")
        parts = [say.counts.format(stories=_count(body, "stories"), n=_count(body, "n"))] if "stories" in body else []
        if publishers:
            parts.append(say.publisher if publishers == 1 else say.publishers.format(publishers))
        if isinstance(band, list) and len(band) == 2 and all(isinstance(edge, int) for edge in band):
            parts.append(say.band.format(low=band[0], high=band[1]))
        peak = _count(body, "peak_n")
        if body.get("status") == "resolved" and peak > _count(body, "n"):
            parts.append(say.peak.format(peak))
        return self._told(say.semicolon.join(parts))

    def _news(self) -> str:
        new, say = _count(self._body, "new_stories"), self._say
        return self._told(say.new_story if new == 1 else say.new_stories.format(new)) if new else ""

    def _strength(self) -> str:
        body, say = self._body, self._say
        if "threshold" not in body:
            return ""
        if body.get("by") == "cusum":
            return self._told(say.cusum.format(value=self._figure("cusum"), threshold=self._figure("cusum_threshold")))
        return self._told(say.surprise.format(value=self._figure("surprise"), threshold=self._figure("threshold")))

    def _figure(self, name: str) -> str:
        """To one decimal; JSON has null for what is beyond measure."""
        value = _number(self._body, name)
        return self._say.beyond if value is None else f"{value:.1f}"

    def _blind(self) -> list[str]:
        lines = self._body.get("blind")
        given = lines if isinstance(lines, list) else []
        told = [self._silence(plain(line, _LINE_CHARS)) for line in given[:_BLIND_LINES]]
        return [*told, *([self._say.more.format(len(given) - len(told))] if len(given) > len(told) else [])]

    def _silence(self, line: str) -> str:
        """The body tells its times in UTC, this in the reader's zone; what is not of the known form stays as it is."""
        found = words.SILENT.fullmatch(line)
        opened = _time(self._body.get("opened_at"), ZoneInfo("UTC"))
        if found is None or (found["day"] is None and opened is None):
            return line
        since = self._clock(f"{found['day'] or f'{opened:%Y-%m-%d}'}T{found['time']}Z")
        zone = words.zone_words(self._zone_name, self._language)
        return words.silence_words(found.groupdict(), f"{since} {zone}", self._language) if since else line

    def _times(self) -> str:
        body, say = self._body, self._say
        opened, at, closed = (_time(body.get(name), self._zone) for name in ("opened_at", "at", "closed_at"))
        if opened is None:
            return ""
        told = words.time_words(opened, self._zone_name, self._language)
        later = closed if body.get("status") == "resolved" else at
        if later is None or body.get("status") == "firing":
            return say.opened_at.format(told)
        form = say.closed_at if body.get("status") == "resolved" else say.grew_at
        return form.format(words.time_words(later, self._zone_name, self._language), told)

    def _clock(self, given: Any) -> str:
        """The time of day of a headline, with the date where it is not the message's own."""
        at, now = _time(given, self._zone), _time(self._body.get("at"), self._zone)
        if at is None:
            return ""
        return f"{at:%H:%M}" if now is not None and at.date() == now.date() else f"{at:%m-%d %H:%M}"

    def _told(self, sentence: str) -> str:
        return sentence + self._say.stop if sentence else ""


def plain(value: object, limit: int) -> str:
    """One line of visible characters; an address in it is broken, so that no client links it.

    Args:
        limit: in UTF-16 units, as Slack's and Microsoft's programs count: never less than characters.

    >>> plain(" ACME\\u202e\\nfalls ", 20), plain("ACME falls", 6)
    ('ACME falls', 'ACME …')
    """
    text = "" if value is None else str(value)[: 8 * limit]
    if not text.isascii() or not text.isprintable():
        text = "".join(
            " " if c.isspace() or unicodedata.category(c) in _BREAKS else c
            for c in text
            if c.isspace() or unicodedata.category(c) not in _DROPPED
        )
    text = " ".join(text.split()).replace("://", ": //")
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * limit else units[: 2 * (limit - 1)].decode("utf-16-le", "ignore") + "…"


def web_address(value: object) -> str:
    """An http(s) address in ASCII that no format takes for more than an address; "" where the value is none.

    >>> web_address("https://news.example/a b|c>(1)"), web_address("javascript:alert(1)")
    ('https://news.example/a%20b%7Cc%3E%281%29', '')
    """
    text = "" if value is None else str(value).strip()
    try:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return ""
        netloc = parts.netloc.encode("ascii" if parts.netloc.isascii() else "idna").decode()
        address = quote(parts._replace(netloc=netloc).geturl(), safe=_URL_SAFE)
    except ValueError:  # UnicodeError is one: no host name, or a lone surrogate
        return ""
    return address if len(address) <= _URL_CHARS else ""


def _time(value: Any, zone: ZoneInfo) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _list(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = body.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _count(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _number(body: Mapping[str, Any], name: str) -> float | None:
    value = body.get(name)
    return float(value) if isinstance(value, int | float) else None
