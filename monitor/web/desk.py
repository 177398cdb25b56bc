"""What the API asks of the daemon about answers and mutes; built above, since nothing here may write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from monitor.errors import BearwatchError
from monitor.web.gate import Caller


class DeskRefusal(BearwatchError):
    """It was not done. status: 400 where the request is wrong, 404 where there is no such thing, 503 to try again."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


class DeskApi(Protocol):
    """All raise DeskRefusal; what they write is durable on return. `given` is what the client sent, unchecked."""

    async def alert(self, alert_id: str) -> Mapping[str, Any]:
        """The alert as it was last told (`alert`: the body), `transitions`, `answers`, their `state`, `muted`."""
        ...

    async def words(self, alert_id: str) -> Mapping[str, Any]:
        """`headlines`: the worst of the alert, each with the words that weigh most in P(neg)."""
        ...

    async def answer(self, alert_id: str, given: Mapping[str, Any], via: str, caller: Caller) -> Mapping[str, Any]:
        """Records kind, value?, who?, note? of `given`."""
        ...

    async def mute(self, given: Mapping[str, Any], caller: Caller) -> Mapping[str, Any]:
        """Mutes series until (a duration or a time), who, why of `given`."""
        ...

    async def unmute(self, series: str, who: str, caller: Caller) -> Mapping[str, Any]:
        """Ends all mutes of the series."""
        ...

    async def mutes(self) -> Mapping[str, Any]:
        """The mutes in force."""
        ...

    async def audit(self, limit: int) -> Mapping[str, Any]:
        """What was done, the newest first."""
        ...
