"""What is committed is what is read back, whatever text it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from monitor.records import MILLION, Article, Mention, Mode, Position, Prepared, Scope, Score, Standing, Story, Tick
from monitor.storage import rebuild, schema, sequence
from monitor.storage.columns import escape_text, unescape_text
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.store import Store
from tests.examples import examples
from tests.postgresql import Place

# Everything that a Python string can hold, the awkward ones often: NUL, lone surrogates, emoji, our own escape.
TEXT = st.text(
    st.one_of(st.characters(exclude_categories=()), st.sampled_from("\x00\ud800\udfff😀␛\u202e\\'\"")), max_size=30
)
TIME = st.integers(-(2**40), 2**45)
WORD = st.sampled_from(["company", "sector", "title", "summary"])


@st.composite
def scores(draw: st.DrawFn) -> Score:
    negative = draw(st.integers(0, MILLION))
    neutral = draw(st.integers(0, MILLION - negative))
    topics = draw(st.lists(st.tuples(TEXT, st.integers(0, MILLION)), max_size=3))
    target = draw(st.none() | TEXT.filter(bool))
    return Score(negative, neutral, MILLION - negative - neutral, tuple(topics), draw(TEXT), target)


MENTIONS = st.builds(Mention, TEXT, TEXT, WORD, TEXT, WORD, *[st.integers(0, 400)] * 2, st.integers(0, MILLION))
ARTICLES = st.builds(
    Article,
    key=TEXT,
    source=TEXT,
    publisher=TEXT,
    url=TEXT,
    title=TEXT,
    summary=TEXT,
    language=TEXT,
    published_at=st.none() | TIME,
    received_at=TIME,
    event_time=TIME,
    tickers=st.lists(TEXT, max_size=3).map(tuple),
    scope=st.sampled_from(Scope),
    mode=st.sampled_from(Mode),
)
PREPARED = st.builds(
    Prepared,
    article=ARTICLES,
    title=TEXT,
    lead=TEXT,
    text_hash=st.text("0123456789abcdef", min_size=16, max_size=16),
    mentions=st.lists(MENTIONS, max_size=3).map(tuple),
    scores=st.lists(scores(), max_size=3).map(tuple),
    unscored=TEXT,
)
TICKS = st.builds(Tick, TIME, st.sampled_from(Mode))


@pytest.fixture(scope="module")
def store(places: Place) -> Iterator[Store]:
    with Store.open(places("s")) as opened:
        yield opened


def _empty(store: Store) -> None:
    """One store for all examples: opening one costs more than all that an example commits."""

    def work(connection: Connection) -> None:
        for table in schema.metadata.tables.values():
            connection.execute(delete(table))

    asyncio.run(store.write(work))


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    records=st.lists(st.one_of(PREPARED, TICKS), max_size=6, unique_by=lambda r: getattr(r, "text_hash", id(r))),
    standing=st.sampled_from(Standing),
)
def test_what_was_committed_is_read_back_in_sequence_and_equal(
    store: Store, records: list[Prepared | Tick], standing: Standing
) -> None:
    committed: list[ArticleRow | tuple[int, Tick]] = []
    for seq, record in enumerate(records, start=1):
        if isinstance(record, Tick):
            committed.append((seq, record))
        else:
            committed.append(ArticleRow(seq, record, standing, record.article.key, record.article.key, "new", seq))
    effects = Effects(
        articles=[row for row in committed if isinstance(row, ArticleRow)],
        ticks=[row for row in committed if not isinstance(row, ArticleRow)],
    )
    _empty(store)
    store.commit(effects)
    with store.reader() as connection:
        assert list(sequence.in_sequence(connection, chunk=2)) == committed
        assert list(sequence.in_sequence(connection, from_seq=3)) == committed[2:]
    keys = [row.prepared.article.key for row in effects.articles]
    known = store.read(rebuild.known, list(dict.fromkeys(keys)))
    assert {key: len(rows) for key, rows in known.items()} == {key: keys.count(key) for key in keys}


@settings(max_examples=examples(40), deadline=None)
@given(texts=st.lists(TEXT, min_size=8, max_size=8), publishers=st.lists(TEXT, max_size=4), value=TEXT)
def test_stories_and_positions_hold_any_text(store: Store, texts: list[str], publishers: list[str], value: str) -> None:
    story = Story(
        *(texts[0], 1, 2, 3, texts[1], texts[2], texts[3], texts[4], 5),
        publishers=tuple(sorted(publishers)),
        companies=tuple(publishers),
        negative=None,
    )
    position = Position(texts[6], texts[7], {"etag": value, "deep": {value: [1, None, value]}})
    _empty(store)
    store.commit(Effects(stories=[story], positions=[position], meta={value: value}))
    assert store.read(rebuild.active_stories, 3) == [story]
    assert store.read(rebuild.positions, position.source) == {position.partition: position.value}
    assert store.read(rebuild.meta, value) == value


@given(TEXT, TEXT)
def test_escaping_is_one_to_one_and_leaves_no_unsafe_character(one: str, other: str) -> None:
    assert unescape_text(escape_text(one)) == one
    assert (escape_text(one) == escape_text(other)) == (one == other)
    assert "\0" not in escape_text(one)
    escape_text(one).encode("utf-8")
