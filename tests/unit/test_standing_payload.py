"""What Alertmanager is told of a spike: the same alert from its opening to its end, or people are paged twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from monitor.alerts.standing_payload import Style, postable
from monitor.config.alertmanagers import RESERVED_LABELS
from monitor.records import MINUTE_MS, Alert

NOON = 1_700_049_600_000  # 2023-11-15T12:00:00Z
SPIKE = "entity:us.aapl@28334160#0a1b2c3d"
STYLE = Style({"site": "london"}, "https://bearwatch.example", "https://wiki.example/spikes")


def told(status: str, minute: int, severity: str = "warning", **more: Any) -> Alert:
    body = {
        "id": SPIKE,
        "status": status,
        "series": "entity:us.aapl",
        "label": "Apple",
        "by": "surprise",
        "in_words": "9 bad stories in 1 h, usually 1 in 6 h",
        "n": 9,
        "peak_n": 9,
        "surprise": 7.25,
        "threshold": 4.0,
        "opened_at": "2023-11-15T12:00:00Z",
        "closed_at": None,
        "headlines": [],
        **more,
    }
    return Alert(SPIKE, status, NOON + minute * MINUTE_MS, severity, body)


RISING = [
    told("firing", 0),
    told("update-1", 3),
    told("update-2", 7, "critical", peak_n=20),
    told("update-3", 9, "critical", peak_n=40),
    told("resolved", 90, "critical", peak_n=40, closed_at="2023-11-15T13:30:00Z"),
]


def at(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_an_open_spike_fires_until_five_minutes_from_now_since_its_opening() -> None:
    now = NOON + 50 * MINUTE_MS
    [alert] = postable(RISING[:1], now, STYLE)
    assert at(alert["startsAt"]) == datetime(2023, 11, 15, 12, tzinfo=UTC)
    assert at(alert["endsAt"]) - datetime.fromtimestamp(now / 1_000, UTC) == timedelta(minutes=5)
    assert alert["generatorURL"] == "https://bearwatch.example"
    assert alert["labels"] == {
        "alertname": "BearwatchSpike",
        "spike": SPIKE,
        "series": "entity:us.aapl",
        "series_class": "entity",
        "severity": "warning",
        "site": "london",
    }
    assert set(alert["labels"]) - {"site"} == RESERVED_LABELS  # what the configuration keeps for us is what we use


def test_labels_and_beginning_never_change_whatever_comes_after() -> None:
    """Alertmanager would take a changed label for another alert, and page for it."""
    seen: dict[str, set[str]] = {}
    for length in range(1, len(RISING) + 1):
        for alert in postable(RISING[:length], NOON + length * MINUTE_MS, STYLE):
            identity = json.dumps([alert["labels"], alert["startsAt"]])
            seen.setdefault(alert["labels"]["severity"], set()).add(identity)
    assert {severity: len(identities) for severity, identities in seen.items()} == {"warning": 1, "critical": 1}


def test_a_spike_that_becomes_critical_is_a_second_alert_from_then_on_and_the_first_goes_on() -> None:
    first, second = postable(RISING[:4], NOON + 20 * MINUTE_MS, STYLE)
    assert (first["labels"]["severity"], first["startsAt"]) == ("warning", "2023-11-15T12:00:00Z")
    assert (second["labels"]["severity"], second["startsAt"]) == ("critical", "2023-11-15T12:07:00Z")
    assert first["endsAt"] == second["endsAt"] == "2023-11-15T12:25:00Z"
    assert "grown to 40" in second["annotations"]["description"]


def test_both_end_when_the_spike_closes() -> None:
    alerts = postable(RISING, NOON + 95 * MINUTE_MS, STYLE)
    assert [alert["endsAt"] for alert in alerts] == ["2023-11-15T13:30:00Z"] * 2


def test_one_that_opened_critical_is_one_alert() -> None:
    steps = [told("firing", 0, "critical"), told("update-1", 5, "critical"), told("resolved", 60, "critical")]
    for length in (1, 2, 3):
        [alert] = postable(steps[:length], NOON + 61 * MINUTE_MS, STYLE)
        assert alert["labels"]["severity"] == "critical"


def test_the_order_of_rows_says_nothing() -> None:
    now = NOON + 10 * MINUTE_MS
    wanted = postable(RISING, now, STYLE)
    assert all(postable(list(rows), now, STYLE) == wanted for rows in permutations(RISING))
    ten = [told("firing", 0), *(told(f"update-{n}", 1, n=n) for n in range(1, 12))]
    assert postable(ten[::-1], now, STYLE) == postable(ten, now, STYLE)


def test_an_end_lies_neither_before_the_beginning_nor_in_our_future() -> None:
    """Alertmanager refuses the one, and takes the other for still firing."""
    set_back = NOON - 60 * MINUTE_MS
    for alert in postable(RISING, set_back, STYLE):
        assert at(alert["endsAt"]) == at(alert["startsAt"])
    [alert] = postable([told("firing", 0), told("resolved", 90)], NOON + 30 * MINUTE_MS, STYLE)
    assert at(alert["endsAt"]) == datetime(2023, 11, 15, 12, 30, tzinfo=UTC)


HOSTILE = "Bank\r\n- Forged line\u2028<script>alert(1)</script>\x00\x1b[31m " + "x" * 5_000


def test_a_headline_stays_one_short_line_and_only_web_addresses_are_links() -> None:
    headlines = [
        {"title": HOSTILE, "publisher": "a.example\n", "url": "javascript:alert(1)"},
        {"title": "Plain", "publisher": "b.example", "url": "https://b.example/1", "stale": True, "denial": True},
    ]
    [alert] = postable([told("firing", 0, headlines=headlines, blind=["wire silent\nfor 3 h"])], NOON, STYLE)
    lines = alert["annotations"]["description"].split("\n")
    assert lines[-1] == "- Plain (b.example) [old news] [a denial] https://b.example/1"
    assert lines[-2].startswith("- Bank - Forged line") and "javascript" not in lines[-2] and len(lines[-2]) < 400
    assert "Not heard: wire silent for 3 h." in lines
    assert not [c for c in "".join(lines) if not c.isprintable()]


def test_annotations_name_what_a_person_needs() -> None:
    [alert] = postable([told("firing", 0)], NOON, STYLE)
    annotations = alert["annotations"]
    assert annotations["summary"] == "Apple: 9 bad stories in 1 h, usually 1 in 6 h"
    assert "Surprise 7.2, pages from 4.0." in annotations["description"]
    assert annotations["runbook_url"] == "https://wiki.example/spikes"
    assert f"bearwatch explain '{SPIKE}'" in annotations["runbook"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"band": [0, 3]}, "95 % of the time it is 0 to 3."),
        ({"surprise": None}, "Surprise beyond measure, pages from 4.0."),
        ({"by": "cusum", "cusum": 9.0, "cusum_threshold": 6.5}, "Slow rise: cumulative sum 9.0, pages from 6.5."),
    ],
)
def test_the_evidence_is_told_in_words(more: dict[str, Any], words: str) -> None:
    [alert] = postable([told("firing", 0, **more)], NOON, STYLE)
    assert words in alert["annotations"]["description"].split("\n")


def test_a_transition_of_an_unknown_kind_lies_between_opening_and_end() -> None:
    now = NOON + 95 * MINUTE_MS
    assert postable([RISING[-1], told("muted", 50, "critical"), *RISING[:-1]], now, STYLE) == postable(
        RISING, now, STYLE
    )


def test_a_body_with_nothing_in_it_still_pages() -> None:
    [alert] = postable([Alert(SPIKE, "firing", NOON, "warning", {})], NOON, Style())
    assert alert["labels"]["series"] == "entity:us.aapl"
    assert alert["startsAt"] == "2023-11-15T12:00:00Z"
    assert "generatorURL" not in alert
