"""Stored articles with their scores, story and entities to a Kafka topic, each at least once, in sequence.

What has been published is a cursor in the store, saved after the broker's acknowledgement: a kill in between publishes
those of one batch again, under the same keys. Nothing waits for it; it follows the store at its own pace.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from monitor.errors import StoreUnavailableError
from monitor.kafka.producer import Outgoing, SendError, Sends
from monitor.permit import ALWAYS, Permit
from monitor.records import Mention, Position, Score
from monitor.storage import rebuild, sequence
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.store import Store

log = structlog.get_logger(__name__)

SINK = "sink:scored"  # the positions' source name; a source's own has no colon
BATCH = 500  # numbers of the sequence read at once
RETRY_LEAST_S, RETRY_MOST_S = 0.5, 30.0
_MILLION = 1_000_000


class Publisher:
    """Publishes what is committed; `run` goes on until it is cancelled.

    A store that was never published from begins at its present end: what it held before stays where it is. So this is
    made before anything is committed.

    Args:
        published: told how many articles were acknowledged. failing: told why they cannot be sent, "" when they can.
        permit: waited for before each batch.
    """

    def __init__(
        self,
        store: Store,
        sender: Sends,
        topic: str,
        *,
        published: Callable[[int], None] = lambda count: None,
        failing: Callable[[str], None] = lambda reason: None,
        permit: Permit = ALWAYS,
    ) -> None:
        self._store = store
        self._sender = sender
        self._topic = topic
        self._published = published
        self._failing = failing
        self._permit = permit
        self._woken = asyncio.Event()
        saved = store.read(rebuild.positions, SINK).get(topic)
        self._seq = int(saved["seq"]) if saved is not None else store.read(rebuild.max_seq)
        if saved is None:
            store.commit(Effects(positions=[self._cursor(self._seq)]))

    def wake(self) -> None:
        """To be called in the loop once articles are committed."""
        self._woken.set()

    async def run(self) -> None:
        """Follows the store."""
        pause, seq = RETRY_LEAST_S, self._seq
        while True:
            self._woken.clear()
            try:
                end = min(await self._store.read_async(rebuild.max_seq), seq + BATCH)
                rows = await self._store.read_async(sequence.articles, seq + 1, end + 1) if end > seq else []
                if rows:
                    await self._permit.wait()
                    await self._send(rows)
                    await self._save(end)
            except (SendError, StoreUnavailableError) as error:
                reason = error.reason if isinstance(error, SendError) else "store"
                self._failing(reason)
                log.error("scored_not_published", topic=self._topic, error=str(error), retry_s=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_MOST_S)
                continue
            self._failing("")
            if pause > RETRY_LEAST_S:
                log.info("scored_published_again", topic=self._topic, ends="scored_not_published")
            pause = RETRY_LEAST_S
            if end == seq:
                await self._woken.wait()
            seq = end

    async def _send(self, rows: Sequence[ArticleRow]) -> None:
        try:
            await self._sender.send([self._outgoing(row) for row in rows])
        except SendError as error:
            if not error.too_large:
                raise
            # All others are acknowledged. What the topic never takes must not keep what follows from it.
            keys = [rows[place].prepared.article.key for place in error.failed]
            log.error("scored_too_long", topic=self._topic, keys=keys[:10], count=len(keys))
            self._published(len(rows) - len(keys))
        else:
            self._published(len(rows))

    async def _save(self, seq: int) -> None:
        await self._store.commit_async(Effects(positions=[self._cursor(seq)]))

    def _cursor(self, seq: int) -> Position:
        return Position(SINK, self._topic, {"seq": seq})

    def _outgoing(self, row: ArticleRow) -> Outgoing:
        text = json.dumps(scored(row), ensure_ascii=False, separators=(",", ":"))
        return Outgoing(self._topic, row.prepared.article.key.encode(), text.encode())


def scored(row: ArticleRow) -> dict[str, Any]:
    """A stored article as JSON; the input's names where they mean the same. `docs/kafka.md` describes it."""
    prepared = row.prepared
    article, scores = prepared.article, prepared.scores
    return {
        "key": article.key,
        "seq": row.seq,
        "source": article.source,
        "publisher": article.publisher,
        "url": article.url,
        "title": prepared.title,
        "summary": prepared.lead,
        "language": article.language,
        "published_at": _iso(article.published_at),
        "received_at": _iso(article.received_at),
        "event_time": _iso(article.event_time),
        "tickers": list(article.tickers),
        "standing": row.standing.value,
        "role": row.role,
        "story": row.story_id,
        "unscored": prepared.unscored or None,
        "sentiment": sentiment(scores[0]) if scores else None,
        "topics": topics(scores[0]) if scores else {},
        "entities": entities(prepared.mentions, scores),
        "model": scores[0].model if scores else None,
    }


def sentiment(score: Score) -> dict[str, float]:
    """Probabilities by name."""
    return {
        "negative": score.negative / _MILLION,
        "neutral": score.neutral / _MILLION,
        "positive": score.positive / _MILLION,
    }


def topics(score: Score) -> dict[str, float]:
    """Probabilities of the likeliest topics, highest first."""
    return {name: p / _MILLION for name, p in score.topics}


def entities(mentions: Sequence[Mention], scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Each entity with its sentiment: its own where the headline names several, else the whole headline's."""
    own = {score.target: score for score in scores[1:]}
    return [
        {
            "id": mention.entity_id,
            "name": mention.name,
            "sector": mention.sector,
            "sentiment": sentiment(own.get(mention.entity_id, scores[0])) if scores else None,
        }
        for mention in mentions
    ]


def _iso(ms: int | None) -> str | None:
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
