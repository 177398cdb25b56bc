"""The model's health over a whole replay, as a JSON-able object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.alerts.evidence import iso_time
from monitor.detection.reliability import Tally, least_surprise, shares, verdicts
from monitor.records import DAY_MS


def health_report(days: Mapping[int, Tally]) -> dict[str, Any]:
    """Shares of all days, and from which to which day the budget was called unreliable.

    Args:
        days: by UTC day.
    """
    first, last = min(days, default=0), max(days, default=-1)
    rows = [
        {
            "window_hours": hours,
            "least_surprise": least_surprise(level),
            "promised": level,
            "share": found.share,
            "low": found.low,
            "high": found.high,
            "over": found.over,
            "judged": found.judged,
            "days": found.days,
        }
        for (hours, level), found in shares(days, first, last).items()
    ]
    return {"shares": rows, "budget_unreliable": _stretches(days, first, last)}


def _stretches(days: Mapping[int, Tally], first: int, last: int) -> list[dict[str, Any]]:
    """One entry for each unbroken row of days at whose beginning the budget was unreliable."""
    found: list[dict[str, Any]] = []
    going: dict[tuple[int, float, str], dict[str, Any]] = {}
    for today in range(first, last + 2):
        told = {(v.hours, v.share.promised, v.side) for v in verdicts(days, today)}
        going = {key: entry for key, entry in going.items() if key in told}
        for hours, level, side in sorted(told):
            entry = going.get((hours, level, side))
            if entry is None:
                entry = going[hours, level, side] = {
                    "window_hours": hours,
                    "least_surprise": least_surprise(level),
                    "side": side,
                    "from": iso_time(today * DAY_MS),
                }
                found.append(entry)
            entry["to"] = iso_time(today * DAY_MS)
    return found
