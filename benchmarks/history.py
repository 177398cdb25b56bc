"""The pages of a replay against what the world knew: which events were found, when and by which series; what is false.

    bearwatch replay reuters-2008-07.jsonl.xz reuters-2008-08.jsonl.xz reuters-2008-09.jsonl.xz --report 2008.json
    python -m benchmarks.history 2008.json

The events stand in `events.yaml`, written down before the first replay. Every page outside them is false, and listed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from monitor.aggregation.series import topic_series

EVENTS = Path(__file__).with_name("events.yaml")


@dataclass(frozen=True, slots=True)
class Event:
    """See `events.yaml`; `by` is None for what need not be found."""

    name: str
    begins: datetime
    ends: datetime
    by: datetime | None
    series: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the report: its own series and those that went under it."""

    opened: datetime
    closed: datetime | None
    series: tuple[str, ...]
    words: str


def events(first: datetime, last: datetime) -> list[Event]:
    """Those that lie in the replayed time."""
    held = yaml.safe_load(EVENTS.read_text("utf-8"))["events"]
    found = [
        Event(
            event["name"],
            _time(event["from"]),
            _time(event["to"]),
            _time(event["by"]) if "by" in event else None,
            frozenset(_series(name) for name in event["series"]),
        )
        for event in held
    ]
    return [event for event in found if event.begins >= first and event.begins < last]


def pages(report: dict[str, Any]) -> list[Page]:
    """The report's, in order."""
    return [
        Page(
            _time(alert["opened_at"]),
            _time(alert["closed_at"]) if alert["closed_at"] else None,
            (alert["series"], *alert["also_in"]),
            alert["in_words"],
        )
        for alert in report["alerts"]
    ]


def of_event(page: Page, event: Event) -> bool:
    """Whether the page is the event's: opened while it went on, in one of its series."""
    return event.begins <= page.opened < event.ends and not event.series.isdisjoint(page.series)


def found(event: Event, all_pages: list[Page], all_events: list[Event]) -> tuple[Page | None, bool]:
    """The event's first page, and whether the desk had been called by the deadline.

    A page of an earlier event in one of the same series that is still open then has called it too.
    """
    first = next((page for page in all_pages if of_event(page, event)), None)
    if event.by is None:
        return first, first is not None
    if first is not None and first.opened <= event.by:
        return first, True
    for page in all_pages:
        still = page.opened <= event.by and (page.closed is None or page.closed >= event.begins)
        if still and not event.series.isdisjoint(page.series) and any(of_event(page, e) for e in all_events):
            return page, True
    return first, False


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.history REPORT.json")
    report = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    first, last = _time(report["from"]), _time(report["to"])
    known, every = events(first, last), pages(report)
    must = [event for event in known if event.by is not None]
    print("event | must be known by | page | series | in time")
    in_time = 0
    for event in known:
        page, well = found(event, every, known)
        in_time += well and event.by is not None
        when = f"{page.opened:%m-%d %H:%M} | {', '.join(page.series)}" if page else "- | -"
        print(f"{event.name} | {f'{event.by:%m-%d %H:%M}' if event.by else '-'} | {when} | {'yes' if well else 'NO'}")
    false = [page for page in every if not any(of_event(page, event) for event in known)]
    days = (last - first).total_seconds() / 86_400
    print(f"\n{in_time} of {len(must)} that had to be known in time; {len(every)} pages in {days:.0f} days")
    print(f"{len(false)} outside all events, {len(false) / days:.2f} a day:")
    for page in false:
        print(f"  {page.opened:%m-%d %H:%M}  {', '.join(page.series)}: {page.words}")


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _series(name: str) -> str:
    kind, _, label = name.partition(":")
    return topic_series(label) if kind == "topic" else name


if __name__ == "__main__":
    main()
