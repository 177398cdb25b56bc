"""Every query of every dashboard over a real Prometheus that scrapes the running demonstration: a panel without data is
noticed here, not in the night in which it was needed.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from monitor.telemetry.metrics import Metrics
from tests.dashboards import BOARDS, Query, queries, variables
from tests.missing import needed
from tests.prometheus_servers import Prometheus, alertmanager, free_port, get, prometheus, until

pytestmark = pytest.mark.slow

DEMO, MADE = "demo", "made"
SEEN_S = 60.0
SECRET = "whsec_" + "QmVhcndhdGNoIHRlc3RzIG9ubHkgLSAzMiBieXRlcyE="
NO_KAFKA = "the demonstration reads no Kafka"
# What the demonstration has none of, and why; shown against metrics that were given values.
EMPTY = {
    "bearwatch_kafka_lag_records": NO_KAFKA,
    "source:bearwatch_kafka_lag_records:sum": NO_KAFKA,
    "bearwatch_kafka_rebalances_total": NO_KAFKA,
    "bearwatch_kafka_pauses_total": NO_KAFKA,
    "bearwatch_kafka_rebuilds_total": NO_KAFKA,
    "bearwatch_kafka_commits_failed_total": NO_KAFKA,
    "bearwatch_kafka_dead_letters_total": NO_KAFKA,
    "bearwatch_kafka_gaps_total": NO_KAFKA,
    "bearwatch_kafka_fetch_seconds": NO_KAFKA,
    "bearwatch_kafka_commit_seconds": NO_KAFKA,
    "bearwatch_refused_total": "the bundled news has no item that is refused",
    "bearwatch_source_last_item_timestamp_seconds": "the bundled news is no feed with an item's own time",
    "bearwatch_series_silent": "a series is judged silent or heard after days of listening, more than are played",
    "bearwatch_precision": "nobody marks its pages",
    "bearwatch_precision_low": "nobody marks its pages",
    "bearwatch_precision_high": "nobody marks its pages",
}


@dataclass(frozen=True)
class Scraped:
    """What Prometheus has since `start` (seconds); an exposition of the demonstration as it was scraped."""

    prometheus: Prometheus
    start: float
    exposition: str

    def over(self, expression: str) -> list[dict[str, Any]]:
        """Every series from the start until now, second by second."""
        return self.prometheus.over(expression, self.start, time.time())

    def data(self, query: Query, instance: str) -> bool:
        """Whether it has a value at any second, for any choice of its other variables."""
        several = "$series" in query.expression
        return any(
            value not in ("NaN", "+Inf", "-Inf")  # a quantile of nothing is no data
            for series in (["market", *self.choices("series", "series")] if several else [""])
            for found in self.over(query.filled({"instance": instance, "series": series, "endpoint": ".*"}))
            for _, value in found["values"]
        )

    def without_data(self, asked: Iterable[Query], instance: str) -> list[str]:
        """Where those stand that have no value before the demonstration's news has been played."""
        empty, deadline = list(asked), time.monotonic() + SEEN_S
        while True:
            empty = [query for query in empty if not self.data(query, instance)]
            if not empty or time.monotonic() > deadline:
                return [query.where for query in empty]
            time.sleep(1)

    def choices(self, board: str, variable: str, instance: str = DEMO) -> list[str]:
        selector, label = variables(BOARDS[board])[variable]
        return self.prometheus.values(label, selector.replace("$instance", instance))


@contextmanager
def serving(answers: Mapping[str, tuple[int, bytes]]) -> Iterator[str]:
    """host:port of a server that gives a path's status and body."""

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = answers[self.path]
            self.send_response(status)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def made() -> bytes:
    """The daemon's own metrics, with values in those that the demonstration has none of."""
    metrics, now = Metrics(CollectorRegistry()), time.time()
    kafka = metrics.kafka
    kafka.lag.labels("news", "t/0").set(7)
    for counter in (kafka.rebalances, kafka.pauses, kafka.rebuilds, kafka.commits_failed, kafka.dead_letters):
        counter.labels("news").inc(3)
    kafka.gaps.labels("news", "retention").inc()
    kafka.fetch_seconds.labels("news").set(0.2)
    kafka.commit_seconds.labels("news").set(0.1)
    metrics.refused.labels("feed", "no_title").inc(2)
    metrics.source_last_item.labels("feed").set(now - 60)
    metrics.show_silence({"market": True})
    metrics.health.show_precision({"surprise": (0.8, 0.5, 0.95)})
    return metrics.render()


@contextmanager
def demo(folder: Path, hooks: str, told: str) -> Iterator[str]:
    """host:port of a running demonstration with an endpoint that takes alerts, one that never does, an Alertmanager."""
    webhooks = [{"name": name, "url": f"http://{hooks}/{name}", "secret": SECRET} for name in ("desk", "broken")]
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "demo", "--store", str(folder), "--minutes", "0.5"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={
            **os.environ,
            "BEARWATCH_WEB__PORT": str(free_port()),
            "BEARWATCH_ALERTS__ALLOW_HOSTS": "[127.0.0.1]",
            "BEARWATCH_ALERTS__WEBHOOKS": json.dumps(webhooks),
            "BEARWATCH_ALERTS__ALERTMANAGERS": json.dumps([{"name": "am-1", "url": f"http://{told}"}]),
        },
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://([^/]+)/", process.stdout.readline())
        assert found
        yield found[1]
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    folder, start = tmp_path_factory.mktemp("scraped"), time.time()
    nobody = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
    with contextlib.ExitStack() as stack:
        given = stack.enter_context(serving({"/metrics": (200, made())}))
        hooks = stack.enter_context(serving({"/desk": (204, b""), "/broken": (503, b"")}))
        told = stack.enter_context(alertmanager(folder, nobody))
        address = stack.enter_context(demo(folder, hooks, told))
        server = stack.enter_context(prometheus(folder, {DEMO: address, MADE: given}))
        for wanted in (
            'max_over_time(bearwatch_series_open_spike{instance="demo"}[5m])',  # a surge was seen while it was open
            'bearwatch_deliveries_total{instance="demo",endpoint="desk",outcome="sent"} > 0',
            'bearwatch_surprise_share{instance="demo"}',  # whole days were judged
            'ALERTS{alertname="BearwatchDeliveryFailing",endpoint="broken",alertstate="firing"}',
            'ALERTS{alertname="BearwatchAlertWaits",endpoint="broken",alertstate="firing"}',
        ):
            until(lambda wanted=wanted: server.now(wanted) != [], wanted, SEEN_S)  # type: ignore[misc]
        exposition = get(f"http://{address}/metrics").decode()
        yield Scraped(server, start, exposition)


def lacking(query: Query) -> set[str]:
    """The metrics of a query that the demonstration has none of."""
    return {name for name in EMPTY if re.search(rf"(?<![\w:]){re.escape(name)}(?![\w:])", query.expression)}


def test_every_query_of_every_dashboard_has_data_of_the_demonstration(scraped: Scraped) -> None:
    asked = [query for query in queries() if not lacking(query)]
    assert scraped.without_data(asked, DEMO) == []
    print(f"{len(asked)} queries have data of {time.time() - scraped.start:.0f} s of scrapes")


def test_what_the_demonstration_has_none_of_shows_once_it_is_there(scraped: Scraped) -> None:
    asked = [query for query in queries() if lacking(query)]
    assert scraped.without_data(asked, MADE) == []
    assert set().union(*map(lacking, asked)) == set(EMPTY) - {"bearwatch_kafka_lag_records"}  # read by a recording rule
    for metric, reason in EMPTY.items():
        if reason != EMPTY["bearwatch_series_silent"]:  # which may come in time
            assert scraped.prometheus.now(f'{{__name__="{metric}",instance="{DEMO}"}}') == [], metric


def test_every_variable_has_choices(scraped: Scraped) -> None:
    for name, board in BOARDS.items():
        for variable in variables(board):
            assert scraped.choices(name, variable), f"{name}: {variable}"
    assert {DEMO, MADE} == set(scraped.choices("overview", "instance"))
    assert {"market", "topic:banking"} & set(scraped.choices("series", "series"))
    assert set(scraped.choices("delivery", "endpoint")) >= {"desk", "broken"}


def test_every_rule_is_evaluated_without_a_fault(scraped: Scraped) -> None:
    groups = scraped.prometheus.api("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 40
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []


def test_promtool_finds_nothing_to_mend_in_a_live_scrape(scraped: Scraped) -> None:
    needed("promtool", "prometheus")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=scraped.exposition, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_endpoint_that_fails_is_told_of_and_the_one_that_works_is_not(scraped: Scraped) -> None:
    firing = scraped.prometheus.now('ALERTS{alertstate="firing"}')
    of = {(alert["metric"]["alertname"], alert["metric"].get("endpoint")) for alert in firing}
    assert ("BearwatchDeliveryFailing", "broken") in of and ("BearwatchAlertWaits", "broken") in of
    assert not [name for name, endpoint in of if endpoint in ("desk", "am-1")]
