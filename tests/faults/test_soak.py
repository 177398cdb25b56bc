"""`make soak` in miniature: the same rig, course and verdicts in under a minute; the real one takes hours.

What a minute can show is judged: nothing lost or twice, everybody told, descriptors and tasks flat, memory in a burst.
Slopes of memory need longer (`tests/unit/test_soak_verdicts.py` has their verdicts), and how long a lag lasts is the
machine's: printed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak.plan import Plan, Planned
from benchmarks.soak.run import soak
from benchmarks.soak.verdict import passed
from tests.alertmanagers import PROGRAM, need
from tests.kafka.fixtures import jars
from tests.missing import lacking

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(400)]

MINIATURE = Plan(
    minutes=0.3,
    rate=5.0,
    past_hours=0.05,
    warm_minutes=0.05,
    burst_minutes=0.08,
    fault_s=3.0,
    sample_s=1.0,
    seed=1,
    faults=(Planned(0.1, "broker_killed"),),
    kill=False,
)
OF_THE_MACHINE = "overload: lag gone after"
COUNTED = (
    "articles lost",
    "dead letters missing or strange",
    "webhooks lost",
    "alerts that Alertmanager told nobody of",
)


def test_a_minute_of_load_with_a_fault_and_a_burst_loses_nothing_and_leaves_nothing_open(tmp_path: Path) -> None:
    found, why = jars()
    if found is None:
        lacking(why)
    need(PROGRAM)
    outcome = soak(MINIATURE, tmp_path, print)
    for line in outcome.lines:
        print(f"{line.name}: {line.verdict}, {line.figure}")
    assert passed([line for line in outcome.lines if line.name != OF_THE_MACHINE])
    told = {line.name: line for line in outcome.lines}
    assert {"descriptors", "threads", "tasks", "articles twice", "as the batch oracle has it"} <= told.keys()
    for name in COUNTED:
        assert not told[name].figure.startswith("0 of 0"), f"{name}: nothing was there to be lost"
    assert told["tasks"].verdict == "PASS", "nobody looked"
