"""Which headlines take bad news back: denials of what is said of somebody, and corrections. Pure.

They are shown beside a surge and count in N, never in n: a bank that denies a run has not had another one. What a court
or a regulator denies is a decision, and whoever settles and "denies wrongdoing" has settled: those are news as ever, as
is what a denial is only the reason of ("shares fall after Harrow denies talks").
"""

from __future__ import annotations

import re
from functools import lru_cache

# What is said of somebody, and by whom.
_SAID = (
    r"reports?|reporting|rumou?rs?|claims?|allegations?|accusations?|speculation|talks?|plans?|planning|story|stories|"
    r"media|newspapers?|articles?|suggestions?|charges that|it|any|that|being|having|seeking|considering|facing|"
    r"involvement|link|links|role|knowledge|[a-z]+ing"
)
_DENIES = re.compile(
    r"\b(?:"
    rf"(?:denies|denied|deny)(?:\s+[\w'’$.-]+){{0,3}}?\s+(?:{_SAID})\b"
    r"|(?:dismiss(?:es|ed)?|rejects?|rejected|refut(?:es|ed)|rubbish(?:es|ed)|disput(?:es|ed)|debunks?)"
    r"(?:\s+[\w'’$.-]+){0,3}?\s+(?:reports?|rumou?rs?|claims?|allegations?|accusations?|speculation|suggestions?)\b"
    r"|says?(?:\s+[\w'’$.-]+){0,4}?\s+(?:reports?|rumou?rs?|claims?|allegations?|stor(?:y|ies)|article)"
    r"(?:\s+[\w'’$.-]+){0,4}?\s+(?:is|are|was|were|as)?\s*"
    r"(?:false|untrue|baseless|groundless|unfounded|inaccurate|incorrect|wrong|fake|misleading|not true)"
    r"|no truth (?:to|in)|denials? (?:of|that)"
    r")",
    re.IGNORECASE,
)
# Behind these a denial is the reason, or the circumstance, of other news.
_BREAK = re.compile(
    r"\b(?:after|as|amid|despite|while|but|although|though|when|even)\b|[;:,]\s|\s[-–—]\s", re.IGNORECASE
)
# A decision of these is no denial.
_JUDGES = re.compile(
    r"\b(?:courts?|judges?|justices?|tribunals?|regulators?|panels?|jury|fcc|ftc|sec|fda|epa|ferc|faa|board|"
    r"commission|authorit(?:y|ies)|senate|parliament|magistrate|arbitrators?)\b",
    re.IGNORECASE,
)
_ACCUSED = re.compile(
    r"\bden(?:ies|ied|y)\s+(?:[\w'’-]+\s+){0,2}(?:charges?|wrongdoing|bail|appeals?|motion)\b", re.IGNORECASE
)
_CORRECTS = re.compile(
    r"^\W*(?:correct(?:ed|ion|ing)s?\b|c o r r e c t i o n|clarification\b|更正|勘误)|"
    r"\b(?:retracts?|retracted|withdraws?|withdrew)\s+(?:[\w'’-]+\s+){0,2}(?:story|report|article)\b",
    re.IGNORECASE,
)
# One of these is in every title that any pattern above or below finds; nine of ten titles have none.
_HINT = re.compile(
    r"den(?:y|ie|ia)|dismiss|reject|refut|rubbish|disput|debunk|truth|"
    r"tract|withdr|correct|clarif|c o r r|says?\b|[一-鿿]",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"否认|辟谣|不实|并不属实|澄清(?:公告|传闻|称|：|:)|纯属谣言|假消息")


@lru_cache(maxsize=8_192)
def takes_back(title: str) -> bool:
    """Whether a canonical title denies or corrects what was said.

    >>> takes_back("Harrow Bank denies report of withdrawals"), takes_back("Judge denies bail to Harrow's founder")
    (True, False)
    >>> takes_back("Harrow shares sink after bank denies rumours"), takes_back("CORRECTED-Harrow did not halt payments")
    (False, True)
    """
    if not _HINT.search(title):
        return False
    if _CORRECTS.search(title) or _CHINESE.search(title):
        return True
    found = _DENIES.search(title)
    if found is None or _ACCUSED.search(title):
        return False
    before = title[: found.start()]
    return not _JUDGES.search(before) and not _BREAK.search(_without_prefix(before))


def _without_prefix(before: str) -> str:
    """Without what a desk puts in front: "UPDATE 2-", "EXCLUSIVE:"."""
    return re.sub(r"^[A-Z0-9 ]{3,24}[-:–—]\s*", "", before)
