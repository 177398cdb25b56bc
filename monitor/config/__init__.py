"""The configuration of the daemon: one YAML file, `BEARWATCH_SECTION__KEY` variables over it, every fault at once.

Only `app`, `commands` and `cli` import this room; every other room is given plain values.
"""

from __future__ import annotations

from monitor.config.alerts import Webhook
from monitor.config.chat import Chat
from monitor.config.load import effective_yaml, load_config
from monitor.config.mail import Mail
from monitor.config.schema import Config, Feed, FileSource, Kafka, KafkaScores, KafkaSource
from monitor.config.values import format_duration, is_slug, kafka_start, parse_duration

__all__ = [
    "Chat",
    "Config",
    "Feed",
    "FileSource",
    "Kafka",
    "KafkaScores",
    "KafkaSource",
    "Mail",
    "Webhook",
    "effective_yaml",
    "format_duration",
    "is_slug",
    "kafka_start",
    "load_config",
    "parse_duration",
]
