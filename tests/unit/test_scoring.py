"""The end of a scorer's stages: sent and acknowledged before it is done, and only what failed once more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from monitor.config import Config
from monitor.delivery import Delivery
from monitor.errors import InputError
from monitor.fold import Folded
from monitor.kafka.producer import Outgoing, SendError
from monitor.operate import scored_by_others
from monitor.pipeline import prepare
from monitor.records import MILLION, Refusal, Score
from monitor.scoring import Sending, run_scorer
from monitor.sources.scores import to_record
from monitor.storage.effects import ArticleRow, Effects
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article
from tests.shipped import matcher
from tests.store_samples import article_row

MATCHER = matcher()


class Broker:
    """Takes what it is told to, and remembers what it was asked."""

    def __init__(self, *failures: tuple[int, ...]) -> None:
        self.failures = list(failures)
        self.asked: list[list[Outgoing]] = []

    async def send(self, records: Sequence[Outgoing]) -> None:
        self.asked.append(list(records))
        if self.failures and (failed := self.failures.pop(0)):
            raise SendError("transport", "no broker", failed)


def scored(number: int) -> Delivery:
    prepared = prepare(article(f"test:{number}", f"Firm {number} posts a loss of {number}"), MATCHER, ("en",))
    return Delivery(replace(prepared, scores=(Score(1, 2, 999_997, (), "0123456789abcdef"),)))


def test_each_article_is_sent_under_its_key_and_only_what_failed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.scoring.RETRY_LEAST_S", 0.0)
    broker, metrics = Broker((0, 2), (1,)), Metrics(CollectorRegistry())
    end = Sending(broker, "scores", metrics)
    refusal = Refusal("newsroom", "not_json", "news/0@4", "not JSON", "{", NOON)
    batch = [scored(0), Delivery(None), scored(1), Delivery(refusal), scored(2)]
    asyncio.run(end.take(batch))
    assert [[record.key for record in asked] for asked in broker.asked] == [
        [b"test:0", b"test:1", b"test:2"],
        [b"test:0", b"test:2"],
        [b"test:2"],
    ]
    assert [record.value for record in broker.asked[0]] == [to_record(d.record) for d in (batch[0], batch[2], batch[4])]  # type: ignore[arg-type]
    text = metrics.render().decode()
    assert 'bearwatch_kafka_published_total{topic="scores"} 3.0' in text
    assert 'bearwatch_refused_total{reason="not_json",source="newsroom"} 1.0' in text


def test_articles_that_another_model_scored_are_counted_by_it() -> None:
    def row(number: int, *models: str) -> ArticleRow:
        held = article_row(number)
        scores = tuple(Score(1, 2, MILLION - 3, (), model) for model in models)
        return replace(held, prepared=replace(held.prepared, scores=scores))

    rows = [row(1, "old", "old"), row(2), row(3, "ours"), row(4, "old")]
    assert scored_by_others(Folded(Effects(articles=rows), 0, (), ()), "ours") == {"old": 2}


def test_while_the_topic_cannot_be_written_it_says_why() -> None:
    class Never:
        asked = asyncio.Event()

        async def send(self, records: Sequence[Outgoing]) -> None:
            self.asked.set()
            raise SendError("transport", "no broker", range(len(records)))

    async def scenario() -> str:
        never = Never()
        end = Sending(never, "scores", Metrics(CollectorRegistry()))
        taking = asyncio.create_task(end.take([scored(0)]))
        await never.asked.wait()
        await asyncio.sleep(0)
        taking.cancel()
        return end.stalled

    assert asyncio.run(scenario()) == "topic scores: no broker"


@pytest.mark.parametrize(
    ("kafka", "sources", "said"),
    [
        ({}, [], "give kafka.scores"),
        ({"servers": ["k:9092"], "scores": {"topic": "scores"}}, [], "give sources.kafka"),
        (
            {"servers": ["k:9092"], "scores": {"topic": "scores"}},
            [{"name": "newsroom", "topics": ["news"]}],
            "newsroom needs dead_letters",
        ),
    ],
)
def test_a_scorer_that_could_lose_something_does_not_start(kafka: object, sources: object, said: str) -> None:
    config = Config.model_validate({"kafka": kafka, "sources": {"kafka": sources}})
    with pytest.raises(InputError, match=said):
        asyncio.run(run_scorer(config, on_ready=print))
