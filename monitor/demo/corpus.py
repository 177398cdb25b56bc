"""Ten days of fictional market news, the same for the same seed and end.

The words stand in `phrases/`, the shares of each kind of news in `mix.py`, names in `watchlist.csv` and
`publishers.csv`. Nothing here reads a clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from monitor.demo.copies import OTHERS, OWN, delay_ms, how_many, rewrite
from monitor.demo.grammar import pick
from monitor.demo.item import DemoItem, Draft, Shock
from monitor.demo.ordinary import Newsroom
from monitor.demo.rhythm import story_times
from monitor.demo.shocks import shock_stories
from monitor.demo.world import COMPANIES, PAPERS, PUBLISHERS, WIRES, DemoPublisher
from monitor.records import DAY_MS, HOUR_MS

LAST_DAY = 9
BUSY_DAY = 8
BUSY_FACTOR = 2.0
# A bank in trouble and, twelve hours later, a fraud; a day later much harmless news; on the last day a trade shock
# whose aftermath reaches into the last hour.
DEFAULT_SHOCKS: tuple[Shock, ...] = (Shock("bank", 7, 3.0), Shock("fraud", 7, 15.0), Shock("trade", 9, 16.5))

_STORIES_PER_DAY = 385
# How often a story is copied: wires live by it; everybody copies the news of a crisis.
_WIRE_COPIED, _PAPER_COPIED, _SHOCK_COPIED = 0.32, 0.08, 0.7
_WIRE_VERBATIM, _PAPER_VERBATIM = 0.65, 0.4
_WIRE_REPEATED = 0.05  # sent again by the wire itself, as UPDATE 1- or RPT-
_COMPANIES = {company.id: company for company in COMPANIES}


def demo_items(
    end_ms: int, *, seed: int = 1, shocks: Sequence[Shock] = DEFAULT_SHOCKS, days: int = 10
) -> list[DemoItem]:
    """The news with what was meant by each item, in order of publication.

    Args:
        end_ms: when the last item is published (its millisecond part is cut off: published times are whole seconds).
        seed: another seed gives other news, other shaken companies, other wordings.
        shocks: which surges it holds. Without them every other item is the same to the byte.
        days: how far the news reaches back. Days are counted so that day 9 always ends at `end_ms`; what falls
            before the first day is left out.
    """
    end = end_ms // 1000 * 1000
    start = end - days * DAY_MS
    room = Newsroom(seed)
    items, final = _ordinary(room, start, end, seed)
    seen: Counter[str] = Counter()
    for shock in sorted(shocks, key=lambda s: (s.day, s.hour, s.kind)):
        begins = end - (LAST_DAY + 1 - shock.day) * DAY_MS + int(shock.hour * HOUR_MS)
        rng = Random(f"{seed}:{shock.kind}{seen[shock.kind]}:copies")
        for at, draft in shock_stories(shock, seen[shock.kind], begins, seed, room.recent):
            items += _published(draft, at, seed, rng)
        seen[shock.kind] += 1
    # Of what is published at the very end, only the one last story stays.
    kept = [item for item in items if start <= item.published_ms < end]
    return [*sorted(kept, key=lambda item: (item.published_ms, item.id)), final]


def demo_news(
    end_ms: int, *, seed: int = 1, shocks: Sequence[Shock] = DEFAULT_SHOCKS, days: int = 10
) -> list[dict[str, object]]:
    """The news as archive lines (id, title, summary, url, publisher, published_at, language, tickers), in order of
    publication, the last one at `end_ms`. Arguments as for `demo_items`."""
    return [item.line() for item in demo_items(end_ms, seed=seed, shocks=shocks, days=days)]


def _ordinary(room: Newsroom, start: int, end: int, seed: int) -> tuple[list[DemoItem], DemoItem]:
    """The items of ordinary stories, and the one that is published at `end`."""
    rng = Random(f"{seed}:desk")
    busy = (end - (LAST_DAY + 1 - BUSY_DAY) * DAY_MS, end - (LAST_DAY - BUSY_DAY) * DAY_MS)
    total = _STORIES_PER_DAY * (end - start) / DAY_MS
    items: list[DemoItem] = []
    for number, at in enumerate(story_times(start, end, rng, total=total, busy=busy, factor=BUSY_FACTOR)):
        draft = room.write(number, at, season=busy[0] <= at < busy[1])
        if draft is not None:
            items += _published(draft, at, seed, rng)
    return items, room.closing(end).published(pick(rng, PAPERS), end, seed)


def _published(draft: Draft, at: int, seed: int, rng: Random) -> list[DemoItem]:
    """The original of a story and its copies: of a wire's by the papers, of a paper's now and then by another."""
    desk = _desk(PAPERS if draft.leisure else PUBLISHERS, rng)
    first = draft.published(desk, at, seed)
    company = _COMPANIES[draft.companies[0]] if draft.companies else None
    wire = desk in WIRES
    items = [first]
    chance = _SHOCK_COPIED if draft.shock else _WIRE_COPIED if wire else _PAPER_COPIED
    others = [paper for paper in PAPERS if paper is not desk]
    for copy in range(1, how_many(chance, rng) + 1):
        paper = others.pop(int(rng.random() * len(others)))
        later = at + delay_ms(rng, 40 if draft.shock else 90)
        verbatim = rng.random() < (_WIRE_VERBATIM if wire else _PAPER_VERBATIM)
        title = "" if verbatim else rewrite(draft.title, paper.name, company, OTHERS, rng)
        items.append(draft.published(paper, later, seed, copy=copy, copy_of=first.id, title=title))
    if wire and rng.random() < _WIRE_REPEATED:
        title = rewrite(draft.title, desk.name, company, OWN, rng)
        items.append(draft.published(desk, at + delay_ms(rng, 90), seed, copy=9, copy_of=first.id, title=title))
    return items


def _desk(desks: Sequence[DemoPublisher], rng: Random) -> DemoPublisher:
    draw = rng.random() * sum(desk.weight for desk in desks)
    for desk in desks:
        draw -= desk.weight
        if draw < 0:
            return desk
    return desks[-1]
