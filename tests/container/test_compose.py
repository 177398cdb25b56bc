"""deploy/container/compose*.yaml: valid, and its services find one another, as processes in a network of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.container.image import DEPLOY, ROOT, compose
from tests.kafka.fixtures import jars
from tests.kubernetes.chart import need
from tests.missing import lacking
from tests.namespaces import Network
from tests.prometheus_servers import needed, until

pytestmark = pytest.mark.slow

FILES = ("compose.yaml", "compose.kafka.yaml")
SPECIFICATION = ("github.com/compose-spec/compose-go/v2@v2.16.2", "schema/compose-spec.json")
# The demonstration's, which everybody knows.
TOKEN = "demonstration"
STARTED_S, ALERTED_S = 60.0, 90.0


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def specification() -> Draft202012Validator:
    """The compose specification's own schema, from the module that Compose itself reads files with."""
    module, path = SPECIFICATION
    go = need("go", "it fetches the compose specification's schema")
    done = subprocess.run([go, "mod", "download", "-json", module], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Draft202012Validator(json.loads(Path(json.loads(done.stdout)["Dir"], path).read_text("utf-8")))


@pytest.mark.parametrize("name", FILES)
def test_compose_file_is_valid_by_the_specifications_schema(specification: Draft202012Validator, name: str) -> None:
    assert [error.message for error in specification.iter_errors(read(name))] == []


def test_compose_file_with_a_mistyped_key_is_found(specification: Draft202012Validator) -> None:
    wrong = read("compose.yaml")
    wrong["services"]["grafana"]["enviroment"] = {}
    assert list(specification.iter_errors(wrong))


def test_every_service_is_pinned_unprivileged_and_answers_this_machine_only() -> None:
    for name, service in compose(*FILES).items():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", service["image"]), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert not service.get("privileged")


def test_every_mounted_file_exists() -> None:
    for name, service in compose(*FILES).items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), (name, source)
            else:
                assert any(source in read(file)["volumes"] for file in FILES), (name, source)


def test_grafana_finds_its_dashboards_and_prometheus() -> None:
    grafana = compose(*FILES)["grafana"]
    inside = {volume.split(":")[1]: (DEPLOY / volume.split(":")[0]).resolve() for volume in grafana["volumes"]}
    provider = yaml.safe_load(next((inside["/etc/grafana/provisioning/dashboards"]).glob("*.yml")).read_text("utf-8"))
    folder = provider["providers"][0]["options"]["path"]
    assert inside[folder] == ROOT / "deploy/grafana/dashboards"
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (inside[str(home.parent)] / home.name).exists()
    (source,) = yaml.safe_load(inside["/etc/grafana/provisioning/datasources/prometheus.yml"].read_text("utf-8"))[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    shipped = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text("utf-8"))
    assert {**source, "url": ""} == {**shipped["datasources"][0], "url": ""}


def test_its_prometheus_differs_from_the_example_in_names_and_its_token_alone() -> None:
    example = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.example.yml").read_text("utf-8"))
    own = read("prometheus.yml")
    assert own["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == ["alertmanager:9093"]
    assert own["scrape_configs"][0]["static_configs"][0]["targets"] == ["bearwatch:8900"]
    own["rule_files"] = example["rule_files"]
    own["alerting"]["alertmanagers"] = example["alerting"]["alertmanagers"]
    assert own["scrape_configs"][0].pop("authorization") == {"credentials": TOKEN}
    for job, shipped in zip(own["scrape_configs"], example["scrape_configs"], strict=True):
        job["static_configs"] = shipped["static_configs"]
    assert own == example


def environment(service: dict[str, Any]) -> dict[str, str]:
    """A container's: what the service gives, and nothing of ours but where programs and modules are."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **service.get("environment", {})}


def bearwatch(network: Network, service: dict[str, Any], folder: Path, *more: str) -> subprocess.Popen[bytes]:
    env = {**environment(service), "XDG_STATE_HOME": str(folder / "state")}
    return network.popen([sys.executable, "-m", "monitor", *service["command"], *more], "bearwatch", env=env)


def mounted(network_folder: Path, service: dict[str, Any], arguments: list[str]) -> list[str]:
    """Arguments with the container's paths as they are here: mounted files, or a folder in place of a volume."""
    places = {volume.split(":")[1]: volume.split(":")[0] for volume in service["volumes"]}
    made = []
    for argument in arguments:
        option, _, path = argument.partition("=")
        if path in places:
            source = places[path]
            path = str((DEPLOY / source).resolve() if source.startswith(".") else network_folder / source)
        made.append(f"{option}={path}")
    return made


def log_of(folder: Path, name: str) -> str:
    return (folder / f"{name}.log").read_text("utf-8")[-3000:]


def test_the_demonstration_is_scraped_under_its_name_and_pages_through_alertmanager(tmp_path: Path) -> None:
    services = compose("compose.yaml")
    programs = {name: needed(*found) for name, found in {
        "prometheus": ("prometheus", "prometheus"),
        "alertmanager": ("prometheus-alertmanager", "prometheus-alertmanager"),
    }.items()}  # fmt: skip
    # The container's /etc/prometheus: the configuration beside the rules that it names by a relative path.
    rules = tmp_path / "etc" / "rules"
    rules.parent.mkdir()
    rules.symlink_to(ROOT / "deploy/prometheus/rules")
    (tmp_path / "etc/prometheus.yml").write_text((DEPLOY / "prometheus.yml").read_text("utf-8"), "utf-8")
    with Network(tmp_path, list(services)) as network:
        for name, program in programs.items():
            arguments = mounted(tmp_path, services[name], services[name]["command"])
            if name == "prometheus":
                arguments[0] = f"--config.file={tmp_path}/etc/prometheus.yml"
            network.popen([program, *arguments], name)
        daemon = bearwatch(network, services["bearwatch"], tmp_path, "--minutes", "0.3")
        until(lambda: network.get("http://bearwatch:8900/readyz")[0] == 200, "Bearwatch", STARTED_S)

        def scraped() -> bool:
            status, body = network.get("http://prometheus:9090/api/v1/query?query=up%7Bjob%3D%22bearwatch%22%7D")
            return status == 200 and [r["value"][1] for r in json.loads(body)["data"]["result"]] == ["1"]

        until(scraped, f"scrape: {log_of(tmp_path, 'prometheus')}", STARTED_S)

        def told() -> set[str]:
            status, body = network.get("http://alertmanager:9093/api/v2/alerts")
            return {alert["labels"]["alertname"] for alert in json.loads(body)} if status == 200 else set()

        # One from the daemon, and one from Prometheus' rules.
        wanted = {"BearwatchSpike", "BearwatchWatchdog"}
        until(lambda: told() >= wanted, f"alerts: {log_of(tmp_path, 'bearwatch')}", ALERTED_S)
        # As a browser on the host asks through the published port, and as a rebound name would.
        assert network.get("http://127.0.0.1:8900/", TOKEN)[0] == 200
        assert network.get("http://127.0.0.1:8900/")[0] == 401
        assert network.get("http://grafana:8900/", TOKEN)[0] == 421
        daemon.terminate()
        assert daemon.wait(15) == 0, log_of(tmp_path, "bearwatch")


@pytest.mark.kafka
def test_over_kafka_bearwatch_reads_the_topic_that_its_broker_has(tmp_path: Path) -> None:
    folder, why = jars()
    if folder is None:
        lacking(why)
    services = compose(*FILES)
    given = services["kafka"]["environment"]
    properties = {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in given.items()}
    properties["log.dirs"] = str(tmp_path / "data")
    (tmp_path / "server.properties").write_text("".join(f"{k}={v}\n" for k, v in properties.items()), "utf-8")
    log4j = ROOT / "deploy/kafka/log4j.properties"
    java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dlog4j.configuration=file:{log4j}"]
    java += ["-cp", f"{folder}/*"]
    formatting = ["kafka.tools.StorageTool", "format", "-t", "YmVhcndhdGNoLXRlc3RzLQ", "-c"]
    with Network(tmp_path, list(services)) as network:
        made = network.popen([*java, *formatting, str(tmp_path / "server.properties")], "format")
        assert made.wait(60) == 0, log_of(tmp_path, "format")
        network.popen([*java, "kafka.Kafka", str(tmp_path / "server.properties")], "kafka")
        bearwatch(network, services["bearwatch"], tmp_path)
        (tmp_path / "news.jsonl").write_text(
            json.dumps({"id": "1", "title": "Bank collapses after fraud probe", "published_at": "2026-01-02T03:00:00Z"})
            + "\n",
            "utf-8",
        )
        feed = [sys.executable, str(ROOT / "deploy/kafka/feed.py"), str(tmp_path / "news.jsonl")]
        feed += ["--topic", "news", "--bootstrap", "kafka:9092"]
        until(lambda: network.popen(feed, "feed").wait(60) == 0, f"broker: {log_of(tmp_path, 'kafka')}", STARTED_S)
        until(lambda: network.get("http://bearwatch:8900/readyz")[0] == 200, "Bearwatch", STARTED_S)

        def read_it() -> bool:
            status, body = network.get("http://bearwatch:8900/metrics", TOKEN)
            return status == 200 and bool(re.search(r"^bearwatch_articles_total\{[^}]*news[^}]*\} 1\.0$", body, re.M))

        until(read_it, f"article: {log_of(tmp_path, 'bearwatch')}", STARTED_S)


def test_public_address_is_the_published_port() -> None:
    service = compose("compose.yaml")["bearwatch"]
    address = urlsplit(service["environment"]["BEARWATCH_WEB__PUBLIC_URL"])
    assert [port.rpartition(":")[0] for port in service["ports"]] == [address.netloc]
