"""Bodies of requests that bring something: bounded in size and time."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException
from starlette.requests import ClientDisconnect, Request

# A body must have arrived within this time: a dripping client holds one of few places.
BODY_SECONDS = 20.0


async def read_body(request: Request, most: int) -> bytes:
    """The body; refused as soon as it is known to be too large: announced so, or counted while it arrives.

    Raises HTTPException: 415 compressed, 408 slow, 413 larger than `most` bytes, 400 gone.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "compressed bodies are not taken", {"accept-encoding": "identity"})
    too_large = HTTPException(413, f"the body is larger than {most} bytes", {"connection": "close"})
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise too_large
    except TimeoutError:
        raise HTTPException(408, f"the body took longer than {BODY_SECONDS:.0f} s", {"connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "the client went away") from None
    return bytes(body)
