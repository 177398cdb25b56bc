"""How good a classifier is: accuracy, F1, precision and recall by class, expected calibration error. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def expected_calibration_error(shares: Floats, truth: Ints, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over bins of equal mass (Nixon et al. 2019), 0 to 1.

    >>> expected_calibration_error(np.array([[0.8, 0.2]] * 5), np.array([0, 0, 0, 0, 1]), bins=1)
    0.0
    """
    confidence = shares.max(axis=1)
    right = shares.argmax(axis=1) == truth
    order = np.argsort(confidence, kind="stable")
    gaps = [
        abs(float(right[part].mean()) - float(confidence[part].mean())) * len(part)
        for part in np.array_split(order, min(bins, len(order)))
    ]
    return round(sum(gaps) / len(order), 12)


def scores(shares: Floats, truth: Ints, labels: tuple[str, ...]) -> dict[str, Any]:
    """Every figure of one head on one set, rounded to four places.

    Args:
        shares: probabilities, [rows, labels]. truth: label indices, [rows].

    F1 of a class that is neither there nor predicted is left out of the macro mean, as scikit-learn leaves it out.
    """
    predicted = shares.argmax(axis=1)
    classes: dict[str, dict[str, float]] = {}
    f1s, weights = [], []
    for index, label in enumerate(labels):
        hits = int(((predicted == index) & (truth == index)).sum())
        called, there = int((predicted == index).sum()), int((truth == index).sum())
        if not called and not there:
            continue
        f1 = 2 * hits / (called + there)
        f1s.append(f1)
        weights.append(there)
        classes[label] = {
            "precision": round(hits / called, 4) if called else 0.0,
            "recall": round(hits / there, 4) if there else 0.0,
            "f1": round(f1, 4),
            "rows": there,
        }
    return {
        "rows": len(truth),
        "accuracy": round(float((predicted == truth).mean()), 4),
        "macro_f1": round(float(np.mean(f1s)), 4),
        "weighted_f1": round(float(np.average(f1s, weights=weights)), 4),
        "ece": round(expected_calibration_error(shares, truth), 4),
        "classes": classes,
    }
