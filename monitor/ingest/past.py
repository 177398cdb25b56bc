"""Old news under a new date: texts are remembered by fingerprint, long after their story has ended. Pure.

On 8 September 2008 a six year old story of a bankruptcy came up again as new and halved an airline's shares. A text
that was told before, and not within the window of stories, is stale: it counts and is shown, but opens no page alone.
A text that had been seen on three days before is a form that recurs, such as a market report, and never stale.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from monitor.ingest.wording import wording
from monitor.records import DAY_MS, PastText, Prepared

# A shorter title may come again by chance ("Oil prices fall"); leads that short are what sites put under every item.
TITLE_WORDS, LEAD_WORDS = 6, 20
# Chinese is counted by character: six of them say little.
_LEAST_CHARACTERS = 20
FORM_DAYS = 3
KEPT_MS = 400 * DAY_MS
# A dateline this old was not written for today's news.
_DATED_MS = 60 * DAY_MS
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# "CHICAGO, Dec. 9, 2002 (", "NEW YORK - December 9, 2002 -": a date in the text proper says nothing of its age.
_DATELINE = re.compile(
    rf"^[A-Z][\w .,/-]{{0,40}}?[\s,](?P<month>{'|'.join(_MONTHS)})[a-z]*\.? "
    r"(?P<day>\d{1,2}),? (?P<year>(?:19|20)\d\d)\s*(?:\(|[-–—:])",
    re.IGNORECASE,
)


def fingerprints(prepared: Prepared) -> tuple[int, ...]:
    """Those of the title and of the lead, where they are long enough to be known again; a desk's form is never news."""
    return _fingerprints(prepared.title, prepared.lead)


@lru_cache(maxsize=4_096)  # asked for a batch before it is folded, and again in the fold
def _fingerprints(title: str, lead: str) -> tuple[int, ...]:
    found = []
    text = wording(title)
    if text.count >= TITLE_WORDS and len(text.plain) >= _LEAST_CHARACTERS and not text.notice:
        found.append(_fingerprint("title", text.plain))
    its = lead.casefold().split()
    if len(its) >= LEAD_WORDS:
        found.append(_fingerprint("lead", " ".join(its)))
    return tuple(found)


def is_stale(prepared: Prepared, past: Iterable[PastText], window_ms: int) -> bool:
    """Whether an article repeats old news, be it the first to do so or one of many on the same day.

    Args:
        past: what is remembered of its fingerprints. window_ms: that of stories; what is nearer is no old news.
    """
    at = prepared.article.event_time
    for text in past:
        before = _first((*text.before, *text.days)) if at - text.last_at > window_ms else text.before
        if 0 < len(before) < FORM_DAYS:
            return True
    dated = dateline(prepared.lead)
    return dated is not None and at - dated > _DATED_MS


def remember(text: PastText | None, fingerprint: int, at: int, window_ms: int) -> PastText:
    """What is remembered of a text once an article has it at this event time (ms)."""
    day = at // DAY_MS
    if text is None:
        return PastText(fingerprint, (), (day,), at)
    if at - text.last_at > window_ms:
        return PastText(fingerprint, _first((*text.before, *text.days)), (day,), at)
    if text.last_at - at > window_ms:  # an archive read after the news
        return replace(text, before=_first((*text.before, day)))
    return replace(text, days=_first((*text.days, day)), last_at=max(text.last_at, at))


def _first(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(days))[:FORM_DAYS]


def dateline(lead: str) -> int | None:
    """The day (ms) of a lead that begins with place and full date, else None.

    >>> dateline("CHICAGO, Dec. 9, 2002 (Tribune) - United filed") == 1_039_392_000_000
    True
    >>> dateline("United filed on Dec. 9, 2002 for bankruptcy") is None
    True
    """
    found = _DATELINE.match(lead)
    if not found:
        return None
    try:
        day = datetime(int(found["year"]), 1 + _MONTHS.index(found["month"].lower()), int(found["day"]), tzinfo=UTC)
    except ValueError:  # the 31st of June
        return None
    return round(day.timestamp()) * 1_000


def _fingerprint(kind: str, text: str) -> int:
    digest = hashlib.blake2b(f"{kind}\x1f{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
