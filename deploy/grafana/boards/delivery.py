"""Whether what is found reaches people: tries, outcomes, what waits and for how long."""

from __future__ import annotations

from boards.parts import Json, Panel, Row, Variable, dashboard
from boards.shared import HERE, INSTANCE, OPERATIONS, alerts_written, pages, quantiles

ENDPOINT = Variable(
    "endpoint",
    "Endpoint",
    "Where alerts are sent, by its name in the configuration.",
    f"label_values(bearwatch_deliveries_total{{{HERE}}}, endpoint)",
)


def make() -> Json:
    match = f'{HERE}, endpoint=~"$endpoint"'
    tried = f'{match}, outcome!="muted"'
    age = "time() - max by (endpoint) (bearwatch_{})"
    success = f"delivery_last_success_timestamp_seconds{{{match}}} > 0"
    oldest = f"outbox_oldest_pending_timestamp_seconds{{{match}}}"
    rounds = f"bearwatch_alertmanager_rounds_total{{{match}}}"
    rows = [
        Row(
            "Endpoints",
            [
                Panel(
                    "table",
                    "Endpoints now",
                    "What waits, since when, when each last took something, and what was given up in a week.",
                    "none",
                    [
                        (f"sum by (endpoint) (bearwatch_outbox_pending{{{match}}})", "pending"),
                        (age.format(oldest), "oldest pending, age"),
                        (age.format(success), "last success, ago"),
                        (
                            f'sum by (endpoint) (increase(bearwatch_deliveries_total{{{match}, outcome="sent"}}[7d]))',
                            "sent in 7 d",
                        ),
                        (
                            f'sum by (endpoint) (increase(bearwatch_deliveries_total{{{match}, outcome="dead"}}[7d]))',
                            "given up in 7 d",
                        ),
                    ],
                    width=24,
                    height=7,
                    columns={"oldest pending, age": "s", "last success, ago": "s"},
                    keys=("endpoint",),
                ),
            ],
        ),
        Row(
            "Tries",
            [
                Panel(
                    "timeseries",
                    "Tries",
                    "Attempts in five minutes, whatever became of them.",
                    "none",
                    [(f"sum by (endpoint) (increase(bearwatch_deliveries_total{{{tried}}}[5m]))", "{{endpoint}}")],
                    least=0,
                ),
                Panel(
                    "timeseries",
                    "Outcomes",
                    "sent: it has it. retry: tried again, for three days. dead: given up. muted: not tried.",
                    "none",
                    [
                        (
                            f"sum by (endpoint, outcome) (increase(bearwatch_deliveries_total{{{match}}}[5m]))",
                            "{{endpoint}} {{outcome}}",
                        )
                    ],
                    least=0,
                    custom={"drawStyle": "bars", "fillOpacity": 60},
                ),
                Panel(
                    "timeseries",
                    "Tries that succeed",
                    "Part of an hour's attempts that were taken.",
                    "percentunit",
                    [
                        (
                            f'sum by (endpoint) (increase(bearwatch_deliveries_total{{{match}, outcome="sent"}}[1h]))'
                            f" / (sum by (endpoint) (increase(bearwatch_deliveries_total{{{tried}}}[1h])) > 0)",
                            "{{endpoint}}",
                        )
                    ],
                    least=0,
                    most=1,
                ),
                Panel(
                    "timeseries",
                    "Rounds of Alertmanagers",
                    "Rounds a minute: every 15 s each instance is sent all that stands.",
                    "none",
                    [
                        (
                            f"60 * sum by (endpoint, outcome) (rate({rounds}[$__rate_interval]))",
                            "{{endpoint}} {{outcome}}",
                        )
                    ],
                    least=0,
                ),
            ],
        ),
        Row(
            "Waiting",
            [
                Panel(
                    "timeseries",
                    "Pending",
                    "Alerts not yet delivered.",
                    "none",
                    [(f"sum by (endpoint) (bearwatch_outbox_pending{{{match}}})", "{{endpoint}}")],
                    width=8,
                    least=0,
                ),
                Panel(
                    "timeseries",
                    "Oldest pending",
                    "How long ago the oldest alert not yet delivered was decided. A gap: nothing waits.",
                    "s",
                    [(age.format(oldest), "{{endpoint}}")],
                    width=8,
                    least=0,
                ),
                Panel(
                    "timeseries",
                    "Last success",
                    "How long ago the endpoint last took what it was sent. With no alert a webhook takes none.",
                    "s",
                    [(age.format(success), "{{endpoint}}")],
                    width=8,
                    least=0,
                ),
            ],
        ),
        Row(
            "Time",
            [
                Panel(
                    "timeseries",
                    "From commit to endpoint",
                    "The last hop of an alert, of deliveries in an hour.",
                    "s",
                    quantiles("bearwatch_delivery_seconds", match, "endpoint", over="1h"),
                    least=0,
                ),
                alerts_written(
                    "status, severity",
                    "Transitions committed in an hour, each of them one message for each endpoint that asks for it.",
                    12,
                ),
            ],
        ),
    ]
    about = "Whether what is found reaches people: tries, outcomes, what waits and for how long."
    return dashboard(
        "bearwatch-delivery",
        "Bearwatch: delivery",
        about=about,
        rows=rows,
        variables=[INSTANCE, ENDPOINT],
        marks=[pages(HERE), OPERATIONS],
    )
