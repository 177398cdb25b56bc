"""The figures of a headline: what it puts at so much. Pure.

A figure tells when it is money, a share, or a count of people or of what they lose. Dates, years, ages, times,
ordinals and the numbers in names are numbers too, by which a figure may be known, but they tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from monitor.ingest.words import NUMBER_WORDS, bare

# Two figures may be one, the one rounded, up to this far apart: 1.49 and 1.5, 6 and 6.4, 9,923 and 10,000.
_ROUNDED = Decimal("0.1")
# Whole numbers below this are exact: the eleventh victim is news.
_EXACT = 100

_SCALES = {
    **dict.fromkeys(("thousand", "k"), 10**3),
    **dict.fromkeys(("million", "mln", "mn", "mm", "m"), 10**6),
    **dict.fromkeys(("billion", "bln", "bn", "b"), 10**9),
    **dict.fromkeys(("trillion", "trln", "tn"), 10**12),
}
# What may hold a figure at all; most headlines do not.
_ANY = re.compile(rf"\d|\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_FIGURE = re.compile(
    rf"(?P<sign>[$€£¥₹])?(?<![\w.,])(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|{'|'.join(NUMBER_WORDS)})"
    rf"(?![\w,]*\d)(?:[\s-]?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})\b)?"
    r"(?P<share>\s?%|[\s-](?:pct|percent|per cent|percentage points?|basis points|bps|bp)\b)?",
    re.IGNORECASE,
)
_COUNTED = (
    "dead|deaths?|killed|die|dies|died|dying|injured|injuries|hurt|wounded|missing|victims?|casualties|people|persons|"
    "workers|staff|employees|jobs|job cuts|layoffs|positions|stores|branches|bodies|hostages|passengers|civilians|"
    "soldiers|troops|miners|men|women|children|students|refugees|homes|houses|cases|infections|arrests|arrested|"
    "detained|evacuated|stranded"
)
_COUNTED_AFTER = re.compile(rf"\s(?:[a-z]+\s)?(?:{_COUNTED})\b", re.IGNORECASE)
_COUNTED_BEFORE = re.compile(
    r"\b(?:kills?|killing|injures?|wounds?|wounding|cuts?|cutting|toll (?:rises|climbs|jumps|hits|reaches)(?: to)?|"
    r"toll(?: at)?)\s(?:at least |more than |over |about |nearly |some |up to )?$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19[5-9]|20[0-4])\d")


def figures(title: str) -> tuple[frozenset[str], frozenset[str]]:
    """(every number, those that tell) of a canonical title, as plain decimals.

    >>> every, tell = figures("UPDATE 2-Acme (ACME.N) to cut 1,500 jobs, takes $1.25 bln charge in 2009")
    >>> sorted(every), sorted(tell)
    (['1250000000', '1500', '2009'], ['1250000000', '1500'])
    """
    every: set[str] = set()
    tell: set[str] = set()
    text = bare(title) if _ANY.search(title) else ""
    for found in _FIGURE.finditer(text):
        sign, number, scale, share = found["sign"], found["number"].lower(), found["scale"], found["share"]
        value = Decimal(NUMBER_WORDS.get(number) or number.replace(",", ""))
        if scale:
            value *= _SCALES[scale.lower()]
        written = f"{value.normalize():f}"
        every.add(written)
        measured = sign or share or (scale and len(scale) > 1)
        if measured or (not _YEAR.fullmatch(number) and _is_count(text, found)):
            tell.add(written)
    return frozenset(every), frozenset(tell)


def rounds(one: str, other: str) -> bool:
    """Whether the one figure is the other, or that one rounded.

    >>> rounds("1.49", "1.5"), rounds("4982", "5000"), rounds("10", "11"), rounds("1900", "1000")
    (True, True, False, False)
    """
    a, b = Decimal(one), Decimal(other)
    unit = max(_last_digit(a), _last_digit(b))
    return a == b or abs(a - b) <= min(unit / 2, _ROUNDED * max(a, b))


def new_figures(tell: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """Those that are no known number, rounded or not."""
    held = frozenset(known)
    return frozenset(f for f in tell if f not in held and not any(rounds(f, other) for other in held))


def _is_count(text: str, found: re.Match[str]) -> bool:
    return bool(_COUNTED_AFTER.match(text, found.end()) or _COUNTED_BEFORE.search(text, 0, found.start()))


def _last_digit(value: Decimal) -> Decimal:
    """What the last digit stands for that is not a nought of rounding."""
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or (exponent > 0 and value < _EXACT):
        return Decimal(1)
    return Decimal(1).scaleb(exponent)
