"""What a candidate would have done beside what the live watch did, as a JSON-able object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.alerts.evidence import iso_time
from monitor.config import Config
from monitor.detection.health import Health
from monitor.errors import InputError
from monitor.instrument import Instrument
from monitor.records import DAY_MS, MILLION, Mode
from monitor.replay.health import health_report
from monitor.shadow.beginning import Beginning, beginning_of
from monitor.shadow.follow import LIVE
from monitor.shadow.headlines import compare_headlines
from monitor.shadow.pages import compare_pages, pages_of
from monitor.storage import schema
from monitor.storage.rebuild import last_tick, max_seq, meta, positions
from monitor.storage.sequence import recounts
from monitor.storage.store import Store


def build_report(live: Store, own: Store, config: Config, since_ms: int | None = None) -> dict[str, Any]:
    """The report on a shadow's store beside the live one.

    Headlines are compared from where the shadow began to read, pages from where it knows as much of what is usual as
    the live watch.

    Args:
        config: the live configuration. since_ms: looks at neither before then.

    Raises InputError: the store is no shadow's, or has read nothing.
    """
    beginning = beginning_of(own)
    period = compared(own, beginning, since_ms)
    until, pages_from = period.until, period.since
    began = beginning.at or own.read(_first_live, 0) or until  # it may have begun before the live watch
    theirs = Instrument.parse(live.read(meta, "instrument") or beginning.instrument)
    mine = Instrument.parse(beginning.instrument)
    budgets = (config.detection.false_pages_per_day, beginning.budget)
    pages = compare_pages(
        live.read(pages_of, pages_from, until), own.read(pages_of, pages_from, until), pages_from, until, budgets
    )
    heads = compare_headlines(
        live,
        own,
        max(began, since_ms or 0),
        until + DAY_MS,
        models=(theirs.model, mine.model),
        taus=(theirs.tau, mine.tau),
    )
    least = config.shadow.min_period
    now = live.read(last_tick)
    report = {
        "candidate": {"given": str(beginning.given), **_instrument(mine), "configuration": beginning.settings},
        "live": {"store": beginning.live, **_instrument(theirs)},
        "read": {
            "from": iso_time(began),
            "to": iso_time(until),
            "behind_s": max((now[1].at if now else until) - until, 0) // 1_000,
            "missing": int(own.read(positions, LIVE)[""]["missing"]),
        },
        "live_changes": live.read(_changes, began, until),
        "headlines": heads.to_json(),
        "pages": pages,
        "surprises": {"live": _surprises(live), "candidate": _surprises(own)},
        "enough": pages["days"] * DAY_MS >= least,
        "least_days": least / DAY_MS,
    }
    return {**report, "verdict": verdict(report, beginning)}


@dataclass(frozen=True, slots=True)
class Period:
    """In which pages are compared, ms; pages that opened in the very minute `until` may still come."""

    since: int
    until: int

    @property
    def days(self) -> float:
        return max(self.until - self.since, 0) / DAY_MS


def compared(own: Store, beginning: Beginning, since_ms: int | None) -> Period:
    """From where the shadow knows what is usual and the live watch listened. Raises InputError: nothing was read."""
    last, first = own.read(last_tick), own.read(_first_live, max(beginning.warm_at, since_ms or 0))
    if last is None:
        raise InputError(f"{own.name} has read nothing yet: let bearwatch shadow run catch up first")
    return Period(last[1].at if first is None else first, last[1].at)


def verdict(report: Mapping[str, Any], beginning: Beginning) -> list[str]:
    """What the numbers come to, a sentence each. Pure."""
    pages, heads, said = report["pages"], report["headlines"], []
    days, who = pages["days"], {"live": "The live watch", "candidate": "The candidate"}
    if not days:
        said.append(
            f"Too short to tell anything of pages: they can be compared from {iso_time(beginning.warm_at)} on, when 28 "
            "days of what is usual lie behind the candidate."
        )
    elif not report["enough"]:
        said.append(
            f"Too short to tell: pages are compared over {days:.1f} days, and {report['least_days']:g} are asked for."
        )
    for name, rate in pages["rates"].items() if days else ():
        low, high = f"{rate['low']:.2f}", f"{rate['high']:.2f}"
        said.append(
            f"{who[name]} opens {rate['per_day']:.2f} pages a day (95 %: {low} to {high}); of false ones "
            f"{rate['false_pages_per_day']:g} are put up with: {rate['budget']}."
        )
    if heads["articles"]:
        disagree, share = heads["only_live"] + heads["only_candidate"], f"{1 - heads['agreement']:.1%}"
        said.append(
            f"Of {heads['articles']:,} headlines that both scored they call {disagree:,} ({share}) differently; "
            f"P(negative) moves by {heads['mean_change']:.3f} in the mean."
        )
    said += [
        f"The live watch itself changed at {change['at']}: before it, another one is compared."
        for change in report["live_changes"]
    ]
    if report["read"]["missing"]:
        said.append(f"{report['read']['missing']} records were past their retention before the shadow read them.")
    return said


def _instrument(instrument: Instrument) -> dict[str, Any]:
    return {"model": instrument.model, "watchlist": instrument.watchlist, "tau": instrument.tau / MILLION}


def _first_live(db: Connection, since_ms: int) -> int | None:
    """The first minute from then on in which the live watch listened, ms."""
    tick = schema.ticks.c
    return db.execute(select(func.min(tick.at)).where(tick.at >= since_ms, tick.mode == Mode.LIVE.value)).scalar()


def _changes(db: Connection, since_ms: int, until_ms: int) -> list[dict[str, str]]:
    """When the live watch took another model or watchlist."""
    return [
        {"at": iso_time(told.at), "before": str(told.before), "after": str(told.after)}
        for _, told in recounts(db, 0, max_seq(db) + 1)
        if told.before != told.after and since_ms <= told.at <= until_ms
    ]


def _surprises(store: Store) -> list[dict[str, Any]]:
    """How often windows surprised in 28 days, beside how often they should."""
    saved = store.read(meta, "health")
    found: list[dict[str, Any]] = health_report(Health.from_json(json.loads(saved)).days)["shares"] if saved else []
    return found
