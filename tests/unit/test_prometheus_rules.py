"""The rules beside the daemon, run by Prometheus' own promtool: an alert that never fires, or always, is found here."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from prometheus_client import CollectorRegistry

from monitor.cli import cli
from monitor.telemetry.metrics import Metrics
from monitor.telemetry.shadow_metrics import ShadowMetrics
from tests.missing import needed
from tests.prometheus_rules import CASES, Case

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "prometheus"
RULES = [DEPLOY / "rules" / name for name in ("recording.yml", "operations.yml", "spikes.yml")]
RUNBOOKS = "https://git.example/runbooks"


def promtool(*argv: object) -> str:
    """What promtool says."""
    done = subprocess.run(
        [needed("promtool", "prometheus"), *map(str, argv)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules(kind: str) -> list[dict[str, Any]]:
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


ALERTS = {rule["alert"]: rule for rule in rules("alert")}


def expected(case: Case, labels: dict[str, str], description: str) -> dict[str, Any]:
    target = {name: value for name, value in (("job", "bearwatch"), ("instance", "a:8900")) if name in case.target}
    rule = ALERTS[case.alert]
    return {
        "exp_labels": {**target, **case.more, **labels, "severity": rule["labels"]["severity"]},
        "exp_annotations": {
            "summary": rule["annotations"]["summary"],
            "description": description,
            "runbook_url": f"{RUNBOOKS}#{case.alert.lower()}",
        },
    }


def scenario(case: Case) -> dict[str, Any]:
    return {
        "name": f"{case.alert}: {case.when}",
        "interval": case.step,
        "external_labels": {"runbooks": RUNBOOKS},
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": case.at,
                "alertname": case.alert,
                "exp_alerts": [expected(case, labels, text) for labels, text in case.fires],
            },
            *([{"eval_time": case.early, "alertname": case.alert, "exp_alerts": []}] if case.early else []),
        ],
        # It is so already, and only the time is lacking.
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{case.alert}", alertstate="pending"}}) > bool 0',
                "eval_time": case.early,
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
        ]
        if case.early
        else [],
    }


@pytest.mark.slow
def test_every_alert_fires_when_it_should_and_stays_silent_in_the_near_case(tmp_path: Path) -> None:
    suites = []
    for alert, step in sorted({(case.alert, case.step) for case in CASES}):
        rule = ALERTS[alert]
        # The rule with what it reads, not all of them: days of minutes are many evaluations.
        read = [recorded for recorded in rules("record") if recorded["record"] in rule["expr"]]
        groups = [{"name": "rule", "rules": [*read, rule]}]  # one group, so that they are evaluated in this order
        (tmp_path / f"{alert}.yml").write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
        suite = {
            "rule_files": [f"{alert}.yml"],
            "evaluation_interval": step,
            "tests": [scenario(case) for case in CASES if (case.alert, case.step) == (alert, step)],
        }
        suites.append(tmp_path / f"{alert}-{step}.yml")
        suites[-1].write_text(yaml.safe_dump(suite, sort_keys=False), encoding="utf-8")
    promtool("test", "rules", *suites)


def test_every_alert_has_a_case_in_which_it_fires_and_a_near_one_in_which_it_does_not() -> None:
    firing = {case.alert for case in CASES if case.fires}
    silent = {case.alert for case in CASES if not case.fires}
    assert firing == set(ALERTS)
    assert silent == set(ALERTS) - {"BearwatchWatchdog"}  # which always fires
    assert {case.alert for case in CASES if case.early} == {name for name, rule in ALERTS.items() if "for" in rule}


def test_the_shipped_files_are_what_prometheus_takes() -> None:
    promtool("check", "rules", *RULES)
    promtool("check", "config", DEPLOY / "prometheus.example.yml")


def test_every_alert_says_how_bad_it_is_what_it_means_with_values_and_where_to_read_on() -> None:
    for name, rule in ALERTS.items():
        assert re.fullmatch(r"Bearwatch[A-Za-z]+", name)
        assert rule["labels"]["severity"] in ("critical", "warning", "ticket", "none"), name
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert "{{" not in rule["annotations"]["summary"], "one text for all: the title of a ticket"
        assert rule["annotations"]["runbook_url"] == "{{ $externalLabels.runbooks }}#" + name.lower()
        told = "{{" in rule["annotations"]["description"]
        assert told or name in ("BearwatchWatchdog", "BearwatchMissing"), f"{name}: no value in its description"


def test_a_surge_of_news_pages_nobody_twice() -> None:
    """The daemon pages; rules about series only open tickets, that do not flicker."""
    for rule in yaml.safe_load(RULES[2].read_text(encoding="utf-8"))["groups"][0]["rules"]:
        assert rule["labels"]["severity"] == "ticket"
        assert "for" in rule and "keep_firing_for" in rule


def metric_names(expression: str) -> set[str]:
    """Names of ours in an expression, without what recording rules make."""
    return set(re.findall(r"(?<![\w:])bearwatch_\w+", expression))


def declared() -> list[tuple[str, str, tuple[str, ...], str]]:
    """Of the daemon and of a shadow beside it."""
    return [*Metrics(CollectorRegistry()).declared, *ShadowMetrics(CollectorRegistry()).declared]


def test_every_metric_that_a_rule_names_is_in_the_registry() -> None:
    known = set()
    for name, kind, *_ in declared():
        known |= {f"{name}{end}" for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    recorded = {rule["record"] for rule in rules("record")}
    for rule in (*rules("alert"), *rules("record")):
        assert metric_names(rule["expr"]) <= known, rule
        assert set(re.findall(r"\w+:\w+:\w+", rule["expr"])) <= recorded, rule


def test_the_objective_is_measured_at_a_bound_that_the_histogram_has() -> None:
    metrics = Metrics(CollectorRegistry())
    shown = metrics.render().decode()
    for rule in rules("record"):
        for bounds in re.findall(r'le=~"([^"]+)"', rule["expr"]):
            assert any(
                f'bearwatch_latency_seconds_bucket{{le="{le}",stage="pipeline"}}' in shown for le in bounds.split("|")
            )


def test_every_alert_has_its_paragraph_in_the_runbooks_and_no_paragraph_is_without_its_alert() -> None:
    text = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^### (Bearwatch\w+)\n(.*?)(?=^##|\Z)", text))
    assert list(sections) == list(ALERTS), "in the order of the rules"
    for name, section in sections.items():
        for part in ("**Means.**", "**Look.**", "**Mend.**"):
            assert section.count(part) == 1, f"{name}: {part}"


def test_queries_and_commands_of_the_runbooks_exist() -> None:
    text = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    known = {name for name, *_ in declared()}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in metric_names(text)} <= known
    group: Any = typer.main.get_command(cli)
    named = set(re.findall(r"`bearwatch ([a-z][a-z-]+)", text))
    assert named and named <= set(group.commands)
