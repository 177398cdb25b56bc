"""What the dashboards share: the choices at their top, what they mark in time, and panels that several have."""

from __future__ import annotations

from boards.parts import Annotation, Panel, Query, Variable

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


def bad_against_usual(match: str, hours: int, title: str, about: str, height: int = 8) -> Panel:
    """The bad stories of one series in a window, and the band of what is usual there."""
    window = f'{match}, window="{hours}h"'
    return Panel(
        "timeseries",
        title,
        about,
        "none",
        [
            (f"bearwatch_series_negative_stories{{{window}}}", "bad stories"),
            (f"bearwatch_series_expected_stories{{{window}}}", "usual"),
            (f"bearwatch_series_expected_low_stories{{{window}}}", "usual, least"),
            (f"bearwatch_series_expected_high_stories{{{window}}}", "usual, most"),
        ],
        height=height,
        least=0,
        band=("usual, least", "usual, most"),
        lines={"usual": "#8888aa"},
    )


def sentiment(match: str, title: str, legend: str = "{{series}}", *, gaps: bool = True, width: int = 8) -> Panel:
    """The sentiment of series over time. gaps: whether an hour without any story is to be expected."""
    return Panel(
        "timeseries",
        title,
        "Mean P(positive) - P(negative) of the last hour's stories, -1 to 1."
        + (" A gap is an hour without any." if gaps else ""),
        "none",
        [(f"bearwatch_series_sentiment{{{match}}}", legend)],
        width=width,
        least=-1,
        most=1,
    )


def alerts_written(by: str, about: str, width: int) -> Panel:
    """Transitions committed in an hour. by: labels, told apart."""
    legend = " ".join("{{" + label + "}}" for label in by.split(", "))
    query = f"sum by ({by}) (increase(bearwatch_alerts_total{{{HERE}}}[1h]))", legend
    return Panel("timeseries", "Alerts written", about, "none", [query], width=width, least=0)
