"""What the page shows, as frozen records: the contract between whoever reads the store and the browser.

All times are integer milliseconds since the Unix epoch, UTC, by the board's own clock (`Board.now`). Sentiments run
from -1 to 1 and are None where there is no news: absence is never a zero. Every string may hold hostile text; the
page treats all of them as text. The JSON of the API has exactly these names; tuples become arrays.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One hour of a series.

    Attributes:
        at: the hour's first millisecond.
        stories, negative: new stories of the hour, and the negative ones among them.
        sentiment: mean of its stories, -1..1; None where the hour had none.
    """

    at: int
    stories: int
    negative: int
    sentiment: float | None


@dataclass(frozen=True, slots=True)
class SeriesView:
    """One series as a row.

    Attributes:
        name: `market`, `topic:<name>`, `sector:<name>`, `entity:<id>` or `watch:<name>`; label: for people.
        kind: `market`, `topic`, `sector`, `entity` or `watch`.
        stories_1h, negative_1h, negative_6h: counts of the last 1 h and 6 h.
        usual_1h: negative stories expected in 1 h now; None while the baseline is learning.
        pages_at: the least number of negative stories in 1 h that pages; None while learning.
        sentiment_1h, sentiment_24h: rolling means; None where there was no news.
        points: the last 72 h, hourly, oldest first.
        publishers_24h: distinct publishers of the last 24 h. last_story_at: the newest story's time.
        alert_id: the open alert's id, or None.
        learning: "" or how far the baseline is, such as "5 h of 24 h observed".
        stale: "" or that it brings too little, such as "silent since 10:15 UTC: 0 stories in 6 h, usually 14".
    """

    name: str
    label: str
    kind: str
    stories_1h: int
    negative_1h: int
    negative_6h: int
    usual_1h: float | None
    pages_at: int | None
    sentiment_1h: float | None
    sentiment_24h: float | None
    points: tuple[Point, ...]
    publishers_24h: int
    last_story_at: int | None
    alert_id: str | None
    learning: str = ""
    stale: str = ""


@dataclass(frozen=True, slots=True)
class HeadlineView:
    """A headline that is evidence of an alert.

    Attributes:
        negative: P(negative), 0..1.
        copies, publishers: how many copies its story has, by how many publishers.
        stale: it repeats old news, and opened no page by itself.
    """

    title: str
    publisher: str
    url: str
    published_at: int
    negative: float
    copies: int
    publishers: int
    story_id: str
    stale: bool = False


@dataclass(frozen=True, slots=True)
class DenialView:
    """What denies or corrects news of an alert's series."""

    title: str
    publisher: str
    url: str
    published_at: int


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert, open or closed.

    Attributes:
        severity: `warning` or `critical`.
        by: `surprise` of a window or `cusum`, the cumulative sum: what opened it.
        window: hours that n negative stories were counted in where `expected` were usual, and 95 % of such windows have
            between `band`; as a person was last told.
        surprise, threshold: -log10 P(N >= n), and the value from which it pages. cusum, cusum_threshold: of the sum,
            in nats.
        robust: `yes`, `no` or `not applicable`: whether it stands without its largest publisher and story.
        gates: (name, passed, detail) of each condition of the evidence gate.
        in_words: one sentence, such as "9 bad stories in 1 h, usually 1 in 6 h".
        blind: what was silent when it opened, a line each; mostly nothing.
        denials: of the day before it opened and of all that came since, the latest first.
        acknowledged: a person has seen it; acknowledged_by: who, "" where they did not say.
        assigned_to: who sees to it, or "". mark: `true`, `false`, `late`, or "" while nobody has said what it was.
        muted_until: its series' messages are not sent until then, by the machine's clock; None where they are.
    """

    id: str
    series: str
    label: str
    severity: str
    opened_at: int
    closed_at: int | None
    window: int
    n: int
    expected: float
    surprise: float
    threshold: float
    by: str
    cusum: float
    cusum_threshold: float
    robust: str
    gates: tuple[tuple[str, bool, str], ...]
    headlines: tuple[HeadlineView, ...]
    in_words: str
    blind: tuple[str, ...] = ()
    band: tuple[int, int] = (0, 0)
    denials: tuple[DenialView, ...] = ()
    acknowledged: bool = False
    acknowledged_by: str = ""
    assigned_to: str = ""
    mark: str = ""
    muted_until: int | None = None
    muted_by: str = ""


@dataclass(frozen=True, slots=True)
class CopyView:
    """One article of a story."""

    title: str
    publisher: str
    url: str
    published_at: int


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story: its first article, what the model says of it, and its copies.

    Attributes:
        first_at, last_at: event times of its first and newest article.
        sentiment: P(pos) - P(neg); negative: P(neg); both None where it was not scored.
        topics: topic names, most probable first. entities: (id, label).
        copies: the articles after the first, oldest first. publishers: distinct publishers of all articles.
        developments: how many of the articles counted anew. stale: it repeats old news.
    """

    id: str
    title: str
    publisher: str
    url: str
    first_at: int
    last_at: int
    sentiment: float | None
    negative: float | None
    topics: tuple[str, ...]
    entities: tuple[tuple[str, str], ...]
    copies: tuple[CopyView, ...]
    publishers: int
    developments: int = 0
    stale: bool = False


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A surge that did not page: how near it was, and what kept it silent."""

    series: str
    label: str
    at: int
    window: int
    n: int
    expected: float
    surprise: float
    threshold: float
    kept_silent_by: str


@dataclass(frozen=True, slots=True)
class FeedView:
    """A source's health.

    Attributes:
        state: `ok` where all is well, else a short word (`failing`, `gone`, `paused`, `waiting`, ...).
        last_ok, last_item, next_check: times, None where there is none.
        failures: consecutive failures. reason: why it failed last, or "". items: articles taken from it.
    """

    source: str
    state: str
    last_ok: int | None
    last_item: int | None
    next_check: int | None
    failures: int
    reason: str
    items: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the page shows, of one moment.

    Attributes:
        now: the daemon's clock. virtual: it is a demo's or a replay's clock, `speed` times as fast as real time.
        articles, stories: how many the store holds.
        topics, sectors, companies, watches: in the order in which to show them.
        stories_newest: the newest 40, newest first. near_misses: of the last 24 h, newest first.
        notes: warnings to show on top, such as an old SQLite, or a source that is silent.
    """

    now: int
    virtual: bool
    speed: float
    version: str
    model_name: str
    model_hash: str
    articles: int
    stories: int
    market: SeriesView
    topics: tuple[SeriesView, ...]
    sectors: tuple[SeriesView, ...]
    companies: tuple[SeriesView, ...]
    open_alerts: tuple[AlertView, ...]
    recent_alerts: tuple[AlertView, ...]
    stories_newest: tuple[StoryView, ...]
    near_misses: tuple[NearMiss, ...]
    feeds: tuple[FeedView, ...]
    notes: tuple[str, ...] = ()
    watches: tuple[SeriesView, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertList:
    """The answer of /api/v1/alerts."""

    now: int
    open: tuple[AlertView, ...]
    recent: tuple[AlertView, ...]


@dataclass(frozen=True, slots=True)
class StoryList:
    """The answer of /api/v1/stories."""

    now: int
    stories: tuple[StoryView, ...]
