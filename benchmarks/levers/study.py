"""What study.yaml says: the proxy, the figures that judge, the levers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.levers.makers import MAKERS
from monitor.errors import ConfigError
from training.recipe import Distil, Recipe, Train, read_recipe

BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Lever:
    """One change to the baseline.

    Attributes:
        expect: one sentence, written before the run.
        set: options of `train`; "x0.5" is a factor of the baseline's value.
        without, only: patterns over a fitted row's set, `SET` or `SET-target`; what is left is fitted.
        make, given: a function of makers.py, and its options (`with` in the file).
        against: the lever that it is compared to.
        figures: those that it can move; all where none is named.
        needs: `bf16` or nothing; the lever is skipped where the processor lacks it.
    """

    name: str
    expect: str = ""
    set: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    make: str = "plain"
    given: Mapping[str, Any] = field(default_factory=dict)
    against: str = BASELINE
    figures: tuple[str, ...] = ()
    needs: str = ""

    def options(self, train: Train) -> Train:
        """The baseline's options with what the lever sets."""
        values = {
            name: getattr(train, name) * float(value[1:]) if str(value).startswith("x") else value
            for name, value in self.set.items()
        }
        return replace(train, **values)


@dataclass(frozen=True, slots=True)
class Study:
    """The study.

    Attributes:
        recipe: of the baseline, proxy options included; its `distil.layers` are the layers that the proxy keeps.
        rows: of a prepared run; only its `fit` part is touched.
        fit, judge: about how many rows are fitted, and judged for each figure.
        figures: title -> name among the scores of `macro_f1s`, a family's sets going by the family's name.
    """

    recipe: Recipe
    rows: Path
    fit: int
    judge: int
    seeds: tuple[int, ...]
    figures: Mapping[str, str]
    levers: tuple[Lever, ...]

    def mark(self, lever: Lever) -> str:
        """12 hex digits over what a pair's scores depend on, so that a changed definition is run again."""
        facts = [asdict(self.recipe.train), asdict(self.recipe.distil), self.recipe.base, self.fit, self.judge]
        facts += [dict(self.figures), dict(lever.set), lever.without, lever.only, lever.make, dict(lever.given)]
        hashed = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        hashed.update(self.rows.read_bytes())
        return hashed.hexdigest()[:12]

    def chosen(self, names: list[str]) -> tuple[Lever, ...]:
        """The levers of these names, and what they are compared to, the baseline first; all where none is named.

        Raises:
            ConfigError: a name that the study lacks.
        """
        known = {lever.name: lever for lever in self.levers}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ConfigError(f"the study has no lever {unknown[0]!r} (it has {', '.join(known)})")
        wanted = {BASELINE, *(names or known)}
        wanted |= {known[name].against for name in wanted}
        return tuple(lever for lever in self.levers if lever.name in wanted)


def read_study(path: Path, rows: Path | None = None) -> Study:
    """The study of a file; `rows` goes before the file's.

    Raises:
        ConfigError: an unknown option, maker or figure; a lever compared to one that does not come before it.
    """
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        recipe = read_recipe(Path(given["recipe"]))
        levers = [Lever(BASELINE), *(_lever(path, entry) for entry in given["levers"])]
        train = replace(recipe.train, **given["train"])
        study = Study(
            recipe=replace(recipe, train=train, distil=Distil(layers=tuple(given["layers"]))),
            rows=rows or Path(given["rows"]),
            fit=given["fit"],
            judge=given["judge"],
            seeds=tuple(given["seeds"]),
            figures=given["figures"],
            levers=tuple(levers),
        )
    except KeyError as error:
        raise ConfigError(f"{path}: {error.args[0]} is missing") from error
    for number, lever in enumerate(study.levers):
        before = {other.name for other in study.levers[:number]}
        if lever.name in before:
            raise ConfigError(f"{path}: two levers are named {lever.name!r}")
        if number and lever.against not in before:
            raise ConfigError(f"{path}: {lever.name}: {lever.against!r} does not come before it")
        if not set(lever.figures) <= set(study.figures):
            raise ConfigError(f"{path}: {lever.name}: figures knows {', '.join(study.figures)}")
    return study


def _lever(path: Path, entry: dict[str, Any]) -> Lever:
    given = {"given" if name == "with" else name: v for name, v in entry.items()}
    given |= {name: tuple(entry[name]) for name in ("without", "only", "figures") if name in entry}
    try:
        lever = Lever(**given)
    except TypeError as error:
        raise ConfigError(f"{path}: a lever knows no such option: {error}") from error
    unknown = set(lever.set) - {option.name for option in fields(Train)}
    if unknown or lever.make not in MAKERS:
        raise ConfigError(f"{path}: {lever.name}: unknown {', '.join(unknown) or lever.make!r}")
    return lever
