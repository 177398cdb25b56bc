"""How densely bad news may follow bad news in ordinary times. Pure.

Life clusters more. But a demo whose quiet hours alarmed by chance would teach its viewer nothing; for that reason its
quiet hours are no measure of how often a detector errs.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.demo.mix import ORDINARY
from monitor.demo.world import COMPANIES

# Credit comes a third faster than bad stories are drawn, so that the limit delays few of them.
_RATE = 1.35
# So many bad stories may stand beyond the usual flow: two of a topic or sector, three of all.
_BURST = 2.0
_BURST_OF_ALL = 3.0
ALL = "all"


def _bad_shares() -> dict[str, float]:
    """Bad stories per story: of each topic, of each sector by its number of companies, and of all."""
    shares = {ALL: 0.0}
    reached = 0.0
    for kind, reaches in zip(*ORDINARY, strict=True):
        share, reached = reaches - reached, reaches
        if kind.sign != "-":
            continue
        shares[ALL] += share
        shares[kind.topic] = shares.get(kind.topic, 0.0) + share
        if kind.file == "company":
            for company in COMPANIES:
                shares[company.sector] = shares.get(company.sector, 0.0) + share / len(COMPANIES)
    return shares


class Pace:
    """Token buckets, filled by every story that is written and emptied by bad ones."""

    def __init__(self) -> None:
        self._rates = {key: _RATE * share for key, share in _bad_shares().items()}
        self._credit = dict.fromkeys(self._rates, (1.0, 0))

    def allows(self, keys: Iterable[str], number: int) -> bool:
        """Whether a bad story about these topics and sectors may stand as the `number`-th of all stories."""
        return all(self._held(key, number) >= 1 for key in keys)

    def spend(self, keys: Iterable[str], number: int) -> None:
        """Takes note of a bad story."""
        for key in keys:
            self._credit[key] = (self._held(key, number) - 1, number)

    def _held(self, key: str, number: int) -> float:
        credit, then = self._credit[key]
        return min(_BURST_OF_ALL if key == ALL else _BURST, credit + self._rates[key] * (number - then))
