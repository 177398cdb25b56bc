"""Results to the table: paired differences to the lever that each is compared to, in points (F1 x 100)."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.levers.pairs import Result
from benchmarks.levers.study import BASELINE, Lever, Study

Figures = dict[str, float]  # title -> points
MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A lever's figures: paired differences, averaged over the seeds; of the baseline the figures themselves.

    Attributes:
        spread: standard deviation over seeds (n - 1) of the mean's difference; None below two seeds.
        verdict: `kept` (mean > spread, mean > 0), `worse` (mean < -spread) or `out`; `open` below two seeds;
            or why there is none.
    """

    figures: Figures
    spread: float | None
    seconds: float
    verdict: str


def points(result: Result, study: Study, lever: Lever) -> Figures:
    """The lever's figures and their mean, of one pair."""
    titles = lever.figures or tuple(study.figures)
    found = {t: 100 * result.scores[study.figures[t]] for t in titles if study.figures[t] in result.scores}
    return {**found, MEAN: statistics.fmean(found.values())} if found else {}


def outcome(lever: Lever, study: Study, results: Mapping[tuple[str, int], Result]) -> Outcome:
    """What the results say of a lever.

    Args:
        results: by (lever, seed).
    """
    mine = [result for (name, _), result in results.items() if name == lever.name]
    scored = [result for result in mine if result.scores]
    seconds = statistics.fmean([r.seconds for r in scored]) if scored else 0.0
    if lever.name == BASELINE:
        rows = [points(r, study, lever) for r in scored]
    else:
        rows = [
            {title: value - base[title] for title, value in points(r, study, lever).items()}
            for r in scored
            if (pair := results.get((lever.against, r.seed))) and (base := points(pair, study, lever))
        ]
    errors = [r.error for r in mine if r.error]
    if not rows:
        return Outcome({}, None, seconds, f"failed: {errors[0]}" if errors else "not run")
    figures = {title: statistics.fmean(row[title] for row in rows) for title in rows[0]}
    spread = statistics.stdev(row[MEAN] for row in rows) if len(rows) > 1 else None
    if lever.name == BASELINE:
        return Outcome(figures, spread, seconds, "-")
    failed = f" ({len(errors)} failed)" if errors else ""
    return Outcome(figures, spread, seconds, verdict(figures[MEAN], spread) + failed)


def verdict(mean: float, spread: float | None) -> str:
    """
    >>> verdict(0.5, 0.3), verdict(0.2, 0.3), verdict(-0.5, 0.3), verdict(0.0, 0.0), verdict(1.0, None)
    ('kept', 'out', 'worse', 'out', 'open')
    """
    if spread is None:
        return "open"
    return "kept" if mean > max(spread, 0.0) else "worse" if mean < -spread else "out"


def markdown(study: Study, levers: tuple[Lever, ...], results: list[Result], skipped: Mapping[str, str]) -> str:
    """The table, a line a lever; `skipped` says why some were not run."""
    found = {(r.lever, r.seed): r for r in results}
    titles = [*study.figures, MEAN]
    head = ["lever", "expected", *titles, "spread", "s", "verdict"]
    layers = ", ".join(map(str, study.recipe.distil.layers)) or "all"
    lines = [
        f"Proxy: layers {layers} of the base, about {study.fit} fitted rows, {study.recipe.train.epochs} epochs, "
        f"{len(study.seeds)} seeds. Points of macro-F1 over other fit rows; the baseline's own, below it the mean "
        "paired differences to it (or to the lever in brackets).",
        "",
        f"| {' | '.join(head)} |",
        f"|{'---|' * 2}{'--:|' * (len(head) - 3)}---|",
    ]
    for lever in levers:
        o = outcome(lever, study, found)
        sign = "" if lever.name == BASELINE else "+"
        cells = [format(o.figures[title], f"{sign}.1f") if title in o.figures else "" for title in titles]
        spread = "" if o.spread is None else f"{o.spread:.1f}"
        name = lever.name if lever.against == BASELINE else f"{lever.name} (to {lever.against})"
        said = f"skipped: {skipped[lever.name]}" if lever.name in skipped else o.verdict
        seconds = f"{o.seconds:.0f}" if o.seconds else ""
        lines.append("| " + " | ".join([name, lever.expect, *cells, spread, seconds, said.replace("|", "/")]) + " |")
    return "\n".join(lines) + "\n"
