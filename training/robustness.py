"""What must not matter: the same headline mistyped, in capitals, of another company, with its publisher behind it.

Every change is a pure function of (text, draw); the draw is seeded by the change and the text, so neither the order
of the rows nor other changes move it.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from training.data import MISSING, Row, drop_cashtags
from training.exams import NEGATIVE, Judge
from training.scoring import share
from training.targets import TARGET, unmarked

Change = Callable[[str, random.Random], str]  # the changed text, or the same one where the change does not apply
Pair = tuple[str, str, int]  # the text, the changed text, its sentiment or -1

ROWS = 400  # for each change: an interval of five points at most; a minute on a slow processor
SEED = 4

# Names that headlines use, of several industries and countries: whose name it is tells nothing.
NAMES = (
    *("Siemens", "Toyota", "Nestle", "Infosys", "Unilever", "Vodafone", "Airbus", "Samsung", "Walmart", "Pfizer"),
    *("Barclays", "Allianz", "Repsol", "Lufthansa", "Caterpillar", "Telefonica", "Novartis", "Heineken", "Ericsson"),
)

# SEntFiN's entities are also markets, currencies, goods and offices; another company's name is none of their place.
_NO_COMPANY = re.compile(
    r"\b(nifty|sensex|sebi|bse|nse|mcx|ncdex|nsel|rbi|rupee|dollar|euro|yen|yuan|won|pound|sterling|gold|silver|copper|"
    r"nickel|zinc|lead|oil|crude|brent|metals?|commex\w*|shares?|stocks?|markets?|indices|index|funds?|bonds?|banks|"
    r"sector|wall street|ftse|nikkei|dow|nasdaq|s&p|fed|ecb|govt|government|india|china|us|japan|europe|asian?|it|"
    r"pharma|fmcg|auto|realty|media|psus?|cnx|midcaps?|smallcaps?|d-street|dalal street)\b",
    re.IGNORECASE,
)
_LONG_WORD = re.compile(r"(?<![\w$\[])[^\W\d_]{5,}(?![\w\]])")
_CASHTAG = re.compile(r"\$[A-Za-z]")


def typo(text: str, draw: random.Random) -> str:
    """One slip in one word of five letters or more: two neighbours swapped, a letter dropped, or one doubled.

    Words with digits, cashtags and the target token stay whole.

    >>> typo("ACME narrows loss", random.Random(3))
    'ACME narroows loss'
    """
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    found = draw.choice(words)
    word = found.group()
    slip = draw.choice(("swap", "drop", "double"))
    unlike = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
    if slip == "swap" and unlike:
        at = draw.choice(unlike)
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    else:
        at = draw.randrange(len(word))
        word = word[:at] + word[at + 1 :] if slip == "drop" else word[: at + 1] + word[at:]
    return text[: found.start()] + word + text[found.end() :]


def without_cashtags(text: str, _: random.Random) -> str:
    """`drop_cashtags`: a text of hardly anything else stays."""
    return drop_cashtags(text)


def with_cashtag(text: str, _: random.Random) -> str:
    """A ticker in front, as tweets have it; a text that has one stays."""
    return text if _CASHTAG.search(text) else f"$ABCD - {text}"


def with_publisher(text: str, _: random.Random) -> str:
    """The publisher behind, as aggregators put it; a text that has one stays."""
    return text if re.search(r" - \w+$", text) else f"{text} - Reuters"


CHANGES: dict[str, Change] = {
    "typo": typo,
    "lower case": lambda text, _: text.lower(),
    "upper case": lambda text, _: text.upper(),
    "publisher behind": with_publisher,
    "cashtag in front": with_cashtag,
    "cashtags gone": without_cashtags,
}
NAME_SWAPPED = "company renamed"


def renamed(row: Row, draw: random.Random) -> str:
    """The whole headline with another company's name in the place of the row's target."""
    whole = unmarked(row)
    others = [name for name in NAMES if name.lower() not in whole.lower()]
    name = draw.choice(others)
    return row.text.replace(TARGET, name.upper() if row.target.isupper() and whole.isupper() else name, 1)


def pairs(rows: list[Row], change: str, limit: int = ROWS, seed: int = SEED) -> list[Pair]:
    """At most `limit` texts and what the change makes of them, drawn by seed; texts that it leaves alone are absent."""
    found = list(_renamed_pairs(rows, seed) if change == NAME_SWAPPED else _changed_pairs(rows, change, seed))
    return found if len(found) <= limit else random.Random(f"{seed} {change}").sample(found, limit)


def _changed_pairs(rows: list[Row], change: str, seed: int) -> Iterator[Pair]:
    for row in rows:
        if not row.target and row.sentiment != MISSING:
            text = CHANGES[change](row.text, random.Random(f"{seed} {change} {row.text}"))
            if text != row.text:
                yield row.text, text, row.sentiment


def _renamed_pairs(rows: list[Row], seed: int) -> Iterator[Pair]:
    of_headline: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.target:
            of_headline[unmarked(row)].add(row.sentiment)
    for row in rows:
        if row.target and row.target[:1].isupper() and not _NO_COMPANY.search(row.target):
            whole = unmarked(row)
            labels = of_headline[whole]
            text = renamed(row, random.Random(f"{seed} {NAME_SWAPPED} {row.text}"))
            yield whole, text, row.sentiment if len(labels) == 1 else MISSING


def robustness(judge: Judge, rows: list[Row], limit: int = ROWS, seed: int = SEED) -> dict[str, Any]:
    """By change: the share of headlines whose label stays, how far P(negative) moves on average, and accuracy.

    Accuracy [before, after] is that of the rows with a label, absent where none has one; so is a change that applies
    nowhere. JSON-able.
    """
    result: dict[str, Any] = {}
    for change in (*CHANGES, NAME_SWAPPED):
        chosen = pairs(rows, change, limit, seed)
        if not chosen:
            continue
        before, after = judge([text for text, _, _ in chosen]), judge([text for _, text, _ in chosen])
        was, now = before.argmax(axis=1), after.argmax(axis=1)
        figures = share(int((was == now).sum()), len(chosen))
        figures["move"] = round(float(np.abs(before[:, NEGATIVE] - after[:, NEGATIVE]).mean()), 4)
        truth = np.array([label for _, _, label in chosen])
        known = truth != MISSING
        if known.any():
            figures["accuracy"] = [round(float((said == truth)[known].mean()), 4) for said in (was, now)]
        result[change] = figures
    return result
