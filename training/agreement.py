"""How far two people agree on the labels of one file: no model can be more right than they are at one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from training.data import SENTIMENTS
from training.labelled import read_answers
from training.prepare import refuse
from training.scoring import Ints, confusion


def agreement(one: Path, other: Path, topics: tuple[str, ...]) -> dict[str, Any]:
    """How far two labellers of one file agree, by head; JSON-able.

    {"sentiment" and "topic": {"lines": that both labelled, "agreed", "kappa", "labels", "confusion": [one][other]},
    "alone": labels that only one gave}. Kappa is Cohen's (1960): 1 is full agreement, 0 what chance would give; None
    where chance alone explains everything (both use one label only).

    Raises:
        InputError: every fault of both files.
    """
    (mine, faults), (theirs, wrong) = read_answers(one, topics), read_answers(other, topics)
    refuse([*faults, *wrong])
    left, right = ({answer.identity: answer for answer in answers} for answers in (mine, theirs))
    result: dict[str, Any] = {}
    single = 0
    for head, names in (("sentiment", SENTIMENTS), ("topic", topics)):
        first, second = ({i: getattr(a, head) for i, a in side.items() if getattr(a, head)} for side in (left, right))
        both = [identity for identity in first if identity in second]
        single += len(first.keys() ^ second.keys())
        pairs = np.array([[names.index(first[i]), names.index(second[i])] for i in both], np.int64).reshape(-1, 2)
        matrix = confusion(pairs[:, 0], pairs[:, 1], len(names))
        result[head] = {
            "lines": len(both),
            "agreed": int(np.trace(matrix)),
            "kappa": kappa(matrix),
            "labels": list(names),
            "confusion": matrix.tolist(),
        }
    return {**result, "alone": single}


def kappa(matrix: Ints) -> float | None:
    """Cohen's kappa (1960) of counts [one labeller][the other]; None where it is not defined.

    >>> kappa(np.array([[20, 5], [10, 15]]))
    0.4
    """
    total = float(matrix.sum())
    by_chance = float(matrix.sum(axis=0) @ matrix.sum(axis=1)) / total**2 if total else 1.0
    if by_chance >= 1:
        return None
    return round(float((np.trace(matrix) / total - by_chance) / (1 - by_chance)), 4)


def told(found: dict[str, Any]) -> str:
    """A line for each head, for a person."""
    return "\n".join(
        f"{head}: {found[head]['agreed']} of {found[head]['lines']} alike, kappa {found[head]['kappa']}"
        for head in ("sentiment", "topic")
    )
