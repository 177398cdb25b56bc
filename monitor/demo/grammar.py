"""A phrase grammar: sections of lines in text files, expanded by a seeded generator. Pure but for reading the files.

A file has `[name]` headers and one phrase a line; `#` begins a comment line. In a phrase `{slot}` is a given word or
another section, `{n:2-9}` a whole number, `{d:1.1-4.8}` one decimal, `(a|b)` a choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import TypeVar

_TH = re.compile(r"\b(\d*[123])th\b")
_ENDINGS = {"1": "st", "2": "nd", "3": "rd"}
# Slots that are drawn anew each time they stand: two persons, two sums in one headline are two.
_ANEW = frozenset({"first", "last", "money"})

T = TypeVar("T")
Sections = dict[str, tuple[str, ...]]

_HOLE = re.compile(r"\{([^{}]+)\}")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_RANGE = re.compile(r"([nd]):(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
# "an" before a vowel sound, also before figures that are spoken with one.
_AN = re.compile(r"\b([Aa]) (?=[aeioAEIO]|u(?!ni|se|til)|8|11[ ,%-]|18[ ,%-])(?!one|once|Eur|eur)")


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of the options. Uses `random()` alone, whose sequence Python promises to keep across versions."""
    return options[int(rng.random() * len(options))]


@cache
def load(name: str) -> Sections:
    """The sections of `phrases/<name>.txt`, in file order."""
    sections: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for raw in files(__package__).joinpath("phrases", f"{name}.txt").read_text("utf-8").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            lines = sections.setdefault(line[1:-1], [])
        elif lines is None:
            raise ValueError(f"phrases/{name}.txt: a phrase stands before the first [section]: {line}")
        else:
            lines.append(line)
    return {key: tuple(value) for key, value in sections.items()}


def expand(phrase: str, rng: Random, words: dict[str, str], sector: str = "") -> str:
    """One headline or lead from a phrase, its first letter upper case.

    Args:
        words: slots that the caller fixes (`co`, `place`, ...). What the phrase chooses for the others is added, so
            that a slot means the same wherever else it stands, in a lead expanded with the same dictionary too.
        sector: the section prefix in `sectors.txt`, or "" where no company is meant.

    Raises:
        KeyError: the phrase names a slot that no table has.

    >>> expand("{co} (rises|rises) {n:3-3}% on a {what} day", Random(1), {"co": "Acme", "what": "odd"})
    'Acme rises 3% on an odd day'
    """

    def fill(match: re.Match[str]) -> str:
        slot = match[1]
        if span := _RANGE.fullmatch(slot):
            return _number(span[1], span[2], span[3], rng)
        if slot in words:
            return words[slot]
        text = resolve(pick(rng, _options(slot, sector)))
        if slot not in _ANEW:
            words[slot] = text
        return text

    def resolve(text: str) -> str:
        while "{" in text or _CHOICE.search(text):
            text = _CHOICE.sub(lambda match: pick(rng, match[1].split("|")), text)
            text = _HOLE.sub(fill, text)
        return text

    text = _AN.sub(r"\1n ", resolve(phrase))
    text = _TH.sub(lambda match: match[1] + ("th" if match[1][-2:-1] == "1" else _ENDINGS[match[1][-1]]), text)
    return text[:1].upper() + text[1:]


def _options(slot: str, sector: str) -> tuple[str, ...]:
    return load("sectors").get(f"{sector} {slot}") or load("slots")[slot]


def _number(kind: str, low: str, high: str, rng: Random) -> str:
    if kind == "n":
        return str(int(low) + int(rng.random() * (int(high) - int(low) + 1)))
    return f"{float(low) + rng.random() * (float(high) - float(low)):.1f}"
