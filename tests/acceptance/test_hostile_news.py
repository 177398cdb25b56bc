"""Hostile strings through the real daemon to a real browser: as titles, publishers, addresses, names and answers.

`test_page_hostile` hands the page a board of them; here they come the way news does, over push, a watchlist and the
desk's own API, with the store and everything else in between.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from monitor.credentials import digest
from monitor.records import Alert
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from tests import fakes_browser
from tests.acceptance.test_page_hostile import INSPECT
from tests.fakes_browser import Browser
from tests.fakes_hostile import ADDRESSES, MARKUP
from tests.store_samples import spike_row

pytestmark = pytest.mark.slow
browser = fakes_browser.browser  # a fixture, found by its name

TOKEN = "a-token-for-tests"
COMPANIES = 40
DIALOGS = """
window.dialogs = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = () => window.dialogs.push(name);
window.violations = [];
addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective), true);
"""


def text(number: int) -> str:
    """A hostile string of one line that UTF-8 can hold, as files need."""
    return " ".join(MARKUP[number % len(MARKUP)].replace("\ud83d", "").split())


def watchlist(path: Path) -> None:
    """Companies whose names are hostile; their aliases are ordinary words, by which news finds them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "name", "sector", "tickers", "aliases"])
        for number in range(COMPANIES):
            rows.writerow([f"evil.c{number}", text(number)[:150], "banks", "", f"Evilcorp{number}x"])


def open_alert(path: Path, series: str) -> str:
    """An alert that stands open in the store; its id."""
    now = time.time_ns() // 1_000_000
    held = spike_row(1, series=series)
    spike = replace(held.spike, id=f"{series}@{now // 60_000}#ab", opened_at=now - 60_000)
    held = replace(held, spike=spike, quiet_since=None)
    body = {"id": spike.id, "series": series, "label": text(0), "in_words": text(1), "severity": text(2)}
    told = Alert(spike.id, "firing", now - 60_000, "warning", {**body, "status": "firing", "opened_at": text(3)})
    with Store.open(path) as store:
        store.commit(Effects(spikes=[held], alerts=[told]))
    return spike.id


@contextmanager
def daemon(folder: Path) -> Iterator[str]:
    watchlist(folder / "evil.csv")
    config = folder / "bearwatch.yaml"
    config.write_text(
        f"""
store: {{url: "sqlite:///{folder}/hostile.db"}}
web:
  port: 0
  tokens: [{{name: desk, scope: admin, sha256: {digest(TOKEN.encode())}}}]
sources: {{rss: {{feeds: []}}, push: {{enabled: true, token: {TOKEN}-2, scope: finance}}}}
watchlist: {{files: [evil.csv]}}
log: {{level: error}}
""",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "-c", str(config)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+/", process.stdout.readline())
        assert found
        yield found[0]
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def ask(address: str, body: Any = None, token: str = TOKEN) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_no_string_of_the_news_or_of_people_becomes_more_than_text(tmp_path: Path, browser: Browser) -> None:
    alert = open_alert(tmp_path / "hostile.db", "entity:evil.c0")
    with daemon(tmp_path) as address:
        articles = [
            {
                "id": str(number),
                "title": f"{number} {title} Evilcorp{number % COMPANIES}x fraud collapse {title[::-1]}",
                "summary": title,
                "publisher": MARKUP[-number],
                "url": ADDRESSES[number % len(ADDRESSES)],
                "published_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            }
            for number, title in enumerate(MARKUP)
        ]
        taken = ask(f"{address}api/v1/articles", articles, f"{TOKEN}-2")
        assert taken["accepted"] >= 80
        answers = f"{address}api/v1/alerts/{quote(alert, safe='')}/answers"
        ask(answers, {"kind": "acknowledge", "who": text(4)[:100]})
        ask(answers, {"kind": "assign", "value": text(5)[:100], "who": text(6)[:100]})
        ask(answers, {"kind": "note", "value": text(7), "who": text(8)[:100]})
        mute = {"series": "entity:evil.c0", "until": "1h", "who": text(9)[:100], "why": text(10)}
        ask(f"{address}api/v1/mutes", mute)

        browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": DIALOGS})
        # As a browser's login does it.
        browser.driver.get(address.replace("//", f"//desk:{TOKEN}@"))
        browser.open(address)
        browser.wait_until("return document.querySelectorAll('#alerts-open .answers li').length === 3")
        browser.run("for (const fold of document.querySelectorAll('details')) fold.open = true")
        shown = browser.text("body")
        assert browser.run("return document.documentElement.dataset.ran ?? window.ran ?? null") is None
        assert browser.run("return window.dialogs") == [] and browser.run("return window.violations") == []
        assert browser.run(INSPECT) == []
        assert browser.run("return [...document.querySelectorAll('bdi')].filter(e => e.childElementCount).length") == 0
        assert [line for line in browser.console() if "Content Security" in line or "TrustedHTML" in line] == []

        board = ask(f"{address}api/v1/board")

    # It was all there to be shown.
    (firing,) = board["open_alerts"]
    assert firing["label"].startswith("<script>") and firing["acknowledged_by"] == text(4)[:100]
    assert firing["muted_by"] == text(9)[:100] and firing["headlines"]
    assert len(board["stories_newest"]) == 40 and len(board["companies"]) >= 20
    for seen in (firing["label"], firing["acknowledged_by"], firing["headlines"][0]["title"]):
        assert " ".join(seen.split()) in " ".join(shown.split()), seen
