"""The dashboards as tests read them: every query with where it stands, and what Grafana would put for its variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "deploy" / "grafana"
BOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("dashboards/*.json"))}
# What Grafana fills in by itself.
BUILT_IN = {"$__rate_interval": "10s", "$__range": "1m", "$__interval": "5s"}


@dataclass(frozen=True)
class Query:
    """An expression of a panel or an annotation. where: for people."""

    where: str
    expression: str

    def filled(self, values: Mapping[str, str]) -> str:
        """With the variables' values; none is left over."""
        text = self.expression
        for name, value in {**BUILT_IN, **{f"${name}": value for name, value in values.items()}}.items():
            text = text.replace(name, value)
        assert "$" not in text, f"{self.where}: {text}"
        return text


def panels(board: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries() -> Iterator[Query]:
    """All of all dashboards."""
    for name, board in BOARDS.items():
        for panel in panels(board):
            for target in panel["targets"]:
                yield Query(f"{name}: {panel['title']} ({target['refId']})", target["expr"])
        for mark in board["annotations"]["list"]:
            yield Query(f"{name}: annotation {mark['name']}", mark["expr"])


def variables(board: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """name -> (selector, label) of the variables that ask Prometheus."""
    found = {}
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert asked, variable
            found[variable["name"]] = (asked[1], asked[2])
    return found
