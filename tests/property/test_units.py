"""Stories, developments, originators and old news in any stream, committed in any batches, against the batch oracle."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.fold import Fold
from monitor.ingest.past import fingerprints
from monitor.instrument import Instrument, Recount
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Mention, Mode, Prepared, Tick
from monitor.restore import restore
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.sequence import counted_since, to_recount
from monitor.storage.store import Store
from tests.builders import NOON, article, prepared
from tests.examples import examples
from tests.oracle import agrees, contents

SETTINGS = FoldSettings()
NAMES = ("Harrow", "Calder")
LEADS = (
    "",
    "LONDON (Reuters) - It was said to be the worst day of all.",
    "The bank, the second biggest of the country, sought protection from its creditors before dawn, after lenders had "
    "refused to put more money into it",
)

titles = st.builds(
    "{}{} {}halts withdrawals after run on deposits at three branches{}{}".format,
    st.sampled_from(["", "UPDATE 1-", "RPT-", "CORRECTED-"]),
    st.sampled_from(["Harrow Bank", "Harrow Bank and Calder", "Marlow Bank"]),
    st.sampled_from(["", "", "", "denies report that it "]),
    st.sampled_from(["", ", 3 dead", ", 4 dead", ", $1.49 bln gone", ", 1.5 billion gone"]),
    st.sampled_from(["", "; chief resigns", " as chief quits", ", treasurer arrested", " (HRRW.L)"]),
)
arrivals = st.tuples(
    titles,
    st.sampled_from(LEADS),
    st.sampled_from(["a.example", "b.example", "c.example"]),
    st.sampled_from([0, 1, 20, 59, 60, 61, 600, 1439, 1440, 1441, 3000]),  # minutes since the last one
    st.sampled_from([0, 0, 0, 30, 1500]),  # minutes that it comes late
    st.floats(0, 1),
    st.sampled_from([Mode.LIVE, Mode.LIVE, Mode.HISTORY, Mode.BACKLOG]),
)
steps = st.lists(
    st.tuples(arrivals, st.sampled_from(["", "", "tick", "commit", "restart", "new model"])), min_size=1, max_size=25
)
_numbers = itertools.count()


def stream(rows: list[tuple[tuple[object, ...], str]]) -> Iterator[tuple[Prepared, int, str]]:
    """(article, the clock, what happens after it)."""
    now = NOON
    for number, ((title, lead, publisher, later, late, negative, mode), then) in enumerate(rows):
        now += later * MINUTE_MS  # type: ignore[operator]
        mentions = [
            Mention(f"x.{n}", n, "company", "banks", "title", title.find(n), title.find(n) + len(n), 1_000_000)  # type: ignore[attr-defined]
            for n in NAMES
            if n in title  # type: ignore[operator]
        ]
        one = article(f"t:{number}", title, summary=lead, publisher=publisher, at=now - late * MINUTE_MS, mode=mode)  # type: ignore[arg-type, operator]
        yield prepared(one, *mentions, negative=negative), now, then  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("units")


def read_again(store: Store, fold: Fold) -> None:
    """Every article of the last two days gets the opposite score, and loses or gains its second company."""
    memory = fold.memory
    before, since = memory.instrument, memory.now - 4 * DAY_MS
    after = Instrument(f"{before.model}x", "w", 300_000 if before.tau == 500_000 else 500_000)
    staged = []
    for row in store.read(lambda db: list(to_recount(db, since))):
        text = row.prepared
        scores = tuple(replace(s, negative=s.positive, positive=s.negative) for s in text.scores)
        mentions = text.mentions[:1] if len(text.mentions) > 1 else text.mentions * 2
        twice = [replace(m, entity_id=f"x.{n}") for n, m in enumerate(mentions)]
        staged.append((row.seq, replace(text, scores=scores, mentions=tuple(twice))))
    store.commit(Effects(unstage=True, staged=staged))
    fold.recount(Recount(memory.now, since, before, after), *store.read(counted_since, since, staged=True))
    store.commit(fold.take().effects)


@settings(max_examples=examples(60), deadline=None)
@given(rows=steps)
def test_any_stream_in_any_batches_with_restarts_is_what_the_oracle_says(folder: Path, rows: list[object]) -> None:
    path = folder / f"{next(_numbers)}.db"
    told = list(stream(rows))  # type: ignore[arg-type]
    with Store.open(path) as store:
        fold = Fold(SETTINGS)
        fresh = True
        for one, now, then in told:
            if fresh:  # what the store remembers is asked for once a batch, of all that is in it
                fold.learn_keys({})
                prints = [f for item, *_ in told for f in fingerprints(item)]
                fold.learn_past(store.read(rebuild.past_texts, prints))
                fresh = False
            fold.article(one, now)
            if then == "tick":
                fold.tick(Tick(now // MINUTE_MS * MINUTE_MS))
            elif then:
                store.commit(fold.take().effects)
                fresh = True
            if then == "new model":
                read_again(store, fold)
            if then in ("restart", "new model"):
                before, fold = contents(fold), Fold(SETTINGS, restore(store, SETTINGS))
                assert contents(fold) == before
        fold.tick(Tick((told[-1][1] + HOUR_MS) // MINUTE_MS * MINUTE_MS))
        store.commit(fold.take().effects)
        units = {p.unit_id for p in store.read(rebuild.placements_since, (NOON - 9 * DAY_MS) // MINUTE_MS)}
        stories = store.read(rebuild.active_stories, 0)
    agrees(path, SETTINGS)
    assert units == {s.id for s in stories} | {d.id for s in stories for d in s.developments}
    assert all(s.copies >= len(s.developments) for s in stories)


def test_the_stream_above_holds_what_it_is_to_prove() -> None:
    """Developments, old news and tellings of several hands do occur in it: else the test above would prove nothing."""
    found: set[str] = set()

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(rows=steps)
    def look(rows: list[object]) -> None:
        fold = Fold(SETTINGS)
        for one, now, then in stream(rows):  # type: ignore[arg-type]
            fold.article(one, now)
            if then:
                fold.tick(Tick(now // MINUTE_MS * MINUTE_MS))
        effects = fold.take().effects
        found.update(row.role for row in effects.articles)
        found.update("stale" for s in effects.stories if s.stale)
        found.update("hands" for s in effects.stories if any(len(who) > 2 for who in s.tellings))
        found.update("denial" for s in effects.stories if s.denials)
        found.update("agency" for s in effects.stories if any("reuters" in who for who in s.tellings))

    look()
    assert found == {"new", "copy", "development", "stale", "hands", "denial", "agency"}
