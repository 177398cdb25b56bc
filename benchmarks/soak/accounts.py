"""At the end: every text that the broker took is stored once, what is broken is a dead letter, everybody was told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from benchmarks.soak.verdict import Line, judge_most, judge_none
from benchmarks.soak.world import DEAD, SOURCE, TOPIC, World
from tests.kafka.oracle import Oracle

LETTERS_A_DEATH = 256  # of one chunk: a kill between the broker's acknowledgement and the commit sends them again


def compared(expected: Counter[str], held: Counter[str]) -> tuple[list[str], list[str]]:
    """(what is missing, what is there too often), sorted.

    >>> compared(Counter(a=1, b=2), Counter(a=2, b=1))
    (['b'], ['a'])
    """
    return sorted((expected - held).elements()), sorted((held - expected).elements())


def settle(world: World, feed_until: float) -> list[Line]:
    """Lines on what the store, the dead-letter topic and the receivers hold; the daemon has ended.

    Args:
        feed_until: what the feeds had shown by then (seconds since the epoch) must be in the store.
    """
    daemon, books = world.daemon, world.load.books
    held = Counter(key for (key,) in daemon.query(f"SELECT key FROM articles WHERE source = '{SOURCE}'"))
    lost, twice = compared(books.texts, held)
    texts = f"{books.texts.total():,} texts under {len(books.texts):,} keys"
    lines = [judge_none("articles lost", lost, texts), judge_none("articles twice", twice, texts)]
    where = Counter(w for (w,) in daemon.query(f"SELECT refusals.[where] FROM refusals WHERE source = '{SOURCE}'"))
    missing, more = compared(Counter(f"{TOPIC}/0@{offset}" for offset in books.broken), where)
    lines.append(judge_none("refusals missing or too many", missing + more, f"{len(books.broken):,} broken records"))
    lines += _letters(world, books.broken)
    lines += _feeds(world, feed_until)
    lines += _told(world)
    return lines


def _letters(world: World, broken: set[int]) -> Iterable[Line]:
    letters = Counter(
        int(dict(letter.headers)["bearwatch-offset"] or b"-1")
        for letter in Oracle(world.broker.bootstrap).records(DEAD)
    )
    yield judge_none("dead letters missing or strange", sorted(broken ^ set(letters)), f"{len(broken):,}")
    yield judge_most("dead letters again after kills", [letters.total() - len(letters)], LETTERS_A_DEATH, "letters")


def _feeds(world: World, until: float) -> Iterable[Line]:
    titles = Counter(world.feeds.items("wire", until))
    held = Counter(title for (title,) in world.daemon.query("SELECT title FROM articles WHERE source = 'wire'"))
    lost = sorted((titles - held).elements())
    yield judge_none("feed items lost", lost, f"{titles.total():,} shown")
    yield judge_none(
        "feed items twice", [title for title, count in held.items() if count > 1], f"{held.total():,} stored"
    )


def _told(world: World) -> Iterable[Line]:
    """Every delivery has arrived, or is on its way still (after a fault the next try may be minutes away)."""
    rows = world.daemon.query("SELECT id, status FROM outbox WHERE endpoint = 'desk'")
    sent = [name for name, status in rows if status == "sent"]
    pending = [name for name, status in rows if status == "pending"]
    of = f"{len(rows):,} deliveries ({len(pending)} still waiting for their next try)"
    gone = [name for name, status in rows if status not in ("sent", "pending")]
    yield judge_none(
        "webhooks marked as sent that never came, or given up", [n for n in sent if n not in world.hooks.got] + gone, of
    )
    opened = {row[0] for row in world.daemon.query("SELECT id FROM alerts WHERE status = 'firing'")}
    heard = {notification.labels["spike"] for notification in world.told.got if notification.status == "firing"}
    yield judge_none("alerts that Alertmanager told nobody of", sorted(opened - heard), f"{len(opened)} opened")


def refusal_reasons(world: World) -> str:
    """For a person who looks into it."""
    return json.dumps(dict(Counter(reason for (reason,) in world.daemon.query("SELECT reason FROM refusals"))))
