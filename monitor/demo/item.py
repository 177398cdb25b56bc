"""The records of the demo's news."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from monitor.demo.world import DemoPublisher
from monitor.ingest.canonical import digest

_PLAIN = re.compile(r"[a-z0-9]+")

Tone = Literal["negative", "neutral", "positive"]
ShockKind = Literal["bank", "fraud", "trade"]


@dataclass(frozen=True, slots=True)
class Shock:
    """A surge of bad news about one thing.

    Attributes:
        kind: `bank` (a bank in trouble), `fraud` (an accounting fraud), `trade` (tariffs on chips and cars).
        day: 0 to 9; day 9 is the last 24 hours before the end.
        hour: hours from that day's beginning to the first story.
    """

    kind: ShockKind
    day: int
    hour: float


@dataclass(frozen=True, slots=True)
class DemoItem:
    """One published item and what was meant by it.

    Attributes:
        story: the story's name; a story's copies bear the same.
        copy_of: the original item's id, "" for an original.
        intended: how a reader takes the headline. topic: one of the model's 20 topic labels.
        companies: ids of the companies named in the title.
        shock: `<kind><number>` for what belongs to a shock, else "".
    """

    id: str
    story: str
    copy_of: str
    title: str
    summary: str
    url: str
    publisher: str
    published_ms: int
    tickers: tuple[str, ...]
    intended: Tone
    topic: str
    companies: tuple[str, ...]
    shock: str

    def line(self) -> dict[str, object]:
        """The archive line, as JSON-able data; empty fields are left out."""
        at = datetime.fromtimestamp(self.published_ms // 1000, UTC)
        line: dict[str, object] = {
            "id": self.id,
            "title": self.title,
            "summary": self.summary,
            "url": self.url,
            "publisher": self.publisher,
            "published_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "language": "en",
            "tickers": list(self.tickers),
        }
        return {key: value for key, value in line.items() if value}


@dataclass(frozen=True, slots=True)
class Draft:
    """A story before it is published: what an original and its copies have in common.

    Attributes:
        leisure: sport, weather and the like, which the wires of this world leave to the papers.
    """

    story: str
    title: str
    summary: str
    tickers: tuple[str, ...]
    intended: Tone
    topic: str
    companies: tuple[str, ...]
    shock: str = ""
    leisure: bool = False

    def published(
        self, publisher: DemoPublisher, at: int, seed: int, *, copy: int = 0, copy_of: str = "", title: str = ""
    ) -> DemoItem:
        """The item as a publisher sends it. `copy` numbers the story's copies; `title` is a rewritten one's."""
        item_id = digest("demo", str(seed), self.story, str(copy))
        return DemoItem(
            id=item_id,
            story=self.story,
            copy_of=copy_of,
            title=title or self.title,
            summary=self.summary,
            url=_address(publisher, title or self.title, at, item_id),
            publisher=publisher.name,
            published_ms=at,
            tickers=self.tickers,
            intended=self.intended,
            topic=self.topic,
            companies=self.companies,
            shock=self.shock,
        )


def _address(publisher: DemoPublisher, title: str, at: int, item_id: str) -> str:
    """Under the reserved top-level domain `.example` (RFC 2606); one in eight with what only tracks."""
    words = _PLAIN.findall(title.lower())
    day = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y/%m/%d")
    tracking = "?utm_source=rss&utm_medium=feed" if item_id[0] in "07" else ""
    return f"https://www.{publisher.host}/news/{day}/{'-'.join(words[:8])}-{item_id[:6]}{tracking}"
