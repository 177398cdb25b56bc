"""An article as a member of its unit, in each series that it feeds. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.aggregation.placement import Member
from monitor.aggregation.series import bad_for, score_for, series_of
from monitor.records import Prepared, Standing


def members(prepared: Prepared, standing: Standing, tau: int) -> Iterator[tuple[str, Member]]:
    """(series, the article as a member there), by series; tau: P(neg) in millionths from which it is negative."""
    article = prepared.article
    for series in series_of(prepared):
        score = score_for(series, prepared)
        negative = bad_for(series, prepared, score, tau)
        sentiment = score.sentiment if score else None
        yield series, Member(article.key, article.event_time, standing, article.publisher, sentiment, negative)
