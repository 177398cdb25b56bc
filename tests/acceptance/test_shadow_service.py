"""A shadow beside a running daemon: it follows through kills of either; its candidate goes into service and back."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import stat
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import run as main
from monitor.config import load_config
from monitor.inference.manifest import find_model
from monitor.inference.model import OnnxModel
from monitor.parts import build_parts
from tests.acceptance.test_reload import Daemon
from tests.acceptance.test_run import feeds, push
from tests.oracle import agrees
from tests.shadow_rig import child, count, shadowed

pytestmark = pytest.mark.slow

DEADLINE_S = 60.0
WORDS = "bank fraud strike recall loss merger profit default lawsuit crash".split()


def news(first: int, many: int) -> list[dict[str, object]]:
    """Articles of today about as many different things."""
    now = time.time()
    return [
        {
            "id": f"p{n}",
            "title": f"Firm {n * 7919 % 9973} of town {n * 104_729 % 9_967} tells of {WORDS[n % 10]} number {n} today",
            "published_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60 + n % 50)),
        }
        for n in range(first, first + many)
    ]


def until(holds: Callable[[], bool], what: str) -> None:
    """Of another process: nothing to wait on but what it writes."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def keys(store: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=5)) as db:
        return {key for (key,) in db.execute("SELECT key FROM articles")}


@contextmanager
def shadow(config: Path, *argv: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running shadow, and the address of its metrics."""
    with config.with_name("shadow.log").open("a") as log:
        process = child("shadow", "run", "-c", config, *argv, stderr=log)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found, config.with_name("shadow.log").read_text()[-2_000:]
            yield process, found[0]
        finally:
            process.kill()
            process.communicate()


def metric(address: str, name: str) -> float:
    with urllib.request.urlopen(address, timeout=30) as answer:
        (value,) = re.findall(rf"(?m)^{re.escape(name)} (\S+)$", answer.read().decode())
    return float(value)


def audit(store: Path) -> list[tuple[str, dict[str, Any]]]:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=5)) as db:
        return [
            (action, json.loads(what)) for action, what in db.execute("SELECT action, what FROM audit ORDER BY seq")
        ]


@contextmanager
def daemon(folder: Path, **more: Any) -> Iterator[Daemon]:
    """A daemon on the fast model that is told what to read."""
    with feeds() as port:

        class Fast(Daemon):
            def write(self) -> None:
                self.given |= {"model": {"path": "fast"}, **more}
                super().write()

        run = Fast(folder, port)
        try:
            yield run
        finally:
            run.process.kill()
            run.process.communicate()


def test_it_follows_the_running_daemon_through_kills_of_either(tmp_path: Path) -> None:
    with daemon(tmp_path, shadow={"port": 0}) as run:
        own, argv = tmp_path / "run.shadow.db", ("--model", "default")
        push(run.address, news(1, 40))
        with shadow(run.path, *argv) as (process, address):
            until(lambda: keys(own) == keys(run.store), "the first articles")
            push(run.address, news(41, 40))
            until(lambda: keys(own) == keys(run.store) and count(own, "articles") >= 80, "what came while it ran")
            until(lambda: metric(address, "bearwatch_shadow_lag_records") == 0, "abreast")
            assert metric(address, "bearwatch_shadow_lag_seconds") < 120
            assert metric(address, "bearwatch_shadow_articles_total") == count(own, "articles")

            run.process.kill()  # the daemon; its shadow goes on
            run.process.communicate()
            assert process.poll() is None
        with feeds() as port:
            again = Daemon(tmp_path, port)
            again.given |= {"shadow": {"port": 0}, "model": {"path": "fast"}}
            try:
                again.reload()
                with shadow(again.path, *argv) as (process, _):
                    push(again.address, news(81, 60))
                    until(lambda: count(own, "articles") > 80, "what came after the kill")
                    process.send_signal(signal.SIGKILL)  # in the middle of it, most likely
                with shadow(again.path, *argv) as (process, _):
                    until(lambda: keys(own) == keys(again.store) and len(keys(own)) >= 140, "all of it")
                    process.send_signal(signal.SIGTERM)
                    assert process.wait(timeout=60) == 0  # it has the lowest priority, and others may want the cores
                again.stop()
            finally:
                again.process.kill()
                again.process.communicate()
        settings = build_parts(load_config(again.path, {"BEARWATCH_MODEL__PATH": "default"})).settings
        print(agrees(own, settings))
        assert not count(own, "outbox")


def test_a_candidate_goes_into_service_and_back_and_what_the_daemon_refuses_changes_nothing(
    tmp_path: Path, own_logs: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*argv: str | Path, code: int = 0) -> tuple[str, str]:
        """stdout and stderr of a command, run in this process: each child would take seconds to start."""
        capsys.readouterr()
        assert main(list(map(str, argv))) == code, capsys.readouterr().err
        return capsys.readouterr()

    def model_in_force() -> str:
        (found,) = re.findall(r'(?m)^bearwatch_model_info\{hash="([0-9a-f]+)"', run.get("metrics"))
        dump = json.loads(said("debug", "dump", "-c", run.path)[0])
        assert dump["model"]["hash"] == found
        return str(found)

    hashes = {name: OnnxModel.load(find_model(name)).hash for name in ("fast", "default")}
    with daemon(tmp_path) as run:
        run.path.chmod(0o640)
        push(run.address, news(1, 20))
        shadowed(run.path, "--model", "default")
        before = run.path.read_text()

        err = said("shadow", "promote", "-c", run.path, code=1)[1]
        assert "pages were compared over 0.0 days, 7 are asked for" in err and len(err.splitlines()) == 1
        assert run.path.read_text() == before and model_in_force() == hashes["fast"]
        assert not list(tmp_path.glob("*.before-*"))

        out = said("shadow", "promote", "-c", run.path, "--force")[0]
        assert hashes["default"] in out and "model.path" in out
        assert model_in_force() == hashes["default"]
        assert json.loads(run.path.read_text())["model"]["path"] == "default"
        assert stat.S_IMODE(run.path.stat().st_mode) == 0o640
        assert run.path.with_name("bearwatch.yaml.before-1").read_text() == before
        assert push(run.address, news(21, 5))[1]["accepted"] == 5
        assert "says already" in said("shadow", "promote", "-c", run.path, "--force", code=2)[1]

        out = said("shadow", "rollback", "-c", run.path)[0]
        assert run.path.read_text() == before and model_in_force() == hashes["fast"]
        assert "nothing was promoted" in said("shadow", "rollback", "-c", run.path, code=2)[1]
        done = [(action, what.get("outcome") or what.get("because")) for action, what in audit(run.store)]
        assert done == [
            *(("reload", "promote"), ("promote", "taken")),
            *(("reload", "rollback"), ("rollback", "taken")),
        ]
        assert audit(run.store)[1][1]["changed"] == "model.path"

        # --- a candidate that passes every check here, and that the daemon cannot take
        given = json.loads(before)
        given["sources"]["files"] = [{"path": str(tmp_path / "gone.jsonl"), "name": "gone"}]
        candidate = tmp_path / "candidate.yaml"
        candidate.write_text(json.dumps(given))
        other = ("--store", tmp_path / "other.db")
        shadowed(run.path, "--candidate", candidate, *other)
        err = said("shadow", "promote", "-c", run.path, "--force", *other, code=1)[1]
        assert "refused" in err and "gone.jsonl" in err and "is as before" in err
        assert run.path.read_text() == before and not list(tmp_path.glob("*.before-*"))
        assert push(run.address, news(26, 5))[1]["accepted"] == 5 and model_in_force() == hashes["fast"]
        assert audit(run.store)[-1][1]["outcome"] == "refused"

        # --- and what is not promoted at all
        run.path.write_text(before + "\n")
        err = said("shadow", "promote", "-c", run.path, *other, code=1)[1]
        assert "was changed since" in err and run.path.read_text() == before + "\n"
        candidate.write_text(json.dumps({**given, "detection": {"min_stories": 9}}))
        assert "try it first" in said("shadow", "promote", "-c", run.path, "--force", *other, code=2)[1]
        run.path.write_text(before)
        run.stop()
        err = said("shadow", "promote", "-c", run.path, "--force", code=1)[1]
        assert "no daemon runs on" in err and run.path.read_text() == before
