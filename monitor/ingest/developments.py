"""What an article brings to its story that no article before it had: then it is a development and counts anew. Pure.

Precision goes before completeness: a false development is a false count, a missed one only a count less. So a title
that merely says it in other words is a copy, and of what is new only three things count: a figure, a company beside
those already named, and an event of a short list (`event_words.txt`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from monitor.ingest.figures import figures, new_figures
from monitor.ingest.wording import wording
from monitor.ingest.words import bare, words
from monitor.records import HOUR_MS, Prepared, Story

# One story counts at most so often anew in an hour: a title that is rewritten every minute with the price of the
# minute must not come to a surge alone. With the story itself that makes three, the least that pages by default.
MOST_AN_HOUR = 2
# ... and in its life of three days; what a story holds in memory and in its row stays bounded.
MOST = 32
MOST_FIGURES = 64
# Sent again, or put right: it may differ, but nothing has happened.
_AGAIN = re.compile(r"\s*\W*(?:rpt|repeat|refile|correct(?:ed|ing|ion)|c o r r e c t i o n)\b", re.IGNORECASE)
_LONGEST_PHRASE = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What one title tells.

    Attributes:
        figures: every number. telling: those of them that may be news.
        events: kinds of event that it tells of. hints: kinds that it tells or speaks of in any way.
        again: it says of itself that it is sent again.
    """

    figures: frozenset[str]
    telling: frozenset[str]
    events: frozenset[str]
    hints: frozenset[str]
    again: bool


@lru_cache(maxsize=8_192)
def told(title: str) -> Told:
    """Takes a canonical title apart.

    >>> sorted(told("UPDATE 1-Harrow files for bankruptcy, owes $4 bln").events)
    ['bankruptcy']
    """
    every, telling = figures(title)
    events, hints = _lexicon()
    found = words(title)
    told_of: set[str] = set()
    hinted: set[str] = set()
    for start, word in enumerate(found):
        if word in _first_words():
            for end in range(start + 1, min(start + _LONGEST_PHRASE, len(found)) + 1):
                phrase = " ".join(found[start:end])
                told_of.update(events.get(phrase, ()))
                hinted.update(hints.get(phrase, ()))
    return Told(every, telling, frozenset(told_of), frozenset(hinted), bool(_AGAIN.match(title)))


def is_development(story: Story, prepared: Prepared) -> bool:
    """Whether the article, which joins the story, brings something new to it, by all that its members have told."""
    title, at = prepared.title, prepared.article.event_time
    if wording(title).notice or len(story.developments) >= MOST:
        return False
    if sum(abs(d.at - at) < HOUR_MS for d in story.developments) >= MOST_AN_HOUR:
        return False
    its = told(title)
    if its.again:
        return False
    known = _known_figures(story)
    if len(known) < MOST_FIGURES and new_figures(its.telling, known):
        return True
    # A story that named none is only told more exactly by the first company's name.
    if story.companies and not named_companies(prepared).issubset(story.companies):
        return True
    return not its.events.issubset(told(story.first_text).hints.union(story.events))


def take_in(story: Story, title: str) -> Story:
    """The story once this title, distinct from its first, has told its figures and events."""
    its = told(title)
    figures, events = story.figures, story.events
    if not its.figures.issubset(figures) and len(_known_figures(story)) < MOST_FIGURES:
        figures = tuple(sorted(its.figures.union(figures))[:MOST_FIGURES])
    if not its.hints.issubset(events):
        events = tuple(sorted(its.hints.union(events)))
    return (
        story if (figures, events) == (story.figures, story.events) else replace(story, figures=figures, events=events)
    )


def _known_figures(story: Story) -> frozenset[str]:
    return told(story.first_text).figures.union(story.figures)


def named_companies(prepared: Prepared) -> frozenset[str]:
    """Companies that the title names in words: not by an added ticker, nor as the masthead behind a dash."""
    companies = [m for m in prepared.mentions if m.kind == "company" and m.where == "title"]
    if not companies:
        return frozenset()
    text = bare(prepared.title)
    return frozenset(m.entity_id for m in companies if prepared.title[m.start : m.end] in text)


@cache
def _lexicon() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """(phrase -> kinds that it tells, phrase -> kinds that it speaks of)."""
    events: dict[str, set[str]] = {}
    hints: dict[str, set[str]] = {}
    for line in (Path(__file__).parent / "event_words.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, _, phrases = line.partition(":")
        tells, _, speaks = phrases.partition("|")
        for phrase in tells.split(","):
            events.setdefault(phrase.strip(), set()).add(kind)
        for phrase in (*tells.split(","), *speaks.split(",")):
            hints.setdefault(phrase.strip(), set()).add(kind)
    return {p: frozenset(k) for p, k in events.items()}, {p: frozenset(k) for p, k in hints.items()}


@cache
def _first_words() -> frozenset[str]:
    return frozenset(phrase.split()[0] for phrase in _lexicon()[1])
