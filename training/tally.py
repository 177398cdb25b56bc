"""What was kept, counted by set, head, label and part; and the labels that a part lacks."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from training.data import MISSING, PARTS, SENTIMENTS, Row, ever_fitted

# A topic or two that came over from a repeated headline of another set make no head of the set's.
_SHARE = 0.05

Counts = dict[str, dict[str, dict[str, dict[str, int]]]]


class Absent(NamedTuple):
    """Labels without a row; `source` "" is all sets together, `part` "" the whole set."""

    source: str
    head: str
    part: str
    labels: tuple[str, ...]

    def __str__(self) -> str:
        where = f"{self.source or 'all sets'}, {self.part or 'all parts'}"
        return f"{where}: no row has the {self.head} {', '.join(self.labels)}"


def count(rows: list[Row], topics: tuple[str, ...]) -> Counts:
    """Rows by source, head, label and part; heads that hardly a row of a set has are left out."""
    result: Counts = {}
    for source, size in sorted(Counter(row.source for row in rows).items()):
        mine = [row for row in rows if row.source == source]
        heads = {
            "sentiment": Counter((row.sentiment, row.part) for row in mine if row.sentiment != MISSING),
            "topic": Counter((row.topic, row.part) for row in mine if row.topic != MISSING),
        }
        result[source] = {
            head: {
                label: {part: found[number, part] for part in PARTS}
                for number, label in enumerate(SENTIMENTS if head == "sentiment" else topics)
            }
            for head, found in heads.items()
            if found.total() and found.total() >= _SHARE * size
        }
    return result


def absent(counts: Counts) -> list[Absent]:
    """By set and head, the labels that the whole set lacks, then by part those that only the part lacks."""
    result = []
    for source, heads in counts.items():
        for head, labels in heads.items():
            never = tuple(label for label, found in labels.items() if not any(found.values()))
            result.append(Absent(source, head, "", never))
            for part in PARTS:
                here = tuple(label for label, found in labels.items() if not found[part] and label not in never)
                result.append(Absent(source, head, part, here))
    return [lack for lack in result if lack.labels]


def never_fitted(rows: list[Row], topics: tuple[str, ...]) -> list[Absent]:
    """By head, the labels that no fitted row of any set has: the model could never say them."""
    fit = [row for row in rows if ever_fitted(row)]
    heads = (("sentiment", SENTIMENTS, {row.sentiment for row in fit}), ("topic", topics, {row.topic for row in fit}))
    lacking = ((head, tuple(n for i, n in enumerate(names) if i not in seen)) for head, names, seen in heads)
    return [Absent("", head, "fit", none) for head, none in lacking if none]


def table(counts: Counts) -> str:
    """The counts as lines of text, one for each label that a set has."""
    lines: list[tuple[str, ...]] = [("set", "label", *PARTS)]
    for source, heads in counts.items():
        for labels in heads.values():
            known = ((label, found) for label, found in labels.items() if any(found.values()))
            lines += [(source, label, *(str(found[part]) for part in PARTS)) for label, found in known]
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    # Names begin in one line, numbers end in one.
    sides = [str.ljust, str.ljust, *[str.rjust] * len(PARTS)]
    cells = ([side(cell, w) for cell, side, w in zip(line, sides, wide, strict=True)] for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in cells)
