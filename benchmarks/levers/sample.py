"""A prepared run's `fit` rows -> the rows that a seed fits and the OTHER rows that judge it.

Rows of one group go to one side only: the target rows of a headline, the texts of a template. The run's calibration
and report parts are never touched, so what the study chooses does not eat into them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatch

from benchmarks.levers.study import Lever, Study
from training.data import MISSING, Row
from training.recipe import Recipe

FITTED, JUDGING = "fit", "calibration"  # `train` scores its calibration part after every epoch


def figures_of(row: Row) -> set[str]:
    """The scores of `macro_f1s` that the row counts in."""
    names = {f"sentiment/{row.source}{'-target' if row.target else ''}"} if row.sentiment != MISSING else set()
    return names | ({f"topic/{row.source}"} if row.topic != MISSING else set())


def sample(rows: list[Row], study: Study, seed: int) -> list[Row]:
    """About `study.fit` rows to fit, by source as they come, and `study.judge` for each figure to judge.

    Of a small figure at most a third of its rows judge. Every choice is drawn from the seed.
    """
    draw = random.Random(f"levers {seed}")
    rows = [row for row in rows if row.part == "fit"]
    units: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        units[row.group or row.text].append(row)
    order = list(units)
    draw.shuffle(order)

    families = families_of(study.recipe)
    judged: dict[str, list[Row]] = defaultdict(list)
    taken: set[str] = set()
    for figure in study.figures.values():
        of_figure = {unit: _judging(units[unit], figure, families) for unit in order}
        want = min(study.judge, sum(map(len, of_figure.values())) // 3)
        # Units that judge already cost no further row of those that can be fitted.
        for unit in sorted(order, key=lambda unit: unit not in taken):
            if len(judged[figure]) >= want:
                break
            if of_figure[unit]:
                judged[figure] += of_figure[unit]
                taken.add(unit)

    left: dict[str, list[Row]] = defaultdict(list)
    for unit in order:
        if unit not in taken:
            for row in units[unit]:
                left[row.source].append(row)
    share = min(1.0, study.fit / sum(map(len, left.values())))
    fitted = [row for source in sorted(left) for row in draw.sample(left[source], round(share * len(left[source])))]
    draw.shuffle(fitted)
    # A row may count in two figures; it is judged once.
    judging = dict.fromkeys(row for figure in judged.values() for row in figure)
    return [*fitted, *judging]


def _judging(unit: list[Row], figure: str, families: Mapping[str, str]) -> list[Row]:
    """A unit's rows of a figure as they judge: a family's sets go by its name, their target rows among them."""
    rows = [replace(row, source=families[row.source], target="") if families.get(row.source) else row for row in unit]
    return [replace(row, part=JUDGING) for row in rows if figure in figures_of(row)]


def families_of(recipe: Recipe) -> dict[str, str]:
    """Set -> family, for those that have one."""
    return {entry.name: entry.family for entry in recipe.data.sets if entry.family}


def filtered(rows: list[Row], lever: Lever) -> list[Row]:
    """The rows without those fitted ones that the lever leaves out."""

    def matches(row: Row, patterns: tuple[str, ...]) -> bool:
        name = f"{row.source}-target" if row.target else row.source
        return any(fnmatch(name, pattern) for pattern in patterns)

    return [
        row
        for row in rows
        if row.part != FITTED or not (matches(row, lever.without) or (lever.only and not matches(row, lever.only)))
    ]
