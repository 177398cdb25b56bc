"""The fold once more over a store's own rows: what `explain` and the oracles stand on."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from monitor.fold import Fold, Folded, FoldSettings
from monitor.storage.effects import ArticleRow
from monitor.storage.sequence import in_sequence


def refold(db: Connection, settings: FoldSettings, until: int | None = None) -> Iterator[tuple[int, Fold, Folded]]:
    """Feeds every article and tick in sequence to an empty fold: (sequence number, the fold, what the step came to).

    Stored scores are taken as they are: they are the truth, the model is not asked again. It is one fold that moves on.

    Args:
        until: ms; ends before the first tick later than this.
    """
    fold = Fold(settings)
    keys: dict[str, list[tuple[str, str]]] = {}
    for row in in_sequence(db):
        if isinstance(row, ArticleRow):
            article = row.prepared.article
            fold.learn_keys({article.key: keys.get(article.key, [])})
            fold.article(row.prepared, row.committed_at)
            folded = fold.take()
            for made in folded.effects.articles:
                keys.setdefault(article.key, []).append((made.prepared.text_hash, made.story_id))
            yield row.seq, fold, folded
        else:
            seq, tick = row
            if until is not None and tick.at > until:
                return
            fold.tick(tick)
            yield seq, fold, fold.take()
