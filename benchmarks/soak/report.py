"""The report: a table for people, JSON for whoever compares runs."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.soak.plan import Plan
from benchmarks.soak.run import Outcome
from benchmarks.soak.verdict import passed


def write(path: Path, plan: Plan, outcome: Outcome) -> None:
    """Plan, verdicts, notes and every sample."""
    told = {
        "passed": passed(outcome.lines),
        "plan": asdict(plan),
        "lines": [asdict(line) for line in outcome.lines],
        "notes": outcome.notes,
        "samples": [{k: _number(v) for k, v in asdict(s).items()} for s in outcome.samples],
    }
    path.write_text(json.dumps(told, allow_nan=False) + "\n", encoding="utf-8")


def _number(value: object) -> object:
    """What could not be looked at is NaN, which JSON does not have."""
    return None if isinstance(value, float) and math.isnan(value) else value


def show(console: Console, plan: Plan, outcome: Outcome) -> None:
    for note in outcome.notes:
        console.print(note)
    title = f"Soak: {plan.minutes:g} min at {plan.rate:g} articles/s, {len(plan.faults)} faults, seed {plan.seed}"
    table = Table(title=title, title_justify="left")
    for column in ("", "verdict", "figure", "bar"):
        table.add_column(column, overflow="fold")
    for line in outcome.lines:
        table.add_row(line.name, line.verdict, line.figure, line.bar)
    console.print(table)
