"""The events that the detector is examined by: every series is one that it has, every time lies in its months."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import yaml

from monitor.inference.manifest import find_model
from monitor.inference.model import OnnxModel
from tests.shipped import watchlist as shipped

EVENTS = yaml.safe_load((Path(__file__).parents[2] / "benchmarks/events.yaml").read_text("utf-8"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_every_series_of_an_event_is_one_that_the_shipped_model_and_watchlist_have() -> None:
    watchlist = shipped()
    known = {"market", *(f"topic:{name}" for name in OnnxModel.load(find_model("default")).topics)}
    known |= {f"sector:{slug}" for slug in watchlist.sectors} | {f"entity:{e}" for e in watchlist.entities}
    assert {series for event in EVENTS["events"] for series in event["series"]} <= known


def test_every_event_begins_before_it_must_be_found_and_ends_after() -> None:
    names = [event["name"] for event in EVENTS["events"]]
    assert len(names) == len(set(names))
    for event in EVENTS["events"]:
        begin, end = at(event["from"]), at(event["to"])
        assert begin < at(event.get("by", event["to"])) <= end, event["name"]
        first, last = (str(day) for day in EVENTS["months"][begin.year])
        assert first <= event["from"][:10] < last and event["to"][:10] <= last, event["name"]
        assert event["source"]
