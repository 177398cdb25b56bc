"""The desk and a real daemon: commands, signed links in a browser, a dead endpoint that comes back."""

from __future__ import annotations

import http.server
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import pytest
import standardwebhooks

from monitor.credentials import digest
from monitor.storage.store import Store
from tests import fakes_browser
from tests.fakes_browser import Browser
from tests.fakes_desk import told

pytestmark = pytest.mark.slow
browser = fakes_browser.browser  # a fixture, found by its name

SECRET = "whsec_" + "QmVhcndhdGNoIHRlc3RzIG9ubHkgLSAzMiBieXRlcyE="
LOGIN = {"authorization": "Bearer a-token-for-tests"}
DEADLINE_S = 60.0


class Endpoint:
    """A webhook that answers `status` and keeps what it got."""

    def __init__(self) -> None:
        self.status = 410
        self.got: queue.Queue[tuple[dict[str, str], str]] = queue.Queue()
        mine = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self.send_response(mine.status)
                self.end_headers()
                mine.got.put(({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


@pytest.fixture
def config(tmp_path: Path, endpoint: Endpoint) -> Path:
    """A configuration without news, over a store that holds one alert, told of long ago and closed."""
    with Store.open(tmp_path / "desk.db") as store:
        now = time.time_ns() // 60_000_000_000
        told(store, now, statuses=("firing", "resolved"))
    path = tmp_path / "bearwatch.yaml"
    path.write_text(
        f"""
store: {{url: "sqlite:///{tmp_path}/desk.db"}}
web:
  port: 0
  public_url: http://localhost/bear/
  tokens: [{{name: desk, scope: ack, sha256: {digest(b"a-token-for-tests")}}}]
sources: {{rss: {{feeds: []}}}}
alerts:
  allow_hosts: [127.0.0.1]
  link_secret: {"k" * 32}
  webhooks: [{{name: desk, url: "{endpoint.url}", secret: {SECRET}}}]
""",
        encoding="utf-8",
    )
    return path


@contextmanager
def daemon(config: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "-c", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+/", process.stdout.readline())
        assert found
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def command(config: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *argv, "-c", str(config)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        env={**os.environ, "BEARWATCH_LOG__LEVEL": "error"},
    )


def alert_of(config: Path) -> str:
    (first, *_) = command(config, "deliveries").stdout.splitlines()
    return str(json.loads(first)["alert"])


def notes(config: Path, alert: str) -> list[str]:
    return [a["value"] for a in json.loads(command(config, "alert", "show", alert).stdout)["answers"]]


def test_a_word_given_is_kept_whether_the_daemon_runs_is_killed_or_hangs(config: Path) -> None:
    alert = alert_of(config)

    def note(text: str) -> subprocess.CompletedProcess[str]:
        return command(config, "alert", "note", alert, text, "--who", "ann")

    with daemon(config) as (process, address):
        done = note("while it runs")
        assert (done.returncode, done.stderr) == (0, "") and json.loads(done.stdout)["answers"] == [1]
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (config.parent / "desk.db.sock").exists()
    assert notes(config, alert) == ["while it runs"]
    done = note("after a kill")
    assert (done.returncode, done.stderr) == (0, "")
    with daemon(config) as (process, address):
        assert note("after a restart").returncode == 0
        process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        done = note("while it hangs")
        assert done.returncode == 1 and time.monotonic() - begun < 20
        (line,) = done.stderr.splitlines()
        assert f"process {process.pid} (bearwatch run, since" in line and "did not answer within 10 s" in line
        process.send_signal(signal.SIGCONT)
        request = urllib.request.Request(f"{address}api/v1/alerts/{urllib.request.quote(alert)}", headers=LOGIN)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert [a["value"] for a in json.load(answer)["answers"]][:3] == [
                "while it runs",
                "after a kill",
                "after a restart",
            ]
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert not (config.parent / "desk.db.sock").exists()


def test_an_endpoint_that_was_gone_gets_what_it_missed_under_the_same_ids(config: Path, endpoint: Endpoint) -> None:
    with daemon(config):
        first = endpoint.got.get(timeout=DEADLINE_S)
        rows = dead(config, 2)
        # The second was not asked for.
        assert {(row["last_error"], row["last_status"]) for row in rows} == {("http_410", 410), ("gone", None)}
        assert endpoint.got.empty()
        assert all(re.fullmatch(r"[0-9a-f]{64}", row["body_sha256"]) for row in rows)
        assert "body" not in rows[0] and SECRET[6:] not in json.dumps(rows)
        endpoint.status = 204
        done = command(config, "deliveries", "redrive", "--endpoint", "desk")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "2 deliveries sent on their way again\n")
        again = [endpoint.got.get(timeout=DEADLINE_S) for _ in range(2)]
        for headers, body in again:
            standardwebhooks.Webhook(SECRET).verify(body, headers)
        assert {unquote(h["webhook-id"]) for h, _ in again} == {row["id"] for row in rows}
        assert (first[0]["webhook-id"], first[1]) == (again[0][0]["webhook-id"], again[0][1])
        assert sorted(str(row["body_sha256"]) for row in rows) == sorted(
            sha256(b.encode()).hexdigest() for _, b in again
        )
    for argv in (["--id", "nothing"], [], ["--all-dead", "--endpoint", "desk"]):
        wrong = command(config, "deliveries", "redrive", *argv)
        assert wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1


def dead(config: Path, count: int) -> list[dict[str, object]]:
    """The dead deliveries to desk, once there are so many: another process writes them after it has our answer."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        lines = command(config, "deliveries", "list", "--status", "dead", "--endpoint", "desk").stdout.splitlines()
        if len(lines) == count:
            return [json.loads(line) for line in lines]
    raise AssertionError(f"not {count} dead deliveries")


def test_a_link_is_opened_looked_at_and_sent_in_a_browser(config: Path, browser: Browser) -> None:
    """Someone woken at night marks the page from the phone: no login, one button, and the policy lets it through."""
    alert = alert_of(config)
    with daemon(config) as (_, address):
        links = json.loads(command(config, "alert", "show", alert).stdout)["links"]
        link = address + links["false"].removeprefix("http://localhost/bear/")
        browser.console()
        for _ in range(2):  # as a scanner does, and then the person
            browser.driver.get(link)
        assert browser.text("h1") == "Mark this page as false" and "nine" in browser.text("main")
        assert browser.text("#answers") == "none"
        assert notes(config, alert) == []
        browser.run("document.querySelector('input').value = 'ann <b>蓝</b>'")
        browser.driver.find_element("css selector", "button").click()
        browser.wait_until("return document.querySelector('#answers')?.textContent.includes('marked false')")
        assert "marked false by ann <b>蓝</b>" in browser.text("#answers")
        assert browser.run("return document.querySelectorAll('#answers b, script').length") == 0
        browser.driver.refresh()
        assert notes(config, alert) == ["false"]  # loaded again, it answers nothing again
        assert (
            browser.run("return getComputedStyle(document.querySelector('button')).backgroundColor")
            != "rgba(0, 0, 0, 0)"
        )
        assert browser.console() == []
        with urllib.request.urlopen(urllib.request.Request(f"{address}metrics", headers=LOGIN), timeout=30) as answer:
            exposed = answer.read().decode()
        assert f"{link[-20:]}" not in exposed
        browser.driver.get(link.replace("/answer/false", "/answer/true"))
        assert "not signed here" in browser.text("main")


def test_curl_answers_with_the_token_and_with_nothing_else(config: Path) -> None:
    alert = alert_of(config)
    with daemon(config) as (_, address):

        def post(token: str) -> int:
            request = urllib.request.Request(
                f"{address}api/v1/alerts/{urllib.request.quote(alert, safe='')}/answers",
                b'{"kind": "acknowledge", "who": "ann"}',
                {"authorization": f"Bearer {token}"},
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                return error.code

        assert post("wrong") == 401 and post("a-token-for-tests") == 200
    assert notes(config, alert) == [""]
