"""What the model was measured on, as counts: the manifest's `profile`, against which the daemon measures drift."""

from __future__ import annotations

from typing import Any

from monitor.detection.drift import profile_of
from monitor.inference.model import OnnxModel
from monitor.inference.scorer import score_texts
from monitor.records import MILLION
from training.data import Row


def profile(model: OnnxModel, rows: list[Row]) -> dict[str, Any]:
    """Of the whole headlines of the report part, JSON-able."""
    texts = [row.text for row in rows if row.part == "report" and not row.target]
    scored = zip(texts, score_texts(model, texts), strict=True)
    found = profile_of([(text, score) for text, score in scored if score], round(model.tau * MILLION))
    return {
        what: {topic: dict(sorted(bins.items())) for topic, bins in sorted(topics.items())}
        for what, topics in sorted(found.counts.items())
    }
