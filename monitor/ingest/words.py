"""The words of a headline that a copy keeps. Pure."""

from __future__ import annotations

import re

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
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# Numbers that headlines write as words.
NUMBER_WORDS = {word: number for number, word in enumerate(_NUMBERS, 2)}
_POSSESSIVE = re.compile(r"'s?$")


def words(text: str) -> list[str]:
    """The words that a copy keeps: case, punctuation, desk prefixes, tickers and a masthead behind a dash dropped.

    Chinese, Japanese and Korean characters are words of their own.

    >>> words("UPDATE 2-Acme's profit falls on weak sales (ACME.N) - The Daily Wire")
    ['acme', 'profit', 'falls', 'on', 'weak', 'sales']
    """
    found = _WORD.findall(bare(text).replace("’", "'").casefold())
    return [_POSSESSIVE.sub("", w) if "'" in w else w for w in found]


def bare(text: str) -> str:
    """The headline without desk prefixes, tickers and a masthead behind a dash.

    >>> bare("RPT-Oil falls 3 pct $XOM")
    'Oil falls 3 pct  '
    """
    kept = _TICKER.sub(" ", _PREFIX.sub("", text))
    cut = _SUFFIX.sub("", kept)
    # A masthead is short beside its headline; "Oil falls - OPEC" keeps its tail.
    return cut if len(cut) >= 0.6 * len(kept) else kept
