"""Shocks of headlines: real bad news of other companies, the names swapped, through stories, matcher and model.

How they are drawn stands in `swaps`. A target is a company near the rate. Where none comes near, it is a sector or the
market, named in the output: then every headline gets a company of its own, one that the archive knows.

Each shock goes through a fork of this process, taken when it begins: fold, stories and detector go on there with the
archive's own next six hours and the shock, through the shipped gates, and what they learn dies with the fork. So no
shock sees another. Rivals judge the very counts that came of it. Shocks that begin while a spike is open in their
series, or over a threshold, are left out: somebody has been called already. `+0` is what is found where nothing was
added. Intervals of shares are Wilson's, over shocks; those of differences are over series.
"""

from __future__ import annotations

import asyncio
import gc
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

from benchmarks.replayed import Replayed, near, read
from benchmarks.rivals import DETECTORS, EVERY_DAYS, KINDS, NOW, SPANS, Judged, delay, gain, heading
from benchmarks.swaps import NOTHING, SEED, Drawing, Shock
from monitor.aggregation.series import MARKET, score_for, series_of
from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.detection.fit import Fit
from monitor.memory import FoldSettings
from monitor.parts import Parts
from monitor.records import HOUR_MS, MINUTE_MS, Article, Prepared, Standing, Tick
from monitor.sources.protocol import SourceHealth

T = TypeVar("T")

LEAST_COMPANIES = 6
Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a shock.

    Attributes:
        looks: rows of the looks NOW, as `Series` is made of.
        page: minutes to the page in which the series stands, inf where there was none.
        named, negative, counted: of its headlines those that the matcher gives to the series, that the model then calls
            negative for it, and that count as a negative story of their own.
        silent: what kept the most surprising near-miss silent, "" where there was none.
    """

    looks: tuple[tuple[float, ...], ...]
    page: float
    named: int
    negative: int
    counted: int
    silent: str


class Listed:
    """A source of articles that are at hand."""

    name = "shocks"

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles

    async def run(self, out: Channel[Delivery]) -> None:
        for article in self._articles:
            await out.put(Delivery(article))

    def pause(self) -> None:
        """Nothing to hold back: `put` waits."""

    def resume(self) -> None:
        """See `pause`."""

    def health(self) -> list[SourceHealth]:
        return []


def targets(fit: Fit, rate: float) -> list[str]:
    """Companies near a rate; sectors and the market where there is none."""
    companies = near(fit, rate, (s for s in fit.series if s.startswith("entity:") and _is_company(s)), LEAST_COMPANIES)
    return companies or near(fit, rate, (s for s in fit.series if s == MARKET or s.startswith("sector:")))


def _is_company(series: str) -> bool:
    return not series.startswith(("entity:cb.", "entity:fx.", "entity:cmd.", "entity:ix."))


def wilson(found: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    p, w = found / of, Z * Z / of
    middle, half = (p + w / 2) / (1 + w), math.sqrt(p * (1 - p) * w + w * w / 4) / (1 + w)
    return max(0.0, middle - half), min(1.0, middle + half)


def forked(work: Callable[[], T]) -> T:
    """What it gives in a copy of this process: whatever it does to the state there is lost."""
    receiving, sending = get_context("fork").Pipe(duplex=False)
    child = get_context("fork").Process(target=lambda: sending.send(work()))
    child.start()
    sending.close()
    try:
        found: T = receiving.recv()
    except EOFError:
        raise RuntimeError("a shock's process died; what it said stands above") from None
    finally:
        child.join()
        receiving.close()
    return found


def merged(stream: Iterable[Delivery], added: Iterable[Prepared]) -> list[Delivery]:
    """The stream with more articles: each before the first tick that is later than its arrival."""
    waiting = sorted(added, key=lambda p: p.article.received_at, reverse=True)
    both: list[Delivery] = []
    for delivery in stream:
        if isinstance(delivery.record, Tick):
            while waiting and waiting[-1].article.received_at < delivery.record.at:
                both.append(Delivery(waiting.pop()))
        both.append(delivery)
    return both


def suffer(replayed: Replayed, shock: Shock, added: Sequence[Prepared], stream: Iterable[Delivery]) -> Outcome:
    """The hours of the stream with the shock in them; `added` are its articles, prepared."""
    replayed.watch([shock.series])
    replayed.take(merged(stream, added))
    named = [p for p in added if shock.series in series_of(p)]
    scores = [score for p in named if (score := score_for(shock.series, p)) is not None]
    placed = [replayed.fold.memory.placements.get(p.article.key, {}).get(shock.series) for p in added]
    return replace(
        outcome(replayed, shock, replayed.looks[shock.series]),
        named=len(named),
        negative=sum(score.negative >= replayed.fold.memory.instrument.tau for score in scores),
        counted=sum(place is not None and place.negative_standing is Standing.LIVE for place in placed),
    )


def outcome(replayed: Replayed, shock: Shock, looks: Iterable[tuple[float, ...]]) -> Outcome:
    """What came in a replay of the six hours after a shock's beginning: all of it, if the shock is of nothing."""
    end = shock.at + int(NOW[-1]) * MINUTE_MS
    spikes = {spike.id: spike for spike in replayed.opened if shock.at <= spike.opened_at <= end}
    own = [spike for spike in spikes.values() if spike.series == shock.series]
    pages = own + [spikes[spike.headed_by] for spike in own if spike.headed_by in spikes]
    missed = [m for m in replayed.missed if m.series == shock.series and shock.at <= m.at <= end]
    return Outcome(
        tuple(looks),
        min(((spike.opened_at - shock.at) / MINUTE_MS for spike in pages), default=math.inf),
        0,
        0,
        0,
        max(missed, key=lambda miss: miss.surprise).kept_silent_by if missed else "",
    )


def inject(
    records: Sequence[Delivery],
    settings: FoldSettings,
    first: Replayed,
    shocks: Iterable[Shock],
    prepared: Mapping[str, Prepared],
) -> dict[Shock, Outcome]:
    """Each shock's outcome; none of those that begin while a spike is open in their series.

    Args:
        first: the records replayed with nothing added, the shocks' series watched: what comes of a shock of nothing.
        prepared: the shocks' articles by key.
    """
    ticks = {d.record.at: place for place, d in enumerate(records) if isinstance(d.record, Tick)}
    replayed = Replayed(settings, lambda fit: ())
    outcomes: dict[Shock, Outcome] = {}
    done = 0
    gc.disable()  # a collection touches, and so copies, all that a fork shares; here it would find next to nothing
    for at, together in groupby(sorted(shocks, key=lambda s: s.at), key=lambda s: s.at):
        replayed.take(records[done : ticks[at] + 1])
        done = ticks[at] + 1
        stream = records[done : ticks[at + 6 * HOUR_MS] + 1]
        for shock in together:
            if shock.series in replayed.fold.memory.detector.open_spikes:
                continue
            if shock.articles:
                added = [prepared[article.key] for article in shock.articles]
                outcomes[shock] = forked(partial(suffer, replayed, shock, added, stream))
            else:
                looks = first.looks[shock.series][shock.look : shock.look + len(NOW)]
                outcomes[shock] = outcome(first, shock, looks)
    gc.enable()
    return outcomes


def tables(records: Sequence[Delivery], parts: Parts, first: Replayed, groups: Mapping[float, Sequence[str]]) -> None:
    """Prints every rate's tables.

    Args:
        first: the records replayed with nothing added, the groups' series watched.
    """
    drawing = Drawing(records, parts, first)
    print(f"\n{drawing}")
    judged = [Judged.of(rate, [first.series(name) for name in names]) for rate, names in groups.items() if names]
    drawn = {group.rate: drawing.shocks(group) for group in judged}
    articles = [article for shocks in drawn.values() for shock in shocks for article in shock.articles]
    scored = asyncio.run(read(Listed(articles), parts))
    prepared = {d.record.article.key: d.record for d in scored if isinstance(d.record, Prepared)}
    outcomes = inject(
        records, parts.settings, first, (shock for shocks in drawn.values() for shock in shocks), prepared
    )
    for group in judged:
        print(heading("texts", group))
        own = [(shock, outcomes[shock]) for shock in drawn[group.rate] if shock in outcomes]
        _print_shipped(group, own, first)
        for every in EVERY_DAYS:
            _print_paired(group, own, group.levels(every))


def _rows(own: Sequence[tuple[Shock, Outcome]]) -> Iterable[tuple[str, list[tuple[Shock, Outcome]]]]:
    for span in SPANS:
        for kind in (NOTHING, *KINDS):
            yield f"{kind} in {span} h", [pair for pair in own if (pair[0].kind, pair[0].span) == (kind, span)]


def _print_shipped(judged: Judged, own: Sequence[tuple[Shock, Outcome]], first: Replayed) -> None:
    """What a desk gets: gates, levels and all."""
    names, since = {series.name for series in judged.group}, first.times[judged.half]
    false = sum(spike.series in names and spike.opened_at >= since for spike in first.opened)
    print(f"\nas shipped, gates and all; spikes in the second half without any shock: {false}")
    print(
        "shock | shocks, headlines in all | of these name the target, are negative for it, count as a story of their "
        "own | page within 1 h | within 6 h | delay p50, p90 | without a page: kept silent by"
    )
    for label, pairs in _rows(own):
        size = sum(len(shock.articles) for shock, _ in pairs)
        shares = [sum(getattr(o, what) for _, o in pairs) for what in ("named", "negative", "counted")]
        lost = ", ".join(f"{share / size:.2f}" for share in shares) if size else "-"
        silent = Counter(outcome.silent or "far below" for _, outcome in pairs if math.isinf(outcome.page))
        why = ", ".join(f"{name} {n}" for name, n in silent.most_common())
        print(f"{label} | {len(pairs)}, {size} | {lost} | {_found([o.page for _, o in pairs])} | {why}")


def _print_paired(judged: Judged, own: Sequence[tuple[Shock, Outcome]], levels: dict[str, float]) -> None:
    """Statistics alone, on the same counts."""
    print(
        "shock | shocks | "
        + " | ".join(f"{name}: within 1 h | 6 h | delay p50, p90" for name in DETECTORS)
        + " | ours less mean + k sd, 6 h (95 %) | ours less EWMA"
    )
    for label, pairs in _rows(own):
        found: dict[str, list[list[float]]] = {name: [[] for _ in judged.group] for name in DETECTORS}
        for shock, outcome in pairs:
            if not judged.called(shock.number, shock.look - 1, levels):
                series = judged.group[shock.number].with_looks(shock.look, outcome.looks)
                at = slice(shock.look, shock.look + len(NOW))
                for name, judge in DETECTORS.items():
                    score = judge(series, np.zeros((len(NOW), 2)), at)
                    found[name][shock.number].append(delay(score, levels[name]))
        delays = {name: [d for by in found[name] for d in by] for name in DETECTORS}
        rng = np.random.default_rng(SEED)
        gains = [gain(found["ours"], found[other], rng) for other in ("mean + k sd", "EWMA")]
        cells = [label, str(len(delays["ours"])), *(_found(delays[name]) for name in DETECTORS), *gains]
        print(" | ".join(cells))


def _found(delays: Sequence[float]) -> str:
    """Shares found within 1 h and 6 h with their intervals, median and p90 of the delays."""
    cells = []
    for minutes in (60, 360):
        count = sum(d <= minutes for d in delays)
        low, high = wilson(count, len(delays))
        cells.append(f"{count / max(1, len(delays)):.2f} ({low:.2f} .. {high:.2f})")
    seen = [d for d in delays if d <= 360]
    p50, p90 = np.percentile(seen, [50, 90]) if seen else (math.nan, math.nan)
    return " | ".join([*cells, f"{p50:.0f}, {p90:.0f} min"])
