"""Likeness of texts: what a copy keeps, MinHash signatures of it, and an index of them by bands. Pure.

MinHash after Broder (1997), banding (LSH) after Indyk & Motwani (1998); signatures by rensa. Signatures depend on
text alone, so an index rebuilt from the store's texts equals the one before the restart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

Signature = npt.NDArray[np.uint32]

PERMUTATIONS = 64
# 20 bands of 3 rows: a pair of Jaccard 0.6 becomes a candidate with probability 0.99, one of 0.3 with 0.42.
BANDS = 20
ROWS = 3
_SEED = 2009

# What desks put before or behind a headline that they run again.
_PREFIX = re.compile(
    r"^\s*(?:(?:update|wrapup|corrected|refile|factbox|snapshot|exclusive|breaking|rpt|repeat|alert|more|press|"
    r"focus|analysis|timeline|scenarios|instant view|q\+a|preview)\s*(?:\d+|\([^)]{1,24}\))?\s*[-:–—]\s*)+",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\s+[-|–—]\s+[\w.&' ]{2,30}$")
_TICKER = re.compile(
    r"\(\s*(?:[A-Za-z]{2,8}\s*:\s*)?[A-Z0-9]{1,6}(?:\.[A-Z]{1,3})?\s*\)|\$[A-Z]{1,6}\b|<[A-Z0-9.]{1,10}>",
)
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[㐀-鿿぀-ヿ가-힯]|[^\W_]+(?:'[^\W_]+)?")
_POSSESSIVE = re.compile(r"['’]s?$")


def words(text: str) -> list[str]:
    """The words that a copy keeps: case, punctuation, desk prefixes, tickers and a masthead behind a dash dropped.

    Chinese, Japanese and Korean characters are words of their own.

    >>> words("UPDATE 2-Acme's profit falls on weak sales (ACME.N) - The Daily Wire")
    ['acme', 'profit', 'falls', 'on', 'weak', 'sales']
    """
    bare = _TICKER.sub(" ", _PREFIX.sub("", text))
    cut = _SUFFIX.sub("", bare)
    # A masthead is short beside its headline; "Oil falls - OPEC" keeps its tail.
    if len(cut) < 0.6 * len(bare):
        cut = bare
    return [_POSSESSIVE.sub("", w) for w in _WORD.findall(cut.replace("’", "'").casefold())]


def shingles(tokens: list[str]) -> list[str]:
    """Words and pairs of words: pairs keep the order, single words survive an inserted one."""
    return tokens + [f"{a} {b}" for a, b in pairwise(tokens)]


def signature(tokens: list[str]) -> Signature:
    """uint32[64]; the share of equal places of two signatures estimates the Jaccard likeness of their shingles."""
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=_SEED)
    minhash.update(shingles(tokens))
    return np.array(minhash.digest(), dtype=np.uint32)


def likeness(a: Signature, b: Signature) -> float:
    """Estimated Jaccard likeness, 0..1; standard error at most 0.0625."""
    return int(np.count_nonzero(a == b)) / PERMUTATIONS


class BandIndex:
    """Owners by the bands of their signatures. An owner may stand under several signatures."""

    def __init__(self) -> None:
        self._owners: dict[bytes, dict[str, int]] = {}

    def __len__(self) -> int:
        return len(self._owners)

    def add(self, owner: str, sig: Signature) -> None:
        for band in _bands(sig):
            held = self._owners.setdefault(band, {})
            held[owner] = held.get(owner, 0) + 1

    def remove(self, owner: str, sig: Signature) -> None:
        """Takes back one earlier `add` of the same pair."""
        for band in _bands(sig):
            held = self._owners[band]
            if held[owner] == 1:
                del held[owner]
                if not held:
                    del self._owners[band]
            else:
                held[owner] -= 1

    def candidates(self, sig: Signature) -> Counter[str]:
        """Owners that share at least one band with `sig`, and how many they share."""
        found: Counter[str] = Counter()
        for band in _bands(sig):
            held = self._owners.get(band)
            if held:
                found.update(held.keys())
        return found


def _bands(sig: Signature) -> Iterable[bytes]:
    data = sig.tobytes()
    width = ROWS * 4
    return (bytes((band,)) + data[band * width : (band + 1) * width] for band in range(BANDS))
