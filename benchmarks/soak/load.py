"""Puts news into the topic at a rate, and keeps the books of what the broker has taken."""

from __future__ import annotations

import threading
import time
from collections import Counter
from itertools import cycle

from confluent_kafka import KafkaError, Message, Producer

from benchmarks.soak.news import COMPANIES, Item, Newsroom

SURGE_EVERY_S = 60.0  # a company a time: each of 24 has long closed when its turn comes again
PULSE_S = 0.1


class Books:
    """What the broker has acknowledged. Filled in librdkafka's thread."""

    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()  # key -> distinct texts
        self.broken: set[int] = set()  # offsets of what is no article
        self.end = 0  # the offset that the next message gets
        self.failed: list[str] = []

    def take(self, item: Item, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed.append(str(error))
            return
        offset = message.offset()
        assert offset is not None
        self.end = max(self.end, offset + 1)
        if item.key:
            self.texts[item.key] += item.new
        else:
            self.broken.add(offset)


class Load:
    """A thread that produces at `rate` articles a second; attributes may be set while it runs.

    Idempotent, and patient beyond any fault: what is written is in the topic once, however often the broker dies.
    """

    def __init__(self, bootstrap: str, topic: str, newsroom: Newsroom) -> None:
        self.books = Books()
        self.rate = 0.0
        self._surged, self._companies = 0.0, cycle(COMPANIES)
        self._newsroom = newsroom
        self._topic = topic
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "message.timeout.ms": 0,  # never given up
                "queue.buffering.max.messages": 2_000_000,
                "queue.buffering.max.kbytes": 1_000_000,
                "linger.ms": 20,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    def past(self, count: int, hours: float) -> None:
        """The news of the hours before now, surges too, all at once; returns when the broker has it."""
        now = time.time()
        for number in range(count):
            at = now - hours * 3_600 * (1 - number / count)
            self._put(self._newsroom.write(at), at)
            self._maybe_surge(at)
        self.flush()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when all that was written is acknowledged. Raises what the broker refused."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def abandon(self) -> None:
        """Ends without waiting for anything."""
        self._over.set()

    def flush(self, seconds: float = 120.0) -> None:
        left = self._producer.flush(seconds)
        if left or self.books.failed:
            raise RuntimeError(f"{left} messages unsent; {self.books.failed[:1]}")

    def _run(self) -> None:
        given, before = 0.0, time.monotonic()
        while not self._over.wait(PULSE_S):
            now = time.monotonic()
            given += self.rate * (now - before)
            before = now
            at = time.time()
            for _ in range(int(given)):
                self._put(self._newsroom.write(at), at)
            given %= 1
            self._maybe_surge(at)
            self._producer.poll(0)

    def _maybe_surge(self, at: float) -> None:
        """A company has bad news every so often. The past has met all of them: a series that is new takes memory."""
        if at - self._surged >= SURGE_EVERY_S:
            self._surged = at
            for item in self._newsroom.surge(next(self._companies), at):
                self._put(item, at)

    def _put(self, item: Item, at: float) -> None:
        """Raises BufferError where the broker has been away for hours."""
        self._producer.produce(
            self._topic,
            item.value,
            partition=0,
            timestamp=round(at * 1_000),
            on_delivery=lambda error, message: self.books.take(item, error, message),
        )
        self._producer.poll(0)
