"""A replay's page and the comparison of two: what is drawn, what is escaped, what is gained and lost."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from monitor.replay.against import compare
from monitor.replay.html import render
from monitor.replay.recorder import Timeline
from monitor.replay.timeline import HEIGHT, Marks, draw
from tests.fakes_hostile import MARKUP


def alert(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"entity:a@{number}#ab",
        "series": "entity:a",
        "label": "Acme",
        "opened_at": f"2023-01-0{number}T10:00:00Z",
        "closed_at": f"2023-01-0{number}T15:00:00Z",
        "severity": "warning",
        "by": "surprise",
        "in_words": "3 bad stories in 1 h, usually 1 in 2 days",
        "surprise": 5.0,
        "threshold": 4.0,
        "cusum": 1.0,
        "cusum_threshold": 8.0,
        "robust": "yes",
        "publishers": 3,
        "also_in": [],
        "gates": [{"name": "stories", "passed": True, "detail": "3 of 3"}],
        "evidence": [{"id": f"s{number}{i}", "title": f"Acme fails {i}", "publisher": "a.example"} for i in range(3)],
        **more,
    }


def report(*alerts: dict[str, Any]) -> dict[str, Any]:
    miss = {"series": "entity:b", "at": "2023-01-05T08:00:00Z", "window_hours": 6, "n": 2, "expected": 0.1}
    return {
        "archives": [{"name": "news.jsonl", "sha256": "ab"}],
        "from": "2023-01-01T00:00:00Z",
        "to": "2023-01-11T00:00:00Z",
        "model": "m",
        "watchlist": "w",
        "settings": {"tau": 0.5, "false_pages_per_day": 1.0},
        "articles": 1_234,
        "stories": 900,
        "unscored": 0,
        "refused": {"no_title": 2},
        "pages_per_day": 0.3,
        "alerts": list(alerts),
        "near_misses": [{**miss, "surprise": 3.2, "threshold": 4.0, "kept_silent_by": "publishers"}],
    }


HOUR = 464_592  # 2023-01-01T00:00:00Z


def test_the_page_shows_every_page_its_evidence_and_each_series_that_paged_or_came_near() -> None:
    given = report(alert(2), alert(4)), {"entity:a": Timeline({HOUR + 34: 3}, {HOUR: (0.1, 0.5)})}, {"entity:b": "B"}
    page = render(*given)
    assert page.count("<details") == 2 and page.count("<svg") == 2
    assert "Acme fails 2" in page and "surprise 5.0, pages from 4.0" in page
    assert "<b>B</b> 0 pages" in page and "1,234" in page and "refused: no_title" in page
    assert page == render(*given)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.mark.parametrize("hostile", MARKUP[:20])
def test_what_the_news_says_is_text_and_the_page_loads_nothing(hostile: str) -> None:
    evidence = [{"id": "s", "title": hostile, "publisher": hostile}]
    held = alert(2, evidence=evidence, label=hostile, in_words=hostile, id=hostile, severity=hostile)
    tags = _Tags()
    tags.feed(render(report(held), {}, {"entity:b": hostile}))
    assert tags.seen.isdisjoint({"script", "img", "iframe", "a", "link", "object", "embed"})
    assert not [name for name in tags.attributes if name.startswith("on") or name in {"href", "src"}]


def test_a_drawing_has_a_bar_for_each_hour_with_bad_stories_as_high_as_they_are_many() -> None:
    svg = draw(Timeline({10: 1, 12: 4}, {10: (0.2, 0.5)}), 10, 19, Marks([(12.0, 15.0)], [11.0]), [(10, "01 Jan")])
    heights = [float(h) for h in re.findall(r'class="n"[^>]* height="([\d.]+)"', svg)]
    assert len(heights) == 2 and heights[1] == pytest.approx(4 * heights[0], rel=0.01)
    assert max(heights) < HEIGHT and svg.count('class="open"') == 1 and svg.count('class="near"') == 1


def test_a_long_replay_shares_bars_and_loses_no_story() -> None:
    series = Timeline(dict.fromkeys(range(0, 2_400, 7), 1))
    svg = draw(series, 0, 2_399, Marks([], []), [])
    assert 300 < svg.count('class="n"') <= 343


def test_pages_that_share_a_story_or_a_series_and_time_are_one() -> None:
    moved = alert(2, opened_at="2023-01-02T14:59:00Z", closed_at="2023-01-02T18:00:00Z", evidence=[])
    headed = alert(3, series="sector:x", evidence=alert(3)["evidence"][:1])
    found = compare(report(alert(2), alert(3), alert(5)), report(moved, headed, alert(7)), "other.yaml")
    assert found["kept"] == 2
    assert [page["id"] for page in found["lost"]] == ["entity:a@5#ab"]
    assert [page["id"] for page in found["gained"]] == ["entity:a@7#ab"]
    page = render({**report(alert(2)), "against": found}, {}, {})
    assert "Against other.yaml" in page and "Gained by the other: 1" in page
