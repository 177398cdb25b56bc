"""The batch oracle: everything a store holds, computed again from its articles and ticks alone.

Stories, placements and buckets are recomputed by brute force, without the fold's indexes and increments; spikes and
alerts by a fold over the rows in sequence. Any difference is a failed assertion that names it.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from monitor.aggregation.series import score_for, series_of
from monitor.fold import Fold, FoldSettings
from monitor.ingest.dedup import BANDS, ROWS, Signature, signature, words
from monitor.ingest.stories import _MIN_WORDS, _MOST_COMPARED, LONGEST_WINDOWS, title_companies
from monitor.records import MINUTE_MS, Bucket, Mode, Standing
from monitor.replay.refold import refold
from monitor.restore import restore
from monitor.storage import queries, rebuild
from monitor.storage.effects import ArticleRow
from monitor.storage.sequence import in_sequence
from monitor.storage.store import Store


def agrees(path: Path, settings: FoldSettings) -> dict[str, int]:
    """Asserts that the store at `path` is what its own articles and ticks give; returns what was compared."""
    store = Store.open_readonly(path)
    try:
        with store.reader() as db:
            rows = list(in_sequence(db))
            numbers = [row.seq if isinstance(row, ArticleRow) else row[0] for row in rows]
            assert numbers == list(range(1, len(numbers) + 1)), "sequence numbers have gaps or repeat"
            texts = [(r.prepared.article.key, r.prepared.text_hash) for r in rows if isinstance(r, ArticleRow)]
            assert len(texts) == len(set(texts)), "an article stands twice"
            _same_stories(rows, settings)
            buckets = _same_buckets(rows, {(b.series, b.minute): b for b in rebuild.buckets(db, 0)}, settings)
            fold, spikes, alerts = _refolded(db, settings)
            assert {s.spike.id: s for s in queries.spikes_recent(db, 0)} == spikes, "spikes differ"
            stored = {(a.id, a.status): a for a in queries.alerts_recent(db, 100_000)}
            assert stored == alerts, "alerts differ"
        assert contents(Fold(settings, restore(store, settings))) == contents(fold), "rebuilt memory differs"
        return {"articles": len(texts), "buckets": buckets, "spikes": len(spikes), "alerts": len(alerts)}
    finally:
        store.close()


def contents(fold: Fold) -> dict[str, Any]:
    """All keyed state of a fold, comparable."""
    memory = fold.memory
    return {
        "next_seq": memory.next_seq,
        "now": memory.now,
        "stories": {s: memory.stories.get(s) for s in memory.stories.ids()},
        "placements": memory.placements,
        "windows": memory.windows.contents(),
        "baseline": memory.baseline.contents(),
        "publishers": memory.publishers.contents(),
        "open_spikes": memory.open_spikes,
        "watermarks": memory.watermarks,
    }


def _refolded(db: Any, settings: FoldSettings) -> tuple[Fold, dict[str, Any], dict[tuple[str, str], Any]]:
    last, spikes, alerts = Fold(settings), dict[str, Any](), dict[tuple[str, str], Any]()
    for _, fold, folded in refold(db, settings):
        last = fold
        spikes.update((held.spike.id, held) for held in folded.effects.spikes)
        alerts.update(((a.id, a.status), a) for a in folded.effects.alerts)
    return last, spikes, alerts


def _bands(sig: Signature) -> set[tuple[int, tuple[int, ...]]]:
    return {(b, tuple(sig[b * ROWS : (b + 1) * ROWS].tolist())) for b in range(BANDS)}


def _same_stories(rows: list[Any], settings: FoldSettings) -> None:
    """Every article's story by comparison with every story that is active by the rule, no index."""
    known: dict[str, str] = {}
    stories: dict[str, dict[str, Any]] = {}
    active: set[str] = set()
    now = -1
    for row in rows:
        if not isinstance(row, ArticleRow):
            tick = row[1]
            if tick.at > now:
                now = tick.at
                active = {s for s in active if stories[s]["last_at"] >= now - settings.story_window_ms}
            else:
                assert tick.mode is Mode.HISTORY, "a live tick that goes back was stored"
            continue
        prepared, article = row.prepared, row.prepared.article
        if article.key in known:
            assert (row.role, row.story_id) == ("revision", known[article.key])
            continue
        tokens, mine = words(prepared.title), title_companies(prepared)
        sig = signature(tokens)
        bands = _bands(sig)
        found: list[tuple[int, int, float, str]] = []
        if len(tokens) >= _MIN_WORDS:
            for story_id in active:
                story = stories[story_id]
                if abs(article.event_time - story["last_at"]) > settings.story_window_ms:
                    continue
                if abs(article.event_time - story["first_at"]) > LONGEST_WINDOWS * settings.story_window_ms:
                    continue
                shared = len(bands & story["bands"])
                if shared:
                    like = max(float(np.mean(sig == story["first"])), float(np.mean(sig == story["newest"])))
                    found.append((-shared, story["seq"], like, story_id))
        likely = [
            (-like, seq, story_id)
            for _, seq, like, story_id in sorted(found)[:_MOST_COMPARED]
            if like >= settings.likeness
            and not (mine and stories[story_id]["companies"] and mine.isdisjoint(stories[story_id]["companies"]))
        ]
        if likely:
            story_id = min(likely)[2]
            assert (row.role, row.story_id) == ("copy", story_id), f"{row.prepared.title!r} belongs to {story_id}"
            story = stories[story_id]
            if tokens not in (story["first_words"], story["newest_words"]):
                story.update(newest=sig, newest_words=tokens, bands=_bands(story["first"]) | bands)
            story["last_at"] = max(story["last_at"], article.event_time)
            story["companies"] |= mine
        else:
            story_id = article.key
            assert (row.role, row.story_id) == ("new", story_id), f"{row.prepared.title!r} is a story of its own"
            stories[story_id] = {
                "seq": row.seq,
                "first_at": article.event_time,
                "last_at": article.event_time,
                "first": sig,
                "newest": sig,
                "first_words": tokens,
                "newest_words": tokens,
                "bands": bands,
                "companies": set(mine),
            }
        active.add(story_id)
        known[article.key] = story_id


def _rank(member: tuple[int, str, Standing, Any]) -> tuple[int, int, str]:
    at, key, standing, _ = member
    return (["live", "late", "history", "backlog"].index(standing.value), at, key)


def _same_buckets(rows: list[Any], stored: dict[tuple[str, int], Bucket], settings: FoldSettings) -> int:
    """Buckets by counting the members of every story at once."""
    members: dict[tuple[str, str], list[tuple[int, str, Standing, Any]]] = defaultdict(list)
    for row in rows:
        if isinstance(row, ArticleRow) and row.role != "revision":
            for series in series_of(row.prepared):
                score = score_for(series, row.prepared)
                article = row.prepared.article
                members[row.story_id, series].append((article.event_time, article.key, row.standing, score))
    cells: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_, series), held in members.items():
        at, _, standing, score = min(held, key=_rank)
        cell = cells[series, at // MINUTE_MS]
        cell["shown"] += 1
        cell["stories"] += standing is not Standing.BACKLOG
        cell["live_stories"] += standing is Standing.LIVE
        cell["scored"] += score is not None
        cell["sentiment"] += score.sentiment if score else 0
        bad = [m for m in held if m[3] is not None and m[3].negative >= settings.tau]
        if bad:
            at, _, standing, _ = min(bad, key=_rank)
            cell = cells[series, at // MINUTE_MS]
            cell["negative"] += standing is not Standing.BACKLOG
            cell["live_negative"] += standing is Standing.LIVE
    expected = {at: Bucket(*at, **cell) for at, cell in cells.items()}
    zero = {at for at, b in stored.items() if b == Bucket(b.series, b.minute)}  # a story came and moved away
    assert {at: b for at, b in stored.items() if at not in zero} == {
        at: b for at, b in expected.items() if b != Bucket(b.series, b.minute)
    }, "buckets differ"
    return len(expected)
