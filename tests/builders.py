"""Records for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from monitor.ingest.canonical import LEAD_CHARS, clean_text, digest
from monitor.records import Article, Mention, Mode, Prepared, Scope, Score

NOON = 1_700_049_600_000  # 2023-11-15T12:00:00Z, a Wednesday


def article(key: str = "test:1", title: str = "Central bank leaves its rate unchanged", **more: object) -> Article:
    at = more.pop("at", NOON)
    values: dict[str, object] = {
        "key": key,
        "source": "test",
        "publisher": "a.example",
        "url": f"https://a.example/{key}",
        "title": title,
        "summary": "",
        "language": "en",
        "published_at": at,
        "received_at": at,
        "event_time": at,
        "scope": Scope.FINANCE,
        "mode": Mode.LIVE,
        **more,
    }
    return Article(**values)  # type: ignore[arg-type]


def company(entity_id: str, sector: str = "banks", where: str = "title") -> Mention:
    return Mention(entity_id, entity_id, "company", sector, where, 0, 4, 1_000_000)


def score(negative: float, topic: str = "", target: str | None = None) -> Score:
    bad = round(negative * 1_000_000)
    neutral = (1_000_000 - bad) // 2
    topics = ((topic, 900_000),) if topic else ()
    return Score(bad, neutral, 1_000_000 - bad - neutral, topics, "0" * 16, target)


def prepared(
    item: Article, *mentions: Mention, negative: float | None = 0.1, topic: str = "", unscored: str = ""
) -> Prepared:
    title, lead = clean_text(item.title), clean_text(item.summary, LEAD_CHARS)
    scores = () if negative is None else (score(negative, topic),)
    return Prepared(item, title, lead, digest(title, lead), mentions, scores, unscored)
