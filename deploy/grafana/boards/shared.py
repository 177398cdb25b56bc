"""What the dashboards share: the choices at their top, and what they mark in time."""

from __future__ import annotations

from boards.parts import Annotation, Query, Variable

HERE = 'instance=~"$instance"'
INSTANCE = Variable(
    "instance",
    "Instance",
    "Processes of Bearwatch, as Prometheus knows them.",
    "label_values(bearwatch_build_info, instance)",
)
OPERATIONS = Annotation(
    "Rules",
    'ALERTS{alertname=~"Bearwatch.*", alertstate="firing", severity=~"critical|warning"}',
    "{{alertname}}",
    "{{severity}}: {{instance}} {{source}}{{endpoint}}",
    "orange",
)


def pages(match: str) -> Annotation:
    """Open pages of the series that match, as regions."""
    expression = f"max by (series, severity) (bearwatch_series_open_spike{{{match}}}) == 1"
    return Annotation("Pages", expression, "{{series}}", "{{severity}}", "red")


def rate(counter: str, by: str) -> Query:
    """A counter's rate, of each `by`."""
    return f"sum by ({by}) (rate({counter}{{{HERE}}}[$__rate_interval]))", "{{" + by + "}}"


def quantiles(histogram: str, match: str = HERE, by: str = "", over: str = "$__rate_interval") -> list[Query]:
    """The 50th, 95th and 99th percentile of a histogram, of each `by`."""
    rates = f"sum by ({', '.join(filter(None, ('le', by)))}) (rate({histogram}_bucket{{{match}}}[{over}]))"
    legend = " {{" + by + "}}" if by else ""
    return [(f"histogram_quantile({q}, {rates})", f"p{100 * q:.0f}{legend}") for q in (0.5, 0.95, 0.99)]
