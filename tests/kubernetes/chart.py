"""The chart as Helm renders it, and what judges it: Kubernetes' schemas, those of the CRDs, the restricted profile."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from jsonschema import Draft7Validator

from tests.missing import lacking

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "kubernetes"
CHART = DEPLOY / "bearwatch"
# The oldest that Chart.yaml allows, and the newest whose schemas are published here.
VERSIONS = ("1.27.0", "1.37.0")
Doc = dict[str, Any]
TOKEN = {"name": "prometheus", "scope": "read", "sha256": "ab" * 32}

# The definitions of foreign kinds as their authors publish them in their Go modules.
_OPERATOR = "github.com/prometheus-operator/prometheus-operator@v0.79.2"
_OPERATORS = "example/prometheus-operator-crd/monitoring.coreos.com_"
DEFINITIONS = {
    "ServiceMonitor": (_OPERATOR, f"{_OPERATORS}servicemonitors.yaml"),
    "PrometheusRule": (_OPERATOR, f"{_OPERATORS}prometheusrules.yaml"),
    "ScaledObject": ("github.com/kedacore/keda/v2@v2.16.1", "config/crd/bases/keda.sh_scaledobjects.yaml"),
}


def need(program: str, how: str) -> str:
    """The program's path; a machine without it skips, with CI=true it fails."""
    found = shutil.which(program)
    if found is None and (go := shutil.which("go")):
        path = subprocess.run([go, "env", "GOPATH"], capture_output=True, text=True, check=True).stdout.strip()
        found = shutil.which(program, path=f"{path}/bin")
    if found is None:
        lacking(f"{program} is missing: {how}")
    return found


def helm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = need("helm", "go install helm.sh/helm/v3/cmd/helm@v3.19.5")
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120, cwd=DEPLOY
    )


def template(
    values: str = "", *, given: Mapping[str, Any] | None = None, version: str = VERSIONS[-1]
) -> subprocess.CompletedProcess[str]:
    """`helm template` of a values file beside the chart, with further values over it."""
    return _templated(values, json.dumps(given or {}), version)


@functools.cache
def _templated(values: str, given: str, version: str) -> subprocess.CompletedProcess[str]:
    # What the chart cannot do without, where no file gives it.
    chosen = [f"--values={DEPLOY / values}"] if values else [f"--set-json=config.web.tokens={json.dumps([TOKEN])}"]
    more = [f"--set-json={name}={json.dumps(value)}" for name, value in json.loads(given).items()]
    return helm("template", "bw", CHART, "--namespace", "news", "--kube-version", version, *chosen, *more)


def render(values: str = "", *, given: Mapping[str, Any] | None = None, version: str = VERSIONS[-1]) -> list[Doc]:
    """Everything that would be applied."""
    done = template(values, given=given, version=version)
    assert done.returncode == 0, done.stderr
    return [doc for doc in yaml.safe_load_all(done.stdout) if doc]


def one(docs: Sequence[Doc], kind: str, name: str = "") -> Doc:
    """The only one of its kind, or of its kind and name."""
    (found,) = [doc for doc in docs if doc["kind"] == kind and name in ("", doc["metadata"]["name"])]
    return found


@dataclass(frozen=True, slots=True)
class Workload:
    """A StatefulSet or a Deployment by its pod."""

    kind: str
    labels: dict[str, str]
    pod: Doc

    @property
    def container(self) -> Doc:
        (only,) = self.pod["containers"]
        container: Doc = only
        return container


def workloads(docs: Sequence[Doc]) -> Iterator[Workload]:
    for doc in docs:
        if doc["kind"] in ("StatefulSet", "Deployment"):
            made = doc["spec"]["template"]
            yield Workload(doc["kind"], made["metadata"]["labels"], made["spec"])


@functools.cache
def definition(kind: str, group: str) -> Doc:
    """The schema of a foreign kind, for `apiVersion` group."""
    module, path = DEFINITIONS[kind]
    go = need("go", "it fetches the definitions of foreign kinds")
    done = subprocess.run([go, "mod", "download", "-json", module], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    spec = yaml.safe_load(Path(json.loads(done.stdout)["Dir"], path).read_text("utf-8"))["spec"]
    assert spec["names"]["kind"] == kind
    (schema,) = [
        version["schema"]["openAPIV3Schema"]
        for version in spec["versions"]
        if f"{spec['group']}/{version['name']}" == group
    ]
    made: Doc = closed(schema)
    return made


def closed(schema: Any) -> Any:
    """A structural schema that names all its properties takes no others, as the API server prunes them in silence."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        made.setdefault("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    return made


def faults(doc: Doc, version: str) -> list[str]:
    """What the published schema of its kind says against a document."""
    if doc["kind"] in DEFINITIONS:
        schema = definition(doc["kind"], doc["apiVersion"])
        # `metadata` is Kubernetes' own, and only named in these schemas.
        judged = {**doc, "metadata": {}}
        return [f"{error.json_path}: {error.message}" for error in Draft7Validator(schema).iter_errors(judged)]
    try:
        kubernetes_validate.validate(doc, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{doc['kind']}: {error.message}"]
    return []


ALLOWED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip


def violations(pod: Doc) -> list[str]:
    """What the profile "restricted" of Kubernetes' Pod Security Standards (v1.31) forbids in a pod."""
    own = pod.get("securityContext", {})
    found = [field for field in ("hostNetwork", "hostPID", "hostIPC") if pod.get(field)]
    if own.get("sysctls"):
        found.append("sysctls")
    for volume in pod.get("volumes", []):
        found += [f"volume {kind}" for kind in volume.keys() - {"name"} - ALLOWED_VOLUMES]
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        context = container.get("securityContext", {})
        capabilities = context.get("capabilities", {})
        if context.get("privileged"):
            found.append("privileged")
        if context.get("allowPrivilegeEscalation") is not False:
            found.append("allowPrivilegeEscalation")
        if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
            found.append("capabilities")
        if context.get("runAsNonRoot", own.get("runAsNonRoot")) is not True:
            found.append("runAsNonRoot")
        if 0 in (context.get("runAsUser"), own.get("runAsUser")):
            found.append("runAsUser")
        seccomp = context.get("seccompProfile", own.get("seccompProfile", {})).get("type")
        if seccomp not in ("RuntimeDefault", "Localhost"):
            found.append("seccompProfile")
        if context.get("procMount", "Default") != "Default":
            found.append("procMount")
        if any(port.get("hostPort") for port in container.get("ports", [])):
            found.append("hostPort")
    return found
