"""The same headlines by two models: how often they disagree, by topic, and where most."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, select

from monitor.alerts.evidence import iso_time
from monitor.records import MILLION
from monitor.storage import schema
from monitor.storage.rebuild import chunks, max_seq
from monitor.storage.store import Store

PAGE = 1_000  # numbers of the shadow's sequence in memory at once; a snapshot of either store takes milliseconds
MOST_EXAMPLES = 20
NO_TOPIC = "no topic"


@dataclass(frozen=True, slots=True)
class Headline:
    """One article as one store holds it. negative: P(neg) in millionths, None where unscored. topic: the likeliest."""

    title: str
    publisher: str
    at: int
    negative: int | None
    topic: str
    model: str


@dataclass(slots=True)
class Confusion:
    """Headlines by who calls them negative; change: sum of the differences of P(neg), millionths."""

    both: int = 0
    only_live: int = 0
    only_candidate: int = 0
    neither: int = 0
    change: int = 0

    @property
    def articles(self) -> int:
        return self.both + self.only_live + self.only_candidate + self.neither

    def add(self, live: bool, candidate: bool, change: int) -> None:
        name = {(True, True): "both", (True, False): "only_live", (False, True): "only_candidate"}
        kind = name.get((live, candidate), "neither")
        setattr(self, kind, getattr(self, kind) + 1)
        self.change += change

    def to_json(self) -> dict[str, Any]:
        total = self.articles
        return {
            "articles": total,
            "both": self.both,
            "only_live": self.only_live,
            "only_candidate": self.only_candidate,
            "neither": self.neither,
            "agreement": (self.both + self.neither) / total if total else None,
            "kappa": _kappa(self),
            "mean_change": self.change / total / MILLION if total else None,
        }


@dataclass(slots=True)
class Comparison:
    """What `compare_headlines` has found so far; see `to_json`."""

    whole: Confusion = field(default_factory=Confusion)
    topics: dict[str, Confusion] = field(default_factory=dict)
    other_topic: int = 0
    only_live_scored: int = 0
    only_candidate_scored: int = 0
    unscored: int = 0
    by_another_model: int = 0
    not_live: int = 0
    largest: list[tuple[int, int, Headline, Headline]] = field(default_factory=list)

    def add(self, live: Headline, candidate: Headline, taus: tuple[int, int]) -> None:
        """One that both have scored. taus: of the live one and of the candidate."""
        if live.negative is None or candidate.negative is None:
            raise ValueError("both must be scored")
        change = abs(live.negative - candidate.negative)
        for confusion in (self.whole, self.topics.setdefault(live.topic or NO_TOPIC, Confusion())):
            confusion.add(live.negative >= taus[0], candidate.negative >= taus[1], change)
        self.other_topic += live.topic != candidate.topic
        entry = (change, self.whole.articles, live, candidate)  # the number settles ties
        if len(self.largest) < MOST_EXAMPLES:
            heapq.heappush(self.largest, entry)
        elif change:
            heapq.heappushpop(self.largest, entry)

    def to_json(self) -> dict[str, Any]:
        examples = sorted((e for e in self.largest if e[0]), key=lambda entry: (-entry[0], entry[1]))
        return {
            **self.whole.to_json(),
            "other_topic": self.other_topic,
            "only_live_scored": self.only_live_scored,
            "only_candidate_scored": self.only_candidate_scored,
            "unscored": self.unscored,
            "by_another_live_model": self.by_another_model,
            "no_longer_in_the_live_store": self.not_live,
            "topics": [
                {"topic": name, **found.to_json()}
                for name, found in sorted(self.topics.items(), key=lambda item: (-item[1].articles, item[0]))
            ],
            "largest": [
                {
                    "title": live.title,
                    "publisher": live.publisher,
                    "published_at": iso_time(live.at),
                    "topic": live.topic or None,
                    "live": (live.negative or 0) / MILLION,
                    "candidate": (candidate.negative or 0) / MILLION,
                }
                for _, _, live, candidate in examples
            ],
        }


def compare_headlines(
    live: Store, own: Store, since_ms: int, until_ms: int, *, models: tuple[str, str], taus: tuple[int, int]
) -> Comparison:
    """Every article that both were committed with in that time, whole headlines; changed texts count once.

    Args:
        since_ms, until_ms: by the time at which they were committed. models: hashes, the live one's first.
    """
    found = Comparison()
    for page in _pages(own, since_ms, until_ms):
        theirs = live.read(_by_keys, [key for key, _ in page])
        for at, mine in page.items():
            other = theirs.get(at)
            if other is None:
                found.not_live += 1
            elif other.model not in ("", models[0]):
                found.by_another_model += 1
            elif other.negative is not None and mine.negative is not None:
                found.add(other, mine, taus)
            elif other.negative is None and mine.negative is None:
                found.unscored += 1
            elif mine.negative is None:
                found.only_live_scored += 1
            else:
                found.only_candidate_scored += 1
    return found


def _pages(store: Store, since_ms: int, until_ms: int) -> Iterator[dict[tuple[str, str], Headline]]:
    start, last = 1, store.read(max_seq)
    while start <= last:
        found = store.read(_between, start, start + PAGE, since_ms, until_ms)
        start += PAGE
        if found:
            yield found


def _between(db: Connection, start: int, end: int, since_ms: int, until_ms: int) -> dict[tuple[str, str], Headline]:
    article = schema.articles.c
    when = article.committed_at.between(since_ms, until_ms)
    return _headlines(db, and_(article.seq >= start, article.seq < end, when, article.role != "revision"))


def _by_keys(db: Connection, keys: Sequence[str]) -> dict[tuple[str, str], Headline]:
    found: dict[tuple[str, str], Headline] = {}
    for chunk in chunks(sorted(set(keys))):
        found |= _headlines(db, schema.articles.c.key.in_(chunk))
    return found


def _headlines(db: Connection, which: Any) -> dict[tuple[str, str], Headline]:
    """By key and hash of the text, as they are read now."""
    article, score = schema.articles.c, schema.scores.c
    whole = and_(score.article_seq == article.seq, score.target == "", schema.standing(schema.scores))
    rows = db.execute(
        select(
            *(article.key, article.text_hash, article.title, article.publisher, article.event_time),
            *(score.negative, score.topics, score.model),
        )
        .select_from(schema.articles.outerjoin(schema.scores, whole))
        .where(which)
    )
    return {
        (row.key, row.text_hash): Headline(
            row.title,
            row.publisher,
            row.event_time,
            row.negative,
            row.topics[0][0] if row.topics else "",
            row.model or "",
        )
        for row in rows
    }


def _kappa(found: Confusion) -> float | None:
    """Cohen's kappa (1960): agreement beyond what the two shares of negatives give by chance; None where undefined."""
    total = found.articles
    if not total:
        return None
    live, candidate = (found.both + found.only_live) / total, (found.both + found.only_candidate) / total
    chance = live * candidate + (1 - live) * (1 - candidate)
    return None if chance == 1 else ((found.both + found.neither) / total - chance) / (1 - chance)
