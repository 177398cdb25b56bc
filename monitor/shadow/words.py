"""The report on a candidate for a terminal: the verdict, pages and headlines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_PAGES = 20
MOST_TOPICS = 12
MOST_HEADLINES = 10
_CHARS = 84  # of a headline: a line stays a line


def in_words(report: Mapping[str, Any]) -> str:
    """Lines of text."""
    return "\n".join(line.rstrip() for line in _lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    candidate, live, read = report["candidate"], report["live"], report["read"]
    yield f"candidate   {candidate['given']} (model {candidate['model']}, watchlist {candidate['watchlist']})"
    yield f"beside      {live['store']} (model {live['model']}, watchlist {live['watchlist']})"
    yield f"read        {read['from']} to {read['to']}, {read['behind_s']} s behind"
    yield ""
    yield from report["verdict"]
    pages = report["pages"]
    yield ""
    yield f"Pages, {pages['from']} to {pages['to']} ({pages['days']:.1f} days)"
    yield f"  both            {len(pages['both']):5}   {_said(pages['answers']['both'])}"
    yield f"  only live       {len(pages['only_live']):5}   {_said(pages['answers']['only_live'])}"
    yield f"  only candidate  {len(pages['only_candidate']):5}"
    yield from _both(pages["both"])
    yield from _alone("only live", pages["only_live"])
    yield from _alone("only candidate", pages["only_candidate"])
    yield ""
    yield from _headlines(report["headlines"])


def _both(pairs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for pair in pairs[:MOST_PAGES]:
        seconds = pair["later_s"]
        when = (
            "at the same time" if not seconds else f"{abs(seconds) // 60} min {'later' if seconds > 0 else 'earlier'}"
        )
        yield f"  = {_page(pair['live'])}; candidate {when}: {pair['candidate']['in_words']}"
    if len(pairs) > MOST_PAGES:
        yield f"  = and {len(pairs) - MOST_PAGES} more"


def _alone(whose: str, pages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for page in pages[:MOST_PAGES]:
        yield f"  {'-' if whose == 'only live' else '+'} {_page(page)} ({whose})"
        for told in page["headlines"][:2]:
            yield f"      {_short(told['title'])}"
    if len(pages) > MOST_PAGES:
        yield f"  and {len(pages) - MOST_PAGES} more ({whose})"


def _page(page: Mapping[str, Any]) -> str:
    return f"{page['opened_at']} {page['label']}: {page['in_words']}, {page['severity']}"


def _headlines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"Headlines that both scored: {found['articles']:,}"
    if not found["articles"]:
        return
    kappa = "" if found["kappa"] is None else f", kappa {found['kappa']:.3f}"
    yield (
        f"  negative by both {found['both']:,}, only live {found['only_live']:,}, only candidate "
        f"{found['only_candidate']:,}, neither {found['neither']:,}: agreement {found['agreement']:.2%}{kappa}"
    )
    yield f"  another likeliest topic {found['other_topic']:,}"
    yield f"  {'topic':44} articles  both  live  cand  |change|"
    for row in found["topics"][:MOST_TOPICS]:
        yield (
            f"  {row['topic'][:44]:44} {row['articles']:8,} {row['both']:5,} {row['only_live']:5,} "
            f"{row['only_candidate']:5,} {row['mean_change']:8.3f}"
        )
    if found["largest"]:
        yield "  largest differences, P(negative) live -> candidate"
    for one in found["largest"][:MOST_HEADLINES]:
        yield f"    {one['live']:.2f} -> {one['candidate']:.2f}  {_short(one['title'])}"


def _said(marks: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {mark}" for mark, count in marks.items() if count)


def _short(text: str) -> str:
    """A stranger's text, in one line and without control characters."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= _CHARS else plain[: _CHARS - 1] + "…"
