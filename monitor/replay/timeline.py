"""A series over the whole replay as one drawing: bars, what is usual, what would page, and when it did. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.detection.surprise import least_count
from monitor.replay.recorder import Timeline

WIDTH, HEIGHT, AXIS = 1_200, 120, 16
# A drawing has no room for more bars; of a longer replay several hours share one.
MOST_BARS = 600
_BAND_S = 1.0  # S beyond the band: nine bars in ten lie within


@dataclass(frozen=True, slots=True)
class Marks:
    """Epoch hours: spikes from opening to closing (or the end), and near-misses."""

    spikes: Sequence[tuple[float, float]]
    near_misses: Sequence[float]


def draw(series: Timeline, first: int, last: int, marks: Marks, days: Sequence[tuple[int, str]]) -> str:
    """An SVG element.

    Args:
        first, last: epoch hours drawn, both included. days: (epoch hour, label) of the marks below the axis.
    """
    hours = last - first + 1
    step = -(-hours // MOST_BARS)
    bars = [sum(series.n.get(h, 0) for h in range(at, at + step)) for at in range(first, last + 1, step)]
    usual = _usual(series, first, last, step)
    tops = [least_count(mean * step, dispersion, _BAND_S) - 1 for mean, dispersion in usual]
    highest = max([*bars, *tops, 3])
    width = WIDTH / len(bars)

    def x(hour: float) -> float:
        return round((hour - first) / hours * WIDTH, 1)

    def y(n: float) -> float:
        return round(HEIGHT - min(n / highest, 1) * (HEIGHT - 8), 1)

    parts = [
        f'<rect class="open" x="{x(a)}" y="0" width="{max(2.0, x(b) - x(a))}" height="{HEIGHT}"/>'
        for a, b in marks.spikes
    ]
    parts.append(f'<polygon class="band" points="0,{HEIGHT} {_steps(width, [y(n) for n in tops])} {WIDTH},{HEIGHT}"/>')
    for i, n in enumerate(bars):
        if n:
            box = f'x="{round(i * width, 1)}" y="{y(n)}" width="{max(1.2, round(width, 1))}"'
            parts.append(f'<rect class="n" {box} height="{round(HEIGHT - y(n), 1)}"/>')
    parts.append(f'<polyline class="usual" points="{_steps(width, [y(mean * step) for mean, _ in usual])}"/>')
    parts += [f'<path class="near" d="M{x(at)} 2l4 7h-8z"/>' for at in marks.near_misses]
    parts.append(f'<line class="axis" x1="0" y1="{HEIGHT}" x2="{WIDTH}" y2="{HEIGHT}"/>')
    parts += [f'<text x="{x(hour)}" y="{HEIGHT + AXIS - 3}">{label}</text>' for hour, label in days]
    parts.append(f'<text class="most" x="{WIDTH}" y="10">{highest}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT + AXIS}" role="img">{"".join(parts)}</svg>'


def _steps(width: float, heights: Sequence[float]) -> str:
    """Points of a line that is level over each bar."""
    return " ".join(f"{round(i * width, 1)},{top} {round((i + 1) * width, 1)},{top}" for i, top in enumerate(heights))


def _usual(series: Timeline, first: int, last: int, step: int) -> list[tuple[float, float]]:
    """Mean and dispersion at each bar: the last known, and before that the first."""
    known = sorted(series.usual)
    if not known:
        return [(0.01, 1.0)] * len(range(first, last + 1, step))
    found = []
    held = series.usual[known[0]]
    index = 0
    for at in range(first, last + 1, step):
        while index < len(known) and known[index] < at + step:
            held = series.usual[known[index]]
            index += 1
        found.append(held)
    return found
