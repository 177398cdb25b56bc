"""Too little news: a source or a series that is silent against its own lower tail. Pure.

The volume of a key in a span of hours is n ~ NB(mean m, dispersion by `volume`), m the usual stories of its hours, each
by the part in which somebody listened: what nobody listened to is not missed. Spans of 1, 6 and 24 h are asked in turn,
the shortest first; each is the running hour and so many whole ones before it.

P(N <= n) <= 1e-5 says silent. A span that would have told silence (P(0) <= 1e-3) and has P(N <= n) > 1e-2 says heard;
where it says neither, longer ones may only say silent, as they still hold what came before. Where none answers all
stays as it was: at night a rare key is neither. So a source that comes back after a day is heard within two hours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from monitor.aggregation.series import MARKET
from monitor.detection.counts import Counts, cell_of
from monitor.detection.surprise import log_pmf
from monitor.detection.volume import SILENT_P, SOURCE, UNKNOWN, Array, Ints, Volumes, learn
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket, Gate

# Not a condition: a page says what could not be heard when it opened.
BLIND = "blind"
SPANS = (1, 6, 24)
HEARD_P, TELLS_P = 1e-2, 1e-3
# Feeds are asked every few minutes, and publishers date what they publish a little back.
LAG_MS = 10 * MINUTE_MS
# So long a silent key is held to what was usual before; then to what it has become.
KEPT_MS = 14 * DAY_MS


@dataclass(frozen=True, slots=True)
class Silence:
    """A key that is silent.

    Attributes:
        since: ms, the tick that found it. hours: the span that told; n: what came in it, where `usual` is usual.
    """

    since: int
    hours: int
    n: int
    usual: float


def lower_tail(n: int, mean: float, dispersion: float) -> float:
    """P(N <= n), N negative binomial with `mean` > 0 and variance mean + mean^2 * dispersion; Poisson at 0.

    Summed downwards from n by the ratio of neighbouring terms, so that a small tail keeps its digits.

    >>> round(lower_tail(0, 2.0, 0.5), 6)
    0.25
    """
    if n < 0:
        return 0.0
    k = np.arange(n, 0, -1, dtype=float)
    if dispersion > 0:
        size = 1 / dispersion
        ratios = k / (k - 1 + size) * ((mean + size) / mean)
    else:
        ratios = k / mean
    with np.errstate(over="ignore"):
        rest = float(np.cumprod(ratios).sum())
    first = log_pmf(n, mean, dispersion)
    return min(1.0, math.exp(first + math.log1p(rest))) if math.isfinite(rest) else 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A silence that began or ended at the tick `at` (ms).

    Attributes:
        became: `silent`, `heard` again, or `forgotten`: it lasted so long that silence is usual.
    """

    key: str
    at: int
    silence: Silence
    became: str


class Hearing:
    """Judges every key that can tell, and holds which are silent.

    The counts of series are the detector's; they know too in which hours somebody listened.
    """

    def __init__(self, zone: str) -> None:
        self.sources = Counts()
        self.minutes: dict[int, int] = {}  # epoch hour of the last day -> minutes in which somebody listened live
        self.volumes = UNKNOWN
        self.silent: dict[str, Silence] = {}
        self._zone = zone
        self._hour = -1
        self._table = _Table(UNKNOWN)
        self._turns: list[Turn] = []
        self._learnt = False

    def article(self, source: str, event_time: int) -> None:
        """A live article that is no revision."""
        self.sources.count(Bucket(SOURCE + source, event_time // MINUTE_MS, stories=1))

    def listen(self, now: int, *, live: bool) -> None:
        """A tick (ms)."""
        self.resume(now)
        if live:
            self.minutes[now // HOUR_MS] = self.minutes.get(now // HOUR_MS, 0) + 1

    def resume(self, now: int) -> None:
        """Stands at the tick `now` (ms): what lies too long before it is forgotten."""
        if now // HOUR_MS == self._hour:
            return
        self._hour = now // HOUR_MS
        self.sources.advance(now)
        for old in [hour for hour in self.minutes if hour < self._hour - SPANS[-1]]:
            del self.minutes[old]

    def learn(self, series: Counts, now: int) -> None:
        """New usual volumes, once the series' counts have moved on; keys that can no longer tell are not silent."""
        # Else a source that is dead for a week would teach that it is usually dead.
        kept = {
            key: self.volumes.keys[key]
            for key, silence in self.silent.items()
            if now - silence.since < KEPT_MS and key in self.volumes.keys
        }
        learnt = learn(series, self.sources, self._zone, now)
        self.volumes = replace(learnt, keys=dict(sorted({**learnt.keys, **kept}.items())))
        self._learnt = True
        for key in sorted(self.silent.keys() - self.volumes.keys.keys()):
            self._turns.append(Turn(key, now, self.silent.pop(key), "forgotten"))

    def judge(self, series: Counts, now: int) -> None:
        """Every key that can tell, at the tick `now` (ms)."""
        table = self._table
        if table.volumes is not self.volumes:
            table = self._table = _Table(self.volumes)
        if not table.names:
            return
        usual, dispersion = table.expected(*self._listened(now))
        n = self._counted(series, table.names, now)
        # A key less than a standard deviation low in every span is not silent, and needs no sum.
        low = np.any(n < usual - np.sqrt(usual + dispersion * usual**2), axis=0).tolist()
        for i, key in enumerate(table.names):
            if low[i] or key in self.silent:
                spans = list(zip(n[:, i].tolist(), usual[:, i].tolist(), dispersion[:, i].tolist(), strict=True))
                self._turn(key, now, spans)

    def notes(self, series: str, now: int) -> tuple[Gate, ...]:
        """What a page of this series should say of silence: its own, the market's and every source's."""
        told = [key for key in sorted(self.silent) if key in (series, MARKET) or key.startswith(SOURCE)]
        return tuple(Gate(BLIND, True, f"{key} {in_words(key, self.silent[key], now)}") for key in told)

    def load(self, volumes: Mapping[str, Any] | None, silent: Mapping[str, Any] | None) -> None:
        """Takes back what `drain` gave the store to keep."""
        self.volumes = UNKNOWN if volumes is None else Volumes.from_json(volumes)
        self.silent = {key: Silence(**held) for key, held in (silent or {}).items()}

    def drain(self) -> tuple[list[Turn], dict[str, Any]]:
        """(turns since the last call, what changed of what the store keeps, JSON-able)."""
        turns, self._turns = self._turns, []
        changed: dict[str, Any] = {}
        if self._learnt:
            changed["volumes"] = self.volumes.to_json()
            self._learnt = False
        if turns:
            changed["silent"] = {key: asdict(silence) for key, silence in self.silent.items()}
        return turns, changed

    def contents(self) -> tuple[object, ...]:
        """Everything held, for comparison with a rebuilt one."""
        return (self.sources.contents(), self.minutes, self.volumes, self.silent)

    def _turn(self, key: str, now: int, spans: Sequence[tuple[int, float, float]]) -> None:
        held = self.silent.get(key)
        # The probability of just n is less than that of n or fewer: mostly it is enough to look at.
        if held is None and all(log_pmf(n, mean, d) > math.log(SILENT_P) for n, mean, d in spans):
            return
        found = verdict(spans)
        if found is None or found.silent == (held is not None):
            return
        if held is None:
            n, usual, _ = spans[found.span]
            held = self.silent[key] = Silence(now, SPANS[found.span], n, usual)
        else:
            del self.silent[key]
        self._turns.append(Turn(key, now, held, "silent" if found.silent else "heard"))

    def _listened(self, now: int) -> tuple[Array, Ints]:
        """(part of each hour that somebody listened in, its cell), the running hour first."""
        hour, until = now // HOUR_MS, (now - LAG_MS) / MINUTE_MS
        hours = [hour - i for i in range(SPANS[-1] + 1)]
        part = [max(0.0, min(self.minutes.get(h, 0), until - 60 * h)) / 60 for h in hours]
        return np.asarray(part), np.asarray([cell_of(h, self._zone) for h in hours])

    def _counted(self, series: Counts, names: Sequence[str], now: int) -> Ints:
        """What came in each span, by span and key."""
        hours = [now // HOUR_MS - i for i in range(SPANS[-1] + 1)]
        none = (0, 0)
        held = [(self.sources if name.startswith(SOURCE) else series) for name in names]
        n = np.asarray(
            [[counts.at(h).get(name, none)[0] for name, counts in zip(names, held, strict=True)] for h in hours]
        )
        return np.asarray(np.maximum(np.cumsum(n, axis=0)[list(SPANS)], 0), dtype=np.int64)


class _Table:
    """Volumes as arrays: rows are keys."""

    def __init__(self, volumes: Volumes) -> None:
        self.volumes = volumes
        self.names = list(volumes.keys)
        held = volumes.keys.values()
        self.by_cell = np.asarray([usual.by_cell for usual in held])
        self.days = np.repeat(np.asarray([usual.days for usual in held], dtype=float), 24, axis=-1)
        of_span = [0 if hours == 1 else 1 for hours in SPANS]
        self.excess = np.asarray([usual.excess for usual in held]).reshape(-1, 2).T[of_span]
        self.alpha = np.asarray([usual.alpha for usual in held]).reshape(-1, 2).T[of_span]

    def expected(self, listened: Array, cells: Ints) -> tuple[Array, Array]:
        """(mean, dispersion) by span and key."""
        hourly = (self.by_cell[:, cells] * listened).T
        spans = list(SPANS)
        mean = np.maximum(np.cumsum(hourly, axis=0)[spans], 1e-9)
        unknown = np.cumsum(hourly / self.days[:, cells].T, axis=0)[spans] / mean
        return mean, self.excess / mean + self.alpha * (1 + unknown)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a key is silent, and the index of the span that told."""

    silent: bool
    span: int


def verdict(spans: Sequence[tuple[int, float, float]]) -> Verdict | None:
    """What (n, mean, dispersion) of the spans come to, the shortest first; None where none tells."""
    in_doubt = False
    for index, (n, mean, dispersion) in enumerate(spans):
        p = lower_tail(n, mean, dispersion)
        if p <= SILENT_P:
            return Verdict(silent=True, span=index)
        if not in_doubt and log_pmf(0, mean, dispersion) <= math.log(TELLS_P):
            if p > HEARD_P:
                return Verdict(silent=False, span=index)
            in_doubt = True  # a longer span still holds what came before the silence
    return None


def in_words(key: str, silence: Silence, now: int) -> str:
    """A silence for people, as at `now` (ms).

    >>> in_words("source:wire", Silence(1_700_000_000_000, 6, 0, 14.2), 1_700_000_900_000)
    'silent since 22:13 UTC: 0 articles in 6 h, usually 14'
    """
    since = datetime.fromtimestamp(silence.since / 1_000, UTC)
    when = f"{since:%H:%M}" if silence.since // DAY_MS == now // DAY_MS else f"{since:%Y-%m-%d %H:%M}"
    one, more = ("article", "articles") if key.startswith(SOURCE) else ("story", "stories")
    came = f"{silence.n} {one if silence.n == 1 else more}"
    return f"silent since {when} UTC: {came} in {silence.hours} h, usually {silence.usual:.0f}"
