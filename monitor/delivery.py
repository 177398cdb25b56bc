"""A record on its way through the daemon, with its source's claim to be told when it is safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.instrument import Recount
from monitor.records import Article, Position, Prepared, Refusal, Tick

# A recount comes only from a store that is read again in its own order; else the fold finds itself when one is due.
Payload = Article | Prepared | Tick | Refusal | Recount | None


def no_ack() -> None:
    """For deliveries whose source needs no acknowledgement."""


@dataclass(slots=True)
class Delivery:
    """One hop's unit: handed on in arrival order, never dropped.

    Attributes:
        record: what to process; None where only a position moves (a feed that answered 304).
        position: committed together with the record. A source that hands over many records of one poll puts the
            position on the last: a crash in between re-reads them, and their keys keep them from counting twice.
        ack: called once, in the event loop, after the transaction that holds the record has been committed.
    """

    record: Payload
    position: Position | None = None
    ack: Callable[[], None] = no_ack
