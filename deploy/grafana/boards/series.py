"""One series: what there is, what is usual, and how surprising it is."""

from __future__ import annotations

from boards.parts import Json, Panel, Row, Variable, dashboard
from boards.shared import HERE, INSTANCE, OPERATIONS, bad_against_usual, pages, sentiment

SERIES = Variable(
    "series",
    "Series",
    "What is watched: the market, a topic, a sector, a company of your own watchlist.",
    f"label_values(bearwatch_series_negative_stories{{{HERE}}}, series)",
    many=False,
)


def make() -> Json:
    match = f'{HERE}, series="$series"'

    def band(hours: int) -> Panel:
        return bad_against_usual(
            match,
            hours,
            f"Bad stories in {hours} h against what is usual",
            "The band holds 95 of 100 such windows when nothing happens; a page needs more than to leave it.",
            height=10,
        )

    rows = [
        Row("Expected band", [band(1), band(6)]),
        Row(
            "Surprise",
            [
                Panel(
                    "timeseries",
                    "Surprise against threshold",
                    "-log10 of the probability of so many bad stories by chance: 3 is one window in a thousand. At the "
                    "threshold a page opens, if the gates of evidence let it.",
                    "none",
                    [
                        (f"bearwatch_series_surprise{{{match}}}", "surprise, {{window}}"),
                        (f"bearwatch_series_surprise_threshold{{{match}}}", "pages at"),
                    ],
                    height=10,
                    least=0,
                    lines={"pages at": "#cc4444"},
                ),
                Panel(
                    "timeseries",
                    "Above the threshold",
                    "The more surprising window less the threshold: above 0 without a page, a gate keeps it silent.",
                    "none",
                    [("series:bearwatch_surprise_margin:max{" + match + "}", "margin")],
                    height=10,
                    width=6,
                ),
                Panel(
                    "state-timeline",
                    "Page and silence",
                    "While a page about the series is open, and while far too few stories come of it.",
                    "none",
                    [
                        (f"max by (severity) (bearwatch_series_open_spike{{{match}}})", "page, {{severity}}"),
                        (f"max(bearwatch_series_silent{{{match}}})", "silent"),
                    ],
                    height=10,
                    width=6,
                    steps=[(None, "green"), (1, "red")],
                ),
            ],
        ),
        Row(
            "News",
            [
                sentiment(match, "Sentiment"),
                Panel(
                    "timeseries",
                    "Stories",
                    "New stories of any kind: more bad ones among more of all say less than among as many.",
                    "none",
                    [(f"bearwatch_series_stories{{{match}}}", "stories in {{window}}")],
                    width=8,
                    least=0,
                ),
                Panel(
                    "timeseries",
                    "Part that is bad",
                    "Bad stories of all stories in the window.",
                    "percentunit",
                    [
                        (
                            f"bearwatch_series_negative_stories{{{match}}} / (bearwatch_series_stories{{{match}}} > 0)",
                            "{{window}}",
                        )
                    ],
                    width=8,
                    least=0,
                    most=1,
                ),
            ],
        ),
    ]
    about = "One series: what there is, what is usual, and how surprising it is."
    return dashboard(
        "bearwatch-series",
        "Bearwatch: one series",
        about=about,
        rows=rows,
        variables=[INSTANCE, SERIES],
        marks=[pages(match), OPERATIONS],
    )
