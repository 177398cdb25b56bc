"""A cumulative sum over quarters of an hour, for a rate that stays raised without any window standing out. Pure.

l = ln(NB(n; kappa m, d) / NB(n; m, d)), C = max(0, C + l): Page 1954, with the negative binomial likelihood ratio of
Hoehle & Paul 2008, Computational Statistics & Data Analysis 52(9). A bin holds what was counted, and not late, between
two ticks on the quarter of an hour, so it never reopens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from monitor.detection.baseline import Prediction
from monitor.records import HOUR_MS, MINUTE_MS

BIN_MS = 15 * MINUTE_MS
# The rise that it is tuned to: rates from about twice the usual on drive it up.
KAPPA = 2.5
# News of a longer silence comes late, if at all, and is not counted live.
LONGEST_GAP_MS = 2 * HOUR_MS
# Evidence that a run keeps: the first stories; a run so long has paged or will not by them.
MOST_EVIDENCE = 200


@dataclass(frozen=True, slots=True)
class Run:
    """One series' sum since it last left zero.

    Attributes:
        c: C in nats. since: ms, the tick before the first bin of the run.
        n, stories: negative and all new stories counted since then; expected: the negative ones usual for as long.
        evidence: ids of the negative ones, in the order in which they were counted.
        pending: ids of the running bin's negative ones; bin_stories: all its new stories.
    """

    c: float = 0.0
    since: int = 0
    n: int = 0
    stories: int = 0
    expected: float = 0.0
    evidence: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    bin_stories: int = 0

    @property
    def empty(self) -> bool:
        """Nothing to remember."""
        return self.c == 0 and not self.pending and not self.bin_stories


def log_ratio(n: int, mean: float, dispersion: float, kappa: float = KAPPA) -> float:
    """ln of how much likelier n is at kappa times the mean, the dispersion (variance m + d m^2) unchanged.

    >>> round(log_ratio(3, 1.0, 0.5), 3)
    0.722
    """
    usual, raised = 1 + dispersion * mean, 1 + dispersion * kappa * mean
    return n * math.log(kappa * usual / raised) - math.log(raised / usual) / dispersion


def end_bin(run: Run, hourly: Prediction, now: int, gap_ms: int = 0) -> Run:
    """The run after its bin ended at the tick `now` (ms).

    Args:
        hourly: the prediction of the last hour, whose quarter is the bin's.
        gap_ms: how long nobody listened before the bin: what was published meanwhile came with it.
    """
    share = (BIN_MS + min(gap_ms, LONGEST_GAP_MS)) / HOUR_MS
    mean = share * hourly.mean
    dispersion = hourly.excess / mean + hourly.alpha + 1 / hourly.a
    n = len(run.pending)
    c = run.c + log_ratio(n, mean, dispersion)
    if c <= 0:
        return Run()
    began = run.c == 0
    return Run(
        c=c,
        since=now - BIN_MS if began else run.since,
        n=n if began else run.n + n,
        stories=run.bin_stories if began else run.stories + run.bin_stories,
        expected=mean if began else run.expected + mean,
        evidence=(run.pending if began else run.evidence + run.pending)[:MOST_EVIDENCE],
    )
