"""At the end: every text that the broker took is stored once, what is broken is a dead letter, everybody was told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Set

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


def settle(world: World, served: Set[str]) -> list[Line]:
    """Lines on what the store, the dead-letter topic and the receivers hold; the daemon has ended.

    Args:
        served: titles of the feed that the daemon had read before it was told to end.
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
    lines += _feeds(world, served)
    lines += _told(world)
    return lines


def _letters(world: World, broken: set[int]) -> Iterable[Line]:
    letters = Counter(
        int(dict(letter.headers)["bearwatch-offset"] or b"-1")
        for letter in Oracle(world.broker.bootstrap).records(DEAD)
    )
    yield judge_none("dead letters missing or strange", sorted(broken ^ set(letters)), f"{len(broken):,}")
    yield judge_most("dead letters again after kills", [letters.total() - len(letters)], LETTERS_A_DEATH, "letters")


def of_the_feed(world: World) -> Counter[str]:
    """Titles in the store, and how often."""
    return Counter(title for (title,) in world.daemon.query("SELECT title FROM articles WHERE source = 'wire'"))


def _feeds(world: World, served: Set[str]) -> Iterable[Line]:
    held = of_the_feed(world)
    yield judge_none("feed items lost", sorted(served - held.keys()), f"{len(served):,} read")
    twice = [title for title, count in held.items() if count > 1]
    yield judge_none("feed items twice", twice, f"{held.total():,} stored")


def untold(world: World) -> set[str]:
    """Alerts that were opened, and that Alertmanager has told nobody of."""
    opened = {spike for (spike,) in world.daemon.query("SELECT id FROM alerts WHERE status = 'firing'")}
    return opened - {notification.labels["spike"] for notification in world.told.got}


def _told(world: World) -> Iterable[Line]:
    """Every delivery has arrived, or is on its way still (after a fault the next try may be minutes away)."""
    rows = world.daemon.query("SELECT id, status FROM outbox WHERE endpoint = 'desk'")
    waiting = [name for name, status in rows if status == "pending"]
    never = [name for name, status in rows if status != "pending" and name not in world.hooks.got]
    yield judge_none("webhooks lost", never, f"{len(rows):,}, {len(waiting)} still waiting for their next try")
    opened = world.daemon.query("SELECT count(*) FROM alerts WHERE status = 'firing'")[0][0]
    yield judge_none("alerts that Alertmanager told nobody of", sorted(untold(world)), f"{opened} opened")


def refusal_reasons(world: World) -> str:
    """For a person who looks into it."""
    return json.dumps(dict(Counter(reason for (reason,) in world.daemon.query("SELECT reason FROM refusals"))))
