"""SIGTERM under load, with broker, Alertmanager and webhook each healthy, refused or black-holed: ends within 10 s."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.kafka.broker import Broker
from tests.kafka.daemon import Daemon, encoded, news
from tests.kafka.oracle import Oracle, Record
from tests.kafka.proxy import BLACK_HOLE, NONE, REFUSE, Proxy

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
SEED = int(os.environ.get("BEARWATCH_SEED", "13"))
STOPS = 150 if LONG else 3
ENDS_S = 10.0
A_ROUND, UNDER_LOAD = 1_000, 150  # records that a round adds: the channels are full when it is told to stop at so many
STATES = {"healthy": NONE, "refused": REFUSE, "black-holed": BLACK_HOLE}

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(7_200 if LONG else 300)]


def rounds() -> list[tuple[str, str, str]]:
    """(broker, Alertmanager, webhook) of each stop: three that show each state of each; or all 27 again and again."""
    names = list(STATES)
    if not LONG:
        return [(names[i], names[(i + 1) % 3], names[(i + 2) % 3]) for i in range(3)]
    draw = random.Random(SEED)
    found: list[tuple[str, str, str]] = []
    while len(found) < STOPS:
        whole = [(a, b, c) for a, b, c in itertools.product(names, repeat=3)]
        draw.shuffle(whole)
        found += whole
    return found[:STOPS]


@pytest.fixture
def receiver() -> Iterator[tuple[int, Counter[str]]]:
    """A port that answers 200 to whatever is sent there, and how often by path."""
    heard: Counter[str] = Counter()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            heard[self.path] += 1
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], heard
        server.shutdown()


def storm(number: int) -> list[dict[str, object]]:
    """Bad news of one company by three publishers, now: each round has an alert to tell of."""
    company = ("Lufthansa", "Commerzbank", "Boeing", "Siemens", "Nissan", "Barclays")[number % 6]
    told = ("slashes outlook as losses mount", "faces criminal probe over fraud", "shares crash after default warning")
    now = time.time_ns() // 1_000_000
    return [
        {
            "id": f"storm-{number}-{i}",
            "title": f"{company} {told[i]}",
            "publisher": f"p{i}.example",
            "published_at": now,
        }
        for i in range(3)
    ]


def test_sigterm_under_load_ends_within_ten_seconds_whoever_is_away_and_loses_nothing(
    own_broker: Callable[..., Broker], receiver: tuple[int, Counter[str]], tmp_path: Path
) -> None:
    port, heard = receiver
    with ExitStack() as stack:
        kafka, alertmanager, webhook = (stack.enter_context(Proxy(upstream)) for upstream in (0, port, port))
        broker = own_broker(advertised=kafka.port)
        kafka.upstream = broker.port("PROXIED")
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="
        alerts = {
            "allow_hosts": ["127.0.0.1"],
            "alertmanagers": [{"name": "am", "url": f"http://127.0.0.1:{alertmanager.port}"}],
            "webhooks": [{"name": "desk", "url": f"http://127.0.0.1:{webhook.port}/desk", "secret": secret}],
        }
        daemon = Daemon(tmp_path / "daemon", kafka.bootstrap, "news", alerts=alerts)
        stack.callback(daemon.close)
        direct = Oracle(broker.bootstrap)
        direct.create("news")
        took, sent = stops(daemon, direct, (kafka, alertmanager, webhook))
        daemon.start()
        daemon.until_articles(sent, seconds=1_200)
        daemon.until(lambda: daemon.ready()[0] == 200)
        # Alerts were on their way: else nothing above was stopped in the middle of telling.
        daemon.until(lambda: heard["/desk"] and heard["/api/v2/alerts"])
        assert daemon.terminate(ENDS_S) == 0
    held = [key for (key,) in daemon.query("SELECT key FROM articles")]
    assert len(held) == len(set(held)) == sent
    print(f"{len(took)} of {STOPS} stops within {ENDS_S:g} s, longest {max(took):.1f} s, 0 of {sent} lost; seed {SEED}")


def stops(daemon: Daemon, direct: Oracle, proxies: Sequence[Proxy]) -> tuple[list[float], int]:
    """How long each stop took, and how many articles were sent in all."""
    took: list[float] = []
    sent = 0
    for number, states in enumerate(rounds()):
        lines = [{**line, "id": f"{number}-{line['id']}"} for line in news(A_ROUND, SEED + number)] + storm(number)
        direct.produce("news", [Record(line, partition=0) for line in encoded(lines)])
        sent += len(lines)
        for proxy, state in zip(proxies[1:], states[1:], strict=True):
            proxy.inject(STATES[state])
        before = daemon.count()
        daemon.start()
        daemon.until_articles(before + UNDER_LOAD)
        proxies[0].inject(STATES[states[0]])
        if states[0] == "refused":
            daemon.until(lambda: "newsroom: " in daemon.ready()[1])
        began = time.monotonic()
        assert daemon.terminate(ENDS_S) == 0, f"{states}: {daemon.log(2_000)}"
        took.append(time.monotonic() - began)
        print(f"broker {states[0]}, Alertmanager {states[1]}, webhook {states[2]}: ended after {took[-1]:.1f} s")
        for proxy in proxies:
            proxy.heal()
    return took, sent
