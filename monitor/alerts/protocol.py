"""What a notifier is, what it is given, and how it says what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.errors import BearwatchError


class OutboxMessage(Protocol):
    """One alert for one endpoint, as the store keeps it.

    Attributes:
        id: the same at every try and after every restart; receivers drop a second arrival of it.
        body: JSON text, sent byte for byte. created_at: ms. tries: those made before this one.
    """

    @property
    def id(self) -> str: ...
    @property
    def alert_id(self) -> str: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def created_at(self) -> int: ...
    @property
    def tries(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """The endpoint has it.

    Attributes:
        status: its HTTP status, None where the way has none.
        digest: SHA-256, in hex, of the bytes sent; "" where they are not ours to see.
    """

    status: int | None = None
    digest: str = ""


class DeliveryError(BearwatchError):
    """A try that failed. reason: a short stable word (`timeout`, `connection`, `http_503`) or the endpoint's status.

    Never holds the endpoint's address: that may be a secret.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Retryable(DeliveryError):
    """Worth another try. retry_after: seconds that the endpoint asked for, None where it did not."""

    def __init__(self, reason: str, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(reason, status)
        self.retry_after = retry_after


class Final(DeliveryError):
    """No further try will help: the message is dead-lettered and can be redriven by hand."""


class Notifier(Protocol):
    """One endpoint. Bounded by its own timeouts; called again with the same message after Retryable."""

    @property
    def name(self) -> str:
        """The endpoint's name in the configuration and in `OutboxMessage.endpoint`."""
        ...

    async def send(self, message: OutboxMessage) -> Outcome:
        """Delivers or raises.

        Raises:
            Retryable: network errors, and what the endpoint says may pass.
            Final: anything else that the endpoint refuses.
        """
        ...


class OutboxStore(Protocol):
    """The durable rows behind the outbox; each `mark_*` counts one try (but for `mark_muted`) and is durable on
    return.

    They raise StoreUnavailableError where the store takes nothing now; the outbox then marks again, it does not send
    again.
    """

    async def due(self, endpoint: str, now: int, limit: int) -> Sequence[OutboxMessage]:
        """Pending messages with due_at <= now, the longest due first; of one alert only the earliest transition.

        What was put off by a clock that has been set back since is due as well.
        """
        ...

    async def next_due(self, endpoint: str) -> int | None:
        """due_at (ms) of the next pending message, None where none is pending."""
        ...

    async def mute_over(self, entry_id: str, now: int) -> int | None:
        """The id of the mute that keeps the message from being sent now, None where none does."""
        ...

    async def mark_muted(self, entry_id: str, at: int) -> bool:
        """No try: the message is put aside until its mute has ended. False where it has ended meanwhile."""
        ...

    async def gone(self, endpoint: str) -> bool:
        """Whether the endpoint has said 410 Gone and has not been enabled since, by a new address or a redrive."""
        ...

    async def mark_sent(self, entry_id: str, at: int, status: int | None, digest: str) -> None: ...

    async def mark_retry(self, entry_id: str, at: int, due_at: int, status: int | None, error: str) -> None: ...

    async def mark_dead(self, entry_id: str, at: int, status: int | None, error: str) -> None:
        """A status of 410 disables the endpoint: see `gone`."""
        ...

    async def mark_gone(self, entry_id: str, at: int) -> bool:
        """Dead without a try: its endpoint has said that it is gone. False where it has been enabled meanwhile."""
        ...
