"""Where a partition is read from: a pure decision over what the store holds and what the broker has.

The store's position wins over the one that Kafka has for the group, ahead or behind: it was committed with the effects
of what was read. Kafka's is written for lag tools alone, so resetting it there moves nothing here. A shared group has
no store: what is held against the broker there are the group's own offsets, which its members committed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Gap = Literal["", "retention", "recreated"]


@dataclass(frozen=True, slots=True)
class Saved:
    """How far a partition has been read.

    Attributes:
        offset: of the next record.
        at: timestamp of the record before it, ms; None where none was read, so that it cannot be told by it.
        blind_until: until when counts lack records that were never read, ms UTC; 0 where they lack none.
    """

    offset: int
    at: int | None = None
    blind_until: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The value of a `Position`."""
        blind = {"blind_until": self.blind_until} if self.blind_until else {}
        return {"offset": self.offset, "at": self.at, **blind}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Saved | None:
        """None where the value is none of ours."""
        offset, at = value.get("offset"), value.get("at")
        if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
            return None
        blind = value.get("blind_until")
        return cls(offset, at if isinstance(at, int) else None, blind if isinstance(blind, int) else 0)


@dataclass(frozen=True, slots=True)
class Held:
    """What the broker has of a partition: the offset of its first record, and the one after its last."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Begin:
    """Where to begin.

    Attributes:
        offset: of the first record to fetch.
        known_at: the record there was read before and had this timestamp, ms: it is looked at, not taken again.
        gap: why records between the position and `offset` were never read, "" where none are missing.
        lost: how many those are, as far as offsets tell; 0 for a topic made anew, of which nobody knows.
    """

    offset: int
    known_at: int | None = None
    gap: Gap = ""
    lost: int = 0


def begin(saved: Saved | None, held: Held, fresh: int) -> Begin:
    """Where to begin.

    Args:
        fresh: the offset for a partition that the store knows nothing of.

    >>> begin(Saved(7, at=1_000), Held(0, 9), fresh=9)
    Begin(offset=6, known_at=1000, gap='', lost=0)
    >>> begin(Saved(7), Held(12, 20), fresh=20)
    Begin(offset=12, known_at=None, gap='retention', lost=5)
    >>> begin(Saved(7), Held(0, 3), fresh=3)
    Begin(offset=0, known_at=None, gap='recreated', lost=0)
    """
    if saved is None:
        return Begin(fresh)
    if saved.offset < held.low:
        return Begin(held.low, gap="retention", lost=held.low - saved.offset)
    if saved.offset > held.high:
        return Begin(held.low, gap="recreated")
    if saved.at is not None and saved.offset > held.low:
        # A topic made anew may have grown past the position: its records then are others than those that were read.
        return Begin(saved.offset - 1, known_at=saved.at)
    return Begin(saved.offset)


def is_known(expected: Begin, offset: int, at: int) -> bool | None:
    """Whether the first record fetched is the one that was read before; None where that one is gone (compaction)."""
    return at == expected.known_at if offset == expected.offset else None


def matches(wanted: str, topic: str) -> bool:
    """Whether a topic is the one that is wanted, or one that a pattern (`^` in front) takes in.

    >>> matches("news", "news-eu"), matches("^(news|wire)", "news-eu"), matches("^(news|wire)", "old-news")
    (False, True, False)
    """
    return re.match(wanted, topic) is not None if wanted.startswith("^") else wanted == topic


def partition_name(topic: str, partition: int) -> str:
    """As in a `Position`.

    >>> partition_name("news", 0)
    'news/0'
    """
    return f"{topic}/{partition}"
