"""The shipped Alertmanager configuration, asked with Debian's amtool: who is woken by what."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.alertmanagers import need

EXAMPLE = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.example.yml"


def amtool(*argv: str) -> str:
    need("amtool")
    done = subprocess.run(["amtool", *argv], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_alertmanager_takes_it() -> None:
    assert "SUCCESS" in amtool("check-config", str(EXAMPLE))


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"alertname": "BearwatchSpike", "severity": "critical", "spike": "market@1#a"}, "pager"),
        ({"alertname": "BearwatchSpike", "severity": "warning", "spike": "market@1#a"}, "desk"),
        # The daemon's own alerts are the operators': a desk cannot mend a full disk.
        ({"alertname": "BearwatchDown", "severity": "critical"}, "operations-pager"),
        ({"alertname": "BearwatchBlind", "severity": "warning"}, "operations"),
        # A rule's spike is a ticket: the daemon has paged for it already.
        ({"alertname": "BearwatchSpikeOpen", "severity": "ticket"}, "tickets"),
        # What nobody foresaw still reaches somebody.
        ({"alertname": "Something"}, "operations"),
    ],
)
def test_each_alert_reaches_those_who_can_act_and_nobody_else(labels: dict[str, str], receivers: str) -> None:
    pairs = [f"{name}={value}" for name, value in labels.items()]
    told = amtool("config", "routes", "test", f"--config.file={EXAMPLE}", f"--verify.receivers={receivers}", *pairs)
    assert told.split()[0] == receivers


def test_a_critical_spike_pages_at_once_and_mutes_its_own_warning_only() -> None:
    given = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    [spikes, *_] = given["route"]["routes"]
    [critical] = spikes["routes"]
    assert critical["group_wait"] == "0s"
    assert spikes["group_by"] == ["spike"]
    [rule] = given["inhibit_rules"]
    assert rule["equal"] == ["spike"]
    assert 'severity="critical"' in rule["source_matchers"] and 'severity="warning"' in rule["target_matchers"]
    told = {receiver["name"]: receiver for receiver in given["receivers"]}
    for name in ("pager", "desk"):  # who was told that it began is told that it is over
        [[config]] = [value for key, value in told[name].items() if key != "name"]
        assert config["send_resolved"] is True
