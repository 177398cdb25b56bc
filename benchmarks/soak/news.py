"""News without an end, the same for the same seed: short and long, copied, revised, in other languages, broken."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.demo.corpus import demo_news
from tests.kafka.daemon import poison

PUBLISHERS = tuple(f"paper{n}.example" for n in range(40))
# Companies of our own with a sector each, so that no page covers another's; what befalls them pages.
COMPANIES = tuple(
    f"{a}{b}" for a in ("Or", "Vel", "Tar", "Bren", "Cal", "Dun") for b in ("dane", "wick", "mont", "beck")
)
BAD = (
    "{} files for bankruptcy after fraud probe widens",
    "Prosecutors raid {} headquarters, chief executive arrested",
    "{} shares collapse as auditor quits over missing millions",
    "Creditors of {} seize plants as default looms",
)
# Shares of a hundred articles. Half of real news is told again (docs/detection.md); the rest is rarer than here.
NEW, COPY, REVISION, REPEAT, FOREIGN, BROKEN = 60, 26, 4, 2, 6, 2
END_MS = 1_795_341_600_000  # of the demonstration's news, whose words fill ours
RECENT = 400  # what may be copied: minutes ago

_SHORT = ("{a} beats {b}", "{a} warns again", "{a} names {b}")
_FOREIGN = (
    ("de", "{a} senkt Prognose nach schwachem Quartal in {c}, Aktie von {b} fällt um {n} Prozent"),
    ("zh", "{a}与{b}就{c}项目达成协议，金额{n}亿元"),
    ("ar", "أرباح {a} ترتفع {n} في المئة بعد صفقة {b} في {c}"),
    ("fr", "{a} rachète {b} pour {n} millions, syndicats de {c} inquiets"),
)
_SYLLABLES = ("ka", "ve", "do", "mi", "ru", "sal", "tor", "ben", "li", "nor", "pa", "zu", "gre", "fin", "ost", "hal")


@dataclass(frozen=True, slots=True)
class Item:
    """One message. key: of the article, "" where none can be made of it; new: a text that the key did not have yet."""

    value: bytes
    key: str
    new: bool


class Newsroom:
    """Writes one item after another. source: in the store, keys begin with it."""

    def __init__(self, seed: int, source: str) -> None:
        self._draw = random.Random(f"{seed}:news")
        self._source = source
        self._number = 0
        self._words = " ".join(str(line["title"]) for line in demo_news(END_MS, days=2)).split()
        self._recent: deque[tuple[str, str, str]] = deque(maxlen=RECENT)  # id, title, summary

    def write(self, at: float) -> Item:
        """An item that is published at that time (seconds since the epoch)."""
        self._number += 1
        kind = self._draw.randrange(100)
        if not self._recent or kind < NEW:
            return self._told(f"a{self._number}", self._title(), self._summary(), at)
        former, title, summary = self._draw.choice(self._recent)
        if (kind := kind - NEW) < COPY:
            again = title if self._draw.random() < 0.5 else f"{title}: sources"
            return self._told(f"c{self._number}", again, summary, at)
        if (kind := kind - COPY) < REVISION:
            return self._told(former, f"{title} (revised, version {self._number})", summary, at)
        if (kind := kind - REVISION) < REPEAT:
            return self._told(former, title, summary, at, new=False)
        if kind - REPEAT < FOREIGN:
            language, form = self._draw.choice(_FOREIGN)
            return self._told(f"f{self._number}", self._filled(form), "", at, language=language)
        return Item(poison(self._number), "", False)

    def surge(self, company: str, at: float) -> Iterator[Item]:
        """Bad news about one company, of several publishers."""
        for number, form in enumerate(BAD):
            self._number += 1
            yield self._told(f"s{self._number}", form.format(company), "", at, publisher=PUBLISHERS[number])

    def _told(
        self,
        name: str,
        title: str,
        summary: str,
        at: float,
        *,
        new: bool = True,
        language: str = "en",
        publisher: str = "",
    ) -> Item:
        if new and language == "en" and not name.startswith("s"):
            self._recent.append((name, title, summary))
        line = {
            "id": name,
            "title": title,
            "summary": summary,
            "publisher": publisher or self._draw.choice(PUBLISHERS),
            "published_at": round(at * 1_000),
            "language": language,
        }
        return Item(json.dumps(line, ensure_ascii=False).encode(), f"{self._source}:{name}", new)

    def _title(self) -> str:
        """Three words, or up to twelve drawn as often as headlines use them: like no other but by what all share."""
        if self._draw.random() < 0.15:
            return self._filled(self._draw.choice(_SHORT))
        words = self._draw.choices(self._words, k=self._draw.randrange(4, 11))
        return " ".join([self._name(), *words, self._name()])

    def _filled(self, form: str) -> str:
        return form.format(a=self._name(), b=self._name(), c=self._name(), n=self._draw.randrange(2, 900))

    def _summary(self) -> str:
        """None, a lead, or, once in twenty, a whole page of 10 KB."""
        words = self._draw.choices((0, 30, 1_600), (30, 65, 5))[0]
        return " ".join(self._draw.choices(self._words, k=words))

    def _name(self) -> str:
        return "".join(self._draw.choices(_SYLLABLES, k=self._draw.randrange(2, 5))).capitalize()


def watchlist(path: Path) -> Path:
    """Writes the companies, and a sector for each."""
    rows = [f"sector.soak{n},sector,Soak {n},soak{n}" for n in range(len(COMPANIES))]
    rows += [f"soak.c{n},company,{name},soak{n}" for n, name in enumerate(COMPANIES)]
    path.write_text("id,kind,name,sector\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path
