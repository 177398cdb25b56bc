"""What a headline says, as far as it tells two tellings of one event from two events. Pure.

Likeness weighs each word by how rare it is in headlines (its inverse document frequency, Sparck Jones 1972): "reports
second-quarter results" ties nothing together, a name does. The counts are of labelled sets of financial headlines,
`common_words.txt`; a word that is not among them counts as a name.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from monitor.ingest.words import NUMBER_WORDS, words

# Weighted Jaccard below this is another event, whatever the overlap: a short title lies whole in many a long one.
LEAST_JACCARD = 0.3
# Jaccard of words and pairs of words, unweighted: a company's name alone, however rare, is not yet an event.
LEAST_ALIKE = 0.25
# Share of the shorter text's weight that both hold, from which they tell one event.
DEFAULT_OVERLAP = 0.55
# Words of at least this weight tie an event together; it is that of a word in one headline of 500.
RARE = 0.36
# Up to so many ties, with names or figures of its own in each: one form filled in twice. A figure ties like two words.
FORM_TIES = 2
FIGURE_TIES = 2
# What desks send by form: lists, results, filings, market diaries. Of these only the same words are the same notice.
_NOTICE = re.compile(
    r"^\s*(?:reg\s*[-–—]|table\s*[-–—]|diary\s*[-–—]|press digest|olympics\s*[-–—].*result|factors to watch|"
    r"/?c o r r e c t i o n|top \w+ (?:\w+ )?albums|research and markets:)",
    re.IGNORECASE,
)
_ENDINGS = ("ings", "ing", "ied", "ies", "ed", "es", "s")
_YEAR = re.compile(r"19[5-9]\d|20[0-3]\d")
_FOLDER = Path(__file__).parent
# Stems and weights. Headlines' usual words are some thousands; names are new for ever and rarely come again: room for
# eight times as many took weeks to fill, and 30 MB.
_REMEMBERED = 8_192


@dataclass(frozen=True, slots=True)
class Wording:
    """A headline taken apart.

    Attributes:
        words: stems, figures left out. figures: numbers but for years, without thousands' commas.
        shingles: words and pairs of words, as they stand.
        weight: sum of the words' weights. plain: the words as they stand. count: how many there are.
    """

    words: frozenset[str]
    figures: frozenset[str]
    shingles: frozenset[str]
    weight: float
    plain: str
    count: int
    notice: bool


@lru_cache(maxsize=8_192)
def wording(title: str) -> Wording:
    """Takes a canonical title apart."""
    found = list(map(_one, words(title)))  # a story holds each of them for as long as it is active
    stemmed = [_stem(word) for word in found]
    # Each copied from a set: one that grew word by word has a larger table.
    figures = frozenset({s for s in stemmed if s[0].isdigit() and not _YEAR.fullmatch(s)})
    kept = frozenset({s for s in stemmed if not s[0].isdigit()})
    return Wording(
        words=kept,
        figures=figures,
        shingles=frozenset({*found, *(f"{a} {b}" for a, b in pairwise(found))}),
        weight=math.fsum(map(weight, sorted(kept))),
        plain=" ".join(found),
        count=len(found),
        notice=bool(_NOTICE.match(title)),
    )


def likeness(a: Wording, b: Wording, least_overlap: float = DEFAULT_OVERLAP) -> float:
    """Weighted Jaccard likeness of two headlines that tell one event, 0 where they do not.

    >>> same = likeness(wording("UPDATE 1-Nuance to buy SNAPiN for $180 mln"), wording("Nuance to buy SnapIn"))
    >>> other = likeness(wording("Hershey reports Q4 results"), wording("Revlon reports Q4 results"))
    >>> round(same, 1), other
    (0.9, 0.0)
    """
    if a.notice or b.notice:
        return float(a.plain == b.plain)
    common = len(a.shingles & b.shingles)
    if common < LEAST_ALIKE * (len(a.shingles) + len(b.shingles) - common):
        return 0.0
    shared = a.words & b.words
    both = math.fsum(map(weight, sorted(shared)))
    union, smaller = a.weight + b.weight - both, min(a.weight, b.weight)
    if not both or both < LEAST_JACCARD * union or both < least_overlap * smaller:
        return 0.0
    ties = sum(weight(word) >= RARE for word in shared) + FIGURE_TIES * len(a.figures & b.figures)
    mine, its = a.words - b.words, b.words - a.words
    own_names = any(weight(word) >= RARE for word in mine) and any(weight(word) >= RARE for word in its)
    own_figures = a.figures - b.figures and b.figures - a.figures
    return 0.0 if ties <= FORM_TIES and (own_names or own_figures) else both / union


def stems(title: str) -> list[str]:
    """The title's words as they are compared: without endings, number words as figures.

    >>> stems("Lenders cut 3,000 jobs; two quit")
    ['lender', 'cut', '3000', 'job', '2', 'quit']
    """
    return [_stem(word) for word in words(title)]


@lru_cache(maxsize=_REMEMBERED)
def _one(word: str) -> str:
    """One string for all that are equal. Not sys.intern: up to Python 3.12.6 it keeps each for ever (gh-113993)."""
    return word


@lru_cache(maxsize=_REMEMBERED)
def _stem(word: str) -> str:
    if word[0].isdigit():
        return word.replace(",", "")
    if word in NUMBER_WORDS:
        return str(NUMBER_WORDS[word])
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@lru_cache(maxsize=_REMEMBERED)
def weight(stem: str) -> float:
    """(ln(N / n) / ln N) squared: 1 for a word that no headline of the sets had, near 0 for "to"."""
    counts = _counts()
    every = counts["*"]
    return (math.log(every / (counts.get(stem, 0) + 1)) / math.log(every)) ** 2


@cache
def _counts() -> dict[str, int]:
    lines = (_FOLDER / "common_words.txt").read_text("utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {stem: int(count) for count, stem in pairs}
