"""Texts of our own: what the public sets lack, grown from the grammar in `written.yaml`.

The public sets teach words ("loss" is bad, "rises" is good); the grammar pairs quantity and direction so that only
both together tell, and adds distress, sober prose and general news, which the sets hardly have.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import yaml

from monitor.errors import InputError
from monitor.ingest.canonical import clean_text
from training.data import MISSING, SENTIMENTS, Row

# The innermost braces first, so that alternatives may hold slots.
_CHOICE = re.compile(r"\{([^{}]*)\}")


def _amounts(draw: random.Random) -> dict[str, str]:
    """What one text draws once: {lo} < {hi}, their currency and unit; {n} a small, {big} a large percentage."""
    low = round(draw.uniform(1.2, 90), draw.choice((0, 1)))
    high = low * draw.uniform(1.1, 3.0) + 1
    digits = 1 if low % 1 else 0
    return {
        "lo": f"{low:.{digits}f}",
        "hi": f"{high:.{digits}f}",
        "cur": draw.choice(("EUR", "USD", "$", "£", "INR", "NOK", "SEK", "CHF")),
        "unit": draw.choice(("mn", "million", "m", "billion", "bn", "crore")),
        "n": str(draw.choice((2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 2.5, 3.1, 6.4))),
        "big": str(draw.choice((10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 65, 80))),
    }


def expand(template: str, words: dict[str, list[str]], draw: random.Random) -> str:
    """One text of a template.

    Raises:
        InputError: a slot that no list defines.
    """
    amounts = _amounts(draw)

    def choose(found: re.Match[str]) -> str:
        inside: str = found.group(1)
        if "|" in inside and inside not in words:
            return draw.choice(inside.split("|"))
        if inside in amounts:
            return amounts[inside]
        if inside not in words:
            raise InputError(f"written texts: no list of words is named {inside!r} (in {template!r})")
        return draw.choice(words[inside])

    text = template
    # Twenty passes are far more than the grammar nests; a list that names itself would never end.
    for _ in range(20):
        text, replaced = _CHOICE.subn(choose, text)
        if not replaced:
            return " ".join(text.split())
    raise InputError(f"written texts: {template!r} does not come to an end")


def _cased(text: str, draw: random.Random) -> str:
    """Headlines come in sentence case, Title Case and CAPITALS; a model with a cased tokeniser must see them all."""
    style = draw.random()
    if style < 0.15:
        return " ".join(word[:1].upper() + word[1:] for word in text.split())
    return text.upper() if style < 0.18 else text[:1].upper() + text[1:]


def write(path: Path, topics: tuple[str, ...], seed: int) -> list[Row]:
    """All texts of the grammar, each once; a template, or a pair of opposite ones, is one group.

    Raises:
        InputError: the file is missing or names a label, topic or list that does not exist.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file (the grammar of written texts)")
    grammar: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows: dict[str, Row] = {}
    for block in grammar["templates"]:
        if block["label"] not in SENTIMENTS or block.get("topic", topics[0]) not in topics:
            raise InputError(f"{path}: unknown label or topic in {block['label']!r}, {block.get('topic')!r}")
        sentiment = SENTIMENTS.index(block["label"])
        topic = topics.index(block["topic"]) if "topic" in block else MISSING
        for number, template in enumerate(block["text"]):
            group = f"{block['pair']} {number}" if "pair" in block else template
            draw = random.Random(f"{seed} {template}")
            for _ in range(block["n"]):
                text = clean_text(_cased(expand(template, grammar["words"], draw), draw))
                rows.setdefault(text, Row(text, sentiment, topic, "written", group=group))
    return list(rows.values())
