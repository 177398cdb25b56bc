"""What ordinary news is made of: the share of each kind of story, in percent of all stories."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.demo.item import Tone

SIGNS: dict[str, Tone] = {"+": "positive", "0": "neutral", "-": "negative"}

PRODUCT = "Company | Product News"
EARNINGS = "Earnings"
FINANCIALS = "Financials"
MOVEMENT = "Stock Movement"
ANALYST = "Analyst Update"
GENERAL = "General News | Opinion"

# Topic: good, dull, bad. Most news is dull; good news is twice as frequent as bad, about one story in seven.
_COMPANY: dict[str, tuple[float, float, float]] = {
    PRODUCT: (4.6, 9.4, 2.4),
    EARNINGS: (2.0, 2.6, 1.0),
    FINANCIALS: (1.0, 1.6, 0.6),
    "Dividend": (1.0, 1.6, 0.3),
    ANALYST: (1.8, 1.8, 0.9),
    "M&A | Investments": (1.2, 3.0, 0.5),
    "Personnel Change": (0.4, 3.0, 0.5),
    "Legal | Regulation": (0.7, 1.6, 1.4),
    MOVEMENT: (2.6, 1.4, 1.6),
    "Stock Commentary": (1.2, 1.8, 0.4),
    "Treasuries | Corporate Debt": (0.5, 1.3, 0.3),
}
_MARKET: dict[str, tuple[float, float, float]] = {
    "Macro": (1.7, 4.9, 1.0),
    "Markets": (1.6, 2.8, 0.8),
    "Fed | Central Banks": (0.4, 3.2, 0.2),
    "Currencies": (0.7, 1.5, 0.3),
    "Treasuries | Corporate Debt": (0.4, 1.8, 0.3),
    "Energy | Oil": (0.5, 2.1, 0.3),
    "Gold | Metals | Materials": (0.5, 1.5, 0.3),
    "Politics": (0.4, 2.6, 0.4),
    "Legal | Regulation": (0.2, 1.1, 0.3),
    "IPO": (0.4, 1.0, 0.2),
    GENERAL: (0.3, 1.7, 0.3),
    "Stock Commentary": (0.3, 0.8, 0.2),
    "M&A | Investments": (0.0, 1.1, 0.0),
    PRODUCT: (0.0, 0.8, 0.0),
}
_GENERAL = {GENERAL: (0.4, 5.3, 0.3)}

# So much more bad news is drawn than stays: `pace` holds some of it back.
_BAD = 1.15

# On a day in the middle of the earnings season these are so many times as frequent: the season brings results, good
# and dull ones above all; bad ones grow with the day's volume like all other bad news.
_SEASON = {EARNINGS: 2.2, FINANCIALS: 2.0, MOVEMENT: 1.5, ANALYST: 1.5}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of story: which phrase file and section it is worded from."""

    file: str
    topic: str
    sign: str

    @property
    def section(self) -> str:
        return f"{self.topic} {self.sign}"


def _shares(season: bool) -> tuple[tuple[Kind, ...], tuple[float, ...]]:
    kinds: list[Kind] = []
    reached: list[float] = []
    total = 0.0
    for file, table in (("company", _COMPANY), ("market", _MARKET), ("general", _GENERAL)):
        for topic, shares in table.items():
            for sign, share in zip("+0-", shares, strict=True):
                if share:
                    seasonal = season and file == "company"
                    total += share * (_BAD if sign == "-" else _SEASON.get(topic, 1.0) if seasonal else 1.0)
                    kinds.append(Kind(file, topic, sign))
                    reached.append(total)
    return tuple(kinds), tuple(share / total for share in reached)


# Kinds with their cumulative shares, ready for `bisect`.
ORDINARY = _shares(season=False)
SEASON = _shares(season=True)
