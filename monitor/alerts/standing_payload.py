"""A spike as Alertmanager's API v2 wants it (`postableAlert` of POST /api/v2/alerts). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.aggregation.series import series_class
from monitor.alerts.evidence import iso_time
from monitor.records import MINUTE_MS, Alert

ALERTNAME = "BearwatchSpike"
# Alertmanager takes a firing alert for resolved once its endsAt has passed. Twenty times the pause between two sends: a
# slow restart of ours must not resolve what goes on.
FIRING_MS = 5 * MINUTE_MS

# What of a headline makes it weigh less.
_MARKS = {"stale": "old news", "denial": "a denial"}
_TITLE_CHARS = 300  # feeds hold titles of any length; a page is read on a phone


@dataclass(frozen=True, slots=True)
class Style:
    """What the operator adds. labels: to the identity of every alert. Addresses: "" where there are none.

    Attributes:
        page: where people reach our page. runbook: what to read first.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    runbook: str = ""


def postable(told: Iterable[Alert], now: int, style: Style) -> list[dict[str, Any]]:
    """What Alertmanager is to know of one spike now: the alert that it opened as, and the one that it became.

    Labels are an alert's identity: they are those of the opening and hold no values. A spike that becomes critical is
    a second alert, from then on; the first one goes on beside it, so that nobody takes it for resolved. Annotations are
    those of the last transition.

    Args:
        told: the spike's transitions, in any order; at least one. now: ms, by the clock that Alertmanager lives by.

    >>> opening = Alert("market@1#ab", "firing", 60_000, "warning", {"series": "market"})
    >>> [alert] = postable([opening], 120_000, Style())
    >>> alert["startsAt"], alert["endsAt"], alert["labels"]["severity"]
    ('1970-01-01T00:01:00Z', '1970-01-01T00:07:00Z', 'warning')
    """
    steps = in_order(told)
    first, last = steps[0], steps[-1]
    opened_at = str(first.body.get("opened_at") or iso_time(first.at))
    begun = [(first.severity, opened_at)]
    risen = next((step for step in steps[1:] if step.severity == "critical" and step.status != "resolved"), None)
    if first.severity != "critical" and risen is not None:
        begun.append((risen.severity, iso_time(risen.at)))
    # A clock that was set back has closed it in its own future: closed all the same.
    end = iso_time(min(last.at, now) if last.status == "resolved" else now + FIRING_MS)
    body = {**last.body, "id": last.id}
    shared = {
        "annotations": annotations_of(body, style),
        **({"generatorURL": style.page} if style.page else {}),
    }
    return [
        # RFC 3339 in UTC to the second sorts as text. Alertmanager refuses an alert that ends before it starts.
        {
            "labels": labels_of(body, severity, style),
            "startsAt": start,
            "endsAt": max(start, end),
            **shared,
        }
        for severity, start in begun
    ]


def in_order(told: Iterable[Alert]) -> list[Alert]:
    """A spike's transitions from its opening on."""
    return sorted(told, key=_place)


def _place(alert: Alert) -> tuple[int, int, int]:
    kind, _, number = alert.status.partition("-")
    # What we do not know lies between opening and end: a queue must not stop over it.
    return {"firing": 0, "resolved": 2}.get(kind, 1), alert.at, int(number) if number.isdecimal() else 0


def labels_of(body: Mapping[str, Any], severity: str, style: Style) -> dict[str, str]:
    """What identifies an alert; the body has at least its `id`."""
    spike = str(body["id"])
    series = str(body.get("series") or spike.partition("@")[0])
    return {
        **style.labels,
        "alertname": ALERTNAME,
        "spike": spike,
        "series": series,
        "series_class": series_class(series),
        "severity": severity,
    }


def annotations_of(body: Mapping[str, Any], style: Style) -> dict[str, str]:
    """What a person reads: may change with every transition."""
    words = str(body.get("in_words", ""))
    name = str(body.get("label") or body.get("series", ""))
    shown = {
        "summary": _line(f"{name}: {words}"),
        "description": "\n".join(_description(body, words)),
        "runbook": f"bearwatch explain '{body['id']}' gives every number behind this again, from the store.",
    }
    if style.runbook:
        shown["runbook_url"] = style.runbook
    return shown


def _description(body: Mapping[str, Any], words: str) -> list[str]:
    lines = [_line(f"{words}.")]
    lines += [line for line in (_band(body), _surprise(body), _peak(body), _closing(body)) if line]
    lines += [_line(f"Not heard: {what}.") for what in body.get("blind") or ()]
    headlines: Sequence[Mapping[str, Any]] = body.get("headlines") or ()
    return [*lines, *(_headline(headline) for headline in headlines)]


def _band(body: Mapping[str, Any]) -> str:
    band = body.get("band")
    return f"95 % of the time it is {band[0]} to {band[1]}." if isinstance(band, list) and len(band) == 2 else ""


def _surprise(body: Mapping[str, Any]) -> str:
    if body.get("by") == "cusum":
        return _against("Slow rise: cumulative sum", body.get("cusum"), body.get("cusum_threshold"))
    return _against("Surprise", body.get("surprise"), body.get("threshold"))


def _against(what: str, value: Any, threshold: Any) -> str:
    if not isinstance(threshold, int | float):
        return ""
    shown = f"{value:.1f}" if isinstance(value, int | float) else "beyond measure"  # JSON has no infinity
    return f"{what} {shown}, pages from {threshold:.1f}."


def _peak(body: Mapping[str, Any]) -> str:
    n, peak = body.get("n"), body.get("peak_n")
    grown = isinstance(n, int) and isinstance(peak, int) and peak > n
    return f"It has grown to {peak} bad stories." if grown else ""


def _closing(body: Mapping[str, Any]) -> str:
    opened, closed = body.get("opened_at"), body.get("closed_at")
    return f"Open from {opened} to {closed}." if closed else f"Open since {opened}." if opened else ""


def _headline(headline: Mapping[str, Any]) -> str:
    title, publisher, url = (_line(str(headline.get(name) or "")) for name in ("title", "publisher", "url"))
    told = f"- {title}" + (f" ({publisher})" if publisher else "")
    told += "".join(f" [{words}]" for name, words in _MARKS.items() if headline.get(name))
    # Titles and addresses come from anybody: only what a reader may follow stands as a link.
    return f"{told} {url}" if url.startswith(("https://", "http://")) else told


def _line(text: str) -> str:
    """One line, without control characters: what a headline holds must not look like a line of ours."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= _TITLE_CHARS else flat[: _TITLE_CHARS - 3] + "..."
