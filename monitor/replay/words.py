"""The words that made an alert's worst headlines bad news, on demand: the model is asked again without each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from monitor.errors import NotThereError
from monitor.inference.model import Model
from monitor.inference.occlusion import attribute
from monitor.ingest.targets import readings
from monitor.storage import queries
from monitor.storage.effects import ArticleRow
from monitor.storage.pins import pinned
from monitor.storage.sequence import articles_numbered
from monitor.storage.store import Store

HEADLINES = 5
WORDS = 6  # of each, those that weigh most
_KEPT = 32  # alerts whose words are remembered


@dataclass(frozen=True, slots=True)
class Headline:
    """A pinned headline, and the text in which the model read it for the alert's series."""

    title: str
    publisher: str
    text: str


def worst_headlines(db: Connection, alert_id: str, target_token: str | None) -> list[Headline]:
    """The pinned headlines that are worst by their stored scores, as the alert's series reads them.

    Raises NotThereError: there is no such alert.
    """
    spike = queries.spike(db, alert_id)
    if spike is None:
        raise NotThereError(f"there is no alert {alert_id[:200]!r} in this store")
    held = pinned(db, alert_id)
    rows = list(articles_numbered(db, [pin.seq for pin in held.articles if pin.now_digest] if held else []))
    series = spike.spike.series
    entity = series.removeprefix("entity:") if series.startswith("entity:") else None

    def badness(row: ArticleRow) -> tuple[int, int]:
        scores = row.prepared.scores
        own = [score.negative for score in scores if score.target == entity]
        return -max(own or [score.negative for score in scores[:1]], default=0), row.seq

    found = []
    for row in sorted(rows, key=badness)[:HEADLINES]:
        prepared = row.prepared
        asked = readings(prepared.title, prepared.lead, prepared.mentions, target_token)
        text = next((reading.text for reading in asked if reading.target == entity), asked[0].text)
        found.append(Headline(prepared.title, prepared.article.publisher, text))
    return found


def words_of(headlines: Sequence[Headline], model: Model) -> list[dict[str, Any]]:
    """Of each P(neg) by `model`, and the words that weigh most. Synchronous: some 30 ms a headline."""
    return [
        {
            "title": headline.title,
            "publisher": headline.publisher,
            "model": model.hash,
            "p_negative": round(p, 6),
            "words": [
                {"word": word.text, "weight": round(word.weight, 2)}
                for word in sorted(words, key=lambda word: -abs(word.weight))[:WORDS]
            ],
        }
        for headline, (p, words) in zip(headlines, attribute(model, [h.text for h in headlines]), strict=True)
    ]


class WordsOnDemand:
    """For the page: one alert at a time, so that impatience takes no more than one thread from the scorer."""

    def __init__(self, store: Store, model: Model) -> None:
        self._store = store
        self._model = model
        self._one = asyncio.Lock()
        self._known: dict[str, tuple[list[Headline], list[dict[str, Any]]]] = {}

    async def of(self, alert_id: str) -> list[dict[str, Any]]:
        """See `words_of`; remembered until the alert's worst headlines are others. Raises NotThereError."""
        headlines = await self._store.read_async(worst_headlines, alert_id, self._model.target_token)
        async with self._one:
            before, found = self._known.pop(alert_id, ([], []))
            if before != headlines:
                found = await asyncio.to_thread(words_of, headlines, self._model)
            self._known[alert_id] = headlines, found
            if len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
        return found
