"""The report's pictures, each a PNG that stands in the page itself."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.evaluate import Set
from training.scoring import BINS, Floats, Ints, expected_calibration_error

# Told apart by people who see no red or green (Okabe and Ito 2008).
_BEFORE, _AFTER, _RATE = "#d55e00", "#0072b2", "#999999"
_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
_ACROSS = 4
_IN_A_BIN = 20  # of fewer rows the share that is right only shows chance


def image(figure: Figure) -> str:
    """The figure as a data address: the page needs nothing beside it."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=150)
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e6e9ed", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)


def reliability(shares: Floats, truth: Ints, bins: int = BINS) -> tuple[Floats, Floats]:
    """Mean confidence and share right of each bin of equal mass, by rising confidence; fewer bins for few rows."""
    confidence = shares.max(axis=1)
    right = shares.argmax(axis=1) == truth
    parts = np.array_split(np.argsort(confidence, kind="stable"), max(1, min(bins, len(truth) // _IN_A_BIN)))
    return np.array([confidence[p].mean() for p in parts]), np.array([right[p].mean() for p in parts])


def reliabilities(sets: dict[str, Set]) -> Figure:
    """One diagram a set: how often the model is right when it is so sure, before calibration and after."""
    down = -(-len(sets) // _ACROSS)
    across = min(_ACROSS, len(sets))
    figure = Figure(figsize=(2.9 * across, 3.0 * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(sets) :]:
        axes.set_visible(False)
    for number, ((name, answers), axes) in enumerate(zip(sets.items(), grid.flat, strict=False)):
        _plain(axes)
        # Shared axes label the last line of the grid only; above a hidden diagram they must too.
        axes.tick_params(labelbottom=number + across >= len(sets))
        axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1, linestyle="--")
        for shares, colour, label in ((answers.raw, _BEFORE, "before"), (answers.shares, _AFTER, "after")):
            error = expected_calibration_error(shares, answers.truth)
            axes.plot(
                *reliability(shares, answers.truth),
                marker="o",
                markersize=3,
                linewidth=1.2,
                color=colour,
                label=f"{label}: ECE {error:.3f}",
            )
        axes.set_title(f"{name} ({len(answers.truth)})", fontsize=9)
        axes.legend(fontsize=7, loc="upper left", frameon=False)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.yaxis.set_major_formatter(PercentFormatter(1))
    figure.supxlabel("how sure the model is", fontsize=9)
    figure.supylabel("how often it is right", fontsize=9)
    return figure


def curve(lines: list[dict[str, Any]]) -> Figure:
    """Loss and learning rate by step; macro-F1 on the calibration part by epoch, as `train` notes them."""
    steps = [line for line in lines if "step" in line and "loss" in line]
    epochs = [line for line in lines if "epoch" in line and "step" not in line]
    figure = Figure(figsize=(11.6, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _plain(left)
    left.plot([s["step"] for s in steps], [s["loss"] for s in steps], color=_AFTER, linewidth=1.5)
    left.set_xlabel("step", fontsize=9)
    left.set_ylabel("mean loss of the epoch so far", fontsize=9, color=_AFTER)
    if any("rate" in s for s in steps):
        rate = left.twinx()
        rate.plot([s["step"] for s in steps], [s.get("rate", np.nan) for s in steps], color=_RATE, linewidth=1)
        rate.set_ylabel("learning rate", fontsize=9, color=_RATE)
        rate.tick_params(labelsize=8)
        rate.spines[["top"]].set_visible(False)
    _plain(right)
    names = sorted({name for epoch in epochs for name in epoch if "/" in name})
    for number, name in enumerate(names):
        points = [(epoch["epoch"], epoch[name]) for epoch in epochs if name in epoch]
        style = "-" if name.startswith("sentiment") else "--"
        colour = _LINES[number % len(_LINES)]
        right.plot(*zip(*points, strict=True), style, marker="o", markersize=4, color=colour, label=name, linewidth=1.3)
    right.set_xlabel("epoch", fontsize=9)
    right.set_ylabel("macro-F1, calibration part", fontsize=9)
    right.set_xticks([epoch["epoch"] for epoch in epochs])
    if names:
        right.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure
