"""The same label, other words: drawn anew for every row and epoch."""

from __future__ import annotations

import random
import re
from functools import partial
from pathlib import Path

import yaml

from benchmarks.levers.work import Work, bare, fitted
from training.data import Row
from training.recipe import Recipe

SYNONYMS = Path(__file__).with_name("synonyms.yaml")


def synonyms(recipe: Recipe, rows: list[Row], seed: int, *, share: float = 0.3) -> Work:
    """This share of the words that the table knows become another word of their line."""
    pattern, others = table()
    return Work(recipe, rows, bare(recipe), vary=partial(reworded, pattern=pattern, others=others, share=share))


def table() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """What finds the words of the table, and each one in small letters -> the others of its line."""
    groups: list[list[str]] = yaml.safe_load(SYNONYMS.read_text(encoding="utf-8"))
    others = {word.lower(): [other for other in group if other != word] for group in groups for word in group}
    words = "|".join(sorted(others, key=len, reverse=True))
    return re.compile(rf"(?<![\w$'])({words})(?![\w'])", re.IGNORECASE), others


def reworded(
    text: str, row: Row, draw: random.Random, *, pattern: re.Pattern[str], others: dict[str, list[str]], share: float
) -> str:
    def other(found: re.Match[str]) -> str:
        word = found.group()
        if draw.random() >= share:
            return word
        new = draw.choice(others[word.lower()])
        return new.upper() if word.isupper() else new.capitalize() if word[0].isupper() else new

    return pattern.sub(other, text)


def entity_swap(recipe: Recipe, rows: list[Row], seed: int, *, source: str = "sentfin", share: float = 0.5) -> Work:
    """In this share of the set's rows one entity's name becomes another entity's; the target token stays.

    A row does not say which names it holds beside its target: the names are those of the set's own fitted target rows.
    """
    names = sorted({row.target for row in fitted(rows) if row.source == source and row.target[:1].isupper()})
    longest_first = sorted(map(re.escape, names), key=len, reverse=True)
    # Not before another capital: "Tata" in a "Tata Steel" that the names lack.
    pattern = re.compile(rf"(?<![\w$\[])(?:{'|'.join(longest_first)})(?![\w\]]|\s[A-Z])")
    vary = partial(renamed, pattern=pattern, names=names, source=source, share=share)
    return Work(recipe, rows, bare(recipe), vary=vary)


def renamed(
    text: str,
    row: Row,
    draw: random.Random,
    *,
    pattern: re.Pattern[str],
    names: list[str],
    source: str,
    share: float,
) -> str:
    if row.source != source or draw.random() >= share:
        return text
    places = [found.span() for found in pattern.finditer(text)]
    if not places:
        return text
    start, end = draw.choice(places)
    others = [name for name in names if name not in text]
    return text[:start] + draw.choice(others) + text[end:] if others else text
