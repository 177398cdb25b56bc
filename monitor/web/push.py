"""Articles pushed over HTTP: how much, and what is answered. What an article is, the source decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.errors import BearwatchError
from monitor.web.incoming import read_body

Push = Callable[[bytes], Awaitable[dict[str, Any]]]

MAX_BODY_BYTES = 5 * 1024 * 1024
# Bodies held in memory at a time: 4 x 5 MiB.
CONCURRENT_BODIES = 4


class PushBusy(BearwatchError):
    """The pipeline cannot take articles now. Raised by the push callable; answered 503.

    Args:
        retry_after: seconds after which the client should try again.
    """

    def __init__(self, detail: str = "the pipeline is full", retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = max(1, int(retry_after))


class PushInvalid(BearwatchError):
    """The body is nothing that holds articles. Raised by the push callable; answered 400 with its message."""


class PushRoute:
    """POST /api/v1/articles: a bounded body, counts in the answer.

    Args:
        push: takes the body's bytes, answers JSON-able counts; raises PushBusy or PushInvalid.
    """

    def __init__(self, push: Push | None) -> None:
        self._push = push
        self._places = asyncio.Semaphore(CONCURRENT_BODIES)

    async def __call__(self, request: Request) -> Response:
        """Raises HTTPException: 404 disabled, 415 compressed, 408 slow, 413 too large, 400 invalid, 503 busy."""
        if self._push is None:
            raise HTTPException(404, "push is not configured")
        if self._places.locked():
            raise HTTPException(503, "too many pushes at a time", {"retry-after": "1"})
        async with self._places:
            try:
                counts = await self._push(await read_body(request, MAX_BODY_BYTES))
            except PushBusy as busy:
                raise HTTPException(503, str(busy), {"retry-after": str(busy.retry_after)}) from None
            except PushInvalid as invalid:
                raise HTTPException(400, str(invalid)) from None
        return JSONResponse(counts, headers={"cache-control": "no-store"})
