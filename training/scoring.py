"""How good a classifier is, and how sure that is: figures of one set of rows with bootstrap intervals. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Interval = list[float]  # [low, high], of 95 %

RESAMPLES = 1000  # the ends of a 95 % interval then stand on 25 resamples each
BINS = 15
_SEED = 1993
_TINY = 1e-12  # a share of 0 for the truth would make the log loss infinite
_Z = 1.959964  # 97.5 % of a normal distribution lie below


def confusion(truth: Ints, predicted: Ints, classes: int) -> Ints:
    """How often each was taken for each: [truth, prediction].

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    return np.bincount(truth * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def from_confusion(matrix: npt.NDArray[Any]) -> dict[str, Floats]:
    """Accuracy, macro F1 and weighted F1 of one matrix, or of many at once: [..., truth, prediction].

    F1 of a class that is neither there nor predicted is left out of the macro mean, as scikit-learn leaves it out.

    >>> found = from_confusion(np.array([[2, 0, 0], [1, 1, 0], [0, 0, 0]]))
    >>> {name: round(float(value), 4) for name, value in found.items()}
    {'accuracy': 0.75, 'macro_f1': 0.7333, 'weighted_f1': 0.7333}
    """
    hits = np.diagonal(matrix, axis1=-2, axis2=-1).astype(np.float64)
    there, called = matrix.sum(axis=-1), matrix.sum(axis=-2)
    either = there + called
    f1 = 2 * hits / np.maximum(either, 1)
    rows = np.maximum(there.sum(axis=-1), 1)
    return {
        "accuracy": np.asarray(hits.sum(axis=-1) / rows),
        "macro_f1": np.asarray(f1.sum(axis=-1) / np.maximum((either > 0).sum(axis=-1), 1)),
        "weighted_f1": np.asarray((f1 * there).sum(axis=-1) / rows),
    }


def negative_log_likelihood(shares: Floats, truth: Ints, weights: Floats | None = None) -> float:
    """(Weighted) mean of -log of the share that the truth was given, in nats.

    >>> round(negative_log_likelihood(np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([0, 1])), 4)
    0.4581
    """
    given = np.take_along_axis(shares, truth[:, None], axis=1)
    return float(np.average(-np.log(np.maximum(given[:, 0], _TINY)), weights=weights))


def brier(shares: Floats, truth: Ints) -> float:
    """Mean over rows of the sum over classes of (share - truth) squared, 0 to 2 (Brier 1950).

    >>> round(brier(np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([0, 1])), 4)
    0.29
    """
    return float(np.square(shares - np.eye(shares.shape[1])[truth]).sum(axis=1).mean())


def _edges(mass: Floats, bins: int) -> Floats:
    """Where bins of equal mass end. Whole rows stay whole: the first bins take the rest, as numpy.array_split does."""
    total = float(mass.sum())
    if not np.array_equal(mass, np.rint(mass)):
        return np.linspace(0, total, bins + 1)
    rows = round(total)
    size, rest = divmod(rows, min(bins, rows))
    return np.cumsum([0] + [size + 1] * rest + [size] * (min(bins, rows) - rest)).astype(np.float64)


def _binned_gap(gap: Floats, mass: Floats, bins: int) -> float:
    # The running sum of gaps against the running mass is a line inside each row, so its values at the bins' edges
    # are exact however often a row counts.
    reached, summed = np.concatenate([[0], np.cumsum(mass)]), np.concatenate([[0], np.cumsum(gap * mass)])
    at = np.interp(_edges(mass, bins), reached, summed)
    return float(np.abs(np.diff(at)).sum() / reached[-1])


def _gaps(shares: Floats, truth: Ints) -> tuple[Floats, Ints]:
    """(1 if right else 0) - confidence of each row, and the order of rising confidence."""
    confidence = shares.max(axis=1)
    return (shares.argmax(axis=1) == truth) - confidence, np.argsort(confidence, kind="stable")


def expected_calibration_error(shares: Floats, truth: Ints, bins: int = BINS, weights: Floats | None = None) -> float:
    """Mean gap between confidence and accuracy over bins of equal mass (Nixon et al. 2019), 0 to 1.

    Args:
        weights: how much each row counts; all alike without it.

    >>> expected_calibration_error(np.array([[0.8, 0.2]] * 5), np.array([0, 0, 0, 0, 1]), bins=1)
    0.0
    """
    gap, order = _gaps(shares, truth)
    mass = np.ones(len(truth)) if weights is None else weights
    return round(_binned_gap(gap[order], mass[order], bins), 12)


def clusters(groups: Sequence[str] | None, rows: int) -> Ints:
    """The number of each row's group, from 0; a row whose group is "" is one of its own.

    >>> clusters(["a", "", "a", ""], 4).tolist()
    [2, 0, 2, 1]
    """
    if groups is None:
        return np.arange(rows)
    names = [(group, "") if group else ("", str(number).zfill(9)) for number, group in enumerate(groups)]
    number = {name: at for at, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], dtype=np.int64)


def resampled(cluster: Ints, resamples: int = RESAMPLES, seed: int = _SEED) -> Ints:
    """How often each cluster is drawn, [resamples, clusters]: as many draws as there are clusters, with replacement.

    Rows of one template or one headline are right or wrong together, so they are drawn together (the cluster
    bootstrap, Davison and Hinkley 1997, section 3.8).
    """
    count = int(cluster.max()) + 1
    drawn = np.random.default_rng(seed).integers(0, count, (resamples, count))
    # Multinomial counts; numbering the resamples apart lets one count serve them all (four times as fast as numpy's
    # own multinomial).
    apart = drawn + count * np.arange(resamples)[:, None]
    return np.bincount(apart.ravel(), minlength=resamples * count).reshape(resamples, count)


def percentile(values: Floats | list[float]) -> Interval:
    """The middle 95 % of the resamples' values (Efron's percentile interval), rounded to four places."""
    return [round(float(end), 4) for end in np.percentile(values, (2.5, 97.5))]


def mean_interval(values: Floats, groups: Sequence[str] | None = None) -> Interval:
    """Of a mean over rows; for a paired comparison hand in the rows' differences.

    >>> mean_interval(np.array([0.0, 1.0] * 50))
    [0.4, 0.6]
    """
    cluster = clusters(groups, len(values))
    drawn = resampled(cluster)
    return percentile((drawn @ np.bincount(cluster, values)) / (drawn @ np.bincount(cluster)))


def share_interval(hits: int, rows: int) -> Interval:
    """Of a share of independent rows (Wilson 1927): unlike resampling it stays honest at 18 of 18.

    >>> share_interval(18, 18), share_interval(50, 100)
    ([0.8241, 1.0], [0.4038, 0.5962])
    """
    if not rows:
        return [0.0, 1.0]
    square = _Z * _Z
    middle = (hits + square / 2) / (rows + square)
    half = _Z / (rows + square) * (hits * (rows - hits) / rows + square / 4) ** 0.5
    return [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]


def share(hits: int, rows: int) -> dict[str, Any]:
    """A share of independent rows with its interval; JSON-able."""
    return {"rows": rows, "share": round(hits / rows, 4) if rows else None, "interval": share_interval(hits, rows)}


def compared(one: npt.ArrayLike, other: npt.ArrayLike, groups: Sequence[str]) -> dict[str, Any]:
    """How much more often one way of asking is right than another, on the same rows: paired, by group; JSON-able.

    >>> found = compared([True] * 60 + [False] * 40, [False] * 60 + [True] * 40, [""] * 100)
    >>> found["accuracy"], found["against"], found["difference"], found["interval"][0] < 0.1
    (0.6, 0.4, 0.2, True)
    """
    mine, theirs = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return {
        "rows": len(mine),
        "accuracy": round(float(mine.mean()), 4),
        "against": round(float(theirs.mean()), 4),
        "difference": round(float((mine - theirs).mean()), 4),
        "interval": mean_interval(mine - theirs, groups),
    }


def intervals(shares: Floats, truth: Ints, groups: Sequence[str] | None = None) -> dict[str, Interval]:
    """95 % bootstrap intervals of accuracy, macro F1, weighted F1 and ECE; the same rows give the same interval."""
    classes = shares.shape[1]
    cluster = clusters(groups, len(truth))
    drawn = resampled(cluster)
    cell = truth * classes + shares.argmax(axis=1)
    # A resample's confusion matrix is the weighted sum of its clusters' own; cells where nothing ever falls stay out.
    used, cell = np.unique(cell, return_inverse=True)
    own = np.zeros((int(cluster.max()) + 1, len(used)))
    np.add.at(own, (cluster, cell), 1)
    matrices = np.zeros((len(drawn), classes * classes))
    matrices[:, used] = drawn.astype(np.float64) @ own
    found = {
        name: percentile(values)
        for name, values in from_confusion(matrices.reshape(len(drawn), classes, classes)).items()
    }
    gap, order = _gaps(shares, truth)
    gap, place = gap[order], cluster[order]
    found["ece"] = percentile([_binned_gap(gap, weights[place].astype(np.float64), BINS) for weights in drawn])
    return found


def scores(shares: Floats, truth: Ints, labels: tuple[str, ...], groups: Sequence[str] | None = None) -> dict[str, Any]:
    """Every figure of one head on one set, rounded to four places; JSON-able.

    Args:
        shares: probabilities, [rows, labels]. truth: label indices, [rows]. groups: rows of one group are resampled
            together; "" for a row alone.
    """
    matrix = confusion(truth, shares.argmax(axis=1), len(labels))
    there, called, hits = matrix.sum(axis=1), matrix.sum(axis=0), np.diagonal(matrix)
    classes = {
        label: {
            "precision": round(float(hits[i] / max(called[i], 1)), 4),
            "recall": round(float(hits[i] / max(there[i], 1)), 4),
            "f1": round(float(2 * hits[i] / (called[i] + there[i])), 4),
            "rows": int(there[i]),
        }
        for i, label in enumerate(labels)
        if called[i] + there[i]
    }
    return {
        "rows": len(truth),
        **{name: round(float(value), 4) for name, value in from_confusion(matrix).items()},
        "ece": round(expected_calibration_error(shares, truth), 4),
        "nll": round(negative_log_likelihood(shares, truth), 4),
        "brier": round(brier(shares, truth), 4),
        "intervals": intervals(shares, truth, groups),
        "classes": classes,
    }
