"""A headline that names several entities is scored once for each: what the model reads, where the scores go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from monitor.channel import Channel
from monitor.commands import scored_lines
from monitor.committing import Committing, Sink
from monitor.delivery import Delivery
from monitor.fold import Fold
from monitor.inference.scorer import Scorer
from monitor.ingest.targets import MOST_TARGETS, Reading, readings, scores_by_headline
from monitor.memory import FoldSettings
from monitor.pipeline import Pipeline, Stages, prepare
from monitor.records import MILLION, MINUTE_MS, Article, Prepared, Tick
from monitor.sink import MemorySink, StoreSink
from monitor.sources.protocol import SourceHealth
from monitor.storage import evidence_query, rebuild
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.sequence import in_sequence
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article, score
from tests.fakes_model import LexiconModel
from tests.oracle import agrees
from tests.shipped import matcher

TOKEN = "[TARGET]"
MATCHER = matcher()
OPPOSITE = "JPMorgan profit rises, Wells Fargo shares plunge after fraud probe"


class Given:
    """A source of just these records."""

    name = "given"

    def __init__(self, records: Sequence[Article | Tick]) -> None:
        self.records = records

    async def run(self, out: Channel[Delivery]) -> None:
        for record in self.records:
            await out.put(Delivery(record, None, lambda: None))

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def health(self) -> list[SourceHealth]:
        return []


class Kept(MemorySink):
    """A memory sink that keeps the articles that were committed."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared: list[Prepared] = []

    async def commit(self, effects: Effects) -> None:
        self.prepared += [row.prepared for row in effects.articles]
        await super().commit(effects)


def run(model: LexiconModel, records: Sequence[Article | Tick], sink: Sink, metrics: Metrics | None = None) -> None:
    """The records through all stages, to the last commit."""

    async def main() -> None:
        scorer = Scorer(model)
        counted = metrics or Metrics(CollectorRegistry())
        stages = Stages(
            matcher=MATCHER,
            scorer=scorer,
            max_batch=64,
            languages=("en",),
            end=Committing(Fold(FoldSettings()), sink, counted, clock=lambda: NOON, on_folded=lambda folded: None),
            metrics=counted,
        )
        await Pipeline(stages, [Given(records)]).run()
        scorer.close()

    asyncio.run(main())


def scored(model: LexiconModel, *titles: str) -> list[Prepared]:
    sink = Kept()
    run(model, [article(f"t:{i}", title, at=NOON + i) for i, title in enumerate(titles)], sink)
    return sink.prepared


def asked(title: str, lead: str = "", token: str | None = TOKEN) -> list[Reading]:
    prepared = prepare(article(title=title, summary=lead), MATCHER, ("en",))
    return readings(prepared.title, prepared.lead, prepared.mentions, token)


# --- what the model reads


def test_a_headline_of_two_companies_is_read_whole_and_once_for_each_in_the_order_of_the_title() -> None:
    assert asked("Wells Fargo sues JPMorgan's broker over loans") == [
        Reading("Wells Fargo sues JPMorgan's broker over loans"),
        Reading("[TARGET] sues JPMorgan's broker over loans", "us.wfc"),
        Reading("Wells Fargo sues [TARGET]'s broker over loans", "us.jpm"),
    ]


@pytest.mark.parametrize(
    ("title", "lead", "rule"),
    [
        ("JPMorgan profit rises to record", "", "one company"),
        ("JPMorgan and JP Morgan profit rises to record", "", "one company, twice"),
        ("Oil workers and lenders fall out over pay", "", "a sector's words are no entity"),
        ("Banks rise as JPMorgan profit beats forecasts", "", "nor do they make a second one"),
        ("JPMorgan profit rises to record", "Wells Fargo falls.", "a company of the lead is not what it is about"),
        ("Cup final ends in draw after rain", "", "nobody"),
    ],
)
def test_a_headline_of_fewer_than_two_entities_is_read_once(title: str, lead: str, rule: str) -> None:
    assert asked(title, lead) == [Reading(title)], rule


def test_central_banks_currencies_and_commodities_are_targets_too() -> None:
    prepared = prepare(article(title="ECB holds as dollar climbs and gold slips to low"), MATCHER, ("en",))
    found = readings(prepared.title, prepared.lead, prepared.mentions, TOKEN)
    kinds = {m.entity_id: m.kind for m in prepared.mentions}
    assert [kinds[r.target] for r in found[1:] if r.target] == ["central_bank", "currency", "commodity"]


def test_a_model_without_a_token_reads_whole_headlines_only() -> None:
    assert asked(OPPOSITE, token=None) == [Reading(OPPOSITE)]
    assert asked("[TARGET] falls as JPMorgan gains ground", token=None)[0].text.startswith("[TARGET]")


def test_the_first_eight_entities_are_targets_and_no_more() -> None:
    title = "Apple, Microsoft, Amazon, Nvidia, Tesla, Boeing, Intel, Pfizer, Exxon, Chevron fall"
    found = asked(title)
    assert len(found) == 1 + MOST_TARGETS == 9
    assert [r.text.index(TOKEN) for r in found[1:]] == sorted(r.text.index(TOKEN) for r in found[1:])
    assert found[1].target == "us.aapl" and found[-1].target == "us.pfe"


def test_a_name_that_shrinks_to_the_token_brings_no_lead_that_the_whole_headline_is_read_without() -> None:
    found = asked("Wells Fargo sues JPMorgan", "A court in New York will hear the case.")
    assert [r.text for r in found] == [
        "Wells Fargo sues JPMorgan",
        "[TARGET] sues JPMorgan",
        "Wells Fargo sues [TARGET]",
    ]
    label = asked("JPMorgan, Boeing", "Both fell [TARGET] sharply.")
    assert [r.text for r in label] == [
        "JPMorgan, Boeing. Both fell sharply.",
        "[TARGET], Boeing. Both fell sharply.",
        "JPMorgan, [TARGET]. Both fell sharply.",
    ]


@pytest.mark.parametrize("literal", ["[TARGET]", "[target]", "[Târget]", "[TAR[TARGET]GET]", "［ＴＡＲＧＥＴ］"])
def test_a_token_that_news_hold_is_not_taken_for_a_mark(literal: str) -> None:
    found = asked(f"{literal} JPMorgan profit rises, {literal} Wells Fargo shares plunge {literal}")
    assert found[0].text in (
        "JPMorgan profit rises, Wells Fargo shares plunge",
        "[TAR GET] JPMorgan profit rises, [TAR GET] Wells Fargo shares plunge [TAR GET]",
    )
    by_id = {r.target: r.text for r in found}
    assert by_id["us.jpm"].count(TOKEN) == 1 and f"{TOKEN} profit rises" in by_id["us.jpm"]
    assert by_id["us.wfc"].count(TOKEN) == 1 and f"{TOKEN} shares plunge" in by_id["us.wfc"]
    assert all(r.text.lower().replace("â", "a").count("[target]") == 1 for r in found[1:])


def test_scores_go_back_to_their_headlines_in_order() -> None:
    one, two = [Reading("a")], [Reading("b"), Reading("b1", "x"), Reading("b2", "y")]
    found = [score(0.1), score(0.2), score(0.3), score(0.4)]
    first, second = scores_by_headline([one, two], found)
    assert first == (score(0.1),)
    assert second == (score(0.2), score(0.3, target="x"), score(0.4, target="y"))
    assert scores_by_headline([one, two], [None, None, score(0.3), score(0.4)]) == [(), ()]
    assert scores_by_headline([], []) == []
    with pytest.raises(ValueError, match="shorter"):
        scores_by_headline([one, two], found[:3])


# --- through the pipeline


def test_two_companies_with_opposite_verdicts_get_opposite_scores() -> None:
    (prepared,) = scored(LexiconModel(target_token=TOKEN), OPPOSITE)
    whole, *targets = prepared.scores
    by_id = {s.target: s for s in targets}
    assert whole.target is None and list(by_id) == ["us.jpm", "us.wfc"]
    assert by_id["us.jpm"].positive > MILLION // 2 > by_id["us.jpm"].negative
    assert by_id["us.wfc"].negative > MILLION // 2 > by_id["us.wfc"].positive
    (plain,) = scored(LexiconModel(), OPPOSITE)
    assert plain.scores == (whole,)


def test_a_headline_of_one_entity_costs_one_text() -> None:
    model = LexiconModel(target_token=TOKEN)
    (prepared,) = scored(model, "JPMorgan profit rises to record")
    assert model.texts == ["JPMorgan profit rises to record"]
    assert len(prepared.scores) == 1


def test_the_cap_holds_and_entities_beyond_it_have_no_score_of_their_own() -> None:
    model = LexiconModel(target_token=TOKEN)
    (prepared,) = scored(model, "Apple, Microsoft, Amazon, Nvidia, Tesla, Boeing, Intel, Pfizer, Exxon, Chevron fall")
    assert len(model.texts) == len(prepared.scores) == 1 + MOST_TARGETS
    assert "us.cvx" in {m.entity_id for m in prepared.mentions}
    assert "us.cvx" not in {s.target for s in prepared.scores}


def test_a_title_of_nothing_but_the_token_is_empty_to_the_model() -> None:
    (prepared,) = scored(LexiconModel(target_token=TOKEN), TOKEN)
    assert (prepared.scores, prepared.unscored) == ((), "empty")


def test_articles_keep_their_order_and_their_own_scores_whatever_they_name() -> None:
    titles = [
        title
        for i in range(40)
        for title in (
            f"JPMorgan profit rises {i}, Wells Fargo shares plunge",
            f"Firm{i} posts loss of {i}.5 million",
            f"[TARGET] {i} {TOKEN} Boeing wins record order",
            TOKEN,
        )
    ]
    found = scored(LexiconModel(target_token=TOKEN), *titles)
    assert [p.article.title for p in found] == titles
    for prepared in found:
        (alone,) = scored(LexiconModel(target_token=TOKEN), prepared.article.title)
        assert (prepared.scores, prepared.unscored) == (alone.scores, alone.unscored)


def test_batches_are_measured_in_articles_and_in_texts() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    titles = [OPPOSITE, "JPMorgan profit rises to record", "Firm posts loss of 3 million"]
    records = [article(f"t:{i}", title, at=NOON + i) for i, title in enumerate(titles)]
    run(LexiconModel(target_token=TOKEN), records, MemorySink(), metrics)
    assert registry.get_sample_value("bearwatch_batch_articles_sum") == 3
    assert registry.get_sample_value("bearwatch_batch_texts_sum") == 5


def test_a_store_counts_each_company_by_its_own_score_and_gives_the_scores_back(tmp_path: Path) -> None:
    path = tmp_path / "targets.db"
    mixed = "JPMorgan profit rises on record gains, Wells Fargo shares plunge on fears of fraud probe"
    records = [
        Tick(NOON),
        article("t:1", mixed, at=NOON + 1),
        article("t:2", "Regulator sees fraud at Wells Fargo and Boeing as bonds fall", at=NOON + 2),
        article("t:3", "Wells Fargo profit beats forecasts, JPMorgan raises dividend", at=NOON + 3),
        Tick(NOON + MINUTE_MS),
    ]
    with Store.open(path) as store:
        run(LexiconModel(target_token=TOKEN), records, StoreSink(store))
        negative: dict[str, int] = {}
        with store.reader() as db:
            for bucket in rebuild.buckets(db, 0):
                negative[bucket.series] = negative.get(bucket.series, 0) + bucket.negative
            rows = [row for row in in_sequence(db) if isinstance(row, ArticleRow)]
            worst = evidence_query.top_evidence(db, "entity:us.wfc", NOON, NOON + MINUTE_MS, 1)
            market = evidence_query.top_evidence(db, "market", NOON, NOON + MINUTE_MS, 9)
    by_target = [{s.target: s.negative for s in row.prepared.scores} for row in rows]
    assert negative["entity:us.jpm"] == 0
    assert negative["entity:us.wfc"] == 2
    assert negative["entity:us.ba"] == 1
    assert negative["sector:banks"] == 2
    assert negative["market"] == 1
    # What is worst of the bank is not what is worst of a whole headline.
    assert by_target[0]["us.wfc"] > by_target[1]["us.wfc"] == by_target[1][None] > by_target[0][None]
    assert [(e.story_id, e.p_negative) for e in worst] == [("t:1", by_target[0]["us.wfc"])]
    assert [(e.story_id, e.p_negative) for e in market] == [("t:2", by_target[1][None])]
    agrees(path, FoldSettings())


# --- `bearwatch score`


def test_scored_lines_give_each_entity_its_own_sentiment_and_the_whole_headlines_where_it_has_none() -> None:
    lines = [
        json.dumps({"id": 1, "title": OPPOSITE}).encode(),
        json.dumps({"id": 2, "title": "JPMorgan profit rises to record", "summary": "Boeing fell."}).encode(),
    ]
    both, one = scored_lines(LexiconModel(target_token=TOKEN), MATCHER, lines)
    own = {e["id"]: e["sentiment"] for e in both["entities"]}
    assert own["us.jpm"]["positive"] > 0.5 and own["us.wfc"]["negative"] > 0.5
    assert both["sentiment"] not in own.values()
    assert [e["id"] for e in one["entities"]] == ["us.jpm", "us.ba"]
    assert all(e["sentiment"] == one["sentiment"] for e in one["entities"])
    (plain,) = scored_lines(LexiconModel(), MATCHER, lines[:1])
    assert all(e["sentiment"] == plain["sentiment"] == both["sentiment"] for e in plain["entities"])
