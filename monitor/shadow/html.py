"""The report on a candidate as one page that needs nothing else: no script, no font, no address. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from monitor.replay.html import page as whole_page


def render(report: Mapping[str, Any]) -> str:
    """The page of a report (see `report.build_report`)."""
    pages = report["pages"]
    title = f"Candidate {report['candidate']['given']}"
    return whole_page(
        title,
        [
            f"<h1>{escape(title)}</h1>",
            _summary(report),
            *(f"<p>{escape(line)}</p>" for line in report["verdict"]),
            f"<h2>Pages, {escape(pages['from'])} to {escape(pages['to'])}</h2>",
            _rates(pages["rates"]),
            _both(pages["both"]),
            _alone("Only the live watch", pages["only_live"]),
            _alone("Only the candidate", pages["only_candidate"]),
            _headlines(report["headlines"]),
            _surprises(report["surprises"]),
            _facts(report),
        ],
    )


def _summary(report: Mapping[str, Any]) -> str:
    pages, heads = report["pages"], report["headlines"]
    cells = {
        "days compared": f"{pages['days']:.1f}",
        "pages of both": len(pages["both"]),
        "only live": len(pages["only_live"]),
        "only candidate": len(pages["only_candidate"]),
        "headlines": f"{heads['articles']:,}",
        "agreement": "-" if heads["agreement"] is None else f"{heads['agreement']:.2%}",
    }
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in cells.items()) + "</dl>"


def _rates(rates: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (
            name,
            rate["pages"],
            "-" if rate["per_day"] is None else f"{rate['per_day']:.2f}",
            "-" if rate["high"] is None else f"{rate['low']:.2f} to {rate['high']:.2f}",
            rate["false_pages_per_day"],
            f"{rate['known_real']} real, {rate['known_false']} false",
            rate["budget"],
        )
        for name, rate in rates.items()
    ]
    return _table(("watch", "pages", "a day", "95 %", "false ones put up with", "known", "budget"), rows)


def _both(pairs: Sequence[Mapping[str, Any]]) -> str:
    lines = "".join(_page(pair["live"], f"candidate {pair['later_s'] / 60:+.0f} min, {pair['mark']}") for pair in pairs)
    return f"<h3>Both: {len(pairs)}</h3>{lines}"


def _alone(whose: str, pages: Sequence[Mapping[str, Any]]) -> str:
    return f"<h3>{whose}: {len(pages)}</h3>{''.join(_page(page, page['mark']) for page in pages)}"


def _page(page: Mapping[str, Any], note: str) -> str:
    told = "".join(
        f"<li>{escape(line['title'])} <small>{escape(line['publisher'])}</small></li>" for line in page["headlines"]
    )
    return (
        f"<details class='page {escape(page['severity'])}'><summary><time>{escape(page['opened_at'])}</time> "
        f"<b>{escape(page['label'])}</b> {escape(page['in_words'])} <em>{escape(page['severity'])}; {escape(note)}</em>"
        f"</summary><ul>{told}</ul><code>{escape(page['id'])}</code></details>"
    )


def _headlines(found: Mapping[str, Any]) -> str:
    topics = _table(
        ("topic", "articles", "both", "only live", "only candidate", "neither", "agreement", "mean change"),
        [
            (
                *(row[name] for name in ("topic", "articles", "both", "only_live", "only_candidate", "neither")),
                f"{row['agreement']:.2%}",
                f"{row['mean_change']:.3f}",
            )
            for row in found["topics"]
        ],
    )
    largest = _table(
        ("P(negative) live", "candidate", "headline", "publisher"),
        [(f"{x['live']:.3f}", f"{x['candidate']:.3f}", x["title"], x["publisher"]) for x in found["largest"]],
    )
    return f"<h2>Headlines called negative</h2>{topics}<h3>Largest differences</h3>{largest}"


def _surprises(of: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    rows = [
        (name, f"{row['window_hours']} h", row["least_surprise"], f"{row['promised']:.1%}", f"{row['share']:.2%}")
        for name, shares in of.items()
        for row in shares
        if row["share"] is not None
    ]
    head = ("watch", "window", "surprise", "promised", "came")
    return f"<h2>How often windows surprised in 28 days</h2>{_table(head, rows)}" if rows else ""


def _facts(report: Mapping[str, Any]) -> str:
    facts = [(f"{who} {name}", value) for who in ("live", "candidate", "read") for name, value in report[who].items()]
    return f"<h2>What was compared</h2>{_table((), facts)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    top = "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>" if head else ""
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='wide'><table>{top}{body}</table></div>"
