"""Syndicated and rewritten copies of a story, as they reach a desk that reads several feeds. Pure."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from monitor.demo.distinct import grams, jaccard
from monitor.demo.grammar import pick
from monitor.demo.world import DemoCompany

# A rewritten title keeps at least this similarity, else a reader too would take it for another story.
ALIKE = 0.68


def _update(title: str, _masthead: str, _company: DemoCompany | None) -> str:
    return f"UPDATE 1-{title}"


def _repeat(title: str, _masthead: str, _company: DemoCompany | None) -> str:
    return f"RPT-{title}"


def _masthead(title: str, masthead: str, _company: DemoCompany | None) -> str:
    return f"{title} - {masthead}"


def _bar(title: str, masthead: str, _company: DemoCompany | None) -> str:
    return f"{title} | {masthead}"


def _ticker(title: str, _masthead: str, company: DemoCompany | None) -> str:
    if company is None:
        return title
    name = company.name if company.name in title else company.short
    return title.replace(name, f"{name} ({company.ticker})", 1)


def _punctuation(title: str, _masthead: str, _company: DemoCompany | None) -> str:
    return title.replace(", ", "; ", 1).replace('"', "'")


def _percent(title: str, _masthead: str, _company: DemoCompany | None) -> str:
    return title.replace("%", " pct")


def _stop(title: str, _masthead: str, _company: DemoCompany | None) -> str:
    return f"{title}."


Rewrite = Callable[[str, str, DemoCompany | None], str]
OWN: tuple[Rewrite, ...] = (_update, _repeat)
OTHERS: tuple[Rewrite, ...] = (_masthead, _bar, _ticker, _punctuation, _percent, _stop)


def rewrite(title: str, masthead: str, company: DemoCompany | None, ways: tuple[Rewrite, ...], rng: Random) -> str:
    """The title as another desk sends it: changed, but the same story; with a full stop where nothing else fits.

    >>> rewrite("Oil rises 3%, gas falls as the winter ends", "Post", None, (_percent,), Random(1))
    'Oil rises 3 pct, gas falls as the winter ends'
    """
    before = grams(title)
    for _ in range(4):
        changed = pick(rng, ways)(title, masthead, company)
        if changed != title and jaccard(before, grams(changed)) >= ALIKE:
            return changed
    return f"{title}."


def delay_ms(rng: Random, most_minutes: int) -> int:
    """How long after the original a copy appears: at least a minute, mostly soon."""
    minutes = 1 + (most_minutes - 1) * rng.random() ** 2
    return int(minutes * 60) * 1000


def how_many(chance: float, rng: Random) -> int:
    """Number of copies of a story that is copied at all with this chance: one to three, mostly one."""
    if rng.random() >= chance:
        return 0
    draw = rng.random()
    return 1 if draw < 0.55 else 2 if draw < 0.85 else 3
