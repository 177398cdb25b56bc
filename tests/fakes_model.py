"""A working model without weights: a word list and a softmax. For tests that need scores, not good ones."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from monitor.inference.model import Tokens, as_score
from monitor.records import Score

NEGATIVE = (
    "loss losses fall falls fell fraud halts bankruptcy default defaults crash crashes plunge plunges tariff tariffs "
    "run collapse collapses probe raided resigns withdrawals seizes insolvent cuts ban layoffs fears worst warning"
).split()
POSITIVE = "profit profits rise rises rose gain gains wins beats record surge surges upgrade raises strong best".split()
TOPIC_WORDS = {
    "Financials": "bank lender insurer loans deposits withdrawals".split(),
    "Macro": "tariff tariffs inflation economy jobs unemployment".split(),
    "Earnings": "profit loss quarter earnings revenue".split(),
}
OTHER = "General News | Opinion"
_WORDS = re.compile(r"\w+")


class LexiconModel:
    """Satisfies `Model`: pure Python, deterministic, batch-invariant by construction.

    With a target token it judges a text by the clause, between commas, that holds the token; in any case, as an
    uncased tokenizer sees it. `texts` are those that it was given, in order.
    """

    def __init__(self, name: str = "lexicon", max_tokens: int = 64, target_token: str | None = None) -> None:
        self._words = sorted({*NEGATIVE, *POSITIVE, *(w for words in TOPIC_WORDS.values() for w in words)})
        self._ids = {word: number for number, word in enumerate(self._words, 1)}
        self._max_tokens = max_tokens
        self.hash = f"{sum(map(ord, name)):016x}"
        self.topics = (*TOPIC_WORDS, OTHER)
        self.languages: tuple[str, ...] = ("en",)
        self.tau = 0.5
        self.target_token = target_token
        self.texts: list[str] = []
        self.runs: list[int] = []  # how many texts each run held, for tests of batching

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        self.texts += texts
        words = [_WORDS.findall(self._clause(text[: 8 * self._max_tokens].lower())) for text in texts]
        return [[0, *(self._ids.get(w, 0) for w in found)][: self._max_tokens] for found in words]

    def _clause(self, text: str) -> str:
        token = (self.target_token or "").lower()
        return next((clause for clause in text.split(",") if token in clause), text) if token else text

    def infer(self, batch: Sequence[Tokens]) -> list[Score]:
        self.runs.append(len(batch))
        return [self._score(tokens) for tokens in batch]

    def _score(self, tokens: Tokens) -> Score:
        words = [self._words[token - 1] for token in tokens if token]
        sentiment = _softmax([2.0 * sum(w in NEGATIVE for w in words), 1.0, 2.0 * sum(w in POSITIVE for w in words)])
        topic = _softmax([*(2.0 * sum(w in known for w in words) for known in TOPIC_WORDS.values()), 1.0])
        return as_score(sentiment, topic, self.topics, self.hash)


def _softmax(logits: Sequence[float]) -> list[float]:
    powers = [math.exp(value) for value in logits]
    return [power / sum(powers) for power in powers]
