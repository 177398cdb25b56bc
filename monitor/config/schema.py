"""Every option, its kind, default and bounds. The reasons stand in `deploy/bearwatch.example.yaml`, option by option.

Within a section an option that another is judged by comes first, so that a fault is reported at the option itself.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from monitor.config.alertmanagers import ClientTls
from monitor.config.alerts import Alerts
from monitor.config.section import Section
from monitor.config.values import (
    Contact,
    Duration,
    ExistingFile,
    FromBase,
    HttpUrl,
    KafkaStart,
    ModelPath,
    SecretFile,
    Server,
    Slug,
    StoreUrl,
    TimeZone,
    Topic,
    TopicPattern,
    between,
    format_duration,
    needed_secret,
    refuse_twice,
    secret_or_file,
)
from monitor.config.web import Web
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Scope

# Tags of the union of `sources.rss.feeds`; `load` leaves them out of an option's name.
FEED_TAGS = ("<word>", "<list>")
# A change of model reads 30 days again, and stories that began before them: three windows of at most 7 days. Keys live
# as long, which is longer than the 30 days after which an article that nobody knows cannot count (`fold`).
LEAST_ARTICLES_MS = 60 * DAY_MS


def _long_enough(ms: int) -> int:
    if ms < LEAST_ARTICLES_MS:
        raise ValueError(
            f"should be at least {format_duration(LEAST_ARTICLES_MS)}, not {format_duration(ms)}: 28 days teach what "
            "is usual, and what is told over weeks has to be known still"
        )
    return ms


class Retention(Section):
    """How long rows are kept; what alerts stand on is kept for good."""

    articles: Annotated[Duration, between("0s", "36500d"), AfterValidator(_long_enough)] = 400 * DAY_MS
    deliveries: Annotated[Duration, between("7d", "36500d")] = 400 * DAY_MS
    refusals: Annotated[Duration, between("1d", "36500d")] = 30 * DAY_MS


class Store(Section):
    """`url` is always set once validated: null becomes the file under the XDG state folder."""

    url: StoreUrl = Field(default=None, validate_default=True)
    password_file: SecretFile | None = None
    password: SecretStr | None = Field(default=None, validate_default=True)
    folder: FromBase | None = None
    lease: Annotated[Duration, between("3s", "1m")] = 10_000
    retention: Retention = Retention()

    @field_validator("password")
    @classmethod
    def _either(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        return secret_or_file(password, info.data.get("password_file"), "password")


class Model(Section):
    path: ModelPath = "default"
    device: Literal["cpu", "cuda"] = "cpu"
    threads: int = Field(default=0, ge=0, le=256)
    max_batch_tokens: int = Field(default=1_024, ge=128, le=1_000_000)
    max_batch_articles: int = Field(default=64, ge=1, le=4_096)
    cache_entries: int = Field(default=20_000, ge=0, le=10_000_000)


class Feed(Section):
    """One feed; `publisher` null is its host; `interval` null is `sources.rss.min_interval`."""

    name: Slug
    url: HttpUrl
    publisher: str | None = Field(default=None, min_length=1, max_length=100)
    language: str = Field(default="", pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]+)*)?$")
    scope: Scope = Scope.GENERAL
    interval: Annotated[Duration, between("1m", "7d")] | None = None


def _feeds_kind(value: Any) -> str:
    return FEED_TAGS[0] if isinstance(value, str) else FEED_TAGS[1]


Feeds = Annotated[
    Annotated[Literal["default"], Tag(FEED_TAGS[0])] | Annotated[list[Feed], Tag(FEED_TAGS[1])],
    Discriminator(_feeds_kind),
]


class Rss(Section):
    feeds: Feeds = "default"
    contact: Contact = ""
    min_interval: Annotated[Duration, between("1m", "1d")] = 5 * MINUTE_MS
    max_interval: Annotated[Duration, between("1m", "7d")] = HOUR_MS // 2
    per_host: int = Field(default=2, ge=1, le=16)
    allow_hosts: list[str] = []

    @field_validator("feeds")
    @classmethod
    def _names_once(cls, feeds: str | list[Feed]) -> str | list[Feed]:
        if isinstance(feeds, list):
            refuse_twice("name", (feed.name for feed in feeds))
            refuse_twice("url", (feed.url for feed in feeds))
        return feeds

    @field_validator("max_interval")
    @classmethod
    def _not_below_min(cls, value: int, info: ValidationInfo) -> int:
        least = info.data.get("min_interval", value)
        if value < least:
            raise ValueError(f"should be at least min_interval, {format_duration(least)}")
        return value


class FileSource(Section):
    path: FromBase
    name: Slug
    scope: Scope = Scope.GENERAL


class Push(Section):
    """`token` holds the secret, wherever it came from; None only while `enabled` is false."""

    enabled: bool = False
    name: Slug = "push"
    scope: Scope = Scope.GENERAL
    token_file: SecretFile | None = None
    token: SecretStr | None = Field(default=None, validate_default=True)

    @field_validator("token")
    @classmethod
    def _token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        token = secret_or_file(token, info.data.get("token_file"), "token")
        # Where token_file is itself at fault it is missing from `data`, and that fault says enough.
        if token is None and info.data.get("enabled") and "token_file" in info.data:
            raise ValueError("push needs a token: give token or token_file")
        return token


class KafkaLogin(Section):
    """`password` holds the secret, wherever it came from; it is never None once validated."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str = Field(min_length=1)
    password_file: SecretFile | None = None
    password: SecretStr = Field(default=None, validate_default=True)

    @field_validator("password", mode="before")
    @classmethod
    def _password(cls, given: Any, info: ValidationInfo) -> Any:
        return needed_secret(given, info, "password", "a login needs its password", stand_in="none")


class KafkaReading(Section, ABC):
    """What every reader of topics has."""

    name: Slug
    group: str = Field(default="bearwatch", min_length=1, max_length=249)
    member: str = Field(default="", max_length=249)
    start: KafkaStart = "latest"
    on_gap: Literal["fail", "earliest"] = "fail"
    dead_letters: Topic | None = None

    @abstractmethod
    def reads(self, topic: str) -> bool:
        """Whether the topic is one of this reader's."""

    @abstractmethod
    def topics_text(self) -> str:
        """What it reads, for people."""


class KafkaScores(KafkaReading):
    """The topic between scorers and the watcher; all but `topic` is the watcher's, which reads it."""

    name: Slug = "scores"
    topic: Topic
    group: str = Field(default="bearwatch-watch", min_length=1, max_length=249)
    start: KafkaStart = "earliest"

    def reads(self, topic: str) -> bool:
        return topic == self.topic

    def topics_text(self) -> str:
        return self.topic


class Kafka(Section):
    """The cluster that sources read from and sinks write to; `tls` null is plain text."""

    servers: list[Server] = []
    tls: ClientTls | None = None
    login: KafkaLogin | None = None
    scored: Topic | None = None
    scores: KafkaScores | None = None


class KafkaSource(KafkaReading):
    """Either `topics` or `pattern`."""

    topics: list[Topic] = []
    pattern: TopicPattern | None = Field(default=None, validate_default=True)
    decoder: Literal["json"] = "json"
    scope: Scope = Scope.GENERAL

    @field_validator("topics")
    @classmethod
    def _topics_once(cls, topics: list[str]) -> list[str]:
        refuse_twice("topic", topics)
        return topics

    @field_validator("pattern")
    @classmethod
    def _one_of_both(cls, pattern: str | None, info: ValidationInfo) -> str | None:
        if "topics" in info.data and bool(info.data["topics"]) == (pattern is not None):
            raise ValueError("give topics or pattern, one of both")
        return pattern

    def reads(self, topic: str) -> bool:
        if self.pattern is not None:
            return re.match(f"({self.pattern})", topic) is not None
        return topic in self.topics

    def topics_text(self) -> str:
        return str(self.pattern or ", ".join(self.topics))


class Sources(Section):
    rss: Rss = Rss()
    kafka: list[KafkaSource] = []
    files: list[FileSource] = []
    push: Push = Push()

    @model_validator(mode="after")
    def _names_once(self) -> Sources:
        refuse_twice("name", self.names())
        return self

    def names(self) -> list[str]:
        """Every source's."""
        feeds = self.rss.feeds if isinstance(self.rss.feeds, list) else []
        lists = (feeds, self.kafka, self.files, [self.push])
        return [source.name for some in lists for source in some]


class Watchlist(Section):
    files: list[ExistingFile] = []
    holdings: ExistingFile | None = None


class Detection(Section):
    false_pages_per_day: float = Field(default=1.0, ge=0.001, le=100.0)
    min_history: Annotated[Duration, between("0s", "60d")] = DAY_MS
    lateness: Annotated[Duration, between("1m", "2d")] = 2 * HOUR_MS
    news_time_zone: TimeZone = "UTC"
    close_after: Annotated[Duration, between("5m", "1d")] = HOUR_MS
    min_stories: int = Field(default=3, ge=1, le=1_000)
    min_publishers: int = Field(default=2, ge=1, le=100)


class Stories(Section):
    window: Annotated[Duration, between("6h", "7d")] = DAY_MS
    overlap: float = Field(default=0.55, ge=0.3, le=0.95)


class Shadow(Section):
    """`store` null is beside the live one; `port` null serves no metrics."""

    candidate: FromBase | None = None  # that it is gone is no fault of the live one
    store: FromBase | None = None
    past: Annotated[Duration, between("29d", "36500d")] = 29 * DAY_MS
    port: int | None = Field(default=None, ge=0, le=65_535)
    min_period: Annotated[Duration, between("0s", "365d")] = 7 * DAY_MS


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class Config(Section):
    """The whole configuration, every value checked and every default filled in. Made by `load_config`."""

    store: Store = Field(default_factory=Store)
    model: Model = Model()
    kafka: Kafka = Kafka()
    sources: Sources = Sources()
    watchlist: Watchlist = Watchlist()
    detection: Detection = Detection()
    stories: Stories = Stories()
    alerts: Alerts = Alerts()
    web: Web = Web()
    shadow: Shadow = Shadow()
    log: Log = Log()

    def readers(self) -> list[KafkaReading]:
        """All that read topics, whatever the role."""
        return [*self.sources.kafka, *([self.kafka.scores] if self.kafka.scores else [])]

    @model_validator(mode="after")
    def _kafka_has_servers(self) -> Config:
        wanted = {
            "sources.kafka": self.sources.kafka,
            "alerts.kafka": self.alerts.kafka,
            "kafka.scored": self.kafka.scored,
            "kafka.scores": self.kafka.scores,
        }
        asking = [name for name, given in wanted.items() if given]
        if asking and not self.kafka.servers:
            raise ValueError(f"{' and '.join(asking)} need a cluster: give kafka.servers")
        scores = self.kafka.scores
        written = [("kafka.scored", self.kafka.scored)]
        written += [(f"{reader.name}: dead_letters", reader.dead_letters) for reader in self.readers()]
        written += [("alerts.kafka", endpoint.topic) for endpoint in self.alerts.kafka]
        for reader in self.readers():
            # Scorers write the topic of scores, and only the watcher is to read it.
            wrong = [*written, ("kafka.scores", scores.topic if scores and scores is not reader else None)]
            for name, topic in wrong:
                if topic is not None and reader.reads(topic):
                    raise ValueError(f"{name}: {reader.name} reads {topic!r}: what is written would come round again")
        return self

    @model_validator(mode="after")
    def _links_lead_somewhere(self) -> Config:
        if self.alerts.link_secret is not None and self.web.public_url is None:
            raise ValueError("alerts.link_secret: links need the page's own address: give web.public_url")
        return self

    @model_validator(mode="after")
    def _scores_has_a_name_of_its_own(self) -> Config:
        if self.kafka.scores is not None:
            refuse_twice("source", [self.kafka.scores.name, *self.sources.names()])
        return self
