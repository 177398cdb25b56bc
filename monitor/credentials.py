"""Tokens that open the HTTP interface: random, each with a name and a scope, kept as a hash alone. Pure.

A token has 256 random bits, so that SHA-256 is hash enough: there is nothing to guess at, online or off, and checking
one costs a microsecond, which a flood of wrong ones cannot turn against us. Passwords that people think of would need
a slow hash, which it could.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# Tokens are told from other secrets by it, by people and by scanners of repositories.
_PREFIX = "bw_"
_RANDOM_BYTES = 32


class Access(StrEnum):
    """What a route asks for. `open` asks for nothing; `push` is its own, no other scope holds it."""

    OPEN = "open"
    READ = "read"
    ACK = "ack"
    ADMIN = "admin"
    PUSH = "push"


# Scope of a token -> what it may do.
GRANTS: dict[Access, frozenset[Access]] = {
    Access.READ: frozenset({Access.OPEN, Access.READ}),
    Access.ACK: frozenset({Access.OPEN, Access.READ, Access.ACK}),
    Access.ADMIN: frozenset({Access.OPEN, Access.READ, Access.ACK, Access.ADMIN}),
    Access.PUSH: frozenset({Access.OPEN, Access.PUSH}),
}


@dataclass(frozen=True, slots=True)
class Credential:
    """A token that is known here. sha256: of the token, hex."""

    name: str
    scope: Access
    sha256: str

    def may(self, access: Access) -> bool:
        """Whether its scope holds what a route asks for.

        >>> Credential("prometheus", Access.READ, "").may(Access.ACK)
        False
        """
        return access in GRANTS[self.scope]


def new_token() -> str:
    """A fresh token: `bw_` and 43 characters of base64url (RFC 4648)."""
    return _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def digest(token: bytes) -> str:
    """How a token is kept: SHA-256 of its bytes (UTF-8), hex."""
    return hashlib.sha256(token).hexdigest()


def find(known: Sequence[Credential], token: bytes, name: str | None = None) -> Credential | None:
    """Whose token it is; None where nobody's, or where it is not that of `name`.

    All are compared, and in constant time each: how long it takes tells nothing.
    """
    given, found = digest(token), None
    for credential in known:
        if hmac.compare_digest(given, credential.sha256):
            found = credential
    return found if found is None or name is None or found.name == name else None
