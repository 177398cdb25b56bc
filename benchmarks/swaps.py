"""Bad news about somebody else: real headlines of an archive, drawn by seed, that a target's name is swapped into.

They are those that name one company, in the title, and that the model calls negative for it. That name, wherever it
stands in title and lead, becomes the target's; a lead without it is left out, as its words would be known as old news.
Each keeps its own publisher and the time from publishing to arrival. The offsets are those of the archive's own surges:
of three or more negative stories of one company within the span, how long after the first each came; a shock's are
drawn from all of them, one by one, and its first is at 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.replayed import Array, Replayed
from benchmarks.rivals import HOUR, KINDS, SPANS, Judged, size_of
from monitor.aggregation.series import MARKET, score_for
from monitor.delivery import Delivery
from monitor.ingest.watchlist import Entity, Need
from monitor.parts import Parts
from monitor.records import HOUR_MS, MINUTE_MS, Article, Prepared

SHOCKS = 40  # of each kind and span, over the series of a rate
LEAST_SURGE = 3
SEED = 20_080_916
NOTHING = "+0"


@dataclass(frozen=True, slots=True)
class Donor:
    """A headline to swap a name in: the company that it names, and where in its canonical title."""

    prepared: Prepared
    company: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shock:
    """What is added to a series.

    Attributes:
        number: of its series in the group. look: the first one that sees it. at: when it begins, a tick, ms.
        kind, span: as in `rivals`. articles: by time of arrival.
    """

    series: str
    number: int
    look: int
    at: int
    kind: str
    span: int
    articles: tuple[Article, ...]


def donors(records: Iterable[Delivery], tau: int) -> list[Donor]:
    """One of each title that names one company there, and is negative for it."""
    found: dict[str, Donor] = {}
    for prepared in (delivery.record for delivery in records):
        if not isinstance(prepared, Prepared):
            continue
        companies = [mention for mention in prepared.mentions if mention.kind == "company"]
        if len(companies) == 1 and companies[0].where == "title":
            score = score_for(f"entity:{companies[0].entity_id}", prepared)
            if score is not None and score.negative >= tau:
                donor = Donor(prepared, companies[0].entity_id, companies[0].start, companies[0].end)
                found.setdefault(prepared.title, donor)
    return list(found.values())


def swapped(text: str, name: str, to: str) -> str:
    """The text with another name wherever the one stands as a whole word.

    >>> swapped("Ford cuts jobs; Fordham's, Ford's", "Ford", "GM")
    "GM cuts jobs; Fordham's, GM's"
    """
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _: to, text)


def retold(donor: Donor, to: str) -> tuple[str, str]:
    """Title and lead about somebody else."""
    title, lead = donor.prepared.title, donor.prepared.lead
    name = title[donor.start : donor.end]
    told = swapped(title[: donor.start], name, to) + to + swapped(title[donor.end :], name, to)
    about = swapped(lead, name, to)
    return told, about if about != lead else ""


def known_as(entity: Entity) -> str:
    """The name that needs nothing beside it to be known, the display name where it is one."""
    certain = [alias.text for alias in entity.aliases if alias.need is Need.NOTHING and not alias.surname]
    return entity.name if entity.name in certain or not certain else certain[0]


def surge_offsets(times: Iterable[Sequence[int]], span_ms: int) -> Array:
    """Minutes from a surge's first story to each later one, over all surges.

    Args:
        times: by series, when its negative stories came, ms. A surge is LEAST_SURGE of them or more within the span;
            the next begins after it.
    """
    found: list[float] = []
    for own in times:
        waiting = sorted(own)
        while waiting:
            surge = [at for at in waiting if at < waiting[0] + span_ms]
            if len(surge) >= LEAST_SURGE:
                found += [(at - surge[0]) / MINUTE_MS for at in surge[1:]]
                waiting = waiting[len(surge) :]
            else:
                waiting = waiting[1:]
    return np.array(found)


def offsets(pool: Array, size: int, rng: np.random.Generator) -> Array:
    """(size,) minutes, sorted, the first 0."""
    return np.sort(np.concatenate([[0.0], rng.choice(pool, size - 1)])) if size else np.zeros(0)


class Drawing:
    """Draws shocks from what the archive holds."""

    def __init__(self, records: Sequence[Delivery], parts: Parts, first: Replayed) -> None:
        self._donors = donors(records, parts.settings.instrument.tau)
        self._first = first
        self._pools = {span: surge_offsets(map(_times, first.bad.values()), span * HOUR_MS) for span in SPANS}
        self._companies: dict[str, list[Entity]] = {}
        for entity in parts.watchlist.entities.values():
            series = f"entity:{entity.id}"
            if entity.kind == "company":
                self._companies[series] = [entity]
                if series in first.bad:
                    self._companies.setdefault(f"sector:{entity.sector}", []).append(entity)
                    self._companies.setdefault(MARKET, []).append(entity)

    def __str__(self) -> str:
        surges = ", ".join(f"{len(pool)} offsets of surges within {span} h" for span, pool in self._pools.items())
        return f"{len(self._donors)} headlines to swap names in; {surges}"

    def shocks(self, judged: Judged) -> list[Shock]:
        """SHOCKS of each kind and span, shared out over the series of the group."""
        found: list[Shock] = []
        for span in SPANS:
            for kind in (NOTHING, *KINDS):
                rng = np.random.default_rng([SEED, round(judged.rate * 100), *map(ord, kind), span])
                found += [self._shock(judged, i % len(judged.group), kind, span, rng) for i in range(SHOCKS)]
        return found

    def _shock(self, judged: Judged, number: int, kind: str, span: int, rng: np.random.Generator) -> Shock:
        series = judged.group[number]
        look = int(rng.integers(judged.half + 12 * HOUR, len(series.n) - 7 * HOUR))
        at = self._first.times[look - 1]
        after = offsets(self._pools[span], size_of(kind, series.mean[look, 0], span, rng), rng)
        companies = self._companies[series.name]
        articles = []
        drawn = iter(rng.permutation(len(self._donors)).tolist())
        for i, minutes in enumerate(after):
            to = companies[int(rng.integers(len(companies)))]
            donor = next(d for d in (self._donors[k] for k in drawn) if d.company != to.id)
            old = donor.prepared.article
            title, lead = retold(donor, known_as(to))
            published = at + round(minutes * MINUTE_MS)
            articles.append(
                replace(
                    old,
                    key=f"shock:{series.name}:{at}:{kind}:{span}:{i}",
                    title=title,
                    summary=lead,
                    published_at=published,
                    event_time=published,
                    received_at=published + max(0, old.received_at - old.event_time),
                    tickers=(),
                )
            )
        return Shock(series.name, number, look, at, kind, span, tuple(articles))


def _times(bad: Mapping[str, int]) -> list[int]:
    return list(bad.values())
