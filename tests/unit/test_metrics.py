from __future__ import annotations

import contextlib
import doctest
import io
import json
import logging
import os
import pty
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from monitor.records import Alert, Article, Mode, Prepared, Refusal, Standing, Tick
from monitor.telemetry import names
from monitor.telemetry.logs import form_for, masked_text, set_up_logs
from monitor.telemetry.metrics import ENTITIES_MOST, Metrics, reason_label
from monitor.telemetry.once import OnceAWindow

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


@dataclass
class Row:
    prepared: Prepared
    standing: Standing = Standing.LIVE
    role: str = "new"


@dataclass
class Effects:
    articles: list[Row] = field(default_factory=list)
    ticks: list[tuple[int, Tick]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)


def prepared(source: str, *, published_at: int | None, received_at: int, unscored: str = "") -> Prepared:
    article = Article(
        key=f"{source}:1",
        source=source,
        publisher="news.example",
        url="",
        title="t",
        summary="",
        language="en",
        published_at=published_at,
        received_at=received_at,
        event_time=published_at or received_at,
        mode=Mode.LIVE,
    )
    return Prepared(article, "t", "", "0", (), (), unscored)


def values(metrics: Metrics) -> dict[str, float]:
    """Every sample of a scrape: `name{a="b"}` -> value."""
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = ",".join(f'{k}="{v}"' for k, v in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_the_document_lists_every_metric_with_its_type_labels_and_meaning() -> None:
    declared = [
        f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {text} |"
        for name, kind, labels, text in Metrics(CollectorRegistry()).declared
    ]
    written = [
        line.replace("|  |", "| |")
        for line in DOCUMENT.read_text("utf-8").splitlines()
        if line.startswith("| `bearwatch_")
    ]
    assert written == [line.replace("|  |", "| |") for line in declared]


def test_every_metric_of_the_registry_was_declared_and_is_well_named() -> None:
    metrics = Metrics(CollectorRegistry())
    names = {family.name for family in metrics.registry.collect() if family.name.startswith("bearwatch_")}
    assert {re.sub(r"_(total|info)$", "", name) for name, *_ in metrics.declared} == {
        re.sub(r"_info$", "", name) for name in names
    }
    for name, kind, _, text in metrics.declared:
        assert re.fullmatch(r"bearwatch_[a-z][a-z_]*[a-z]", name)
        assert (kind == "counter") == name.endswith("_total")
        assert not re.search(r"_(ms|milliseconds|minutes|hours|age)(_|$)", name), "base units: seconds, bytes"
        assert text.endswith(".")


def test_a_committed_batch_is_counted_by_source_standing_and_role() -> None:
    metrics = Metrics(CollectorRegistry())
    effects = Effects(
        articles=[
            Row(prepared("wire", published_at=90_000, received_at=100_000)),
            Row(prepared("wire", published_at=None, received_at=100_000), role="copy"),
            Row(prepared("blog", published_at=1, received_at=100_000, unscored="empty"), Standing.LATE),
            Row(prepared("old", published_at=1, received_at=1), Standing.HISTORY),
        ],
        ticks=[(1, Tick(60_000)), (2, Tick(120_000))],
        refusals=[Refusal("wire", "http_418", "", "", "", 0), Refusal("wire", "not_json", "", "", "", 0)],
        alerts=[Alert("a", status, 0, "critical", {}) for status in ("firing", "update-1", "update-2")],
    )
    metrics.folded(SimpleNamespace(effects=effects, duplicates=7), now=102_000)
    seen = values(metrics)
    assert seen['bearwatch_articles_total{outcome="live",source="wire"}'] == 2
    assert seen['bearwatch_articles_total{outcome="late",source="blog"}'] == 1
    assert seen['bearwatch_articles_total{outcome="history",source="old"}'] == 1
    assert seen['bearwatch_late_total{source="blog"}'] == 1
    assert seen['bearwatch_stories_total{kind="new"}'] == 3
    assert seen['bearwatch_stories_total{kind="copy"}'] == 1
    assert seen['bearwatch_stories_total{kind="revision"}'] == 0
    assert seen['bearwatch_unscored_total{reason="empty"}'] == 1
    assert seen['bearwatch_refused_total{reason="http_4xx",source="wire"}'] == 1
    assert seen['bearwatch_refused_total{reason="not_json",source="wire"}'] == 1
    assert seen['bearwatch_alerts_total{severity="critical",status="firing"}'] == 1
    assert seen['bearwatch_alerts_total{severity="critical",status="update"}'] == 2
    assert (seen["bearwatch_ticks_total"], seen["bearwatch_last_tick_timestamp_seconds"]) == (2, 120)
    assert seen["bearwatch_refolded_total"] == 7
    # Only live articles have a latency: 2 s each through the pipeline, 10 s on the way for the one that was dated.
    assert seen['bearwatch_latency_seconds_sum{stage="pipeline"}'] == 4
    assert seen['bearwatch_latency_seconds_count{stage="pipeline"}'] == 2
    assert seen['bearwatch_latency_seconds_sum{stage="arrival"}'] == 10


def test_pages_are_shown_by_mark_from_the_start_and_shares_only_while_there_are_windows() -> None:
    metrics = Metrics(CollectorRegistry())
    health = metrics.health
    assert len([name for name in values(metrics) if name.startswith("bearwatch_pages{")]) == 16
    assert values(metrics)['bearwatch_budget_unreliable{side="under",window="6h"}'] == 0
    assert not [name for name in values(metrics) if name.startswith("bearwatch_surprise_share")]
    health.show_surprises([(1, 1, (0.12, 0.08, 0.16)), (6, 3, None)], {(6, "over")})
    health.show_pages("28d", {("critical", "unmarked"): 3})
    seen = values(metrics)
    assert seen['bearwatch_surprise_share{least="1",window="1h"}'] == 0.12
    assert seen['bearwatch_surprise_share_high{least="1",window="1h"}'] == 0.16
    assert seen['bearwatch_budget_unreliable{side="over",window="6h"}'] == 1
    assert seen['bearwatch_pages{mark="unmarked",period="28d",severity="critical"}'] == 3
    assert seen['bearwatch_pages{mark="true",period="28d",severity="critical"}'] == 0
    health.show_surprises([(1, 1, None), (6, 3, None)], ())
    assert not [name for name in values(metrics) if name.startswith("bearwatch_surprise_share")]
    assert values(metrics)['bearwatch_budget_unreliable{side="over",window="6h"}'] == 0


@pytest.mark.slow
def test_a_million_tickers_make_no_new_series() -> None:
    metrics = Metrics(CollectorRegistry(), entities=["entity:us.aapl"])
    hostile = ((f"entity:{n}", 1, 1, 0.5) for n in range(1_000_000))
    metrics.show_series([("market", 1, 5, 2.5), ("entity:us.aapl", 1, 3, 0.1), *hostile])
    shown = {k: v for k, v in values(metrics).items() if k.startswith("bearwatch_series_")}
    assert shown == {
        'bearwatch_series_negative_stories{series="market",window="1h"}': 5,
        'bearwatch_series_negative_stories{series="entity:us.aapl",window="1h"}': 3,
        'bearwatch_series_negative_stories{series="entity:other",window="1h"}': 1_000_000,
        'bearwatch_series_expected_stories{series="market",window="1h"}': 2.5,
        'bearwatch_series_expected_stories{series="entity:us.aapl",window="1h"}': 0.1,
    }


def test_what_scorers_name_is_shown_for_the_first_few_only() -> None:
    assert doctest.testmod(names).failed == 0
    metrics = Metrics(CollectorRegistry(), series=["topic:known", "entity:x"], sources=["wire"])
    assert [metrics.source(f"s{n}") for n in range(20)] == [f"s{n}" for n in range(names.SPARE)] + ["other"] * 12
    assert metrics.source("wire") == "wire"
    assert sum(metrics.named(f"sector:{n}") for n in range(20)) == names.SPARE
    assert metrics.named("topic:known") and not metrics.named("entity:x")
    metrics.show_silence({"source:s0": True, "source:s19": True, "sector:19": True})
    assert [name for name in values(metrics) if "_silent{" in name] == ['bearwatch_source_silent{source="s0"}']


def test_entities_shown_by_name_are_capped() -> None:
    entities = [f"entity:{n:05}" for n in range(5_000)]
    metrics = Metrics(CollectorRegistry(), entities=entities)
    metrics.show_series((series, 6, 1, 0.0) for series in entities)
    shown = [k for k in values(metrics) if k.startswith("bearwatch_series_negative")]
    assert len(shown) == ENTITIES_MOST + 1


def test_series_that_end_are_removed() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.show_series([("market", 1, 5, 2.5), ("topic:gone", 1, 1, 1.0), ("entity:x", 1, 1, 1.0)])
    metrics.show_series([("market", 1, 6, 2.5)])
    assert {k: v for k, v in values(metrics).items() if "series=" in k} == {
        'bearwatch_series_negative_stories{series="market",window="1h"}': 6,
        'bearwatch_series_expected_stories{series="market",window="1h"}': 2.5,
    }


def test_of_a_sources_partitions_the_worst_is_shown() -> None:
    def health(failures: int, **times: int | None) -> SimpleNamespace:
        empty: dict[str, int | None] = {"last_ok": None, "last_item": None, "next_check": None}
        return SimpleNamespace(source="wire", failures=failures, **{**empty, **times})

    metrics = Metrics(CollectorRegistry())
    metrics.show_sources([health(0, last_ok=5_000, next_check=9_000), health(3, last_ok=2_000, next_check=7_000)])
    seen = values(metrics)
    assert seen['bearwatch_source_up{source="wire"}'] == 0
    assert seen['bearwatch_source_consecutive_failures{source="wire"}'] == 3
    assert seen['bearwatch_source_last_success_timestamp_seconds{source="wire"}'] == 5
    assert seen['bearwatch_source_next_check_timestamp_seconds{source="wire"}'] == 7
    assert 'bearwatch_source_last_item_timestamp_seconds{source="wire"}' not in seen


def test_a_new_model_takes_the_place_of_the_one_before() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.show_model("default", "aa")
    metrics.show_model("mine", "bb")
    shown = [k for k in values(metrics) if k.startswith("bearwatch_model_info")]
    assert shown == ['bearwatch_model_info{hash="bb",name="mine"}']


def test_two_daemons_may_live_in_one_process_and_show_process_metrics() -> None:
    first, second = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())
    first.ticks.inc()
    assert values(second)["bearwatch_ticks_total"] == 0
    assert values(second)["process_open_fds"] > 0


@pytest.mark.parametrize(
    ("reason", "label"), [("http_429", "http_429"), ("http_599", "http_5xx"), ("timeout", "timeout"), ("", "")]
)
def test_rare_statuses_share_a_label(reason: str, label: str) -> None:
    assert reason_label(reason) == label


# --- logs ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def lines(own_logs: None) -> Any:
    """Sets logs up as JSON on a buffer and hands out what reads it."""
    stream = io.StringIO()
    set_up_logs("info", "json", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_log_line_is_one_object_with_time_level_and_event(lines: Any) -> None:
    structlog.get_logger("monitor.x").info("store_opened", path="/x", note="zwei\nZeilen — 银行")
    structlog.get_logger("monitor.x").debug("not_at_this_level")
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line.pop("timestamp"))
    assert line == {"event": "store_opened", "path": "/x", "note": "zwei\nZeilen — 银行", "level": "info"}


def test_identical_failures_are_logged_once(lines: Any) -> None:
    log = structlog.get_logger("monitor.x")
    for attempt in range(50):
        log.warning("feed_failed", feed="a", error="timeout", attempt=attempt)
        log.info("poll")
    log.warning("feed_failed", feed="b", error="timeout")
    log.error("feed_failed", feed="a", error="timeout")
    assert [(line["level"], line["feed"]) for line in lines() if line["event"] == "feed_failed"] == [
        ("warning", "a"),
        ("warning", "b"),
        ("error", "a"),
    ]
    assert len(lines()) == 53


def test_a_failure_held_back_comes_again_after_the_window_with_its_count() -> None:
    """After a minute, so that whoever looks sees that it goes on; then once an hour."""
    now = 0.0
    once = OnceAWindow(clock=lambda: now)
    through = []
    for second in range(0, 7_300, 10):
        now = float(second)
        try:
            through.append((second, once(None, "error", {"event": "down", "tries": second}).get("repeated", 0)))
        except structlog.DropEvent:
            continue
    assert through == [(0, 0), (60, 5), (3_660, 359), (7_260, 359)]


def test_a_failure_that_has_ended_is_news_again_when_it_comes_back() -> None:
    """Else the log's last word of a feed that failed twice within the hour would be that it had recovered."""
    once = OnceAWindow(clock=lambda: 0.0)
    failing = {"event": "feed_failing", "level": "warning", "feed": "a", "reason": "timeout"}
    assert once(None, "warning", dict(failing)) == failing
    assert once(None, "warning", {**failing, "feed": "b"})
    for _ in range(3):
        with pytest.raises(structlog.DropEvent):
            once(None, "warning", dict(failing))
    over = once(None, "info", {"event": "feed_recovered", "level": "info", "feed": "a", "ends": "feed_failing"})
    assert over["repeated"] == 3
    assert "repeated" not in once(None, "warning", dict(failing))
    with pytest.raises(structlog.DropEvent):  # the other feed has not recovered
        once(None, "warning", {**failing, "feed": "b"})


def test_a_failure_that_was_away_for_hours_begins_anew() -> None:
    now = 0.0
    once = OnceAWindow(clock=lambda: now)
    for second in (0.0, 10.0, 60.0, 20_000.0):
        now = second
        with contextlib.suppress(structlog.DropEvent):
            once(None, "error", {"event": "down"})
    now = 20_060.0  # a minute after its first line, not an hour
    assert once(None, "error", {"event": "down"})


def test_people_read_terminals_and_the_journal_and_collectors_read_pipes(tmp_path: Path) -> None:
    reading, writing = pty.openpty()
    with os.fdopen(reading), os.fdopen(writing, "w") as terminal, (tmp_path / "log").open("w") as file:
        assert form_for(terminal, {}) == "console"
        assert form_for(file, {}) == "json"
        at = os.fstat(file.fileno())
        assert form_for(file, {"JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"}) == "console"


def test_failures_remembered_are_bounded() -> None:
    once = OnceAWindow()
    for n in range(5_000):
        once(None, "error", {"event": "down", "n": n})
    assert len(once._seen) == 1_000


def test_no_secret_reaches_a_log_line(lines: Any) -> None:
    log = structlog.get_logger("monitor.x")
    log.info("sent", token="canary", headers={"Authorization": "Bearer canary"}, tokens=512)
    log.info("fetch Bearer canary failed", url="https://u:canary@news.example/a?x=1&api_key=canary&y=2")
    log.info("list", of=["whsec_canary", ("?sig=canary",)])
    try:
        raise ValueError("POST https://hooks.example/?token=canary")
    except ValueError:
        log.exception("broken")
    logging.getLogger("aiohttp").warning("cannot reach https://u:canary@news.example")
    text = json.dumps(lines())
    assert len(lines()) == 5
    assert "canary" not in text
    assert "Traceback" in text
    assert lines()[0]["tokens"] == 512
    assert lines()[1]["url"] == "https://***@news.example/a?x=1&api_key=***&y=2"


def test_text_without_secrets_stays_as_it_is() -> None:
    for text in ["Bank of x: 5@3", "https://news.example/keys?page=2", "a key=value pair", ""]:
        assert masked_text(text) == text


def test_console_lines_are_for_people(own_logs: None) -> None:
    stream = io.StringIO()
    set_up_logs("info", "console", stream)
    try:
        raise ValueError("what")
    except ValueError:
        structlog.get_logger("monitor.x").exception("broken", path="/x")
    assert re.search(r"error .*broken .*path=/x", stream.getvalue())
    assert "ValueError: what" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
