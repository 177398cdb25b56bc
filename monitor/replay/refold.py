"""The fold once more over a store's own rows: what `explain` and the oracles stand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from monitor.aggregation.placement import Placement
from monitor.fold import Fold, Folded
from monitor.ingest.past import fingerprints
from monitor.instrument import Instrument, Recount
from monitor.memory import FoldSettings
from monitor.records import PastText
from monitor.storage.effects import ArticleRow
from monitor.storage.rebuild import max_seq, meta
from monitor.storage.sequence import in_sequence, recounts, to_recount


def refold(db: Connection, settings: FoldSettings, until: int | None = None) -> Iterator[tuple[int, Fold, Folded]]:
    """Feeds every article and tick in sequence to an empty fold: (sequence number, the fold, what the step came to).

    Stored scores are taken as they are: they are the truth, the model is not asked again. It is one fold that moves on.
    Where retention has taken the beginning, it starts with what is kept, and is the fold of then again only where four
    weeks and some days lie before.

    Args:
        until: ms; ends before the first tick later than this.
    """
    known = recounts(db, 0, max_seq(db) + 1)
    measured = str(known[0][1].before) if known else meta(db, "instrument")
    if measured is not None:
        settings = replace(settings, instrument=Instrument.parse(measured))
    fold = Fold(settings)
    placed: dict[str, dict[str, Placement]] = {}
    keys: dict[str, list[tuple[str, str]]] = {}
    texts: dict[int, PastText] = {}
    for row in in_sequence(db):
        if isinstance(row, ArticleRow):
            article = row.prepared.article
            fold.learn_keys({article.key: keys.get(article.key, [])})
            fold.learn_past({f: texts[f] for f in fingerprints(row.prepared) if f in texts})
            fold.article(row.prepared, row.committed_at)
            folded = fold.take()
            for made in folded.effects.articles:
                keys.setdefault(article.key, []).append((made.prepared.text_hash, made.story_id))
            texts.update((text.fingerprint, text) for text in folded.effects.texts)
            for placement in folded.effects.story_series if known else ():
                placed.setdefault(placement.unit_id, {})[placement.series] = placement
            yield row.seq, fold, folded
            continue
        seq, told = row
        if isinstance(told, Recount):
            # Of a source that was admitted before what is kept there is no trial to end.
            known_now = tuple(source for source in told.admitted if source in fold.memory.sources.heard)
            told = replace(told, admitted=known_now)
            if told.before == told.after and not known_now:
                continue
            fold.recount(told, to_recount(db, told.since, at=seq), placed)
            folded = fold.take()
            for placement in folded.effects.story_series:
                placed.setdefault(placement.unit_id, {})[placement.series] = placement
            for unit_id, series in folded.effects.unplaced:
                del placed[unit_id][series]
            yield seq, fold, folded
        else:
            tick = told
            if until is not None and tick.at > until:
                return
            fold.tick(tick)
            folded = fold.take()
            for since in folded.effects.texts_since:
                texts = {f: text for f, text in texts.items() if text.last_at >= since}
            yield seq, fold, folded
