"""The three shocks: scripts of stories that begin slowly and then build. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from monitor.demo.distinct import Recent
from monitor.demo.grammar import expand, load, pick
from monitor.demo.item import Draft, Shock, ShockKind
from monitor.demo.mix import SIGNS
from monitor.demo.ordinary import base_words
from monitor.demo.world import DemoCompany, sector_companies
from monitor.records import MINUTE_MS

# Whose companies a shock strikes: one sector for each of {co}, {co2}, {co3}, ... A tuple of sectors: any of them,
# but the same for all that share it.
_CASTS: dict[ShockKind, tuple[tuple[str, ...], ...]] = {
    "bank": (("banks",), ("banks",), ("banks",)),
    "fraud": (("software", "industrials"), ("software", "industrials")),
    "trade": (("semiconductors",), ("semiconductors",), ("semiconductors",), ("autos",), ("autos",)),
}
_TITLE_TRIES = 12


def promised(kind: ShockKind) -> tuple[int, int]:
    """How many stories a shock's script has, and how many of these are negative."""
    sections = load(f"shock_{kind}")
    return len(sections), sum(1 for name in sections if name.split()[1] == "-")


def shock_stories(shock: Shock, number: int, start_ms: int, seed: int, recent: Recent) -> list[tuple[int, Draft]]:
    """The stories of a shock with their instants, in order.

    Args:
        number: which of the shocks of its kind it is, from 0; another number strikes other companies.
        start_ms: when its first story appears.
        recent: the stories already written; the wording avoids likeness to them.
    """
    name = f"{shock.kind}{number}"
    rng = Random(f"{seed}:{name}")
    cast = _cast(shock.kind, rng)
    words = base_words(start_ms, rng)
    words |= {f"co{n + 1}" if n else "co": company.name for n, company in enumerate(cast)}
    words["short"] = cast[0].short
    stories: list[tuple[int, Draft]] = []
    for section, lines in load(f"shock_{shock.kind}").items():
        minute, sign, topic = section.split(maxsplit=2)
        jitter = int((rng.random() - 0.5) * 6 * MINUTE_MS) if minute != "0" else 0
        at = (start_ms + int(minute) * MINUTE_MS + jitter) // 1000 * 1000
        # The story's own names and figures; the shock's country and companies stay.
        own = dict(words)
        wordings = [line for line in lines if not line.startswith(">")]
        title = _title(wordings, own, rng, sector=cast[0].sector, at=at, recent=recent)
        recent.add(at, title)
        leads = [line[1:].strip() for line in lines if line.startswith(">")]
        summary = expand(leads[0], rng, own, cast[0].sector) if leads else ""
        named = [company for company in cast if company.short in title]
        tickers = tuple(company.ticker for company in named) if rng.random() < 0.5 else ()
        companies = tuple(company.id for company in named)
        stories.append(
            (at, Draft(f"{name}-{len(stories):02d}", title, summary, tickers, SIGNS[sign], topic, companies, name))
        )
    return stories


def _cast(kind: ShockKind, rng: Random) -> list[DemoCompany]:
    chosen: dict[tuple[str, ...], str] = {}
    cast: list[DemoCompany] = []
    for sectors in _CASTS[kind]:
        sector = chosen.setdefault(sectors, pick(rng, sectors))
        cast.append(pick(rng, [company for company in sector_companies(sector) if company not in cast]))
    return cast


def _title(lines: Sequence[str], own: dict[str, str], rng: Random, *, sector: str, at: int, recent: Recent) -> str:
    """One of the wordings, unlike all that was written before where the tries allow."""
    fixed = dict(own)
    title = ""
    for _ in range(_TITLE_TRIES):
        own.clear()
        own.update(fixed)
        title = expand(pick(rng, lines), rng, own, sector)
        if recent.is_distinct(at, title):
            break
    return title
