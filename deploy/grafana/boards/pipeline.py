"""Whether it keeps up: lag, throughput, batches, queues, store, memory."""

from __future__ import annotations

from boards.parts import Json, Panel, Query, Row, dashboard
from boards.shared import HERE, INSTANCE, OPERATIONS, quantiles, rate


def make() -> Json:
    def ledger(stage: str, title: str, about: str) -> Panel:
        match = f'{HERE}, stage="{stage}"'
        return Panel("timeseries", title, about, "s", quantiles("bearwatch_latency_seconds", match), width=8, least=0)

    def lines(title: str, about: str, unit: str, queries: list[Query], width: int = 8) -> Panel:
        return Panel("timeseries", title, about, unit, queries, width=width, least=0)

    buckets = f'bearwatch_latency_seconds_bucket{{{HERE}, stage="pipeline"}}'
    rows = [
        Row(
            "Where the time goes",
            [
                ledger("arrival", "Published to received", "Of live articles: the publisher's and the feed's part."),
                ledger(
                    "pipeline",
                    "Received to committed",
                    "Of live articles: Kafka's and the daemon's part. 10 s is the objective.",
                ),
                lines(
                    "Decided to delivered",
                    "From an alert's commit until an endpoint had it.",
                    "s",
                    quantiles("bearwatch_delivery_seconds"),
                ),
                Panel(
                    "heatmap",
                    "Received to committed, all of it",
                    "Articles by how long they took: a second band is a second cause.",
                    "s",
                    [
                        (
                            f"sum by (le) (increase({buckets}[$__rate_interval]))",
                            "{{le}}",
                        )
                    ],
                ),
                lines(
                    "Too late, of all articles",
                    "Part that took more than 10 seconds to be committed; over a month 1 % may.",
                    "percentunit",
                    [
                        (f"instance:bearwatch_articles_slow:ratio_rate{w}{{{HERE}}}", w)
                        for w in ("5m", "1h", "6h", "3d")
                    ],
                    12,
                ),
            ],
        ),
        Row(
            "Throughput",
            [
                lines("Articles by source", "Articles a second.", "cps", [rate("bearwatch_articles_total", "source")]),
                lines(
                    "Articles by what became of them",
                    "live counts and may page; late, history and trial only teach; duplicate was known.",
                    "cps",
                    [rate("bearwatch_articles_total", "outcome")],
                ),
                lines(
                    "Articles by what they are to their story",
                    "new and development count; copy and revision do not.",
                    "cps",
                    [rate("bearwatch_stories_total", "kind")],
                ),
                lines(
                    "Refused and unscored",
                    "Items that no article could be made of, and articles that the model cannot read, by reason.",
                    "cps",
                    [rate("bearwatch_refused_total", "reason"), rate("bearwatch_unscored_total", "reason")],
                ),
                lines(
                    "Age of the newest item",
                    "How old each source's newest item is, by its own time.",
                    "s",
                    [(f"time() - bearwatch_source_last_item_timestamp_seconds{{{HERE}}}", "{{source}}")],
                ),
                lines(
                    "Failures in a row",
                    "Attempts failed in a row, of each source's worst partition.",
                    "none",
                    [(f"bearwatch_source_consecutive_failures{{{HERE}}}", "{{source}}")],
                ),
            ],
        ),
        Row(
            "Queues",
            [
                lines(
                    "Behind the clock",
                    "Age of the newest minute committed: minutes stand in line with the articles.",
                    "s",
                    [(f"time() - (bearwatch_last_tick_timestamp_seconds{{{HERE}}} > 0)", "{{instance}}")],
                ),
                lines(
                    "Waiting before a stage",
                    "Records in each channel. 256 fill the intake before prepare, 512 those before inference and fold.",
                    "none",
                    [(f"bearwatch_channel_depth{{{HERE}}}", "{{channel}}")],
                ),
                lines(
                    "Kafka, records behind",
                    "Records not yet committed, of all partitions of a source.",
                    "none",
                    [(f"source:bearwatch_kafka_lag_records:sum{{{HERE}}}", "{{source}}")],
                ),
                lines(
                    "Kafka, disturbances",
                    "What disturbs reading, a second: see docs/metrics.md for each.",
                    "cps",
                    [
                        (f"sum(rate(bearwatch_kafka_{name}_total{{{HERE}}}[$__rate_interval]))", name.replace("_", " "))
                        for name in ("rebalances", "pauses", "rebuilds", "commits_failed", "dead_letters", "gaps")
                    ],
                    12,
                ),
                lines(
                    "Kafka, round trips",
                    "Mean fetch from the slowest broker, and the last commit of positions.",
                    "s",
                    [
                        (f"bearwatch_kafka_fetch_seconds{{{HERE}}}", "fetch, {{source}}"),
                        (f"bearwatch_kafka_commit_seconds{{{HERE}}}", "commit, {{source}}"),
                    ],
                    12,
                ),
            ],
        ),
        Row(
            "Model",
            [
                lines(
                    "Articles in a batch",
                    "Load forms batches; an idle daemon scores one article at once.",
                    "none",
                    quantiles("bearwatch_batch_articles"),
                ),
                lines(
                    "Why batches are released",
                    "full: the model is the limit. drained: nothing more was waiting.",
                    "cps",
                    [rate("bearwatch_batches_total", "released")],
                ),
                lines(
                    "Padding",
                    "Part of the tokens run that only fill a batch: work for nothing.",
                    "percentunit",
                    [
                        (
                            f'sum(rate(bearwatch_inference_tokens_total{{{HERE}, kind="padding"}}[$__rate_interval]))'
                            f" / sum(rate(bearwatch_inference_tokens_total{{{HERE}}}[$__rate_interval]))",
                            "padding",
                        )
                    ],
                ),
                lines(
                    "One inference batch",
                    "Time of one call of the model.",
                    "s",
                    quantiles("bearwatch_inference_seconds"),
                ),
                lines(
                    "Tokens",
                    "Tokens a second that the model runs, padding included.",
                    "cps",
                    [rate("bearwatch_inference_tokens_total", "kind")],
                ),
                Panel(
                    "table",
                    "Model in use",
                    "Name, hash and age of each process's model; all should be one.",
                    "none",
                    [
                        (f"max by (instance, name, hash) (bearwatch_model_info{{{HERE}}})", "in use"),
                        (
                            f"time() - max by (instance, name) (bearwatch_model_created_timestamp_seconds{{{HERE}}})",
                            "exported, ago",
                        ),
                    ],
                    width=8,
                    columns={"exported, ago": "s"},
                    keys=("name", "hash"),
                ),
            ],
        ),
        Row(
            "Store and process",
            [
                lines(
                    "One commit",
                    "Time of one transaction; a local disk takes a millisecond.",
                    "s",
                    quantiles("bearwatch_commit_seconds"),
                ),
                lines(
                    "One fold",
                    "Time of folding a batch, without its commit.",
                    "s",
                    quantiles("bearwatch_fold_seconds"),
                ),
                lines(
                    "Commits tried again",
                    "Transactions that the store could not take, a second. Nothing is acknowledged meanwhile.",
                    "cps",
                    [(f"rate(bearwatch_store_commit_failures_total{{{HERE}}}[$__rate_interval])", "{{instance}}")],
                ),
                lines(
                    "Memory",
                    "Resident memory of the process.",
                    "bytes",
                    [(f'process_resident_memory_bytes{{{HERE}, job="bearwatch"}}', "{{instance}}")],
                    6,
                ),
                lines(
                    "Store",
                    "Size of the store's files.",
                    "bytes",
                    [(f"bearwatch_store_bytes{{{HERE}}}", "{{instance}}")],
                    6,
                ),
                lines(
                    "Processor",
                    "Cores in use.",
                    "none",
                    [(f'rate(process_cpu_seconds_total{{{HERE}, job="bearwatch"}}[$__rate_interval])', "{{instance}}")],
                    6,
                ),
                lines(
                    "Open files",
                    "File descriptors in use.",
                    "none",
                    [(f'process_open_fds{{{HERE}, job="bearwatch"}}', "{{instance}}")],
                    6,
                ),
            ],
        ),
    ]
    about = "Whether it keeps up: lag, throughput, batches, queues, store, memory."
    return dashboard(
        "bearwatch-pipeline", "Bearwatch: pipeline", about=about, rows=rows, variables=[INSTANCE], marks=[OPERATIONS]
    )
