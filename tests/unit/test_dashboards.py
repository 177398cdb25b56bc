"""The dashboards as files: made by the script, known to Grafana's own schema, without overlaps, all explained."""

from __future__ import annotations

import copy
import itertools
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from prometheus_client import CollectorRegistry

from monitor.telemetry.metrics import Metrics
from tests.dashboards import BOARDS, FOLDER, panels, queries, variables

with warnings.catch_warnings():
    # Grafana 12 has a second form of dashboards and would rather have that one; 10 and 11 know this one only.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"
UNITS = {"none", "s", "bytes", "percentunit", "cps"}


def test_the_json_is_what_the_script_makes(tmp_path: Path) -> None:
    made = tmp_path / "made"
    subprocess.run([sys.executable, FOLDER / "make.py", made], check=True, timeout=60)
    written = {path.name: path.read_bytes() for path in (FOLDER / "dashboards").iterdir()}
    assert {path.name: path.read_bytes() for path in made.iterdir()} == written
    assert set(BOARDS) == {"overview", "series", "pipeline", "delivery"}


@pytest.mark.parametrize("name", BOARDS)
def test_grafanas_own_types_know_every_field(name: str) -> None:
    """Read by the classes that Grafana generates from its schema and written again, nothing of ours is dropped."""
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(BOARDS[name])))
    assert list(missing(BOARDS[name], again)) == []


@pytest.mark.parametrize("kind", ["timeseries", "stat", "table", "heatmap", "state-timeline"])
@pytest.mark.parametrize("place", [(), ("options",), ("targets", 0), ("fieldConfig", "defaults")])
def test_a_field_that_grafana_does_not_know_would_be_found(kind: str, place: tuple[str | int, ...]) -> None:
    board = copy.deepcopy(next(b for b in BOARDS.values() if any(p["type"] == kind for p in panels(b))))
    at: Any = next(panel for panel in panels(board) if panel["type"] == kind)
    for step in place:
        at = at[step]
    at["misspelt"] = 1
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(board)))
    assert [where.rpartition(".")[2] for where in missing(board, again)] == ["misspelt"]


def missing(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where something of ours is not in theirs, or another value; what they add is theirs."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key not in theirs:
                yield f"{at}.{key}"
            else:
                yield from missing(value, theirs[key], f"{at}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{at}: {len(ours)} and {len(theirs)}"
        for place, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from missing(mine, other, f"{at}[{place}]")
    elif ours != theirs:
        yield f"{at}: {ours!r} and {theirs!r}"


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_has_what_grafana_needs_and_no_datasource_of_its_own(name: str) -> None:
    board = BOARDS[name]
    assert board["uid"] == f"bearwatch-{name}"
    assert board["schemaVersion"] >= 39
    assert "id" not in board, "an id is given by the Grafana that imports it"
    for needed in ("title", "description", "tags", "time", "templating", "annotations", "panels", "refresh"):
        assert board[needed], needed
    sources = re.findall(r'"uid": "([^"]+)"', json.dumps(board))
    assert set(sources) == {board["uid"], "${datasource}"}
    first = board["templating"]["list"][0]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", "prometheus")


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_is_named_explained_and_has_a_unit_and_legends(name: str) -> None:
    seen = set()
    for panel in panels(BOARDS[name]):
        title = panel["title"]
        assert title not in seen, "a panel is spoken of by its title"
        seen.add(title)
        assert len(panel["description"]) > 10 and panel["description"].endswith("."), title
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, title
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0, title
        for target in panel["targets"]:
            assert target["legendFormat"], title
    for variable in BOARDS[name]["templating"]["list"]:
        assert variable["label"] and variable["description"]


@pytest.mark.parametrize("name", BOARDS)
def test_panels_have_ids_of_their_own_and_do_not_overlap(name: str) -> None:
    board = BOARDS[name]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in board["panels"]:
        at = panel["gridPos"]
        assert at["x"] >= 0 and at["x"] + at["w"] <= 24 and at["h"] > 0
    for one, other in itertools.combinations(board["panels"], 2):
        assert not overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def overlap(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    return all(one[a] < other[a] + other[b] and other[a] < one[a] + one[b] for a, b in (("x", "w"), ("y", "h")))


@pytest.mark.parametrize("name", BOARDS)
def test_overrides_name_lines_that_there_are(name: str) -> None:
    for panel in panels(BOARDS[name]):
        legends = {target["legendFormat"] for target in panel["targets"]}
        for override in panel["fieldConfig"]["overrides"]:
            assert override["matcher"] == {"id": "byName", "options": override["matcher"]["options"]}
            assert override["matcher"]["options"] in legends, panel["title"]


@pytest.mark.parametrize("name", BOARDS)
def test_every_variable_is_used_and_every_one_used_is_there(name: str) -> None:
    board = BOARDS[name]
    used = set(re.findall(r"\$(?!__)\{?(\w+)", json.dumps([board["panels"], board["annotations"]])))
    assert used == {"datasource", *variables(board)}


def test_every_metric_that_a_dashboard_names_is_in_the_registry_or_recorded_by_a_rule() -> None:
    known = {f"process_{what}" for what in ("resident_memory_bytes", "cpu_seconds_total", "open_fds")}
    for metric, kind, *_ in Metrics(CollectorRegistry()).declared:
        known |= {f"{metric}{end}" for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {metric}
    recorded = re.findall(r"record: (\S+)", (RULES / "recording.yml").read_text(encoding="utf-8"))
    selectors = [selector for board in BOARDS.values() for selector, _ in variables(board).values()]
    named = set()
    for text in (*(query.expression for query in queries()), *selectors):
        named |= set(re.findall(r"\b(?:\w+:)?(?:bearwatch|process)_\w+(?::\w+)?", text))
    assert named - known - set(recorded) == set()
    assert len(named) > 50


def test_a_page_shows_on_every_dashboard_about_news_and_delivery() -> None:
    for name in ("overview", "series", "delivery"):
        assert "Pages" in [mark["name"] for mark in BOARDS[name]["annotations"]["list"]]


def test_provisioning_points_at_files_that_are_there() -> None:
    (provider,) = yaml.safe_load((FOLDER / "provisioning/dashboards/bearwatch.yml").read_text("utf-8"))["providers"]
    (source,) = yaml.safe_load((FOLDER / "provisioning/datasources/prometheus.yml").read_text("utf-8"))["datasources"]
    assert provider["type"] == "file" and provider["options"]["path"].startswith("/")
    scraped = yaml.safe_load((RULES.parent / "prometheus.example.yml").read_text("utf-8"))["global"]["scrape_interval"]
    assert source["type"] == "prometheus" and source["jsonData"]["timeInterval"] == scraped
