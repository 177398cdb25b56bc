"""What the news is like, what surges, and how many pages that made."""

from __future__ import annotations

from boards.parts import Json, Panel, Row, dashboard
from boards.shared import HERE, INSTANCE, OPERATIONS, alerts_written, bad_against_usual, pages, sentiment


def make() -> Json:
    def of(kind: str, noun: str) -> Row:
        match = f'{HERE}, series=~"{kind}:.*"'
        hour = f'{match}, window="1h"'
        return Row(
            noun.capitalize(),
            [
                sentiment(match, f"Sentiment of {noun}"),
                Panel(
                    "timeseries",
                    f"Bad stories in 1 h, {noun}",
                    "New bad stories of the last hour; copies of one story count once.",
                    "none",
                    [(f"bearwatch_series_negative_stories{{{hour}}}", "{{series}}")],
                    width=8,
                    least=0,
                ),
                Panel(
                    "table",
                    f"{noun.capitalize()} now",
                    "As they stand: sentiment, bad stories against what is usual, and the surprise that decides.",
                    "none",
                    [
                        (f"max by (series) (bearwatch_series_sentiment{{{match}}})", "sentiment"),
                        (f"max by (series) (bearwatch_series_negative_stories{{{hour}}})", "bad in 1 h"),
                        (f"max by (series) (bearwatch_series_expected_stories{{{hour}}})", "usual"),
                        (f"max by (series) (bearwatch_series_surprise{{{match}}})", "surprise"),
                        (f"max by (series) (bearwatch_series_surprise_threshold{{{match}}})", "pages at"),
                    ],
                    width=8,
                ),
            ],
        )

    market = f'{HERE}, series="market"'
    rows = [
        Row(
            "Now",
            [
                Panel(
                    "stat",
                    "Open pages",
                    "Surges that are open and have paged, by severity.",
                    "none",
                    [(f"sum by (severity) (bearwatch_open_spikes{{{HERE}}})", "{{severity}}")],
                    width=5,
                    height=4,
                    steps=[(None, "green"), (1, "red")],
                ),
                Panel(
                    "stat",
                    "Market sentiment",
                    "Mean P(positive) - P(negative) of the last hour's stories, -1 to 1.",
                    "none",
                    [(f"bearwatch_series_sentiment{{{market}}}", "market")],
                    width=5,
                    height=4,
                ),
                Panel(
                    "stat",
                    "Market, bad stories in 1 h",
                    "New bad stories of the last hour beside what is usual at this hour.",
                    "none",
                    [
                        (f'bearwatch_series_negative_stories{{{market}, window="1h"}}', "now"),
                        (f'bearwatch_series_expected_stories{{{market}, window="1h"}}', "usual"),
                    ],
                    width=5,
                    height=4,
                ),
                Panel(
                    "stat",
                    "Sources that work",
                    "Part of the sources of which no partition is failing.",
                    "percentunit",
                    [(f"avg(bearwatch_source_up{{{HERE}}})", "sources")],
                    width=4,
                    height=4,
                    steps=[(None, "red"), (0.5, "orange"), (1, "green")],
                ),
                Panel(
                    "stat",
                    "Newest minute",
                    "How long ago the last minute was judged. The demonstration's clock is virtual.",
                    "s",
                    [(f"time() - max(bearwatch_last_tick_timestamp_seconds{{{HERE}}})", "age")],
                    width=5,
                    height=4,
                    steps=[(None, "green"), (180, "orange"), (300, "red")],
                ),
            ],
        ),
        Row(
            "Market",
            [
                bad_against_usual(
                    market,
                    6,
                    "Bad stories of the market in 6 h",
                    "The band holds 95 of 100 such windows when nothing happens.",
                ),
                sentiment(market, "Sentiment of the market", "market", gaps=False, width=12),
            ],
        ),
        of("topic", "topics"),
        of("sector", "sectors"),
        of("entity", "companies"),
        Row(
            "Pages",
            [
                Panel(
                    "state-timeline",
                    "Open pages by series",
                    "From opening to closing; a surge that another page tells of sends none and is not shown.",
                    "none",
                    [(f"max by (series, severity) (bearwatch_series_open_spike{{{HERE}}})", "{{series}} {{severity}}")],
                    steps=[(None, "green"), (1, "red")],
                ),
                Panel(
                    "timeseries",
                    "Pages sent against promised",
                    "Pages of the last day, and the false ones among them that the settings allow in one. More than "
                    "that is news, or a fault.",
                    "none",
                    [
                        (f'sum(bearwatch_pages{{{HERE}, period="24h"}})', "sent in 24 h"),
                        (f'sum(bearwatch_pages{{{HERE}, period="28d"}}) / 28', "sent a day, of 28 days"),
                        (f"sum(bearwatch_expected_false_pages_per_day{{{HERE}}})", "false ones promised a day"),
                    ],
                    width=6,
                    least=0,
                    lines={"false ones promised a day": "#cc4444"},
                ),
                Panel(
                    "timeseries",
                    "Pages by what they were",
                    "Of 28 days: true or false where a person has said so. Unmarked ones may be either.",
                    "none",
                    [(f'sum by (mark) (bearwatch_pages{{{HERE}, period="28d"}})', "{{mark}}")],
                    width=6,
                    least=0,
                ),
                Panel(
                    "timeseries",
                    "Pages that were real",
                    "Of the marked pages of 28 days, by what opened them; between the ends of the 95 % interval.",
                    "percentunit",
                    [
                        (f"bearwatch_precision{{{HERE}}}", "{{rule}}"),
                        (f"bearwatch_precision_low{{{HERE}}}", "{{rule}}, at least"),
                        (f"bearwatch_precision_high{{{HERE}}}", "{{rule}}, at most"),
                    ],
                    width=8,
                    least=0,
                    most=1,
                ),
                Panel(
                    "timeseries",
                    "How often windows surprise",
                    "Part of the windows of seven days whose surprise was at least 1, 2, 3; a tenth, a hundredth, a "
                    "thousandth are promised.",
                    "percentunit",
                    [(f"bearwatch_surprise_share{{{HERE}}}", "{{window}}, at least {{least}}")],
                    width=8,
                    least=0,
                ),
                alerts_written("status", "Transitions committed in an hour: openings, updates, ends.", 8),
            ],
        ),
    ]
    about = "What the news is like, what surges, and how many pages that made."
    return dashboard(
        "bearwatch-overview",
        "Bearwatch: overview",
        about=about,
        rows=rows,
        variables=[INSTANCE],
        marks=[pages(HERE), OPERATIONS],
    )
