"""The batch oracle: everything a store holds, computed again from its articles and ticks alone.

Stories, placements and buckets are recomputed by brute force, without the fold's indexes and increments; spikes and
alerts by a fold over the rows in sequence. Any difference is a failed assertion that names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.aggregation.series import score_for, series_of
from monitor.fold import Fold
from monitor.ingest.denials import takes_back
from monitor.ingest.developments import MOST, MOST_AN_HOUR, MOST_FIGURES, named_companies, told
from monitor.ingest.figures import rounds
from monitor.ingest.originators import originator
from monitor.ingest.past import KEPT_MS, dateline, fingerprints
from monitor.ingest.stories import LONGEST_WINDOWS, MIN_WORDS, MOST_DENIALS, MOST_TELLINGS, title_companies
from monitor.ingest.wording import LEAST_JACCARD, Wording, likeness, weight, wording
from monitor.instrument import Recount
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Bucket, Mode, PastText, Prepared, Standing, Story
from monitor.replay.refold import refold
from monitor.restore import restore
from monitor.storage import queries, rebuild, schema
from monitor.storage.effects import ArticleRow
from monitor.storage.sequence import in_sequence, to_recount
from monitor.storage.store import Store


def agrees(path: Path | str, settings: FoldSettings) -> dict[str, int]:
    """Asserts that the store at `path` is what its own articles and ticks give; returns what was compared."""
    store = Store.open_readonly(path)
    try:
        with store.reader() as db:
            rows = list(in_sequence(db))
            numbers = [row.seq if isinstance(row, ArticleRow) else row[0] for row in rows]
            assert numbers == list(range(1, len(numbers) + 1)), "sequence numbers have gaps or repeat"
            texts = [(r.prepared.article.key, r.prepared.text_hash) for r in rows if isinstance(r, ArticleRow)]
            assert len(texts) == len(set(texts)), "an article stands twice"
            found = _same_stories(rows, settings)
            _same_rows(found, {s.id: s for s in rebuild.active_stories(db, -(2**62))})
            remembered = _old_news(rows, settings)[1]
            assert rebuild.past_texts(db, _fingerprints(db)) == remembered, "remembered texts differ"
            stored_buckets = {(b.series, b.minute): b for b in rebuild.buckets(db, 0)}
            counted = _as_counted(db, rows, found.units, settings)
            buckets = _same_buckets(counted, found.units, stored_buckets)
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
        "instrument": memory.instrument,
        "sources": memory.sources,
    }


def _refolded(db: Any, settings: FoldSettings) -> tuple[Fold, dict[str, Any], dict[tuple[str, str], Any]]:
    last, spikes, alerts = Fold(settings), dict[str, Any](), dict[tuple[str, str], Any]()
    for _, fold, folded in refold(db, settings):
        last = fold
        spikes.update((held.spike.id, held) for held in folded.effects.spikes)
        alerts.update(((a.id, a.status), a) for a in folded.effects.alerts)
    return last, spikes, alerts


@dataclass
class Told:
    """What the oracle finds: article key -> unit; ids of stale stories, of developments by story, and their members."""

    units: dict[str, str]
    stale: list[str]
    developments: dict[str, list[str]]
    members: dict[str, list[Prepared]]


def _same_stories(rows: list[Any], settings: FoldSettings) -> Told:
    """Every article's story by what it shares with every story that is active by the rule, none left out.

    Whether it is a development is judged against every title that the story has had, one after another.
    """
    found = Told({}, [], defaultdict(list), defaultdict(list))
    old, _ = _old_news(rows, settings)
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
            if isinstance(tick, Recount):
                continue
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
            story = stories[story_id]
            distinct = text.plain not in (story["first"].plain, story["newest"].plain)
            turn = distinct and article.key not in old and _is_turn(found, story_id, prepared)
            role = "development" if turn else "copy"
            assert (row.role, row.story_id) == (role, story_id), f"{row.prepared.title!r} is a {role} of {story_id}"
            near_to = {
                which: (len(text.figures & story[which].figures), likeness(text, story[which], settings.overlap))
                for which in ("first", "newest")
            }
            nearer_newest = text.plain != story["first"].plain and near_to["newest"] > near_to["first"]
            if turn:
                unit = article.key
                found.developments[story_id].append(unit)
            elif text.plain == story["newest"].plain or nearer_newest:
                unit = story["newest_unit"]
            else:
                unit = story_id
            found.units[article.key] = unit
            if distinct:
                story["newest"], story["newest_unit"] = text, unit
                take_in(story_id, text)
            story["last_at"] = max(story["last_at"], article.event_time)
            story["companies"] |= mine
        else:
            story_id = article.key
            assert (row.role, row.story_id) == ("new", story_id), f"{row.prepared.title!r} is a story of its own"
            found.units[story_id] = story_id
            if story_id in old:
                found.stale.append(story_id)
            stories[story_id] = {
                "newest_unit": story_id,
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
        found.members[story_id].append(prepared)
    return found


def _is_turn(found: Told, story_id: str, prepared: Prepared) -> bool:
    """Whether no member of the story has told one of the article's figures, companies or events."""
    members, at = found.members[story_id], prepared.article.event_time
    turns = [m.article for m in members if m.article.key in found.developments[story_id]]
    its = told(prepared.title)
    if wording(prepared.title).notice or its.again or len(turns) >= MOST:
        return False
    if len([a for a in turns if abs(a.event_time - at) < HOUR_MS]) >= MOST_AN_HOUR:
        return False
    numbers = {number for m in members for number in told(m.title).figures}
    if len(numbers) < MOST_FIGURES and any(not any(rounds(f, n) for n in numbers) for f in its.telling):
        return True
    companies = {c for m in members for c in title_companies(m)}
    if companies and named_companies(prepared) - companies:
        return True
    return bool(its.events - {hint for m in members for hint in told(m.title).hints})


def _same_rows(found: Told, stored: dict[str, Story]) -> None:
    """What the rows of stories say of developments, originators and old news."""
    for story_id, members in found.members.items():
        story = stored[story_id]
        assert [turn.id for turn in story.developments] == found.developments[story_id], "developments differ"
        assert story.stale == (story_id in found.stale), f"{story_id} is old news, or is not"
        denied = [member.article.key for member in members if takes_back(member.title)]
        assert [denial.id for denial in story.denials] == denied[:MOST_DENIALS], f"denials of {story_id} differ"
        writers: dict[str, set[str]] = {}
        for member in members:
            text = wording(member.title).plain
            if text in writers or len(writers) < MOST_TELLINGS:
                writers.setdefault(text, set()).add(originator(member.article.publisher, member.lead))
        assert [set(who) for _, *who in story.tellings] == list(writers.values()), f"originators of {story_id} differ"


def _counted(rows: list[Any]) -> Iterator[tuple[Prepared | None, int]]:
    """Every article but revisions, with its event time; None for a tick that begins a day."""
    now = -1
    for row in rows:
        if isinstance(row, ArticleRow):
            if row.role != "revision":
                yield row.prepared, row.prepared.article.event_time
        elif row[1].at > now:
            if row[1].at // DAY_MS != now // DAY_MS:
                yield None, row[1].at
            now = row[1].at


def _runs(times: list[int], window: int) -> tuple[list[int], list[int]]:
    """The times of one text, in the order in which they were learnt: (of earlier runs, of the present one)."""
    before: list[int] = []
    present: list[int] = []
    for at in times:
        if present and max(present) - at > window:
            before.append(at)
            continue
        if present and at - max(present) > window:
            before, present = before + present, []
        present.append(at)
    return before, present


def _days(times: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(t // DAY_MS for t in times))[:3]


def _old_news(rows: list[Any], settings: FoldSettings) -> tuple[set[str], dict[int, PastText]]:
    """(keys of the articles that repeat what was told before, what is remembered), by all the times of every text."""
    found, window = set(), settings.story_window_ms
    times: dict[int, list[int]] = {}
    for prepared, at in _counted(rows):
        if prepared is None:
            times = {f: held for f, held in times.items() if max(held) >= at - KEPT_MS}
            continue
        dated = dateline(prepared.lead)
        if dated is not None and at - dated > 60 * DAY_MS:
            found.add(prepared.article.key)
        for fingerprint in fingerprints(prepared):
            held = times.setdefault(fingerprint, [])
            before, present = _runs(held, window)
            if present and at - max(present) > window:
                before = before + present
            if 0 < len(_days(before)) < 3:
                found.add(prepared.article.key)
            held.append(at)
    remembered = {}
    for fingerprint, held in times.items():
        before, present = _runs(held, window)
        remembered[fingerprint] = PastText(fingerprint, _days(before), _days(present), max(held))
    return found, remembered


def _fingerprints(db: Any) -> list[int]:
    return list(db.execute(select(schema.texts.c.fingerprint)).scalars())


def _hazardous(series: str, prepared: Prepared, score: Any, tau: int) -> bool:
    """A hazard in the title is bad in its own series, and in market and topics unless it is called good."""
    if not any(m.kind == "hazard" and m.where == "title" for m in prepared.mentions):
        return False
    good = score is not None and score.positive >= tau
    return series.startswith("watch:") or (not good and series.startswith(("market", "topic:")))


def _rank(member: tuple[int, str, Standing, Any, bool]) -> tuple[int, int, str]:
    at, key, standing, *_ = member
    return (["live", "late", "history", "trial", "backlog"].index(standing.value), at, key)


def _as_counted(db: Any, rows: list[Any], units: dict[str, str], settings: FoldSettings) -> list[tuple[Any, int]]:
    """The articles as the last recount of their unit read them, in the standing that they have since; by which tau."""
    admitted: set[str] = set()
    began: dict[str, Any] = {}
    counted: dict[int, tuple[Any, int]] = {}
    changes = [row[1] for row in rows if not isinstance(row, ArticleRow) and isinstance(row[1], Recount)]
    tau = changes[0].before.tau if changes else settings.instrument.tau
    for row in rows:
        if isinstance(row, ArticleRow):
            counted[row.seq] = (row, tau)
            if row.role in ("new", "development"):
                began[row.prepared.article.key] = row
        elif isinstance(row[1], Recount):
            seq, recount = row
            tau = recount.after.tau
            admitted |= set(recount.admitted)
            for again in to_recount(db, recount.since, at=seq):
                article = again.prepared.article
                first = began.get(units[article.key])
                if (
                    again.role == "revision"
                    or first is None
                    or first.prepared.article.event_time < recount.since + settings.longest_story_ms
                ):
                    continue
                trial = again.standing is Standing.TRIAL and article.source in admitted
                counted[again.seq] = (replace(again, standing=Standing.HISTORY if trial else again.standing), tau)
    return list(counted.values())


def _same_buckets(rows: list[tuple[Any, int]], units: dict[str, str], stored: dict[tuple[str, int], Bucket]) -> int:
    """Buckets by counting the members of every unit at once."""
    members: dict[tuple[str, str], list[tuple[int, str, Standing, Any, bool]]] = defaultdict(list)
    for row, tau in rows:
        if row.role != "revision":
            for series in series_of(row.prepared):
                score = score_for(series, row.prepared)
                article = row.prepared.article
                bad = (score is not None and score.negative >= tau) or _hazardous(series, row.prepared, score, tau)
                bad = bad and not takes_back(row.prepared.title)
                members[units[article.key], series].append((article.event_time, article.key, row.standing, score, bad))
    cells: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_, series), held in members.items():
        at, _, standing, score, _ = min(held, key=_rank)
        cell = cells[series, at // MINUTE_MS]
        cell["shown"] += 1
        cell["stories"] += standing not in (Standing.TRIAL, Standing.BACKLOG)
        cell["live_stories"] += standing is Standing.LIVE
        cell["scored"] += score is not None
        cell["sentiment"] += score.sentiment if score else 0
        worse = [member for member in held if member[4]]
        if worse:
            at, _, standing, *_ = min(worse, key=_rank)
            cell = cells[series, at // MINUTE_MS]
            cell["negative"] += standing not in (Standing.TRIAL, Standing.BACKLOG)
            cell["live_negative"] += standing is Standing.LIVE
    expected = {at: Bucket(*at, **cell) for at, cell in cells.items()}
    zero = {at for at, b in stored.items() if b == Bucket(b.series, b.minute)}  # a story came and moved away
    assert {at: b for at, b in stored.items() if at not in zero} == {
        at: b for at, b in expected.items() if b != Bucket(b.series, b.minute)
    }, "buckets differ"
    return len(expected)
