"""Feeds an archive of articles into a Kafka topic, one message an article: to try the Kafka source, or to load it.

python deploy/kafka/feed.py ARCHIVE... [--topic news] [--bootstrap 127.0.0.1:9092] [--rate ARTICLES_PER_SECOND]

JSONL or CSV with a header, also .gz, .xz, .bz2 and .zst. A JSON line travels byte for byte, even one that is no
article: the daemon says what it thinks of it. A CSV row becomes the object of its filled fields. The key is the
article's `id`.
"""

from __future__ import annotations

import argparse
import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import zstandard
from confluent_kafka import KafkaError, KafkaException, Message, Producer

WAIT_S = 30.0  # for anything that the broker owes an answer to
LARGEST = 10_000_000  # bytes of one message; the broker has the last word
PROGRESS_S = 1.0


def messages(path: Path) -> Iterator[tuple[bytes | None, bytes]]:
    """(key, value) of each article of an archive, in its order; blank lines are skipped."""
    openers: dict[str, Callable[..., object]] = {
        ".gz": gzip.open,
        ".xz": lzma.open,
        ".bz2": bz2.open,
        ".zst": zstandard.open,
    }
    opened = openers.get(path.suffix, open)
    # Buffered once more: zstandard's own stream knows no lines.
    with io.BufferedReader(cast("io.RawIOBase", opened(path, "rb"))) as file:
        if ".csv" in path.suffixes:
            text = (line.decode("utf-8-sig" if number == 0 else "utf-8") for number, line in enumerate(file))
            for row in csv.DictReader(text):
                article = {name: value for name, value in row.items() if name and value}
                yield key_of(article), json.dumps(article, ensure_ascii=False).encode()
        else:
            for line in file:
                if value := line.strip():
                    yield key_of(parsed(value)), value


def parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # it has no key then; that it is no article is not ours to say
        return None


def key_of(article: object) -> bytes | None:
    found = article.get("id") if isinstance(article, dict) else None
    return None if found is None else str(found).encode("utf-8", "replace")


def feed(archives: list[Path], topic: str, bootstrap: str, rate: float) -> None:
    """Returns when the broker has acknowledged every article. Raises KafkaException, or what reading a file raises."""
    failed: list[KafkaError] = []

    def told(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failed.append(error)

    limits = {"message.timeout.ms": int(WAIT_S * 1000), "message.max.bytes": LARGEST}
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "log_level": 0, **limits})
    producer.list_topics(timeout=WAIT_S / 3)  # an absent broker is told now, not after a full queue
    begun = last = time.monotonic()
    count = 0
    for key, value in (message for path in archives for message in messages(path)):
        if rate:
            time.sleep(max(0.0, begun + count / rate - time.monotonic()))
        while True:
            try:
                producer.produce(topic, value, key, on_delivery=told)
                break
            except BufferError:  # the broker is slower than the file
                producer.poll(PROGRESS_S)
                _raise_first(failed)
        producer.poll(0)
        _raise_first(failed)
        count += 1
        if time.monotonic() - last >= PROGRESS_S:
            last = time.monotonic()
            print(f"{count:,} articles, {count / (last - begun):,.0f} a second", file=sys.stderr)
    producer.flush(WAIT_S + 1)  # beyond message.timeout.ms: none is left without its word
    _raise_first(failed)
    print(f"{count:,} articles in {topic}, {time.monotonic() - begun:.1f} s", file=sys.stderr)


def _raise_first(failed: list[KafkaError]) -> None:
    if failed:
        raise KafkaException(failed[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("archives", nargs="+", type=Path, metavar="ARCHIVE")
    parser.add_argument("--topic", default="news")
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", metavar="HOST:PORT")
    parser.add_argument(
        "--rate", default=0.0, type=float, help="articles a second; 0: as fast as the broker takes them"
    )
    given = parser.parse_args()
    if missing := [str(path) for path in given.archives if not path.is_file()]:
        print(f"no such file: {', '.join(missing)}", file=sys.stderr)
        return 2
    try:
        feed(given.archives, given.topic, given.bootstrap, given.rate)
    except KafkaException as error:
        print(f"{given.bootstrap}: {error.args[0].str()}", file=sys.stderr)
        return 1
    except (EOFError, OSError, csv.Error, UnicodeDecodeError, lzma.LZMAError, zstandard.ZstdError) as error:
        print(f"an archive cannot be read: {error!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
