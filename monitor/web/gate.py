"""Who is asking, and whether they may: one dependency for each scope, declared beside the route.

A token comes as `Authorization: Bearer` (RFC 6750), or as the password of Basic (RFC 7617) with its name as the user:
browsers ask for that themselves, and send it with everything that the page loads.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from fastapi import HTTPException
from starlette.requests import Request

from monitor.credentials import Access, Credential, find
from monitor.web.limits import Buckets, Refused, client_key

log = structlog.get_logger(__name__)

# Wrong tokens of one client: enough for someone who mistypes, and too few to keep the log and the loop busy. Guessing
# is hopeless at any rate.
FAILURES_AT_ONCE = 10
FAILURES_A_SECOND = 0.2
_NONE_MAY = {
    Access.ACK: "answers over HTTP are off: give web.tokens one of scope ack or admin",
    Access.ADMIN: "this is off: give web.tokens one of scope admin",
    Access.PUSH: "push is not configured",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. name: of their token, "" without one; address: of the machine, or of the proxy before it."""

    name: str = ""
    address: str = ""


class Gate:
    """Judges requests by the tokens that are known.

    Without a token that may read, whoever reaches the server may read: it then listens on the loopback only.

    Args:
        refused: told why, one of `http_metrics.REASONS`.
    """

    def __init__(
        self,
        known: Sequence[Credential] = (),
        refused: Refused = lambda reason: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.known = tuple(known)
        self._closed = any(credential.may(Access.READ) for credential in known)
        self._failures = Buckets(FAILURES_A_SECOND, FAILURES_AT_ONCE, clock)
        self.refused = refused

    def admit(self, request: Request, access: Access) -> Caller:
        """Raises HTTPException: 404 nobody may, 401 no token or a wrong one, 403 of a lesser scope, 429 too many."""
        address = request.client.host if request.client else ""
        if access is Access.OPEN or (access is Access.READ and not self._closed):
            return Caller(address=address)
        if not any(credential.may(access) for credential in self.known):
            raise HTTPException(404, _NONE_MAY[access])
        given = request.headers.getlist("authorization")
        if not given:
            self.refused("no_token")
            raise self._asked_for(access)
        found = _found(self.known, given[0]) if len(given) == 1 else None
        if found is None:
            raise self._failed(address, access)
        if not found.may(access):
            self.refused("scope")
            raise HTTPException(403, f"the token {found.name} has the scope {found.scope}, and this needs {access}")
        return Caller(found.name, address)

    def _failed(self, address: str, access: Access) -> HTTPException:
        client = client_key(address)
        wait = self._failures.wait(client)
        if wait:
            self.refused("rate")
            return HTTPException(429, "too many wrong tokens", {"retry-after": str(int(wait) + 1)})
        self._failures.take(client)
        self.refused("token")
        log.warning("token_refused", address=client)
        return self._asked_for(access)

    def _asked_for(self, access: Access) -> HTTPException:
        # Who pushes is a program; of anybody else a browser shall ask for the token.
        scheme = "Bearer" if access is Access.PUSH else "Basic"
        return HTTPException(
            401, "a token is required", {"www-authenticate": f'{scheme} realm="bearwatch", charset="UTF-8"'}
        )


def _found(known: Sequence[Credential], header: str) -> Credential | None:
    scheme, _, given = header.partition(" ")
    # Headers come decoded as Latin-1, whatever their bytes were.
    raw = given.strip().encode("latin-1")
    if scheme.lower() == "bearer":
        return find(known, raw)
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, token = base64.b64decode(raw, validate=True).partition(b":")
    except binascii.Error:
        return None
    return find(known, token, name.decode("utf-8", "replace")) if colon else None


class Needs:
    """A route's dependency: the request is answered only to those who may. Gives the route its `Caller`."""

    def __init__(self, access: Access) -> None:
        self.access = access

    async def __call__(self, request: Request) -> Caller:
        gate: Gate = request.app.state.gate
        return gate.admit(request, self.access)


NEEDS_NOTHING = Needs(Access.OPEN)
NEEDS_READ = Needs(Access.READ)
NEEDS_ACK = Needs(Access.ACK)
NEEDS_ADMIN = Needs(Access.ADMIN)
NEEDS_PUSH = Needs(Access.PUSH)
