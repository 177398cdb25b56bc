"""The stages together, over working in-memory ends: order, acknowledgement, backpressure, retry, drain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from monitor.channel import Channel
from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.errors import StoreUnavailableError
from monitor.fold import Fold, Folded
from monitor.inference.model import Tokens
from monitor.inference.scorer import Scorer
from monitor.memory import FoldSettings
from monitor.pipeline import INTAKE, Pipeline, Stages, prepare
from monitor.records import MINUTE_MS, Article, Mode, Position, Refusal, Score, Tick
from monitor.sink import MemorySink
from monitor.sources.protocol import Source, SourceHealth
from monitor.storage.effects import Effects
from monitor.telemetry.metrics import Metrics
from monitor.ticks import ClockSource, Played
from tests.builders import NOON, article
from tests.fakes_model import LexiconModel
from tests.fakes_source import MemoryBroker, MemorySource
from tests.shipped import matcher

MATCHER = matcher()


class Given:
    """A source of just these records; acknowledgements are written down with what was committed by then."""

    name = "given"

    def __init__(self, records: Sequence[object], sink: MemorySink | None = None, endless: bool = False) -> None:
        self.records = records
        self.sink = sink
        self.endless = endless
        self.acked: list[tuple[int, int]] = []
        self.pauses = 0
        self.put = 0
        self.paused = asyncio.Event()
        self.all_put = asyncio.Event()

    async def run(self, out: Channel[Delivery]) -> None:
        for index, record in enumerate(self.records):
            position = Position(self.name, "p", {"done": index + 1})
            await out.put(Delivery(record, position, lambda i=index: self._ack(i)))  # type: ignore[arg-type, misc]
            self.put += 1
        self.all_put.set()
        if self.endless:
            await asyncio.Event().wait()

    def _ack(self, index: int) -> None:
        self.acked.append((index, self.sink.articles if self.sink else -1))

    def pause(self) -> None:
        self.pauses += 1
        self.paused.set()

    def resume(self) -> None:
        self.pauses -= 1

    def health(self) -> list[SourceHealth]:
        return []


def pipeline(
    sources: Sequence[Source],
    sink: MemorySink,
    model: LexiconModel | None = None,
    on_folded: Callable[[Folded], None] = lambda folded: None,
) -> Pipeline:
    counted = Metrics(CollectorRegistry())
    stages = Stages(
        matcher=MATCHER,
        scorer=Scorer(model or LexiconModel()),
        max_batch=64,
        languages=("en",),
        end=Committing(Fold(FoldSettings()), sink, counted, clock=lambda: NOON, on_folded=on_folded),
        metrics=counted,
    )
    return Pipeline(stages, sources)


class Recording(MemorySink):
    """A memory sink that keeps every batch, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.failures = failures
        self.batches: list[Effects] = []
        self.tried: list[Effects] = []
        self.failed = asyncio.Event()

    async def commit(self, effects: Effects) -> None:
        self.tried.append(effects)
        if self.failures:
            self.failures -= 1
            self.failed.set()
            raise StoreUnavailableError("the disk is full")
        self.batches.append(effects)
        await super().commit(effects)

    def order(self) -> list[object]:
        rows: list[tuple[int, object]] = []
        for batch in self.batches:
            rows += [(row.seq, row.prepared.article.key) for row in batch.articles]
            rows += [(seq, tick.at) for seq, tick in batch.ticks]
        return [what for _, what in sorted(rows)]


def articles(count: int) -> list[Article]:
    return [article(f"t:{i}", f"Firm{i} posts profit{i} of {i}.5 million", at=NOON + i) for i in range(count)]


def test_articles_and_ticks_keep_their_order_and_get_consecutive_sequence_numbers() -> None:
    records: list[object] = []
    for index, item in enumerate(articles(300)):
        records.append(item)
        if index % 50 == 0:
            records.append(Tick(NOON + (index + 1) * MINUTE_MS))
    sink = Recording()
    asyncio.run(pipeline([Given(records)], sink).run())
    assert sink.order() == [r.key if isinstance(r, Article) else r.at for r in records]  # type: ignore[attr-defined]
    numbers = sorted(n for b in sink.batches for n in [*(r.seq for r in b.articles), *(s for s, _ in b.ticks)])
    assert numbers == list(range(1, len(records) + 1))


def test_batches_are_counted_by_why_they_were_released() -> None:
    running = pipeline([Given(articles(300))], Recording())
    asyncio.run(running.run())
    batches = running.stages.metrics.model.batches
    full, drained = (batches.labels(why)._value.get() for why in ("full", "drained"))
    assert full >= 1 and drained >= 1  # 300 are not whole batches of 64
    assert 300 / 64 <= full + drained <= 300


def test_nothing_is_acknowledged_before_it_is_committed() -> None:
    sink = Recording()
    source = Given(articles(150), sink)
    asyncio.run(pipeline([source], sink).run())
    assert [index for index, _ in source.acked] == list(range(150))
    assert all(committed > index for index, committed in source.acked)
    assert sink.batches[-1].positions == [Position("given", "p", {"done": 150})]


def test_a_store_that_fails_for_a_while_gets_the_very_same_transaction_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.committing.RETRY_LEAST_S", 0.001)

    async def scenario() -> tuple[Recording, Given, str]:
        sink = Recording(failures=3)
        source = Given(articles(5), sink)
        line = pipeline([source], sink)
        running = asyncio.create_task(line.run())
        await sink.failed.wait()
        await asyncio.sleep(0)
        stalled = line.stalled
        await running
        return sink, source, stalled + "|" + line.stalled

    sink, source, stalled = asyncio.run(scenario())
    assert len({id(effects) for effects in sink.tried[:4]}) == 1
    assert sink.articles == 5 and len(source.acked) == 5
    assert stalled == "store: the disk is full|"


def test_a_store_that_says_nothing_makes_the_daemon_unready_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hung disk, or a server that went away while it was committing: nothing has failed, and nothing goes on."""
    monkeypatch.setattr("monitor.committing.SILENT_S", 0.01)

    lines: list[Pipeline] = []
    told: list[str] = []

    class Silent(MemorySink):
        async def commit(self, effects: Effects) -> None:
            await asyncio.sleep(0.05)  # its answer comes after the clock has rung
            told.append(lines[0].stalled)
            await super().commit(effects)

    sink = Silent()
    lines.append(pipeline([Given(articles(5), sink)], sink))
    asyncio.run(lines[0].run())
    assert told[0] == "store: no answer for 0 s"
    assert lines[0].stalled == ""


def test_a_fault_of_the_store_that_no_retry_mends_ends_the_pipeline() -> None:
    class Broken(MemorySink):
        async def commit(self, effects: Effects) -> None:
            raise ValueError("constraint")

    source = Given(articles(5), endless=True)
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(pipeline([source], Broken()).run())
    assert caught.group_contains(ValueError, match="constraint")
    assert source.acked == []


def test_a_full_pipeline_pauses_its_sources_and_resumes_them_when_drained() -> None:
    async def scenario() -> tuple[Given, int]:
        sink = Recording(failures=10**9)
        source = Given(articles(3_000), sink)
        line = pipeline([source], sink)
        running = asyncio.create_task(line.run())
        await sink.failed.wait()
        await source.paused.wait()  # it fills up behind the store: bounded by the channels
        for _ in range(200):
            await asyncio.sleep(0)
        held = source.put
        sink.failures = 0
        await running
        assert sink.articles == 3_000
        return source, held

    source, held = asyncio.run(scenario())
    assert source.pauses == 0
    assert INTAKE <= held < 3_000


def test_stop_ends_the_reading_and_commits_what_was_taken_in() -> None:
    async def scenario() -> tuple[Recording, Given]:
        sink = Recording()
        source = Given(articles(100), sink, endless=True)
        line = pipeline([source, ClockSource(lambda: NOON)], sink)
        running = asyncio.create_task(line.run())
        await source.all_put.wait()
        line.stop()
        await running
        return sink, source

    sink, source = asyncio.run(scenario())
    assert sink.articles == 100 == len(source.acked)


def test_what_was_committed_just_now_is_not_scored_again_but_moves_its_position() -> None:
    async def scenario() -> tuple[LexiconModel, Recording, Given]:
        model, sink = LexiconModel(), Recording()
        line = pipeline([Given(articles(10))], sink, model)
        await line.run()
        again = Given(articles(10), sink)
        line.sources, line.intake = [again], Channel(INTAKE)
        line.scoring, line.inferring, line.ending = Channel(INTAKE), Channel(1), Channel(INTAKE)
        await line.run()
        return model, sink, again

    model, sink, again = asyncio.run(scenario())
    assert sum(model.runs) == 10
    assert sink.articles == 10
    assert len(again.acked) == 10
    assert sink.batches[-1].positions[0].value == {"done": 10}


def test_an_article_that_comes_with_its_scores_is_not_scored_again() -> None:
    mine, sink, model = Score(900_000, 50_000, 50_000, (), "other"), Recording(), LexiconModel()
    given = [prepare(item, MATCHER, ("en",)) for item in articles(4)]
    scored = [replace(prepared, scores=(mine,)) for prepared in given[:3]]
    asyncio.run(pipeline([Given([*scored, given[3]])], sink, model).run())
    rows = [row.prepared.scores for batch in sink.batches for row in batch.articles]
    assert rows[:3] == [(mine,)] * 3 and rows[3][0].model == model.hash
    assert sum(model.runs) == 1


def test_a_known_key_with_changed_text_is_a_revision_that_counts_nothing() -> None:
    sink = Recording()
    first = article("t:1", "Harrow Bank posts quarterly loss of 20 million")
    changed = article("t:1", "Harrow Bank posts quarterly loss of 25 million")
    asyncio.run(pipeline([Given([first, changed, first])], sink).run())
    rows = [row for batch in sink.batches for row in batch.articles]
    assert [(row.role, row.story_id) for row in rows] == [("new", "t:1"), ("revision", "t:1")]
    assert sum(b.shown for batch in sink.batches for b in batch.buckets if b.series == "market") == 1


def test_an_unsupported_language_keeps_its_volume_and_has_no_score() -> None:
    sink = Recording()
    item = article("t:1", "央行宣布下调存款准备金率0.5个百分点", language="")
    asyncio.run(pipeline([Given([item])], sink).run())
    row = sink.batches[0].articles[0]
    assert row.prepared.unscored == "unsupported_language" and row.prepared.scores == ()
    market = next(b for b in sink.batches[0].buckets if b.series == "market")
    assert (market.stories, market.scored, market.negative) == (1, 0, 0)


def test_a_text_for_which_the_network_gives_no_number_stops_nothing() -> None:
    """Half precision overflows at a rare text: else it ended the daemon there, and after each restart again."""

    class Overflowing(LexiconModel):
        def infer(self, batch: Sequence[Tokens]) -> list[Score | None]:
            found = super().infer(batch)
            return [None if score.negative > 700_000 else score for score in found]

    sink = Recording()
    items = [article("t:1", "Harrow Bank collapses after fraud probe"), article("t:2", "Harrow Bank opens a branch")]
    running = pipeline([Given(items)], sink, model=Overflowing())
    asyncio.run(running.run())
    rows = {row.prepared.article.key: row.prepared for batch in sink.batches for row in batch.articles}
    assert rows["t:1"].unscored == "not_a_number" and rows["t:1"].scores == ()
    assert rows["t:2"].unscored == "" and len(rows["t:2"].scores) == 1
    assert sum(b.shown for batch in sink.batches for b in batch.buckets if b.series == "market") == 2


def test_refusals_are_committed_with_what_came_before_them() -> None:
    sink = Recording()
    refusal = Refusal("given", "not_json", "news.jsonl:2", "not JSON", "{", NOON)
    asyncio.run(pipeline([Given([articles(1)[0], refusal])], sink).run())
    assert sink.refused == [("news.jsonl:2", "not_json")]
    assert sink.articles == 1


def test_prepare_cuts_markup_and_finds_companies() -> None:
    prepared = prepare(article(title="<b>JPMorgan</b> profit falls <script>x()</script>"), MATCHER, ("en",))
    assert prepared.title == "JPMorgan profit falls"
    assert "us.jpm" in {m.entity_id for m in prepared.mentions}


def test_played_articles_are_preceded_by_every_minute_since_the_first() -> None:
    times = [NOON + 10_000, NOON + 70_000, NOON + 5 * MINUTE_MS, NOON + 2 * MINUTE_MS]
    items = [article(f"t:{i}", f"Story {i} of many words here", at=at) for i, at in enumerate(times)]
    sink = Recording()
    asyncio.run(pipeline([Played(Given(items), mode=lambda at: Mode.HISTORY)], sink).run())
    minute = NOON // MINUTE_MS * MINUTE_MS
    steps = [minute + i * MINUTE_MS for i in range(7)]
    assert sink.order() == [steps[0], "t:0", steps[1], "t:1", *steps[2:6], "t:2", "t:3", steps[6]]
    assert {tick.mode for batch in sink.batches for _, tick in batch.ticks} == {Mode.HISTORY}


def test_an_archive_that_runs_backwards_is_noticed() -> None:
    items = [article(f"t:{i}", f"Story {i} of many words here", at=NOON - i * 3_600_001) for i in range(10)]
    backwards, forwards = Played(Given(items)), Played(Given(items[::-1]))
    asyncio.run(pipeline([backwards], Recording()).run())
    asyncio.run(pipeline([forwards], Recording()).run())
    assert (backwards.articles, backwards.behind, forwards.behind) == (10, 9, 0)


def test_a_gap_of_weeks_between_two_archives_is_not_ticked_through() -> None:
    items = [article("t:1", at=NOON), article("t:2", "Another story of many words", at=NOON + 30 * 86_400_000)]
    sink = Recording()
    asyncio.run(pipeline([Played(Given(items))], sink).run())
    assert sum(len(batch.ticks) for batch in sink.batches) == 3


def test_records_of_a_partitioned_source_arrive_once_with_its_last_offsets() -> None:
    broker = MemoryBroker()
    for index in range(40):
        value: Mapping[str, object] = {"id": index, "title": f"Headline number {index}", "published_at": NOON / 1000}
        broker.append(f"news/{index % 2}", json.dumps(value).encode())
    sink = Recording()

    async def scenario() -> None:
        done = asyncio.Event()
        source = MemorySource(broker, positions={}, clock=lambda: NOON)
        line = pipeline([source], sink, on_folded=lambda _: done.set() if sink.articles == 40 else None)
        running = asyncio.create_task(line.run())
        await done.wait()
        line.stop()
        await running

    asyncio.run(scenario())
    last = {p.partition: p.value for batch in sink.batches for p in batch.positions}
    assert last == {"news/0": {"offset": 20}, "news/1": {"offset": 20}}
