"""Two replays of one archive: which pages the other configuration gains and loses. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def compare(mine: Mapping[str, Any], other: Mapping[str, Any], configuration: str) -> dict[str, Any]:
    """What `other` pages and `mine` does not, and the reverse.

    Two pages are one where they share a story, or were open at one time in one series: thresholds move a page by
    minutes, and another series may head it.
    """
    kept = 0
    matched: set[int] = set()
    lost = []
    for page in mine["alerts"]:
        found = next((i for i, its in enumerate(other["alerts"]) if i not in matched and _same(page, its)), None)
        if found is None:
            lost.append(page)
        else:
            kept += 1
            matched.add(found)
    gained = [page for i, page in enumerate(other["alerts"]) if i not in matched]
    return {"configuration": configuration, "kept": kept, "gained": _brief(gained), "lost": _brief(lost)}


def _same(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    if not {e["id"] for e in a["evidence"]}.isdisjoint(e["id"] for e in b["evidence"]):
        return True
    series = {a["series"], *a["also_in"]} & {b["series"], *b["also_in"]}
    return bool(series) and _began(a) < _ended(b) and _began(b) < _ended(a)


def _began(page: Mapping[str, Any]) -> str:
    return str(page["opened_at"])


def _ended(page: Mapping[str, Any]) -> str:
    return str(page["closed_at"] or "9999")


def _brief(pages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = ("id", "series", "label", "opened_at", "severity", "in_words", "surprise", "threshold", "by")
    return [{name: page[name] for name in names} for page in pages]
