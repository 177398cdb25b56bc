"""A new feed, a new model, a new watchlist: what is measured with changes, and nobody is paged for it."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.checks import trial_notes
from monitor.detection.health import Health
from monitor.fold import Fold
from monitor.inference.model import Tokens
from monitor.inference.scorer import Scorer
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.watchlist import load_watchlist
from monitor.instrument import Instrument
from monitor.memory import FoldSettings
from monitor.records import HOUR_MS, Score, Standing
from monitor.replay.explain import recompute
from monitor.rescore import Reader, open_fold
from monitor.storage import rebuild, schema
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from tests.builders import article, prepared
from tests.fakes_model import LexiconModel
from tests.oracle import agrees, contents
from tests.quiet_news import A_DAY, in_loop, lived, pages
from tests.shipped import matcher

MATCHER = matcher()
PLAIN = FoldSettings(instrument=Instrument("a" * 16, "w", 500_000))
AT_ONCE = replace(PLAIN, trial_ms=10**15)


class Wary(LexiconModel):
    """Calls stories with these words bad too: half as many again with `worry`, more than three times with both."""

    def __init__(self, *words: str) -> None:
        super().__init__("wary")
        self._words = sorted({*self._words, *words})
        self._ids = {word: number for number, word in enumerate(self._words, 1)}
        self._bad = {self._ids[word] for word in words}

    def _score(self, tokens: Tokens) -> Score:
        return super()._score([self._ids["collapse"]] if self._bad & set(tokens) else tokens)


async def opened(store: Store, settings: FoldSettings, given: Reader) -> Fold:
    fold = await open_fold(store, settings, given)
    assert fold is not None
    return fold


@pytest.mark.slow
@pytest.mark.parametrize("settings", [PLAIN, AT_ONCE], ids=["tried for seven days", "counted at once"])
@in_loop
async def test_doubling_the_feeds_pages_nobody(tmp_path: Path, settings: FoldSettings) -> None:
    """Twice as many stories of the same kind: quiet where the second feed is tried, a page where it counts at once."""
    path, model = tmp_path / "s.db", LexiconModel()
    with Store.open(path) as store:
        fold = Fold(settings)
        await lived(store, fold, model, range(10), ["one"])
        assert fold.memory.sources.trial == frozenset() and not pages(store)
        await lived(store, fold, model, range(10, 15), ["one", "two"])
        if settings is AT_ONCE:
            assert pages(store)
            return
        assert trial_notes(fold.memory.sources, settings.trial_ms)
        before = fold.memory.detector.baseline.fit.series["market"].volume
        fold = Fold(settings, restored := (await opened(store, settings, reader(Scorer(model)))).memory)
        assert restored.sources.trial == {"two"}
        await lived(store, fold, model, range(15, 21), ["one", "two"])
        assert fold.memory.sources.trial == frozenset() and not trial_notes(fold.memory.sources, 0)
        fitted = fold.memory.detector.baseline.fit.series["market"]
        assert fitted.volume == pytest.approx(2 * before, rel=0.1)
        assert pages(store) == []
    agrees(path, settings)


def reader(scorer: Scorer) -> Reader:
    return Reader(MATCHER, scorer, 64)


@pytest.mark.slow
@in_loop
async def test_a_source_that_brings_little_leaves_the_past_of_all_series_as_it_is(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db") as store:
        fold = Fold(PLAIN)
        await lived(store, fold, LexiconModel(), range(9), ["one"])
        few = article("two:1", "Calder opens seven branches in Norwhistle", at=fold.memory.now, source="two")
        fold.article(prepared(few), 0)
        store.commit((folded := fold.take()).effects)
        assert [row.standing for row in folded.effects.articles] == [Standing.TRIAL]
        await lived(store, fold, LexiconModel(), range(9, 17), ["one"])
        assert fold.memory.sources.trial == frozenset()
        assert fold.memory.detector.baseline.counts.since == {}
        assert fold.memory.detector.baseline.counts.at(few.event_time // HOUR_MS)["market"][0] > 0


@in_loop
async def test_on_a_young_store_every_source_counts_at_once(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db") as store:
        fold = Fold(PLAIN)
        await lived(store, fold, LexiconModel(), range(2), ["one"])
        fold.article(prepared(article("two:1", "Calder opens seven branches", at=fold.memory.now, source="two")), 0)
        assert [row.standing for row in fold.take().effects.articles] == [Standing.LIVE]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "factor", "read_again"),
    [(["worry"], 1.5, True), (["worry", "meeting"], 3.3, True), (["worry", "meeting"], 3.3, False)],
    ids=["half as many again", "three times as many", "three times as many, the past not read again"],
)
@in_loop
async def test_a_model_that_finds_more_bad_stories_pages_nobody(
    tmp_path: Path, words: list[str], factor: float, read_again: bool
) -> None:
    path, plain, wary = tmp_path / "s.db", LexiconModel(), Wary(*words)
    after = replace(PLAIN, instrument=Instrument(wary.hash, "w", 500_000))
    with Store.open(path) as store:
        fold = Fold(PLAIN)
        await lived(store, fold, plain, range(10), ["one"])
        store.commit(Effects(meta={"instrument": str(PLAIN.instrument if read_again else after.instrument)}))
        assert not pages(store)
        bad = fold.memory.detector.baseline.fit.series["market"].negative
        with closing(Scorer(wary)) as scorer:
            fold = await opened(store, after, reader(scorer))
        assert fold.memory.instrument == after.instrument
        assert (fold.memory.detector.health == Health()) is read_again
        if read_again:
            assert fold.memory.detector.baseline.fit.series["market"].negative == pytest.approx(factor * bad, rel=0.15)
        await lived(store, fold, wary, range(10, 17), ["one"])
        assert bool(pages(store)) is not read_again
    if read_again:
        agrees(path, after)


def staged(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
        found = db.execute("SELECT count(*) FROM scores WHERE read_from = ?", (schema.STAGED,)).fetchone()
    return int(found[0])


@in_loop
async def test_a_kill_while_the_past_is_read_again_goes_on_where_it_was(tmp_path: Path) -> None:
    path, plain, wary = tmp_path / "s.db", LexiconModel(), Wary("worry")
    after = replace(PLAIN, instrument=Instrument(wary.hash, "w", 500_000))
    with Store.open(path) as store:
        fold = Fold(PLAIN)
        await lived(store, fold, plain, range(3), ["one"])
        store.commit(Effects(meta={"instrument": str(PLAIN.instrument)}))

        class Killed(Exception):
            pass

        class Mortal(Wary):
            def infer(self, batch: Sequence[Tokens]) -> list[Score]:
                if len(self.runs) == 2:
                    while not staged(path):  # in the scorer's thread: the loop goes on and stages what came before
                        time.sleep(0.01)
                    raise Killed
                return super().infer(batch)

        mortal = Mortal("worry")
        with closing(Scorer(mortal)) as scorer, pytest.raises(ExceptionGroup):
            await opened(store, after, reader(scorer))
        assert store.read(rebuild.meta, "instrument") == str(PLAIN.instrument)
        wary.texts.clear()
        with closing(Scorer(wary)) as scorer:
            fold = await opened(store, after, reader(scorer))
        assert 0 < len(wary.texts) < 3 * A_DAY  # what was staged before the kill is not read a third time
        assert contents(fold) == contents(await opened(store, after, reader(Scorer(wary))))
    agrees(path, after)


@pytest.mark.slow
@in_loop
async def test_an_alert_of_before_the_change_is_explained_by_what_it_was_measured_with(tmp_path: Path) -> None:
    path, plain, wary = tmp_path / "s.db", LexiconModel(), Wary("worry")
    after = replace(PLAIN, instrument=Instrument(wary.hash, "w", 400_000))
    with Store.open(path) as store:
        fold = Fold(PLAIN)
        await lived(store, fold, plain, range(3), ["one"])
        store.commit(Effects(meta={"instrument": str(PLAIN.instrument)}))
        now = fold.memory.now
        for number in range(25):
            title = f"q{number}a at q{number}b ends in q{number}c collapse"
            item = article(f"x:{number}", title, at=now, source="one", publisher=f"p{number % 4}.example")
            fold.article(prepared(item, negative=0.9), 0)
        store.commit(fold.take().effects)
        (page,) = pages(store)
        with closing(Scorer(wary)) as scorer:
            fold = await opened(store, after, reader(scorer))
        await lived(store, fold, wary, range(3, 5), ["one"])
        report, well = recompute(store, after, page)
        assert well, report["differs"]
    agrees(path, after)


@in_loop
async def test_an_edited_watchlist_scores_only_what_it_reads_in_another_way(tmp_path: Path) -> None:
    path, model = tmp_path / "s.db", LexiconModel()
    before = replace(PLAIN, instrument=Instrument(model.hash, "w", 500_000))
    after = replace(PLAIN, instrument=Instrument(model.hash, "w2", 500_000))
    own = tmp_path / "own.csv"
    own.write_text("id,name,sector\nxx.wyvern,Wyvern,banks\n")
    with Store.open(path) as store:
        fold = Fold(before)
        await lived(store, fold, model, range(2), ["one"])
        item = article("one:w", "Wyvern halts withdrawals after run", at=fold.memory.now, source="one")
        fold.article(replace(prepared(item), scores=tuple(model.infer(model.encode([item.title])))), 0)
        store.commit(fold.take().effects)
        store.commit(Effects(meta={"instrument": str(before.instrument)}))
        model.texts.clear()
        with closing(Scorer(model)) as scorer:
            fold = await opened(store, after, Reader(EntityMatcher(load_watchlist(own)), scorer, 64))
        assert model.texts == [item.title]
        assert fold.memory.detector.windows.count("entity:xx.wyvern", 1).negative == 1
    agrees(path, after)


@pytest.mark.slow
@in_loop
async def test_a_signal_while_the_past_is_read_again_ends_the_start_well(tmp_path: Path) -> None:
    path, plain = tmp_path / "s.db", LexiconModel()

    class Told(Wary):
        def infer(self, batch: Sequence[Tokens]) -> list[Score]:
            if len(self.runs) == 1:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().infer(batch)

    told_to_stop = Told("worry")
    after = replace(PLAIN, instrument=Instrument(told_to_stop.hash, "w", 500_000))
    with Store.open(path) as store:
        fold = Fold(PLAIN)
        await lived(store, fold, plain, range(7), ["one"])
        store.commit(Effects(meta={"instrument": str(PLAIN.instrument)}))
        with closing(Scorer(told_to_stop)) as scorer:
            assert await open_fold(store, after, reader(scorer)) is None
            assert store.read(rebuild.meta, "instrument") == str(PLAIN.instrument)
            done = len(told_to_stop.texts)
            assert (await opened(store, after, reader(scorer))).memory.instrument == after.instrument
        # What was under way is staged, and not read again.
        assert done > 0 and len(told_to_stop.texts) < done + 7 * A_DAY
    agrees(path, after)
