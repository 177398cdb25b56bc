"""deploy/kubernetes: what Helm makes of it is valid, restricted, and fits the daemon that it runs."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.config import load_config
from monitor.supervise import DRAIN_S
from monitor.web.server import SHUTDOWN_SECONDS
from tests.kubernetes.chart import (
    CHART,
    DEPLOY,
    ROOT,
    TOKEN,
    VERSIONS,
    Doc,
    faults,
    helm,
    one,
    render,
    template,
    violations,
    workloads,
)
from tests.prometheus_servers import needed

pytestmark = pytest.mark.slow

EXAMPLES = ("values-single.yaml", "values-cluster.yaml")
RULES = ROOT / "deploy" / "prometheus" / "rules"
# As on OpenShift, and as with PostgreSQL.
OPENSHIFT = {f"podSecurityContext.{name}": None for name in ("runAsUser", "runAsGroup", "fsGroup")}
STANDBY = {
    "watcher.replicas": 2,
    "watcher.persistence.enabled": False,
    "config.store.url": "postgresql://bearwatch@db/bearwatch",
}
RENDERINGS: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    *((name, {}) for name in EXAMPLES),
    ("", OPENSHIFT),
    ("", STANDBY),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("values", "given"), RENDERINGS)
def test_all_that_is_rendered_is_valid_by_the_published_schemas(values: str, given: Doc, version: str) -> None:
    docs = render(values, given=given, version=version)
    assert len(docs) >= 6
    assert [fault for doc in docs for fault in faults(doc, version)] == []


@pytest.mark.parametrize("kind", ["StatefulSet", "ServiceMonitor", "PrometheusRule", "ScaledObject", "NetworkPolicy"])
def test_an_unknown_field_is_found_by_those_schemas(kind: str) -> None:
    doc = copy.deepcopy(next(doc for doc in render("values-cluster.yaml") if doc["kind"] == kind))
    doc["spec"]["repicas"] = 1
    assert faults(doc, VERSIONS[-1])


@pytest.mark.parametrize(("values", "given"), RENDERINGS)
def test_every_pod_keeps_to_the_restricted_profile_and_a_read_only_root(values: str, given: Doc) -> None:
    found = list(workloads(render(values, given=given)))
    assert found
    for workload in found:
        assert violations(workload.pod) == []
        assert workload.container["securityContext"]["readOnlyRootFilesystem"] is True
        assert workload.pod["automountServiceAccountToken"] is False


def test_ids_are_left_to_openshift_where_they_are_set_to_null() -> None:
    (workload,) = workloads(render(given=OPENSHIFT))
    assert not {"runAsUser", "runAsGroup", "fsGroup"} & workload.pod["securityContext"].keys()


def _set(path: str, value: Any) -> Callable[[Doc], None]:
    def change(pod: Doc) -> None:
        where: Any = pod
        *way, last = path.split(".")
        for part in way:
            where = where[int(part)] if part.isdecimal() else where.setdefault(part, {})
        where[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_set("hostNetwork", True), "hostNetwork"),
        (_set("securityContext.runAsNonRoot", False), "runAsNonRoot"),
        (_set("securityContext.runAsUser", 0), "runAsUser"),
        (_set("securityContext.seccompProfile", {"type": "Unconfined"}), "seccompProfile"),
        (_set("containers.0.securityContext.allowPrivilegeEscalation", True), "allowPrivilegeEscalation"),
        (_set("containers.0.securityContext.capabilities.add", ["SYS_ADMIN"]), "capabilities"),
        (_set("containers.0.securityContext.capabilities.drop", []), "capabilities"),
        (_set("containers.0.securityContext.privileged", True), "privileged"),
        (_set("containers.0.securityContext.procMount", "Unmasked"), "procMount"),
        (_set("containers.0.ports", [{"containerPort": 1, "hostPort": 1}]), "hostPort"),
        (_set("volumes", [{"name": "x", "hostPath": {"path": "/"}}]), "volume hostPath"),
        (_set("securityContext.sysctls", [{"name": "kernel.shm_rmid_forced", "value": "0"}]), "sysctls"),
    ],
)
def test_what_the_restricted_profile_forbids_is_found(change: Callable[[Doc], None], found: str) -> None:
    pod = copy.deepcopy(next(workloads(render())).pod)
    change(pod)
    assert violations(pod) == [found]


def test_linter_has_nothing_against_the_chart() -> None:
    bare = f"--set-json=config.web.tokens={json.dumps([TOKEN])}"
    for values in ([bare], *(["--values", name] for name in EXAMPLES)):
        done = helm("lint", "--strict", "--quiet", "--kube-version", VERSIONS[-1], CHART, *values)
        assert done.returncode == 0, done.stdout + done.stderr


def as_kubelet(container: Doc, pod_ip: str) -> dict[str, str]:
    """The container's environment, with $(NAME) put in as Kubernetes does."""
    env: dict[str, str] = {}
    for variable in container["env"]:
        if "valueFrom" in variable:
            assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
            env[variable["name"]] = pod_ip
        else:
            env[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda m: env[m[1]], variable["value"])
    return env


@pytest.mark.parametrize("pod_ip", ["10.1.2.3", "fd00::7"])
@pytest.mark.parametrize("values", ["", *EXAMPLES])
def test_daemon_takes_the_configuration_that_the_pod_gives_it(values: str, pod_ip: str, tmp_path: Path) -> None:
    docs = render(values, given={"web.allowedHosts": ["bearwatch.example"]})
    given = one(docs, "ConfigMap")["data"]["bearwatch.yaml"]
    secrets = set(re.findall(r"/etc/bearwatch/secrets/(\S+)", given))
    for name in secrets:
        (tmp_path / name).write_text("whsec_" + "Ab12" * 10 if name.endswith("desk.secret") else "x" * 40, "utf-8")
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).touch()
    (tmp_path / "bearwatch.yaml").write_text(given.replace("/etc/bearwatch/secrets", str(tmp_path)), "utf-8")
    for workload in workloads(docs):
        mounts = {mount["mountPath"] for mount in workload.container["volumeMounts"]}
        assert "/etc/bearwatch/config" in mounts
        assert not secrets or "/etc/bearwatch/secrets" in mounts
        assert workload.container["args"][:3] == ["run", "--config", "/etc/bearwatch/config/bearwatch.yaml"]
        env = as_kubelet(workload.container, pod_ip)
        if "BEARWATCH_WEB__TLS" in env:
            assert "/etc/bearwatch/tls" in mounts
            env["BEARWATCH_WEB__TLS"] = env["BEARWATCH_WEB__TLS"].replace("/etc/bearwatch/tls", str(tmp_path))
        config = load_config(tmp_path / "bearwatch.yaml", env)
        (port,) = workload.container["ports"]
        assert (config.web.host, config.web.port) == ("0.0.0.0", port["containerPort"])
        shown = f"[{pod_ip}]" if ":" in pod_ip else pod_ip
        assert {shown, "bearwatch.example", "bw-bearwatch.news.svc"} <= set(config.web.allowed_hosts)


def test_no_mount_lies_within_another_that_is_read_only() -> None:
    """A runtime cannot make the inner one's folder there."""
    for workload in workloads(render("values-cluster.yaml")):
        mounts = [Path(mount["mountPath"]) for mount in workload.container["volumeMounts"]]
        assert not [(a, b) for a in mounts for b in mounts if a != b and a in b.parents]
        assert {m["name"] for m in workload.container["volumeMounts"]} <= (
            {v["name"] for v in workload.pod["volumes"]} | {"state"}
        )


@pytest.mark.parametrize("values", ["", *EXAMPLES])
def test_probes_ask_what_answers_their_question_by_a_name_that_is_always_served(values: str) -> None:
    for workload in workloads(render(values)):
        asked = {name: workload.container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
        assert {name: get["path"] for name, get in asked.items()} == {
            "startup": "/healthz",
            "liveness": "/healthz",
            "readiness": "/readyz",
        }
        encrypted = any(mount["name"] == "tls" for mount in workload.container["volumeMounts"])
        for get in asked.values():
            assert get.get("scheme", "HTTP") == ("HTTPS" if encrypted else "HTTP")
            assert get["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
            assert get["port"] == workload.container["ports"][0]["name"]


def test_pod_has_more_time_to_end_than_the_daemon_takes() -> None:
    for workload in workloads(render("values-cluster.yaml")):
        assert workload.pod["terminationGracePeriodSeconds"] >= 2 * (DRAIN_S + SHUTDOWN_SECONDS)


def test_every_selector_finds_exactly_the_pods_it_is_for() -> None:
    docs = render("values-cluster.yaml")
    pods = {workload.labels["app.kubernetes.io/component"]: workload.labels for workload in workloads(docs)}
    assert set(pods) == {"watcher", "scorer"}
    selecting = [doc for doc in docs if doc["kind"] in ("Service", "PodDisruptionBudget", "NetworkPolicy")]
    assert len(selecting) == 6
    for doc in selecting:
        spec = doc["spec"]
        selector = spec.get("podSelector", spec.get("selector", {}))
        wanted = selector.get("matchLabels", selector)
        found = [name for name, labels in pods.items() if wanted.items() <= labels.items()]
        assert found == [doc["metadata"]["labels"]["app.kubernetes.io/component"]], doc["kind"]


def test_no_disruption_budget_can_block_the_drain_of_a_node() -> None:
    for doc in render("values-cluster.yaml"):
        if doc["kind"] == "PodDisruptionBudget":
            assert doc["spec"]["maxUnavailable"] == 1
            assert doc["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
            assert "minAvailable" not in doc["spec"]


def test_prometheus_finds_every_process_under_the_job_that_the_rules_know() -> None:
    docs = render("values-cluster.yaml")
    monitor = one(docs, "ServiceMonitor")["spec"]
    wanted = monitor["selector"]["matchLabels"]
    services = [doc for doc in docs if doc["kind"] == "Service"]
    assert [wanted.items() <= doc["metadata"]["labels"].items() for doc in services] == [True, True]
    (endpoint,) = monitor["endpoints"]
    assert endpoint["scheme"] == "https"
    assert endpoint["authorization"]["credentials"]["name"] not in [
        volume["secret"]["secretName"]
        for workload in workloads(docs)
        for volume in workload.pod["volumes"]
        if "secret" in volume
    ]
    assert {port["name"] for doc in services for port in doc["spec"]["ports"]} == {endpoint["port"]}
    (job,) = {found for path in RULES.glob("*.yml") for found in re.findall(r'job="(\w+)"', path.read_text("utf-8"))}
    assert {"targetLabel": "job", "replacement": job} in endpoint["relabelings"]
    assert all(doc["spec"]["publishNotReadyAddresses"] for doc in services)


def test_the_charts_rules_are_the_rules() -> None:
    theirs = {path.name: path.read_text("utf-8") for path in RULES.glob("*.yml")}
    ours = {path.name: path.read_text("utf-8") for path in (CHART / "rules").iterdir()}
    assert ours == theirs, "cp deploy/prometheus/rules/*.yml deploy/kubernetes/bearwatch/rules/"


def test_rules_come_out_as_they_are_but_for_the_runbooks_address(tmp_path: Path) -> None:
    where = "https://wiki.example/runbooks.md"
    docs = render(given={"prometheusRule.enabled": True, "prometheusRule.runbooks": where})
    made = {doc["metadata"]["name"]: doc["spec"] for doc in docs if doc["kind"] == "PrometheusRule"}
    assert len(made) == 3
    for path in RULES.glob("*.yml"):
        text = path.read_text("utf-8").replace("{{ $externalLabels.runbooks }}", where)
        assert made[f"bw-bearwatch-{path.stem}"] == yaml.safe_load(text)
        (tmp_path / path.name).write_text(yaml.safe_dump(made[f"bw-bearwatch-{path.stem}"]), "utf-8")
    assert "externalLabels" not in json.dumps(made)
    promtool = needed("promtool", "prometheus")
    subprocess.run([promtool, "check", "rules", *map(str, tmp_path.glob("*.yml"))], check=True, capture_output=True)


def test_autoscaler_goes_by_the_lag_of_the_topics_that_scorers_read() -> None:
    docs = render("values-cluster.yaml")
    config = yaml.safe_load((DEPLOY / "values-cluster.yaml").read_text("utf-8"))["config"]
    scaled = one(docs, "ScaledObject")["spec"]
    (trigger,) = scaled["triggers"]
    (source,) = config["sources"]["kafka"]
    told = trigger["metadata"]
    assert told["bootstrapServers"].split(",") == config["kafka"]["servers"]
    assert (told["consumerGroup"], [told["topic"]]) == (source["group"], source["topics"])
    assert scaled["scaleTargetRef"]["name"] == one(docs, "Deployment")["metadata"]["name"]
    # Both would set the number, and each upgrade would undo the autoscaler's.
    assert "replicas" not in one(docs, "Deployment")["spec"]
    assert (
        one(render("values-cluster.yaml", given={"scorer.keda.enabled": False}), "Deployment")["spec"]["replicas"] == 2
    )


def test_a_scorer_reaches_neither_the_internet_nor_what_only_the_watcher_needs() -> None:
    docs = render("values-cluster.yaml", given={"networkPolicy.internet": True})
    out = {doc["metadata"]["labels"]["app.kubernetes.io/component"]: doc["spec"]["egress"] for doc in docs
           if doc["kind"] == "NetworkPolicy"}  # fmt: skip
    assert "ipBlock" in json.dumps(out["watcher"])
    assert "ipBlock" not in json.dumps(out["scorer"])
    for doc in docs:
        if doc["kind"] == "NetworkPolicy":
            assert doc["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_nobody_may_come_in_where_nobody_is_named() -> None:
    """An ingress rule without peers would let everybody in."""
    policy = one(render(given={"networkPolicy.allowFrom": []}), "NetworkPolicy")
    assert policy["spec"]["ingress"] == []


def test_a_changed_configuration_makes_new_pods_and_nothing_else_does() -> None:
    def mark(**given: Any) -> str:
        made: str = one(render(given=given), "StatefulSet")["spec"]["template"]["metadata"]["annotations"][
            "checksum/config"
        ]
        return made

    assert mark() == mark(terminationGracePeriodSeconds=40)
    assert len({mark(), mark(**{"config.log.level": "debug"}), mark(files={"desk.csv": "id,name\n"})}) == 3


def test_two_watchers_stand_by_one_another_and_keep_nothing_in_their_pods() -> None:
    docs = render(given=STANDBY)
    stateful = one(docs, "StatefulSet")["spec"]
    assert stateful["replicas"] == 2
    assert "volumeClaimTemplates" not in stateful
    assert next(workloads(docs)).container["args"][-1] == "--standby"
    assert "--standby" not in json.dumps(render())


def test_a_pod_that_stands_by_holds_up_no_rollout_and_no_drain() -> None:
    """Ready is who does what it should. Else the holder would be the one available pod that the budget protects."""
    docs = render(given=STANDBY)
    container = next(workloads(docs)).container
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz?standbyok=true"}
    assert one(docs, "StatefulSet")["spec"]["podManagementPolicy"] == "Parallel"
    assert one(docs, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert next(workloads(render())).container["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"config.web": {}}, "give a token (bearwatch token new)"),
        ({"serviceMonitor.enabled": True}, "name the Secret that holds it"),
        ({"watcher.replicas": 2}, "one daemon for each SQLite store"),
        ({"watcher.replicas": 2, "watcher.persistence.enabled": False}, "a standby needs a store that both reach"),
        ({"watcher.role": "watch"}, "set scorer.enabled: true"),
        ({"scorer.enabled": True}, "set watcher.role: watch"),
        ({"scorer.enabled": True, "watcher.role": "watch", "scorer.keda.enabled": True}, "give config.sources.kafka"),
        ({"wachter": {}}, "wachter"),
        ({"watcher.persistence.accessModes": ["ReadWriteMany"]}, "accessModes"),
        ({"terminationGracePeriodSeconds": 5}, "terminationGracePeriodSeconds"),
        ({"image.digest": "sha256:12"}, "digest"),
        ({"files": {"bearwatch.yaml": ""}}, "invalid propertyName 'bearwatch.yaml'"),
    ],
)
def test_values_that_cannot_work_are_refused_by_name(given: Doc, told: str) -> None:
    done = template(given=given)
    assert done.returncode != 0
    assert told in done.stderr


def test_a_digest_wins_over_the_tag() -> None:
    digest = "sha256:" + "ab" * 32
    docs = render(given={"image.digest": digest, "image.tag": "x"})
    assert next(workloads(docs)).container["image"] == f"bearwatch@{digest}"


def test_the_charts_version_is_the_programs() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    version = re.search(r'__version__ = "(.+)"', (ROOT / "monitor/__init__.py").read_text("utf-8"))
    assert version is not None
    assert chart["appVersion"] == version[1]
