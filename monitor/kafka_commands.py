"""What operators do about Kafka: move positions, look at dead letters, send them again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import structlog

from monitor.config import Config, kafka_start
from monitor.errors import InputError, OperatorError
from monitor.kafka.lookup import Cluster, KafkaUnreachableError, Letter
from monitor.kafka.positions import Saved, partition_name
from monitor.kafka.producer import Outgoing, Sender, SendError
from monitor.place import store_address
from monitor.records import Position
from monitor.sources import dead_letters
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.wiring import kafka_connection

log = structlog.get_logger(__name__)

REDRIVE = "bearwatch-redrive"  # the group whose commits say which dead letters were sent again
_SHOWN_CHARS = 500
_AT_ONCE = 200


def seek(config: Config, topic: str, to: str) -> list[dict[str, Any]]:
    """Moves the store's positions of a topic; the daemon must be down. Returns what moved, a row for each partition.

    Args:
        to: `earliest`, `latest`, a time, or an offset.

    Raises:
        InputError: no source reads the topic, no such topic, an offset that the broker does not have.
        StoreLockedError: a daemon runs on the store. OperatorError: the broker gives no answer.
    """
    wanted: int | str = int(to) if to.isdigit() else _start(to)
    sources = [reader for reader in config.readers() if reader.reads(topic)]
    if not sources:
        known = ", ".join(reader.topics_text() for reader in config.readers())
        raise InputError(f"kafka seek: no configured source reads topic {topic!r} (they read: {known or 'nothing'})")
    moved = []
    with Store.open(store_address(config), holder="bearwatch kafka seek") as store:
        for source in sources:
            before = store.read(rebuild.positions, source.name)
            offsets = _offsets(config, source.group, topic, wanted, offset=to.isdigit())
            positions = [Position(source.name, name, Saved(found).to_dict()) for name, found in offsets.items()]
            store.commit(Effects(positions=positions))
            moved += [
                {
                    "source": source.name,
                    "partition": name,
                    "from": before[name]["offset"] if name in before else None,
                    "to": found,
                }
                for name, found in offsets.items()
            ]
    return moved


def _start(to: str) -> int | str:
    try:
        return kafka_start(to)
    except ValueError as error:
        raise InputError(f"kafka seek: --to {error}, or an offset") from error


def _offsets(config: Config, group: str, topic: str, wanted: int | str, *, offset: bool) -> dict[str, int]:
    found = {}
    try:
        with Cluster(kafka_connection(config.kafka), group) as cluster:
            numbers = cluster.partitions(topic)
            if not numbers:
                raise InputError(f"kafka seek: the cluster has no topic {topic!r}")
            for number in numbers:
                has, name = cluster.held(topic, number), partition_name(topic, number)
                if isinstance(wanted, str):
                    found[name] = has.low if wanted == "earliest" else has.high
                elif not offset:
                    found[name] = cluster.at_time(topic, number, wanted)
                elif has.low <= wanted <= has.high:
                    found[name] = wanted
                else:
                    raise InputError(f"kafka seek: {name} has offsets {has.low} to {has.high}, not {wanted}")
    except KafkaUnreachableError as error:
        raise OperatorError(str(error)) from error
    return found


def waiting_letters(config: Config) -> Iterator[dict[str, Any]]:
    """The dead letters that were not sent again, as JSON-able rows."""
    for topic in _letter_topics(config):
        try:
            with Cluster(kafka_connection(config.kafka), REDRIVE) as cluster:
                yield from map(_row, cluster.waiting(topic))
        except KafkaUnreachableError as error:
            raise OperatorError(str(error)) from error


async def redrive(config: Config) -> int:
    """Sends every dead letter back to the topic that it came from; returns how many.

    A letter is done once the broker has acknowledged its record there: a kill in between sends it again, and its key
    keeps an article from counting twice. One that is still no article comes back as a new letter.
    """
    sender, count = Sender(kafka_connection(config.kafka)), 0
    for topic in _letter_topics(config):
        try:
            with Cluster(kafka_connection(config.kafka), REDRIVE) as cluster:
                letters = await asyncio.to_thread(lambda c=cluster, t=topic: list(c.waiting(t)))  # type: ignore[misc]
                for first in range(0, len(letters), _AT_ONCE):
                    some = letters[first : first + _AT_ONCE]
                    again = [record for letter in some if (record := _again(letter)) is not None]
                    await sender.send(again)
                    await asyncio.to_thread(cluster.done, [letter.record for letter in some])
                    count += len(again)
        except (KafkaUnreachableError, SendError) as error:
            raise OperatorError(f"{error} ({count} letters were sent again)") from error
    return count


def _letter_topics(config: Config) -> list[str]:
    topics = list(dict.fromkeys(r.dead_letters for r in config.readers() if r.dead_letters is not None))
    if not topics:
        raise InputError("dead-letters: no source of the configuration names a topic for them (sources.kafka)")
    return topics


def _again(letter: Letter) -> Outgoing | None:
    """The record as it came; None, and a warning, for one that was cut or is none of ours."""
    origin = letter.headers.get(dead_letters.TOPIC)
    if origin is None or dead_letters.CUT in letter.headers:
        log.warning("letter_not_sent", **{name: text for name, text in _row(letter).items() if name != "value"})
        return None
    at = letter.headers.get(dead_letters.AT, b"")
    return Outgoing(origin.decode(), letter.record.key, letter.record.value, at=int(at) if at.isdigit() else None)


def _row(letter: Letter) -> dict[str, Any]:
    said = {name: letter.headers.get(name, b"").decode("utf-8", "replace") for name in dead_letters.HEADERS}
    row: dict[str, Any] = {name.removeprefix("bearwatch-"): text for name, text in said.items() if text}
    for name in ("partition", "offset", "at", "cut-from"):
        with suppress(KeyError, ValueError):
            row[name] = int(row[name])
    row.setdefault("at", letter.record.at)
    row["value"] = (letter.record.value or b"").decode("utf-8", "replace")[:_SHOWN_CHARS]
    return row


def printed(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """JSON lines."""
    return (json.dumps(row, ensure_ascii=False) for row in rows)
