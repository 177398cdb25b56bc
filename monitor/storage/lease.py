"""The right to write a store that several processes can reach: who has it, and how it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from monitor.permit import Permit


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """What the store said of its lease.

    Attributes:
        since: when the holder took it, ISO 8601. expires: seconds since the Unix epoch, 0 where it was let go of or was
        never held. free: whether it may be taken.
    """

    epoch: int
    token: str
    host: str
    process: int
    command: str
    since: str
    expires: float
    free: bool

    @property
    def holder(self) -> str:
        """In words.

        >>> LeaseRow(3, "", "risk-1", 812, "bearwatch run", "2026-11-27T08:00:00Z", 0.0, False).holder
        'process 812 on risk-1 (bearwatch run, since 2026-11-27T08:00:00Z)'
        """
        return f"process {self.process} on {self.host} ({self.command}, since {self.since})"


class Lease(Permit, Protocol):
    """One that this process has, renewed until it is let go of or lost.

    Attributes:
        epoch: its number; each holder's is higher than the one before. expires: when it ends unless it is renewed, in
            seconds since the Unix epoch, by the database's clock.
    """

    @property
    def epoch(self) -> int: ...
    @property
    def expires(self) -> float: ...

    async def lost(self) -> None:
        """Never returns. Raises LeaseLostError once another process has it."""
        ...

    def release(self) -> None:
        """Lets go, so that the next one need not wait for it to end; once nothing is written any more. Idempotent."""
        ...


class Applicant(Protocol):
    """Who asks for the lease, again and again; of one thread at a time."""

    def ask(self, patience_s: float = 0.0) -> Lease | LeaseRow:
        """The lease, or who has it. Blocks for some seconds at most.

        Args:
            patience_s: so long after the store could not be reached it must have been reached again before a lease that
                ran out is taken: its holder, which could not reach it either, comes back first.

        Raises:
            StoreUnavailableError: the store cannot be reached now. InputError: it never will be, as it is asked for.
        """
        ...

    def close(self) -> None:
        """For who gives up. Idempotent."""
        ...
