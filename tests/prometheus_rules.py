"""Scenarios for every rule: what Prometheus scrapes, and which alerts must stand then, with the words a person reads.

Values are promtool's: `5x10` is 5 and ten times more 5, `0+60x10` counts up, `_` is a missing scrape. One step is a
minute unless the case says otherwise, and time begins at 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

I = 'job="bearwatch",instance="a:8900"'  # noqa: E741  # in every selector below: the shorter, the better it reads
SLOW = f'bearwatch_latency_seconds_bucket{{{I},stage="pipeline",le="10.0"}}'
ALL = f'bearwatch_latency_seconds_count{{{I},stage="pipeline"}}'


@dataclass(frozen=True)
class Case:
    """One alert in one situation.

    Attributes:
        when: the situation, in words. at: promtool's time of the question.
        fires: (labels besides job and instance, description) of each alert expected; none in a near case.
        target: which of job and instance are among its labels. step: between two scrapes, and two evaluations.
        early: a time at which it is so already, but not for as long as the rule's `for`.
    """

    alert: str
    when: str
    series: dict[str, str]
    at: str
    fires: tuple[tuple[dict[str, str], str], ...] = ()
    target: tuple[str, ...] = ("job", "instance")
    more: dict[str, str] = field(default_factory=dict)
    step: str = "1m"
    early: str = ""


def fires(description: str, **labels: str) -> tuple[tuple[dict[str, str], str], ...]:
    return ((labels, description),)


def gauge(name: str, labels: str = "") -> str:
    return f"bearwatch_{name}{{{I}{',' if labels else ''}{labels}}}"


UP = f"up{{{I}}}"
HEART = gauge("heartbeat_timestamp_seconds")
TICK = gauge("last_tick_timestamp_seconds")
PAIR = 'store="postgresql://db/n"'
UNTIL = f'bearwatch_lease_expires_timestamp_seconds{{job="bearwatch",instance="b:8900",{PAIR}}}'
STANDS_BY = f'bearwatch_standby{{job="bearwatch",instance="b:8900",{PAIR}}}'
SHADOW = 'bearwatch_shadow_lag_seconds{job="bearwatch-shadow",instance="c:8901"}'

ALIVE = [
    Case(
        "BearwatchWatchdog",
        "always",
        {UP: "1x10"},
        "5m",
        fires(
            "Always fires. Route it to a service that calls when it stops coming: that is how you hear that Prometheus "
            "or Alertmanager is down."
        ),
        target=(),
    ),
    Case(
        "BearwatchDown",
        "two scrapes in a row fail",
        {UP: "1x4 0x10"},
        "6m",
        fires("a:8900 has not answered a scrape for a minute. No surge will page until it runs again."),
        early="5m",
    ),
    Case("BearwatchDown", "one scrape fails", {UP: "1x4 0 1x10"}, "6m"),
    Case(
        "BearwatchDown",
        "one of a pair is down, and the other has the store",
        {UP: "1x4 0x10", gauge("standby", PAIR): "1x4 stale", STANDS_BY: "0x15", UNTIL: "10+60x15"},
        "14m",
    ),
    Case(
        "BearwatchDown",
        "one of a pair is down, and the other's lease has ended",
        {UP: "1x4 0x10", gauge("standby", PAIR): "0x4 stale", STANDS_BY: "1x15", UNTIL: "10+60x4 250x10"},
        "7m",
        fires("a:8900 has not answered a scrape for a minute. No surge will page until it runs again."),
    ),
    Case(
        "BearwatchDown",
        "a scorer beside a pair is down",
        {UP: "1x4 0x10", STANDS_BY: "0x15", UNTIL: "10+60x15"},
        "6m",
        fires("a:8900 has not answered a scrape for a minute. No surge will page until it runs again."),
        early="5m",
    ),
    Case(
        "BearwatchNoHolder",
        "the holder is gone, and the standby cannot take over",
        {UNTIL: "10+60x10 610x10"},
        "13m",
        fires(
            "The lease on postgresql://db/n has ended, and no standby has taken it. No surge will page until one does.",
            store="postgresql://db/n",
        ),
        target=("job",),
        early="12m",
    ),
    Case(
        "BearwatchNoHolder",
        "one pair has its store, and the other none",
        {UNTIL: "10+60x20", gauge("lease_expires_timestamp_seconds", 'store="x"'): "0x20"},
        "15m",
        fires("The lease on x has ended, and no standby has taken it. No surge will page until one does.", store="x"),
        target=("job",),
    ),
    Case(
        "BearwatchNoHolder",
        "the standby has taken over, and the former's last word is old",
        {UNTIL: "10+60x10 610x10", gauge("lease_expires_timestamp_seconds", PAIR): "_x11 670+60x10"},
        "15m",
    ),
    Case(
        "BearwatchStandbyMissing",
        "the standby has been away for a quarter of an hour",
        {gauge("standby", PAIR): "0x40", STANDS_BY: "1x10 stale"},
        "27m",
        fires(
            "The holder of postgresql://db/n was told that there is a standby, and none has been seen for 15 minutes.",
            store="postgresql://db/n",
        ),
        target=("job",),
        early="25m",
    ),
    Case(
        "BearwatchStandbyMissing",
        "it was started again",
        {gauge("standby", PAIR): "0x40", STANDS_BY: "1x10 _x10 1x30"},
        "27m",
    ),
    Case("BearwatchDown", "another job is down", {UP: "1x9", 'up{job="x"}': "0x9"}, "9m"),
    Case(
        "BearwatchMissing",
        "the target has gone from the configuration",
        {UP: "1x4 stale"},
        "12m",
        fires("No target of job bearwatch is configured or discovered, so that no other rule here can fire."),
        target=("job",),
        early="8m",
    ),
    Case("BearwatchMissing", "the target is down but known", {UP: "1x4 0x20"}, "20m"),
    Case(
        "BearwatchStuck",
        "the heart stood still three minutes ago",
        {UP: "1x20", HEART: "0+60x10 600x10"},
        "13m",
        fires("a:8900 last beat 3m 0s ago; it beats every second. Or one of the two clocks is wrong."),
        early="12m",
    ),
    Case("BearwatchStuck", "a beat was late by half a minute", {HEART: "0+60x10 630 660+60x10"}, "11m"),
    Case(
        "BearwatchRestarting",
        "three starts in half an hour",
        {f"process_start_time_seconds{{{I}}}": "0x5 300x5 660x5 1020x20"},
        "20m",
        fires("a:8900 has started 3 times in 30 minutes. Nothing is lost, but what is new waits for each start."),
    ),
    Case(
        "BearwatchRestarting",
        "it has been quiet for ten minutes: not over yet",
        {f"process_start_time_seconds{{{I}}}": "0x5 300x5 660x5 1020x60"},
        "43m",
        fires("a:8900 has started 3 times in 30 minutes. Nothing is lost, but what is new waits for each start."),
    ),
    Case("BearwatchRestarting", "an upgrade", {f"process_start_time_seconds{{{I}}}": "0x5 300x30"}, "20m"),
]

SIGHT = [
    Case(
        "BearwatchNoSourceWorks",
        "both sources fail for eleven minutes",
        {gauge("source_up", 'source="wire"'): "1x4 0x20", gauge("source_up", 'source="feed"'): "0x24"},
        "16m",
        fires("All 2 sources of a:8900 fail: it is blind, and its silence means nothing."),
        early="14m",
    ),
    Case(
        "BearwatchNoSourceWorks",
        "one of two works",
        {gauge("source_up", 'source="wire"'): "1x30", gauge("source_up", 'source="feed"'): "0x30"},
        "30m",
    ),
    Case(
        "BearwatchSourceFailing",
        "nine failures in a row over half an hour",
        {
            gauge("source_up", 'source="feed"'): "0x60",
            gauge("source_consecutive_failures", 'source="feed"'): "5x30 9x30",
        },
        "40m",
        fires("feed of a:8900 has failed for half an hour, 9 attempts in a row.", source="feed"),
        early="25m",
    ),
    Case(
        "BearwatchSourceFailing",
        "it failed twice and came back",
        {
            gauge("source_up", 'source="feed"'): "0x10 1x60",
            gauge("source_consecutive_failures", 'source="feed"'): "2x10 0x60",
        },
        "40m",
    ),
    Case(
        "BearwatchSourceFailing",
        "four failures, far between: it is asked rarely",
        {
            gauge("source_up", 'source="feed"'): "0x60",
            gauge("source_consecutive_failures", 'source="feed"'): "4x60",
        },
        "40m",
    ),
    Case(
        "BearwatchBlind",
        "a gap in Kafka",
        {gauge("blind", 'source="news"'): "0x5 1x20"},
        "10m",
        fires(
            "Of news some records were gone before a:8900 read them. For six hours its windows lack them, and a surge "
            "may stay silent.",
            source="news",
        ),
        early="6m",
    ),
    Case("BearwatchBlind", "the gap has left the windows", {gauge("blind", 'source="news"'): "1x5 0x20"}, "10m"),
    Case(
        "BearwatchRecordsLost",
        "records were deleted before they were read",
        {gauge("kafka_lost_records_total", 'source="news"'): "0x9 70x90"},
        "15m",
        fires(
            "70 records of news are gone: retention was shorter than the time that Bearwatch was down or behind.",
            source="news",
        ),
    ),
    Case(
        "BearwatchRecordsLost",
        "an hour and a half ago: still to be seen",
        {gauge("kafka_lost_records_total", 'source="news"'): "0x9 70x190"},
        "100m",
        fires(
            "70 records of news are gone: retention was shorter than the time that Bearwatch was down or behind.",
            source="news",
        ),
    ),
    Case("BearwatchRecordsLost", "nothing new", {gauge("kafka_lost_records_total", 'source="news"'): "70x90"}, "80m"),
    Case(
        "BearwatchSourceSilent",
        "half an hour of silence",
        {gauge("source_silent", 'source="wire"'): "1x40"},
        "35m",
        fires(
            "wire of a:8900 gives far fewer articles than at this hour of other days, though no attempt fails.",
            source="wire",
        ),
        early="25m",
    ),
    Case(
        "BearwatchSourceSilent", "silent now and then", {gauge("source_silent", 'source="wire"'): "1x20 0 1x20"}, "35m"
    ),
    Case(
        "BearwatchSeriesSilent",
        "an hour of silence",
        {gauge("series_silent", 'series="topic:banking"'): "1x70"},
        "65m",
        fires(
            "topic:banking has had far fewer stories for an hour than it has at this hour of other days: a source of "
            "it may be gone.",
            series="topic:banking",
        ),
        early="55m",
    ),
    Case("BearwatchSeriesSilent", "it speaks", {gauge("series_silent", 'series="market"'): "1x50 0x20"}, "65m"),
    Case(
        "BearwatchItemsRefused",
        "a feed's every third item, and the counter appeared with its first value",
        {
            gauge("refused_total", 'source="feed",reason="no_title"'): "_x10 40x60",
            gauge("articles_total", 'source="feed",outcome="live"'): "0+2x70",
        },
        "30m",
        fires(
            "40 items of feed could not be made an article in the last hour, more than one in twenty.", source="feed"
        ),
        early="20m",
    ),
    Case(
        "BearwatchItemsRefused",
        "one in a hundred of a busy source",
        {
            gauge("refused_total", 'source="feed",reason="no_title"'): "0+1x90",
            gauge("articles_total", 'source="feed",outcome="live"'): "0+100x90",
        },
        "90m",
    ),
    Case(
        "BearwatchItemsRefused",
        "one in ten",
        {
            gauge("refused_total", 'source="feed",reason="no_title"'): "0+1x90",
            gauge("articles_total", 'source="feed",outcome="live"'): "0+10x90",
        },
        "90m",
        fires(
            "60 items of feed could not be made an article in the last hour, more than one in twenty.", source="feed"
        ),
    ),
    Case(
        "BearwatchItemsRefused",
        "ten of a small feed",
        {
            gauge("refused_total", 'source="feed",reason="no_title"'): "_x10 10x60",
            gauge("articles_total", 'source="feed",outcome="live"'): "0x30 1x60",
        },
        "40m",
    ),
    Case(
        "BearwatchItemsRefused",
        "they were refused yesterday",
        {
            gauge("refused_total", 'source="feed",reason="no_title"'): "400x200",
            gauge("articles_total", 'source="feed",outcome="live"'): "0+1x200",
        },
        "150m",
    ),
]

LAG = [
    Case(
        "BearwatchBehind",
        "the last minute committed is nine minutes old",
        {TICK: "0+60x10 600x10"},
        "19m",
        fires(
            "The newest minute that a:8900 has committed is 9m 0s old. Minutes stand in line with the articles, so "
            "that this is how late a page would be."
        ),
        early="17m",
    ),
    Case("BearwatchBehind", "four minutes behind", {TICK: "0x4 0+60x20"}, "20m"),
    Case("BearwatchBehind", "a scorer, which has no ticks", {TICK: "0x30"}, "30m"),
    Case(
        "BearwatchKafkaLag",
        "two partitions pile up",
        {
            gauge("kafka_lag_records", 'source="news",partition="t/0"'): "0+100x40",
            gauge("kafka_lag_records", 'source="news",partition="t/1"'): "0+100x40",
        },
        "20m",
        fires("news is 4k records behind and does not catch up.", source="news"),
        early="12m",
    ),
    Case(
        "BearwatchKafkaLag",
        "it catches up after a restart",
        {gauge("kafka_lag_records", 'source="news",partition="t/0"'): "20000-400x40"},
        "30m",
    ),
    Case(
        "BearwatchKafkaLag",
        "it catches up, slowly",
        {gauge("kafka_lag_records", 'source="news",partition="t/0"'): "20000-30x40"},
        "30m",
    ),
    Case(
        "BearwatchKafkaLag",
        "some hundred records wait, as always",
        {gauge("kafka_lag_records", 'source="news",partition="t/0"'): "500x40"},
        "30m",
    ),
    Case(
        "BearwatchNewsArrivesLate",
        "two hours old, all of it",
        {
            gauge("latency_seconds_bucket", 'stage="arrival",le="3600.0"'): "0x150",
            gauge("latency_seconds_bucket", 'stage="arrival",le="21600.0"'): "0+1x150",
            gauge("latency_seconds_bucket", 'stage="arrival",le="+Inf"'): "0+1x150",
            gauge("latency_seconds_count", 'stage="arrival"'): "0+1x150",
        },
        "140m",
        fires("Half of the articles that a:8900 received in the last hour were published more than 3h 30m 0s before."),
        early="70m",
    ),
    Case(
        "BearwatchNewsArrivesLate",
        "a third of it is old",
        {
            gauge("latency_seconds_bucket", 'stage="arrival",le="3600.0"'): "0+2x150",
            gauge("latency_seconds_bucket", 'stage="arrival",le="21600.0"'): "0+3x150",
            gauge("latency_seconds_bucket", 'stage="arrival",le="+Inf"'): "0+3x150",
            gauge("latency_seconds_count", 'stage="arrival"'): "0+3x150",
        },
        "140m",
    ),
    Case(
        "BearwatchNewsArrivesLate",
        "a dozen articles in an hour",
        {
            gauge("latency_seconds_bucket", 'stage="arrival",le="3600.0"'): "0x150",
            gauge("latency_seconds_bucket", 'stage="arrival",le="21600.0"'): "0+0.2x150",
            gauge("latency_seconds_bucket", 'stage="arrival",le="+Inf"'): "0+0.2x150",
            gauge("latency_seconds_count", 'stage="arrival"'): "0+0.2x150",
        },
        "140m",
    ),
    Case(
        "BearwatchPipelineFull",
        "the store keeps them waiting",
        {gauge("channel_depth", 'channel="ending"'): "512x20"},
        "15m",
        fires(
            "For ten minutes at least 512 scored articles of a:8900 have waited for the store; 512 stop the sources."
        ),
        more={"channel": "ending"},
    ),
    Case("BearwatchPipelineFull", "a burst", {gauge("channel_depth", 'channel="ending"'): "512x8 3 512x8"}, "15m"),
]

LATENCY = [
    Case(
        "BearwatchLatencyBudgetBurnsFast",
        "after hours of none a fifth is late, for an hour and now",
        {SLOW: "0+1x360 360.8+0.8x60", ALL: "0+1x420"},
        "420m",
        fires(
            "20% of the articles of a:8900 took more than 10 seconds from being received to being committed; 1 % may."
        ),
        early="405m",
    ),
    Case(
        "BearwatchLatencyBudgetBurnsFast",
        "a tenth is late for hours",
        {SLOW: "0+90x400", ALL: "0+100x400"},
        "380m",
        fires(
            "10% of the articles of a:8900 took more than 10 seconds from being received to being committed; 1 % may."
        ),
    ),
    Case(
        "BearwatchLatencyBudgetBurnsFast",
        "after hours of none a tenth is late, for an hour: not yet",
        {SLOW: "0+100x360 36090+90x60", ALL: "0+100x420"},
        "420m",
    ),
    Case("BearwatchLatencyBudgetBurnsFast", "it is over", {SLOW: "0+50x40 2000+100x60", ALL: "0+100x100"}, "70m"),
    Case("BearwatchLatencyBudgetBurnsFast", "one in a hundred", {SLOW: "0+99x400", ALL: "0+100x400"}, "380m"),
    Case("BearwatchLatencyBudgetBurnsFast", "a quiet night", {SLOW: "0x90", ALL: "0x60 1x10 2x30"}, "80m"),
    Case(
        "BearwatchLatencyBudgetBurnsSlowly",
        "one in twenty for a day",
        {SLOW: "0+950x160", ALL: "0+1000x160"},
        "1550m",
        fires("5% of the articles of a:8900 took more than 10 seconds over the last day or three; 1 % may."),
        step="10m",
        early="50m",
    ),
    Case(
        "BearwatchLatencyBudgetBurnsSlowly",
        "one in fifty for three days",
        {SLOW: "0+980x450", ALL: "0+1000x450"},
        "4450m",
        fires("2% of the articles of a:8900 took more than 10 seconds over the last day or three; 1 % may."),
        step="10m",
    ),
    Case(
        "BearwatchLatencyBudgetBurnsSlowly",
        "one in two hundred",
        {SLOW: "0+995x160", ALL: "0+1000x160"},
        "1550m",
        step="10m",
    ),
    Case(
        "BearwatchLatencyBudgetBurnsSlowly",
        "a bad day that has been over for hours",
        {SLOW: "0+900x120 109000+1000x60", ALL: "0+1000x181"},
        "1650m",
        step="10m",
    ),
    Case(
        "BearwatchLatencyBudgetBurnsSlowly",
        "a bad morning of one in twenty after days of none",
        {SLOW: "0+1000x400 400950+950x36", ALL: "0+1000x436"},
        "4360m",
        step="10m",
    ),
    Case(
        "BearwatchLatencyBudgetBurnsSlowly",
        "three days with an article every two hours, all late",
        {SLOW: "0x450", ALL: "0x10 0+0.08x440"},
        "4450m",
        step="10m",
    ),
]

DESK = 'endpoint="desk",outcome='
DELIVERY = [
    Case(
        "BearwatchDeliveryFailing",
        "six tries and no success",
        {
            gauge("deliveries_total", DESK + '"retry"'): "0x5 2 4 6x20",
            gauge("deliveries_total", DESK + '"sent"'): "3x30",
        },
        "12m",
        fires(
            "6 tries at desk have failed in 15 minutes and none succeeded; it will be tried for three days.",
            endpoint="desk",
            outcome="retry",
        ),
        early="7m",
    ),
    Case(
        "BearwatchDeliveryFailing",
        "a try failed and the next one did not",
        {
            gauge("deliveries_total", DESK + '"retry"'): "0x5 1x20",
            gauge("deliveries_total", DESK + '"sent"'): "3x6 4x20",
        },
        "12m",
    ),
    Case(
        "BearwatchAlertWaits",
        "pending for ten minutes",
        {gauge("outbox_oldest_pending_timestamp_seconds", 'endpoint="desk"'): "60x30"},
        "11m",
        fires("The oldest alert for desk was decided 10m 0s ago and is still not delivered.", endpoint="desk"),
        early="7m",
    ),
    Case(
        "BearwatchAlertWaits",
        "it was delivered",
        {gauge("outbox_oldest_pending_timestamp_seconds", 'endpoint="desk"'): "60x8 stale"},
        "11m",
    ),
    Case(
        "BearwatchAlertWaits",
        "for four minutes",
        {gauge("outbox_oldest_pending_timestamp_seconds", 'endpoint="desk"'): "60x30"},
        "5m",
    ),
    Case(
        "BearwatchDeadLetters",
        "given up after all tries",
        {gauge("deliveries_total", DESK + '"dead"'): "0x10 2x100"},
        "60m",
        fires(
            "2 alerts for desk became dead letters in six hours: nobody has them, and nobody will unless they are "
            "redriven.",
            endpoint="desk",
            outcome="dead",
        ),
    ),
    Case("BearwatchDeadLetters", "none is new", {gauge("deliveries_total", DESK + '"dead"'): "2x100"}, "60m"),
    Case(
        "BearwatchAlertmanagerUnreachable",
        "four rounds a minute fail",
        {
            gauge("alertmanager_rounds_total", 'endpoint="am-1",outcome="failed"'): "0+4x20",
            gauge("alertmanager_rounds_total", 'endpoint="am-1",outcome="ok"'): "90x20",
        },
        "10m",
        fires(
            "am-1 has refused 20 rounds in five minutes. Alerts that it holds end by themselves five minutes after "
            "the last round.",
            endpoint="am-1",
            outcome="failed",
        ),
        early="2m",
    ),
    Case(
        "BearwatchAlertmanagerUnreachable",
        "a round failed between two that did not",
        {
            gauge("alertmanager_rounds_total", 'endpoint="am-1",outcome="failed"'): "0x5 1x20",
            gauge("alertmanager_rounds_total", 'endpoint="am-1",outcome="ok"'): "0+4x20",
        },
        "8m",
    ),
]

MODEL = [
    Case(
        "BearwatchModelsDiffer",
        "a scorer was left behind",
        {
            gauge("model_info", 'name="default",hash="aa"'): "1x60",
            'bearwatch_model_info{job="bearwatch",instance="b:8900",name="default",hash="bb"}': "1x60",
        },
        "40m",
        fires("2 models are in use at once: scores of one do not fit the baselines of the other."),
        target=("job",),
        early="20m",
    ),
    Case(
        "BearwatchModelsDiffer",
        "a rollout of ten minutes",
        {
            gauge("model_info", 'name="default",hash="aa"'): "1x10 stale",
            'bearwatch_model_info{job="bearwatch",instance="b:8900",name="default",hash="bb"}': "1x60",
        },
        "40m",
    ),
    Case(
        "BearwatchScoresOfOtherModel",
        "every minute",
        {gauge("scores_of_other_models_total"): "0+10x60"},
        "40m",
        fires("150 articles in 15 minutes reached a:8900 scored by another model than its own."),
        early="10m",
    ),
    Case(
        "BearwatchScoresOfOtherModel",
        "a few on the day of an upgrade",
        {gauge("scores_of_other_models_total"): "0x5 9x60"},
        "40m",
    ),
    Case(
        "BearwatchModelStale",
        "366 days",
        {gauge("model_created_timestamp_seconds", 'name="default"'): "-31622400x90"},
        "90m",
        fires(
            "default was exported 366d 1h 30m 0s ago. Words of news change; measure it on labels of this year.",
            name="default",
        ),
        early="30m",
    ),
    Case(
        "BearwatchModelStale",
        "half a year",
        {gauge("model_created_timestamp_seconds", 'name="default"'): "-15768000x90"},
        "90m",
    ),
    Case(
        "BearwatchReloadRefused",
        "a typing error in the configuration",
        {gauge("config_last_reload_successful"): "1x5 0x60"},
        "30m",
        fires("a:8900 refused its configuration and runs on with the one before; the next restart would fail."),
        early="10m",
    ),
    Case(
        "BearwatchReloadRefused",
        "one that was mended within minutes",
        {gauge("config_last_reload_successful"): "1x5 0x5 1x60"},
        "30m",
    ),
    Case(
        "BearwatchModelDrift",
        "a feed of another kind came",
        {gauge("drift_psi", 'of="length",topic="all",reference="own"'): "0.4x2000"},
        "1500m",
        fires(
            "length of topic all differs from the model's first four weeks here: population stability index 0.40, "
            "above 0.25 for a day.",
            of="length",
            topic="all",
            reference="own",
        ),
        early="1400m",
    ),
    Case(
        "BearwatchModelDrift",
        "far from what it was trained on, as news is",
        {gauge("drift_psi", 'of="length",topic="all",reference="card"'): "2x2000"},
        "1500m",
    ),
    Case(
        "BearwatchShadowBehind",
        "its disk is full",
        {SHADOW: "0x5 0+60x60"},
        "50m",
        fires(
            "c:8901 is 44m 0s behind the live watch: what it reports of its candidate is that old.",
            job="bearwatch-shadow",
            instance="c:8901",
        ),
        target=(),
        early="30m",
    ),
    Case("BearwatchShadowBehind", "it has just been started", {SHADOW: "86400-7200x12 0x60"}, "50m"),
    Case(
        "BearwatchUnscored",
        "half of it in another language",
        {
            gauge("unscored_total", 'reason="unsupported_language"'): "0+1x150",
            gauge("stories_total", 'kind="new"'): "0+2x150",
        },
        "130m",
        fires(
            "50% of the last hour's articles of a:8900 have no score: their language is not the model's, or their "
            "text is empty."
        ),
        early="60m",
    ),
    Case(
        "BearwatchUnscored",
        "one in ten",
        {
            gauge("unscored_total", 'reason="unsupported_language"'): "0+1x150",
            gauge("stories_total", 'kind="new"'): "0+10x150",
        },
        "130m",
    ),
    Case(
        "BearwatchUnscored",
        "half of the thirty articles of an hour",
        {
            gauge("unscored_total", 'reason="unsupported_language"'): "0+0.25x150",
            gauge("stories_total", 'kind="new"'): "0+0.5x150",
        },
        "130m",
    ),
    Case(
        "BearwatchBudgetUnreliable",
        "over and under",
        {
            gauge("budget_unreliable", 'window="1h",side="over"'): "1x90",
            gauge("budget_unreliable", 'window="6h",side="under"'): "1x90",
        },
        "70m",
        (
            *fires(
                "Windows of 1h have surprised more than twice as often as promised: expect more false pages, seven "
                "days in a row.",
                window="1h",
                side="over",
            ),
            *fires(
                "Windows of 6h have surprised less than half as often as promised: a surge may stay silent, seven "
                "days in a row.",
                window="6h",
                side="under",
            ),
        ),
        early="50m",
    ),
    Case("BearwatchBudgetUnreliable", "kept", {gauge("budget_unreliable", 'window="1h",side="over"'): "0x90"}, "70m"),
]

STORE = [
    Case(
        "BearwatchStoreStalled",
        "twelve failures a minute",
        {gauge("store_commit_failures_total"): "0x5 0+12x20"},
        "15m",
        fires(
            "60 transactions of a:8900 had to be tried again in five minutes. Nothing is judged or acknowledged until "
            "one succeeds."
        ),
        early="7m",
    ),
    Case("BearwatchStoreStalled", "it was mended", {gauge("store_commit_failures_total"): "0x5 12x40"}, "20m"),
    Case(
        "BearwatchStoreSlow",
        "two in a hundred take seconds",
        {
            gauge("commit_seconds_bucket", 'le="1.0"'): "0+98x40",
            gauge("commit_seconds_bucket", 'le="5.0"'): "0+100x40",
            gauge("commit_seconds_bucket", 'le="+Inf"'): "0+100x40",
        },
        "30m",
        fires("One commit in a hundred of a:8900 takes longer than 3s; a local disk takes a millisecond."),
        early="8m",
    ),
    Case(
        "BearwatchStoreSlow",
        "one in a thousand does",
        {
            gauge("commit_seconds_bucket", 'le="1.0"'): "0+999x40",
            gauge("commit_seconds_bucket", 'le="5.0"'): "0+1000x40",
            gauge("commit_seconds_bucket", 'le="+Inf"'): "0+1000x40",
        },
        "30m",
    ),
    Case(
        "BearwatchSqliteOutdated",
        "Debian's",
        {gauge("sqlite_wal_reset_safe"): "0x90"},
        "70m",
        fires(
            "a:8900 runs on an SQLite before 3.51.3. Its own single writer avoids the bug; another program that opens "
            "the file does not."
        ),
        early="50m",
    ),
    Case("BearwatchSqliteOutdated", "a newer one", {gauge("sqlite_wal_reset_safe"): "1x90"}, "70m"),
]

BANKS = 'series="topic:banking"'
THRESHOLD = {gauge("series_surprise_threshold", BANKS): "4x90"}
HELD = THRESHOLD | {
    gauge("series_surprise", BANKS + ',window="1h"'): "5.5x90",
    gauge("series_surprise", BANKS + ',window="6h"'): "1x90",
}
OPEN = gauge("series_open_spike", BANKS + ',severity="warning"')
GROWN = gauge("series_open_spike", BANKS + ',severity="critical"')
OPENED = fires(
    "topic:banking has an open page. The desk was paged by the daemon; this is the record of it.",
    series="topic:banking",
)
SPIKES = [
    Case("BearwatchSpikeOpen", "open for six minutes", {OPEN: "_x3 1x10"}, "10m", OPENED, early="6m"),
    Case(
        "BearwatchSpikeOpen",
        "it became critical: one ticket, not two",
        {OPEN: "1x9 stale", GROWN: "_x10 1x9"},
        "12m",
        OPENED,
    ),
    Case(
        "BearwatchSpikeOpen", "it closed and opened again: still that one", {OPEN: "1x9 stale _x20 1x9"}, "25m", OPENED
    ),
    Case("BearwatchSpikeOpen", "open for three minutes", {OPEN: "_x3 1x3 stale"}, "10m"),
    Case("BearwatchSpikeOpen", "over for an hour", {OPEN: "1x9 stale _x90"}, "75m"),
    Case(
        "BearwatchSurpriseHeldBack",
        "one window is over the threshold and no page is open",
        HELD,
        "20m",
        fires(
            "topic:banking has been 1.5 above its threshold for 15 minutes without a page: a gate holds it back, or "
            "another page tells it.",
            series="topic:banking",
        ),
        early="10m",
    ),
    Case(
        "BearwatchSurpriseHeldBack",
        "it went down and came again: one ticket",
        THRESHOLD | {gauge("series_surprise", BANKS + ',window="1h"'): "5.5x19 1x9 5.5x9"},
        "32m",
        fires(
            "topic:banking has been 1.5 above its threshold for 15 minutes without a page: a gate holds it back, or "
            "another page tells it.",
            series="topic:banking",
        ),
    ),
    Case("BearwatchSurpriseHeldBack", "it paged", HELD | {OPEN: "1x90"}, "20m"),
    Case(
        "BearwatchSurpriseHeldBack",
        "near the threshold",
        THRESHOLD | {gauge("series_surprise", BANKS + ',window="1h"'): "3.9x90"},
        "20m",
    ),
    Case(
        "BearwatchManySpikes",
        "six at once",
        {gauge("open_spikes", 'severity="warning"'): "4x30", gauge("open_spikes", 'severity="critical"'): "2x30"},
        "15m",
        fires(
            "6 pages of a:8900 are open at once: one event that touches everything, or an instrument that has changed."
        ),
        early="5m",
    ),
    Case(
        "BearwatchManySpikes",
        "six, then two: not over yet",
        {gauge("open_spikes", 'severity="warning"'): "6x14 2x30"},
        "25m",
        fires(
            "6 pages of a:8900 are open at once: one event that touches everything, or an instrument that has changed."
        ),
    ),
    Case("BearwatchManySpikes", "two", {gauge("open_spikes", 'severity="warning"'): "2x30"}, "15m"),
    Case(
        "BearwatchMorePagesThanPromised",
        "eleven in a day of one promised",
        {
            gauge("pages", 'period="24h",severity="warning",mark="unmarked"'): "9x90",
            gauge("pages", 'period="24h",severity="critical",mark="unmarked"'): "2x90",
            gauge("expected_false_pages_per_day"): "1x90",
        },
        "70m",
        fires(
            "11 pages in 24 hours: ten times the false pages that the settings allow. Either the news was that bad, or "
            "pages are false."
        ),
        early="50m",
    ),
    Case(
        "BearwatchMorePagesThanPromised",
        "eleven, of which two have left the day since: one ticket",
        {
            gauge("pages", 'period="24h",severity="warning",mark="unmarked"'): "11x69 9x90",
            gauge("expected_false_pages_per_day"): "1x200",
        },
        "120m",
        fires(
            "11 pages in 24 hours: ten times the false pages that the settings allow. Either the news was that bad, or "
            "pages are false."
        ),
    ),
    Case(
        "BearwatchMorePagesThanPromised",
        "a bad week of eleven pages",
        {
            gauge("pages", 'period="28d",severity="warning",mark="unmarked"'): "11x90",
            gauge("pages", 'period="24h",severity="warning",mark="unmarked"'): "3x90",
            gauge("expected_false_pages_per_day"): "1x90",
        },
        "70m",
    ),
]

CASES = [*ALIVE, *SIGHT, *LAG, *LATENCY, *DELIVERY, *MODEL, *STORE, *SPIKES]
