"""The report of a replay as one page that needs nothing else: no script, no font, no address. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from monitor.records import HOUR_MS
from monitor.replay.recorder import Timeline
from monitor.replay.timeline import Marks, draw

_STYLE = Path(__file__).with_name("report.css")
MOST_TIMELINES = 60
MOST_EVIDENCE = 12


def render(report: Mapping[str, Any], timelines: Mapping[str, Timeline], labels: Mapping[str, str]) -> str:
    """The page of a report (see `report.build_report`).

    Args:
        timelines: by series. labels: what people call a series, where that is not its name.
    """
    alerts = report["alerts"]
    title = "Replay of " + ", ".join(archive["name"] for archive in report["archives"])
    shown = _series_shown(report)
    body = [
        f"<h1>{escape(title)}</h1>",
        _summary(report),
        _against(report.get("against")),
        "<h2>Pages</h2>" if alerts else "<h2>No pages</h2>",
        *(_page(number, alert) for number, alert in enumerate(alerts, 1)),
        "<h2>Series</h2><p class='key'><i class='n'></i> bad stories in an hour <i class='usual'></i> usual "
        "<i class='band'></i> nine in ten <i class='open'></i> alert open <i class='near'></i> near-miss</p>",
        *(_series(report, name, timelines.get(name, Timeline()), labels) for name in shown[:MOST_TIMELINES]),
        f"<p>{len(shown) - MOST_TIMELINES} more series paged or came near.</p>" if len(shown) > MOST_TIMELINES else "",
        _blind(report.get("blind", [])),
        _near_misses(report),
        _health(report.get("health")),
        _facts(report),
    ]
    return page(title, body)


def page(title: str, body: Sequence[str]) -> str:
    """A whole page of these parts, which are HTML; the title is text."""
    style = _STYLE.read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )


def _summary(report: Mapping[str, Any]) -> str:
    """What a person wants to know first."""
    cells = [
        (report["pages_per_day"], "pages a day"),
        (report["settings"]["false_pages_per_day"], "false ones put up with"),
        (len(report["alerts"]), "pages"),
        (report["articles"], "articles"),
        (report["stories"], "stories"),
        (f"{report['from'] or '-'} to {report['to'] or '-'}", "replayed"),
    ]
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{_number(value)}</dd></div>" for value, name in cells) + "</dl>"


def _number(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def _page(number: int, alert: Mapping[str, Any]) -> str:
    told = alert["evidence"][:MOST_EVIDENCE]
    lines = "".join(f"<li>{escape(line['title'])} <small>{escape(line['publisher'])}</small></li>" for line in told)
    left_out = len(alert["evidence"]) - len(told)
    more = f"<li><small>and {left_out} more</small></li>" if left_out else ""
    if alert["by"] == "cusum":
        why = f"sum {alert['cusum']:.1f}, pages from {alert['cusum_threshold']:.1f}"
    else:
        why = f"surprise {alert['surprise']:.1f}, pages from {alert['threshold']:.1f}"
    also = f" &middot; also in {escape(', '.join(alert['also_in']))}" if alert["also_in"] else ""
    gates = "".join(f"<li>{escape(gate['name'])}: {escape(gate['detail'])}</li>" for gate in alert["gates"])
    return (
        f"<details class='page {escape(alert['severity'])}' id='page-{number}'><summary>"
        f"<time>{_when(alert['opened_at'])}</time> <b>{escape(alert['label'])}</b> {escape(alert['in_words'])} "
        f"<em>{escape(alert['severity'])}</em></summary>"
        f"<p>{why} &middot; {alert['publishers']} independent publishers &middot; robust: {escape(alert['robust'])}"
        f" &middot; closed {_when(alert['closed_at']) if alert['closed_at'] else 'never'}{also}</p>"
        f"<ul>{lines}{more}</ul><ul class='gates'>{gates}</ul><code>{escape(alert['id'])}</code></details>"
    )


def _series_shown(report: Mapping[str, Any]) -> list[str]:
    """Those that paged, then those that came near, most of it first."""
    times: dict[str, tuple[int, float]] = {}
    for alert in report["alerts"]:
        for name in (alert["series"], *alert["also_in"]):
            pages, near = times.get(name, (0, 0.0))
            times[name] = (pages + 1, near)
    for miss in report["near_misses"]:
        pages, near = times.get(miss["series"], (0, 0.0))
        times[miss["series"]] = (pages, near + 1)
    return sorted(times, key=lambda name: (-times[name][0], -times[name][1], name))


def _series(report: Mapping[str, Any], name: str, timeline: Timeline, labels: Mapping[str, str]) -> str:
    if not report["from"]:
        return ""
    first, last = _hour(report["from"]), _hour(report["to"])
    spikes = [
        (_hour(a["opened_at"]), _hour(a["closed_at"]) if a["closed_at"] else float(last))
        for a in report["alerts"]
        if name == a["series"] or name in a["also_in"]
    ]
    near = [_hour(miss["at"]) for miss in report["near_misses"] if miss["series"] == name]
    days = _days(int(first), int(last))
    drawing = draw(timeline, int(first), int(last), Marks(spikes, near), days)
    counted = f"{len(spikes)} {'page' if len(spikes) == 1 else 'pages'}, {sum(timeline.n.values())} bad stories"
    return f"<figure><figcaption><b>{escape(labels.get(name, name))}</b> {counted}</figcaption>{drawing}</figure>"


def _days(first: int, last: int) -> Sequence[tuple[int, str]]:
    """About ten midnights with their dates."""
    days = [hour for hour in range(first, last + 1) if hour % 24 == 0]
    step = max(1, len(days) // 10)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [(hour, f"{epoch + timedelta(hours=hour):%d %b}") for hour in days[::step]]


def _near_misses(report: Mapping[str, Any]) -> str:
    if not report["near_misses"]:
        return ""
    rows = "".join(
        f"<tr><td>{_when(miss['at'])}</td><td>{escape(miss['series'])}</td>"
        f"<td>{miss['n']} in {miss['window_hours']} h</td>"
        f"<td>{miss['expected']:.2f}</td><td>{miss['surprise']:.1f} of {miss['threshold']:.1f}</td>"
        f"<td>{escape(miss['kept_silent_by'])}</td></tr>"
        for miss in report["near_misses"]
    )
    head = "<tr><th>when</th><th>series</th><th>bad</th><th>usual</th><th>surprise</th><th>silent by</th></tr>"
    return f"<h2>Near-misses</h2><div class='wide'><table>{head}{rows}</table></div>"


def _health(health: Mapping[str, Any] | None) -> str:
    """How often windows surprised beside how often they should."""
    if health is None:
        return ""
    rows = "".join(
        f"<tr><td>{row['window_hours']} h</td><td>{row['least_surprise']}</td><td>{row['promised']:.1%}</td>"
        f"<td>{'-' if row['share'] is None else format(row['share'], '.2%')}</td>"
        f"<td>{row['low']:.2%} to {row['high']:.2%}</td><td>{row['over']:,} of {row['judged']:,}</td></tr>"
        for row in health["shares"]
    )
    told = "".join(
        f"<p>Budget unreliable from {escape(row['from'])} to {escape(row['to'])}: {row['window_hours']} h windows, "
        f"surprise {row['least_surprise']}, {escape(row['side'])}.</p>"
        for row in health["budget_unreliable"]
    )
    head = "<tr><th>window</th><th>surprise</th><th>promised</th><th>came</th><th>95 %</th><th>windows</th></tr>"
    return f"<h2>How often windows surprised</h2>{told}<div class='wide'><table>{head}{rows}</table></div>"


def _blind(silences: Sequence[Mapping[str, Any]]) -> str:
    if not silences:
        return ""
    rows = "".join(
        f"<tr><td>{_when(held['from'])}</td><td>{_when(held['to']) if held['to'] else 'the end'}</td>"
        f"<td>{escape(held['label'])}</td><td>{held['n']} in {held['window_hours']} h</td>"
        f"<td>{held['usual']:.0f}</td></tr>"
        for held in silences
    )
    head = "<tr><th>from</th><th>to</th><th>silent</th><th>came</th><th>usual</th></tr>"
    return f"<h2>Blind</h2><div class='wide'><table>{head}{rows}</table></div>"


def _against(against: Mapping[str, Any] | None) -> str:
    if against is None:
        return ""
    lists = []
    for name in ("gained", "lost"):
        lines = "".join(
            f"<li><time>{_when(page['opened_at'])}</time> {escape(page['label'])}: {escape(page['in_words'])}</li>"
            for page in against[name]
        )
        lists.append(f"<h3>{name.capitalize()} by the other: {len(against[name])}</h3><ul>{lines}</ul>")
    other = escape(against["configuration"])
    return f"<h2>Against {other}</h2><p>{against['kept']} pages are in both.</p>{''.join(lists)}"


def _facts(report: Mapping[str, Any]) -> str:
    facts = {
        **{f"archive {a['name']}": f"sha256 {a['sha256']}" for a in report["archives"]},
        "model": report["model"],
        "watchlist": report["watchlist"],
        **report["settings"],
        "unscored": report["unscored"],
        **{f"refused: {reason}": n for reason, n in report["refused"].items()},
    }
    rows = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in facts.items())
    return f"<h2>What was replayed</h2><div class='wide'><table>{rows}</table></div>"


def _when(text: str) -> str:
    return escape(f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}")


def _hour(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1_000 / HOUR_MS
