"""Small well-formed batches for tests of the store."""

from __future__ import annotations

from monitor.aggregation.placement import Placement
from monitor.detection.spikes import NearMiss, OpenSpike, Told
from monitor.records import (
    MILLION,
    MINUTE_MS,
    Alert,
    Article,
    Bucket,
    Development,
    Gate,
    Mention,
    PastText,
    Position,
    Prepared,
    Refusal,
    Score,
    Spike,
    Standing,
    Story,
    Tick,
)
from monitor.storage.effects import ArticleRow, Effects, OutboxRow, outbox_id

NOON = 1_760_000_000_000 // 3_600_000 * 3_600_000


def score(negative: int, target: str | None = None) -> Score:
    return Score(negative, 100_000, MILLION - 100_000 - negative, (("banks", 900_000),), "ab" * 8, target)


def prepared(number: int, negative: int = 800_000, at: int | None = None, key: str = "") -> Prepared:
    at = NOON + number * 1_000 if at is None else at
    article = Article(
        key=key or f"rss:{number}",
        source="rss",
        publisher=f"paper{number % 3}.example",
        url=f"https://paper{number % 3}.example/{number}",
        title=f"<b>Bank {number}</b> in trouble",
        summary="It is.",
        language="en",
        published_at=at,
        received_at=at + 500,
        event_time=at,
        tickers=("BNK",),
    )
    mention = Mention("us.bnk", "Bank", "company", "banks", "title", 0, 4, MILLION)
    scores = (score(negative), score(negative, "us.bnk"))
    return Prepared(article, f"Bank {number} in trouble", "It is.", f"{number:016x}", (mention,), scores)


def article_row(seq: int, story_id: str = "", **changes: int) -> ArticleRow:
    made = prepared(seq, **changes)
    story = story_id or made.article.key
    role = "copy" if story_id else "new"
    return ArticleRow(seq, made, Standing.LIVE, story, story, role, made.article.received_at)  # type: ignore[arg-type]


def story_row(row: ArticleRow, copies: int = 0, last_at: int = 0, publishers: tuple[str, ...] = ()) -> Story:
    article = row.prepared.article
    return Story(
        id=row.story_id,
        first_seq=row.seq,
        first_at=article.event_time,
        last_at=max(last_at, article.event_time),
        first_text=row.prepared.title,
        newest_text=row.prepared.title,
        copies=copies,
        publishers=publishers or (article.publisher,),
        publisher=article.publisher,
        url=article.url,
        companies=("us.bnk",),
        negative=row.prepared.scores[0].negative,
        newest_unit=row.story_id,
        developments=(Development(f"{row.story_id}+", article.event_time, "b.example", "", "8 dead", None),),
        figures=("8",),
        events=("halt",),
        tellings=(("ab", "a.example", "b.example"),),
        stale=bool(row.seq % 2),
        denials=(Development(f"{row.story_id}-", article.event_time, "c.example", "https://c.example", "denied", 1),),
    )


def part(row: ArticleRow, series: str, negative: bool = True) -> Placement:
    article = row.prepared.article
    told = (article.event_time, article.key, Standing.LIVE) if negative else (None, None, None)
    first = (article.event_time, article.key, Standing.LIVE, article.publisher)
    return Placement(row.story_id, row.story_id, series, *first, row.prepared.scores[0].sentiment, *told)


def spike_row(number: int = 1, closed_at: int | None = None, series: str = "market") -> OpenSpike:
    spike = Spike(
        id=f"{series}@{number}#ab",
        series=series,
        opened_at=NOON + number,
        closed_at=closed_at,
        by="surprise",
        window=1,
        n=9,
        stories=11,
        expected=0.1 + 0.2,
        surprise=7.25,
        threshold=5.5,
        cusum=1 / 7,
        cusum_threshold=9.5,
        severity="warning",
        gates=(Gate("publishers", True, "3 of 2"), Gate("stories", True, "9 of 4")),
        evidence=("rss:1", "rss:2"),
        publishers=3,
        robust="yes",
        headed_by="",
        baseline={"mean": 1 / 3, "alpha": 0.1},
    )
    told = Told(1, 12, 15, 0.1, 9.5, (0, 2), 4, ("rss:1", "rss:2", "rss:3"), ("rss:3",))
    return OpenSpike(spike, quiet_since=NOON, peak_n=12, peak_surprise=9.5, updates=1, told=told)


def whole_batch(first_seq: int, articles: int = 4) -> Effects:
    """One of everything, all of it told apart by `first_seq`; the last sequence number is a tick's."""
    rows = [article_row(first_seq + i) for i in range(articles)]
    last = first_seq + articles
    at = NOON + last * MINUTE_MS
    spike = spike_row(first_seq)
    alert = Alert(spike.spike.id, "firing", at, "warning", {"n": 9, "in_words": "nine"})
    return Effects(
        articles=rows,
        ticks=[(last, Tick(at))],
        stories=[story_row(row) for row in rows],
        story_series=[part(row, series) for row in rows for series in ("market", "entity:us.bnk")],
        buckets=[Bucket("market", NOON // MINUTE_MS, articles, articles, articles, articles, articles, articles, -5)],
        spikes=[spike],
        alerts=[alert],
        outbox=[OutboxRow(outbox_id(alert, "desk"), alert.id, "desk", '{"n":9}', at, at)],
        near_misses=[NearMiss("market", at, 6, 3, 1.5, 4.0 + first_seq / 1e6, 5.5, "threshold")],
        positions=[Position("rss", "https://a.example/feed", {"etag": f'"{first_seq}"'})],
        refusals=[Refusal("rss", "no_title", f"item {first_seq}", "an item without a title", "<item/>", at)],
        watermarks={"rss": at},
        meta={"batch": str(first_seq)},
        texts=[PastText(first_seq, (19_000,), (19_010, 19_011), at)],
    )
