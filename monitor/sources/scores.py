"""The record between a scorer and the watcher: a `Prepared` with its scores, whole, as JSON in UTF-8.

`records` has its names; what a reader does not know it ignores, and a name that is added later has a default, so that
scorers and watcher need not be of one version. Scores are integer millionths: what the watcher stores is what the
scorer found, bit for bit. A record is believed as little as an article of any other source: who can write the topic
could write anything.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from monitor.ingest.canonical import LEAD_CHARS, TITLE_CHARS, digest
from monitor.records import MILLION, Mode, Prepared, Refusal
from monitor.sources.wire import (
    MAX_OBJECT_BYTES,
    SUMMARY_CHARS,
    URL_CHARS,
    Reason,
    WireContext,
    believable_time,
    event_time_of,
    refusal,
    web_url,
)
from monitor.sources.wire import TITLE_CHARS as RAW_TITLE_CHARS

_RECORD = TypeAdapter(Prepared)
_SHORT = 500  # a key, a name, a ticker: as long as our own ever are, with room


def to_record(prepared: Prepared) -> bytes:
    """The record of a scored article."""
    return _RECORD.dump_json(prepared)


def from_record(data: bytes, context: WireContext, where: str) -> Prepared | Refusal:
    """The scored article of a record, or why there is none; its times as this clock can believe them.

    Args:
        where: `topic/partition@offset`, for the refusal.
    """
    if len(data) > MAX_OBJECT_BYTES:
        detail = f"{len(data)} bytes, at most {MAX_OBJECT_BYTES} are taken"
        return refusal(Reason.TOO_LONG, detail, context, where, data)
    try:
        prepared = _RECORD.validate_json(data, strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(part) for part in fault["loc"])
        reason = Reason.NOT_JSON if fault["type"] == "json_invalid" else Reason.BAD_TYPE
        return refusal(reason, f"{at}: {fault['msg']}" if at else fault["msg"], context, where, data)
    if wrong := _wrong(prepared, context.now):
        return refusal(Reason.BAD_SCORES, wrong, context, where, data)
    article = prepared.article
    received = min(article.received_at, context.now)  # the scorer's clock may be ahead of ours
    event = event_time_of(article.published_at, received)
    scored = None if prepared.scored_at is None else min(prepared.scored_at, context.now)
    return replace(prepared, article=replace(article, received_at=received, event_time=event), scored_at=scored)


def _wrong(prepared: Prepared, now: int) -> str:
    """What no scorer would have written, in a few words; "" where there is nothing."""
    article, mentions, scores = prepared.article, prepared.mentions, prepared.scores
    times = [article.received_at, article.event_time]
    times += [article.published_at] if article.published_at is not None else []
    names = [article.key, article.source, article.publisher, article.language, *article.tickers, prepared.unscored]
    names += [part for m in mentions for part in (m.entity_id, m.name, m.kind, m.sector, m.where)]
    names += [part for s in scores for part in (s.model, s.target or "", *(topic for topic, _ in s.topics))]
    texts = [article.title, article.summary, article.url, prepared.title, prepared.lead]
    limits = [RAW_TITLE_CHARS, SUMMARY_CHARS, URL_CHARS, TITLE_CHARS, LEAD_CHARS]
    sums = [(s.negative, s.neutral, s.positive) for s in scores]
    found = {
        "the key is not its source's": not article.key.startswith(f"{article.source}:"),
        "it is no live article": article.mode is not Mode.LIVE,
        "a time lies before 1990 or more than a day ahead": any(believable_time(at, now) is None for at in times),
        "a name is longer than any that was taken in": any(len(name) > _SHORT for name in names),
        "a text is longer than any that was taken in": any(map(_longer, texts, limits)),
        "a text holds NUL": any("\0" in text for text in (*names, *texts)),
        "the address is none": article.url != web_url(article.url),
        "text_hash is another text's": digest(prepared.title, prepared.lead) != prepared.text_hash,
        "a mention lies outside of the title": any(not 0 <= m.start <= m.end <= len(prepared.title) for m in mentions),
        "neither scores nor why there are none": bool(scores) == bool(prepared.unscored),
        "the whole headline's score is not first": bool(scores) and scores[0].target is not None,
        "probabilities do not sum to a million": any(min(three) < 0 or sum(three) != MILLION for three in sums),
        "a share lies outside of 0 to a million": any(
            not 0 <= share <= MILLION
            for share in (*(m.relevance for m in mentions), *(p for s in scores for _, p in s.topics))
        ),
    }
    return next((what for what, wrong in found.items() if wrong), "")


def _longer(text: str, limit: int) -> bool:
    return len(text) > limit
