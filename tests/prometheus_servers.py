"""Debian's Prometheus and Alertmanager as child processes, over a copy of our rules that does not wait."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.missing import needed

DEPLOY = Path(__file__).parents[1] / "deploy" / "prometheus"
STARTED_S = 20.0
RUNBOOKS = "https://git.example/runbooks"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def until(done: Callable[[], bool], what: str, seconds: float = STARTED_S) -> None:
    """Asks again until it is so; for servers that tell nobody when they are ready."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"no {what} within {seconds:g} s"
        time.sleep(0.1)


def ready(address: str) -> bool:
    try:
        get(address)
    except (urllib.error.URLError, OSError):
        return False
    return True


def quick_rules(folder: Path) -> list[str]:
    """Our rules with every second an evaluation, and every `for` a second long."""
    for path in sorted((DEPLOY / "rules").glob("*.yml")):
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in rules["groups"]:
            group["interval"] = "1s"
            for rule in group["rules"]:
                rule.pop("keep_firing_for", None)
                if "for" in rule:
                    rule["for"] = "1s"
        (folder / path.name).write_text(yaml.safe_dump(rules), encoding="utf-8")
    return [str(folder / path.name) for path in sorted((DEPLOY / "rules").glob("*.yml"))]


class Prometheus:
    """Its HTTP API."""

    def __init__(self, address: str) -> None:
        self.address = address

    def api(self, path: str, **parameters: str | float) -> Any:
        """`data` of an answer; fails with Prometheus' words where the query is wrong."""
        try:
            answer = json.loads(get(f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
        except urllib.error.HTTPError as error:
            pytest.fail(f"{parameters}: {error.read().decode()}")
        return answer["data"]

    def now(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api("query", query=expression)["result"]
        return found

    def over(self, expression: str, start: float, end: float) -> list[dict[str, Any]]:
        """Every series of a range query, second by second."""
        found: list[dict[str, Any]] = self.api("query_range", query=expression, start=start, end=end, step=1)["result"]
        return found

    def values(self, label: str, selector: str) -> list[str]:
        """As Grafana's label_values(selector, label)."""
        query = urllib.parse.urlencode({"match[]": selector})
        found: list[str] = json.loads(get(f"{self.address}/api/v1/label/{label}/values?{query}"))["data"]
        return found


@contextmanager
def child(argv: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def prometheus(folder: Path, targets: Mapping[str, str], alertmanager: str = "") -> Iterator[Prometheus]:
    """Running, once it has loaded our example's configuration with these targets, each second a scrape.

    Args:
        targets: instance label -> host:port.
        alertmanager: host:port; none for nobody to tell.
    """
    program = needed("prometheus", "prometheus")
    config = yaml.safe_load((DEPLOY / "prometheus.example.yml").read_text(encoding="utf-8"))
    config["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["global"]["external_labels"]["runbooks"] = RUNBOOKS
    config["rule_files"] = quick_rules(folder)
    (job,) = (job for job in config["scrape_configs"] if job["job_name"] == "bearwatch")
    job["static_configs"] = [{"targets": [at], "labels": {"instance": name}} for name, at in targets.items()]
    config["scrape_configs"] = [job]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}] if alertmanager else []
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    argv = [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
    # Else what was told before Alertmanager was found is told again a minute later.
    argv += ["--rules.alert.resend-delay=1s"]
    with child([*argv, f"--web.listen-address={address}"], folder / "prometheus.log"):
        until(lambda: ready(f"http://{address}/-/ready"), "Prometheus")
        yield Prometheus(f"http://{address}")


@contextmanager
def alertmanager(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    """Its host:port, once it is ready."""
    program = needed("prometheus-alertmanager", "prometheus-alertmanager")
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    argv = [program, f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alertmanager"]
    argv += [f"--web.listen-address={address}", "--cluster.listen-address="]
    with child(argv, folder / "alertmanager.log"):
        until(lambda: ready(f"http://{address}/-/ready"), "Alertmanager")
        yield address
