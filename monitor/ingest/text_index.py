"""Owners of texts by the words in them, without a false negative: a prefix filter over an inverted index. Pure.

Texts whose weighted Jaccard likeness reaches t share at least t of either's weight. So if words of less than t of a
text's weight are left out of the search, those that most texts hold, what it is like still turns up under the others
(Chaudhuri, Ganti & Kaushik 2006; Bayardo, Ma & Srikant 2007).
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.ingest.wording import LEAST_JACCARD, Wording, weight

_SLACK = 1e-9  # of sums of floats in another order


class TextIndex:
    """An owner may stand under several texts, and under one text twice."""

    def __init__(self) -> None:
        self._owners: dict[str, dict[str, int]] = {}
        self._notices: dict[str, dict[str, int]] = {}

    def add(self, owner: str, text: Wording) -> None:
        for held in self._tables(text):
            held[owner] = held.get(owner, 0) + 1

    def remove(self, owner: str, text: Wording) -> None:
        """Takes back one earlier `add` of the same pair."""
        for key, table in self._keys(text):
            held = table[key]
            held[owner] -= 1
            if not held[owner]:
                del held[owner]
                if not held:
                    del table[key]

    def near(self, text: Wording) -> Iterable[str]:
        """Owners of every text that `text` may be like, and of some that it is not."""
        if text.notice:
            return list(self._notices.get(text.plain, ()))
        least = LEAST_JACCARD * text.weight - _SLACK
        rare_last = sorted(text.words, key=lambda word: (-len(self._owners.get(word, ())), word))
        left_out, start = 0.0, 0
        while start < len(rare_last) and left_out + weight(rare_last[start]) < least:
            left_out += weight(rare_last[start])
            start += 1
        shared: dict[str, float] = {}
        for word in rare_last[start:]:
            its = weight(word)
            for owner in self._owners.get(word, ()):
                shared[owner] = shared.get(owner, 0.0) + its
        return [owner for owner, both in shared.items() if both + left_out >= least]

    def __len__(self) -> int:
        return len(self._owners) + len(self._notices)

    def _keys(self, text: Wording) -> list[tuple[str, dict[str, dict[str, int]]]]:
        return [(text.plain, self._notices)] if text.notice else [(word, self._owners) for word in text.words]

    def _tables(self, text: Wording) -> Iterable[dict[str, int]]:
        return (table.setdefault(key, {}) for key, table in self._keys(text))
