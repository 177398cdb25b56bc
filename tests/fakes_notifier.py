"""A working notifier and a working outbox store, both in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from monitor.alerts.protocol import OutboxMessage, Outcome
from monitor.errors import StoreUnavailableError


@dataclass(frozen=True, slots=True)
class Message:
    """An outbox row as the store gives it."""

    id: str
    alert_id: str = "market@1#ab"
    endpoint: str = "desk"
    body: str = '{"n":9}'
    created_at: int = 0
    tries: int = 0


@dataclass(slots=True)
class Row:
    message: Message
    due_at: int
    status: str = "pending"
    error: str = ""
    last_status: int | None = None


class MemoryNotifier:
    """Takes messages; `answer` may raise what a real endpoint would make its notifier raise."""

    def __init__(self, name: str = "desk", answer: Callable[[OutboxMessage], None] = lambda message: None) -> None:
        self._name = name
        self.answer = answer
        self.received: list[str] = []
        self.changed = asyncio.Event()

    @property
    def name(self) -> str:
        return self._name

    async def send(self, message: OutboxMessage) -> Outcome:
        self.changed.set()
        self.answer(message)
        self.received.append(message.id)
        return Outcome(200)


class MemoryOutboxStore:
    """The rows of an outbox. `unavailable`: how many marks fail before the store takes one again."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.unavailable = 0
        self.reads = 0
        self.looked = asyncio.Event()
        self.marked = asyncio.Event()
        self.muted: dict[str, int] = {}  # message id -> the mute over it

    def add(self, *messages: Message, due_at: int = 0) -> None:
        for message in messages:
            self.rows[message.id] = Row(message, due_at)

    async def due(self, endpoint: str, now: int, limit: int) -> list[Message]:
        self.reads += 1
        rows = [row for row in self._pending(endpoint) if row.due_at <= now]
        return [row.message for row in sorted(rows, key=lambda row: (row.due_at, row.message.id))[:limit]]

    async def next_due(self, endpoint: str) -> int | None:
        self.looked.set()
        return min((row.due_at for row in self._pending(endpoint)), default=None)

    async def mute_over(self, entry_id: str, now: int) -> int | None:
        return self.muted.get(entry_id)

    async def mark_muted(self, entry_id: str, at: int) -> bool:
        self.rows[entry_id].status = "muted"
        self.marked.set()
        return True

    async def gone(self, endpoint: str) -> bool:
        return any(row.last_status == 410 for row in self.rows.values() if row.message.endpoint == endpoint)

    async def mark_gone(self, entry_id: str, at: int) -> bool:
        self._mark(entry_id, "dead", None, "gone")
        return True

    async def mark_sent(self, entry_id: str, at: int, status: int | None, digest: str = "") -> None:
        self._mark(entry_id, "sent", status, "")

    async def mark_retry(self, entry_id: str, at: int, due_at: int, status: int | None, error: str) -> None:
        self._mark(entry_id, "pending", status, error)
        self.rows[entry_id].due_at = due_at

    async def mark_dead(self, entry_id: str, at: int, status: int | None, error: str) -> None:
        self._mark(entry_id, "dead", status, error)

    def _mark(self, entry_id: str, status: str, last_status: int | None, error: str) -> None:
        if self.unavailable:
            self.unavailable -= 1
            raise StoreUnavailableError("the disk is full")
        row = self.rows[entry_id]
        row.message = replace(row.message, tries=row.message.tries + 1)
        row.status, row.last_status, row.error = status, last_status, error
        self.marked.set()

    def _pending(self, endpoint: str) -> list[Row]:
        return [row for row in self.rows.values() if row.message.endpoint == endpoint and row.status == "pending"]
