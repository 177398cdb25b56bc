"""The batch oracle: everything a store holds, computed again from its articles and ticks alone.

Stories, placements and buckets are recomputed by brute force, without the fold's indexes and increments; spikes and
alerts by a fold over the rows in sequence. Any difference is a failed assertion that names it.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from monitor.aggregation.series import score_for, series_of
from monitor.fold import Fold, FoldSettings
from monitor.ingest.stories import LONGEST_WINDOWS, MIN_WORDS, title_companies
from monitor.ingest.wording import LEAST_JACCARD, Wording, likeness, weight, wording
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
        "stories": {s: memory.stories.get(s) for s in memory.stories.ids()},
        "placements": memory.placements,
        "detector": memory.detector.contents(),
        "watermarks": memory.watermarks,
    }


def _refolded(db: Any, settings: FoldSettings) -> tuple[Fold, dict[str, Any], dict[tuple[str, str], Any]]:
    last, spikes, alerts = Fold(settings), dict[str, Any](), dict[tuple[str, str], Any]()
    for _, fold, folded in refold(db, settings):
        last = fold
        spikes.update((held.spike.id, held) for held in folded.effects.spikes)
        alerts.update(((a.id, a.status), a) for a in folded.effects.alerts)
    return last, spikes, alerts


def _same_stories(rows: list[Any], settings: FoldSettings) -> None:
    """Every article's story by what it shares with every story that is active by the rule, none left out."""
    known: dict[str, str] = {}
    stories: dict[str, dict[str, Any]] = {}
    active: set[str] = set()
    holding: dict[str, set[str]] = defaultdict(set)  # word -> stories whose first or newest text has it

    def take_in(story_id: str, *texts: Wording) -> None:
        for text in texts:
            for word in (text.plain, *text.words):
                holding[word].add(story_id)

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
        text, mine = wording(prepared.title), title_companies(prepared)
        shared: dict[str, float] = defaultdict(float)
        for word in text.words:
            for story_id in holding[word]:
                shared[story_id] += weight(word)
        # Of less than this the likeness cannot reach its least; the sum is over both texts, so it is at least as great.
        near = {s for s, both in shared.items() if both >= LEAST_JACCARD * text.weight - 1e-6} | holding[text.plain]
        likely = []
        for story_id in near & active if text.count >= MIN_WORDS else ():
            story = stories[story_id]
            if abs(article.event_time - story["last_at"]) > settings.story_window_ms:
                continue
            if abs(article.event_time - story["first_at"]) > LONGEST_WINDOWS * settings.story_window_ms:
                continue
            if mine and story["companies"] and mine.isdisjoint(story["companies"]):
                continue
            like = max(likeness(text, story[which], settings.overlap) for which in ("first", "newest"))
            if like:
                likely.append((-like, story["seq"], story_id))
        if likely:
            story_id = min(likely)[2]
            assert (row.role, row.story_id) == ("copy", story_id), f"{row.prepared.title!r} belongs to {story_id}"
            story = stories[story_id]
            if text.plain not in (story["first"].plain, story["newest"].plain):
                story["newest"] = text
                take_in(story_id, text)
            story["last_at"] = max(story["last_at"], article.event_time)
            story["companies"] |= mine
        else:
            story_id = article.key
            assert (row.role, row.story_id) == ("new", story_id), f"{row.prepared.title!r} is a story of its own"
            stories[story_id] = {
                "seq": row.seq,
                "first_at": article.event_time,
                "last_at": article.event_time,
                "first": text,
                "newest": text,
                "companies": set(mine),
            }
            take_in(story_id, text)
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
