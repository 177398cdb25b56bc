"""Which headlines are near-duplicates: so that stories are different ones, and copies are copies. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise

from monitor.ingest.wording import likeness, wording
from monitor.records import DAY_MS

# Whatever the daemon would call one story is none of its own; and all are unlike enough to read well.
DISTINCT = 0.40
READABLE = 0.55
_WINDOW_MS = 2 * DAY_MS
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")
Grams = frozenset[str]


@lru_cache(maxsize=4096)
def grams(text: str) -> Grams:
    """The 5-character shingles of a text in lower case.

    >>> sorted(grams("Oil up"))
    ['il up', 'oil u']
    """
    low = text.lower()
    return frozenset(low[i : i + 5] for i in range(max(1, len(low) - 4)))


def word_shingles(text: str) -> Grams:
    """Words and pairs of words."""
    words = _WORD.findall(text.lower())
    return frozenset(words) | {f"{a} {b}" for a, b in pairwise(words)}


def jaccard(a: Grams, b: Grams) -> float:
    """Shared shingles over all shingles.

    >>> jaccard(grams("abcdef"), grams("abcdeg"))
    0.3333333333333333
    """
    both = len(a & b)
    return both / (len(a) + len(b) - both)


class Recent:
    """The stories of the last two days, for the question whether a new one is too like any of them."""

    def __init__(self) -> None:
        self._stories: list[tuple[int, str, str, Grams]] = []
        self._by_pair: defaultdict[str, list[int]] = defaultdict(list)

    def is_distinct(self, at: int, title: str, company: str = "") -> bool:
        """Whether no story within two days of `at` resembles the title.

        Args:
            company: id of the company it is about, "" for none: between two different companies more likeness is
                allowed, since the name tells their stories apart.
        """
        words = word_shingles(title)
        for number in {n for pair in words if " " in pair for n in self._by_pair.get(pair, ())}:
            then, other, other_title, other_words = self._stories[number]
            if abs(at - then) > _WINDOW_MS:
                continue
            alike = jaccard(words, other_words)
            told_apart = company and other and company != other
            if alike >= (READABLE if told_apart else DISTINCT):
                return False
            if not told_apart and likeness(wording(title), wording(other_title)):
                return False
            # Titles that share few words share few letters: the dearer measure need not be asked.
            if alike >= READABLE / 3 and jaccard(grams(title), grams(other_title)) >= READABLE:
                return False
        return True

    def add(self, at: int, title: str, company: str = "") -> None:
        """Takes a story in; stories may come in any order of time."""
        words = word_shingles(title)
        self._stories.append((at, company, title, words))
        for pair in words:
            if " " in pair:
                self._by_pair[pair].append(len(self._stories) - 1)
