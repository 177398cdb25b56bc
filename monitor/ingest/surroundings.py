"""What stands around a name in title and lead: the evidence that tells a company from an everyday word. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cached_property

FIRST_CJK = "⺀"  # U+2E80: from here on scripts without blanks, whose characters bound a Latin word

# Typographic signs to the ones that watchlists use, one character for one so that spans stay true.
_SAME_LENGTH = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "–": "-"})
_WORD = re.compile(r"[^\W_]+(?:['&.-][^\W_]+)*")
_WORD_BEFORE = re.compile(r"([^\W\d_][\w'-]*\.?) $")
_WORD_AFTER = re.compile(r"(?:'s)? ([a-zA-Z]+)")
_SENTENCE_START = frozenset(".!?:;-—|\"'“”([")
_LONGEST_GIVEN_NAME = 20


def is_word_character(character: str) -> bool:
    """Whether a character next to a Latin name makes it part of a longer word."""
    return character.isalnum() and character < FIRST_CJK


def goes_on(text: str, end: int) -> bool:
    """Whether the word that reaches to `end` goes on behind it; a possessive does not count ("Dell's", "Dell'Oro")."""
    after = text[end : end + 3]
    if not after:
        return False
    if is_word_character(after[0]):
        return True
    if after[0] != "'" or len(after) == 1 or not is_word_character(after[1]):
        return False
    return after[1] not in "sS" or is_word_character(after[2:] or " ")


class Surroundings:
    """Title and lead, and what the matcher's conditions ask of them, worked out only when asked."""

    def __init__(self, title: str, lead: str) -> None:
        self.title = title if title.isascii() else title.translate(_SAME_LENGTH)
        self.lead = lead if lead.isascii() else lead.translate(_SAME_LENGTH)

    @cached_property
    def all_capitals(self) -> bool:
        """The title shouts, so that its capitals tell nothing."""
        return self.title.isupper() and sum(map(str.isalpha, self.title)) >= 8

    @cached_property
    def _lower(self) -> str:
        return f"{self.title}\n{self.lead}".lower()

    @cached_property
    def _words(self) -> frozenset[str]:
        found = set(_WORD.findall(self._lower))
        found.update(word.removesuffix("'s") for word in tuple(found) if word.endswith("'s"))
        found.update(part for word in tuple(found) if "-" in word for part in word.split("-"))
        return frozenset(found)

    def count(self, context: Sequence[str]) -> int:
        """How many of the context words stand here: words as whole words; phrases and Chinese anywhere."""
        return sum(1 for word in context if self._has(word))

    def has_any(self, words: Collection[str]) -> bool:
        """Whether one of the words stands here; `words` may be long, so it is a set."""
        if not self._words.isdisjoint(words):
            return True
        return not self._lower.isascii() and any(word[0] >= FIRST_CJK and word in self._lower for word in words)

    def _has(self, word: str) -> bool:
        if word.isascii() and word.isalpha():
            return word in self._words
        return word in self._lower

    def capital_tells(self, text: str, start: int, alias: str) -> bool:
        """Whether a capital at `start` marks a name: not at a sentence's start, not Where All Words Have One."""
        if text.isupper():
            return False
        if alias.isupper():
            return True
        before = text[:start].rstrip()
        if not before or before[-1] in _SENTENCE_START:
            return False
        others = [
            word
            for word in _WORD.findall(text[:start] + text[start + len(alias) :])
            if len(word) >= 4 and word[0].isalpha()
        ]
        return 2 * sum(1 for word in others if word[0].islower()) > len(others)

    def word_before(self, text: str, start: int) -> str:
        """The word before `start`, a blank between; with its dot if it has one ("J.")."""
        match = _WORD_BEFORE.search(text[max(0, start - _LONGEST_GIVEN_NAME) : start])
        return match[1] if match else ""

    def word_after(self, text: str, end: int) -> str:
        """The word behind `end` (a possessive between does not matter), as written."""
        match = _WORD_AFTER.match(text, end)
        return match[1] if match else ""
