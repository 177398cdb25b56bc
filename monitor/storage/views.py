"""What the page, `explain` and the metrics read of the store: plain values, made for showing."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.records import Standing, Story
from monitor.storage.effects import Role


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as a member of its story.

    Attributes:
        title: canonical text. negative, neutral, positive: of the whole headline, millionths; None where unscored.
    """

    seq: int
    key: str
    story_id: str
    source: str
    publisher: str
    url: str
    title: str
    language: str
    published_at: int | None
    event_time: int
    standing: Standing
    role: Role
    unscored: str
    negative: int | None
    neutral: int | None
    positive: int | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story with its members in sequence (the first ones where there are many) and the series that it counts in."""

    story: Story
    members: tuple[ArticleView, ...]
    series: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HourPoint:
    """One hour of one series; `sentiment` is a sum in millionths over its `scored` stories."""

    series: str
    hour: int
    stories: int
    negative: int
    shown: int
    scored: int
    sentiment: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who fed a series in a period: stories, distinct publishers, and the event time of its last story."""

    stories: int
    publishers: int
    last_story_at: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows in the store."""

    articles: int
    stories: int
    ticks: int
    refusals: int
    alerts: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A negative story, or a development of one, as an alert names it.

    Attributes:
        unit_id: the story's id, or the development's. stale: it repeats old news.
        p_negative: millionths, by the score that made the story negative in the series (the company's own in
            `entity:`, any of its companies' in `sector:`, else the whole headline's); None where unscored.
        copies: articles beyond the first. publishers: distinct ones.
    """

    story_id: str
    title: str
    publisher: str
    url: str
    published_at: int
    p_negative: int | None
    copies: int
    publishers: int
    unit_id: str
    stale: bool


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One outbox row as `bearwatch deliveries` lists it; `status` is pending, sent, dead or muted.

    Attributes:
        body_sha256: of the stored body, hex. sent_sha256: of the bytes that the endpoint took, "" before.
        mute_id: the mute that kept it from being sent, None where none did.
        redriven: how often it was sent on its way again after it was dead; `tries` counts those since.
    """

    id: str
    alert_id: str
    endpoint: str
    status: str
    tries: int
    last_status: int | None
    last_error: str
    created_at: int
    due_at: int
    updated_at: int
    mute_id: int | None
    redriven: int
    sent_sha256: str
    body_sha256: str
