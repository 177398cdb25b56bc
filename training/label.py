"""The articles that are most worth a label: picked from the daemon's store, which is only read.

Uncertainty sampling (Settles 2009, Active Learning Literature Survey, section 3.1) finds what the model has to learn,
but a sample that the model chose says nothing of how often it is wrong: it is wrong more often there than anywhere.
So a share is drawn at random, before anything is chosen and without a look at the scores; those lines (`why` is
`random`) estimate the error rate on stories that the model was not trained on, and find what it is sure of and wrong.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, func, select

from monitor.errors import InputError
from monitor.ingest.canonical import clean_text, model_text, without_token
from monitor.records import DAY_MS, MILLION, Score
from monitor.storage import queries, rebuild, schema, sequence
from monitor.storage.columns import escape_text
from monitor.storage.effects import ArticleRow
from monitor.storage.store import Store
from training.data import MISSING, SENTIMENTS, Row
from training.duplicates import without_duplicates
from training.labelled import RANDOM, Line
from training.targets import TARGET, find_names

log = logging.getLogger("bearwatch.train")

DAYS = 28  # four weeks: older news is no longer what the model meets
RANDOM_SHARE = 0.2  # of 200 lines, 40: an error rate of 0.1 to within 0.1; more takes labels from learning
ALERT_SHARE = 0.3  # an alert's evidence is much alike, so it may not fill the file
_TOPIC_WEIGHT = 0.5  # a wrong topic alone wakes nobody
_CHUNK = 1_000


class Why(StrEnum):
    """What an article was picked for: drawn blindly, evidence of an alert, or hard for the model."""

    RANDOM = RANDOM
    ALERT = "alert"
    UNCERTAIN = "uncertain"


def margin(shares: Sequence[float]) -> float:
    """1 where the two best are level, 0 where one has everything.

    >>> round(margin([0.5, 0.1, 0.4]), 4), margin([1.0, 0.0])
    (0.9, 0.0)
    """
    best, second = sorted([*shares, 0.0, 0.0], reverse=True)[:2]
    return 1 - (best - second)


def entropy(shares: Sequence[float]) -> float:
    """Of the distribution, as a share of the greatest possible: 1 where all are level.

    >>> round(entropy([0.5, 0.5, 0.0]), 4), entropy([1.0, 0.0])
    (0.6309, 0.0)
    """
    return sum(-p * math.log(p) for p in shares if p > 0) / math.log(max(len(shares), 2))


STRATEGIES: dict[str, Callable[[Sequence[float]], float]] = {"margin": margin, "entropy": entropy}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A story's first article: its text as the model reads it, its score, those of its names, what a label is worth."""

    key: str
    at: int
    publisher: str
    text: str
    score: Score
    targets: tuple[tuple[str, Score], ...]
    worth: float
    evidence: bool

    @property
    def topic(self) -> str:
        return self.score.topics[0][0] if self.score.topics else ""

    def lines(self, why: Why) -> Iterator[Line]:
        """The headline's line, then one for each name that has a score of its own."""
        when = datetime.datetime.fromtimestamp(self.at / 1_000, datetime.UTC).isoformat(timespec="seconds")
        for target, score in (("", self.score), *self.targets):
            yield Line(
                # As a file can hold it: feeds put anything into an id.
                key=escape_text(self.key),
                published_at=when.replace("+00:00", "Z"),
                publisher=escape_text(self.publisher),
                text=self.text,
                target=target,
                model_sentiment=SENTIMENTS[max(range(3), key=_parts(score).__getitem__)],
                p_negative=f"{score.negative / MILLION:.3f}",
                model_topic="" if target else self.topic,
                why=why.value,
            )


def pick(
    store: str | Path,
    number: int,
    *,
    strategy: str = "margin",
    known: Iterable[Row] = (),
    held_out: Iterable[str] = (),
    since_ms: int | None = None,
    until_ms: int | None = None,
    random_share: float = RANDOM_SHARE,
    alert_share: float = ALERT_SHARE,
    jaccard: float = 0.8,
    seed: int = 0,
) -> list[Line]:
    """The lines of the `number` articles most worth a label, in an order that says nothing; names' lines come on top.

    One article a story, its first, among the scored ones of the range. Near-duplicates of each other and of `known`
    are out. Then in turn: at random; evidence of alerts that are open or opened or closed in the range, the hardest
    first (a wrong label there wakes somebody); the hardest of the rest, no topic more than twice its even share. What
    is hard: the strategy's uncertainty of the sentiment, of the headline or of a name, and half the topic's margin.
    The same store and arguments give the same lines.

    Args:
        store: the daemon's, by its file or URL. It is opened read-only, takes no lock, and the daemon may run on.
        known: rows that the model was trained or is judged on. held_out: texts of exams, and of labels not yet used.
        since_ms, until_ms: event time, ms UTC, inclusive; the last 28 days before the store's newest minute.

    Raises:
        InputError: no store, an unknown strategy, or shares that are none.
    """
    if strategy not in STRATEGIES:
        raise InputError(f"strategy {strategy!r} is none of {', '.join(STRATEGIES)}")
    if number < 1 or random_share < 0 or alert_share < 0 or random_share + alert_share > 1:
        raise InputError("label wants one article or more, and shares from 0 on that are 1 at most together")
    with Store.open_readonly(store) as opened, opened.reader() as connection:
        until = until_ms if until_ms is not None else _newest(connection)
        since = since_ms if since_ms is not None else until - DAYS * DAY_MS
        found = list(_candidates(connection, since, until, STRATEGIES[strategy]))
    fresh = _unlike(found, known, held_out, jaccard)
    chosen = _choose(fresh, number, random_share, alert_share, seed)
    log.info("%d scored stories, %d unlike the others and what is known, %d picked: %s",
             len(found), len(fresh), len(chosen), dict(Counter(why.value for _, why in chosen)))  # fmt: skip
    # The labeller should not see from the place in the file what a line is there for.
    chosen.sort(key=lambda pair: _draw(seed, "order", pair[0].key))
    return [line for candidate, why in chosen for line in candidate.lines(why)]


def _newest(connection: Connection) -> int:
    """The store's own present: its last tick, or its latest article where it has no tick."""
    tick = rebuild.last_tick(connection)
    return tick[1].at if tick else connection.execute(select(func.max(schema.articles.c.event_time))).scalar() or 0


def _candidates(
    connection: Connection, since: int, until: int, uncertainty: Callable[[Sequence[float]], float]
) -> Iterator[_Candidate]:
    article = schema.articles.c
    within = select(func.min(article.seq), func.max(article.seq)).where(
        article.event_time >= since, article.event_time <= until
    )
    first, last = connection.execute(within).one()
    if first is None:
        return
    evidence = {story for one in queries.spikes_recent(connection, since) for story in one.spike.evidence}
    for start in range(first, last + 1, _CHUNK):
        for row in sequence.articles(connection, start, start + _CHUNK):
            if row.role == "new" and row.prepared.scores and since <= row.prepared.article.event_time <= until:
                candidate = _candidate(row, row.story_id in evidence, uncertainty)
                if candidate.text:
                    yield candidate


def _candidate(row: ArticleRow, evidence: bool, uncertainty: Callable[[Sequence[float]], float]) -> _Candidate:
    prepared = row.prepared
    # As the trainer will clean it when it comes back.
    text = without_token(clean_text(model_text(prepared.title, prepared.lead)), TARGET).strip()
    whole, *others = prepared.scores
    spelt = {m.entity_id: prepared.title[m.start : m.end] for m in prepared.mentions if m.where == "title"}
    named = {spelt[s.target]: s for s in others if s.target in spelt}
    there = find_names(text, list(named))
    targets = tuple((name, score) for name, score in named.items() if name in there)
    if len(targets) < 2:
        targets = ()  # what is said of the only name is said of the headline
    hard = max(uncertainty(_parts(score)) for score in (whole, *(score for _, score in targets)))
    topic = margin([share / MILLION for _, share in whole.topics]) if whole.topics else 0.0
    worth = hard + _TOPIC_WEIGHT * topic
    article = prepared.article
    return _Candidate(article.key, article.event_time, article.publisher, text, whole, targets, worth, evidence)


def _parts(score: Score) -> tuple[float, float, float]:
    return score.negative / MILLION, score.neutral / MILLION, score.positive / MILLION


def _unlike(found: list[_Candidate], known: Iterable[Row], held_out: Iterable[str], jaccard: float) -> list[_Candidate]:
    """Those that are near nothing known and near none that came before them."""
    first: dict[str, _Candidate] = {}
    for candidate in found:
        first.setdefault(candidate.text, candidate)
    # No set of a recipe has the empty name.
    rows = [Row(text, MISSING, MISSING, "") for text in first]
    kept = without_duplicates([*known, *rows], jaccard, held_out).rows
    return [first[row.text] for row in kept if not row.source]


def _choose(
    fresh: list[_Candidate], number: int, random_share: float, alert_share: float, seed: int
) -> list[tuple[_Candidate, Why]]:
    blind = sorted(fresh, key=lambda c: _draw(seed, "random", c.key))[: round(random_share * number)]
    chosen = {candidate.key: (candidate, Why.RANDOM) for candidate in blind}
    hardest = sorted(fresh, key=lambda c: (-c.worth, c.key))
    alerting = [c for c in hardest if c.evidence and c.key not in chosen][: round(alert_share * number)]
    chosen |= {candidate.key: (candidate, Why.ALERT) for candidate in alerting}
    rest = number - len(chosen)
    # Token sets of headlines are all about as far apart, so a k-centre cover would be a random draw; topics tell more.
    even = rest / max(len({c.topic for c in fresh}), 1)
    taken: Counter[str] = Counter()
    for quota in (math.ceil(2 * even), number):  # without a quota where there is not enough beside the great topics
        for candidate in hardest:
            if len(chosen) < number and candidate.key not in chosen and taken[candidate.topic] < quota:
                chosen[candidate.key] = (candidate, Why.UNCERTAIN)
                taken[candidate.topic] += 1
    return list(chosen.values())


def _draw(seed: int, what: str, key: str) -> bytes:
    """A place in a shuffle that depends on the article alone, so that further articles move none."""
    return hashlib.blake2b(f"{seed}\x00{what}\x00{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
