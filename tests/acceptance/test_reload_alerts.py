"""SIGHUP while an alert is open, while the daemon is told to stop, and with all kinds of faults."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_alerts_out import Sink
from tests.acceptance.test_reload import daemon
from tests.acceptance.test_run import board_when, push

pytestmark = pytest.mark.slow

BAD = (
    "{} files for bankruptcy after fraud probe widens",
    "Prosecutors raid {} headquarters, chief executive arrested",
    "{} shares collapse as auditor quits over missing millions",
    "Regulator suspends {} licence after default",
    "{} halts withdrawals as losses mount",
    "Creditors sue {} over concealed debts",
)


def struck(company: str) -> list[dict[str, Any]]:
    """Bad news of a company, of now, from as many publishers as stories."""
    now = time.time_ns() // 1_000_000
    return [
        {"id": f"{company}-{n}", "title": text.format(company), "publisher": f"p{n}.example", "published_at": now}
        for n, text in enumerate(BAD)
    ]


def pages(store: Path) -> dict[str, list[str]]:
    """Spike id -> what was told of it, in order."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=5) as db:
        rows = db.execute("SELECT id, status FROM alerts ORDER BY at, status").fetchall()
    found: dict[str, list[str]] = {}
    for alert, status in rows:
        found.setdefault(alert, []).append(status)
    return found


def own(folder: Path, *names: str) -> str:
    path = folder / f"own-{len(names)}.csv"
    rows = [f"xx.{name.lower()},{name},,company,airlines" for name in names]
    path.write_text("\n".join(["id,name,aliases,kind,sector", *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_an_open_alert_stays_the_same_over_reloads_and_another_instrument_pages_nobody(tmp_path: Path) -> None:
    first, second = Sink(), Sink()
    with daemon(tmp_path) as (run, _):
        secret = "whsec_" + "QmVhcndhdGNoIHRlc3RzIG9ubHkgLSAzMiBieXRlcyE="
        hooks = [{"name": name, "url": sink.url, "secret": secret} for name, sink in (("a", first), ("b", second))]
        run.given["detection"] = {"min_history": "0s", "min_publishers": 2}
        run.given["watchlist"] = {"files": [own(tmp_path, "Wyvern")]}
        run.given["alerts"] = {"webhooks": hooks[:1], "allow_hosts": ["127.0.0.1"]}
        assert run.reload()["event"] == "reloaded"

        push(run.address, struck("Wyvern"))
        opened = json.loads(first.got.get(timeout=60)[1])
        assert opened["status"] == "firing"
        before = pages(run.store)

        # --- another endpoint, another budget, then a company more and another model: no new page, no end of the open
        run.given["alerts"]["webhooks"] = hooks
        run.given["detection"]["false_pages_per_day"] = 50
        assert run.reload()["event"] == "reloaded"
        run.given["watchlist"] = {"files": [own(tmp_path, "Wyvern", "Harrow")]}
        run.given["model"] = {"path": "fast"}
        line = run.reload()
        assert line["event"] == "reloaded"
        assert set(pages(run.store)) == set(before) and not any(
            "resolved" in told for told in pages(run.store).values()
        )
        board = json.loads(run.get("api/v1/board"))
        assert opened["id"] in {alert["id"] for alert in board["open_alerts"]}
        assert second.got.empty()  # what was told before it was configured is not told again

        # --- and what comes then is counted, told under its own id, to the new endpoint too
        push(run.address, struck("Harrow"))
        told = json.loads(second.got.get(timeout=60)[1])
        assert told["status"] == "firing" and "harrow" in told["series"]
        run.stop()
    first.close()
    second.close()
    assert pages(run.store)[opened["id"]][0] == "firing"


def test_sigterm_in_the_middle_of_a_reload_ends_the_daemon(tmp_path: Path) -> None:
    """systemd would else wait for its timeout, and kill."""
    with daemon(tmp_path) as (run, _):
        run.process.send_signal(signal.SIGHUP)
        run.heard("reloading")
        run.stop()


def test_whatever_is_wrong_the_daemon_runs_on_and_says_so_each_time_it_is_asked(tmp_path: Path) -> None:
    archive = tmp_path / "old.jsonl"
    with daemon(tmp_path) as (run, _):
        good = json.dumps(run.given)
        files = {"files": [{"path": str(archive), "name": "old"}]}
        run.given["sources"] = {**run.given["sources"], **files}
        for count in (1, 2):
            line = run.reload()
            assert line["event"] == "reload_refused" and "No such file" in line["why"] and line["reload"] == count
        run.path.write_text("[" * 3_000, encoding="utf-8")
        run.process.send_signal(signal.SIGHUP)
        assert "is no configuration" in run.heard("reload_refused")["why"]

        # --- the log's own options are taken with the rest, and not before
        run.given = {**json.loads(good), "log": {"format": "console"}, "web": {"port": 1}}
        assert run.reload()["event"] == "reload_refused"
        archive.write_text('{"id": 1, "title": "Calder opens a branch", "published_at": "2026-11-20T08:00:00Z"}\n')
        run.given = json.loads(good)
        run.given["sources"] = {**run.given["sources"], **files}
        assert run.reload()["event"] == "reloaded"
        board_when(run.address, 1)
        run.stop()
