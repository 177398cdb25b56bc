"""Which words made a headline bad news: each is left out in turn, and P(neg) asked again.

Occlusion, after Zeiler & Fergus (2014). A word's weight is what the log-odds of P(neg) lose without it: near 1 a
probability hardly moves, whatever is left out. The weights do not add up to the whole, since two words that say the
same stand in for each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.inference.model import Model
from monitor.inference.scorer import score_texts
from monitor.records import MILLION, Score

# Latin words with what hangs on them; of scripts without blanks pairs of characters, as their words mostly are.
_WORD = re.compile(r"[㐀-鿿぀-ヿ가-힯]{1,2}|[^\s㐀-鿿぀-ヿ가-힯]+")
MOST_WORDS = 60  # the longest headline of a year had 41


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, and what ln(P / (1 - P)) of P(neg) loses without it."""

    text: str
    weight: float


def occlude(text: str) -> tuple[list[str], list[str]]:
    """The words of a text, and the text without each of them.

    >>> occlude("Bank halts withdrawals")
    (['Bank', 'halts', 'withdrawals'], ['halts withdrawals', 'Bank withdrawals', 'Bank halts'])
    """
    spans = [match.span() for match in _WORD.finditer(text)][:MOST_WORDS]
    return [text[a:b] for a, b in spans], [" ".join((text[:a] + " " + text[b:]).split()) for a, b in spans]


def attribute(model: Model, texts: Sequence[str]) -> list[tuple[float, list[Word]]]:
    """Of each text P(neg), and its words in order with their weights. Synchronous: some 30 ms a headline."""
    asked = [occlude(text) for text in texts]
    flat = [every for text, (_, without) in zip(texts, asked, strict=True) for every in (text, *without)]
    scores = iter(score_texts(model, flat))
    found = []
    for words, _ in asked:
        whole = _negative(next(scores))
        weights = [Word(word, _log_odds(whole) - _log_odds(_negative(next(scores)))) for word in words]
        found.append((whole / MILLION, weights))
    return found


def _negative(score: Score | None) -> int:
    return score.negative if score else MILLION // 2  # no number: even odds


def _log_odds(millionths: int) -> float:
    inside = min(max(millionths, 1), MILLION - 1)
    return math.log(inside / (MILLION - inside))
