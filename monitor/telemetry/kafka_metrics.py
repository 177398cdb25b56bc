"""How the Kafka sources fare, as metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from prometheus_client import Counter, Gauge

M = TypeVar("M", Counter, Gauge)


class Gauges(Protocol):
    """What a consumer has seen; a new one begins again at 0."""

    @property
    def rebalances(self) -> int: ...
    @property
    def pauses(self) -> int: ...
    @property
    def commits_failed(self) -> int: ...
    @property
    def commit_seconds(self) -> float: ...
    @property
    def fetch_seconds(self) -> float: ...


class Counters(Protocol):
    """What a source has counted since its start."""

    @property
    def gaps(self) -> Mapping[str, int]: ...
    @property
    def lost(self) -> int: ...
    @property
    def rebuilds(self) -> int: ...
    @property
    def dead_letters(self) -> int: ...


class Declares(Protocol):
    """Declares a metric: its name without prefix, what it says, its labels."""

    def __call__(self, kind: type[M], name: str, text: str, *labels: str) -> M: ...


class KafkaMetrics:
    """Declared with the daemon's others. Partitions are labels: their number is the cluster's, not the news'."""

    def __init__(self, declare: Declares) -> None:
        self._shown: dict[str, set[str]] = {}
        self._counted: dict[tuple[str, str], int] = {}
        self.lag = declare(Gauge, "kafka_lag_records", "Records behind the committed position.", "source", "partition")
        self.gaps = declare(Counter, "kafka_gaps", "Positions that the broker had no records for.", "source", "reason")
        self.lost = declare(Counter, "kafka_lost_records", "Records that were gone before they were read.", "source")
        self.rebalances = declare(Counter, "kafka_rebalances", "Partitions assigned anew.", "source")
        self.pauses = declare(Counter, "kafka_pauses", "Times that a full pipeline paused the partitions.", "source")
        self.rebuilds = declare(
            Counter, "kafka_rebuilds", "Consumers replaced because they failed or stood still.", "source"
        )
        self.dead_letters = declare(
            Counter, "kafka_dead_letters", "Records acknowledged by the dead-letter topic.", "source"
        )
        self.commits_failed = declare(
            Counter, "kafka_commits_failed", "Positions that Kafka would not take: lag tools show old ones.", "source"
        )
        self.fetch_seconds = declare(
            Gauge, "kafka_fetch_seconds", "Mean round trip to the slowest broker, lately.", "source"
        )
        self.published = declare(
            Counter, "kafka_published", "Stored articles that the topic for them has acknowledged.", "topic"
        )
        self.publishing = declare(Gauge, "kafka_publishing", "0 while stored articles cannot be published.", "topic")
        self.commit_seconds = declare(Gauge, "kafka_commit_seconds", "The last commit to Kafka.", "source")

    def show(self, source: str, lag: Mapping[str, int], seen: Gauges, counted: Counters) -> None:
        """Shows how a source fares; partitions that are no longer its own end."""
        for partition in self._shown.get(source, set()) - set(lag):
            self.lag.remove(source, partition)
        self._shown[source] = set(lag)
        for partition, records in lag.items():
            self.lag.labels(source, partition).set(records)
        self.fetch_seconds.labels(source).set(seen.fetch_seconds)
        self.commit_seconds.labels(source).set(seen.commit_seconds)
        for reason, count in counted.gaps.items():
            self._up(self.gaps.labels(source, reason), (source, f"gaps {reason}"), count)
        for counter, name, count in (
            (self.lost, "lost", counted.lost),
            (self.rebuilds, "rebuilds", counted.rebuilds),
            (self.dead_letters, "dead letters", counted.dead_letters),
            (self.rebalances, "rebalances", seen.rebalances),
            (self.pauses, "pauses", seen.pauses),
            (self.commits_failed, "commits failed", seen.commits_failed),
        ):
            self._up(counter.labels(source), (source, name), count)

    def _up(self, counter: Counter, which: tuple[str, str], count: int) -> None:
        before = self._counted.get(which, 0)
        counter.inc(count - before if count >= before else count)
        self._counted[which] = count
