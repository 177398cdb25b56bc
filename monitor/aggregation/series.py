"""Which series an article feeds, and by which of its scores. Pure."""

from __future__ import annotations

import re

from monitor.ingest.denials import takes_back
from monitor.records import MILLION, Prepared, Scope, Score

MARKET = "market"
# A topic is the article's when the model gives it at least half: at most one, and none when it cannot tell.
TOPIC_LEAST = MILLION // 2
_SLUG = re.compile(r"[^a-z0-9]+")


def topic_series(topic: str) -> str:
    """The series of a topic by its label.

    >>> topic_series("Company | Product News")
    'topic:company-product-news'
    """
    return "topic:" + _SLUG.sub("-", topic.lower()).strip("-")


def watch_series(hazard: str) -> str:
    """The series of a hazard by its id in the watchlist.

    >>> watch_series("hz.earthquakes")
    'watch:earthquakes'
    """
    return "watch:" + hazard.partition(".")[2]


def series_class(series: str) -> str:
    """`market`, `topic`, `sector`, `entity` or `watch`: series of a class share a prior."""
    return series.partition(":")[0]


def series_of(prepared: Prepared) -> tuple[str, ...]:
    """Every series that the article feeds, sorted.

    Entities and sectors count by the title and given tickers only: a company named in passing in a summary is not
    what the story is about. General news feeds market and topics only through a matched entity, sector or hazard.
    """
    found: set[str] = set()
    for mention in prepared.mentions:
        if mention.where == "summary":
            continue
        if mention.kind == "hazard":
            found.add(watch_series(mention.entity_id))
        elif mention.kind != "sector":
            found.add(f"entity:{mention.entity_id}")
        if mention.sector:
            found.add(f"sector:{mention.sector}")
    if found or prepared.article.scope is Scope.FINANCE:
        found.add(MARKET)
        if prepared.scores:
            found.update(topic_series(name) for name, p in prepared.scores[0].topics if p >= TOPIC_LEAST)
    return tuple(sorted(found))


def counts_all(series: str) -> bool:
    """Whether every story of the series counts as bad, whatever the model makes of its words."""
    return series_class(series) == "watch"


def bad_for(series: str, prepared: Prepared, score: Score | None, tau: int) -> bool:
    """Whether the article is negative in a series that it feeds.

    An earthquake is bad news in the driest words, which the model calls neutral: a hazard in the title makes a story
    bad in market and topics too, unless the model finds it good. What denies or corrects it is not bad news once more.

    Args:
        score: what `score_for` gives. tau: P(neg), and P(pos), in millionths from which the model's word counts.
    """
    return _sounds_bad(series, prepared, score, tau) and not takes_back(prepared.title)


def _sounds_bad(series: str, prepared: Prepared, score: Score | None, tau: int) -> bool:
    if counts_all(series) or (score is not None and score.negative >= tau):
        return True
    if series_class(series) not in (MARKET, "topic") or (score is not None and score.positive >= tau):
        return False
    return any(mention.kind == "hazard" and mention.where != "summary" for mention in prepared.mentions)


def score_for(series: str, prepared: Prepared) -> Score | None:
    """The score that tells how bad the article is for this series; None where it has none.

    In `entity:` series that entity's own, in `sector:` the worst of its companies', elsewhere the whole headline's,
    which also stands in where there is no score by target.
    """
    if not prepared.scores:
        return None
    whole = prepared.scores[0]
    kind, _, name = series.partition(":")
    if len(prepared.scores) == 1 or kind not in ("entity", "sector"):
        return whole
    own = {name} if kind == "entity" else {m.entity_id for m in prepared.mentions if m.sector == name}
    by_target = [s for s in prepared.scores[1:] if s.target in own]
    return max(by_target, key=lambda s: s.negative) if by_target else whole
