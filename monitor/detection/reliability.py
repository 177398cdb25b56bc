"""Whether surprises come as often as promised: shares with intervals, and when the budget is called unreliable. Pure.

A window's S >= 1, 2, 3 should come in 0.1, 0.01, 0.001 of the looks. Series of one event move together, and an event
goes on for hours, so the days are the clusters: for days d with o_d of j_d windows over the level,

    share = sum o / sum j,   variance = k / (k - 1) * sum (o_d - share j_d)^2 / (sum j)^2   (Cochran 1977, eq. 6.13)

and never less than the binomial one of the promised share, so that a few silent days prove nothing. The interval is
Student's with k - 1 degrees of freedom. One day of a great event moves the share and widens the interval with it.

With enough news every difference is significant: what counts is a factor. `TOLERANCE` says from when on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.aggregation.windows import WINDOWS

# S of one, two and three, as probabilities.
LEVELS = (0.1, 0.01, 0.001)
SHARE_DAYS = 7
# So many days in a row the interval lies outside before anybody is told.
UNRELIABLE_DAYS = 7
# The whole interval lies above twice the promised share, or below half of it.
TOLERANCE = 2.0
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Tally:
    """One day's windows; by the index of WINDOWS, then of LEVELS. over: those with p at most the level."""

    judged: tuple[tuple[int, ...], ...] = ((0,) * len(LEVELS),) * len(WINDOWS)
    over: tuple[tuple[int, ...], ...] = ((0,) * len(LEVELS),) * len(WINDOWS)


@dataclass(frozen=True, slots=True)
class Share:
    """How often windows of one length came out over one level.

    Attributes:
        share: None where no window was judged. low, high: 95 % interval, 0 and 1 where fewer than two days tell.
    """

    promised: float
    judged: int
    over: int
    days: int
    share: float | None
    low: float
    high: float

    @property
    def side(self) -> str:
        """`over` or `under` where the whole interval lies past the tolerance, else ""."""
        if self.low > TOLERANCE * self.promised:
            return "over"
        return "under" if self.high < self.promised / TOLERANCE else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Windows of `hours` came over a level too often (`over`) or too rarely (`under`), for so many days in a row."""

    hours: int
    share: Share
    side: str
    days: int


def share(days: Sequence[tuple[int, int]], promised: float) -> Share:
    """The share of (judged, over) by day.

    >>> found = share([(100, 12), (100, 8), (100, 10)], 0.1)
    >>> found.share, round(found.low, 3), round(found.high, 3), found.side
    (0.1, 0.025, 0.175, '')
    """
    held = [(judged, over) for judged, over in days if judged]
    judged, over, k = sum(j for j, _ in held), sum(o for _, o in held), len(held)
    if not judged:
        return Share(promised, 0, 0, 0, None, 0.0, 1.0)
    found = over / judged
    if k < 2:
        return Share(promised, judged, over, k, found, 0.0, 1.0)
    spread = k / (k - 1) * math.fsum((o - found * j) ** 2 for j, o in held) / judged**2
    half = _student(k - 1) * math.sqrt(max(spread, promised * (1 - promised) / judged))
    return Share(promised, judged, over, k, found, max(0.0, found - half), min(1.0, found + half))


def shares(days: Mapping[int, Tally], first: int, last: int) -> dict[tuple[int, float], Share]:
    """(hours, level) -> the share of the days from the first to the last."""
    held = [tally for day, tally in sorted(days.items()) if first <= day <= last]
    return {
        (hours, level): share([(tally.judged[w][at], tally.over[w][at]) for tally in held], level)
        for w, hours in enumerate(WINDOWS)
        for at, level in enumerate(LEVELS)
    }


def verdicts(days: Mapping[int, Tally], today: int) -> list[Verdict]:
    """What is unreliable at the end of yesterday: every length and level that was outside long enough.

    Days without a window say nothing: neither do they count, nor do they end a row.
    """
    rows: dict[tuple[int, float], Verdict | None] = {}
    going = {(hours, level) for hours in WINDOWS for level in LEVELS}
    for day in sorted((day for day in days if day < today), reverse=True):
        if not going:
            break
        found = shares(days, day - SHARE_DAYS + 1, day)
        for w, hours in enumerate(WINDOWS):
            for at, level in enumerate(LEVELS):
                key = (hours, level)
                if key not in going or not days[day].judged[w][at]:
                    continue
                now, row = found[key], rows.get(key)
                if not now.side or (row is not None and row.side != now.side):
                    going.discard(key)
                elif row is None:
                    rows[key] = Verdict(hours, now, now.side, 1)
                else:
                    rows[key] = Verdict(hours, row.share, row.side, row.days + 1)
    return [row for _, row in sorted(rows.items()) if row is not None and row.days >= UNRELIABLE_DAYS]


def foremost(found: Sequence[Verdict]) -> list[Verdict]:
    """Of each side the one that is furthest from its promise: a person is told once, not of every length and level."""

    def factor(verdict: Verdict) -> float:
        return (verdict.share.share or 0.0) / verdict.share.promised

    sides = [[verdict for verdict in found if verdict.side == side] for side in ("over", "under")]
    return [pick(held, key=factor) for pick, held in zip((max, min), sides, strict=True) if held]


def in_words(verdict: Verdict) -> str:
    """One sentence for the page."""
    share, least = verdict.share, least_surprise(verdict.share.promised)
    what = "more false pages than asked for" if verdict.side == "over" else "real surges may stay silent"
    return (
        f"budget unreliable for {verdict.days} days: {verdict.hours} h windows reached a surprise of {least} in "
        f"{share.share:.2%} ({share.low:.2%} to {share.high:.2%}) of the last {SHARE_DAYS} days' looks, "
        f"promised {share.promised:.2%}; {what}"
    )


def least_surprise(level: float) -> int:
    """S of one of LEVELS."""
    return round(-math.log10(level))


def _student(df: int) -> float:
    """The 97.5 % point of Student's t: exact for 1 and 2, beyond by Hill's expansion about the normal's.

    Hill 1970, Comm. ACM 13(10), to the fourth order: within half a percent from 3 on.
    """
    if df == 1:
        return math.tan(math.pi * 0.475)
    if df == 2:
        return 0.95 * math.sqrt(2 / (4 * 0.975 * 0.025))
    z = _Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / df**power for power, term in enumerate(terms, 1))
