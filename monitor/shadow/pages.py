"""The pages of two stores side by side: which both opened, which only one, and what people said of the live ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from monitor.alerts.evidence import iso_time
from monitor.alerts.words import in_words
from monitor.replay.against import Page, matched
from monitor.shadow.rates import budget_verdict, rate
from monitor.storage import schema
from monitor.storage.answers import MARKS, answers_of, state_of
from monitor.storage.rebuild import spike_of

HEADLINES = 5
UNMARKED = "unmarked"


def pages_of(db: Connection, since_ms: int, until_ms: int) -> list[dict[str, Any]]:
    """Pages that were open in that time, by their opening; what another page heads is told in `also_in`."""
    spike, alert = schema.spikes.c, schema.alerts.c
    rows = db.execute(
        select(schema.spikes)
        .where(spike.opened_at < until_ms, or_(spike.closed_at.is_(None), spike.closed_at > since_ms))
        .order_by(spike.opened_at, spike.id)
    )
    spikes = [spike_of(row).spike for row in rows]
    under: dict[str, list[str]] = {}
    for one in spikes:
        if one.headed_by:
            under.setdefault(one.headed_by, []).append(one.series)
    opened = [one for one in spikes if not one.headed_by]
    bodies: dict[str, Mapping[str, Any]] = {}
    for one in opened:
        found = db.execute(select(alert.body).where(alert.id == one.id, alert.status == "firing")).scalar()
        bodies[one.id] = found or {}
    marks = {alert_id: state_of(given).mark for alert_id, given in answers_of(db, bodies).items()}
    return [
        {
            "id": one.id,
            "series": one.series,
            "label": bodies[one.id].get("label", one.series),
            "opened_at": iso_time(one.opened_at),
            "closed_at": None if one.closed_at is None else iso_time(one.closed_at),
            "severity": one.severity,
            "in_words": in_words(one.n, one.window, one.expected),
            "by": one.by,
            "surprise": bodies[one.id].get("surprise"),
            "threshold": one.threshold,
            "also_in": sorted(under.get(one.id, ())),
            "evidence": [{"id": unit} for unit in one.evidence],
            "headlines": [
                {name: told[name] for name in ("title", "publisher", "p_negative")}
                for told in bodies[one.id].get("headlines", [])[:HEADLINES]
            ],
            "mark": marks.get(one.id) or UNMARKED,
        }
        for one in opened
    ]


def compare_pages(
    live: Sequence[Page], candidate: Sequence[Page], since_ms: int, until_ms: int, budgets: tuple[float, float]
) -> dict[str, Any]:
    """What `pages_of` gives of both over the same time, matched; JSON-able.

    A page that was open before the time began is a partner of one that opened in it, and nothing by itself.

    Args:
        budgets: false pages a day, the live one's first.
    """
    since, days = iso_time(since_ms), max(until_ms - since_ms, 0) / 86_400_000
    pairs, only_live, only_candidate = matched(live, candidate)
    both = [(a, b) for a, b in pairs if a["opened_at"] >= since or b["opened_at"] >= since]
    lost = [page for page in only_live if page["opened_at"] >= since]
    gained = [page for page in only_candidate if page["opened_at"] >= since]
    said_of = {b["id"]: a["mark"] for a, b in pairs}
    mine = [page["mark"] for page in live if page["opened_at"] >= since]
    theirs = [said_of.get(page["id"], UNMARKED) for page in candidate if page["opened_at"] >= since]
    return {
        "from": since,
        "to": iso_time(until_ms),
        "days": round(days, 3),
        "both": [
            {"later_s": _seconds(b) - _seconds(a), "mark": a["mark"], "live": _told(a), "candidate": _told(b)}
            for a, b in both
        ],
        "only_live": [_told(page) for page in lost],
        "only_candidate": [_told(page) for page in gained],
        "rates": {
            "live": _rate(mine, days, budgets[0]),
            "candidate": _rate(theirs, days, budgets[1]),
        },
        "answers": {
            "both": _marks([a["mark"] for a, _ in both]),
            "only_live": _marks([page["mark"] for page in lost]),
        },
    }


def _rate(marks: Sequence[str], days: float, budget: float) -> dict[str, Any]:
    found, counted = rate(len(marks), days), Counter(marks)
    real = counted["true"] + counted["late"]
    return {
        "pages": found.count,
        "per_day": found.per_day,
        "low": found.low,
        "high": found.high,
        "false_pages_per_day": budget,
        "known_real": real,
        "known_false": counted["false"],
        "budget": budget_verdict(budget, days, pages=len(marks), real=real, false=counted["false"]),
    }


def _marks(marks: Sequence[str]) -> dict[str, int]:
    counted = Counter(marks)
    return {mark: counted[mark] for mark in (*MARKS, UNMARKED)}


def _told(page: Page) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name != "evidence"}


def _seconds(page: Page) -> int:
    return round(datetime.fromisoformat(page["opened_at"]).timestamp())
