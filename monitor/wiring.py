"""What the configuration names outside of the process, built from it: feeds, Kafka, archives, webhooks."""

from __future__ import annotations

import contextlib
import ssl
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from monitor import __version__
from monitor.alerts.links import Link, LinkRefused, linked_answer
from monitor.config import Config, Kafka, KafkaScores, parse_duration
from monitor.config import KafkaSource as KafkaGiven
from monitor.credentials import Access, Credential, digest
from monitor.errors import InputError
from monitor.kafka.connection import Connection
from monitor.kafka.handler import SHARED_SESSION_S, Group
from monitor.kafka.producer import Sender
from monitor.permit import ALWAYS, Permit
from monitor.publish import Publisher
from monitor.records import Mode
from monitor.sources.feed import FeedParser
from monitor.sources.feedlist import FeedSpec, load_feeds
from monitor.sources.fetch import Fetcher
from monitor.sources.files import FileSource
from monitor.sources.kafka import KafkaSource
from monitor.sources.kafka_ledger import Reading
from monitor.sources.protocol import Clock
from monitor.sources.push import Busy, PushError, PushSource
from monitor.sources.wire import parse_time
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.web.answers import LinkCheck
from monitor.web.desk import DeskRefusal
from monitor.web.gate import Gate
from monitor.web.push import PushBusy, PushInvalid
from monitor.web.server import server_tls


def wall_clock() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


@contextlib.asynccontextmanager
async def feed_reader(config: Config) -> AsyncIterator[tuple[Fetcher, FeedParser]]:
    """The fetcher and the parser child, closed at the end."""
    rss = config.sources.rss
    agent = f"Bearwatch/{__version__}" + (f" (+{rss.contact})" if rss.contact else "")
    parser = FeedParser()
    async with Fetcher(agent, wall_clock, allow_hosts=rss.allow_hosts, per_host=rss.per_host) as fetcher:
        try:
            yield fetcher, parser
        finally:
            await parser.close()


def configured_feeds(config: Config) -> list[FeedSpec]:
    """The configured feeds, or the shipped ones."""
    rss = config.sources.rss
    if isinstance(rss.feeds, str):
        return load_feeds(interval=rss.min_interval)
    return [
        FeedSpec(
            name=feed.name,
            url=feed.url,
            publisher=feed.publisher or "",
            language=feed.language,
            scope=feed.scope,
            interval=feed.interval or rss.min_interval,
        )
        for feed in rss.feeds
    ]


def kafka_connection(given: Kafka) -> Connection:
    """The configured cluster."""
    tls, login = given.tls, given.login
    return Connection(
        tuple(given.servers),
        tls=tls is not None,
        ca=tls.ca_file if tls else None,
        certificate=tls.certificate_file if tls else None,
        key=tls.key_file if tls else None,
        sasl=login.mechanism if login else "",
        username=login.username if login else "",
        password=login.password.get_secret_value() if login else "",
    )


def kafka_source(cluster: Kafka, given: KafkaGiven, store: Store) -> KafkaSource:
    """A configured source, from where the store says that it was."""
    group = Group(given.group, _topics(given), given.member or f"{given.name}-{instance_of(store)}")
    reading = _reading(cluster, given, group, decoder=given.decoder, scope=given.scope)
    return _source(reading, store.read(rebuild.positions, given.name), store.permit)


def scores_source(cluster: Kafka, given: KafkaScores, store: Store) -> KafkaSource:
    """What the scorers write, as the watcher reads it.

    Its name in the group is the same for every store: a second watcher takes the place of the first, which ends with
    one line, where two would halve the news between them.
    """
    group = Group(given.group, (given.topic,), given.member or f"{given.group}-watcher")
    reading = _reading(cluster, given, group, decoder="scores")
    return _source(reading, store.read(rebuild.positions, given.name), store.permit)


def shared_source(cluster: Kafka, given: KafkaGiven) -> KafkaSource:
    """A configured source as one scorer of several reads it: from where Kafka says that the group was."""
    group = Group(given.group, _topics(given), session_s=SHARED_SESSION_S, shared=True)
    return _source(_reading(cluster, given, group, decoder=given.decoder, scope=given.scope), {})


def _topics(given: KafkaGiven) -> tuple[str, ...]:
    return tuple(given.topics) if given.pattern is None else (f"^({given.pattern})",)


def _reading(cluster: Kafka, given: KafkaGiven | KafkaScores, group: Group, **own: Any) -> Reading:
    connection, letters = kafka_connection(cluster), given.dead_letters or ""
    return Reading(given.name, connection, group, given.start, given.on_gap, dead_letters=letters, **own)


def _source(reading: Reading, positions: Mapping[str, Mapping[str, Any]], permit: Permit = ALWAYS) -> KafkaSource:
    sender = Sender(reading.connection) if reading.dead_letters else None
    return KafkaSource(reading, positions=positions, clock=wall_clock, sender=sender, permit=permit)


def instance_of(store: Store) -> str:
    """The store's own name among all stores: its daemon is known by it to a consumer group, over every restart.

    Without such a name the group waits for a killed member until its session ends, half a minute, before it gives the
    partitions to the one that was started again.
    """
    saved = store.read(rebuild.meta, "instance")
    if saved is None:
        saved = uuid.uuid4().hex[:12]
        store.commit(Effects(meta={"instance": saved}))
    return saved


def publisher_of(config: Config, store: Store, metrics: Metrics) -> Publisher | None:
    """What publishes stored articles, where a topic for them is configured."""
    topic = config.kafka.scored
    if topic is None:
        return None
    return Publisher(
        store,
        Sender(kafka_connection(config.kafka)),
        topic,
        published=metrics.kafka.published.labels(topic).inc,
        failing=lambda reason: metrics.kafka.publishing.labels(topic).set(not reason),
        permit=store.permit,
    )


def link_check(config: Config) -> LinkCheck | None:
    """What the page behind such a link asks first; None where links are not in use."""
    secret = config.alerts.link_secret
    if secret is None:
        return None

    def check(alert_id: str, action: str, expires: str, signature: str) -> tuple[str, str]:
        try:
            return linked_answer(secret.get_secret_value(), Link(alert_id, action, expires, signature), wall_clock())
        except LinkRefused as error:
            raise DeskRefusal(str(error), 403) from None

    return check


def until_of(text: str, now: int) -> int:
    """ms of a duration from now (`2h`), or of a time; ValueError says what would be right."""
    try:
        return now + parse_duration(text)
    except ValueError:
        pass
    try:
        return parse_time(text)
    except ValueError:
        raise ValueError(
            f"should be a duration such as 2h or 1d, or a time such as 2026-01-02T03:00:00Z, not {text[:40]!r}"
        ) from None


def plain(secret: SecretStr | None) -> str:
    """A secret where it is to be used; "" where there is none."""
    return "" if secret is None else secret.get_secret_value()


def served_hosts(config: Config) -> tuple[str, ...]:
    """Names under which the page may be asked for: the allowed ones, and that of its public address."""
    public = config.web.public_url
    return (*config.web.allowed_hosts, *([urlsplit(public).netloc] if public else []))


def gate_of(config: Config, metrics: Metrics) -> Gate:
    """Who may do what over HTTP."""
    known = [Credential(token.name, Access(token.scope), token.sha256) for token in config.web.tokens]
    push = config.sources.push
    if push.enabled:
        known.append(Credential(push.name, Access.PUSH, digest(plain(push.token).encode())))
    return Gate(known, metrics.http.refused)


def tls_of(config: Config) -> ssl.SSLContext | None:
    """The server's TLS, None for plain HTTP. Raises InputError: the files are no certificate with its key."""
    given = config.web.tls
    return None if given is None else server_tls(given.certificate_file, given.key_file)


def archive_source(paths: Sequence[Path], name: str, mode: Mode, clock: Clock = wall_clock) -> FileSource:
    """Archives read from their first line: keys, not positions, make a second reading harmless."""
    for path in paths:
        if not path.is_file():
            raise InputError(f"there is no archive {path}")
    return FileSource(paths, name=name, positions={}, clock=clock, mode=mode)


def push_adapter(push: PushSource) -> Callable[[bytes], Coroutine[Any, Any, dict[str, Any]]]:
    """The push source as the web layer calls it."""

    async def submit(body: bytes) -> dict[str, Any]:
        try:
            result = await push.submit(body)
        except Busy as error:
            raise PushBusy(str(error), error.retry_after) from error
        except PushError as error:
            raise PushInvalid(error.detail) from error
        return result.to_dict()

    return submit
