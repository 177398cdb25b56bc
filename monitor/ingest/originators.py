"""Who wrote a text, as far as it tells: agency copy under two mastheads is one publisher, not two. Pure.

A risk desk asks for a second publisher because two newsrooms seldom err alike. Mastheads that carry the same words
are one newsroom; so are mastheads that name the same agency, whatever they made of its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_AGENCIES = {
    "reuters": "reuters",
    "ap": "ap",
    "associated press": "ap",
    "the associated press": "ap",
    "afp": "afp",
    "agence france-presse": "afp",
    "bloomberg": "bloomberg",
    "bloomberg news": "bloomberg",
    "dow jones": "dow jones",
    "dow jones newswires": "dow jones",
    "dpa": "dpa",
    "ani": "ani",
    "pti": "pti",
    "xinhua": "xinhua",
    "kyodo": "kyodo",
    "tass": "tass",
    "upi": "upi",
    "efe": "efe",
    "ansa": "ansa",
    "pa media": "pa",
    "press association": "pa",
    "the canadian press": "canadian press",
}
_HOSTS = {
    "reuters.com": "reuters",
    "apnews.com": "ap",
    "afp.com": "afp",
    "bloomberg.com": "bloomberg",
    "dowjones.com": "dow jones",
    "xinhuanet.com": "xinhua",
    "tass.com": "tass",
    "upi.com": "upi",
}
_NAMES = "|".join(sorted(map(re.escape, _AGENCIES), key=len, reverse=True))
_DATELINE_CHARACTERS = 60
# "(Reuters) -", "NEW YORK (AP)", "LONDON, Sept 15 (Reuters)": the dateline stands before the text.
_DATELINE = re.compile(rf"^[^()]{{0,{_DATELINE_CHARACTERS - 1}}}\((?P<name>{_NAMES})\)", re.IGNORECASE)
# "By Jane Doe, Associated Press", "By JANE DOE of Bloomberg News".
_BYLINE = re.compile(rf"^(?:By|BY) (?:[A-Z][\w.'-]*,? ){{2,5}}(?:of |for |\| )?(?P<name>(?i:{_NAMES}))\b")


def originator(publisher: str, lead: str) -> str:
    """The agency that the lead names, else the publisher; an agency's own site is the agency.

    Args:
        publisher: as in `Article`. lead: canonical text.

    >>> originator("a.example", "NEW YORK (AP) - Shares fell."), originator("www.reuters.com", "Shares fell.")
    ('ap', 'reuters')
    >>> originator("a.example", "Shares fell, a report said (Reuters has the text).")
    'a.example'
    """
    found = _DATELINE.match(lead) if "(" in lead[:_DATELINE_CHARACTERS] else None
    if not found and lead[:3].lower() == "by ":
        found = _BYLINE.match(lead)
    if found:
        return _AGENCIES[found["name"].lower()]
    return _HOSTS.get(publisher.removeprefix("www."), publisher)


def independent(tellings: Iterable[frozenset[str]]) -> int:
    """How many publishers are sure to have written of their own accord: texts of which no two share an originator.

    Each telling is one text and those that may have written it. Three stories that the same two mastheads carry word
    for word may all be of one hand; two stories in one's own words each are of two.

    >>> both = frozenset({"a", "b"})
    >>> independent([both, both, both]), independent([frozenset({"a"}), frozenset({"b"}), both])
    (1, 2)
    """
    taken: set[str] = set()
    count = 0
    for telling in sorted(set(tellings), key=lambda who: (len(who), sorted(who))):
        if taken.isdisjoint(telling):
            taken |= telling
            count += 1
    return count
