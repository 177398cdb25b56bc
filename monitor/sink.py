"""Where the fold's effects go: into the store, or, in a replay, into memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.aggregation.placement import Placement
from monitor.detection.spikes import NearMiss, OpenSpike
from monitor.records import HOUR_MS, Alert, PastText, Story
from monitor.storage import rebuild, sequence
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.store import Store

Counted = tuple[Sequence[ArticleRow], Mapping[str, Mapping[str, Placement]]]


class StoreSink:
    """Commits to the store through its one writer thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def known(self, keys: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
        found = await self._store.read_async(rebuild.known, keys)
        return {key: [(k.text_hash, k.story_id) for k in entries] for key, entries in found.items()}

    async def past(self, fingerprints: Sequence[int]) -> Mapping[int, PastText]:
        return await self._store.read_async(rebuild.past_texts, fingerprints)

    async def commit(self, effects: Effects) -> None:
        await self._store.commit_async(effects)

    async def counted_since(self, since: int) -> Counted:
        return await self._store.read_async(sequence.counted_since, since)


class MemorySink:
    """Keeps what a replay's report needs: keys, texts, stories, spikes, alerts, near-misses, counts."""

    def __init__(self) -> None:
        self.keys: dict[str, list[tuple[str, str]]] = {}
        self.texts: dict[int, PastText] = {}
        self.stories: dict[str, Story] = {}
        self._story_of: dict[str, str] = {}
        self.spikes: dict[str, OpenSpike] = {}
        self.alerts: list[Alert] = []
        self.near_misses: dict[tuple[str, int], NearMiss] = {}
        self.articles = self.unscored = 0
        self.first_tick = 0
        self.refused: list[tuple[str, str]] = []

    async def known(self, keys: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
        return {key: self.keys[key] for key in keys if key in self.keys}

    async def past(self, fingerprints: Sequence[int]) -> Mapping[int, PastText]:
        return {f: self.texts[f] for f in fingerprints if f in self.texts}

    def unit(self, unit_id: str) -> Story:
        """The story as this unit of it tells it."""
        return self.stories[self._story_of.get(unit_id, unit_id)].unit(unit_id)

    async def counted_since(self, since: int) -> Counted:
        raise AssertionError("an archive is one source, which is never on trial")

    async def commit(self, effects: Effects) -> None:
        for row in effects.articles:
            prepared = row.prepared
            self.keys.setdefault(prepared.article.key, []).append((prepared.text_hash, row.story_id))
            self.unscored += not prepared.scores
        self.articles += len(effects.articles)
        if not self.first_tick and effects.ticks:
            self.first_tick = effects.ticks[0][1].at
        for since in effects.texts_since:
            self.texts = {f: text for f, text in self.texts.items() if text.last_at >= since}
        self.texts.update((text.fingerprint, text) for text in effects.texts)
        self.stories.update((story.id, story) for story in effects.stories)
        self._story_of.update((turn.id, story.id) for story in effects.stories for turn in story.developments)
        self.spikes.update((held.spike.id, held) for held in effects.spikes)
        self.alerts.extend(effects.alerts)
        for miss in effects.near_misses:
            at = (miss.series, miss.at // (24 * HOUR_MS))
            if at not in self.near_misses or miss.surprise > self.near_misses[at].surprise:
                self.near_misses[at] = miss
        self.refused.extend((refusal.where, refusal.reason) for refusal in effects.refusals)
