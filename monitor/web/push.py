"""Articles pushed over HTTP: who may, how much, and what is answered. What an article is, the source decides."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from monitor.errors import BearwatchError

Push = Callable[[bytes], Awaitable[dict[str, Any]]]

MAX_BODY_BYTES = 5 * 1024 * 1024
# A body must have arrived within this time: a dripping client holds one of few places.
BODY_SECONDS = 20.0
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
    """POST /api/v1/articles: bearer token (RFC 6750), a bounded body, counts in the answer.

    Args:
        push: takes the body's bytes, answers JSON-able counts; raises PushBusy or PushInvalid.
        token: what a client must give; with an empty one the route does not exist.
    """

    def __init__(self, push: Push | None, token: str) -> None:
        self._push = push
        self._token = token.encode("utf-8")
        self._places = asyncio.Semaphore(CONCURRENT_BODIES)

    async def __call__(self, request: Request) -> Response:
        """Raises HTTPException: 404 disabled, 401, 415 compressed, 408 slow, 413 too large, 400 invalid, 503 busy."""
        if self._push is None or not self._token:
            raise HTTPException(404, "push is not configured")
        if not self._authorised(request.headers.get("authorization", "")):
            raise HTTPException(401, "a bearer token is required", {"www-authenticate": 'Bearer realm="bearwatch"'})
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise HTTPException(415, "compressed bodies are not taken", {"accept-encoding": "identity"})
        if self._places.locked():
            raise HTTPException(503, "too many pushes at a time", {"retry-after": "1"})
        async with self._places:
            try:
                counts = await self._push(await _read(request))
            except PushBusy as busy:
                raise HTTPException(503, str(busy), {"retry-after": str(busy.retry_after)}) from None
            except PushInvalid as invalid:
                raise HTTPException(400, str(invalid)) from None
        return JSONResponse(counts, headers={"cache-control": "no-store"})

    def _authorised(self, header: str) -> bool:
        scheme, _, given = header.partition(" ")
        # Both comparisons always run, in a time that does not depend on where the token differs.
        # Headers come decoded as Latin-1, whatever their bytes were.
        same = hmac.compare_digest(given.strip().encode("latin-1"), self._token)
        return same and scheme.lower() == "bearer"


async def _read(request: Request) -> bytes:
    """The body; refused as soon as it is known to be too large: announced so, or counted while it arrives."""
    too_large = HTTPException(413, f"the body is larger than {MAX_BODY_BYTES} bytes", {"connection": "close"})
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise too_large
    except TimeoutError:
        raise HTTPException(408, f"the body took longer than {BODY_SECONDS:.0f} s", {"connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "the client went away") from None
    return bytes(body)
