"""Exams: headlines of our own that no part of the training sets holds, each kind asking for one thing.

    meaning.tsv   kind, pair, label, text     words that both signs use; a pair differs in the one word that decides;
                                              "-" or nothing where a headline has none
    general.tsv   kind, text                  news that is nobody's bad news: all neutral
    targets.tsv   id, target, label, text     headlines that mean different things for those they name
    robust.tsv    kind, text, changed         negation: the verdict must not stay; paraphrase: it must

A line that begins with # is a comment; a first line of the columns' names is a header, in whatever order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from monitor.errors import InputError
from monitor.ingest.canonical import clean_text, mark_target, without_token
from training.data import SENTIMENTS
from training.scoring import Floats, compared, mean_interval, share
from training.targets import TARGET, find_names

Judge = Callable[[list[str]], Floats]  # texts -> calibrated shares of the sentiments, [texts, 3]
Line = dict[str, str]

NEGATIVE, NEUTRAL, _ = range(len(SENTIMENTS))

COLUMNS = {
    "meaning": ("kind", "pair", "label", "text"),
    "general": ("kind", "text"),
    "targets": ("id", "target", "label", "text"),
    "robust": ("kind", "text", "changed"),
}
ROBUST = ("negation", "paraphrase")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer: what was expected, what was said with which share. The texts are our own and may be shown.

    `kind` is the asked name in `targets`.
    """

    exam: str
    kind: str
    expected: str
    said: str
    confidence: float
    text: str


@dataclass(slots=True)
class Taken:
    """What came of the exams: JSON-able figures by exam, and every mistake."""

    figures: dict[str, Any] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)


def read(folder: Path) -> dict[str, list[Line]]:
    """The lines of every exam of the folder, texts cleaned as the daemon cleans; an exam without a file is absent.

    Raises:
        InputError: no exam at all, or a line that is none: names file, line and what is wrong.
    """
    found = {name: _lines(folder / f"{name}.tsv", columns) for name, columns in COLUMNS.items()}
    if not any(found.values()):
        raise InputError(f"{folder}: no exam is here (looked for {', '.join(f'{name}.tsv' for name in COLUMNS)})")
    return {name: lines for name, lines in found.items() if lines}


def _lines(path: Path, columns: tuple[str, ...]) -> list[Line]:
    if not path.is_file():
        return []
    header = list(columns)
    result: list[Line] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if not result and set(columns) <= set(cells):
            header = cells
            continue
        if len(cells) != len(header):
            raise InputError(f"{path}:{number}: {len(cells)} columns, not {', '.join(header)}")
        row = dict(zip(header, cells, strict=True))
        if "label" in columns and row["label"] not in SENTIMENTS:
            raise InputError(f"{path}:{number}: {row['label']!r} is none of {', '.join(SENTIMENTS)}")
        if "changed" in columns and row["kind"] not in ROBUST:
            raise InputError(f"{path}:{number}: {row['kind']!r} is none of {', '.join(ROBUST)}")
        if row.get("pair") == "-":
            row["pair"] = ""
        for name in {"text", "changed"} & set(columns):
            row[name] = clean_text(row[name])
        if "target" in columns:
            _place_target(row, f"{path}:{number}")
        result.append(row)
    return result


def _place_target(row: Line, where: str) -> None:
    """Gives the row both readings: `whole` with the name, `marked` with `[TARGET]` in its place."""
    if TARGET in row["text"]:
        row["marked"], row["whole"] = row["text"], row["text"].replace(TARGET, row["target"], 1)
        return
    place = find_names(row["text"], [row["target"]]).get(row["target"])
    if place is None:
        raise InputError(f"{where}: the text does not name {row['target']!r}")
    row["whole"] = without_token(row["text"], TARGET)
    row["marked"] = mark_target(row["text"], *place, TARGET)


def take(folder: Path, judge: Judge, *, tau: float, token: str | None) -> Taken:
    """Every exam of the folder.

    Args:
        tau: a headline counts as negative from this P(negative) on.
        token: the model's target token; without one `targets` scores the whole headlines alone.

    Raises:
        InputError: as in `read`.
    """
    exams, taken = read(folder), Taken()
    if "meaning" in exams:
        _meaning(exams["meaning"], judge, taken)
    if "general" in exams:
        _general(exams["general"], judge, tau, taken)
    if "targets" in exams:
        _targets(exams["targets"], judge, token, taken)
    if "robust" in exams:
        _robust(exams["robust"], judge, taken)
    return taken


def _labels(rows: list[Line]) -> list[int]:
    return [SENTIMENTS.index(row["label"]) for row in rows]


def _mistake(expected: int | str, shares: Sequence[float], text: str, **where: str) -> Mistake:
    said = int(np.argmax(shares))
    wanted = expected if isinstance(expected, str) else SENTIMENTS[expected]
    return Mistake(**where, expected=wanted, said=SENTIMENTS[said], confidence=round(float(shares[said]), 4), text=text)


def _by_kind(rows: list[Line], hits: Sequence[bool]) -> dict[str, Any]:
    count, right = Counter(row["kind"] for row in rows), Counter[str]()
    for row, hit in zip(rows, hits, strict=True):
        right[row["kind"]] += hit
    return {kind: share(right[kind], count[kind]) for kind in count}


def _meaning(rows: list[Line], judge: Judge, taken: Taken) -> None:
    shares = judge([row["text"] for row in rows])
    right = [bool(said == label) for said, label in zip(shares.argmax(axis=1), _labels(rows), strict=True)]
    pairs: dict[str, list[bool]] = defaultdict(list)
    for row, label, hit, given in zip(rows, _labels(rows), right, shares.tolist(), strict=True):
        if row["pair"]:
            pairs[f"{row['kind']} {row['pair']}"].append(hit)
        if not hit:
            taken.mistakes.append(_mistake(label, given, row["text"], exam="meaning", kind=row["kind"]))
    complete = [all(hits) for hits in pairs.values() if len(hits) > 1]
    groups = [f"{row['kind']} {row['pair']}" if row["pair"] else "" for row in rows]
    taken.figures["meaning"] = {
        "rows": len(rows),
        "share": round(sum(right) / len(rows), 4),
        "interval": mean_interval(np.array(right, np.float64), groups),
        "pairs": share(sum(complete), len(complete)),
        "kinds": _by_kind(rows, right),
    }


def _general(rows: list[Line], judge: Judge, tau: float, taken: Taken) -> None:
    shares = judge([row["text"] for row in rows])
    negative = shares[:, NEGATIVE] >= tau
    neutral = shares.argmax(axis=1) == NEUTRAL
    for row, hit, given in zip(rows, neutral, shares.tolist(), strict=True):
        if not hit:
            taken.mistakes.append(_mistake(NEUTRAL, given, row["text"], exam="general", kind=row["kind"]))
    taken.figures["general"] = {
        "rows": len(rows),
        "negative": share(int(negative.sum()), len(rows)),
        "not_neutral": share(int((~neutral).sum()), len(rows)),
        "kinds": _by_kind(rows, neutral.tolist()),
    }


def _targets(rows: list[Line], judge: Judge, token: str | None, taken: Taken) -> None:
    truth = np.array(_labels(rows))
    whole = judge([row["whole"] for row in rows])
    by_whole = whole.argmax(axis=1) == truth
    groups = [row["id"] for row in rows]
    asked = whole if token is None else judge([row["marked"].replace(TARGET, token) for row in rows])
    right = asked.argmax(axis=1) == truth
    for row, label, hit, given in zip(rows, truth.tolist(), right, asked.tolist(), strict=True):
        if not hit:
            taken.mistakes.append(_mistake(label, given, row["whole"], exam="targets", kind=row["target"]))
    figures = {"headlines": len(set(groups)), "by_target": token is not None}
    if token is None:
        share_right = round(float(by_whole.mean()), 4)
        interval = mean_interval(by_whole.astype(np.float64), groups)
        taken.figures["targets"] = {**figures, "rows": len(rows), "against": share_right, "interval": interval}
    else:
        taken.figures["targets"] = {**figures, **compared(right, by_whole, groups)}


def _robust(rows: list[Line], judge: Judge, taken: Taken) -> None:
    before, after = judge([row["text"] for row in rows]), judge([row["changed"] for row in rows])
    was, now = before.argmax(axis=1), after.argmax(axis=1)
    figures = {}
    for kind in ROBUST:
        # A headline that was called neutral has no verdict that a negation could turn.
        mine = [i for i, row in enumerate(rows) if row["kind"] == kind and (kind != "negation" or was[i] != NEUTRAL)]
        wrong = [i for i in mine if (was[i] == now[i]) == (kind == "negation")]
        if any(row["kind"] == kind for row in rows):
            figures[kind] = share(len(mine) - len(wrong), len(mine))
        for i in wrong:
            expected = f"{'not ' if kind == 'negation' else ''}{SENTIMENTS[was[i]]}"
            text = f"{rows[i]['text']} → {rows[i]['changed']}"
            taken.mistakes.append(_mistake(expected, after[i].tolist(), text, exam="robust", kind=kind))
    taken.figures["robust"] = figures
