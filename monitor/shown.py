"""Records of the store and the sources as the board shows them."""

from __future__ import annotations

from collections.abc import Callable

from monitor.detection.spikes import NearMiss
from monitor.records import MILLION
from monitor.sources.protocol import SourceHealth
from monitor.storage.views import StoryView
from monitor.web import board as web

Label = Callable[[str], str]


def story_view(view: StoryView, label: Label) -> web.StoryView:
    """A story; its sentiment is that of its first scored member. label: a series' name for people."""
    story = view.story
    scored = next((m for m in view.members if m.negative is not None), None)
    sentiment = None
    if scored is not None and scored.positive is not None and scored.negative is not None:
        sentiment = (scored.positive - scored.negative) / MILLION
    return web.StoryView(
        id=story.id,
        title=story.first_text,
        publisher=story.publisher,
        url=story.url,
        first_at=story.first_at,
        last_at=story.last_at,
        sentiment=sentiment,
        negative=None if story.negative is None else story.negative / MILLION,
        topics=tuple(label(s) for s in view.series if s.startswith("topic:")),
        entities=tuple((s, label(s)) for s in view.series if s.startswith("entity:")),
        copies=tuple(web.CopyView(m.title, m.publisher, m.url, m.event_time) for m in view.members[1:]),
        publishers=len(story.publishers),
        developments=len(story.developments),
        stale=story.stale,
    )


def near_miss_view(miss: NearMiss, label: Label) -> web.NearMiss:
    """A surge that did not page."""
    return web.NearMiss(
        miss.series,
        label(miss.series),
        miss.at,
        miss.window,
        miss.n,
        miss.expected,
        miss.surprise,
        miss.threshold,
        miss.kept_silent_by,
    )


def feed_view(health: SourceHealth) -> web.FeedView:
    """A source's health."""
    return web.FeedView(
        source=health.source,
        state=health.state.value,
        last_ok=health.last_ok,
        last_item=health.last_item,
        next_check=health.next_check,
        failures=health.failures,
        reason=health.reason,
        items=health.items,
    )
