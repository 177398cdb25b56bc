"""What the counts are measured with, and the record of its change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the counts are measured with.

    Attributes:
        model, watchlist: content hashes. tau: P(neg) in millionths from which a story is negative.
    """

    model: str
    watchlist: str
    tau: int

    def __str__(self) -> str:
        return f"{self.model}/{self.watchlist}/{self.tau}"

    @classmethod
    def parse(cls, text: str) -> Instrument:
        """Back from `str`."""
        model, watchlist, tau = text.split("/")
        return cls(model, watchlist, int(tau))


@dataclass(frozen=True, slots=True)
class Recount:
    """The past 28 days are counted anew, in sequence with articles and ticks: the instrument changed.

    Attributes:
        at: the last tick before it, ms.
        since: articles of an earlier event time are not looked at. A unit that began less than the longest story after
            it may have such members, and stays counted as it was.
        before, after: what was and is measured with; where they differ the articles were read again.
        admitted: sources whose trial is over.
    """

    at: int
    since: int
    before: Instrument
    after: Instrument
    admitted: tuple[str, ...] = ()
