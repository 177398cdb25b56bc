"""The list of feeds: the one shipped (`feeds.yaml`), or the user's own file of the same form."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from monitor.errors import InputError
from monitor.records import MINUTE_MS, Scope
from monitor.sources.protocol import masked_address

SHIPPED = Path(__file__).with_name("feeds.yaml")
DEFAULT_INTERVAL_MS = 5 * MINUTE_MS
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One feed as configured.

    Attributes:
        name: the source's name in keys, metrics and the store: a stable slug, unique; renaming it makes its old items
            new again.
        url: http(s); also the partition of its position.
        publisher: lower case; "" asks each entry.
        language: ISO 639 code; "" asks the feed.
        interval: the least time between polls, ms.
        documented: where the address was documented: a page's title or address; for people.
    """

    name: str
    url: str
    publisher: str = ""
    language: str = ""
    scope: Scope = Scope.GENERAL
    interval: int = DEFAULT_INTERVAL_MS
    documented: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InputError(f"feed name {self.name!r:.80}: lower-case letters, digits, '.', '_' and '-', at most 64")
        if not self.url.startswith(("http://", "https://")):
            raise InputError(f"feed {self.name}: {masked_address(self.url)!r:.80} is no http(s) address")
        if self.interval < MINUTE_MS // 2:
            raise InputError(f"feed {self.name}: an interval under 30 s is no manners")


def load_feeds(path: Path | None = None, interval: int = DEFAULT_INTERVAL_MS) -> list[FeedSpec]:
    """The feeds of a YAML file with a list `feeds`, or the shipped ones.

    Each entry has the names of `FeedSpec`, except `interval_seconds` in place of `interval`.

    Args:
        interval: ms, for entries that give none.

    Raises:
        InputError: the file is missing or wrong; the message names the file and the entry.
    """
    path = path if path is not None else SHIPPED
    try:
        value = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    entries = value.get("feeds") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise InputError(f"{path}: a list `feeds` is needed")
    feeds = []
    for number, entry in enumerate(entries, 1):
        try:
            feeds.append(_spec(entry, interval))
        except InputError as error:
            raise InputError(f"{path}: entry {number}: {error}") from error
    require_unique(feeds, str(path))
    return feeds


def require_unique(feeds: list[FeedSpec], where: str) -> None:
    """Raises InputError where two feeds share a name or an address."""
    for attribute in ("name", "url"):
        seen: set[str] = set()
        for feed in feeds:
            value = getattr(feed, attribute)
            if value in seen:
                raise InputError(f"{where}: two feeds have the {attribute} {masked_address(value)!r}")
            seen.add(value)


def _spec(entry: Any, interval: int) -> FeedSpec:
    if not isinstance(entry, dict):
        raise InputError("a mapping is needed")
    given = dict(entry)
    seconds = given.pop("interval_seconds", interval / 1000)
    known = {f.name for f in fields(FeedSpec)} - {"interval"}
    if unknown := sorted(str(name) for name in given if name not in known):
        raise InputError(f"unknown name {unknown[0]!r}; known are {', '.join(sorted(known))}, interval_seconds")
    if wrong := [name for name, v in given.items() if not isinstance(v, str)]:
        raise InputError(f"{wrong[0]} must be a text")
    if missing := [name for name in ("name", "url") if not given.get(name)]:
        raise InputError(f"{missing[0]} is missing")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise InputError("interval_seconds must be a number")
    try:
        given["scope"] = Scope(given.get("scope", "general"))
    except ValueError as error:
        raise InputError(f"scope is {given['scope']!r}, not general or finance") from error
    return FeedSpec(**given, interval=int(seconds * 1000))
