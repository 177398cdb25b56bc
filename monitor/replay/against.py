"""What two configurations page of the same news: which pages the other one gains and loses. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Page = Mapping[str, Any]


def compare(mine: Mapping[str, Any], other: Mapping[str, Any], configuration: str) -> dict[str, Any]:
    """What `other` pages and `mine` does not, and the reverse: of two replays of one archive."""
    both, lost, gained = matched(mine["alerts"], other["alerts"])
    return {"configuration": configuration, "kept": len(both), "gained": _brief(gained), "lost": _brief(lost)}


def matched(
    mine: Sequence[Page], other: Sequence[Page]
) -> tuple[list[tuple[Page, Page]], Sequence[Page], Sequence[Page]]:
    """Pages that both have, as pairs; those that only `mine` has; those that only `other` has; each in its order.

    Two pages are one where they share a story, or were open at one time in one series: thresholds move a page by
    minutes, and another series may head it.
    """
    both: list[tuple[Page, Page]] = []
    taken: set[int] = set()
    alone = []
    for page in mine:
        found = next((i for i, its in enumerate(other) if i not in taken and _same(page, its)), None)
        if found is None:
            alone.append(page)
        else:
            both.append((page, other[found]))
            taken.add(found)
    return both, alone, [page for i, page in enumerate(other) if i not in taken]


def _same(a: Page, b: Page) -> bool:
    if not {e["id"] for e in a["evidence"]}.isdisjoint(e["id"] for e in b["evidence"]):
        return True
    series = {a["series"], *a["also_in"]} & {b["series"], *b["also_in"]}
    return bool(series) and _began(a) < _ended(b) and _began(b) < _ended(a)


def _began(page: Page) -> str:
    return str(page["opened_at"])


def _ended(page: Page) -> str:
    return str(page["closed_at"] or "9999")


def _brief(pages: Sequence[Page]) -> list[dict[str, Any]]:
    names = ("id", "series", "label", "opened_at", "severity", "in_words", "surprise", "threshold", "by")
    return [{name: page[name] for name in names} for page in pages]
