"""The words that made an alert's worst headlines bad news, on demand: the model is asked again without each of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from monitor.inference.model import Model
from monitor.inference.occlusion import attribute
from monitor.ingest.targets import readings
from monitor.records import Spike
from monitor.storage.effects import ArticleRow
from monitor.storage.pins import pinned
from monitor.storage.sequence import articles_numbered

HEADLINES = 5
WORDS = 6  # of each, those that weigh most


def worst_words(db: Connection, spike: Spike, model: Model) -> list[dict[str, Any]]:
    """Of the worst pinned headlines P(neg) by `model`, as the series reads them, and the words that weigh most."""
    held = pinned(db, spike.id)
    seqs = [pin.seq for pin in held.articles if pin.now_digest] if held else []
    rows = list(articles_numbered(db, seqs))
    entity = spike.series.removeprefix("entity:") if spike.series.startswith("entity:") else None

    def badness(row: ArticleRow) -> tuple[int, int]:
        scores = row.prepared.scores
        own = [score.negative for score in scores if score.target == entity]
        return -max(own or [score.negative for score in scores[:1]], default=0), row.seq

    chosen = sorted(rows, key=badness)[:HEADLINES]
    texts = []
    for row in chosen:
        prepared = row.prepared
        asked = readings(prepared.title, prepared.lead, prepared.mentions, model.target_token)
        texts.append(next((reading.text for reading in asked if reading.target == entity), asked[0].text))
    return [
        {
            "title": row.prepared.title,
            "publisher": row.prepared.article.publisher,
            "model": model.hash,
            "p_negative": round(p, 6),
            "words": [
                {"word": word.text, "weight": round(word.weight, 2)}
                for word in sorted(words, key=lambda word: -abs(word.weight))[:WORDS]
            ],
        }
        for row, (p, words) in zip(chosen, attribute(model, texts), strict=True)
    ]
