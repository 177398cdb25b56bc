"""Labelled sets in, one table of rows out: cleaned as the daemon cleans, near-duplicates gone, split once.

Every set is JSON lines. `text` is the headline; `sentiment` (a name), `topic` (a name) and `entities` (name ->
sentiment, SEntFiN's form) are its labels, any of them absent. A row keeps one label or both; a missing label is -1
and costs nothing in training.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from rensa import RMinHash, RMinHashLSH

from monitor.errors import InputError
from monitor.ingest.canonical import clean_text, model_text

SENTIMENTS = ("negative", "neutral", "positive")
MISSING = -1
PARTS = ("fit", "calibration", "report")

_CASHTAG = re.compile(r"\$[A-Za-z][A-Za-z.]{0,6}\b(?:\s*[-:–]\s+|\s*)")
_WORD = re.compile(r"[a-z0-9%]+")
_PERMUTATIONS = 64
_BANDS = 16  # of 4 rows: a pair at Jaccard 0.8 is missed once in 4,600; one at 0.3 is compared once in 8


@dataclass(frozen=True, slots=True)
class Row:
    """A headline and its labels.

    Attributes:
        text: canonical text, exactly what the daemon would hand to the model.
        sentiment, topic: index into the label lists, or -1.
        source: the set's name in the recipe.
        group: rows of one group share a part (a template of our own texts); "" for a row alone.
        part: `fit`, `calibration` or `report`.
    """

    text: str
    sentiment: int
    topic: int
    source: str
    group: str = ""
    part: str = ""


def drop_cashtags(text: str) -> str:
    """The text without `$TICKER` marks, unless nothing much would be left.

    >>> drop_cashtags("$MANT - ManTech downgraded ahead of difficult comps")
    'ManTech downgraded ahead of difficult comps'
    """
    bare = " ".join(_CASHTAG.sub(" ", text).split())
    return bare if bare.count(" ") >= 2 else text


def sentiment_of(record: dict[str, Any]) -> int:
    """The one sentiment that a record states, or -1: several entities count only where all agree."""
    names = {record["sentiment"]} if record.get("sentiment") else set((record.get("entities") or {}).values())
    return SENTIMENTS.index(names.pop()) if len(names) == 1 else MISSING


def read_set(path: Path, name: str, topics: tuple[str, ...]) -> Iterator[Row]:
    """Rows of one JSON-lines file; a line that is no record, or a label that is not ours, is the user's error.

    Raises:
        InputError: names file, line and what is wrong.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file (data set {name!r} of the recipe)")
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                topic = topics.index(record["topic"]) if record.get("topic") else MISSING
                sentiment, raw = sentiment_of(record), record["text"]
            except (ValueError, KeyError, AttributeError) as error:
                raise InputError(f"{path}:{number}: not a labelled headline ({error})") from error
            text = model_text(clean_text(raw), "")
            if text and (sentiment != MISSING or topic != MISSING):
                yield Row(text, sentiment, topic, name, record.get("group", ""))


def _words(text: str) -> list[str]:
    return _WORD.findall(drop_cashtags(text).lower())


def _shingles(words: list[str]) -> set[str]:
    return {*words, *(f"{a} {b}" for a, b in pairwise(words))}


def without_duplicates(rows: Iterable[Row], threshold: float) -> list[Row]:
    """Each headline once over all sets: the first stays; an equal one only lends it a label that it lacks.

    Near means Jaccard >= threshold over words and word pairs, found by MinHash (Broder 1997) and banding, then
    checked exactly. Rows with a group are minimal pairs on purpose: among themselves only equal texts go.
    """
    kept: list[Row] = []
    seen: dict[str, int] = {}
    shingles: dict[int, set[str]] = {}
    index = RMinHashLSH(threshold, _PERMUTATIONS, _BANDS)
    for row in rows:
        words = _words(row.text)
        key = " ".join(words)
        if key in seen:
            first = kept[seen[key]]
            kept[seen[key]] = replace(
                first,
                sentiment=row.sentiment if first.sentiment == MISSING else first.sentiment,
                topic=row.topic if first.topic == MISSING else first.topic,
            )
            continue
        mine = _shingles(words)
        sketch = RMinHash(_PERMUTATIONS, 1)
        sketch.update(sorted(mine))
        near = (
            len(mine & shingles[other]) >= threshold * len(mine | shingles[other])
            for other in index.query(sketch)
            if not (row.group and kept[other].group)
        )
        if any(near):
            continue
        seen[key] = len(kept)
        shingles[len(kept)] = mine
        index.insert(len(kept), sketch)
        kept.append(row)
    return kept


def split(rows: list[Row], seed: int, calibration: float, report: float) -> list[Row]:
    """The same rows, each given its part by a seeded hash of its text (or group), so an added set moves no row.

    Shares hold within every source, being independent draws row by row.
    """

    def part(row: Row) -> str:
        data = f"{seed}\x00{row.group or row.text}".encode()
        draw = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") / 2**64
        return "report" if draw < report else "calibration" if draw < report + calibration else "fit"

    return [replace(row, part=part(row)) for row in rows]


def save(rows: list[Row], path: Path) -> None:
    """Writes the rows as JSON lines."""
    path.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def load(path: Path) -> list[Row]:
    """Reads what `save` wrote. Raises InputError where `prepare` has not run."""
    if not path.is_file():
        raise InputError(f"{path} is missing: run `bearwatch-train prepare` first")
    return [Row(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def summary(rows: list[Row]) -> dict[str, dict[str, int]]:
    """Counts by source and part, for the log and the card."""
    counts = Counter((row.source, row.part) for row in rows)
    return {s: {p: counts[s, p] for p in PARTS} for s in sorted({row.source for row in rows})}
