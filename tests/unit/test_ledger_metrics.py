"""What dashboards read of series, of the model and of the last hop: true, bounded, and ended with what it was about."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from scipy import stats

from monitor.aggregation.windows import WINDOWS
from monitor.alerts.protocol import Retryable
from monitor.alerts.timed import MOST, DeliveryTimes
from monitor.detection.surprise import interval, surprise
from monitor.inference.scorer import Scorer
from monitor.records import Alert
from monitor.storage import queries
from monitor.storage.effects import Effects, OutboxRow
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.telemetry.series_metrics import Judged
from monitor.telemetry.waiting_metrics import OUTCOMES
from tests.fakes_model import LexiconModel
from tests.fakes_notifier import MemoryNotifier, Message


def values(metrics: Metrics, prefix: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            if sample.name.startswith(prefix):
                labels = ",".join(f'{k}="{v}"' for k, v in sorted(sample.labels.items()))
                found[f"{sample.name.removeprefix(prefix)}{{{labels}}}"] = sample.value
    return found


def shown(metrics: Metrics, *series: str, spikes: tuple[tuple[str, str], ...] = ()) -> dict[str, float]:
    metrics.series.show(
        [Judged(name, hours, 9, 1, 6, 3.5) for name in series for hours in WINDOWS],
        thresholds=dict.fromkeys(series, 4.2),
        sentiment=dict.fromkeys(series[:1], -0.25),
        spikes=spikes,
    )
    return values(metrics, "bearwatch_series_")


def test_a_series_is_shown_with_its_band_and_its_threshold_and_ends_as_a_whole() -> None:
    metrics = Metrics(CollectorRegistry())
    seen = shown(metrics, "market", "topic:gone", spikes=(("topic:gone", "critical"),))
    assert seen['surprise{series="market",window="6h"}'] == 3.5
    assert seen['surprise_threshold{series="market"}'] == 4.2
    assert seen['expected_low_stories{series="market",window="1h"}'] == 1
    assert seen['expected_high_stories{series="market",window="1h"}'] == 6
    assert seen['sentiment{series="market"}'] == -0.25
    assert seen['open_spike{series="topic:gone",severity="critical"}'] == 1
    assert not [name for name in shown(metrics, "market") if "gone" in name]


def test_one_series_is_at_most_twenty_time_series() -> None:
    metrics = Metrics(CollectorRegistry(), ["entity:us.aapl"])
    metrics.show_series([("entity:us.aapl", hours, 1, 0.5) for hours in WINDOWS])
    metrics.show_silence({"entity:us.aapl": False})
    shown(metrics, "entity:us.aapl", spikes=(("entity:us.aapl", "warning"),))
    ours = [line for line in metrics.render().decode().splitlines() if 'series="entity:us.aapl"' in line]
    assert 10 < len(ours) <= 20


@pytest.mark.parametrize(("mean", "dispersion"), list(itertools.product((0.2, 2.0, 30.0), (0.01, 0.5))))
def test_the_band_shown_holds_95_percent_as_scipy_counts_it(mean: float, dispersion: float) -> None:
    low, high = interval(mean, dispersion)
    size = 1 / dispersion
    oracle = stats.nbinom(size, size / (size + mean))
    assert (low, high) == (oracle.ppf(0.025), oracle.ppf(0.975))
    assert surprise(high + 1, mean, dispersion) > 1.6  # -log10 of a fortieth


def test_a_delivery_is_timed_from_its_commit_and_a_failed_try_is_none() -> None:
    now = 0
    took: list[tuple[str, float]] = []
    times = DeliveryTimes(lambda endpoint, seconds: took.append((endpoint, seconds)), lambda: now)
    failures = [Retryable("timeout")]

    def answer(_: object) -> None:
        if failures:
            raise failures.pop()

    notifier = times.of(MemoryNotifier("desk", answer))
    assert notifier.name == "desk"

    async def scenario() -> None:
        nonlocal now
        now = 100_000
        times.committed([Message("m1")])
        now = 100_250
        with pytest.raises(Retryable):
            await notifier.send(Message("m1", created_at=60_000))
        assert took == []
        now = 105_500
        await notifier.send(Message("m1", created_at=60_000))
        # Of another life of the process: from the tick that decided it.
        await notifier.send(Message("m0", created_at=60_000))

    asyncio.run(scenario())
    assert took == [("desk", 5.5), ("desk", 45.5)]


def test_what_an_alertmanager_takes_is_timed_once_it_is_marked() -> None:
    now, marked = 0, []
    took: list[tuple[str, float]] = []

    class Store:
        async def standing(self, endpoint: str, since: int) -> list[tuple[Alert, str]]:
            return [(Alert(endpoint, "firing", since, "warning", {}), "r1")]

        async def settle(self, rows: Sequence[str], status: str, at: int, **more: object) -> None:
            marked.append((tuple(rows), status))

    times = DeliveryTimes(lambda endpoint, seconds: took.append((endpoint, seconds)), lambda: now)
    store = times.of_standing(Store())  # type: ignore[arg-type]
    told = {"due_at": None, "last_status": None, "error": ""}

    async def scenario() -> None:
        nonlocal now
        times.committed([Message("r1", endpoint="am-1"), Message("r2", endpoint="am-1")])
        now = 400
        await store.settle(["r1"], "pending", now, **told)  # type: ignore[arg-type]
        now = 15_400
        await store.settle(["r1", "r2", "of another life"], "sent", now, **told)  # type: ignore[arg-type]
        assert (await store.standing("am-1", 5))[0][1] == "r1"

    asyncio.run(scenario())
    assert took == [("am-1", 15.4), ("am-1", 15.4)]
    assert [status for _, status in marked] == ["pending", "sent"]


def test_messages_that_are_never_delivered_do_not_fill_the_memory() -> None:
    times = DeliveryTimes(lambda endpoint, seconds: None, lambda: 0)
    times.committed(Message(f"m{n}") for n in range(3 * MOST))
    assert len(times._committed) == MOST


def test_endpoints_are_shown_before_their_first_try_and_the_oldest_only_while_one_waits() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.waiting.begin("desk", metrics.delivery.attempts)
    assert values(metrics, "bearwatch_deliveries") == {
        f'_total{{endpoint="desk",outcome="{outcome}"}}': 0 for outcome in OUTCOMES
    }
    assert values(metrics, "bearwatch_delivery_seconds_count") == {'{endpoint="desk"}': 0}
    metrics.waiting.show_oldest(["desk"], {"desk": 60_000, "of an old configuration": 1})
    assert values(metrics, "bearwatch_outbox_oldest") == {'_pending_timestamp_seconds{endpoint="desk"}': 60}
    metrics.waiting.show_oldest(["desk"], {})
    assert values(metrics, "bearwatch_outbox_oldest") == {}


def test_the_oldest_pending_alert_of_each_endpoint_is_read_from_the_store(tmp_path: Path) -> None:
    rows = [OutboxRow(f"{n}:{e}", "a", e, "{}", n, n) for n in (7, 5, 9) for e in ("desk", "log")]
    with Store.open(tmp_path / "x.db") as store:
        store.commit(Effects(outbox=rows))
        assert store.read(queries.deliveries_oldest) == {"desk": 5, "log": 5}
        with store.reader() as db:
            plan = db.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT endpoint, min(created_at) FROM outbox WHERE status = 'pending' GROUP BY 1"
            )
            assert "ix_outbox_pending" in str(plan.all())


def test_padding_is_what_was_run_beyond_the_texts() -> None:
    async def scored(texts: list[str]) -> Scorer:
        scorer = Scorer(LexiconModel())
        await scorer.score(texts)
        scorer.close()
        return scorer

    scorer = asyncio.run(scored(["one", "two three", "four five six seven eight nine ten eleven"]))
    # With its first token 2, 3 and 9 of them, in runs 8 and 16 wide: 2 of the first width and 1 of the other.
    assert (scorer.tokens, scorer.tokens + scorer.padding) in ((14, 8 + 8 + 16), (14, 3 * 16))


def test_tokens_only_ever_grow_and_a_model_without_a_day_has_none() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.model.show_tokens(10, 4)
    metrics.model.show_tokens(25, 4)
    assert values(metrics, "bearwatch_inference_tokens") == {'_total{kind="text"}': 25, '_total{kind="padding"}': 4}
    metrics.show_model("default", "aa", "2026-11-22")
    assert values(metrics, "bearwatch_model_created") == {'_timestamp_seconds{name="default"}': 1_795_305_600}
    metrics.show_model("mine", "bb", "some day")
    assert values(metrics, "bearwatch_model_created") == {}
