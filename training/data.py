"""The table of rows that every step shares: its form, its parts, its file.

A row keeps one label or both; a missing label is -1 and costs nothing in training.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, fields, replace
from pathlib import Path

from monitor.errors import InputError

SENTIMENTS = ("negative", "neutral", "positive")
MISSING = -1
PARTS = ("fit", "calibration", "report")
PAST = "past"  # fitted by a run that this one continues, and not again: what knows it must not be examined on it

_CASHTAG = re.compile(r"\$[A-Za-z][A-Za-z.]{0,6}\b(?:\s*[-:–]\s+|\s*)")


@dataclass(frozen=True, slots=True)
class Row:
    """A headline and its labels.

    Attributes:
        text: canonical text, exactly what the daemon would hand to the model.
        sentiment, topic: index into the label lists, or -1.
        source: the set's name in the recipe.
        group: rows of one group share a part (a template, the target rows of a headline); "" for a row alone.
        part: `fit`, `calibration` or `report`; in a continued run also `past`.
        at: when it was published, ms UTC; None where the set has no dates.
        target: the name that stood where the text has the target token; "" where the text is the whole headline.
    """

    text: str
    sentiment: int
    topic: int
    source: str
    group: str = ""
    part: str = ""
    at: int | None = None
    target: str = ""


def ever_fitted(row: Row) -> bool:
    """Whether the weights have seen the row: in this run or in one that it continues."""
    return row.part in ("fit", PAST)


def drop_cashtags(text: str) -> str:
    """The text without `$TICKER` marks, unless nothing much would be left.

    >>> drop_cashtags("$MANT - ManTech downgraded ahead of difficult comps")
    'ManTech downgraded ahead of difficult comps'
    """
    bare = " ".join(_CASHTAG.sub(" ", text).split())
    return bare if bare.count(" ") >= 2 else text


def split(rows: list[Row], seed: int, calibration: float, report: float) -> list[Row]:
    """The same rows, each given its part; a group goes whole into one.

    Rows without a date: by a seeded hash of text or group, so an added set moves no row, and the shares hold within
    every source, being independent draws. Rows with a date: by time within their source, the oldest fitted, the next
    for calibration, the newest reported, as the model will be used on days after those that it learnt from. A group
    goes by its newest row; rows of one date stay together, so the shares are met to within a date and a group.
    """
    newest: dict[str, int] = {}
    for row in rows:
        if row.at is not None:
            newest[_unit(row)] = max(row.at, newest.get(_unit(row), row.at))
    dates: dict[str, list[int]] = {}
    for row in rows:
        if _unit(row) in newest:
            dates.setdefault(row.source, []).append(newest[_unit(row)])
    for known in dates.values():
        known.sort()

    def draw(row: Row) -> float:
        """Where in [0, 1) the row's unit stands, the fitted ones last."""
        unit = _unit(row)
        if unit in newest:
            known = dates[row.source]
            # The share of rows not older than this one; a billionth off, so that shares such as 0.3 are met exactly.
            return 1 - bisect_left(known, newest[unit]) / len(known) - 1e-9
        data = f"{seed}\x00{unit}".encode()
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") / 2**64

    def part(place: float) -> str:
        return "report" if place < report else "calibration" if place < report + calibration else "fit"

    return [replace(row, part=part(draw(row))) for row in rows]


def _unit(row: Row) -> str:
    return row.group or row.text


def save(rows: list[Row], path: Path) -> None:
    """Writes the rows as JSON lines."""
    names = [field.name for field in fields(Row)]
    lines = (json.dumps({name: getattr(row, name) for name in names}, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")


def load(path: Path) -> list[Row]:
    """Reads what `save` wrote. Raises InputError where `prepare` has not run."""
    if not path.is_file():
        raise InputError(f"{path} is missing: run `bearwatch-train prepare` first")
    # Lines end at a newline alone: other separators may stand in a name.
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Row(**json.loads(line)) for line in lines if line]


def summary(rows: list[Row]) -> dict[str, dict[str, int]]:
    """Counts by source and part, for the log and the card."""
    counts = Counter((row.source, row.part) for row in rows)
    return {s: {p: counts[s, p] for p in PARTS} for s in sorted({row.source for row in rows})}
