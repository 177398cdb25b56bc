"""The table of levers that are more than an option: (recipe, rows, seed, options) -> what `train` gets."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.levers.adapted import adapted, few, setfit
from benchmarks.levers.augmented import entity_swap, synonyms
from benchmarks.levers.objectives import balanced, r_drop, source_residual
from benchmarks.levers.taught import ensemble, self_labelled
from benchmarks.levers.tuned import adversarial, bitfit, prefix
from benchmarks.levers.work import Work, plain

MAKERS: dict[str, Callable[..., Work]] = {
    "plain": plain,
    "r_drop": r_drop,
    "source_residual": source_residual,
    "balanced": balanced,
    "bitfit": bitfit,
    "prefix": prefix,
    "adversarial": adversarial,
    "synonyms": synonyms,
    "entity_swap": entity_swap,
    "adapted": adapted,
    "few": few,
    "setfit": setfit,
    "ensemble": ensemble,
    "self_labelled": self_labelled,
}
