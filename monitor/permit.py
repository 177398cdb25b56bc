"""Whether this process may act on the world now: asked before each effect that no transaction can take back.

On SQLite it always may, as the kernel lets nobody else have the store. On PostgreSQL it may while its lease was
confirmed within the lease's time: a process that was stopped and runs on must not send what another has sent since.
"""

from __future__ import annotations

from typing import Protocol


class Permit(Protocol):
    """What a sender asks."""

    def given(self) -> bool:
        """Whether it may act at this instant; cheap, from any thread."""
        ...

    async def wait(self) -> None:
        """Returns at an instant at which it may act: at once, or when the lease has been confirmed again.

        Where it is lost it does not return: the process ends.
        """
        ...


class Always:
    """The permit of who alone has the store."""

    def given(self) -> bool:
        return True

    async def wait(self) -> None:
        """Returns at once."""


ALWAYS = Always()
