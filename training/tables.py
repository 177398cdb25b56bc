"""The figures of a manifest as tables, for the terminal, the card and the report alike.

A figure that was not measured (no target token, no exams, a manifest of an older trainer) has no table or no cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

NO_TARGET = "The model has no target token: it scores whole headlines only, so nothing is measured by target."


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a sentence that says how to read it, columns, and rows of text."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def markdown(table: Table) -> str:
    """Title, note and table as Markdown."""
    lines = [f"### {table.title}", "", table.note, ""] if table.note else [f"### {table.title}", ""]
    # A bar of the topics' own names would end the cell.
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    return "\n".join([*lines, *("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows)])


def with_interval(value: float | None, interval: Iterable[float] | None, places: int = 3) -> str:
    """A figure with its interval, where it has one.

    >>> with_interval(0.8629, [0.8401, 0.8871]), with_interval(0.5, None), with_interval(None, [0, 1])
    ('0.863 [0.840, 0.887]', '0.500', '-')
    """
    if value is None:
        return "-"
    ends = f" [{', '.join(f'{end:.{places}f}' for end in interval)}]" if interval else ""
    return f"{value:.{places}f}{ends}"


def _share(found: dict[str, Any]) -> str:
    return with_interval(found["share"], found["interval"] if found["share"] is not None else None)


def sets_in(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The figures by head and source alone, without what else was measured."""
    return {name: found for name, found in figures.items() if "/" in name}


def sets_table(figures: dict[str, Any]) -> Table:
    """Every head on every source."""
    rows = []
    for name, f in sets_in(figures).items():
        ends = f.get("intervals", {})
        measured = [with_interval(f[key], ends.get(key)) for key in ("accuracy", "macro_f1", "weighted_f1", "ece")]
        others = [with_interval(f.get(key), None) for key in ("nll", "brier")]
        rows.append((name, str(f["rows"]), *measured, *others))
    part = figures.get("part", "report")
    note = (
        f"On the {part} part of each set. In brackets 95 % intervals: 1,000 resamples, rows of a group together. Those "
        "of the ECE lean upwards, since resampling itself unsettles the bins."
    )
    columns = ("set", "rows", "accuracy", "macro-F1", "weighted F1", "ECE", "NLL", "Brier")
    return Table("By set", note, columns, rows)


def sentiments_table(figures: dict[str, Any]) -> Table | None:
    """Recall and precision of each sentiment, and of P(negative) >= tau."""
    rows: list[tuple[str, ...]] = []
    for name, f in sets_in(figures).items():
        if name.startswith("sentiment/"):
            found = [f["classes"].get(label) for label in ("negative", "neutral", "positive")]
            cells = [f"{c['precision']:.2f} / {c['recall']:.2f}" if c else "-" for c in found]
            tau = f.get("negative_at_tau")
            rows.append((name, *cells, f"{tau['precision']:.2f} / {tau['recall']:.2f}" if tau else "-"))
    note = "Precision / recall. The last column is what the daemon counts: P(negative) at least tau."
    columns = ("set", "negative", "neutral", "positive", "negative at tau")
    return Table("By sentiment", note, columns, rows) if rows else None


def topics_table(figures: dict[str, Any]) -> Table | None:
    """Every topic on every source that has topics."""
    rows: list[tuple[str, ...]] = []
    for name, f in sets_in(figures).items():
        if name.startswith("topic/"):
            for label, c in f["classes"].items():
                # Of a topic that is only called nothing could be found: it has a precision, of 0, and no more.
                found = (f"{c[key]:.3f}" if c["rows"] else "-" for key in ("recall", "f1"))
                rows.append((name.partition("/")[2], label, str(c["rows"]), f"{c['precision']:.3f}", *found))
    columns = ("set", "topic", "rows", "precision", "recall", "F1")
    return Table("By topic", "", columns, rows) if rows else None


def calibration_table(figures: dict[str, Any]) -> Table | None:
    """Calibration error and log loss before and after calibration."""
    rows = [
        (head, source, *(f"{f[key][when]:.3f}" for key in ("ece", "nll") for when in (0, 1)))
        for head, sources in figures.get("calibration", {}).items()
        for source, f in sources.items()
    ]
    note = (
        "Expected calibration error (15 bins of equal mass) and log loss, without temperature and biases and with them."
    )
    columns = ("head", "set", "ECE before", "ECE after", "NLL before", "NLL after")
    return Table("Calibration", note, columns, rows) if rows else None


def targets_table(figures: dict[str, Any]) -> Table | None:
    """The target score against the whole headline's."""
    exam = figures.get("exams", {}).get("targets")
    both = (("held-out headlines", figures.get("by_target")), ("exam", exam if exam and exam["by_target"] else None))
    rows: list[tuple[str, ...]] = []
    for name, f in both:
        if f:
            low, high = f["interval"]
            counts = (str(f["headlines"]), str(f["rows"]), f"{f['accuracy']:.3f}", f"{f['against']:.3f}")
            rows.append((name, *counts, f"{f['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"))
    note = (
        "Headlines that mean different things for the entities they name: accuracy for each entity, by the score of "
        "the headline with the token in its place, and by the one score of the whole headline."
    )
    columns = ("where", "headlines", "entities", "by target", "by whole headline", "difference")
    return Table("By target", note, columns, rows) if rows else None


def exams_table(figures: dict[str, Any]) -> Table | None:
    """Every exam, and its kinds."""
    exams = figures.get("exams", {})
    rows: list[tuple[str, ...]] = []

    def add(exam: str, what: str, found: dict[str, Any]) -> None:
        if found["rows"]:
            rows.append((exam, what, str(found["rows"]), _share(found)))

    if meaning := exams.get("meaning"):
        add("meaning", "right", meaning)
        add("meaning", "pairs with both right", meaning["pairs"])
        for kind, found in meaning["kinds"].items():
            add("meaning", f"right: {kind}", found)
    if general := exams.get("general"):
        add("general", "called negative (P at least tau)", general["negative"])
        add("general", "called anything but neutral", general["not_neutral"])
        for kind, found in general["kinds"].items():
            add("general", f"neutral: {kind}", found)
    if targets := exams.get("targets"):
        whole = {"rows": targets["rows"], "share": targets["against"], "interval": targets.get("interval")}
        if targets["by_target"]:
            add("targets", "right, asked by target", {**whole, "share": targets["accuracy"], "interval": None})
            whole["interval"] = None
        add("targets", "right, by the whole headline", whole)
    for kind, found in exams.get("robust", {}).items():
        add("robust", "verdict turned by a negation" if kind == "negation" else "label kept in a paraphrase", found)
    note = "Headlines of our own that no set holds. Shares of rows with 95 % intervals."
    return Table("Exams", note, ("exam", "what", "rows", "share"), rows) if rows else None


def robustness_table(figures: dict[str, Any]) -> Table | None:
    """What a change that should not matter does."""
    rows = [
        (change, str(f["rows"]), _share(f), f"{f['move']:.3f}")
        + (tuple(f"{value:.3f}" for value in f["accuracy"]) if "accuracy" in f else ("-", "-"))
        for change, f in figures.get("robustness", {}).items()
    ]
    note = "Held-out headlines, changed in a way that should not matter."
    columns = ("change", "headlines", "label kept", "mean move of P(negative)", "accuracy before", "after")
    return Table("Robustness", note, columns, rows) if rows else None


def speed_table(found: list[dict[str, Any]]) -> Table:
    """`speed.speed` as a table."""
    paired = any("ratio" in f for f in found)
    rows = [
        (str(f["threads"]), f"{f['median']:.0f} ({f['low']:.0f}..{f['high']:.0f})")
        + ((f"{f['against']:.0f}", f"{f['ratio']:.2f} ({f['ratio_low']:.2f}..{f['ratio_high']:.2f})") if paired else ())
        for f in found
    ]
    columns = ("threads", "headlines/s") + (("the other folder", "ratio, ours to theirs") if paired else ())
    return Table("Speed", "Median of the rounds, and the lowest and highest, on this machine.", columns, rows)


def all_tables(figures: dict[str, Any]) -> list[Table]:
    """Every table that the figures fill, in reading order."""
    makers = (sentiments_table, calibration_table, targets_table, exams_table, robustness_table, topics_table)
    return [sets_table(figures), *(table for maker in makers if (table := maker(figures)))]
