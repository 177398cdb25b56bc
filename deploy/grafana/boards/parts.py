"""What dashboards are made of: panels that lay themselves out, with nothing left to a default that differs by version.

The form is the dashboard model of Grafana 10 and 11 (schema 39); Grafana 12 reads it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 39
COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

Json = dict[str, Any]
Query = tuple[str, str]  # expression, legend


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        about: what it shows and how to read it, for whoever opens it at three in the morning.
        unit: Grafana's name of a unit. queries: (expression, legend); a table's legends are its column names.
        width: of 24 columns. height: in rows of 30 pixels. custom: of every line. least, most: of the axis.
        band: legends of two lines, the lower and the upper, between which it is filled.
        lines: legend -> colour, drawn dashed. columns: column -> unit, where a table's differ from `unit`.
        steps: (from, colour) thresholds, the first from None.
    """

    kind: str
    title: str
    about: str
    unit: str
    queries: Sequence[Query]
    width: int = 12
    height: int = 8
    custom: Json = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    band: tuple[str, str] | None = None
    lines: Json = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    steps: Sequence[tuple[float | None, str]] = ()
    keys: Sequence[str] = ("series",)

    def to_json(self, number: int, x: int, y: int) -> Json:
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.about,
            "datasource": SOURCE,
            "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
            "targets": [self._target(place, *query) for place, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": [*self._overrides()]},
            "options": self._options(),
            **({"transformations": self._columns()} if self.kind == "table" else {}),
        }

    def _target(self, place: int, expression: str, legend: str) -> Json:
        # A present value is asked for once; what has a course, over the whole range.
        now = self.kind in ("stat", "table")
        form = {"table": "table", "heatmap": "heatmap"}.get(self.kind, "time_series")
        return {
            "refId": "ABCDEFGHIJ"[place],
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": expression,
            "legendFormat": legend,
            "format": form,
            "instant": now,
            "range": not now,
        }

    def _defaults(self) -> Json:
        bounds = {name: value for name, value in (("min", self.least), ("max", self.most)) if value is not None}
        steps = [{"color": colour, "value": at} for at, colour in self.steps or [(None, "text")]]
        custom = dict(self.custom)
        if self.kind == "timeseries":
            custom = {
                "drawStyle": "line",
                "lineInterpolation": "stepAfter",
                "lineWidth": 1,
                "fillOpacity": 0,
                "showPoints": "never",
                "spanNulls": False,
                **custom,
            }
        return {
            "unit": self.unit,
            **bounds,
            "thresholds": {"mode": "absolute", "steps": steps},
            "custom": custom,
        }

    def _overrides(self) -> Iterable[Json]:
        def of(name: str, **properties: Any) -> Json:
            return {
                "matcher": {"id": "byName", "options": name},
                "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
            }

        if self.band:
            low, high = self.band
            shade = {"mode": "fixed", "fixedColor": "#8888aa"}
            yield of(low, color=shade, custom__lineWidth=0)
            yield of(high, color=shade, custom__lineWidth=0, custom__fillBelowTo=low, custom__fillOpacity=20)
        for name, colour in self.lines.items():
            dashes = {"fill": "dash", "dash": [8, 6]}
            yield of(name, color={"mode": "fixed", "fixedColor": colour}, custom__lineStyle=dashes)
        for name, unit in self.columns.items():
            yield of(name, unit=unit)

    def _options(self) -> Json:
        if self.kind == "stat":
            return {
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                "textMode": "value_and_name" if len(self.queries) > 1 or "{{" in self.queries[0][1] else "value",
                "colorMode": "value" if self.steps else "none",
                "graphMode": "none",
                "orientation": "auto",
            }
        if self.kind == "table":
            return {"showHeader": True, "cellHeight": "sm"}
        if self.kind == "heatmap":
            return {
                "calculate": False,
                "cellGap": 1,
                "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64, "reverse": False, "exponent": 0.5},
                "yAxis": {"axisPlacement": "left", "unit": self.unit},
                "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False},
                "legend": {"show": True},
                "exemplars": {"color": "rgba(255,0,255,0.7)"},
                "filterValues": {"le": 1e-9},
                "rowsFrame": {"layout": "auto"},
                "showValue": "never",
            }
        if self.kind == "state-timeline":
            return {
                "showValue": "never",
                "rowHeight": 0.8,
                "mergeValues": True,
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
                "tooltip": {"mode": "single", "sort": "none"},
            }
        return {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }

    def _columns(self) -> list[Json]:
        """Joins the queries by their keys, and names the columns."""
        values = {f"Value #{'ABCDEFGHIJ'[place]}": legend for place, (_, legend) in enumerate(self.queries)}
        names = {"Value": self.queries[0][1]} if len(values) == 1 else values
        return [
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True, "job": True, "instance": True, "__name__": True},
                    "indexByName": {name: place for place, name in enumerate((*self.keys, *names))},
                    "renameByName": names,
                },
            },
        ]


@dataclass(frozen=True)
class Row:
    """Panels under one heading, from left to right as they fit."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Variable:
    """A choice at the top of a dashboard: the values of one label."""

    name: str
    label: str
    about: str
    query: str
    many: bool = True

    def to_json(self) -> Json:
        everything = {"selected": True, "text": "All", "value": "$__all"}
        return {
            "name": self.name,
            "label": self.label,
            "description": self.about,
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": self.query, "refId": "variable"},
            "definition": self.query,
            "refresh": 2,
            "sort": 1,
            "multi": self.many,
            "includeAll": self.many,
            "regex": "",
            "hide": 0,
            "skipUrlSync": False,
            "options": [],
            "current": everything if self.many else {},
            **({"allValue": ".*"} if self.many else {}),
        }


@dataclass(frozen=True)
class Annotation:
    """What is marked in every panel: where the expression has a value."""

    name: str
    expression: str
    title: str
    text: str
    colour: str

    def to_json(self) -> Json:
        return {
            "name": self.name,
            "datasource": SOURCE,
            "enable": True,
            "hide": False,
            "iconColor": self.colour,
            "expr": self.expression,
            "titleFormat": self.title,
            "textFormat": self.text,
            "step": "60s",
            "useValueForTime": False,
        }


def dashboard(
    uid: str, title: str, *, about: str, rows: Sequence[Row], variables: Sequence[Variable], marks: Sequence[Annotation]
) -> Json:
    """A whole dashboard; panels are numbered and placed in the order in which they are given."""
    panels: list[Json] = []
    y = 0
    for row in rows:
        at = {"h": 1, "w": COLUMNS, "x": 0, "y": y}
        heading = {"id": len(panels) + 1, "type": "row", "title": row.title, "collapsed": False, "gridPos": at}
        panels.append({**heading, "panels": []})
        x, y, tall = 0, y + 1, 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y, tall = 0, y + tall, 0
            panels.append(panel.to_json(len(panels) + 1, x, y))
            x, tall = x + panel.width, max(tall, panel.height)
        y += tall
    source = {
        "name": "datasource",
        "label": "Prometheus",
        "description": "The Prometheus that scrapes Bearwatch.",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "regex": "",
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "skipUrlSync": False,
        "options": [],
        "current": {},
    }
    return {
        "uid": uid,
        "title": title,
        "description": about,
        "tags": ["bearwatch"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "fiscalYearStartMonth": 0,
        "liveNow": False,
        "weekStart": "",
        "templating": {"list": [source, *(variable.to_json() for variable in variables)]},
        "annotations": {"list": [mark.to_json() for mark in marks]},
        "links": [
            {
                "type": "dashboards",
                "title": "Bearwatch",
                "tags": ["bearwatch"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
                "targetBlank": False,
                "icon": "external link",
                "tooltip": "",
                "url": "",
            }
        ],
        "panels": panels,
    }
