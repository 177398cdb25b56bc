"""Stories: articles that tell the same thing, counted once. Pure; state in, state out.

An article joins the story whose FIRST or NEWEST DISTINCT title it is like (`wording`), within the window of the story's
last article; never by likeness to just any member, since chains of small changes would tie unlike texts together. The
same template about another company ("X declares dividend") is another story.

What is counted is the unit: the story, and each of its developments (`developments`). A copy belongs to the unit of
that of the two texts with which it shares more figures, then to which it is more like; the first text's where both are
equal. One that repeats a text word for word belongs to that one's.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from monitor.ingest.denials import takes_back
from monitor.ingest.developments import is_development, take_in
from monitor.ingest.originators import originator
from monitor.ingest.text_index import TextIndex
from monitor.ingest.wording import DEFAULT_OVERLAP, Wording, likeness, wording
from monitor.records import Development, Prepared, Story

# The least words that say anything of what they are like.
MIN_WORDS = 3
# A story ends after so many windows: "Oil falls on demand worries" every day is news every day, not one story for ever.
LONGEST_WINDOWS = 3
# Texts of one story by which its originators are told apart; a story told in so many ways has enough of them.
MOST_TELLINGS = 64
MOST_DENIALS = 8  # likewise


class Joined(NamedTuple):
    """What came of an article that joined: the story now, and the unit that it counts in, maybe one of its own."""

    story: Story
    unit: str


@dataclass(slots=True)
class _Active:
    story: Story
    first: Wording
    newest: Wording
    companies: frozenset[str]

    @property
    def texts(self) -> tuple[Wording, ...]:
        """What an article may be like."""
        return (self.first,) if self.newest is self.first else (self.first, self.newest)


class StoryIndex:
    """The stories that an arriving article may still join.

    Args:
        window_ms: an article joins at most this far (event time) from the story's last article.
        overlap: share of the shorter title's weight that two titles of one story hold in common.
    """

    def __init__(self, window_ms: int, overlap: float = DEFAULT_OVERLAP) -> None:
        self.window_ms = window_ms
        self.overlap = overlap
        self._active: dict[str, _Active] = {}
        self._texts = TextIndex()
        self._ages: list[tuple[int, str]] = []
        self._story_of: dict[str, str] = {}  # the id of a development -> that of its story

    def __len__(self) -> int:
        return len(self._active)

    def get(self, story_id: str) -> Story | None:
        """The story while it is active."""
        held = self._active.get(story_id)
        return held.story if held else None

    def unit(self, unit_id: str) -> Story | None:
        """The story as this unit tells it, while it is active."""
        story = self.get(self._story_of.get(unit_id, unit_id))
        return story.unit(unit_id) if story else None

    def told(self, unit_ids: Sequence[str]) -> list[Story]:
        """Each of these units as it tells its story, as long as that is active: those of an opening all are."""
        found = (self.unit(unit_id) for unit_id in unit_ids)
        return [story for story in found if story is not None]

    def denied(self) -> list[Story]:
        """Active stories of which something was denied or corrected."""
        return [held.story for held in self._active.values() if held.story.denials]

    def ids(self) -> set[str]:
        """Ids of every active story, for comparison with a rebuilt index."""
        return set(self._active)

    def find(self, title: str, companies: frozenset[str], event_time: int) -> Story | None:
        """The active story that a text belongs to, the likest; the earlier one where two are equally like."""
        text = wording(title)
        if text.count < MIN_WORDS:
            return None
        best: tuple[float, int, Story] | None = None
        for story_id in self._texts.near(text):
            held = self._active[story_id]
            if companies and held.companies and companies.isdisjoint(held.companies):
                continue
            like = likeness(text, held.first, self.overlap)
            if held.newest is not held.first:
                like = max(like, likeness(text, held.newest, self.overlap))
            if not like or not self._in_time(held.story, event_time):
                continue
            if best is None or (-like, held.story.first_seq) < best[:2]:
                best = (-like, held.story.first_seq, held.story)
        return best[2] if best else None

    def open(self, seq: int, prepared: Prepared, *, stale: bool = False) -> Story:
        """A new story, begun by this article; `stale` where it repeats old news."""
        article = prepared.article
        story = Story(
            id=article.key,
            first_seq=seq,
            first_at=article.event_time,
            last_at=article.event_time,
            publisher=article.publisher,
            url=article.url,
            first_text=prepared.title,
            newest_text=prepared.title,
            copies=0,
            publishers=(article.publisher,),
            companies=tuple(sorted(title_companies(prepared))),
            negative=_negative(prepared),
            newest_unit=article.key,
            tellings=told_by((), prepared),
            stale=stale,
            denials=_denials((), prepared),
        )
        self.restore(story)
        return story

    def join(self, story: Story, prepared: Prepared, *, stale: bool = False) -> Joined:
        """The story with one more article: a changed text becomes its newest distinct text.

        Args:
            stale: the article repeats old news, so that what the story did not yet have is no development.
        """
        article, text = prepared.article, wording(prepared.title)
        held = self._active[story.id]
        distinct = text.plain not in (held.first.plain, held.newest.plain)
        developed = distinct and not stale and is_development(story, prepared)
        unit = article.key if developed else self._unit_of(held, text)
        negative = _negative(prepared)
        changed = replace(
            story,
            last_at=max(story.last_at, article.event_time),
            newest_text=prepared.title if distinct else story.newest_text,
            newest_unit=unit if distinct else story.newest_unit,
            copies=story.copies + 1,
            publishers=tuple(sorted({*story.publishers, article.publisher})),
            companies=tuple(sorted({*story.companies, *title_companies(prepared)})),
            negative=max((p for p in (story.negative, negative) if p is not None), default=None),
            tellings=told_by(story.tellings, prepared),
            denials=_denials(story.denials, prepared),
        )
        if distinct:
            changed = take_in(changed, prepared.title)
        if developed:
            turn = _turn(prepared)
            changed = replace(changed, developments=(*story.developments, turn))
            self._story_of[turn.id] = story.id
        if distinct:
            self._forget(story.id)
            self.restore(changed)
        else:
            held.story, held.companies = changed, frozenset(changed.companies)
            heapq.heappush(self._ages, (changed.last_at, changed.id))
        return Joined(changed, unit)

    def restore(self, story: Story) -> None:
        """Takes up a story as the store has it: what a restart does for every active one."""
        first = wording(story.first_text)
        newest = first if story.newest_text == story.first_text else wording(story.newest_text)
        held = self._active[story.id] = _Active(story, first, newest, frozenset(story.companies))
        for text in held.texts:
            self._texts.add(story.id, text)
        self._story_of.update((turn.id, story.id) for turn in story.developments)
        heapq.heappush(self._ages, (story.last_at, story.id))

    def expire(self, now: int) -> list[str]:
        """Lets go of stories whose last article is older than the window before the tick `now`; gives their units."""
        gone = []
        while self._ages and self._ages[0][0] < now - self.window_ms:
            last_at, story_id = heapq.heappop(self._ages)
            held = self._active.get(story_id)
            if held and held.story.last_at == last_at:
                self._forget(story_id)
                gone.append(story_id)
                gone.extend(turn.id for turn in held.story.developments)
        return gone

    def _unit_of(self, held: _Active, text: Wording) -> str:
        story = held.story
        if text.plain == held.newest.plain:
            return story.newest_unit
        if held.newest is held.first or text.plain == held.first.plain:
            return story.id
        nearer = self._nearness(text, held.newest) > self._nearness(text, held.first)
        return story.newest_unit if nearer else story.id

    def _nearness(self, text: Wording, own: Wording) -> tuple[int, float]:
        """Figures first: they may be all that tells a development from what it develops."""
        return len(text.figures & own.figures), likeness(text, own, self.overlap)

    def _in_time(self, story: Story, event_time: int) -> bool:
        return (
            abs(event_time - story.last_at) <= self.window_ms
            and abs(event_time - story.first_at) <= LONGEST_WINDOWS * self.window_ms
        )

    def _forget(self, story_id: str) -> None:
        held = self._active.pop(story_id)
        for text in held.texts:
            self._texts.remove(story_id, text)
        for turn in held.story.developments:
            del self._story_of[turn.id]


def title_companies(prepared: Prepared) -> frozenset[str]:
    """Companies named in the title or given as tickers: what tells two uses of one template apart."""
    return frozenset(m.entity_id for m in prepared.mentions if m.kind == "company" and m.where != "summary")


def told_by(tellings: tuple[tuple[str, ...], ...], prepared: Prepared) -> tuple[tuple[str, ...], ...]:
    """A story's tellings with this article's: the digest of its text, then all that may have written it, sorted."""
    plain = wording(prepared.title).plain
    digest = hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    writer = originator(prepared.article.publisher, prepared.lead)
    for number, (text, *writers) in enumerate(tellings):
        if text == digest:
            if writer in writers:
                return tellings
            return (*tellings[:number], (digest, *sorted((*writers, writer))), *tellings[number + 1 :])
    return (*tellings, (digest, writer)) if len(tellings) < MOST_TELLINGS else tellings


def _denials(denials: tuple[Development, ...], prepared: Prepared) -> tuple[Development, ...]:
    return (*denials, _turn(prepared)) if len(denials) < MOST_DENIALS and takes_back(prepared.title) else denials


def _turn(prepared: Prepared) -> Development:
    article = prepared.article
    return Development(
        article.key, article.event_time, article.publisher, article.url, prepared.title, _negative(prepared)
    )


def _negative(prepared: Prepared) -> int | None:
    return prepared.scores[0].negative if prepared.scores else None
