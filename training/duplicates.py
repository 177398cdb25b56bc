"""Near-duplicates: each headline once over all sets and parts, and none that an exam asks for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from training.data import MISSING, Row, drop_cashtags
from training.targets import unmarked

_WORD = re.compile(r"(?:[^\W_]|%)+")


@dataclass(frozen=True, slots=True)
class Unique:
    """What stayed, in its order, and what went, by source."""

    rows: list[Row]
    dropped: Counter[str]
    in_exams: Counter[str]


def words(text: str) -> list[str]:
    """Lower-case words and numbers, cashtags left out; the text itself where it has none (emoji)."""
    return _WORD.findall(drop_cashtags(text).lower()) or [text]


def shingles(found: list[str]) -> frozenset[str]:
    """What is compared: the set of words and of word pairs."""
    return frozenset((*found, *(f"{a} {b}" for a, b in pairwise(found))))


class _Index:
    """Sets of shingles, asked for those at Jaccard >= threshold: exactly, by prefix filtering.

    Two sets that share so much share at least one of the few rarest shingles of each (Chaudhuri, Ganti and Kaushik
    2006), so only those are indexed. MinHash with bands would miss one pair in thousands, and a pair missed here may
    stand in two parts.
    """

    def __init__(self, sets: Iterable[frozenset[str]], threshold: float) -> None:
        count = Counter(shingle for one in sets for shingle in one)
        self._rank = {shingle: (n, shingle) for shingle, n in count.items()}
        self._threshold = threshold
        self._sets: list[frozenset[str]] = []
        self._having: dict[str, list[int]] = defaultdict(list)

    def _rarest(self, one: frozenset[str]) -> list[str]:
        # Half a millionth off, so that rounding never makes the prefix too short.
        longest = len(one) - ceil(self._threshold * len(one) - 5e-7) + 1
        return sorted(one, key=self._rank.__getitem__)[:longest]

    def near(self, one: frozenset[str]) -> Iterator[int]:
        """Numbers of the sets inserted so far that are near, each once."""
        asked: set[int] = set()
        for shingle in self._rarest(one):
            for number in self._having.get(shingle, ()):
                if number not in asked:
                    asked.add(number)
                    other = self._sets[number]
                    both = len(one & other)
                    if both >= self._threshold * (len(one) + len(other) - both):
                        yield number

    def insert(self, one: frozenset[str]) -> None:
        """Inserts a set; its number is how many there were."""
        for shingle in self._rarest(one):
            self._having[shingle].append(len(self._sets))
        self._sets.append(one)


def near_any(rows: list[Row], others: list[Row], threshold: float) -> Iterator[Row]:
    """Those of the rows that are near one of the others, as `without_duplicates` has it."""
    sets = [shingles(words(unmarked(row))) for row in (*others, *rows)]
    index = _Index(sets, threshold)
    for one in sets[: len(others)]:
        index.insert(one)
    for row, one in zip(rows, sets[len(others) :], strict=True):
        if any(True for _ in index.near(one)):
            yield row


def without_duplicates(rows: list[Row], threshold: float, exams: Iterable[str] = ()) -> Unique:
    """Each headline once over all sets: the first stays; an equal one only lends it a label that it lacks.

    Near means Jaccard >= threshold over words and word pairs, of the headline as it was before a name in it was
    replaced by the target token. Rows of one group (a minimal pair, the target rows of a headline) share a part, so
    among themselves only equal rows go. A row near an exam's text goes, whatever its group.

    Args:
        exams: held-out texts that are no rows.
    """
    asked = list(exams)
    spoken = [words(text) for text in (*asked, *map(unmarked, rows))]
    sets = [shingles(found) for found in spoken]
    index = _Index(sets, threshold)
    for one in sets[: len(asked)]:
        index.insert(one)
    kept: list[Row] = []
    seen: dict[tuple[str, str], int] = {}
    dropped: Counter[str] = Counter()
    in_exams: Counter[str] = Counter()
    for row, found, one in zip(rows, spoken[len(asked) :], sets[len(asked) :], strict=True):
        near = list(index.near(one))
        if any(number < len(asked) for number in near):
            in_exams[row.source] += 1
            continue
        key = " ".join(found), row.target.lower()
        equal = seen.get(key)
        if equal is not None:
            first = kept[equal]
            kept[equal] = replace(
                first,
                sentiment=row.sentiment if first.sentiment == MISSING else first.sentiment,
                topic=row.topic if first.topic == MISSING else first.topic,
            )
        others = (kept[number - len(asked)] for number in near)
        if equal is not None or any(not row.group or other.group != row.group for other in others):
            dropped[row.source] += 1
            continue
        seen[key] = len(kept)
        index.insert(one)
        kept.append(row)
    return Unique(kept, dropped, in_exams)
